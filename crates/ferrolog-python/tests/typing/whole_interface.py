"""Uses the whole interface of ``ferrolog``, ``ferrolog.handlers`` and ``ferrolog.config``.

Type-checked by ``mypy --strict``, and run, so that what the stubs promise is also so.
"""

import copy
import io
import os
import pickle
import queue
import socket
import ssl
import string
import sys
import time
import weakref
from collections.abc import Mapping, MutableMapping
from types import FrameType
from typing import Any, TextIO
from typing_extensions import assert_type

import ferrolog
import ferrolog.config
import ferrolog.escape
import ferrolog.handlers
import ferrolog.policy
import ferrolog as logging
from ferrolog import Formatter, LogRecord, getLogger

if sys.version_info >= (3, 12):
    Verdict = bool | LogRecord
else:
    Verdict = bool


# Taking over.

def takeover() -> None:
    assert_type(ferrolog.installed(), bool)
    ferrolog.install()
    ferrolog.uninstall()
    from ferrolog import auto

    assert auto and ferrolog.installed()
    ferrolog.uninstall()


def explanation() -> None:
    explained = ferrolog.explain("explained")
    ferrolog.explain(getLogger("explained"))
    for level in explained.levels:
        assert_type(level.fast, bool)
        assert_type(level.reasons, tuple[str, ...])
        for step in level.steps:
            print(step.kind, step.object, step.where, step.fast, *step.reasons)
    assert explained["INFO"] is explained[20]
    assert_type(explained.fast, bool)


# Subclasses, overriding what applications override.

class Sieve(logging.Filter):
    def filter(self, record: LogRecord) -> Verdict:
        record.__dict__["seen"] = True
        return super().filter(record)


def only_short(record: LogRecord) -> bool:
    return len(record.getMessage()) < 60


class Shout(Formatter):
    converter = staticmethod(time.gmtime)
    default_msec_format = None

    def format(self, record: LogRecord) -> str:
        return super().format(record).upper()

    def formatTime(self, record: LogRecord, datefmt: str | None = None) -> str:
        return time.strftime(datefmt or self.default_time_format, self.converter(record.created))

    def formatMessage(self, record: LogRecord) -> str:
        return self._style.format(record)


class Collect(logging.Handler):
    def __init__(self, level: int | str = logging.NOTSET) -> None:
        super().__init__(level)
        self.lines: list[str] = []

    def emit(self, record: LogRecord) -> None:
        try:
            self.lines.append(self.format(record))
        except Exception:
            self.handleError(record)


class Text(logging.StreamHandler[io.StringIO]):
    terminator = "\r\n"

    def emit(self, record: LogRecord) -> None:
        super().emit(record)
        assert_type(self.stream, io.StringIO)


class Tracing(logging.Logger):
    def trace(self, msg: str, *args: object, **kwargs: Any) -> None:
        if self.isEnabledFor(5):
            self._log(5, msg, args, **kwargs)

    def makeRecord(self, *args: Any, **kwargs: Any) -> LogRecord:
        return super().makeRecord(*args, **kwargs)

    def findCaller(
        self, stack_info: bool = False, stacklevel: int = 1
    ) -> tuple[str, int, str, str | None]:
        return super().findCaller(stack_info, stacklevel)


class Prefix(logging.LoggerAdapter[logging.Logger]):
    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        return f"[{self.name}] {msg}", kwargs


# Each part of the interface in turn.

def levels() -> None:
    named: list[int] = [
        logging.CRITICAL, logging.FATAL, logging.ERROR, logging.WARNING, logging.WARN,
        logging.INFO, logging.DEBUG, logging.NOTSET,
    ]
    logging.addLevelName(5, "TRACE")
    assert_type(logging.getLevelName(5), str)
    assert_type(logging.getLevelNamesMapping(), dict[str, int])
    assert named and logging._checkLevel("TRACE") == 5
    logging.disable("INFO")
    logging.disable(logging.NOTSET)
    assert logging._levelToName[logging._nameToLevel["ERROR"]] == "ERROR"


def calls(log: logging.Logger | logging.LoggerAdapter[logging.Logger]) -> None:
    log.debug("%s", 1)
    log.info({"any": "object"}, stacklevel=2)
    log.warning("%(a)d", {"a": 1}, extra={"b": 2})
    log.error("failed", exc_info=ValueError("v"), stack_info=True)
    log.critical("failed", exc_info=(None, None, None))
    log.log(logging.INFO, "at a level")
    try:
        raise KeyError("k")
    except KeyError:
        log.exception("caught")
        log.exception("caught", exc_info=sys.exc_info())


