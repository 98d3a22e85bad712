"""A library: takes the logger of its own name and leaves the rest to the program."""

import logging

log = logging.getLogger(__name__)


def do_something():
    log.info("Doing something")
