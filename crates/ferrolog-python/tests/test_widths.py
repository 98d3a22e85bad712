"""Widths and precisions of any size: text or error, it is that of the standard library."""

import io
import logging as standard
import sys

import pytest

SIZES = ["1", "65535", "65536", "65537", "70000", "300000", str(1 << 31), str(sys.maxsize), "1" + "0" * 30]
PATTERNS = [
    ("%", "%(message)9s"),
    ("%", "%(message)-9s"),
    ("%", "%(message).9s"),
    ("%", "%(levelno)09d"),
    ("%", "%(created).9f"),
    ("{", "{message:>9}"),
    ("{", "{message:.9}"),
    ("{", "{levelno:09d}"),
    ("{", "{created:.9f}"),
]


def allocates(size, pattern):
    """Whether the standard library would make a text of gigabytes."""
    return size in (str(1 << 31), str(sys.maxsize)) and not (".9" in pattern and "message" in pattern)


def outcome(module, style, pattern):
    try:
        formatter = module.Formatter(pattern, style=style)
        record = module.makeLogRecord({"msg": "x", "levelno": 20, "created": 0.5})
        direct = formatter.format(record)
        stream = io.StringIO()
        handler = module.StreamHandler(stream)
        handler.setFormatter(formatter)
        handler.handle(record)
        assert stream.getvalue() == direct + "\n"
        return len(direct), hash(direct)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("style, pattern", PATTERNS)
def test_patterns(logging, style, pattern, size):
    if not allocates(size, pattern):
        pattern = pattern.replace("9", size)
        assert outcome(logging, style, pattern) == outcome(standard, style, pattern)


@pytest.mark.parametrize("size", SIZES)
def test_date_formats(logging, size):
    for datefmt in [f"%{size}d", f"%-{size}d", f"%{size}Q", f"%_{size}Y %H" * 3]:
        made = []
        for module in (logging, standard):
            record = module.makeLogRecord({"msg": "x", "created": 0.5})
            try:
                made.append(module.Formatter("%(asctime)s", datefmt).format(record))
            except (ValueError, MemoryError, OverflowError) as error:
                made.append(type(error))
        assert made[0] == made[1], datefmt


def test_many_wide_directives(logging):
    # Python's text of that size is empty.
    record = logging.makeLogRecord({"msg": "x", "created": 0.5})
    assert logging.Formatter("%(asctime)s|", "%65535d" * 2000).format(record) == "|"
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s|", "%65535d" * 2000))
    logger = logging.getLogger("widths")
    logger.propagate = False
    logger.addHandler(handler)
    logger.error("x")
    assert stream.getvalue() == "|\n"
