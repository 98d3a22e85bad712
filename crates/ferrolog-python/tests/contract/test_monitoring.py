"""Sentry, New Relic, Datadog and OpenTelemetry."""

import io
import traceback

import pytest
from rows import row


@pytest.fixture
def log(logging):
    logger = logging.getLogger("watched.code")
    logger.setLevel("DEBUG")
    logger.propagate = False
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.handlers[:] = [handler]
    handler.lines = lambda: handler.stream.getvalue().splitlines()
    return logger


@row("Sentry", "Logger.callHandlers replaced on the class",
     "vars(record), unformatted msg and args, exceptions in exc_info")
@row("New Relic", "vars(record)")
def test_call_handlers_replaced(logging, log):
    seen = []
    log.info("before")
    original = logging.Logger.callHandlers

    def call_handlers(self, record):
        seen.append(record)
        return original(self, record)

    logging.Logger.callHandlers = call_handlers
    try:
        log.info("%s has %d", "who", 3, extra={"user": "me"})
        try:
            raise KeyError("lost")
        except KeyError as error:
            raised = error
            log.exception("failed %s", ["mutable"])
        log.debug("%(a)s", {"a": 1})
    finally:
        logging.Logger.callHandlers = original
    log.info("after")
    assert len(seen) == 3
    first, second, third = map(vars, seen)
    assert (first["msg"], first["args"], first["user"]) == ("%s has %d", ("who", 3), "me")
    assert first["name"] == "watched.code" and first["funcName"] == "test_call_handlers_replaced"
    assert first["exc_info"] is None and first["levelno"] == 20
    standard = set(vars(logging.makeLogRecord({}))) | {"message"}
    assert set(first) - standard == {"user"}
    assert second["exc_info"][:2] == (KeyError, raised)
    assert traceback.extract_tb(second["exc_info"][2])[0].name == "test_call_handlers_replaced"
    assert second["args"] == (["mutable"],) and third["args"] == {"a": 1}
    lines = log.handlers[0].lines()
    assert [line for line in lines if line[0].isupper() and " " in line and "Error" not in line
            and "Traceback" not in line] == [
        "INFO before", "INFO who has 3", "ERROR failed ['mutable']", "DEBUG 1", "INFO after"]


@row("New Relic", "Logger.callHandlers wrapped", "record.getMessage set on the instance")
def test_get_message_set_on_the_record(logging, log):
    class Wrapper:
        """A wrapper as of ``wrapt``: a descriptor around the function."""

        def __init__(self, wrapped):
            self.__wrapped__ = wrapped

        def __get__(self, instance, owner):
            bound = self.__wrapped__.__get__(instance, owner)

            def call(record):
                original = record.getMessage
                record.getMessage = lambda: f"{original()} [linked]"
                return bound(record)

            return call

    original = logging.Logger.callHandlers
    logging.Logger.callHandlers = Wrapper(original)
    log.info("one %d", 1)
    logging.Logger.callHandlers = original
    log.info("two")
    assert log.handlers[0].lines() == ["INFO one 1 [linked]", "INFO two"]


@row("Datadog", "Logger.makeRecord and StrFormatStyle._format wrapped", "del record.attribute")
def test_make_record_and_the_styles_format_wrapped(logging, log):
    make_record, style_format = logging.Logger.makeRecord, logging.StrFormatStyle._format

    def with_trace(self, *args, **kwargs):
        record = make_record(self, *args, **kwargs)
        setattr(record, "dd.trace", "7")
        record.spare = 1
        return record

    def with_dots(self, record):
        # A pattern cannot name an attribute with a dot: it stands beneath another name meanwhile.
        record.dd = type("Trace", (), {"trace": getattr(record, "dd.trace", "-")})
        try:
            return style_format(self, record)
        finally:
            del record.dd

    handler = log.handlers[0]
    handler.setFormatter(logging.Formatter("{dd.trace} {message}", style="{", validate=False))
    records = []
    handler.addFilter(lambda record: records.append(record) or True)
    logging.StrFormatStyle._format = with_dots
    log.info("no trace yet")
    logging.Logger.makeRecord = with_trace
    log.info("traced %d", 1)
    logging.Logger.makeRecord = make_record
    log.info("not any more")
    logging.StrFormatStyle._format = style_format
    handler.setFormatter(logging.Formatter("{message}", style="{"))
    log.info("plain")
    assert handler.lines() == ["- no trace yet", "7 traced 1", "- not any more", "plain"]
    assert not any(hasattr(record, "dd") for record in records)
    traced = records[1]
    del traced.spare
    with pytest.raises(AttributeError):
        traced.spare
    with pytest.raises(AttributeError):
        del traced.spare
    del traced.msg
    with pytest.raises(AttributeError, match="msg"):
        traced.getMessage()


