"""Runs a module of the interpreter's own ``logging`` package in another namespace.

This is what makes the stand-alone package follow the running version exactly: constants,
configuration and every cold path are that version's code, bound to this package's classes.
"""

import os
from types import CodeType

# That of `importlib.machinery`, but without two modules more to be read.
from _frozen_importlib_external import PathFinder

#: What the names become that mean the package.
_NAMES = {
    "logging": "ferrolog",
    "logging.handlers": "ferrolog.handlers",
    "logging.config": "ferrolog.config",
    "__path__": "_source_path",
}


def run(name, namespace):
    """Execute the standard module ``name`` ("logging", "logging.handlers", ...) in ``namespace``.

    References of the code to ``logging`` become references to this package; ``sys.modules`` and
    the standard modules themselves are not touched. The namespace keeps its own ``__doc__``.
    """
    doc = namespace.get("__doc__")
    code = _code_of(name)
    namespace["_source_path"] = [os.path.dirname(code.co_filename)]
    exec(_redirected(code), namespace)
    namespace["__doc__"] = doc


def _code_of(name):
    # Found by place, not through sys.modules: another module may stand there under this name.
    path = [os.path.dirname(os.__file__)]
    for part in name.split("."):
        spec = PathFinder.find_spec(part, path)
        path = spec.submodule_search_locations
    return spec.loader.get_code(spec.name)


def _redirected(code):
    """The same code with the global name ``logging`` spelled as this package's name.

    Where it asks for its package's ``__path__``, to know frames of its own by their file, it finds
    the folder that its code came from.
    """
    changes = {}
    # Most functions refer to nothing of the kind, and stay the objects they are.
    if not _NAMES.keys().isdisjoint(code.co_names):
        changes["co_names"] = tuple(_NAMES.get(name, name) for name in code.co_names)
    constants = code.co_consts
    for at, constant in enumerate(constants):
        if type(constant) is CodeType:
            redirected = _redirected(constant)
            if redirected is not constant:
                constants = (*constants[:at], redirected, *constants[at + 1:])
    if constants is not code.co_consts:
        changes["co_consts"] = constants
    return code.replace(**changes) if changes else code
