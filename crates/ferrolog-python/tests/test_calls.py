"""Calls that are wrong, or unusual: the same exceptions, in the same words."""

import sys

import pytest


@pytest.fixture
def logger(logging, stream):
    return logging.getLogger("calls")


def failure(call, *args, **kwargs):
    with pytest.raises(Exception) as caught:
        call(*args, **kwargs)
    return type(caught.value), str(caught.value)


LEVELS = ["debug", "info", "warning", "error", "critical", "exception"]


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("method", LEVELS)
def test_an_argument_given_twice(logging, logger, stream, method, enabled):
    logger.setLevel(1 if enabled else 60)
    call = getattr(logger, method)
    for _ in range(3):
        call("x", exc_info=False)
        assert failure(call, "x", msg="twice") == (
            TypeError, f"Logger.{method}() got multiple values for argument 'msg'"
        )
        assert failure(call, "x", self="twice") == (
            TypeError, f"Logger.{method}() got multiple values for argument 'self'"
        )


@pytest.mark.parametrize("method", LEVELS)
def test_a_missing_argument(logging, logger, method):
    assert failure(getattr(logger, method)) == (
        TypeError, f"Logger.{method}() missing 1 required positional argument: 'msg'"
    )
    assert failure(getattr(logging.Logger, method)) == (
        TypeError, f"Logger.{method}() missing 2 required positional arguments: 'self' and 'msg'"
    )


@pytest.mark.parametrize("method", LEVELS)
def test_all_by_name(logging, logger, stream, method):
    getattr(logger, method)(msg="by name", exc_info=None)
    getattr(logging.Logger, method)(self=logger, msg="all by name", exc_info=None)
    level = {"exception": "error"}.get(method, method).upper()
    assert stream.getvalue() == f"{level}:calls:by name\n{level}:calls:all by name\n"


def test_unknown_keywords(logging, logger):
    assert failure(logger.info, "x", unknown=1) == (
        TypeError, "Logger._log() got an unexpected keyword argument 'unknown'"
    )
    assert failure(logger.log, 20, "x", unknown=1) == (
        TypeError, "Logger._log() got an unexpected keyword argument 'unknown'"
    )
    logger.setLevel(60)
    logger.info("x", unknown=1)
    logger.info("x", unknown=1)


def test_log(logging, logger):
    assert failure(logger.log, 20) == (
        TypeError, "Logger.log() missing 1 required positional argument: 'msg'"
    )
    assert failure(logger.log, "INFO", "x") == (TypeError, "level must be an integer")
    assert failure(logger.log, 20, "x", level=3) == (
        TypeError, "Logger.log() got multiple values for argument 'level'"
    )
    logger.log(level=20, msg="fine")


# One call of each native method with too many arguments, and one with an unknown keyword.
METHODS = [
    ("Logger", "isEnabledFor", 1), ("Logger", "makeRecord", 10), ("Logger", "handle", 1),
    ("Logger", "callHandlers", 1), ("Logger", "findCaller", 2), ("Logger", "_log", 7),
    ("Handler", "handle", 1), ("Handler", "format", 1), ("Handler", "emit", 1),
    ("Handler", "acquire", 0), ("Handler", "release", 0), ("StreamHandler", "emit", 1),
    ("StreamHandler", "flush", 0), ("FileHandler", "emit", 1), ("NullHandler", "handle", 1),
    ("NullHandler", "emit", 1), ("Formatter", "format", 1), ("Filter", "filter", 1),
    ("LogRecord", "getMessage", 0), ("LogRecord", "__init__", 9),
]


@pytest.mark.parametrize("cls, method, count", METHODS)
def test_a_wrong_number_of_arguments(logging, tmp_path, cls, method, count):
    owner = getattr(logging, cls)
    instance = {
        "Logger": lambda: logging.getLogger("calls"),
        "FileHandler": lambda: owner(tmp_path / "log", delay=True),
        "LogRecord": lambda: logging.makeLogRecord({}),
    }.get(cls, owner)()
    kind, text = failure(getattr(instance, method), *range(count + 1))
    assert kind is TypeError and text.startswith(f"{cls}.{method}() takes ")
    if (cls, method) != ("LogRecord", "__init__"):
        kind, text = failure(getattr(instance, method), *range(count), unknown=1)
        assert (kind, text) == (
            TypeError, f"{cls}.{method}() got an unexpected keyword argument 'unknown'"
        )
    if count > 4 or (cls, method) in (("Handler", "acquire"), ("Handler", "release")):
        return
    if method != "findCaller" and count:
        kind, text = failure(getattr(instance, method))
        assert kind is TypeError and text.startswith(f"{cls}.{method}() missing 1 required")


def test_methods_called_for_objects_of_other_classes(logging):
    class Duck:
        info = logging.Logger.info
        calls = []

        def isEnabledFor(self, level):
            return True

        def _log(self, level, msg, args, **kwargs):
            self.calls.append((level, msg, args, kwargs))

    assert failure(logging.Logger.info, "not a logger", "x") == (
        AttributeError, "'str' object has no attribute 'isEnabledFor'"
    )
    assert failure(logging.Handler.handle, 5, "x") == (
        AttributeError, "'int' object has no attribute 'filter'"
    )
    logging.Logger.info(Duck(), "hello %s", "you")
    Duck().info("again", extra=None)
    assert Duck.calls == [(20, "hello %s", ("you",), {}), (20, "again", (), {"extra": None})]


def test_methods_look_as_they_do(logging):
    assert logging.Logger.info.__qualname__ == "Logger.info"
    assert logging.Logger.info.__name__ == "info"
    assert logging.getLogger("calls").info.__self__ is logging.getLogger("calls")
    assert callable(logging.Logger.info)


def test_false_records(logging, logger, stream):
    logging.root.handlers[0].setFormatter(logging.Formatter("never", validate=False))
    for false in None, 0, "":
        if sys.version_info >= (3, 12):
            logger.handle(false)
            assert logging.root.handlers[0].handle(false) is false
        else:
            with pytest.raises(AttributeError):
                logger.handle(false)
    assert stream.getvalue() == ""


def test_what_an_overridden_filter_returns(logging, logger):
    class Mine(logging.StreamHandler):
        verdict = None

        def filter(self, record):
            return self.verdict

        def emit(self, record):
            emitted.append(record)

    emitted, mine, record = [], Mine(), logging.makeLogRecord({"msg": "a"})
    other = logging.makeLogRecord({"msg": "b"})
    for Mine.verdict in (None, 0, [], 1, "yes", True, other):
        assert mine.handle(record) is Mine.verdict
    replaced = other if sys.version_info >= (3, 12) else record
    assert emitted == [record] * 3 + [replaced]


def test_a_logger_that_is_false(logging, stream):
    class False_(logging.Logger):
        def __bool__(self):
            return False

    logger = False_("false")
    logger.parent = logging.root
    last, logging.lastResort = logging.lastResort, None
    logger.manager = logging.root.manager
    logger.manager.emittedNoHandlerWarning = True
    logger.error("lost")
    logging.lastResort = last
    assert stream.getvalue() == ""
