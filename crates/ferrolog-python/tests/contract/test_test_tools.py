"""pytest, unittest, freezegun and time-machine."""

import io
import time
import unittest

import pytest
from rows import row


@pytest.fixture
def log(logging):
    logger = logging.getLogger("tested")
    logger.setLevel("DEBUG")
    return logger


@row("pytest", "subclasses of StreamHandler, Formatter and PercentStyle",
     "_style._fmt is written for each record", "_fmt and converter are read")
def test_styles_whose_pattern_is_written_for_each_record(logging, log):
    class Style(logging.PercentStyle):
        def __init__(self, fmt):
            super().__init__(fmt)
            self.seen = []

        def format(self, record):
            self.seen.append(record.levelname)
            if "\n" in record.message:
                first, *more = record.message.splitlines()
                return "\n".join([self._fmt % {**vars(record), "message": first}, *more])
            return self._fmt % vars(record)

    class Formatter(logging.Formatter):
        PATTERNS = {20: "I %(message)s", 40: "E %(message)s"}

        def format(self, record):
            self._style._fmt = self.PATTERNS.get(record.levelno, self._original)
            return super().format(record)

    class Handler(logging.StreamHandler):
        def __init__(self):
            super().__init__(io.StringIO())
            self.records = []

        def emit(self, record):
            self.records.append(record)
            super().emit(record)

    formatter = Formatter("%(asctime)s %(message)s", "%H:%M")
    formatter._style, formatter._original = Style(formatter._fmt), formatter._fmt
    assert (formatter._original, formatter.usesTime()) == ("%(asctime)s %(message)s", True)
    assert formatter.converter is time.localtime
    formatter.converter = time.gmtime
    handler = Handler()
    handler.setFormatter(formatter)
    log.addHandler(handler)
    log.info("one %d", 1)
    log.error("two\nlines")
    log.warning("three")
    moment = time.strftime("%H:%M", time.gmtime(handler.records[2].created))
    assert handler.stream.getvalue().splitlines() == ["I one 1", "E two", "lines", f"{moment} three"]
    assert formatter._style.seen == ["INFO", "ERROR", "WARNING"]
    # A plain style whose pattern changes, as well.
    plain = logging.Formatter("%(message)s")
    handler.setFormatter(plain)
    handler.setStream(io.StringIO())
    for pattern in "<%(message)s>", "[%(message)s]":
        plain._style._fmt = pattern
        log.info("x")
    assert handler.stream.getvalue() == "<x>\n[x]\n"


@row("pytest", "manager.loggerDict.values() with isinstance", "manager.disable")
def test_the_managers_attributes(logging, stream):
    logging.getLogger("whole.tree.below")
    kinds = {
        name: (isinstance(entry, logging.Logger), isinstance(entry, logging.PlaceHolder))
        for name, entry in logging.root.manager.loggerDict.items()
    }
    assert kinds["whole"] == kinds["whole.tree"] == (False, True)
    assert kinds["whole.tree.below"] == (True, False)
    assert all(any(kind) for kind in kinds.values())
    assert isinstance(logging.root, logging.Logger)

    logger = logging.getLogger("whole.tree.below")
    manager = logger.manager
    assert manager.disable == 0
    logging.disable(logging.ERROR)
    assert manager.disable == 40
    logger.error("disabled")
    # As caplog does to have records that are disabled.
    before = manager.disable
    logging.disable(logging.INFO)
    logger.error("seen")
    logger.info("disabled")
    logging.disable(before)
    logger.error("disabled")
    logging.disable(logging.NOTSET)
    # Assigned, it counts for those who were not asked yet.
    manager.disable = "ERROR"
    assert manager.disable == 40
    logging.getLogger("whole.tree").error("disabled")
    manager.disable = 0
    logger.info("seen as well")
    assert [line.split(":")[2] for line in stream.getvalue().splitlines()] == ["seen", "seen as well"]


@row("pytest", "raiseExceptions", "a bare raise in handleError")
def test_a_handler_that_raises_again(logging, log, capsys):
    class Handler(logging.StreamHandler):
        def handleError(self, record):
            raise

    handler = Handler(io.StringIO())
    log.addHandler(handler)
    with pytest.raises(TypeError, match="not all arguments converted"):
        log.info("no place", 1)
    plain = logging.StreamHandler(io.StringIO())
    log.handlers[:] = [plain]
    assert logging.raiseExceptions is True
    log.info("no place", 1)
    assert "Message: 'no place'" in capsys.readouterr().err
    logging.raiseExceptions = False
    log.info("no place", 1)
    assert capsys.readouterr().err == ""
    assert plain.stream.getvalue() == ""


@row("unittest", "_nameToLevel", "handlers and propagate are assigned and restored")
def test_assert_logs(logging, stream, facility):
    log = logging.getLogger("tested.logs")
    log.setLevel("WARNING")

    class Watcher(logging.Handler):
        def __init__(self):
            super().__init__()
            self.lines = []

        def emit(self, record):
            self.lines.append(self.format(record))

    # As unittest does it, with the facility under test.
    watcher = Watcher()
    watcher.setLevel(logging._nameToLevel["INFO"])
    watcher.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    before = log.handlers, log.level, log.propagate
    log.handlers = [watcher]
    log.setLevel(logging._nameToLevel["INFO"])
    log.propagate = False
    log.info("watched")
    log.debug("not wanted")
    log.handlers, log.propagate = before[0], before[2]
    log.setLevel(before[1])
    log.info("below")
    log.warning("again as before")
    assert watcher.lines == ["INFO:tested.logs:watched"]
    assert stream.getvalue() == "WARNING:tested.logs:again as before\n"

    if facility == "alone":
        return
    # And unittest itself, which knows the standard library's modules.

    class Case(unittest.TestCase):
        def runTest(self):
            with self.assertLogs("tested.logs", "INFO") as logs:
                log.info("first")
                logging.getLogger("tested.logs.below").error("second %d", 2)
            self.assertEqual(logs.output, ["INFO:tested.logs:first",
                                           "ERROR:tested.logs.below:second 2"])
            self.assertEqual([record.msg for record in logs.records], ["first", "second %d"])
            with self.assertNoLogs("tested.logs"):
                log.debug("quiet")
            with self.assertRaisesRegex(AssertionError, "no logs of level"):
                with self.assertLogs(log):
                    pass

    result = unittest.TestResult()
    Case().run(result)
    assert (result.errors, result.failures, result.testsRun) == ([], [], 1)


@row("freezegun, time-machine", "time.time, time.time_ns and time.localtime replaced")
def test_a_replaced_clock(logging, log, monkeypatch):
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    log.propagate = False

    def line():
        handler.stream.seek(0)
        handler.stream.truncate()
        log.info("x")
        return handler.stream.getvalue()

    year = str(time.localtime().tm_year)
    assert line().startswith(year[:2])
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: 86400.5)
        patch.setattr(time, "time_ns", lambda: 86_400_500_000_000)
        patch.setattr(time, "localtime", time.gmtime)
        # The formatter's converter is the function that it was when the class was made.
        expected = time.strftime("%Y-%m-%d %H:%M:%S", logging.Formatter.converter(86400.5))
        assert line() == f"{expected},500 x\n"
        record = logging.makeLogRecord({})
        assert (record.created, record.msecs) == (86400.5, 500.0)
        formatter = logging.Formatter("%(asctime)s %(message)s")
        formatter.converter = time.localtime
        handler.setFormatter(formatter)
        assert line() == "1970-01-02 00:00:00,500 x\n"
    assert not line().startswith("1970")
