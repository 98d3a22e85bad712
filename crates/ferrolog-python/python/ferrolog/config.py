"""``logging.config``, configuring this package's tree with this package's classes."""

import builtins

import ferrolog
import ferrolog.handlers  # noqa: F401
from ferrolog import _source

#: The name under which code written for the standard library knows the package.
logging = ferrolog


def __import__(name, *args, **kwargs):
    """Import for class names in a configuration: ``logging.X`` there means this package's X."""
    if name == "logging" or name.startswith("logging."):
        name = "ferrolog" + name[len("logging"):]
    return builtins.__import__(name, *args, **kwargs)


_source.run("logging.config", globals())
