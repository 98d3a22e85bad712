"""The interface of ``logging.handlers`` as the running interpreter has it."""

import sys
from collections.abc import Callable, Mapping
from datetime import time
from http.client import HTTPConnection
from queue import Queue, SimpleQueue
from re import Pattern
from socket import SocketKind, socket
from ssl import SSLContext
from stat import ST_DEV as ST_DEV, ST_INO as ST_INO, ST_MTIME as ST_MTIME
from threading import Thread
from typing import Any, ClassVar, Final, Protocol, type_check_only
from typing_extensions import TypeAlias

from _typeshed import ReadableBuffer, StrPath

from ferrolog import FileHandler, Handler, LogRecord, _shared

DEFAULT_TCP_LOGGING_PORT: Final[int]
DEFAULT_UDP_LOGGING_PORT: Final[int]
DEFAULT_HTTP_LOGGING_PORT: Final[int]
DEFAULT_SOAP_LOGGING_PORT: Final[int]
SYSLOG_UDP_PORT: Final[int]
SYSLOG_TCP_PORT: Final[int]

# Files.

class WatchedFileHandler(FileHandler):
    dev: int
    ino: int
    def __init__(
        self,
        filename: StrPath,
        mode: str = "a",
        encoding: str | None = None,
        delay: bool = False,
        errors: str | None = None,
    ) -> None: ...
    def reopenIfNeeded(self) -> None: ...

class BaseRotatingHandler(FileHandler):
    namer: Callable[[str], str] | None
    rotator: Callable[[str, str], None] | None
    def __init__(
        self,
        filename: StrPath,
        mode: str,
        encoding: str | None = None,
        delay: bool = False,
        errors: str | None = None,
    ) -> None: ...
    def rotation_filename(self, default_name: str) -> str: ...
    def rotate(self, source: str, dest: str) -> None: ...

class RotatingFileHandler(BaseRotatingHandler):
    maxBytes: int
    backupCount: int
    def __init__(
        self,
        filename: StrPath,
        mode: str = "a",
        maxBytes: int = 0,
        backupCount: int = 0,
        encoding: str | None = None,
        delay: bool = False,
        errors: str | None = None,
    ) -> None: ...
    def shouldRollover(self, record: LogRecord) -> int: ...
    def doRollover(self) -> None: ...

class TimedRotatingFileHandler(BaseRotatingHandler):
    when: str
    backupCount: int
    utc: bool
    atTime: time | None
    interval: int
    suffix: str
    extMatch: Pattern[str]
    dayOfWeek: int
    rolloverAt: int
    def __init__(
        self,
        filename: StrPath,
        when: str = "h",
        interval: int = 1,
        backupCount: int = 0,
        encoding: str | None = None,
        delay: bool = False,
        utc: bool = False,
        atTime: time | None = None,
        errors: str | None = None,
    ) -> None: ...
    def computeRollover(self, currentTime: int) -> int: ...
    def shouldRollover(self, record: LogRecord) -> int: ...
    def getFilesToDelete(self) -> list[str]: ...
    def doRollover(self) -> None: ...

class SharedRotatingFileHandler(_shared.Sized, RotatingFileHandler):  # type: ignore[misc]
    def __init__(
        self,
        filename: StrPath,
        maxBytes: int = 0,
        backupCount: int = 0,
        encoding: str | None = None,
        delay: bool = False,
        errors: str | None = None,
        *,
        compress: bool = False,
    ) -> None: ...

class SharedTimedRotatingFileHandler(_shared.Timed, TimedRotatingFileHandler):  # type: ignore[misc]
    def __init__(
        self,
        filename: StrPath,
        when: str = "h",
        interval: int = 1,
        backupCount: int = 0,
        encoding: str | None = None,
        delay: bool = False,
        utc: bool = False,
        atTime: time | None = None,
        errors: str | None = None,
        *,
        compress: bool = False,
    ) -> None: ...

# Network.

class SocketHandler(Handler):
    host: str
    port: int | None
    address: tuple[str, int] | str
    sock: socket | None
    closeOnError: bool
    retryTime: float | None
    retryStart: float
    retryMax: float
    retryFactor: float
    def __init__(self, host: str, port: int | None) -> None: ...
    def makeSocket(self, timeout: float = 1) -> socket: ...
    def createSocket(self) -> None: ...
    def makePickle(self, record: LogRecord) -> bytes: ...
    def send(self, s: ReadableBuffer) -> None: ...

class DatagramHandler(SocketHandler):
    def __init__(self, host: str, port: int | None) -> None: ...
    def makeSocket(self) -> socket: ...  # type: ignore[override]

