"""The interface of ``logging`` as the running interpreter has it, over this package's classes."""

import sys
import threading
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from io import TextIOWrapper
from re import Pattern
from string import Template
from time import struct_time
from types import FrameType, GenericAlias, TracebackType
from typing import (
    Any,
    ClassVar,
    Final,
    Generic,
    Literal,
    Protocol,
    TextIO,
    TypedDict,
    overload,
    type_check_only,
)
from typing_extensions import Self, TypeAlias, TypeVar, Unpack, deprecated
from weakref import ReferenceType, WeakValueDictionary

from _typeshed import StrPath, SupportsWrite

from ferrolog._accounts import (
    Counts as Counts,
    counts as counts,
    report_errors_every as report_errors_every,
)
from ferrolog._explain import explain as explain
from ferrolog._lifetime import shutdown_on_signals as shutdown_on_signals
from ferrolog._takeover import install as install, installed as installed, uninstall as uninstall

if sys.version_info >= (3, 12):
    __all__ = [
        "BASIC_FORMAT", "BufferingFormatter", "CRITICAL", "DEBUG", "ERROR", "FATAL", "FileHandler",
        "Filter", "Formatter", "Handler", "INFO", "LogRecord", "Logger", "LoggerAdapter", "NOTSET",
        "NullHandler", "StreamHandler", "WARN", "WARNING", "addLevelName", "basicConfig",
        "captureWarnings", "critical", "debug", "disable", "error", "exception", "fatal",
        "getLevelName", "getLogger", "getLoggerClass", "info", "log", "makeLogRecord",
        "setLoggerClass", "shutdown", "warn", "warning", "getLogRecordFactory",
        "setLogRecordFactory", "lastResort", "raiseExceptions", "getLevelNamesMapping",
        "getHandlerByName", "getHandlerNames",
    ]
else:
    __all__ = [
        "BASIC_FORMAT", "BufferingFormatter", "CRITICAL", "DEBUG", "ERROR", "FATAL", "FileHandler",
        "Filter", "Formatter", "Handler", "INFO", "LogRecord", "Logger", "LoggerAdapter", "NOTSET",
        "NullHandler", "StreamHandler", "WARN", "WARNING", "addLevelName", "basicConfig",
        "captureWarnings", "critical", "debug", "disable", "error", "exception", "fatal",
        "getLevelName", "getLogger", "getLoggerClass", "info", "log", "makeLogRecord",
        "setLoggerClass", "shutdown", "warn", "warning", "getLogRecordFactory",
        "setLogRecordFactory", "lastResort", "raiseExceptions", "getLevelNamesMapping",
    ]

_Level: TypeAlias = int | str
_StyleName: TypeAlias = Literal["%", "{", "$"]
_Arguments: TypeAlias = tuple[object, ...] | Mapping[str, object]
_ExceptionTriple: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)
_ExceptionInfo: TypeAlias = bool | BaseException | _ExceptionTriple | None
# What the logging calls take beside the message and its arguments.
@type_check_only
class _FurtherKeywords(TypedDict, total=False):
    stack_info: bool
    stacklevel: int
    extra: Mapping[str, object] | None

@type_check_only
class _Keywords(_FurtherKeywords, total=False):
    exc_info: _ExceptionInfo

_RecordFactory: TypeAlias = Callable[..., LogRecord]

if sys.version_info >= (3, 12):
    _Verdict: TypeAlias = bool | LogRecord
else:
    _Verdict: TypeAlias = bool

@type_check_only
class _HasFilter(Protocol):
    def filter(self, record: LogRecord, /) -> _Verdict: ...

_AnyFilter: TypeAlias = _HasFilter | Callable[[LogRecord], _Verdict]

_StreamT = TypeVar("_StreamT", bound=SupportsWrite[str], default=TextIO)
_LoggerT = TypeVar("_LoggerT", bound=Logger | LoggerAdapter[Any], default=Logger)

# Levels and settings of the module.

CRITICAL: Final[Literal[50]]
FATAL: Final[Literal[50]]
ERROR: Final[Literal[40]]
WARNING: Final[Literal[30]]
WARN: Final[Literal[30]]
INFO: Final[Literal[20]]
DEBUG: Final[Literal[10]]
NOTSET: Final[Literal[0]]
BASIC_FORMAT: Final[str]

raiseExceptions: bool
logThreads: bool
logMultiprocessing: bool
logProcesses: bool
if sys.version_info >= (3, 12):
    logAsyncioTasks: bool

root: RootLogger
lastResort: Handler | None

