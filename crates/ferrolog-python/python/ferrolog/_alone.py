"""When the facility of this package itself is made: when something of it is first used.

A program that takes over the standard library's facility seldom uses a second one, and making one takes longer
than all the rest of the import. Nobody can tell, but by the time it takes and by the turn of its hooks at a fork:
whoever asks the package for anything, sets anything in it or looks into its namespace finds the facility made.
"""

import atexit
import os
import sys
import threading
import time
from types import ModuleType

_package = None

_lock = threading.RLock()
_making = False
_made = False

#: When the facility was made, for all that a program can tell.
_start = time.time_ns()


def put_off(package):
    """Have the facility of ``package`` made when it is first used."""
    global _package
    _package = package
    if _made:
        # The package was loaded again, and is to begin anew.
        _make(vars(package))
    else:
        package.__class__ = _Unused


def namespace():
    """The namespace of the package, which is a use of it."""
    return vars(_package)


class _Unused(ModuleType):
    """A package whose facility is not made yet; as soon as it is, it is an ordinary module."""

    def __getattribute__(self, name):
        if _making or name == "__dict__" or name not in ModuleType.__getattribute__(self, "__dict__"):
            _make_once(self)
        return ModuleType.__getattribute__(self, name)

    def __setattr__(self, name, value):
        # Its modules are set by those who import them.
        module = sys.modules.get(f"{self.__name__}.{name}")
        if module is None or module is not value:
            _make_once(self)
        ModuleType.__setattr__(self, name, value)

    def __delattr__(self, name):
        _make_once(self)
        ModuleType.__delattr__(self, name)


def _make_once(package):
    global _making, _made
    with _lock:
        # The thread that makes it sees what is there of it; others wait.
        if _making or _made:
            return
        _making = True
        try:
            names = vars(package)
            before = set(names)
            try:
                _make(names)
                # As if it had been when the package was imported.
                names["_startTime"] = _start if sys.version_info >= (3, 13) else _start / 1e9
                _at_exit.stand_for(names["shutdown"])
            except BaseException:
                for name in names.keys() - before:
                    del names[name]
                raise
            _made = True
            package.__class__ = ModuleType
        finally:
            _making = False


def _make(names):
    from ferrolog import _accounts, _lifetime, _native, _older, _source

    # The names, constants and cold functions come from the running interpreter's own version of
    # ``logging``; the classes that a record passes through are then given their native methods.
    _source.run("logging", names)
    _native.adopt(names)
    _older.add(names)
    _lifetime.look_after(names)
    for name in "Counts", "counts", "report_errors_every":
        names[name] = getattr(_accounts, name)


class _AtExit:
    """The place of the facility's ``shutdown`` among what is done at the end of the process."""

    def __init__(self):
        self._function = lambda: None

    def stand_for(self, function):
        atexit.unregister(function)
        self._function = function

    def __call__(self):
        self._function()

    def __eq__(self, other):
        # By it `atexit.unregister` finds what it is to take away.
        return other is self or other is self._function


_at_exit = _AtExit()
atexit.register(_at_exit)


def _after_fork():
    # Another thread of the parent may have been at it.
    global _making
    _lock._at_fork_reinit()
    _making = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
