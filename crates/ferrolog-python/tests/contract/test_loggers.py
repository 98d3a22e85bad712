"""absl, structlog, loguru, python-json-logger, tornado, coloredlogs, verboselogs, rich and eliot."""

import io
import json
import os
import sys
import time

import pytest
from rows import row


@pytest.fixture
def handler(logging):
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(levelname)s:%(funcName)s:%(lineno)d:%(message)s"))
    logging.root.addHandler(handler)
    logging.root.setLevel(1)
    handler.lines = lambda: handler.stream.getvalue().splitlines()
    return handler


def line_here():
    return sys._getframe(1).f_lineno


@row("absl", "class of getLoggerClass(), setLoggerClass swapped",
     "findCaller with sys._getframe(2) and frames of logging/__init__ skipped",
     "handle and log overridden")
def test_a_logger_that_finds_its_caller_itself(logging, handler):
    skipped, seen = set(), []

    class Absl(logging.getLoggerClass()):
        def findCaller(self, stack_info=False, stacklevel=1):
            frame = sys._getframe(2)
            first = frame
            while frame:
                code = frame.f_code
                name = os.path.normcase(code.co_filename)
                own = name.endswith((os.path.join("logging", "__init__.py"), "<frozen logging>"))
                if (not own and (code.co_filename, code.co_name) not in skipped) \
                        or frame.f_back is None:
                    return (code.co_filename, frame.f_lineno, code.co_name,
                            None if not stack_info else f"stack from {first.f_code.co_name}")
                frame = frame.f_back

        def handle(self, record):
            seen.append(record.levelno)
            return super().handle(record)

        def log(self, level, msg, *args, **kwargs):
            super().log(level + 1, msg, *args, **kwargs)

    before = logging.getLoggerClass()
    logging.setLoggerClass(Absl)
    try:
        logger = logging.getLogger("absl")
        assert type(logger) is Absl and logging.getLoggerClass() is Absl
    finally:
        logging.setLoggerClass(before)
    assert type(logging.getLogger("absl.below")) is before

    def helper():
        logger.info("from %s", "helper")

    here = line_here()
    logger.info("direct")
    logger.log(20, "by number")
    helper()
    skipped.add((helper.__code__.co_filename, "helper"))
    helper()
    name = "test_a_logger_that_finds_its_caller_itself"
    assert handler.lines() == [
        f"INFO:{name}:{here + 1}:direct",
        # Called by `log` above, which is no frame of logging's.
        f"Level 21:log:{Absl.log.__code__.co_firstlineno + 1}:by number",
        f"INFO:helper:{here - 2}:from helper", f"INFO:{name}:{here + 5}:from helper",
    ]
    assert seen == [20, 21, 20, 20]


@row("absl", "handler.stream == sys.stderr")
def test_the_stream_that_is_the_standard_error(logging, monkeypatch):
    handler = logging.StreamHandler()
    assert handler.stream == sys.stderr and handler.stream is sys.stderr
    assert logging.lastResort.stream == sys.stderr
    other = io.StringIO()
    monkeypatch.setattr(sys, "stderr", other)
    # The last resort looks each time, others keep what they were given.
    assert logging.lastResort.stream is other and handler.stream is not other
    assert handler.setStream(other) is not other and handler.stream == sys.stderr
    logging.getLogger("nobody").warning("seen by the last resort")
    logging.root.addHandler(handler)
    logging.getLogger("nobody").warning("seen by the handler")
    assert other.getvalue() == "seen by the last resort\nseen by the handler\n"


@row("structlog", "findCaller that skips frames by the prefix of __name__")
def test_frames_skipped_by_the_modules_name(logging, handler):
    inside = {"__name__": "structure.inner"}
    exec("def relay(logger, text):\n    logger.info(text)\n", inside)

    class Fixed(logging.Logger):
        def findCaller(self, stack_info=False, stacklevel=1):
            frame, seen = sys._getframe(), []
            while frame.f_globals["__name__"].startswith(("structure", "logging", "ferrolog", __name__)) \
                    and frame.f_code.co_name != "test_frames_skipped_by_the_modules_name":
                seen.append(frame.f_code.co_name)
                frame = frame.f_back
            assert "relay" in seen
            return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name, None

    logger = Fixed("structured")
    logger.parent = logging.root
    here = line_here()
    inside["relay"](logger, "relayed")
    assert handler.lines() == [f"INFO:test_frames_skipped_by_the_modules_name:{here + 1}:relayed"]


@row("structlog", "a dict as record.msg", "makeLogRecord(record.__dict__)",
     "the keys of a bare LogRecord")
