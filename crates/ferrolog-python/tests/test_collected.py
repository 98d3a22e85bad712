"""Loggers, handlers, formatters and records go when the standard library's go: at once when nobody holds them,
and with the cycle collector where they are part of a cycle."""

import gc
import io
import queue
import weakref

import pytest


@pytest.fixture
def uncollected():
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.fixture
def log(logging):
    logger = logging.Logger("own", 10)
    logger.parent, logger.propagate = logging.root, False
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    logger.addHandler(handler)
    return logger


def used(logger):
    """Logs on every path, so that all that is remembered of a logger is."""
    for _ in range(3):
        logger.info("fast %d", 1)
        logger.info("with a record", extra={"a": 1})
        try:
            1 / 0
        except ZeroDivisionError:
            logger.exception("failed")
        logger.log(20, "%s", [1])


def test_what_nobody_holds_goes_at_once(logging, log, uncollected):
    used(log)
    handler = log.handlers[0]
    refs = [weakref.ref(thing) for thing in (log, handler, handler.formatter, handler.formatter._style)]
    count = len(logging._handlerList)
    log.removeHandler(handler)
    del handler
    assert [ref() is None for ref in refs] == [False, True, True, True]
    assert len(logging._handlerList) == count - 1
    del log


def test_a_logger_outside_of_the_tree(logging, uncollected):
    logger = logging.Logger("own", 10)
    logger.addHandler(logging.NullHandler())
    used(logger)
    refs = [weakref.ref(logger), weakref.ref(logger.handlers[0])]
    del logger
    assert [ref() for ref in refs] == [None, None]


def test_records(logging, log, uncollected):
    refs = []
    handler = log.handlers[0]
    handler.addFilter(lambda record: refs.append(weakref.ref(record)) or True)
    used(log)
    handler.handleError = lambda record: None
    log.info("%d", "no number")
    # Those with a traceback as well: their frames hold them no longer.
    assert len(refs) == 13 and [ref() for ref in refs] == [None] * 13


def test_arguments_and_extra(logging, log, uncollected):
    class Thing:
        def __str__(self):
            return "thing"

    refs = []

    def once(call):
        thing = Thing()
        refs.append(weakref.ref(thing))
        call(thing)

    log.addHandler(logging.NullHandler())
    way = queue.SimpleQueue()
    log.addHandler(logging.handlers.QueueHandler(way))
    adapter = logging.LoggerAdapter(log, {"a": 1})
    log.handlers[0].handleError = lambda record: None
    once(lambda thing: log.info("%s", thing))
    once(lambda thing: log.info(thing))
    once(lambda thing: log.info("x", extra={"thing": thing}))
    once(lambda thing: log.info("%(a)s", {"a": thing}))
    once(lambda thing: log.info("%d", thing))
    once(lambda thing: adapter.info("%s", thing))
    # The prepared record keeps what was given as extra.
    while not way.empty():
        way.get()
    assert [ref() for ref in refs] == [None] * 6


@pytest.mark.parametrize("kind", ["handler", "formatter", "filter", "record", "logger", "adapter"])
def test_cycles(logging, log, uncollected, kind):
    def make():
        handler = logging.StreamHandler(io.StringIO())
        if kind == "handler":
            handler.own, thing = handler, handler
        elif kind == "formatter":
            thing = logging.Formatter("%(message)s")
            thing.handler = handler
            handler.setFormatter(thing)
        elif kind == "filter":
            thing = logging.Filter()
            thing.handler = handler
            handler.addFilter(thing)
        elif kind == "record":
            thing = logging.makeLogRecord({"msg": "%s", "args": (1,), "levelno": 20})
            thing.own = thing
            handler.handle(thing)
        elif kind == "logger":
            thing = logging.Logger("cycle", 10)
            thing.child = logging.Logger("child")
            thing.child.parent = thing
            thing.addHandler(handler)
            used(thing.child)
        else:
            thing = logging.LoggerAdapter(log, {})
            thing.extra["self"] = thing
        other = logging.Logger("other", 10)
        other.addHandler(handler)
        used(other)
        return weakref.ref(thing)

    ref = make()
    alive = ref() is not None
    gc.collect()
    assert (alive, ref()) == (True, None)


def test_patches_are_not_kept(logging, log, uncollected):
    def spy(record):
        seen.append(record.msg)

    seen, ref = [], weakref.ref(spy)
    log.handlers[0].emit = spy
    used(log)
    del log.handlers[0].emit, spy
    used(log)
    assert ref() is None and len(seen) == 12

    class Mine(logging.StreamHandler):
        def emit(self, record):
            super().emit(record)

    mine = Mine(io.StringIO())
    log.addHandler(mine)
    used(log)
    log.removeHandler(mine)
    ref = weakref.ref(Mine)
    del mine, Mine
    gc.collect()
    # A class is in a cycle of its own.
    assert ref() is None
