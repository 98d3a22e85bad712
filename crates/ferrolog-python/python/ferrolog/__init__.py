"""Python's logging, written in Rust: a strict and fast drop-in.

``import ferrolog as logging`` gives a facility of its own, with its own tree of loggers,
beside an untouched standard library. ``ferrolog.install()`` (or ``import ferrolog.auto``, or
``python -m ferrolog app.py``) instead makes the standard ``logging`` of this process the fast
one, at any moment, and ``ferrolog.uninstall()`` puts it back.
"""

import sys

from ferrolog import _alone, _native  # noqa: F401
from ferrolog._lifetime import shutdown_on_signals  # noqa: F401
from ferrolog._takeover import install, installed, uninstall  # noqa: F401


def explain(logger):
    """Say what the records of ``logger`` meet at each level, and what keeps them from being fast.

    ``logger`` is a logger of this package or, after ``install()``, of the standard library, or the
    name of one: of the standard library while that is taken over, else of this package. The result
    shows it all as text when printed, and is a structure of levels and their steps when used. What it
    says of the short cut is what the calls themselves go by, at this moment.

    Raises ``TypeError`` for anything else, and ``RuntimeError`` for a logger of the standard library that
    is not taken over.
    """
    # Only now, because what it needs takes longer to import than all the rest.
    from ferrolog import _explain

    return _explain.explain(logger)


# Where its work is done; a public function of this module itself would count among those of ``logging``.
explain.__module__ = "ferrolog._explain"

# What has the name of something of ``logging``, this module has from its first use on.
_alone.put_off(sys.modules[__name__])