def test_messages_that_are_dictionaries(logging, handler):
    bare = set(logging.LogRecord("n", 0, "p", 0, "m", (), None).__dict__)
    assert {"name", "msg", "args", "levelname", "exc_info", "stack_info", "process"} <= bare
    assert ("taskName" in bare) == (sys.version_info >= (3, 12)) and "message" not in bare

    class Renderer(logging.Formatter):
        def format(self, record):
            record = logging.makeLogRecord(record.__dict__)
            if isinstance(record.msg, dict):
                event = dict(record.msg)
                event.update({k: v for k, v in record.__dict__.items() if k not in bare})
                record.msg, record.args = json.dumps(event, sort_keys=True), ()
            return super().format(record)

    records = []
    handler.addFilter(lambda record: records.append(record) or True)
    handler.setFormatter(Renderer("%(levelname)s %(message)s"))
    event = {"event": "started", "port": 80}
    logging.getLogger("s").info(event, extra={"user": "me"})
    logging.getLogger("s").info("plain %d", 1)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger("s").info(event)
    assert handler.lines() == [
        'INFO {"event": "started", "port": 80, "user": "me"}', "INFO plain 1", repr(event)]
    assert records[0].msg is event and event == {"event": "started", "port": 80}


@row("loguru", "frames walked while co_filename == logging.__file__")
def test_the_recipe_of_interception(logging, handler, facility):
    found = []

    class Intercept(logging.Handler):
        def emit(self, record):
            try:
                level = logging.getLevelName(record.levelname)
            except ValueError:
                level = record.levelno
            frame, depth = sys._getframe(6), 6
            while frame and frame.f_code.co_filename == logging.__file__:
                frame, depth = frame.f_back, depth + 1
            found.append((level, record.getMessage(), frame is not None))

        def handle(self, record):
            # From the innermost frame on, which does not count how many there are.
            frame = sys._getframe(1)
            while frame and frame.f_code.co_filename in (logging.__file__, PYTHONS):
                frame = frame.f_back
            found.append(frame.f_code.co_name)
            return super().handle(record)

    import logging as standard

    PYTHONS = standard.__file__
    logging.root.handlers[:] = [Intercept()]

    def caller():
        logging.getLogger("lib").warning("to be %s", "intercepted")

    caller()
    assert found == ["caller", (30, "to be intercepted", True)]


@row("python-json-logger", "_STYLES[style][0](fmt)", "_style._fmt and isinstance on the style classes",
     "record.__dict__ iterated")
def test_a_formatter_for_json(logging, handler):
    class Json(logging.Formatter):
        def __init__(self, fmt, style="%"):
            super().__init__(style=style)
            self._style = logging._STYLES[style][0](fmt)
            self._fmt = self._style._fmt
            if isinstance(self._style, logging.StringTemplateStyle):
                self.kind = "$"
            elif isinstance(self._style, logging.StrFormatStyle):
                self.kind = "{"
            elif isinstance(self._style, logging.PercentStyle):
                self.kind = "%"

        def format(self, record):
            record.message = record.getMessage()
            skipped = {"message", "args", "msg"} | set(vars(logging.makeLogRecord({})))
            extra = {key: value for key, value in record.__dict__.items() if key not in skipped}
            return json.dumps({self.kind: self._style._fmt, "message": record.message, **extra})

    logger = logging.getLogger("json")
    for style, fmt in ("%", "%(message)s"), ("{", "{message}"), ("$", "${message}"):
        handler.setFormatter(Json(fmt, style))
        logger.info("with %s", style, extra={"user": 1, "more": [2]})
    assert [json.loads(line) for line in handler.lines()] == [
        {"%": "%(message)s", "message": "with %", "user": 1, "more": [2]},
        {"{": "{message}", "message": "with {", "user": 1, "more": [2]},
        {"$": "${message}", "message": "with $", "user": 1, "more": [2]},
    ]
    assert [cls.__name__ for cls, _ in logging._STYLES.values()] == [
        "PercentStyle", "StrFormatStyle", "StringTemplateStyle"]


@row("tornado", "self._fmt assigned", "fmt % record.__dict__",
     "message, asctime and color set on the record")
def test_a_formatter_that_fills_its_own_pattern(logging, handler):
    class Tornado(logging.Formatter):
        def __init__(self, fmt):
            logging.Formatter.__init__(self, datefmt="%y%m%d")
            self._fmt = fmt

        def format(self, record):
            record.message = record.getMessage()
            record.asctime = self.formatTime(record, self.datefmt)
            record.color = "<red>" if record.levelno >= 40 else ""
            formatted = self._fmt % record.__dict__
            if record.exc_info and not record.exc_text:
                record.exc_text = self.formatException(record.exc_info)
            if record.exc_text:
                formatted = f"{formatted.rstrip()}\n    {record.exc_text.splitlines()[-1]}"
            return formatted

    handler.setFormatter(Tornado("%(color)s[%(levelname)1.1s %(asctime)s] %(message)s"))
    records = []
    handler.addFilter(lambda record: records.append(record) or True)
    logger = logging.getLogger("tornado.access")
    logger.info("%d GET", 200)
    try:
        1 / 0
    except ZeroDivisionError:
        logger.error("%d GET", 500, exc_info=True)
    day = time.strftime("%y%m%d", time.localtime(records[0].created))
    assert handler.lines() == [f"[I {day}] 200 GET", f"<red>[E {day}] 500 GET",
                               "    ZeroDivisionError: division by zero"]
    assert records[1].color == "<red>" and records[1].exc_text.endswith("division by zero")


