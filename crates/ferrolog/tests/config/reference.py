"""Applies configurations with the standard library and tells what became of the tree.

Reads a JSON list of scenarios from standard input: loggers that are there before, then configurations, of
which each is a dictionary, or the text of an INI file. Writes a JSON list of lists: for each configuration
the state of the tree, or null where it was refused, with which the scenario ends.
"""

import io
import json
import logging
import logging.config
import logging.handlers
import sys


def reset():
    root = logging.getLogger()
    root.manager.loggerDict.clear()
    # Whether a handler that no logger has can still be named depends on the garbage collector; here it can.
    logging._handlers = {}
    root.setLevel(logging.WARNING)
    root.handlers, root.filters, root.disabled, root.propagate = [], [], False, True


def level(thing):
    """A level as an integer of 32 bits, which is what it is compared with."""
    return max(-(2**31), min(2**31 - 1, int(thing.level)))


def state():
    root = logging.getLogger()
    known = root.manager.loggerDict
    loggers = [("root", root)]
    loggers += [(name, known[name]) for name in sorted(known) if isinstance(known[name], logging.Logger)]
    return [
        f"{name} {level(logger)} {bool(logger.disabled)} {bool(logger.propagate)}"
        f" {[(h.name, level(h), len(h.filters)) for h in logger.handlers]} {len(logger.filters)}"
        for name, logger in loggers
    ]


def run(scenario):
    reset()
    for name, level, propagate, handler in scenario["before"]:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.propagate = propagate
        if handler:
            logger.addHandler(logging.NullHandler())
    for config in scenario["configs"]:
        try:
            if isinstance(config, str):
                logging.config.fileConfig(io.StringIO(config))
            else:
                logging.config.dictConfig(config)
        except Exception as error:
            yield None
            return
        yield state()


json.dump([list(run(scenario)) for scenario in json.load(sys.stdin)], sys.stdout)
