"""The main module: says where the log goes, and logs under its own name."""

import logging

import mylib

log = logging.getLogger(__name__)


def main():
    logging.basicConfig(filename="myapp.log", level=logging.INFO)
    log.info("Started")
    mylib.do_something()
    log.info("Finished")


if __name__ == "__main__":
    main()
