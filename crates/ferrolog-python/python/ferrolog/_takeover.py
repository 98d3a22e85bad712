"""Taking over the standard ``logging`` of the process, and giving it back."""

import logging

from ferrolog import _native

_installed = False


def install():
    """Make the standard ``logging`` modules of this process run on ferrolog.

    Works at any moment, as often as wanted: the modules, their classes, and the loggers and
    handlers that exist already stay the objects they are, and get native methods. What others
    have replaced on the classes before stays replaced.
    """
    global _installed
    _native.adopt(vars(logging))
    _installed = True


def uninstall():
    """Give the standard ``logging`` modules their own functions and methods back.

    What others have put in the place of a native method meanwhile stays.
    """
    global _installed
    if _installed:
        _native.release(vars(logging))
        _installed = False


def installed():
    """Whether the standard ``logging`` of this process runs on ferrolog."""
    return _installed
