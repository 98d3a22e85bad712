"""Records that are made for handlers of others: as the standard library makes them, in every attribute."""

import copy
import logging as standard
import logging.handlers
import os
import queue
import sys
import threading

import pytest


class Keeping:
    """What keeps the records that it gets."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)


@pytest.fixture
def keep(logging):
    class Keep(Keeping, logging.Handler):
        pass

    handler = Keep()
    logger = logging.getLogger("records")
    logger.addHandler(handler)
    logger.setLevel(1)
    return logger, handler.records


#: What differs from one record to the next.
MOMENTS = {"created", "msecs", "relativeCreated"}


def told(record):
    return [(name, type(value), None if name in MOMENTS else value)
            for name, value in vars(record).items()]


def test_every_attribute_in_its_order(logging, keep):
    logger, records = keep
    for number in range(40):
        logger.info("%s %d", "text", number); line = sys._getframe().f_lineno
        made = standard.LogRecord("records", 20, __file__, line, "%s %d", ("text", number), None,
                                  "test_every_attribute_in_its_order", None)
        assert told(records[-1]) == told(made)
        assert type(records[-1]) is logging.LogRecord
        assert abs(records[-1].created - made.created) < 5
        logging.Formatter("%(asctime)s %(message)s").format(records[-1])
        assert list(vars(records[-1]))[-2:] == ["message", "asctime"]


def test_what_is_false_is_kept_as_it_was_given(logging, keep):
    logger, records = keep
    for value in False, None, 0, "", ():
        logger.info("text", exc_info=value)
        assert records[-1].exc_info is value
    for value in False, None, 0:
        logger.info("text", stack_info=value)
        assert records[-1].stack_info is None


def test_a_logger_that_is_its_own_ancestor(logging):
    class Raising(logging.Handler):
        def emit(self, record):
            raise KeyError(record.getMessage())

    logger = logging.getLogger("records.its.own.ancestor")
    logger.addHandler(Raising())
    logger.setLevel(1)  # without a level of its own it would look for one for ever
    parent, logger.parent = logger.parent, logger
    try:
        with pytest.raises(KeyError, match="text"):
            logger.warning("text")
    finally:
        logger.parent = parent


def test_attributes_are_ordinary(logging, keep):
    logger, records = keep
    for _ in range(3):
        logger.info("x", extra={"more": 1})
        record = records[-1]
        assert list(vars(record))[-1] == "more"
        del record.args
        assert not hasattr(record, "args") and "args" not in vars(record)
        record.args = (1,)
        assert list(vars(record))[-1] == "args"
        record.name = "other"
        assert vars(record)["name"] == "other"
        vars(record)["name"] = "third"
        assert record.name == "third"
        record.__init__("n", 10, "/a/b.c.py", 1, "m", None, None)
        assert (record.filename, record.module, record.more) == ("b.c.py", "b.c", 1)
        twin = copy.copy(record)
        assert vars(twin) == vars(record) and list(vars(twin)) == list(vars(record))


def test_many_extra_attributes(logging, keep):
    logger, records = keep
    for count in (3, 40, 1):
        extra = {f"more_{i}": i for i in range(count)}
        logger.info("x", extra=extra)
        assert dict(list(vars(records[-1]).items())[-count:]) == extra
        assert logging.Formatter("%(message)s %(more_0)s").format(records[-1]) == "x 0"


def test_names_of_threads(logging, keep):
    logger, records = keep
    thread = threading.current_thread()
    before = thread.name
    try:
        for name in "one", "two":
            thread.name = name
            logger.info("x")
            assert (records[-1].threadName, records[-1].thread) == (name, threading.get_ident())
    finally:
        thread.name = before
    other = threading.Thread(target=logger.info, args=("x",), name="other")
    other.start()
    other.join()
    assert (records[-1].threadName, records[-1].thread) == ("other", other.ident)

    class Named(threading.Thread):
        name = property(lambda self: "of a property", lambda self, value: None)

    other = Named(target=logger.info, args=("x",))
    other.start()
    other.join()
    assert records[-1].threadName == "of a property"


def test_replaced_functions(logging, keep, monkeypatch):
    logger, records = keep
    for holder, name, attribute in [
        (threading, "get_ident", "thread"), (os, "getpid", "process"),
    ]:
        logger.info("x")
        with monkeypatch.context() as patch:
            patch.setattr(holder, name, lambda: 12345)
            logger.info("x")
            assert getattr(records[-1], attribute) == 12345
        logger.info("x")
        assert getattr(records[-1], attribute) == getattr(holder, name)()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
def test_the_process_after_a_fork(logging, keep):
    logger, records = keep
    logger.info("x")
    child = os.fork()
    if not child:
        logger.info("x")
        os._exit(0 if records[-1].process == os.getpid() != records[0].process else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_handlers_that_change_the_way(logging):
    """A list that changes while a record goes along it, as the standard library iterates it."""
    seen = []

    class Does(logging.Handler):
        def __init__(self, name, work=lambda: None):
            super().__init__()
            self.label, self.work = name, work

        def emit(self, record):
            seen.append(self.label)
            self.work()

    parent, logger = logging.getLogger("way"), logging.getLogger("way.below")
    parent.propagate = False

    def arrange(work):
        seen.clear()
        logger.handlers = [Does("a", work), Does("b"), Does("c")]
        parent.handlers = [Does("d")]
        logger.setLevel(1)
        logger.info("x")
        return "".join(seen)

    for _ in range(3):
        assert arrange(lambda: None) == "abcd"
        assert arrange(lambda: logger.handlers.pop(0)) == "acd"
        assert arrange(lambda: logger.handlers.clear()) == "ad"
        assert arrange(lambda: setattr(logger, "handlers", [])) == "abcd"
        assert arrange(lambda: logger.handlers.append(Does("e"))) == "abced"
        assert arrange(lambda: setattr(logger, "propagate", False)) == "abc"
        logger.propagate = True
        assert arrange(lambda: setattr(logger, "parent", None)) == "abc"
        logger.parent = parent
        assert arrange(lambda: logger.handlers[1].setLevel(50)) == "acd"
        assert arrange(lambda: setattr(parent, "handlers", [])) == "abc"


def test_a_handler_that_changes_its_lock(logging, keep):
    logger, _ = keep

    class Locks(logging.Handler):
        def emit(self, record):
            self.old, self.lock = self.lock, threading.RLock()
            if sys.version_info < (3, 13):
                # `release` is about the new one.
                self.lock.acquire()

    handler = Locks()
    logger.handlers = [handler]
    logger.info("x")
    free = handler.old.acquire(blocking=False)
    assert free
    assert handler.lock.acquire(blocking=False)


def test_a_queue_of_copies(logging):
    waiting = queue.Queue()
    logger = logging.getLogger("queue")
    logger.propagate = False
    handlers = sys.modules[f"{logging.__name__}.handlers"]
    logger.handlers = [handlers.QueueHandler(waiting)]
    logger.setLevel(1)
    for number in range(10):
        try:
            raise ValueError("text")
        except ValueError:
            logger.info("%s %d", "text", number, exc_info=number % 2, extra={"more": number})
        record = waiting.get_nowait()
        assert record.message == record.msg and record.msg.startswith(f"text {number}")
        assert (record.args, record.exc_info, record.exc_text) == (None, None, None)
        assert record.more == number
        names = list(vars(record))
        assert names[-2:] == ["more", "message"]
        assert waiting.unfinished_tasks == number + 1 and waiting.qsize() == 0
