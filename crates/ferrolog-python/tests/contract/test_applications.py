"""What applications do."""

import copy
import functools
import gc
import io
import os
import pickle
import threading
import weakref

import pytest
from rows import row


@pytest.fixture
def handler(logging):
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    logging.root.addHandler(handler)
    logging.root.setLevel(1)
    handler.lines = lambda: handler.stream.getvalue().splitlines()
    return handler


@pytest.fixture
def log(logging, handler):
    return logging.getLogger("app.part")


@row("applications", "Logger._log, findCaller and makeRecord replaced on the class")
def test_methods_replaced_on_the_class(logging, handler, log):
    cls = logging.Logger
    before = {name: vars(cls)[name] for name in ("_log", "findCaller", "makeRecord")}
    seen = []

    def _log(self, level, msg, args, **kwargs):
        seen.append(("_log", level, msg, args, sorted(kwargs)))
        return before["_log"](self, level, f"<{msg}>", args, **kwargs)

    def findCaller(self, stack_info=False, stacklevel=1):
        seen.append(("findCaller", stack_info, stacklevel))
        return "file.py", 5, "function", None

    def makeRecord(self, *args, **kwargs):
        record = before["makeRecord"](self, *args, **kwargs)
        seen.append(("makeRecord", record.lineno, record.funcName))
        record.levelname = record.levelname.lower()
        return record

    log.info("none")
    cls._log = _log
    log.info("one %d", 1)
    cls.findCaller = findCaller
    log.error("two", stacklevel=3)
    cls._log = before["_log"]
    cls.makeRecord = makeRecord
    log.log(30, "three")
    cls.findCaller = before["findCaller"]
    cls.makeRecord = before["makeRecord"]
    log.info("none again")
    assert seen == [
        ("_log", 20, "one %d", (1,), []), ("_log", 40, "two", (), ["stacklevel"]),
        ("findCaller", False, 3), ("findCaller", False, 1), ("makeRecord", 5, "function"),
    ]
    assert handler.lines() == [
        "INFO:app.part:none", "INFO:app.part:<one 1>", "ERROR:app.part:<two>",
        "warning:app.part:three", "INFO:app.part:none again"]


@row("applications", "Manager.loggerClass assigned", "_loggerClass", "logger.__class__")
def test_classes_of_loggers(logging, handler):
    class Mine(logging.Logger):
        def info(self, msg, *args, **kwargs):
            super().info(f"mine {msg}", *args, **kwargs)

    class Other(logging.Logger):
        pass

    manager = logging.root.manager
    assert manager.loggerClass is None and logging._loggerClass is logging.Logger
    try:
        manager.loggerClass = Mine
        assert logging.getLogger("kind.a").__class__ is Mine
        logging._loggerClass = Other
        assert logging.getLogger("kind.b").__class__ is Mine
        manager.loggerClass = None
        assert type(logging.getLogger("kind.c")) is Other and logging.getLoggerClass() is Other
    finally:
        manager.loggerClass = None
    logging._loggerClass = logging.Logger
    plain = logging.getLogger("kind.d")
    assert plain.__class__ is logging.Logger and plain.__class__.__name__ == "Logger"
    assert issubclass(logging.root.__class__, logging.Logger)
    assert logging.root.__class__ is logging.RootLogger
    logging.getLogger("kind.a").info("x")
    plain.info("y")
    # Its class changed, while it is in use.
    plain.__class__ = Mine
    plain.info("z")
    plain.__class__ = logging.Logger
    plain.info("w")
    assert handler.lines() == ["INFO:kind.a:mine x", "INFO:kind.d:y", "INFO:kind.d:mine z",
                               "INFO:kind.d:w"]
    with pytest.raises(TypeError, match="logger not derived from logging.Logger"):
        logging.setLoggerClass(int)


@row("applications", "PlaceHolder with isinstance")
def test_place_holders(logging, handler):
    below = logging.getLogger("place.holder.below")
    entry = logging.root.manager.loggerDict["place.holder"]
    assert isinstance(entry, logging.PlaceHolder) and not isinstance(entry, logging.Logger)
    assert list(entry.loggerMap) == [below]
    assert below.parent is logging.root
    between = logging.getLogger("place.holder")
    assert below.parent is between and logging.root.manager.loggerDict["place.holder"] is between
    assert isinstance(logging.root.manager.loggerDict["place"], logging.PlaceHolder)


