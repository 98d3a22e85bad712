"""What widely used packages do to ``logging``, and which test does it here.

``ROWS`` has a line for each thing that a package touches beyond the documented interface. A test says with
``@row(who, what...)`` which lines it stands for; ``test_rows.py`` fails when a line has no test.
"""

ROWS = {
    "pytest": [
        "subclasses of StreamHandler, Formatter and PercentStyle",
        "_style._fmt is written for each record",
        "_fmt and converter are read",
        "manager.loggerDict.values() with isinstance",
        "manager.disable",
        "raiseExceptions",
        "a bare raise in handleError",
        "imported before the takeover",
        "caplog and live logs themselves",
    ],
    "unittest": ["_nameToLevel", "handlers and propagate are assigned and restored"],
    "multiprocessing, concurrent.futures, asyncio": [
        "module-level loggers taken at import",
        "_lock, _acquireLock and _releaseLock",
        "_handlers and _handlerList",
        "_register_at_fork_reinit_lock",
    ],
    "Sentry": [
        "Logger.callHandlers replaced on the class",
        "vars(record), unformatted msg and args, exceptions in exc_info",
        "the package itself",
    ],
    "New Relic": [
        "Logger.callHandlers wrapped",
        "record.getMessage set on the instance",
        "vars(record)",
    ],
    "Datadog": [
        "Logger.makeRecord and StrFormatStyle._format wrapped",
        "del record.attribute",
        "attributes set on the module",
        "__version__",
    ],
    "OpenTelemetry": [
        "getLogRecordFactory and setLogRecordFactory",
        "basicConfig, dictConfig and fileConfig replaced",
        "root.handlers.remove",
        "the package itself",
    ],
    "absl": [
        "class of getLoggerClass(), setLoggerClass swapped",
        "findCaller with sys._getframe(2) and frames of logging/__init__ skipped",
        "handle and log overridden",
        "handler.stream == sys.stderr",
        "the package itself",
    ],
    "structlog": [
        "findCaller that skips frames by the prefix of __name__",
        "a dict as record.msg",
        "makeLogRecord(record.__dict__)",
        "the keys of a bare LogRecord",
        "the package itself",
    ],
    "loguru": ["frames walked while co_filename == logging.__file__", "the package itself"],
    "python-json-logger": [
        "_STYLES[style][0](fmt)",
        "_style._fmt and isinstance on the style classes",
        "record.__dict__ iterated",
        "the package itself",
    ],
    "tornado": [
        "self._fmt assigned",
        "fmt % record.__dict__",
        "message, asctime and color set on the record",
        "the package itself",
    ],
    "celery": [
        "root.handlers = []",
        "parent assigned, propagate an int",
        "handlers[0].stream",
        "record.__dict__.update",
        "handler.handleError set on the instance",
        "record.exc_info = 1",
        "Logger.manager.loggerDict",
        "the package itself",
    ],
    "django": [
        "copy(record)",
        "filters that return 1 or 0",
        "fmt tried again as format in a configuration",
        "default_time_format",
        "the package itself",
    ],
    "uvicorn": ["formatMessage overridden", "a copy's __dict__ mutated", "the package itself"],
    "gunicorn": [
        "Logger.manager.emittedNoHandlerWarning set",
        "handler.acquire, release and _open called",
        "handler.stream assigned",
        "the package itself",
    ],
    "concurrent-log-handler": [
        "subclasses of BaseRotatingHandler and TimedRotatingFileHandler",
        "_open that returns None",
        "its own stream, emit and shouldRollover",
        "the package itself",
    ],
    "coloredlogs": [
        "formatTime overridden",
        "a bare record with __dict__.update",
        "parent and propagate walked with isinstance",
        "the package itself",
    ],
    "verboselogs": [
        "a Logger that sets parent in __init__",
        "_log called",
        "constants added to the module",
        "the package itself",
    ],
    "watchtower": ["createLock and _at_fork_reinit overridden"],
    "google-cloud-logging": [
        "attributes added in a filter",
        "a Mapping as msg",
        "handlers.clear()",
    ],
    "rich, eliot": ["a subclass of Handler", "the packages themselves"],
    "freezegun, time-machine": [
        "time.time, time.time_ns and time.localtime replaced",
        "the packages themselves",
    ],
    "applications": [
        "Logger._log, findCaller and makeRecord replaced on the class",
        "Manager.loggerClass assigned",
        "_loggerClass",
        "PlaceHolder with isinstance",
        "_defaultFormatter rebound",
        "_srcfile = None",
        "logThreads = 0",
        "logProcesses = 0",
        "logMultiprocessing = 0",
        "_handlerList cleared and rebound",
        "_lock replaced",
        "addLevelName and setattr(Logger, 'trace', ...)",
        "partialmethod(Logger.log, 5)",
        "handlers[:] = [...]",
        "logger.__class__",
        "a Logger pickled",
        "a record deep-copied",
        "weakref.ref(handler)",
        "a StreamHandler over any object with write",
        "args a one-element mapping",
        "record.args = None",
        "subclasses of str and int as levels and messages",
    ],
    "Python 3.12": [
        "getHandlerByName and getHandlerNames",
        "Logger.getChildren",
        "filters that return another record",
        "taskName and logAsyncioTasks",
        "queue handlers in dictConfig, QueueHandler.listener",
        "defaults of formatters in configurations",
        "flushOnClose at shutdown",
    ],
    "Python 3.13": [
        "the time is time.time_ns()",
        "LoggerAdapter(merge_extra=)",
        "with _lock",
        "TimedRotatingFileHandler's rollover",
    ],
    "Python 3.14": ["SysLogHandler(timeout=)", "QueueListener as a context manager"],
}

#: The names of the tests for each line, as they were found when their files were imported.
TESTS = {(who, what): [] for who, lines in ROWS.items() for what in lines}


def row(who, *lines):
    """Marks a test as that of some lines of ``ROWS``."""

    def mark(test):
        for what in lines:
            TESTS[who, what].append(f"{test.__module__}.{test.__name__}")
        return test

    return mark
