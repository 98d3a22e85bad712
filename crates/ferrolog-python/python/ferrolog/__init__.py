"""Python's logging, written in Rust: a strict and fast drop-in.

``import ferrolog as logging`` gives a facility of its own, with its own tree of loggers,
beside an untouched standard library. ``ferrolog.install()`` (or ``import ferrolog.auto``, or
``python -m ferrolog app.py``) instead makes the standard ``logging`` of this process the fast
one, at any moment, and ``ferrolog.uninstall()`` puts it back.
"""

from ferrolog import _native, _source

# The names, constants and cold functions come from the running interpreter's own version of
# ``logging``; the classes that a record passes through are then given their native methods.
_source.run("logging", globals())

_native.adopt(globals())

from ferrolog._explain import explain  # noqa: E402, F401
from ferrolog._takeover import install, installed, uninstall  # noqa: E402, F401