@row("coloredlogs", "formatTime overridden", "a bare record with __dict__.update",
     "parent and propagate walked with isinstance")
def test_a_formatter_with_times_of_its_own(logging, handler):
    class Colored(logging.Formatter):
        def formatTime(self, record, datefmt=None):
            return f"at {datefmt or 'any'} time"

        def format(self, record):
            copy = type("Copy", (logging.LogRecord,), {"__init__": lambda self: None})()
            copy.__dict__.update(record.__dict__)
            copy.msg = f"<{record.msg}>"
            copy.__class__ = logging.LogRecord
            return logging.Formatter.format(self, copy)

    handler.setFormatter(Colored("%(asctime)s %(levelname)s %(message)s"))
    deep = logging.getLogger("colored.a.b")
    deep.info("one %s", 1)
    handler.setFormatter(Colored("%(asctime)s %(message)s", "%H"))
    deep.info("two")
    assert handler.lines() == ["at any time INFO <one 1>", "at %H time <two>"]

    def walk(logger):
        while isinstance(logger, logging.Logger):
            yield logger
            logger = logger.parent if logger.propagate else None

    assert [logger.name for logger in walk(deep)] == ["colored.a.b", "root"]
    logging.getLogger("colored").propagate = False
    assert [logger.name for logger in walk(deep)] == ["colored.a.b", "colored"]
    assert [h for logger in walk(logging.root) for h in logger.handlers] == [handler]


@row("verboselogs", "a Logger that sets parent in __init__", "_log called",
     "constants added to the module")
@row("applications", "addLevelName and setattr(Logger, 'trace', ...)")
def test_further_levels(logging, handler, monkeypatch):
    monkeypatch.setattr(logging, "NOTICE", 25, raising=False)
    logging.addLevelName(logging.NOTICE, "NOTICE")

    class Verbose(logging.Logger):
        def __init__(self, *args, **kwargs):
            logging.Logger.__init__(self, *args, **kwargs)
            self.parent = logging.getLogger()

        def notice(self, msg, *args, **kwargs):
            if self.isEnabledFor(logging.NOTICE):
                self._log(logging.NOTICE, msg, args, **kwargs)

    logging.setLoggerClass(Verbose)
    logger = logging.getLogger("verbose")
    logging.setLoggerClass(logging.Logger)
    here = line_here()
    logger.notice("noticed %d", 1)
    logger.info("as well")
    name = "test_further_levels"
    # `_log` is called by a function that is not logging's own, and that is where it was called.
    assert handler.lines() == [f"NOTICE:notice:{here - 5}:noticed 1", f"INFO:{name}:{here + 2}:as well"]
    logger.setLevel("NOTICE")
    logger.info("below")
    assert logger.level == 25 and len(handler.lines()) == 2

    logging.addLevelName(5, "TRACE")

    def trace(self, msg, *args, **kwargs):
        kwargs.setdefault("stacklevel", 2)
        self.log(5, msg, *args, **kwargs)

    setattr(logging.Logger, "trace", trace)
    here = line_here()
    logging.getLogger("traced").trace("finer %s", "grained")
    assert handler.lines()[2:] == [f"TRACE:{name}:{here + 1}:finer grained"]


@row("rich, eliot", "a subclass of Handler")
def test_a_handler_of_its_own(logging, handler):
    class Rich(logging.Handler):
        def __init__(self, level=logging.NOTSET):
            super().__init__(level=level)
            self.rows = []

        def emit(self, record):
            message = self.format(record)
            if record.exc_info and record.exc_info != (None, None, None):
                assert self.formatter
                record.message = record.getMessage()
                message = self.formatter.formatMessage(record)
                message += f" / {record.exc_info[0].__name__}"
            self.rows.append((record.levelname.ljust(8), message, record.pathname == __file__))

    class Eliot(logging.Handler):
        def emit(self, record):
            events.append({"message": self.format(record), "logger": record.name,
                           "log_level": record.levelname})
            if record.exc_info:
                events.append(record.exc_info[1])

    events = []
    rich, eliot = Rich("INFO"), Eliot()
    rich.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("rich")
    logger.propagate = False
    logger.handlers[:] = [rich, eliot]
    logger.debug("only eliot's")
    logger.info("both %s", "of them")
    try:
        [][0]
    except IndexError as error:
        raised = error
        logger.exception("failed")
    assert rich.rows == [("INFO    ", "both of them", True), ("ERROR   ", "failed / IndexError", True)]
    assert [e["message"].splitlines()[0] for e in events if isinstance(e, dict)] == [
        "only eliot's", "both of them", "failed"]
    assert events[-1] is raised
