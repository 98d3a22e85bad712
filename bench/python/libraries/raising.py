"""Exceptions of several shapes, and the text that Python shows for them."""

import traceback


def plainly():
    raise ValueError("no such page")


def chained():
    try:
        {}["page"]
    except KeyError as error:
        raise RuntimeError("the page cannot be shown") from error


def deeply(depth=30):
    # Not a recursion of one line, which tracebacks abridge.
    if depth % 2:
        deeply(depth - 1)
    elif depth:
        deeply(depth - 1)
    else:
        raise ValueError("no such page")


class Stand:
    """Stands in for a logger, and keeps the text of the exception that is being handled."""

    def __init__(self):
        self.text = None

    def exception(self, *args):
        self.text = traceback.format_exc()


def traceback_of(block):
    """The text that Python shows for the exception that `block` logs to `log`, a variable of its own."""
    places = dict(zip(block.__code__.co_freevars, block.__closure__))
    log = places["log"].cell_contents
    stand = places["log"].cell_contents = Stand()
    try:
        block([0])
    finally:
        places["log"].cell_contents = log
    return stand.text
