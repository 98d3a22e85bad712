"""Control characters escaped: whatever a record holds, it forges no line and drives no terminal."""

import importlib
import io
import random
import sys
import unicodedata

import pytest

from ferrolog.escape import EscapeControls, EscapingFormatter, escape

#: What ends lines (as ``str.splitlines`` has it), drives terminals or changes the direction of text: by
#: Unicode's own tables, and not by the package's.
DANGEROUS = [
    c
    for c in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(c) in ("Cc", "Zl", "Zp")
    or unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "B")
    or c in "\u061c\u200e\u200f"
    or len(("x" + c + "x").splitlines()) > 1
]
PIECES = DANGEROUS + ["\x1b[31m", "\x1b]0;t\x07", "\r\n", "\nERROR:root:forged", "é", "\U0001f980", "a b", "\\n", "%s", "{}", "$x"]


class Evil:
    """An object that shows itself as it likes."""

    def __init__(self, text):
        self.text = text
        self.items = {"k": [text]}

    def __str__(self):
        return self.text

    __repr__ = __str__

    def __format__(self, spec):
        return self.text

    def __int__(self):
        return 7

    def __getitem__(self, key):
        return self.items[key]


def test_the_set_is_that_of_unicode():
    assert [c for c in map(chr, range(sys.maxunicode + 1)) if escape(c) != c] == DANGEROUS
    assert len(DANGEROUS) == 79
    assert escape("a\n\r\t\x00\x1b\x7f\x9b\u2028\u202e\\n") == "a\\n\\r\\t\\x00\\x1b\\x7f\\x9b\\u2028\\u202e\\n"


def texts(seed):
    generator = random.Random(seed)
    while True:
        yield "".join(generator.choice(PIECES) for _ in range(generator.randrange(6)))


PATTERNS = [
    ("%", "%(levelname)s|%(name)-9s|%(message)s|%(user)r|%(who)30.7s|%(who)d|%(threadName)5s"),
    ("{", "{levelname:>9}|{name!r}|{message:.5}|{user}|{who.text}|{who[k]}|{who!s:>4}|{message[0]!a}|{who:x}"),
    ("$", "$levelname ${name} $message $user $who"),
]


@pytest.mark.parametrize("style, pattern", PATTERNS)
def test_nothing_forges_a_line(logging, style, pattern):
    source = texts(style)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(EscapingFormatter(pattern, style=style))
    handler.terminator = "\0END\0"
    plain = logging.Formatter("%(message)s")
    for _ in range(500):
        message, user, who, thread = (next(source) for _ in range(4))
        record = logging.LogRecord(next(source), 30, next(source), 1, "x" + message, (), None, next(source))
        record.user, record.who, record.levelname = user, Evil(who), next(source)
        record.threadName = thread
        trace = next(source)
        if trace:
            try:
                raise ValueError(trace)
            except ValueError:
                record.exc_info = sys.exc_info()
        record.stack_info = next(source) or None
        before = {**vars(record)}
        handler.handle(record)
        # Another handler shows the record as if this one had not been there.
        again = plain.format(record)
        assert again.startswith("x" + message) and (not trace or trace in again)
        assert all(vars(record)[name] is value for name, value in before.items() if name != "exc_text")
    written = stream.getvalue().split("\0END\0")
    assert written.pop() == "" and len(written) == 500
    for text in written:
        first, *below = text.split("\n")
        assert not any(c in text.replace("\n", "") for c in DANGEROUS), text
        assert all(line.startswith("    ") for line in below), text


def test_otherwise_it_is_the_formatter(logging):
    for style, pattern in [("%", "%(asctime)s %(levelname)-8s %(n)05d %(f).2f %(message)s\n"),
                           ("{", "{asctime} {levelname:<8} {n:05d} {f:.2f} {message}"),
                           ("$", "$asctime $levelname $n $message")]:
        record = logging.makeLogRecord(
            {"msg": "%s é", "args": ("a b",), "created": 0.25, "n": 42, "f": 1.5, "levelname": "INFO"})
        for kwargs in [{}, {"datefmt": "%H:%M"}, {"defaults": {"other": 1}}]:
            plain = logging.Formatter(pattern, style=style, **kwargs)
            assert EscapingFormatter(pattern, style=style, **kwargs).format(record) == plain.format(record)
    formatter = EscapingFormatter("%(message)s")
    try:
        raise KeyError("k")
    except KeyError:
        record.exc_info = sys.exc_info()
    shown = formatter.format(record)
    assert shown == logging.Formatter("%(message)s").format(record).replace("\n", "\n    ")
    with pytest.raises(TypeError):
        EscapingFormatter("%(message)c").format(logging.makeLogRecord({"msg": "\n"}))
    with pytest.raises(ValueError):
        EscapingFormatter("%(message)y")


def test_configurations_name_it(logging):
    config = importlib.import_module(f"{logging.__name__}.config")
    stream = io.StringIO()
    for formatter in [{"()": "ferrolog.escape.EscapingFormatter", "fmt": "%(message)s"},
                      {"class": "ferrolog.escape.EscapingFormatter", "format": "{message}", "style": "{"}]:
        config.dictConfig({
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"f": formatter},
            "handlers": {"h": {"class": "logging.StreamHandler", "stream": stream, "formatter": "f"}},
            "root": {"handlers": ["h"], "level": "INFO"},
        })
        logging.getLogger("a").info("in\nERROR: %s", "\x1b[2J")
    assert stream.getvalue() == "in\\nERROR: \\x1b[2J\n" * 2


def test_other_formatters_take_it(logging):
    class Theirs(logging.Formatter):
        def formatMessage(self, record):
            return f"<{super().formatMessage(record)}>"

    class Ours(EscapeControls, Theirs):
        pass

    assert Ours("%(message)s").format(logging.makeLogRecord({"msg": "a\nb"})) == "<a\\nb>"
