"""The standard library's `logging`."""

import logging
import logging.handlers
import sys

from like_logging import Cases

VERSION = sys.version.split()[0]
CASES = Cases(logging, logging.handlers).all()