def loggers() -> None:
    root = assert_type(getLogger(), logging.RootLogger)
    log = assert_type(getLogger("a.b"), logging.Logger)
    log.fatal("%s", "f")
    assert_type(log.name, str)
    assert_type(log.level, int)
    assert_type(log.parent, logging.Logger | None)
    assert_type(log.handlers, list[logging.Handler])
    assert_type(log.disabled, bool)
    log.propagate = True
    log.setLevel("DEBUG")
    assert_type(log.getEffectiveLevel(), int)
    assert_type(log.isEnabledFor(logging.INFO), bool)
    assert log.getChild("c") is getLogger("a.b.c")
    if sys.version_info >= (3, 12):
        assert_type(log.getChildren(), set[logging.Logger])
    assert_type(log.hasHandlers(), bool)
    record = log.makeRecord("n", 10, "f", 1, "m", (), None, func="g", extra={"x": 1}, sinfo=None)
    log.handle(record)
    log.callHandlers(record)
    assert_type(log.findCaller(), tuple[str, int, str, str | None])
    manager = assert_type(log.manager, logging.Manager)
    assert manager is logging.Logger.manager and logging.Logger.root is root is logging.root
    assert_type(manager.disable, int)
    manager.disable = "NOTSET"
    for entry in manager.loggerDict.values():
        if isinstance(entry, logging.PlaceHolder):
            assert_type(entry.loggerMap, dict[logging.Logger, None])
        else:
            assert_type(entry, logging.Logger)
    assert manager.getLogger("a.b") is log
    logging.setLoggerClass(Tracing)
    tracing = getLogger("tracing")
    assert isinstance(tracing, Tracing) and issubclass(logging.getLoggerClass(), Tracing)
    tracing.trace("%s", 1)
    logging.setLoggerClass(logging.Logger)
    assert pickle.loads(pickle.dumps(log)) is log


def adapters() -> None:
    log = Prefix(getLogger("adapted"), {"request": 1})
    calls(log)
    assert_type(log.logger, logging.Logger)
    assert_type(log.extra, Mapping[str, object] | None)
    if sys.version_info >= (3, 13):
        merged = logging.LoggerAdapter(getLogger("adapted"), {"a": 1}, merge_extra=True)
        assert_type(merged, logging.LoggerAdapter[logging.Logger])
    assert_type(log.name, str)
    assert_type(log.isEnabledFor(10), bool)
    log.setLevel(10)
    assert_type(log.getEffectiveLevel(), int)
    assert_type(log.hasHandlers(), bool)
    nested = logging.LoggerAdapter(log)
    assert_type(nested, logging.LoggerAdapter[Prefix])
    nested.info("nested")


def records() -> None:
    record = LogRecord("n", logging.INFO, "/a/b.py", 3, "%s-%s", (1, 2), None, "f", None)
    assert_type(record.getMessage(), str)
    assert_type(record.name, str)
    assert_type(record.levelno, int)
    assert_type(record.created, float)
    assert_type(record.args, tuple[object, ...] | Mapping[str, object] | None)
    assert_type(record.threadName, str | None)
    if sys.version_info >= (3, 12):
        assert_type(record.taskName, str | None)
    again = logging.makeLogRecord(copy.copy(record).__dict__)
    assert again.getMessage() == "1-2"
    factory = logging.getLogRecordFactory()
    logging.setLogRecordFactory(lambda *args, **kwargs: LogRecord(*args, **kwargs))
    logging.setLogRecordFactory(factory)


def formatters() -> None:
    record = logging.makeLogRecord({"msg": "hello", "levelname": "INFO", "name": "n"})
    for formatter in (
        Formatter(),
        Formatter("%(message)s %(x)s", "%H", "%", True, defaults={"x": 1}),
        Formatter("{message}", style="{", validate=False),
        Formatter("${message}", style="$"),
        Shout(logging.BASIC_FORMAT),
    ):
        assert_type(formatter.format(record), str)
        assert_type(formatter.usesTime(), bool)
        assert_type(formatter.formatTime(record, "%Y"), str)
        assert_type(formatter.datefmt, str | None)
        formatter.formatStack("Stack")
    try:
        raise OSError("o")
    except OSError:
        assert_type(Formatter().formatException(sys.exc_info()), str)
    many = logging.BufferingFormatter(Formatter("%(message)s"))
    assert_type(many.format([record]), str)
    assert many.formatHeader([record]) + many.formatFooter([record]) == ""
    style: logging.PercentStyle
    for style in (
        logging.PercentStyle("%(message)s"),
        logging.StrFormatStyle("{message}", defaults={"a": 1}),
        logging.StringTemplateStyle("$message"),
    ):
        style.validate()
        assert style.format(logging.makeLogRecord({"message": "m"})) == "m"
        assert_type(style.usesTime(), bool)
        assert_type(style._fmt, str)
    assert_type(logging.StringTemplateStyle("$message")._tpl, string.Template)
    assert_type(logging._STYLES["{"][0]("{message}", defaults=None), logging.PercentStyle)


