"""Taking over the standard ``logging`` of the process, and giving it back."""

import logging
import sys

from ferrolog import _lifetime, _native, _older

_installed = False


def install():
    """Make the standard ``logging`` modules of this process run on ferrolog.

    Works at any moment, as often as wanted: the modules, their classes, and the loggers and
    handlers that exist already stay the objects they are, and get native methods. What others
    have replaced on the classes before stays replaced.
    """
    global _installed
    _native.adopt(vars(logging))
    _older.add(vars(logging))
    _lifetime.look_after(vars(logging))
    handlers = sys.modules.get(_WhenImported.NAME)
    if handlers is not None:
        _native.adopt_handlers(vars(logging), vars(handlers))
        _lifetime.look_after(vars(logging), vars(handlers))
    elif _when_imported not in sys.meta_path:
        sys.meta_path.insert(0, _when_imported)
    _installed = True


def uninstall():
    """Give the standard ``logging`` modules their own functions and methods back.

    What others have put in the place of a native method meanwhile stays.
    """
    global _installed
    if _when_imported in sys.meta_path:
        sys.meta_path.remove(_when_imported)
    if _installed:
        _older.remove(vars(logging))
        _native.release(vars(logging))
        _installed = False


def installed():
    """Whether the standard ``logging`` of this process runs on ferrolog."""
    return _installed


class _WhenImported:
    """Takes over ``logging.handlers`` as soon as a program imports it, and not before: it brings
    a dozen modules with it."""

    NAME = "logging.handlers"

    def find_spec(self, name, path=None, target=None):
        if name != self.NAME:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec = find(name, path, target)
            if spec is not None:
                spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader:
    """The module's own loader, but for what is done when it is loaded."""

    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def exec_module(self, module):
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        if _installed:
            _native.adopt_handlers(vars(logging), vars(module))
            _lifetime.look_after(vars(logging), vars(module))


_when_imported = _WhenImported()
