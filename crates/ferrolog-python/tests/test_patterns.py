"""Patterns of all styles, filled without a record: the text is the standard library's."""

import contextlib
import io
import os
import re
import string
import sys
import threading

import pytest

import ferrolog

# What each field is shown as, in each style: `%` conversions and `{}` specifications.
TEXT = ["s", "-8s", "8s", ".3s", "9.4s"], ["", ":<8", ":>8", ":^9", ":*^9.4", ":s", "!s", "!s:>8", ":.3"]
INT = ["s", "d", "05d", "-7d", "+d", "x", "8s"], ["", ":d", ":05d", ":>7", ":+d", ":#x", ":,", ":<8d", "!s:<8"]
FLOAT = ["s", "d", "f", "03.0f", "10.2f", "-9.1f"], ["", ":f", ":03.0f", ":10.2f", ":<9.1f", ":g", "!s"]
FIELDS = {
    "name": TEXT, "levelname": TEXT, "message": TEXT, "pathname": TEXT, "filename": TEXT, "module": TEXT,
    "funcName": TEXT, "threadName": TEXT, "processName": TEXT,
    "levelno": INT, "lineno": INT, "thread": INT, "process": INT,
    "asctime": (["s", "30s", ".10s"], ["", ":>30", ":.10", "!s:<30"]),
    "msecs": FLOAT,
}
if sys.version_info >= (3, 12):
    FIELDS["taskName"] = ["s"], ["", "!s:>8"]


def patterns():
    for name, (percent, brace) in FIELDS.items():
        yield from (("%", f"[%({name}){spec}] %%") for spec in percent)
        yield from (("{", f"[{{{name}{spec}}}] {{{{}}}}") for spec in brace)
        yield from (("$", pattern) for pattern in [f"[${name}] $$", f"${{{name}}}s"])
    yield "{", "{levelname} {asctime} {module} {process:d} {thread:d} {message}"
    yield "%", "%(asctime)s [%(process)d] [%(levelname)s] %(message)s"
    yield "%", "[%(asctime)s: %(levelname)s/%(processName)s] %(message)s"
    yield "$", "$asctime - $name - ${levelname}:$message"


def call(logger, message, args):
    logger.warning(message, *args)


def a_handler(logging, style, pattern):
    """A logger with one handler for the pattern, and the handler's stream."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(pattern, style=style))
    logger = logging.getLogger("patterns.ünï")
    logger.propagate, logger.handlers[:] = False, [handler]
    return logger, stream


def outcome(logging, style, pattern, calls):
    """What a handler with the pattern writes, and the exceptions that it reports."""
    logger, stream = a_handler(logging, style, pattern)
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        for message, args in calls:
            call(logger, message, args)
    return stream.getvalue(), re.findall(r"(\w+Error: .*)\nCall stack:", errors.getvalue())


def expected(logging, style, pattern, calls):
    """The same as Python's own formatting has it."""
    text, errors = "", []
    for message, args in calls:
        place = __file__, call.__code__.co_firstlineno + 1
        record = logging.LogRecord("patterns.ünï", 30, *place, message, args, None, "call")
        values = vars(record) | {"message": record.getMessage(), "asctime": "2003-07-08 16:49:45,896"}
        try:
            text += {
                "%": lambda: pattern % values,
                "{": lambda: pattern.format(**values),
                "$": lambda: string.Template(pattern).substitute(values),
            }[style]() + "\n"
        except KeyError as error:
            errors.append(f"ValueError: Formatting field not found in record: {error}")
        except (ValueError, TypeError, AttributeError) as error:
            errors.append(f"{type(error).__name__}: {error}")
    return text, errors


def timeless(pattern, text):
    if "asctime" in pattern:
        text = re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d,\d{3})?", "time", text)
    if "msecs" in pattern:
        text = re.sub(r"[\d.]+", "9", text.replace(" ", ""))
    return text


CALLS = [("plain", ()), ("%s and %d", ("é", 3)), ("", ()), ("two\nlines", ())]


@pytest.mark.parametrize("style, pattern", list(patterns()))
def test_a_pattern(logging, facility, style, pattern):
    made, errors = outcome(logging, style, pattern, CALLS)
    text, _ = expected(logging, style, pattern, CALLS)
    assert timeless(pattern, made) == timeless(pattern, text)
    assert errors == []
    if facility != "standard":
        assert ferrolog.explain(a_handler(logging, style, pattern)[0])["WARNING"].fast


@pytest.mark.parametrize("style, pattern", [
    ("%", "%(message)r"), ("{", "{message!r}"), ("{", "{name!r:>20}"),
])
def test_a_repr_is_for_the_interpreter(logging, facility, style, pattern):
    # Which characters are escaped follows its version of Unicode: the last is of version 15.
    calls = [("it's", ()), ("\x7f\xad\u200b", ()), ("\U0001fa77", ())]
    assert outcome(logging, style, pattern, calls) == expected(logging, style, pattern, calls)
    if facility != "standard":
        assert not ferrolog.explain(a_handler(logging, style, pattern)[0])["WARNING"].fast


@pytest.mark.parametrize("style, pattern", [
    ("%", "%(thread)d|%(process)d|%(processName)s|%(message)s"),
    ("{", "{thread}|{process}|{processName}|{message}"),
    ("{", "{thread:d}|{process:d}|{message}"),
    ("$", "$thread|$process|$processName|$message"),
    ("%", "%(threadName)12s|%(message)s"),
    ("{", "{threadName:<12}|{message}"),
])
@pytest.mark.parametrize("off", [(), ("logThreads",), ("logProcesses",), ("logMultiprocessing",),
                                 ("logThreads", "logProcesses", "logMultiprocessing")])
