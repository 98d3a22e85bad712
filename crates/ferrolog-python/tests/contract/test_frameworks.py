"""celery, django, uvicorn, gunicorn, concurrent-log-handler, watchtower and google-cloud-logging."""

import collections
import copy
import io
import os
import sys
import time

import pytest
from rows import row


@pytest.fixture
def handler(logging):
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logging.root.addHandler(handler)
    logging.root.setLevel(1)
    handler.lines = lambda: handler.stream.getvalue().splitlines()
    return handler


@row("celery", "root.handlers = []", "parent assigned, propagate an int", "handlers[0].stream",
     "Logger.manager.loggerDict")
def test_the_tree_put_together_by_hand(logging, handler):
    root = logging.getLogger()
    root.handlers = []
    logging.lastResort, last = None, logging.lastResort
    logging.raiseExceptions = False
    logging.getLogger("work").error("nobody")
    logging.raiseExceptions, logging.lastResort = True, last
    root.handlers = [handler]
    assert root.handlers[0].stream is handler.stream

    base = logging.getLogger("celery")
    task = logging.getLogger("celery.task")
    task.parent = base
    mine = logging.getLogger("my.module")
    assert mine.parent is root
    mine.parent = task
    other = logging.StreamHandler(io.StringIO())
    task.handlers = [other]
    mine.info("through the task")
    task.propagate = 0
    mine.info("not to the root")
    task.propagate = 1
    mine.info("to both")
    mine.parent = root
    mine.info("as before")
    assert other.stream.getvalue() == "through the task\nnot to the root\nto both\n"
    assert handler.lines() == [f"INFO my.module {text}" for text in
                               ("through the task", "to both", "as before")]
    known = logging.Logger.manager.loggerDict
    assert known is root.manager.loggerDict and known["celery.task"] is task
    # As celery resets what a parent process has set up.
    for name in "celery", "celery.task":
        known[name].handlers = []
    assert not base.handlers and mine.hasHandlers()


@row("celery", "record.__dict__.update", "record.exc_info = 1", "handler.handleError set on the instance")
def test_records_changed_on_the_way(logging, handler, capsys):
    class TaskFormatter(logging.Formatter):
        def format(self, record):
            record.__dict__.update(task_id="7", task_name="add")
            record.__dict__.setdefault("data", {})
            return super().format(record)

    handler.setFormatter(TaskFormatter("%(task_name)s[%(task_id)s] %(message)s"))
    log = logging.getLogger("worker")
    log.info("started %s", "job")
    records = []
    handler.addFilter(lambda record: records.append(record) or True)

    errors = []
    handler.handleError = lambda record: errors.append((record.msg, sys.exc_info()[0]))
    log.info("%d", "no number")
    assert errors == [("%d", TypeError)] and capsys.readouterr().err == ""
    del handler.handleError
    log.info("%d", "no number")
    assert "--- Logging error ---" in capsys.readouterr().err

    # What is no tuple fails when it is formatted, and so does celery's own; a true value is not looked at
    # until then.
    record = logging.makeLogRecord({"msg": "odd", "exc_info": 1, "levelno": 20})
    assert record.exc_info == 1
    logging.Handler.handleError, before = lambda self, record: errors.append(sys.exc_info()[0]), \
        logging.Handler.handleError
    record.exc_info = 1
    log.handle(record)
    logging.Handler.handleError = before
    assert errors[1:] == [TypeError]
    record.exc_info = None
    log.handle(record)
    assert handler.lines() == ["add[7] started job", "add[7] odd"]
    assert records[0].task_id == "7" and records[-1].data == {}


@row("django", "copy(record)", "filters that return 1 or 0", "default_time_format")
def test_filters_and_copies(logging, handler):
    class Mails(logging.Handler):
        def emit(self, record):
            # The traceback goes elsewhere: a copy without it gives the text.
            short = copy.copy(record)
            short.exc_info = short.exc_text = None
            sent.append((self.format(short), record.exc_info and record.exc_info[0]))

    class Debug:
        def filter(self, record):
            return 1 if debug else 0

    class Server(logging.Formatter):
        default_time_format = "%d/%b/%Y %H:%M:%S"

        def format(self, record):
            if self.uses_server_time() and not hasattr(record, "server_time"):
                record.server_time = self.formatTime(record, self.datefmt)
            return super().format(record)

        def uses_server_time(self):
            return self._fmt.find("{server_time}") >= 0

    sent, debug = [], True
    mails = Mails()
    mails.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    log = logging.getLogger("django.request")
    log.addHandler(mails)
    log.addFilter(Debug())
    handler.setFormatter(Server("[{server_time}] {message}", style="{"))
    records = []
    handler.addFilter(lambda record: records.append(record) or 1)
    try:
        {}["key"]
    except KeyError:
        log.exception("Internal %s", "error")
    debug = False
    log.error("filtered")
    debug = True
    log.warning("again")
    assert sent == [("ERROR: Internal error", KeyError), ("WARNING: again", None)]
    when = time.localtime(records[0].created)
    lines = handler.lines()
    assert lines[0].split(",")[0] == f"[{time.strftime('%d/%b/%Y %H:%M:%S', when)}"
    assert lines[-1].endswith("] again") and "KeyError: 'key'" in lines and len(records) == 2
    assert records[0].exc_info[0] is KeyError