def filters() -> None:
    log = getLogger("filtered")
    sieve = Sieve("filtered")
    log.addFilter(sieve)
    log.addFilter(only_short)
    log.info("hello")
    log.removeFilter(only_short)
    log.removeFilter(sieve)
    assert log.filters == []
    assert logging.Filterer().filter(logging.makeLogRecord({}))
    assert_type(sieve.name, str)


def handlers(folder: str) -> None:
    collect = Collect("DEBUG")
    collect.setFormatter(Formatter("%(message)s"))
    collect.setLevel(logging.INFO)
    collect.set_name("collect")
    assert_type(collect.get_name(), str | None)
    collect.name = "c"
    if sys.version_info >= (3, 12):
        assert_type(logging.getHandlerByName("c"), logging.Handler | None)
        assert_type(logging.getHandlerNames(), frozenset[str])
    record = logging.makeLogRecord({"msg": "hello", "levelno": logging.INFO})
    collect.acquire()
    try:
        collect.emit(record)
    finally:
        collect.release()
    collect.handle(record)
    collect.flush()
    collect.createLock()
    assert collect.lines == ["hello", "hello"]
    log = getLogger("handled")
    log.addHandler(collect)
    log.removeHandler(collect)

    assert_type(logging.StreamHandler(), logging.StreamHandler[TextIO])
    stream = assert_type(logging.StreamHandler(io.StringIO()), logging.StreamHandler[io.StringIO])
    assert_type(stream.setStream(io.StringIO()), io.StringIO | None)
    text = Text(io.StringIO())
    text.emit(record)
    assert text.stream.getvalue() == "hello\r\n"
    bare: logging.StreamHandler = logging.StreamHandler(sys.stderr)
    bare.flush()
    with_file = logging.FileHandler(os.path.join(folder, "f"), "w", "utf-8", True, "replace")
    assert_type(with_file.baseFilename, str)
    logging.NullHandler().handle(record)
    assert_type(logging.lastResort, logging.Handler | None)
    assert logging._handlerList[0]() is not None
    for handler in (collect, stream, text, with_file):
        handler.close()
    logging.shutdown([weakref.ref(collect)])


def more_handlers(folder: str) -> None:
    path = os.path.join(folder, "r")
    record = logging.makeLogRecord({"msg": "hello", "levelno": logging.INFO})
    size = ferrolog.handlers.RotatingFileHandler(path, maxBytes=100, backupCount=2, delay=True)
    size.namer = lambda name: name + ".old"
    size.rotator = os.rename
    assert_type(size.shouldRollover(record), int)
    size.doRollover()
    assert_type(size.rotation_filename("x"), str)
    timed = ferrolog.handlers.TimedRotatingFileHandler(path, when="midnight", utc=True, delay=True)
    assert_type(timed.computeRollover(int(time.time())), int)
    assert_type(timed.getFilesToDelete(), list[str])
    watched = ferrolog.handlers.WatchedFileHandler(path)
    watched.reopenIfNeeded()

    tcp = ferrolog.handlers.SocketHandler("localhost", ferrolog.handlers.DEFAULT_TCP_LOGGING_PORT)
    assert_type(tcp.makePickle(record), bytes)
    tcp.closeOnError = True
    udp = ferrolog.handlers.DatagramHandler("localhost", 9)
    udp.makeSocket().close()
    udp.send(b"x")
    syslog = ferrolog.handlers.SysLogHandler(
        ("localhost", ferrolog.handlers.SYSLOG_UDP_PORT),
        ferrolog.handlers.SysLogHandler.LOG_LOCAL0,
        socket.SOCK_DGRAM,
    )
    assert_type(syslog.encodePriority("user", "info"), int)
    assert_type(syslog.mapPriority("DEBUG"), str)
    syslog.ident = "me: "
    mail = ferrolog.handlers.SMTPHandler(
        ("localhost", 25), "a@b", ["c@d"], "subject", ("u", "p"), (), timeout=1
    )
    assert_type(mail.getSubject(record), str)
    web = ferrolog.handlers.HTTPHandler(
        "localhost", "/log", "POST", True, ("u", "p"), ssl.create_default_context()
    )
    assert_type(web.mapLogRecord(record), Mapping[str, Any])
    web.getConnection("localhost", False)

    memory = ferrolog.handlers.MemoryHandler(10, logging.ERROR, flushOnClose=False)
    memory.setTarget(Collect())
    memory.emit(record)
    assert_type(memory.buffer, list[LogRecord])
    assert_type(memory.shouldFlush(record), bool)
    plain = ferrolog.handlers.BufferingHandler(3)
    assert plain.capacity == 3

    simple: queue.SimpleQueue[LogRecord] = queue.SimpleQueue()
    sender = ferrolog.handlers.QueueHandler(simple)
    target = Collect()
    listener = ferrolog.handlers.QueueListener(simple, target, respect_handler_level=True)
    if sys.version_info >= (3, 12):
        sender.listener = listener
    listener.start()
    sender.handle(record)
    listener.stop()
    assert target.lines == ["hello"]
    for handler in (size, timed, watched, tcp, udp, syslog, mail, web, memory, plain, sender):
        handler.close()


