"""Where versions of Python differ, the running one decides."""

import asyncio
import io
import os
import queue
import sys
import threading
import time

import pytest
from rows import row

V12, V13, V14 = (sys.version_info >= (3, minor) for minor in (12, 13, 14))


@pytest.fixture
def handler(logging):
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    logging.root.addHandler(handler)
    logging.root.setLevel(1)
    handler.lines = lambda: handler.stream.getvalue().splitlines()
    return handler


@row("Python 3.12", "getHandlerByName and getHandlerNames")
def test_handlers_by_name(logging, handler):
    handler.name = "by.name"
    assert logging._handlers["by.name"] is handler
    if not V12:
        assert not hasattr(logging, "getHandlerByName") and not hasattr(logging, "getHandlerNames")
        return
    assert logging.getHandlerByName("by.name") is handler
    assert logging.getHandlerByName("nobody") is None
    assert "by.name" in logging.getHandlerNames() and type(logging.getHandlerNames()) is frozenset


@row("Python 3.12", "Logger.getChildren")
def test_children(logging, handler):
    parent = logging.getLogger("parent")
    children = {logging.getLogger("parent.a"), logging.getLogger("parent.b")}
    logging.getLogger("parent.a.deep")
    logging.getLogger("parent.place.deep")
    if not V12:
        assert not hasattr(parent, "getChildren")
        return
    assert parent.getChildren() == children


@row("Python 3.12", "filters that return another record")
def test_filters_that_replace_the_record(logging, handler):
    def replace(record):
        return logging.makeLogRecord({**vars(record), "msg": f"<{record.msg}>"})

    log = logging.getLogger("replaced")
    log.addFilter(replace)
    log.info("one %d", 1)
    handler.addFilter(lambda record: replace(record))
    log.info("two")
    log.filters.clear()
    log.info("three")
    # Any other true value keeps the record that there is.
    handler.filters[:] = [lambda record: "yes"]
    log.info("four")
    expected = ["<one 1>", "<<two>>", "<three>", "four"] if V12 else ["one 1", "two", "three", "four"]
    assert handler.lines() == [f"INFO:replaced:{text}" for text in expected]
    record = logging.makeLogRecord({"msg": "direct"})
    handler.filters[:] = [replace]
    assert handler.filter(record).msg == "<direct>" if V12 else handler.filter(record) is True
    returned = handler.handle(logging.makeLogRecord({"msg": "x", "name": "n"}))
    assert returned.msg == "<x>" if V12 else returned is True


@row("Python 3.12", "taskName and logAsyncioTasks")
def test_names_of_tasks(logging, handler):
    records = []
    handler.addFilter(lambda record: records.append(record) or True)
    log = logging.getLogger("tasks")

    async def work():
        log.info("inside")

    async def main():
        await asyncio.create_task(work(), name="worker")
        if V12:
            logging.logAsyncioTasks = False
            try:
                await asyncio.create_task(work(), name="worker")
            finally:
                logging.logAsyncioTasks = True

    log.info("outside")
    asyncio.run(main())
    records = [record for record in records if record.name == "tasks"]
    if not V12:
        assert not hasattr(logging, "logAsyncioTasks")
        assert not any(hasattr(record, "taskName") for record in records)
        return
    assert [record.taskName for record in records] == [None, "worker", None]


@row("Python 3.12", "queue handlers in dictConfig, QueueHandler.listener")
def test_queue_handlers_in_configurations(logging, handler):
    here = logging.__name__
    config = {
        "version": 1, "disable_existing_loggers": False,
        "handlers": {
            "behind": {"class": f"{here}.StreamHandler", "stream": handler.stream},
            "queue": {"class": f"{here}.handlers.QueueHandler", "handlers": ["behind"],
                      "respect_handler_level": True},
        },
        "root": {"handlers": ["queue"]},
    }
    if not V12:
        with pytest.raises(ValueError, match="Unable to configure handler 'queue'"):
            logging.config.dictConfig(config)
        assert not hasattr(logging.handlers.QueueHandler(queue.Queue()), "listener")
        return
    logging.config.dictConfig(config)
    front = logging.getHandlerByName("queue")
    assert front.listener.respect_handler_level is True
    assert [h.name for h in front.listener.handlers] == ["behind"]
    front.listener.start()
    try:
        logging.getLogger("queued").warning("passed on %d", 1)
    finally:
        front.listener.stop()
    assert handler.lines() == ["passed on 1"]
    assert logging.handlers.QueueHandler(queue.Queue()).listener is None


@row("Python 3.12", "defaults of formatters in configurations")
def test_defaults_in_configurations(logging, handler, tmp_path):
    here = logging.__name__
    logging.config.dictConfig({
        "version": 1, "disable_existing_loggers": False,
        "formatters": {"f": {"format": "%(who)s %(message)s", "defaults": {"who": "nobody"}}},
        "handlers": {"h": {"class": f"{here}.StreamHandler", "stream": handler.stream,
                           "formatter": "f"}},
        "root": {"handlers": ["h"]},
    })
    logging.raiseExceptions = False
    logging.getLogger("d").warning("one")
    logging.getLogger("d").warning("two", extra={"who": "me"})
    assert handler.lines() == (["nobody one"] if V12 else []) + ["me two"]
    logging.raiseExceptions = True
    ini = tmp_path / "config.ini"
    ini.write_text(
        "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=f\n"
        "[logger_root]\nhandlers=h\n"
        f"[handler_h]\nclass=FileHandler\nformatter=f\nargs=({str(tmp_path / 'log')!r},)\n"
        "[formatter_f]\nformat=%(who)s %(message)s\ndefaults={'who': 'ini'}\n")
    logging.config.fileConfig(ini, disable_existing_loggers=False)
    logging.raiseExceptions = False
    logging.getLogger("d").warning("three")
    assert (tmp_path / "log").read_text() == ("ini three\n" if V12 else "")