@row("django", "fmt tried again as format in a configuration")
def test_a_formatter_that_knows_no_fmt(logging, handler):
    made = []

    def factory(fmt=None, datefmt=None):
        made.append(logging.Formatter(fmt, datefmt))
        return made[-1]

    logging.config.dictConfig({
        "version": 1, "disable_existing_loggers": False,
        "formatters": {"old": {"()": factory, "format": "old %(message)s"}},
        "handlers": {"h": {"class": f"{logging.__name__}.StreamHandler", "formatter": "old",
                           "stream": handler.stream}},
        "root": {"handlers": ["h"]},
    })
    assert made[0]._fmt == "old %(message)s" and len(made) == 1
    logging.getLogger("any").warning("one")
    assert handler.lines() == ["old one"]


@row("uvicorn", "formatMessage overridden", "a copy's __dict__ mutated")
def test_format_message_overridden(logging, handler):
    class Colour(logging.Formatter):
        def formatMessage(self, record):
            mine = copy.copy(record)
            mine.__dict__["levelprefix"] = f"<{mine.levelname}>:".ljust(11)
            if "color_message" in mine.__dict__:
                mine.msg = mine.__dict__["color_message"]
                mine.__dict__["message"] = mine.getMessage()
            return super().formatMessage(mine)

    class Access(Colour):
        def formatMessage(self, record):
            mine = copy.copy(record)
            address, method, status = mine.args
            mine.__dict__.update({"client": address, "request": f"{method} !", "status": status})
            return super().formatMessage(mine)

    handler.setFormatter(Colour("%(levelprefix)s %(message)s"))
    records = []
    handler.addFilter(lambda record: records.append(record) or True)
    log = logging.getLogger("uvicorn.error")
    log.info("Started %d", 5, extra={"color_message": "*Started* %d"})
    log.info("plain")
    handler.setFormatter(Access('%(levelprefix)s %(client)s - "%(request)s" %(status)s'))
    logging.getLogger("uvicorn.access").info('%s - "%s" %d', "::1", "GET", 200)
    assert handler.lines() == ["<INFO>:     *Started* 5", "<INFO>:     plain",
                               '<INFO>:     ::1 - "GET !" 200']
    assert records[0].msg == "Started %d" and not hasattr(records[0], "levelprefix")
    assert records[0].message == "Started 5"


@row("gunicorn", "Logger.manager.emittedNoHandlerWarning set",
     "handler.acquire, release and _open called", "handler.stream assigned")
def test_files_opened_again(logging, tmp_path, capsys):
    logging.Logger.manager.emittedNoHandlerWarning = True
    logging.lastResort = None
    logging.getLogger("gunicorn.quiet").error("not even a warning")
    assert capsys.readouterr().err == ""
    logging.root.manager.emittedNoHandlerWarning = False
    logging.getLogger("gunicorn.quiet").error("once")
    logging.getLogger("gunicorn.quiet").error("only once")
    assert capsys.readouterr().err.count("No handlers could be found") == 1
    assert logging.Logger.manager.emittedNoHandlerWarning is True

    handler = logging.FileHandler(tmp_path / "log")
    log = logging.getLogger("gunicorn.error")
    log.propagate = False
    log.handlers[:] = [handler]
    log.warning("one")
    os.rename(tmp_path / "log", tmp_path / "old")
    log.warning("still there")
    handler.acquire()
    try:
        if handler.stream:
            handler.close()
            handler.stream = handler._open()
    finally:
        handler.release()
    log.warning("two")
    with open(tmp_path / "third", "w") as third:
        before, handler.stream = handler.stream, third
        log.warning("three")
        handler.stream = before
    log.warning("four")
    log.handlers.clear()
    handler.close()
    assert (tmp_path / "old").read_text() == "one\nstill there\n"
    assert (tmp_path / "log").read_text() == "two\nfour\n"
    assert (tmp_path / "third").read_text() == "three\n"


@row("concurrent-log-handler", "subclasses of BaseRotatingHandler and TimedRotatingFileHandler",
     "_open that returns None", "its own stream, emit and shouldRollover")