@row("applications", "_defaultFormatter rebound")
def test_the_default_formatter(logging):
    handler = logging.StreamHandler(io.StringIO())
    logging.root.addHandler(handler)
    logging.warning("one")
    logging._defaultFormatter = logging.Formatter("default %(message)s")
    logging.warning("two")
    handler.setFormatter(logging.Formatter("own %(message)s"))
    logging.warning("three")
    handler.formatter = None
    logging._defaultFormatter = logging.Formatter()
    logging.warning("four")
    assert handler.stream.getvalue() == "one\ndefault two\nown three\nfour\n"


@row("applications", "_srcfile = None", "logThreads = 0", "logProcesses = 0", "logMultiprocessing = 0")
def test_what_is_left_out(logging, handler, log):
    handler.setFormatter(logging.Formatter(
        "%(filename)s %(funcName)s %(thread)s %(threadName)s %(process)s %(processName)s"))
    own = f"{os.path.basename(__file__)} test_what_is_left_out"
    thread, process = f"{threading.get_ident()} MainThread", f"{os.getpid()} MainProcess"
    expected = [f"{own} {thread} {process}"]
    log.info("x")
    logging.logThreads = 0
    log.info("x")
    expected.append(f"{own} None None {process}")
    logging.logProcesses = 0
    log.info("x")
    expected.append(f"{own} None None None MainProcess")
    logging.logMultiprocessing = 0
    log.info("x")
    expected.append(f"{own} None None None None")
    logging._srcfile, before = None, logging._srcfile
    log.info("x")
    expected.append("(unknown file) (unknown function) None None None None")
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = True
    log.info("x")
    expected.append(f"(unknown file) (unknown function) {thread} {process}")
    logging._srcfile = before
    log.info("x")
    expected.append(expected[0])
    assert handler.lines() == expected


@row("applications", "_handlerList cleared and rebound", "_lock replaced")
def test_the_registry_rebound(same):
    program = """
        import io, threading
        class Told(logging.StreamHandler):
            def flush(self):
                told.append(f"flush {self.get_name()}")
                super().flush()
            def close(self):
                told.append(f"close {self.get_name()}")
                super().close()
        told = []
        def make(name):
            handler = Told(io.StringIO())
            handler.set_name(name)
            return handler
        first, second = make("first"), make("second")
        logging._handlerList.clear()
        third = make("third")
        logging.shutdown()
        print(told, len(logging._handlerList)); told.clear()
        logging._handlerList = []
        fourth = make("fourth")
        print([ref().get_name() for ref in logging._handlerList])
        logging.shutdown()
        print(told); told.clear()

        class Lock:
            def __init__(self): self.inner, self.taken = threading.RLock(), 0
            def acquire(self, *args): self.taken += 1; return self.inner.acquire(*args)
            def release(self): self.inner.release()
            def __enter__(self): self.acquire(); return self
            def __exit__(self, *args): self.release()
        lock = logging._lock = Lock()
        fifth = make("fifth")
        print(lock.taken)
        log = logging.getLogger("under.another.lock")
        print(lock.taken)
        log.isEnabledFor(10)
        print(lock.taken)
        log.addHandler(fifth)
        log.setLevel(10)
        log.info("written")
        log.removeHandler(fifth)
        print(lock.taken)
        print(fifth.stream.getvalue())
    """
    out = same(program).splitlines()
    assert out[0] == "['flush third', 'close third'] 1"
    # `shutdown` knows the list that was there when it was defined.
    assert out[1:3] == ["['fourth']", "['flush third', 'close third']"]
    taken = [int(line) for line in out[3:7]]
    assert taken == sorted(set(taken)) and taken[0] > 0 and out[7:] == ["written", ""]


@row("applications", "partialmethod(Logger.log, 5)")
def test_partial_methods(logging, handler, log):
    logging.addLevelName(5, "TRACE")
    handler.setFormatter(logging.Formatter("%(levelname)s:%(funcName)s:%(message)s"))
    logging.Logger.trace = functools.partialmethod(logging.Logger.log, 5)
    log.trace("finer %s", "grained", extra={"a": 1})
    also = functools.partial(log.log, 5)
    also("also")
    logging.root.setLevel(6)
    log.trace("not wanted")
    assert handler.lines() == ["TRACE:test_partial_methods:finer grained",
                               "TRACE:test_partial_methods:also"]


@row("applications", "handlers[:] = [...]")
def test_lists_of_handlers(logging, handler, log):
    first, second = (logging.StreamHandler(io.StringIO()) for _ in range(2))
    log.propagate = False
    handlers = log.handlers
    for now in [first], [first, second], [second, first, second], [], [second]:
        log.handlers[:] = now
        log.info("to %d", len(now))
    assert log.handlers is handlers
    assert first.stream.getvalue() == "to 1\nto 2\nto 3\n"
    assert second.stream.getvalue() == "to 2\nto 3\nto 3\nto 1\n"
    assert handler.lines() == []