def configuration(folder: str) -> None:
    logging.basicConfig(
        filename=os.path.join(folder, "basic"), filemode="w", format="{message}", style="{",
        datefmt="%H", level="INFO", force=True, encoding="utf-8", errors="replace",
    )
    logging.basicConfig(stream=io.StringIO(), level=logging.INFO, force=True)
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    logging.captureWarnings(True)
    logging.captureWarnings(False)
    frame: FrameType = logging.currentframe()
    assert frame is not None
    config: dict[str, Any] = {
        "version": 1,
        "formatters": {"f": {"format": "%(message)s"}},
        "handlers": {"h": {"class": "logging.NullHandler", "formatter": "f"}},
        "root": {"handlers": ["h"], "level": "INFO"},
    }
    ferrolog.config.dictConfig(config)
    ferrolog.config.dictConfigClass(config).configure()
    path = os.path.join(folder, "config.ini")
    with open(path, "w") as file:
        file.write(
            "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n"
            "[logger_root]\nhandlers=h\n[handler_h]\nclass=NullHandler\nargs=()\n"
        )
    ferrolog.config.fileConfig(path, disable_existing_loggers=False, encoding="utf-8")
    converted = ferrolog.config.BaseConfigurator({"a": "cfg://b", "b": 1}).config["a"]
    assert converted == 1
    thread = ferrolog.config.listen(port=0, verify=lambda received: received)
    assert_type(thread.is_alive(), bool)
    ferrolog.config.stopListening()


def module_functions() -> None:
    logging.debug("%s", 1)
    logging.info("x", extra={"a": 1})
    logging.warning("x", stacklevel=1)
    logging.error("x", exc_info=True)
    logging.critical("x")
    logging.fatal("x")
    logging.exception("x")
    logging.log(10, "x")
    logging.raiseExceptions = logging.raiseExceptions
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = True
    logging.shutdown()


def untrusted() -> None:
    assert_type(ferrolog.escape.escape("a\n"), str)
    formatter = ferrolog.escape.EscapingFormatter("%(message)s", style="%", defaults={"a": 1})
    logging.NullHandler().setFormatter(formatter)
    assert_type(formatter.format(ferrolog.makeLogRecord({"msg": "a\n"})), str)

    class Mine(ferrolog.escape.EscapeControls, Formatter):
        pass

    assert_type(Mine().format(ferrolog.makeLogRecord({"msg": "a\n"})), str)
    allow = [*ferrolog.policy.STANDARD, "string.Template"]
    with ferrolog.policy.confine(allow, max_bytes=10, timeout=1, senders=2) as policy:
        assert_type(policy, ferrolog.policy.Policy)
        assert_type(policy.max_bytes, int)
        assert_type(ferrolog.policy.current(), ferrolog.policy.Policy | None)
        assert policy.resolve("string.Template") is string.Template
        assert policy.evaluate("(1 + 2, 'a')") == (3, "a")
        try:
            ferrolog.config.dictConfig({"version": 1, "filters": {"f": {"()": "os.system"}}})
        except ValueError as error:
            assert isinstance(error.__cause__ or error, ValueError)
        try:
            policy.resolve("os.system")
        except ferrolog.policy.PolicyError as refused:
            assert str(refused)
    policy.lift()


def main(folder: str) -> None:
    logging.root.addHandler(logging.NullHandler())
    takeover()
    explanation()
    levels()
    calls(getLogger("calls"))
    loggers()
    adapters()
    records()
    formatters()
    filters()
    handlers(folder)
    more_handlers(folder)
    configuration(folder)
    untrusted()
    module_functions()


if __name__ == "__main__":
    main(sys.argv[1])