class SysLogHandler(Handler):
    LOG_EMERG: Final[int]
    LOG_ALERT: Final[int]
    LOG_CRIT: Final[int]
    LOG_ERR: Final[int]
    LOG_WARNING: Final[int]
    LOG_NOTICE: Final[int]
    LOG_INFO: Final[int]
    LOG_DEBUG: Final[int]
    LOG_KERN: Final[int]
    LOG_USER: Final[int]
    LOG_MAIL: Final[int]
    LOG_DAEMON: Final[int]
    LOG_AUTH: Final[int]
    LOG_SYSLOG: Final[int]
    LOG_LPR: Final[int]
    LOG_NEWS: Final[int]
    LOG_UUCP: Final[int]
    LOG_CRON: Final[int]
    LOG_AUTHPRIV: Final[int]
    LOG_FTP: Final[int]
    LOG_NTP: Final[int]
    LOG_SECURITY: Final[int]
    LOG_CONSOLE: Final[int]
    LOG_SOLCRON: Final[int]
    LOG_LOCAL0: Final[int]
    LOG_LOCAL1: Final[int]
    LOG_LOCAL2: Final[int]
    LOG_LOCAL3: Final[int]
    LOG_LOCAL4: Final[int]
    LOG_LOCAL5: Final[int]
    LOG_LOCAL6: Final[int]
    LOG_LOCAL7: Final[int]
    priority_names: ClassVar[dict[str, int]]
    facility_names: ClassVar[dict[str, int]]
    priority_map: ClassVar[dict[str, str]]
    ident: str
    append_nul: bool
    address: tuple[str, int] | str
    facility: int | str
    socktype: SocketKind | None
    unixsocket: bool
    socket: socket | None
    def __init__(
        self,
        address: tuple[str, int] | str = ("localhost", 514),
        facility: int | str = 1,
        socktype: SocketKind | None = None,
    ) -> None: ...
    def createSocket(self) -> None: ...
    def encodePriority(self, facility: int | str, priority: int | str) -> int: ...
    def mapPriority(self, levelName: str) -> str: ...

class SMTPHandler(Handler):
    mailhost: str
    mailport: int | None
    username: str | None
    password: str
    fromaddr: str
    toaddrs: list[str]
    subject: str
    secure: tuple[()] | tuple[str] | tuple[str, str] | None
    timeout: float
    def __init__(
        self,
        mailhost: str | tuple[str, int],
        fromaddr: str,
        toaddrs: str | list[str],
        subject: str,
        credentials: tuple[str, str] | None = None,
        secure: tuple[()] | tuple[str] | tuple[str, str] | None = None,
        timeout: float = 5.0,
    ) -> None: ...
    def getSubject(self, record: LogRecord) -> str: ...

class HTTPHandler(Handler):
    host: str
    url: str
    method: str
    secure: bool
    credentials: tuple[str, str] | None
    context: SSLContext | None
    def __init__(
        self,
        host: str,
        url: str,
        method: str = "GET",
        secure: bool = False,
        credentials: tuple[str, str] | None = None,
        context: SSLContext | None = None,
    ) -> None: ...
    def mapLogRecord(self, record: LogRecord) -> Mapping[str, Any]: ...
    def getConnection(self, host: str, secure: bool) -> HTTPConnection: ...

class NTEventLogHandler(Handler):
    appname: str
    dllname: str
    logtype: str
    typemap: dict[int, int]
    deftype: int
    def __init__(
        self, appname: str, dllname: str | None = None, logtype: str = "Application"
    ) -> None: ...
    def getMessageID(self, record: LogRecord) -> int: ...
    def getEventCategory(self, record: LogRecord) -> int: ...
    def getEventType(self, record: LogRecord) -> int: ...

# Memory and queues.

class BufferingHandler(Handler):
    capacity: int
    buffer: list[LogRecord]
    def __init__(self, capacity: int) -> None: ...
    def shouldFlush(self, record: LogRecord) -> bool: ...

class MemoryHandler(BufferingHandler):
    flushLevel: int
    target: Handler | None
    flushOnClose: bool
    def __init__(
        self,
        capacity: int,
        flushLevel: int = 40,
        target: Handler | None = None,
        flushOnClose: bool = True,
    ) -> None: ...
    def setTarget(self, target: Handler | None) -> None: ...

@type_check_only
class _QueueLike(Protocol):
    def get(self) -> Any: ...
    def put_nowait(self, item: Any, /) -> None: ...

_Queue: TypeAlias = SimpleQueue[Any] | Queue[Any] | _QueueLike

class QueueHandler(Handler):
    queue: _Queue
    if sys.version_info >= (3, 12):
        listener: QueueListener | None
    def __init__(self, queue: _Queue) -> None: ...
    def prepare(self, record: LogRecord) -> Any: ...
    def enqueue(self, record: LogRecord) -> None: ...

class QueueListener:
    queue: _Queue
    handlers: tuple[Handler, ...]
    respect_handler_level: bool
    _thread: Thread | None
    def __init__(
        self, queue: _Queue, *handlers: Handler, respect_handler_level: bool = False
    ) -> None: ...
    def dequeue(self, block: bool) -> LogRecord: ...
    def prepare(self, record: LogRecord) -> Any: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def enqueue_sentinel(self) -> None: ...
    def handle(self, record: LogRecord) -> None: ...
