"""ferrolog beside the standard library: `import ferrolog as logging`."""

from importlib.metadata import version

import ferrolog
import ferrolog.handlers

from like_logging import Cases

VERSION = version("ferrolog")
CASES = Cases(ferrolog, ferrolog.handlers).all()
