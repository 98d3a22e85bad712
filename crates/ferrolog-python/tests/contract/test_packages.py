"""The packages themselves: each in a program that prints what it made of some logging. They import
``logging``, so it is the takeover that they meet.

Not here are those that need an agent or an account to say anything (New Relic, Datadog, watchtower,
google-cloud-logging): what they do is done in the other files.
"""

import pytest
from rows import row

PROGRAMS = {
    ("Sentry", "the package itself"): """
        import sentry_sdk
        from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
        from sentry_sdk.transport import Transport
        events = []
        class Keep(Transport):
            def capture_envelope(self, envelope):
                if envelope.get_event(): events.append(envelope.get_event())
        sentry_sdk.init(dsn="http://key@localhost/1", transport=Keep, default_integrations=False,
                        integrations=[LoggingIntegration(level=logging.INFO, event_level=logging.ERROR)])
        log = logging.getLogger("shop.cart")
        log.setLevel("DEBUG")
        log.propagate = False
        log.addHandler(logging.NullHandler())
        log.debug("not a crumb")
        log.info("crumb %d", 1, extra={"more": "data"})
        ignore_logger("ignored")
        logging.getLogger("ignored").error("nobody")
        def failing(): return {}["key"]
        try: failing()
        except KeyError: log.exception("failed for %s", "me", extra={"order": 7})
        log.error("%(who)s", {"who": "mapping"})
        log.critical("with a stack", stack_info=True)
        for event in events:
            print(event["level"], event["logger"], event["logentry"], event.get("extra"))
            for crumb in event["breadcrumbs"]["values"]:
                print("  ", crumb["level"], crumb["category"], crumb["message"], crumb["data"])
            for error in event.get("exception", {}).get("values", []):
                print("  ", error["type"], error["value"],
                      [frame["function"] for frame in error["stacktrace"]["frames"]])
    """,
    ("OpenTelemetry", "the package itself"): """
        import io
        from opentelemetry.instrumentation.logging import LoggingInstrumentor
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.instrumentation.logging.handler import LoggingHandler
        factory = logging.getLogRecordFactory()
        LoggingInstrumentor().instrument(set_logging_format=False)
        print(logging.getLogRecordFactory() is factory)
        exporter, provider = InMemoryLogRecordExporter(), LoggerProvider()
        provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
        stream = io.StringIO()
        text = logging.StreamHandler(stream)
        text.setFormatter(logging.Formatter("%(otelTraceID).1s %(otelSpanID).1s %(otelServiceName)s "
                                            "%(otelTraceSampled)s %(message)s", defaults=dict.fromkeys(
            ["otelTraceID", "otelSpanID", "otelServiceName", "otelTraceSampled"], "-")))
        root = logging.getLogger()
        root.handlers[:] = [text, LoggingHandler(level=logging.INFO, logger_provider=provider)]
        root.setLevel("DEBUG")
        log = logging.getLogger("traced")
        log.debug("only text")
        log.info("one %d", 1, extra={"user": "me"})
        with TracerProvider().get_tracer("t").start_as_current_span("span"):
            log.warning("inside")
        try: 1 / 0
        except ZeroDivisionError: log.exception("failed")
        for data in exporter.get_finished_logs():
            record = data.log_record
            skipped = ("code.file.path", "exception.stacktrace")
            print(record.severity_text, record.severity_number.value, record.body,
                  {k: v for k, v in sorted(record.attributes.items()) if k not in skipped})
        LoggingInstrumentor().uninstrument()
        print(logging.getLogRecordFactory() is factory)
        import re
        print(re.sub(r"(?m)^[0-9a-f] [0-9a-f]", "- -", stream.getvalue()))
    """,
    ("absl", "the package itself"): """
        import io, re
        from absl import flags, logging as absl
        flags.FLAGS(["program"])
        flags.FLAGS.alsologtostderr = True
        absl.use_absl_handler()
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(absl.PythonFormatter())
        logging.root.handlers[:] = [handler]
        absl.set_verbosity(absl.DEBUG)
        def helper(): absl.info("from %s", "helper")
        def skipped(): absl.get_absl_logger().warning("skipped")
        absl.info("one %d", 1)
        helper()
        skipped()
        absl.ABSLLogger.register_frame_to_skip(__file__, "skipped")
        skipped()
        for _ in range(4): absl.log_every_n(absl.ERROR, "every second", 2)
        logging.getLogger("plain").error("through the root")
        absl.get_absl_logger().log(15, "between")
        try: 1 / 0
        except ZeroDivisionError: absl.exception("failed")
        absl.set_verbosity(absl.ERROR)
        absl.warning("below")
        print(type(absl.get_absl_logger()).__name__, logging.getLoggerClass().__name__)
        print(re.sub(r"(?m)^([A-Z])\\d{4} [0-9:.]+ +\\d+ ", r"\\1 ", stream.getvalue()))
    """,
    ("structlog", "the package itself"): """
        import io, structlog
        from structlog.processors import CallsiteParameter, CallsiteParameterAdder
        shared = [structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level,
                  structlog.stdlib.ExtraAdder(), structlog.stdlib.PositionalArgumentsFormatter(),
                  CallsiteParameterAdder([CallsiteParameter.FUNC_NAME, CallsiteParameter.LINENO])]
        structlog.configure(
            processors=[structlog.stdlib.filter_by_level, *shared,
                        structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger, cache_logger_on_first_use=True)
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=True)]))
        logging.root.addHandler(handler)
        logging.root.setLevel("INFO")
        log = structlog.get_logger("shop")
        def work():
            log.info("started", port=80)
            log.bind(user="me").warning("%s has %d", "who", 3)
            log.debug("below")
            logging.getLogger("plain").error("plain %s", "text", extra={"a": 1})
            try: 1 / 0
            except ZeroDivisionError as error: log.error("failed", exc_info=error, stack_info=False)
        work()
        structlog.reset_defaults()
        plain = structlog.stdlib.recreate_defaults() or structlog.get_logger("recreated")
        logging.root.handlers[0].setFormatter(logging.Formatter("%(funcName)s %(lineno)d"))
        def again(): plain.warning("the end", k="v")
        again()
        print(stream.getvalue())
    """,
    ("loguru", "the package itself"): """
        import inspect, io, loguru
        stream = io.StringIO()
        loguru.logger.remove()
        loguru.logger.add(stream, format="{level} {name}:{function}:{line} {message}")
        class InterceptHandler(logging.Handler):
            def emit(self, record):
                try: level = loguru.logger.level(record.levelname).name
                except ValueError: level = record.levelno
                frame, depth = inspect.currentframe(), 0
                while frame:
                    filename = frame.f_code.co_filename
                    is_logging = filename == logging.__file__ or filename == FILE
                    is_frozen = "importlib" in filename and "_bootstrap" in filename
                    if depth > 0 and not (is_logging or is_frozen): break
                    frame, depth = frame.f_back, depth + 1
                loguru.logger.opt(depth=depth, exception=record.exc_info).log(level, record.getMessage())
        # The code of the functions is the standard library's, whatever runs it.
        FILE = logging.Logger.makeRecord.__code__.co_filename
        logging.basicConfig(handlers=[InterceptHandler()], level=0, force=True)
        logging.addLevelName(25, "NOTICE")
        def caller():
            logging.getLogger("lib").info("to be %s", "intercepted")
            logging.warning("by the module")
            logging.getLogger("lib").log(25, "between")
        caller()
        try: 1 / 0
        except ZeroDivisionError: logging.getLogger("lib").exception("failed")
        class PropagateHandler(logging.Handler):
            def emit(self, record): logging.getLogger(record.name).handle(record)
        back = io.StringIO()
        logging.basicConfig(stream=back, format="%(levelname)s %(name)s %(funcName)s %(message)s",
                            level=0, force=True)
        loguru.logger.remove()
        loguru.logger.add(PropagateHandler(), format="{message}")
        def other(): loguru.logger.info("back to {}", "logging")
        other()
        print(stream.getvalue().split("Traceback")[0], back.getvalue())
    """,
    ("python-json-logger", "the package itself"): """
        import io
        from pythonjsonlogger.json import JsonFormatter
        for style, fmt in ("%", "%(levelname)s %(name)s %(message)s"), ("{", "{levelname}{message}"), \\
                          ("$", "$levelname ${message}"):
            stream = io.StringIO()
            handler = logging.StreamHandler(stream)
            handler.setFormatter(JsonFormatter(fmt, style=style, rename_fields={"levelname": "level"},
                                               static_fields={"app": "shop"}))
            logging.root.handlers[:] = [handler]
            log = logging.getLogger("json")
            log.warning("plain %d", 1)
            log.warning({"event": "dict", "n": [1, 2]}, extra={"user": "me"})
            try: 1 / 0
            except ZeroDivisionError: log.exception("failed", stack_info=False)
            print(stream.getvalue())
    """,
    ("tornado", "the package itself"): """
        import io, re
        import tornado.log, tornado.options
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(tornado.log.LogFormatter(color=False))
        logging.root.handlers[:] = [handler]
        logging.root.setLevel("DEBUG")
        tornado.log.access_log.info("%d %s %.2fms", 200, "GET / (::1)", 1.5)
        tornado.log.app_log.error("b\\xe4d %s", b"\\xff", exc_info=(ValueError, ValueError("v"), None))
        tornado.log.gen_log.warning("bad %d", "number")
        tornado.log.gen_log.debug(object)
        options = tornado.options.OptionParser()
        tornado.log.define_logging_options(options)
        options.parse_command_line(["program", "--logging=error", "--log_file_prefix=log"])
        tornado.log.gen_log.warning("below")
        tornado.log.gen_log.error("to the file")
        text = stream.getvalue() + open("log").read()
        print(re.sub(r"\\d{6} \\d\\d:\\d\\d:\\d\\d|'(created|msecs|relativeCreated|thread|process)': [0-9.]+",
                     "<time>", text))
    """,
    ("celery", "the package itself"): """
        import io, sys
        from celery import Celery
        from celery.utils.log import ColorFormatter, LoggingProxy, get_logger, get_task_logger
        app = Celery("app", broker="memory://", backend="cache+memory://")
        app.conf.update(task_always_eager=True, task_eager_propagates=True,
                        worker_log_format="[%(levelname)s/%(processName)s] %(message)s",
                        worker_task_log_format="[%(levelname)s] %(task_name)s[%(task_id)s]: %(message)s")
        stream = io.StringIO()
        stream.isatty = lambda: False
        app.log.already_setup = False
        app.log.setup(loglevel="INFO", logfile=stream, redirect_stdouts=False, colorize=False)
        log = get_task_logger("tasks")
        @app.task(name="add")
        def add(a, b):
            log.info("adding %d and %d", a, b)
            print("printed")
            try: 1 / 0
            except ZeroDivisionError: log.exception("failed")
            return a + b
        print(add.apply((1, 2), task_id="7").get())
        log.warning("outside of a task")
        get_logger("celery.worker").error("ü %s", "text")
        proxy = LoggingProxy(get_logger("celery.redirected"), loglevel="WARNING")
        print("to the proxy", file=proxy)
        proxy.write("two\\nlines\\n")
        colored = logging.StreamHandler(stream)
        colored.setFormatter(ColorFormatter("%(levelname)s %(message)s"))
        logging.getLogger("colored").handlers[:] = [colored]
        logging.getLogger("colored").propagate = 0
        logging.getLogger("colored").error("red")
        print(get_logger("celery.worker").parent.name, logging.root.level)
        import re
        print(re.sub("succeeded in [0-9.e-]+s", "succeeded", stream.getvalue()))
    """,
    ("django", "the package itself"): """
        import io
        import django
        from django.conf import settings
        stream = io.StringIO()
        settings.configure(
            ADMINS=[("me", "me@x.org")] if django.VERSION < (6,) else ["me@x.org"], DEBUG=False,
            EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend", ALLOWED_HOSTS=["*"],
            SECRET_KEY="for the test",
            LOGGING={
                "version": 1, "disable_existing_loggers": False,
                "filters": {"quiet": {"()": "django.utils.log.CallbackFilter",
                                      "callback": lambda record: "quiet" not in record.getMessage()}},
                "formatters": {"f": {"format": "{levelname} {name} {status_code} {message}", "style": "{",
                                     "defaults": {"status_code": "-"}}},
                "handlers": {"h": {"class": "logging.StreamHandler", "stream": stream, "formatter": "f",
                                   "filters": ["quiet"]}},
                "root": {"handlers": ["h"], "level": "INFO"},
            }, ROOT_URLCONF=__name__)
        django.setup()
        from django.core import mail
        from django.http import HttpResponse
        from django.test import Client
        from django.urls import path
        def fails(request): raise KeyError("lost")
        urlpatterns = [path("ok", lambda request: HttpResponse("ok")), path("fails", fails)]
        logging.raiseExceptions = False
        client = Client(raise_request_exception=False)
        for url in "/ok", "/none", "/fails": print(client.get(url).status_code)
        logging.getLogger("app").info("quiet")
        logging.getLogger("app").info("loud", extra={"status_code": 1})
        from django.utils.log import ServerFormatter
        print([m.subject for m in mail.outbox], "KeyError" in mail.outbox[0].body)
        record = logging.makeLogRecord({"msg": "served", "levelno": 20, "status_code": 200, "created": 0.0,
                                        "msecs": 7.0})
        formatter = ServerFormatter("[{server_time}] {message}", style="{")
        formatter.converter = __import__("time").gmtime
        print(formatter.format(record), [f.__class__.__name__ for h in
              logging.getLogger("django").handlers for f in h.filters])
        print([line for line in stream.getvalue().splitlines() if line[0] not in " T"])
    """,
    ("uvicorn", "the package itself"): """
        import copy, io, sys
        import uvicorn, uvicorn.logging
        config = copy.deepcopy(uvicorn.config.LOGGING_CONFIG)
        stream = io.StringIO()
        for handler in config["handlers"].values(): handler["stream"] = stream
        uvicorn.Config(lambda scope: None, log_config=config, use_colors=False).configure_logging()
        error, access = logging.getLogger("uvicorn.error"), logging.getLogger("uvicorn.access")
        error.info("Started server process [%d]", 5, extra={"color_message": "Started *%d*"})
        access.info('%s - "%s %s HTTP/%s" %d', "::1:5", "GET", "/x", "1.1", 404)
        error.debug("below")
        try: 1 / 0
        except ZeroDivisionError as exc: error.error("Exception in ASGI application\\n", exc_info=exc)
        uvicorn.Config(lambda scope: None, log_config=config, use_colors=True, log_level="trace"
                       ).configure_logging()
        error.info("Started server process [%d]", 5, extra={"color_message": "Started *%d*"})
        access.info('%s - "%s %s HTTP/%s" %d', "::1:5", "GET", "/x", "1.1", 200)
        error.log(5, "traced")
        print(stream.getvalue())
    """,
    ("gunicorn", "the package itself"): """
        import datetime, os, re, types
        from gunicorn.config import Config
        from gunicorn.glogging import Logger
        cfg = Config()
        cfg.set("errorlog", "errors"); cfg.set("accesslog", "access"); cfg.set("loglevel", "info")
        cfg.set("access_log_format", '%(h)s "%(r)s" %(s)s %(b)s %({x-id}i)s')
        log = Logger(cfg)
        log.info("Starting %s", "up"); log.debug("below"); log.critical("WORKER")
        try: 1 / 0
        except ZeroDivisionError: log.exception("failed")
        response = types.SimpleNamespace(status="200 OK", sent=5, response_length=5, headers=[])
        request = types.SimpleNamespace(headers=[("X-ID", "7")])
        environ = {"REMOTE_ADDR": "::1", "REQUEST_METHOD": "GET", "RAW_URI": "/", "SERVER_PROTOCOL": "HTTP/1.1"}
        log.access(response, request, environ, datetime.timedelta(seconds=1))
        os.rename("errors", "errors.1"); log.warning("to the old file")
        log.reopen_files(); log.warning("to the new file"); log.close_on_exec()
        for name in sorted(os.listdir(".")):
            if name != "program.py":
                print(name, re.sub(r"\\[[-0-9: +]+\\] \\[\\d+\\]", "<time>", open(name).read()))
        print(log.error_log.propagate, [type(h).__name__ for h in log.error_log.handlers])
    """,
    ("concurrent-log-handler", "the package itself"): """
        import os, threading
        from concurrent_log_handler import (ConcurrentRotatingFileHandler,
                                            ConcurrentTimedRotatingFileHandler)
        handler = ConcurrentRotatingFileHandler(os.path.abspath("log"), "a", 200, 3, use_gzip=False)
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        log = logging.getLogger("concurrent")
        log.addHandler(handler)
        for number in range(30): log.warning("line number %d", number)
        def work():
            for number in range(10): log.error("from a thread %d", number)
        thread = threading.Thread(target=work); thread.start(); thread.join()
        timed = ConcurrentTimedRotatingFileHandler(os.path.abspath("timed"), when="D", maxBytes=100,
                                                   backupCount=2)
        log.handlers[:] = [timed]
        for number in range(5): log.warning("timed %d", number)
        handler.close(); timed.close()
        for name in sorted(os.listdir(".")):
            if name.startswith(("log", "timed")) and name != "logs":
                print("timed..." if name.startswith("timed.") else name, repr(open(name).read()))
    """,
    ("coloredlogs", "the package itself"): """
        import io, re
        import coloredlogs
        stream = io.StringIO()
        log = logging.getLogger("colored")
        coloredlogs.install(level="DEBUG", logger=log, stream=stream, isatty=True, milliseconds=True,
                            fmt="%(asctime)s %(name)s %(levelname)s %(message)s %(username)s")
        log.propagate = False
        for level in 10, 20, 30, 40, 50: log.log(level, "level %d", level)
        try: 1 / 0
        except ZeroDivisionError: log.exception("failed")
        coloredlogs.increase_verbosity(); coloredlogs.set_level("ERROR")
        print(coloredlogs.get_level(), [type(h).__name__ for h in log.handlers])
        print(coloredlogs.find_handler(log, lambda h: True)[1] is log)
        text = re.sub(r"\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3}", "<time>", stream.getvalue())
        print(repr(text))
    """,
    ("verboselogs", "the package itself"): """
        import io, verboselogs
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        logging.root.addHandler(handler)
        verboselogs.install()
        log = logging.getLogger("verbose")
        print(type(log).__name__, logging.NOTICE, logging.SPAM, log.parent is logging.getLogger())
        log.setLevel("SPAM")
        for name in "spam", "debug", "verbose", "notice", "success", "error": getattr(log, name)("as %s", name)
        log.setLevel("NOTICE")
        log.verbose("below")
        logging.root.setLevel("INFO")
        own = verboselogs.VerboseLogger("own")
        own.notice("its parent is set by hand")
        print(own.parent is logging.root, stream.getvalue())
    """,
    ("rich, eliot", "the packages themselves"): """
        import io, json
        import eliot, eliot.stdlib
        import rich.console, rich.logging
        stream = io.StringIO()
        console = rich.console.Console(file=stream, width=100, color_system=None)
        log = logging.getLogger("rich")
        log.setLevel("DEBUG")
        log.propagate = False
        log.handlers[:] = [rich.logging.RichHandler(console=console, show_time=False, rich_tracebacks=True,
                                                    tracebacks_show_locals=False),
                           eliot.stdlib.EliotHandler()]
        messages = []
        eliot.add_destinations(messages.append)
        log.debug("[bold]not markup[/bold]")
        log.info("markup %s", "[b]x[/b]", extra={"markup": True})
        with eliot.start_action(action_type="act"):
            log.warning("in an action %d", 1)
        try: 1 / 0
        except ZeroDivisionError: log.exception("failed")
        import re
        # What is shown of paths depends on how long they are.
        print(re.sub("(?m)^ *[│╭╰].*$", "", stream.getvalue()))
        for message in messages:
            print({k: v for k, v in sorted(message.items())
                   if k not in ("timestamp", "task_uuid", "traceback")})
    """,
    ("freezegun, time-machine", "the packages themselves"): """
        import io, time
        import freezegun, time_machine
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(created)f %(message)s"))
        logging.root.addHandler(handler)
        records = []
        log = logging.getLogger("clock")
        log.warning("now")
        with freezegun.freeze_time("2001-02-03 04:05:06.789") as frozen:
            log.warning("frozen")
            frozen.tick(1.5)
            log.warning("ticked")
            print(logging.makeLogRecord({}).created)
        log.warning("now")
        with time_machine.travel("1999-12-31T23:59:59.25Z", tick=False) as traveller:
            log.warning("travelled")
            traveller.shift(1)
            log.warning("shifted")
            print(logging.makeLogRecord({}).created)
        log.warning("now")
        print([line for line in stream.getvalue().splitlines() if not line.endswith("now")])
        print(len(stream.getvalue().splitlines()))
    """,
}

#: Something that each program must have printed, whatever else it did.
SAID = {
    "Sentry": "KeyError", "OpenTelemetry": "ZeroDivisionError",
    "absl": "ABSLLogger", "structlog": '"user": "me"', "loguru": "caller", "python-json-logger": "shop",
    "tornado": "GET / (::1)", "celery": "add[7]", "django": "KeyError", "uvicorn": "404",
    "gunicorn": "GET /", "concurrent-log-handler": "from a thread 9", "coloredlogs": "level 50",
    "verboselogs": "NOTICE own", "rich, eliot": "eliot:stdlib", "freezegun, time-machine": "2001-02-03",
}


@pytest.mark.parametrize("who", [who for who, _ in PROGRAMS])
def test_packages(same, who):
    (program,) = [program for (name, _), program in PROGRAMS.items() if name == who]
    assert SAID[who] in same(program, facilities=("standard", "installed"))


for who, what in PROGRAMS:
    row(who, what)(test_packages)
