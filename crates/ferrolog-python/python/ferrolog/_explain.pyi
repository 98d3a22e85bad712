import logging
from dataclasses import dataclass
from typing import Any, Literal

import ferrolog

CALLS: str

@dataclass(frozen=True)
class Step:
    kind: Literal["logger", "record", "filter", "handler", "formatter"]
    object: Any
    where: str
    reasons: tuple[str, ...]
    @property
    def fast(self) -> bool: ...

@dataclass(frozen=True)
class Level:
    number: int
    name: str
    enabled: bool
    steps: tuple[Step, ...]
    @property
    def fast(self) -> bool: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...

@dataclass(frozen=True)
class Explanation:
    logger: ferrolog.Logger | logging.Logger
    levels: tuple[Level, ...]
    @property
    def fast(self) -> bool: ...
    def __getitem__(self, level: int | str) -> Level: ...

def explain(logger: str | ferrolog.Logger | logging.Logger) -> Explanation: ...
