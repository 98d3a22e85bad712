r"""Formatters that escape control characters, so that no message forges a line or drives a terminal.

``EscapingFormatter`` is ``logging.Formatter`` but for that: what a record's attributes show is written with
``\n``, ``\x1b`` or ``\u2028`` in the place of whatever ends a line, drives a terminal or changes the
direction in which text is shown. The pattern's own line ends stay. An exception's and a stack's lines stay
lines, indented by four spaces, so that none passes for a record. In a configuration::

    "formatters": {"plain": {"()": "ferrolog.escape.EscapingFormatter", "fmt": "%(asctime)s %(message)s"}}

``EscapeControls`` does the same for other formatters: ``class Mine(EscapeControls, TheirFormatter)``. A record
is left as it is, so that other handlers show it in their own way.
"""

import re

import ferrolog

#: C0 and C1 controls and DEL, Unicode's line and paragraph separators, and all that changes direction.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

_INDENT = "    "


def escape(text):
    """``text`` with control characters as escapes."""
    return CONTROLS.sub(_escaped, text)


def _escaped(match):
    code = ord(match[0])
    if match[0] in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[match[0]]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class EscapeControls:
    """For a formatter class to be derived from, before another one: escapes what records hold."""

    def format(self, record):
        record.message = record.getMessage()
        if self.usesTime():
            record.asctime = self.formatTime(record, self.datefmt)
        text = self.formatMessage(record)
        if record.exc_info and not record.exc_text:
            # Kept in the record as it is, as other formatters expect it there.
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            text = _below(text, record.exc_text)
        if record.stack_info:
            text = _below(text, self.formatStack(record.stack_info))
        return text

    def formatMessage(self, record):
        return super().formatMessage(_Record(record))


class EscapingFormatter(EscapeControls, ferrolog.Formatter):
    """``logging.Formatter`` with control characters in records escaped."""


def _below(text, lines):
    if not text.endswith("\n"):
        text += "\n"
    return text + "\n".join(_INDENT + escape(line) for line in str(lines).split("\n"))


class _Record:
    """A record as a pattern sees it: with attributes that show themselves escaped."""

    def __init__(self, record):
        for name, value in vars(record).items():
            self.__dict__[name] = _shown(value)


def _shown(value):
    if value is None or type(value) in (int, float, bool):
        return value
    return _Text(value) if isinstance(value, str) else _Shown(value)


class _Text(str):
    """A text that is escaped already; its ``repr`` is that of what it was."""

    __slots__ = ("_repr",)

    def __new__(cls, value):
        self = super().__new__(cls, escape(str(value)))
        self._repr = escape(repr(value))
        return self

    def __repr__(self):
        return self._repr


class _Shown:
    """Any other object, and what a pattern takes from it."""

    __slots__ = ("_value",)

    def __init__(self, value):
        self._value = value

    def __str__(self):
        return escape(str(self._value))

    def __repr__(self):
        return escape(repr(self._value))

    def __format__(self, spec):
        return escape(format(self._value, spec))

    def __getattr__(self, name):
        return _shown(getattr(self._value, name))

    def __getitem__(self, key):
        return _shown(self._value[key])

    def __int__(self):
        return int(self._value)

    def __index__(self):
        return self._value.__index__()

    def __float__(self):
        return float(self._value)