@row("Datadog", "attributes set on the module", "__version__")
def test_attributes_of_the_module(logging, log, monkeypatch):
    # As written in the standard library's module.
    assert logging.__version__ == "0.5.1.2"
    monkeypatch.setattr(logging, "_datadog_patch", True, raising=False)
    assert logging._datadog_patch is True and "_datadog_patch" in vars(logging)
    log.info("as before")
    assert log.handlers[0].lines() == ["INFO as before"]


@row("OpenTelemetry", "getLogRecordFactory and setLogRecordFactory")
def test_record_factories(logging, log):
    before = logging.getLogRecordFactory()
    assert before is logging.LogRecord
    calls = []

    def factory(*args, **kwargs):
        calls.append((len(args), sorted(kwargs)))
        record = before(*args, **kwargs)
        record.otelTraceID = "0af7"
        return record

    handler = log.handlers[0]
    handler.setFormatter(logging.Formatter("%(otelTraceID)s %(funcName)s %(message)s",
                                           defaults={"otelTraceID": "none"}))
    log.info("a")
    logging.setLogRecordFactory(factory)
    assert logging.getLogRecordFactory() is factory
    log.info("b %s", 1)
    # `makeLogRecord` asks it too.
    assert logging.makeLogRecord({}).otelTraceID == "0af7"
    logging.setLogRecordFactory(before)
    log.info("c")
    name = "test_record_factories"
    assert handler.lines() == [f"none {name} a", f"0af7 {name} b 1", f"none {name} c"]
    assert calls == [(9, []), (8, [])]


@row("OpenTelemetry", "basicConfig, dictConfig and fileConfig replaced", "root.handlers.remove")
def test_configuration_replaced(logging, monkeypatch, tmp_path):
    class Telemetry(logging.Handler):
        def __init__(self):
            super().__init__()
            self.seen = []

        def emit(self, record):
            self.seen.append(record.getMessage())

    root, telemetry = logging.root, Telemetry()

    def kept(function):
        # The configuration does not know of the handler that was added before, and drops it.
        def configure(*args, **kwargs):
            there = telemetry in root.handlers
            if there:
                root.handlers.remove(telemetry)
            function(*args, **kwargs)
            if there:
                root.addHandler(telemetry)

        return configure

    monkeypatch.setattr(logging, "basicConfig", kept(logging.basicConfig))
    monkeypatch.setattr(logging.config, "dictConfig", kept(logging.config.dictConfig))
    monkeypatch.setattr(logging.config, "fileConfig", kept(logging.config.fileConfig))
    root.addHandler(telemetry)
    stream = io.StringIO()
    logging.basicConfig(stream=stream, level="INFO", format="%(message)s")
    logging.getLogger("otel").info("one")
    assert [type(handler).__name__ for handler in root.handlers] == ["StreamHandler", "Telemetry"]
    logging.config.dictConfig({
        "version": 1, "disable_existing_loggers": False, "root": {"handlers": ["null"], "level": 10},
        "handlers": {"null": {"class": f"{logging.__name__}.NullHandler"}},
    })
    logging.getLogger("otel").debug("two")
    (tmp_path / "config.ini").write_text(
        "[loggers]\nkeys=root\n[handlers]\nkeys=file\n[formatters]\nkeys=\n"
        "[logger_root]\nlevel=INFO\nhandlers=file\n"
        f"[handler_file]\nclass=FileHandler\nargs=({str(tmp_path / 'log')!r},)\n")
    logging.config.fileConfig(tmp_path / "config.ini", disable_existing_loggers=False)
    logging.getLogger("otel").debug("below")
    logging.getLogger("otel").info("three")
    assert telemetry.seen == ["one", "two", "three"]
    assert stream.getvalue() == "one\n" and (tmp_path / "log").read_text() == "three\n"
    root.handlers.remove(telemetry)
    logging.getLogger("otel").info("four")
    assert len(telemetry.seen) == 3 and (tmp_path / "log").read_text() == "three\nfour\n"