@row("applications", "a Logger pickled", "a record deep-copied", "weakref.ref(handler)")
def test_copies_and_references(logging, handler, log):
    assert pickle.loads(pickle.dumps(log)) is log and copy.deepcopy(log) is log
    unknown = logging.Logger("app.unknown")
    with pytest.raises(pickle.PicklingError, match="logger cannot be pickled"):
        pickle.dumps(unknown)
    records = []
    handler.addFilter(lambda record: records.append(record) or True)
    log.info("%s", ["list"], extra={"mine": {"a": []}})
    record = records.pop()
    other = copy.deepcopy(record)
    assert type(other) is logging.LogRecord and vars(other) == vars(record)
    assert other.mine is not record.mine and other.args[0] is not record.args[0]
    assert other.getMessage() == "['list']"

    handler.filters.clear()
    dead = []
    short = logging.StreamHandler(io.StringIO())
    ref = weakref.ref(short, dead.append)
    log.addHandler(short)
    log.info("x")
    log.removeHandler(short)
    assert ref() is short
    del short
    gc.collect()
    assert ref() is None and dead == [ref]
    ref = weakref.ref(record)
    del record
    assert ref() is None


@row("applications", "a StreamHandler over any object with write")
def test_any_object_with_write(logging):
    class Lines:
        def __init__(self):
            self.seen = []

        def write(self, text):
            self.seen.append(text)

    class Flushed(Lines):
        def flush(self):
            self.seen.append("flushed")

    log = logging.getLogger("any.object")
    log.propagate = False
    plain, flushed = Lines(), Flushed()
    written = []
    streams = [plain, flushed, type("Late", (), {"write": staticmethod(written.append)})()]
    log.handlers[:] = [logging.StreamHandler(stream) for stream in streams]
    log.warning("one")
    plain.write = lambda text: plain.seen.append(f"own {text}")
    log.warning("two")
    assert plain.seen == ["one\n", "own two\n"]
    # Making it flushes nothing; each record does.
    assert flushed.seen == ["one\n", "flushed", "two\n", "flushed"]
    assert written == ["one\n", "two\n"]
    log.handlers.clear()


@row("applications", "args a one-element mapping", "record.args = None")
def test_arguments(logging, handler, log):
    records = []
    handler.addFilter(lambda record: records.append(record) or True)
    log.info("%(a)s", {"a": 1})
    log.info("%s", {})
    log.info("%s", {"a": 1}, extra={})
    assert records[0].args == {"a": 1} and records[1].args == ({},)
    record = logging.LogRecord("n", 20, "p", 1, "%(k)s", ({"k": "v"},), None)
    assert record.args == {"k": "v"} and record.getMessage() == "v"
    record.args = None
    assert record.getMessage() == "%(k)s"
    log.handle(record)
    records[0].args = ()
    log.handle(records[0])
    assert handler.lines() == ["INFO:app.part:1", "INFO:app.part:{}", "INFO:app.part:{'a': 1}",
                               "INFO:n:%(k)s", "INFO:app.part:%(a)s"]


@row("applications", "subclasses of str and int as levels and messages")
def test_subclasses_of_text_and_number(logging, handler, log):
    class Text(str):
        def __str__(self):
            return f"shown {str.__str__(self)}"

    class Level(int):
        def __repr__(self):
            return f"Level({int(self)})"

    import enum

    class Named(enum.IntEnum):
        LOUD = 35
        INFO = 20

    records = []
    handler.addFilter(lambda record: records.append(record) or True)
    log.info(Text("a %s"), Text("b"))
    log.log(Level(30), "c")
    log.log(Named.INFO, Text("d"))
    log.log(Named.LOUD, "e")
    log.log(True, "f")
    logging.root.setLevel(Level(25))
    log.info("below")
    with pytest.raises(TypeError, match="Level not an integer or a valid string"):
        log.setLevel(Text("ERROR"))
    log.setLevel(type("Name", (str,), {})("ERROR"))
    log.warning("below")
    assert log.level == 40 and logging.root.level == 25
    assert type(records[0].msg) is Text and type(records[1].levelno) is Level
    assert handler.lines() == [
        "INFO:app.part:shown a shown b", "WARNING:app.part:c", "INFO:app.part:shown d",
        "Level 35:app.part:e", "Level True:app.part:f"]
