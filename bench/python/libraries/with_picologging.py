"""picologging, which has the interface of the standard library."""

import picologging
import picologging.handlers

import like_logging

VERSION = picologging.__version__


class Cases(like_logging.Cases):
    def pattern_formatter(self, pattern, kind=None):
        # Without a format for dates it writes memory that nobody has set, and milliseconds it has
        # none: so it has less to do here than the others.
        pattern = pattern.replace("%(asctime)s", "%(asctime)s,000")
        return (kind or picologging.Formatter)(pattern, "%Y-%m-%d %H:%M:%S")


CASES = Cases(picologging, picologging.handlers).all()
