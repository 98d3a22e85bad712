from logging import LogRecord as _StandardRecord
from re import Pattern
from typing import Final

from ferrolog import Formatter, LogRecord

CONTROLS: Final[Pattern[str]]

def escape(text: str) -> str: ...

class EscapeControls:
    def format(self, record: LogRecord | _StandardRecord) -> str: ...
    def formatMessage(self, record: LogRecord | _StandardRecord) -> str: ...

class EscapingFormatter(EscapeControls, Formatter): ...  # type: ignore[misc]
