"""ferrolog in the place of the standard library's `logging`."""

import ferrolog.auto  # noqa: F401

import logging
import logging.handlers
from importlib.metadata import version

from like_logging import Cases

VERSION = version("ferrolog")
CASES = Cases(logging, logging.handlers).all()