@row("Python 3.12", "flushOnClose at shutdown")
def test_memory_at_shutdown(same):
    program = """
        import io, sys
        import logging.handlers
        behind = logging.StreamHandler(sys.stdout)
        for flushes in True, False:
            memory = logging.handlers.MemoryHandler(100, target=behind, flushOnClose=flushes)
            log = logging.getLogger(f"memory.{flushes}")
            log.addHandler(memory)
            log.warning("held, flushOnClose=%s", flushes)
    """
    shown = ["held, flushOnClose=True"] if V12 else ["held, flushOnClose=False", "held, flushOnClose=True"]
    assert sorted(same(program).splitlines()) == shown


@row("Python 3.13", "the time is time.time_ns()")
def test_where_the_time_comes_from(logging, handler, monkeypatch):
    records = []
    handler.addFilter(lambda record: records.append(record) or True)
    monkeypatch.setattr(time, "time", lambda: 1000.25)
    monkeypatch.setattr(time, "time_ns", lambda: 2_000_750_123_456)
    logging.getLogger("clock").info("x")
    created, msecs = (2000.750123456, 750.0) if V13 else (1000.25, 250.0)
    assert (records[0].created, records[0].msecs) == (created, msecs)
    assert type(logging._startTime) is (int if V13 else float)


@row("Python 3.13", "LoggerAdapter(merge_extra=)")
def test_merged_extras(logging, handler):
    records = []
    handler.addFilter(lambda record: records.append(record) or True)
    log = logging.getLogger("merged")
    if not V13:
        with pytest.raises(TypeError, match="merge_extra"):
            logging.LoggerAdapter(log, {}, merge_extra=True)
        return
    adapter = logging.LoggerAdapter(log, {"a": 1, "b": 2}, merge_extra=True)
    adapter.info("one", extra={"b": 3, "c": 4})
    adapter.merge_extra = False
    adapter.info("two", extra={"c": 5})
    first, second = records
    assert (first.a, first.b, first.c) == (1, 3, 4)
    assert (second.a, second.b, hasattr(second, "c")) == (1, 2, False)


@row("Python 3.13", "with _lock")
def test_how_locks_are_taken(logging, handler, monkeypatch):
    class Lock:
        def __init__(self):
            self.inner, self.seen = threading.RLock(), []

        def acquire(self, *args):
            self.seen.append("acquire")
            return self.inner.acquire(*args)

        def release(self):
            self.seen.append("release")
            self.inner.release()

        def __enter__(self):
            self.seen.append("enter")
            return self.inner.__enter__()

        def __exit__(self, *args):
            self.seen.append("exit")
            return self.inner.__exit__(*args)

    lock = Lock()
    monkeypatch.setattr(logging, "_lock", lock)
    logging.root.setLevel("INFO")
    assert lock.seen == ["enter", "exit"] if V13 else ["acquire", "release"]
    lock.seen.clear()
    logging.getLogger("lock").isEnabledFor(10)
    assert lock.seen == (["enter", "exit"] * 2 if V13 else ["acquire", "release"] * 2)
    own = handler.lock = Lock()
    logging.getLogger("lock").info("x")
    assert own.seen[0] == ("enter" if V13 else "acquire")


@row("Python 3.13", "TimedRotatingFileHandler's rollover")
def test_timed_rollover(logging, tmp_path, monkeypatch):
    clock = [1_700_000_000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(time, "time_ns", lambda: int(clock[0] * 1e9))
    log = logging.getLogger("timed")
    log.propagate = False
    path = tmp_path / "log"
    path.write_text("before\n")
    os.utime(path, (clock[0], clock[0]))
    handler = logging.handlers.TimedRotatingFileHandler(path, when="S", interval=5, utc=True)
    log.handlers[:] = [handler]
    log.warning("one")
    clock[0] += 6
    name = time.strftime(handler.suffix, time.gmtime(handler.rolloverAt - handler.interval))
    (tmp_path / f"log.{name}").write_text("taken\n")
    log.warning("two")
    log.handlers.clear()
    handler.close()
    # What is there already is kept since 3.13, and overwritten before.
    expected = {"log": "before\none\ntwo\n", f"log.{name}": "taken\n"} if V13 else \
        {"log": "two\n", f"log.{name}": "before\none\n"}
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == expected


@row("Python 3.14", "SysLogHandler(timeout=)", "QueueListener as a context manager")
def test_what_is_newer_than_the_running_version(logging):
    listener = logging.handlers.QueueListener(queue.Queue())
    if V14:
        with listener:
            assert listener._thread.is_alive()
        assert listener._thread is None
        logging.handlers.SysLogHandler(timeout=1.0).close()
        return
    with pytest.raises(TypeError, match="context manager"):
        with listener:
            pass
    with pytest.raises(TypeError, match="timeout"):
        logging.handlers.SysLogHandler(timeout=1.0)