_srcfile: str | None
_levelToName: dict[int, str]
_nameToLevel: dict[str, int]
_lock: threading.RLock
_handlers: WeakValueDictionary[str, Handler]
_handlerList: list[ReferenceType[Handler]]
_defaultFormatter: Formatter
_defaultLastResort: Handler
_loggerClass: type[Logger]
_logRecordFactory: _RecordFactory
_STYLES: dict[str, tuple[type[PercentStyle], str]]

# Records.

class LogRecord:
    name: str
    msg: Any
    args: _Arguments | None
    levelname: str
    levelno: int
    pathname: str
    filename: str
    module: str
    exc_info: _ExceptionTriple | None
    exc_text: str | None
    stack_info: str | None
    lineno: int
    funcName: str | None
    created: float
    msecs: float
    relativeCreated: float
    thread: int | None
    threadName: str | None
    processName: str | None
    process: int | None
    if sys.version_info >= (3, 12):
        taskName: str | None
    # Set by a formatter.
    message: str
    asctime: str
    def __init__(
        self,
        name: str,
        level: int,
        pathname: str,
        lineno: int,
        msg: object,
        args: _Arguments | None,
        exc_info: _ExceptionTriple | None,
        func: str | None = None,
        sinfo: str | None = None,
        **kwargs: object,
    ) -> None: ...
    def getMessage(self) -> str: ...

def makeLogRecord(dict: Mapping[str, object]) -> LogRecord: ...
def getLogRecordFactory() -> _RecordFactory: ...
def setLogRecordFactory(factory: _RecordFactory) -> None: ...

# Formatters and their styles.

class PercentStyle:
    default_format: str
    asctime_format: str
    asctime_search: str
    validation_pattern: Pattern[str]
    _fmt: str
    _defaults: Mapping[str, Any] | None
    def __init__(self, fmt: str, *, defaults: Mapping[str, Any] | None = None) -> None: ...
    def usesTime(self) -> bool: ...
    def validate(self) -> None: ...
    def format(self, record: LogRecord) -> str: ...
    def _format(self, record: LogRecord) -> str: ...

class StrFormatStyle(PercentStyle):
    fmt_spec: Pattern[str]
    field_spec: Pattern[str]

class StringTemplateStyle(PercentStyle):
    _tpl: Template

class Formatter:
    converter: Callable[[float | None], struct_time]
    default_time_format: str
    default_msec_format: str | None
    datefmt: str | None
    _fmt: str | None
    _style: PercentStyle
    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: _StyleName = "%",
        validate: bool = True,
        *,
        defaults: Mapping[str, Any] | None = None,
    ) -> None: ...
    def format(self, record: LogRecord) -> str: ...
    def formatTime(self, record: LogRecord, datefmt: str | None = None) -> str: ...
    def formatException(self, ei: _ExceptionTriple) -> str: ...
    def formatMessage(self, record: LogRecord) -> str: ...
    def formatStack(self, stack_info: str) -> str: ...
    def usesTime(self) -> bool: ...

class BufferingFormatter:
    linefmt: Formatter
    def __init__(self, linefmt: Formatter | None = None) -> None: ...
    def formatHeader(self, records: Sequence[LogRecord]) -> str: ...
    def formatFooter(self, records: Sequence[LogRecord]) -> str: ...
    def format(self, records: Sequence[LogRecord]) -> str: ...

# Filters.

class Filter:
    name: str
    nlen: int
    def __init__(self, name: str = "") -> None: ...
    def filter(self, record: LogRecord) -> _Verdict: ...

class Filterer:
    filters: list[_AnyFilter]
    def __init__(self) -> None: ...
    def addFilter(self, filter: _AnyFilter) -> None: ...
    def removeFilter(self, filter: _AnyFilter) -> None: ...
    def filter(self, record: LogRecord) -> _Verdict: ...

# Handlers.

class Handler(Filterer):
    level: int
    formatter: Formatter | None
    lock: threading.RLock | None
    name: str | None
    def __init__(self, level: _Level = 0) -> None: ...
    def get_name(self) -> str | None: ...
    def set_name(self, name: str | None) -> None: ...
    def createLock(self) -> None: ...
    def _at_fork_reinit(self) -> None: ...
    def acquire(self) -> None: ...
    def release(self) -> None: ...
    def setLevel(self, level: _Level) -> None: ...
    def setFormatter(self, fmt: Formatter | None) -> None: ...
    def format(self, record: LogRecord) -> str: ...
    def handle(self, record: LogRecord) -> _Verdict: ...
    def handleError(self, record: LogRecord) -> None: ...
    def emit(self, record: LogRecord) -> None: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...