def test_what_is_not_to_be_asked(logging, monkeypatch, off, style, pattern):
    for name in off:
        monkeypatch.setattr(logging, name, False)
    assert outcome(logging, style, pattern, CALLS) == expected(logging, style, pattern, CALLS)


def line(logging, pattern, style="%"):
    """A function that logs, and returns the line."""
    logger, stream = a_handler(logging, style, pattern)

    def call():
        stream.seek(0)
        stream.truncate()
        logger.error("x")
        return stream.getvalue()
    return call


def test_who_runs_is_asked_each_time(logging, monkeypatch):
    call = line(logging, "{process} {thread} {threadName}", "{")
    main = f"{os.getpid()} {threading.get_ident()} MainThread\n"
    assert [call(), call()] == [main, main]
    monkeypatch.setattr(os, "getpid", lambda: 17)
    assert call() == f"17 {threading.get_ident()} MainThread\n"
    monkeypatch.undo()
    assert call() == main
    lines = []

    def run():
        lines.append((call(), f"{os.getpid()} {threading.get_ident()} other\n"))
    for _ in range(3):
        thread = threading.Thread(target=run, name="other")
        thread.start()
        thread.join()
    assert all(made == expected for made, expected in lines) and len(lines) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_has_its_own_number(logging):
    call = line(logging, "%(process)d")
    assert call() == call() == f"{os.getpid()}\n"
    child = os.fork()
    if child == 0:
        os._exit(0 if call() == f"{os.getpid()}\n" else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_one_text_in_two_styles(logging):
    # The same object: neither takes the other's for its own.
    pattern = "%(levelname)s {levelname} $levelname"
    for _ in range(3):
        assert line(logging, pattern, "%")() == "ERROR {levelname} $levelname\n"
        assert line(logging, pattern, "{")() == "%(levelname)s ERROR $levelname\n"
        assert line(logging, pattern, "$")() == "%(levelname)s {levelname} ERROR\n"


def test_a_style_that_is_changed_meanwhile(logging):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("patterns.changed")
    logger.propagate, logger.handlers[:] = False, [handler]
    handler.setFormatter(formatter := logging.Formatter("{message}", style="{"))
    for change in [
        lambda: setattr(formatter._style, "_fmt", "<{message}>"),
        lambda: setattr(formatter._style, "_defaults", {"user": "me"}),
        lambda: setattr(formatter._style, "_fmt", "{user}: {message}"),
        lambda: setattr(formatter, "_style", logging.StringTemplateStyle("$levelname $message")),
        lambda: setattr(formatter._style, "_tpl", string.Template("<<$message>>")),
        lambda: setattr(formatter._style, "_fmt", "is not looked at"),
        lambda: setattr(formatter, "_style", logging.StrFormatStyle("{levelname[0]} {message:.3}")),
        lambda: setattr(logging.StrFormatStyle, "_format", lambda self, record: "mine"),
    ]:
        logger.error("first")
        change()
        logger.error("second")
    assert stream.getvalue().split("\n") == [
        "first", "<second>", "<first>", "<second>", "<first>", "me: second", "me: first", "ERROR second",
        "ERROR first", "<<second>>", "<<first>>", "<<second>>", "<<first>>", "E sec", "E fir", "mine", "",
    ]


def test_a_template_that_is_replaced(logging, monkeypatch):
    call = line(logging, "$message", "$")
    assert call() == "x\n"
    monkeypatch.setattr(string.Template, "substitute", lambda self, *args, **kwargs: "mine")
    assert call() == "mine\n"
    monkeypatch.undo()
    assert call() == "x\n"

    class Loud(string.Template):
        delimiter = "!"

    logging.getLogger("patterns.ünï").handlers[0].formatter._style._tpl = Loud("$5 !message")
    assert call() == "$5 x\n"


def test_faults_are_reported_as_ever(logging):
    for style, pattern in [("{", "{message:d}"), ("{", "{levelno:s}"), ("{", "{name.missing}"), ("%", "%(name)d"),
                           ("{", "{absent}"), ("$", "$absent"), ("%", "%(absent)s"), ("{", "{lineno:>{absent}}")]:
        made = outcome(logging, style, pattern, CALLS[:2])
        assert made == expected(logging, style, pattern, CALLS[:2])
        assert made[0] == "" and len(made[1]) == 2


def test_the_time_is_asked_for_where_it_is_found_in_the_text(logging):
    # `usesTime` looks for a text, which may be no field at all.
    for style, pattern in [("%", "%%(asctime)s %(message)s"), ("{", "{{asctime}} {message}"),
                           ("$", "$$asctime $message")]:
        asked = []

        class Formatter(logging.Formatter):
            def formatTime(self, record, datefmt=None):
                asked.append(datefmt)
                return "now"
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(Formatter(pattern, style=style))
        logger = logging.getLogger("patterns.time")
        logger.propagate, logger.handlers[:] = False, [handler]
        logger.error("x")
        handler.setFormatter(formatter := logging.Formatter(pattern, style=style))
        formatter.converter = lambda seconds: asked.append(type(seconds).__name__) or (2001, 2, 3, 4, 5, 6, 0, 34, 0)
        logger.error("x")
        assert asked == [None, "float"]
        assert stream.getvalue().count("asctime") == 2
