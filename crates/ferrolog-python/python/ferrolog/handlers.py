"""The handlers of ``logging.handlers``, over this package's classes."""

import ferrolog
from ferrolog import _lifetime, _native, _shared, _source

_source.run("logging.handlers", globals())

#: The name under which code written for the standard library knows the package.
logging = ferrolog

_native.adopt_handlers(vars(ferrolog), globals())
_lifetime.look_after(vars(ferrolog), globals())


class SharedRotatingFileHandler(_shared.Sized, RotatingFileHandler):  # noqa: F821
    """A ``RotatingFileHandler`` whose file several processes write to and rotate.

    Each has a handler with the same settings. No record is lost, torn or written twice, whoever rotates and
    whoever is killed on the way. With ``compress``, backups are compressed with gzip. Costs some system calls a
    record. Unix only.
    """

    def __init__(
        self,
        filename,
        maxBytes=0,
        backupCount=0,
        encoding=None,
        delay=False,
        errors=None,
        *,
        compress=False,
    ):
        super().__init__(filename, "a", maxBytes, backupCount, encoding, delay, errors)
        self.share(compress)


class SharedTimedRotatingFileHandler(_shared.Timed, TimedRotatingFileHandler):  # noqa: F821
    """A ``TimedRotatingFileHandler`` whose file several processes write to and rotate; see
    ``SharedRotatingFileHandler``."""

    def __init__(
        self,
        filename,
        when="h",
        interval=1,
        backupCount=0,
        encoding=None,
        delay=False,
        utc=False,
        atTime=None,
        errors=None,
        *,
        compress=False,
    ):
        super().__init__(
            filename, when, interval, backupCount, encoding, delay, utc, atTime, errors
        )
        self.share(compress)
