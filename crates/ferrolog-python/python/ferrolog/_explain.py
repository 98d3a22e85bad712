"""``explain``: what a logger's records meet, and what keeps them from the short cut."""

import logging
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import ferrolog
from ferrolog import _native, _takeover


@dataclass(frozen=True)
class Step:
    """One thing that a record of a level meets."""

    #: "logger", "record" (what makes records), "filter", "handler" or "formatter".
    kind: str
    #: The logger, record factory, filter, handler or formatter itself.
    object: Any
    #: The name of the logger where it is met; "lastResort" for that handler.
    where: str
    #: Why it takes no part in the short cut, in words; empty if it does.
    reasons: tuple[str, ...]

    @property
    def fast(self):
        """Whether it takes part in the short cut."""
        return not self.reasons

    def __str__(self):
        text = f"{self.kind} {_shown(self.object)}"
        if self.kind in ("handler", "filter"):
            text += f" of {self.where}"
        return f"{text}: {'; '.join(self.reasons) or 'fast'}"


@dataclass(frozen=True)
class Level:
    """What becomes of a logging call at one level."""

    number: int
    name: str
    #: Whether the logger is enabled for the level.
    enabled: bool
    #: What its record would meet, in order; empty where the level is not enabled.
    steps: tuple[Step, ...]

    @property
    def fast(self):
        """Whether a call makes no record: it is not enabled, or every step is fast."""
        return all(step.fast for step in self.steps)

    @property
    def reasons(self):
        """Why a call makes a record, in words; empty if it makes none."""
        return tuple(reason for step in self.steps for reason in step.reasons)

    def _verdict(self):
        if not self.enabled:
            return "not enabled"
        return "fast: no record is made" if self.fast else "with a record"

    def __str__(self):
        return "\n".join([f"{self.name}: {self._verdict()}", *(f"  {step}" for step in self.steps)])


@dataclass(frozen=True, repr=False)
class Explanation:
    """What becomes of a logger's calls, level by level, from the lowest on."""

    logger: Any
    levels: tuple[Level, ...]

    @property
    def fast(self):
        """Whether no level makes records."""
        return all(level.fast for level in self.levels)

    def __getitem__(self, level):
        """The level of this name or number."""
        for known in self.levels:
            if level in (known.number, known.name):
                return known
        raise KeyError(level)

    def __str__(self):
        lines = [_shown(self.logger)]
        for (_, lines_of_level), levels in groupby(
            self.levels, lambda level: (level.enabled, str(level).split(":", 1)[1])
        ):
            lines.append(f"{', '.join(level.name for level in levels)}:{lines_of_level}")
        if any(level.enabled and level.fast for level in self.levels):
            lines.append(CALLS)
        return "\n".join(lines)

    # For the interactive interpreter.
    __repr__ = __str__


#: What the steps cannot say, because it is for each call to say.
CALLS = (
    "A call that is fast makes a record if it has keyword arguments, or a message other than a str, "
    "or arguments other than str, int, float, bool and None."
)

_METHODS = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}


def explain(logger):
    """What ``ferrolog.explain`` does."""
    module = logging if _takeover.installed() else ferrolog
    if isinstance(logger, str):
        logger = module.getLogger(logger)
    elif isinstance(logger, logging.Logger):
        if not _takeover.installed():
            raise RuntimeError(
                f"{logger!r} is the standard library's, which is not taken over: "
                "call ferrolog.install() first"
            )
    elif isinstance(logger, ferrolog.Logger):
        module = ferrolog
    else:
        raise TypeError(f"a logger or the name of one is needed, not {logger!r}")
    numbers = sorted({*_METHODS, *(n for n in module._levelToName if n > 0)})
    return Explanation(logger, tuple(_level(logger, module, number) for number in numbers))


def _level(logger, module, number):
    enabled = bool(logger.isEnabledFor(number))
    steps = ()
    if enabled:
        found = _native.explain(logger, number, _METHODS.get(number, "log"))
        steps = tuple(
            Step(kind, object, where, tuple(reasons)) for kind, object, where, reasons in found
        )
    return Level(number, module.getLevelName(number), enabled, steps)


def _shown(object):
    if isinstance(object, (logging.Formatter, ferrolog.Formatter)):
        return f"{type(object).__qualname__}({getattr(object, '_fmt', None)!r})"
    try:
        return repr(object)
    except Exception:
        return f"<{type(object).__qualname__} without a repr>"