def test_rotation_of_its_own(logging, tmp_path):
    class Concurrent(logging.handlers.BaseRotatingHandler):
        def __init__(self, filename, limit):
            self.seen = []
            super().__init__(str(filename), "a", encoding="utf-8", delay=True)
            self.limit, self.number = limit, 0

        def _open(self, mode=None):
            self.seen.append("open")
            return None

        def emit(self, record):
            try:
                text = self.format(record)
                self.stream = open(self.baseFilename, "a", encoding="utf-8")
                if self.shouldRollover(record):
                    self.doRollover()
                self.stream.write(text + "\n")
                self.stream.close()
                self.stream = None
            except Exception:
                self.handleError(record)

        def shouldRollover(self, record):
            return self.stream.tell() > self.limit

        def doRollover(self):
            self.stream.close()
            self.number += 1
            self.rotate(self.baseFilename, self.rotation_filename(f"{self.baseFilename}.{self.number}"))
            self.stream = open(self.baseFilename, "a", encoding="utf-8")

    class Timed(logging.handlers.TimedRotatingFileHandler):
        def __init__(self, *args, **kwargs):
            self.told = []
            super().__init__(*args, **kwargs)

        def shouldRollover(self, record):
            self.told.append(super().shouldRollover(record))
            return len(self.told) == 2

        def doRollover(self):
            self.stream.close()
            os.rename(self.baseFilename, f"{self.baseFilename}.turned")
            self.stream = self._open()

    concurrent, timed = Concurrent(tmp_path / "log", 20), Timed(tmp_path / "timed", when="D", utc=True)
    concurrent.namer = lambda name: f"{name}.gz"
    log = logging.getLogger("concurrent")
    log.propagate = False
    log.handlers[:] = [concurrent, timed]
    for number in range(4):
        log.warning("line number %d", number)
    log.handlers.clear()
    for h in concurrent, timed:
        h.close()
    files = {path.name: path.read_text() for path in tmp_path.iterdir()}
    lines = [f"line number {n}\n" for n in range(4)]
    assert files == {
        "log.1.gz": "".join(lines[:2]), "log": "".join(lines[2:]),
        "timed.turned": lines[0], "timed": "".join(lines[1:]),
    }
    assert concurrent.seen == [] and timed.told == [0] * 4 or timed.told == [False] * 4


@row("concurrent-log-handler", "_open that returns None")
def test_a_file_that_is_not_opened(logging, tmp_path, capsys):
    class Never(logging.FileHandler):
        opened = 0

        def _open(self):
            self.opened += 1
            return None

    handler = Never(tmp_path / "log", delay=True)
    assert handler.opened == 0 and handler.stream is None
    log = logging.getLogger("never")
    log.propagate = False
    log.handlers[:] = [handler]
    log.warning("lost")
    log.warning("lost as well")
    log.handlers.clear()
    handler.close()
    # Asked for each record; without a stream nothing is written or reported.
    assert handler.opened == 2 and capsys.readouterr().err == "" and not os.listdir(tmp_path)


@row("watchtower", "createLock and _at_fork_reinit overridden")
def test_locks_of_its_own(logging, handler):
    calls = []

    class Watch(logging.Handler):
        def createLock(self):
            calls.append("createLock")
            super().createLock()

        def _at_fork_reinit(self):
            calls.append("_at_fork_reinit")
            super()._at_fork_reinit()

        def emit(self, record):
            calls.append(record.msg)

    watch = Watch()
    logging.root.addHandler(watch)
    logging.getLogger("cloud").info("one")
    watch._at_fork_reinit()
    logging.getLogger("cloud").info("two")
    assert calls == ["createLock", "one", "_at_fork_reinit", "two"]


@row("google-cloud-logging", "attributes added in a filter", "a Mapping as msg", "handlers.clear()")
def test_labels_and_structures(logging, handler):
    class Labels(logging.Filter):
        def filter(self, record):
            record._labels = {**getattr(record, "labels", {}), "python_logger": record.name}
            record._msg_str = logging.Formatter().format(record) if record.msg else ""
            return True

    class Structured(logging.StreamHandler):
        def format(self, record):
            if isinstance(record.msg, collections.abc.Mapping):
                return f"{dict(record.msg)} {record._labels}"
            return f"{record._msg_str} {record._labels}"

    structured = Structured(io.StringIO())
    structured.addFilter(Labels())
    logging.root.handlers.clear()
    logging.root.addHandler(structured)
    log = logging.getLogger("cloud")
    log.info(collections.UserDict(event="one"), extra={"labels": {"a": "b"}})
    log.info({"event": "two"})
    log.info("plain %s", "text")
    assert structured.stream.getvalue().splitlines() == [
        "{'event': 'one'} {'a': 'b', 'python_logger': 'cloud'}",
        "{'event': 'two'} {'python_logger': 'cloud'}",
        "plain text {'python_logger': 'cloud'}",
    ]
    assert handler.lines() == [] and logging.root.handlers == [structured]