class StreamHandler(Handler, Generic[_StreamT]):
    terminator: str
    stream: _StreamT
    @overload
    def __init__(self: StreamHandler[TextIO], stream: None = None) -> None: ...
    @overload
    def __init__(self, stream: _StreamT) -> None: ...
    def setStream(self, stream: _StreamT) -> _StreamT | None: ...
    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...

class FileHandler(StreamHandler[TextIOWrapper]):
    baseFilename: str
    mode: str
    encoding: str | None
    errors: str | None
    delay: bool
    def __init__(
        self,
        filename: StrPath,
        mode: str = "a",
        encoding: str | None = None,
        delay: bool = False,
        errors: str | None = None,
    ) -> None: ...
    def _open(self) -> TextIOWrapper: ...

class NullHandler(Handler): ...

class _StderrHandler(StreamHandler[TextIO]):
    # What sys.stderr is at the moment.
    @property
    def stream(self) -> TextIO: ...  # type: ignore[override]
    def __init__(self, level: _Level = 0) -> None: ...

if sys.version_info >= (3, 12):
    def getHandlerByName(name: str) -> Handler | None: ...
    def getHandlerNames() -> frozenset[str]: ...

# Loggers.

class Logger(Filterer):
    name: str
    level: int
    parent: Logger | None
    propagate: bool
    handlers: list[Handler]
    disabled: bool
    root: ClassVar[RootLogger]
    manager: ClassVar[Manager]
    _cache: dict[int, bool]
    def __init__(self, name: str, level: _Level = 0) -> None: ...
    def setLevel(self, level: _Level) -> None: ...
    def isEnabledFor(self, level: int) -> bool: ...
    def getEffectiveLevel(self) -> int: ...
    def getChild(self, suffix: str) -> Self: ...
    if sys.version_info >= (3, 12):
        def getChildren(self) -> set[Logger]: ...

    def debug(self, msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
    def info(self, msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
    def warning(self, msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
    @deprecated("warn() is an old name of warning()")
    def warn(self, msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
    def error(self, msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
    def exception(
        self,
        msg: object,
        *args: object,
        exc_info: _ExceptionInfo = True,
        **kwargs: Unpack[_FurtherKeywords],
    ) -> None: ...
    def critical(self, msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
    def fatal(self, msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
    def log(self, level: int, msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
    def _log(
        self,
        level: int,
        msg: object,
        args: _Arguments,
        exc_info: _ExceptionInfo = None,
        extra: Mapping[str, object] | None = None,
        stack_info: bool = False,
        stacklevel: int = 1,
    ) -> None: ...
    def findCaller(
        self, stack_info: bool = False, stacklevel: int = 1
    ) -> tuple[str, int, str, str | None]: ...
    def makeRecord(
        self,
        name: str,
        level: int,
        fn: str,
        lno: int,
        msg: object,
        args: _Arguments,
        exc_info: _ExceptionTriple | None,
        func: str | None = None,
        extra: Mapping[str, object] | None = None,
        sinfo: str | None = None,
    ) -> LogRecord: ...
    def handle(self, record: LogRecord) -> None: ...
    def callHandlers(self, record: LogRecord) -> None: ...
    def addHandler(self, hdlr: Handler) -> None: ...
    def removeHandler(self, hdlr: Handler) -> None: ...
    def hasHandlers(self) -> bool: ...

class RootLogger(Logger):
    def __init__(self, level: _Level) -> None: ...

class PlaceHolder:
    loggerMap: dict[Logger, None]
    def __init__(self, alogger: Logger) -> None: ...
    def append(self, alogger: Logger) -> None: ...

class Manager:
    root: RootLogger
    emittedNoHandlerWarning: bool
    loggerDict: dict[str, Logger | PlaceHolder]
    loggerClass: type[Logger] | None
    logRecordFactory: _RecordFactory | None
    def __init__(self, rootnode: RootLogger) -> None: ...
    @property
    def disable(self) -> int: ...
    @disable.setter
    def disable(self, value: _Level) -> None: ...
    def getLogger(self, name: str) -> Logger: ...
    def setLoggerClass(self, klass: type[Logger]) -> None: ...
    def setLogRecordFactory(self, factory: _RecordFactory) -> None: ...

class LoggerAdapter(Generic[_LoggerT]):
    logger: _LoggerT
    if sys.version_info >= (3, 13):
        extra: Mapping[str, object] | None
        merge_extra: bool
        def __init__(
            self,
            logger: _LoggerT,
            extra: Mapping[str, object] | None = None,
            merge_extra: bool = False,
        ) -> None: ...
    else:
        extra: Mapping[str, object] | None
        def __init__(
            self, logger: _LoggerT, extra: Mapping[str, object] | None = None
        ) -> None: ...

    @property
    def manager(self) -> Manager: ...
    @manager.setter
    def manager(self, value: Manager) -> None: ...
    @property
    def name(self) -> str: ...
    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]: ...
    # What `process` makes of further keywords is up to the subclass.
    def debug(
        self,
        msg: object,
        *args: object,
        exc_info: _ExceptionInfo = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        extra: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None: ...
    def info(
        self,
        msg: object,
        *args: object,
        exc_info: _ExceptionInfo = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        extra: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None: ...
    def warning(
        self,
        msg: object,
        *args: object,
        exc_info: _ExceptionInfo = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        extra: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None: ...
    @deprecated("warn() is an old name of warning()")
    def warn(
        self,
        msg: object,
        *args: object,
        exc_info: _ExceptionInfo = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        extra: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None: ...
    def error(
        self,
        msg: object,
        *args: object,
        exc_info: _ExceptionInfo = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        extra: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None: ...
    def exception(
        self,
        msg: object,
        *args: object,
        exc_info: _ExceptionInfo = True,
        stack_info: bool = False,
        stacklevel: int = 1,
        extra: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None: ...
    def critical(
        self,
        msg: object,
        *args: object,
        exc_info: _ExceptionInfo = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        extra: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None: ...
    def log(
        self,
        level: int,
        msg: object,
        *args: object,
        exc_info: _ExceptionInfo = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        extra: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None: ...
    if sys.version_info >= (3, 13):
        def _log(self, level: int, msg: object, args: _Arguments, **kwargs: Any) -> None: ...
    else:
        def _log(
            self,
            level: int,
            msg: object,
            args: _Arguments,
            exc_info: _ExceptionInfo = None,
            extra: Mapping[str, object] | None = None,
            stack_info: bool = False,
        ) -> None: ...

    def isEnabledFor(self, level: int) -> bool: ...
    def setLevel(self, level: _Level) -> None: ...
    def getEffectiveLevel(self) -> int: ...
    def hasHandlers(self) -> bool: ...
    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...

# Functions of the module.

@overload
def getLogger(name: None = None) -> RootLogger: ...
@overload
def getLogger(name: str) -> Logger: ...
def getLoggerClass() -> type[Logger]: ...
def setLoggerClass(klass: type[Logger]) -> None: ...
def debug(msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
def info(msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
def warning(msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
@deprecated("warn() is an old name of warning()")
def warn(msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
def error(msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
def exception(
    msg: object,
    *args: object,
    exc_info: _ExceptionInfo = True,
    **kwargs: Unpack[_FurtherKeywords],
) -> None: ...
def critical(msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
def fatal(msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
def log(level: int, msg: object, *args: object, **kwargs: Unpack[_Keywords]) -> None: ...
def disable(level: _Level = 50) -> None: ...
def addLevelName(level: int, levelName: str) -> None: ...
def getLevelNamesMapping() -> dict[str, int]: ...
@overload
def getLevelName(level: int) -> str: ...
@overload
@deprecated("a level by its name is what getLevelNamesMapping() is for")
def getLevelName(level: str) -> Any: ...
def _checkLevel(level: _Level) -> int: ...
@overload
def basicConfig(
    *,
    filename: StrPath | None = ...,
    filemode: str = ...,
    format: str = ...,
    datefmt: str | None = ...,
    style: _StyleName = ...,
    level: _Level | None = ...,
    force: bool | None = ...,
    encoding: str | None = ...,
    errors: str | None = ...,
) -> None: ...
@overload
def basicConfig(
    *,
    stream: SupportsWrite[str] | None = ...,
    format: str = ...,
    datefmt: str | None = ...,
    style: _StyleName = ...,
    level: _Level | None = ...,
    force: bool | None = ...,
) -> None: ...
@overload
def basicConfig(
    *,
    handlers: Iterable[Handler] | None = ...,
    format: str = ...,
    datefmt: str | None = ...,
    style: _StyleName = ...,
    level: _Level | None = ...,
    force: bool | None = ...,
) -> None: ...
def captureWarnings(capture: bool) -> None: ...
def shutdown(handlerList: Sequence[ReferenceType[Handler]] = ...) -> None: ...
def currentframe() -> FrameType: ...

def _addHandlerRef(handler: Handler) -> None: ...
def _removeHandlerRef(wr: ReferenceType[Handler]) -> None: ...
def _register_at_fork_reinit_lock(instance: Handler) -> None: ...

if sys.version_info < (3, 13):
    def _acquireLock() -> None: ...
    def _releaseLock() -> None: ...
