"""Prints, as JSON, every public name of logging, logging.handlers and logging.config.

The names come from the modules themselves: what they define, what their classes define, what instances
of these have, the parameters of functions and constructors, and the keys that the configuration reads.
"""

import ast
import inspect
import json
import logging
import logging.config
import logging.handlers
import queue
import sys
import tempfile
import os

MODULES = [logging, logging.handlers, logging.config]
names = set()


def public(name):
    return not name.startswith("_")


def parameters(function):
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    skipped = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in found if p.kind not in skipped and p.name not in ("self", "cls")]


def keywords_taken(function, mapping):
    """The keys that `function` takes out of its dictionary `mapping`."""
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))
    for node in ast.walk(tree):
        key = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr in ("get", "pop") and getattr(node.func.value, "id", "") == mapping:
                key = node.args[0]
        elif isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == mapping:
            key = node.slice
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            if getattr(node.comparators[0], "id", "") == mapping:
                key = node.left
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def add_class(module, name, cls):
    full = f"{module.__name__}.{name}"
    for attribute in vars(cls):
        if public(attribute):
            names.add(f"{full}.{attribute}")
    if "__init__" in vars(cls):
        for parameter in parameters(cls.__init__):
            names.add(f"{full}({parameter})")


def add_instances():
    """Attributes that only instances have, by the nearest class that sets them first."""
    log = logging.getLogger("names")
    folder = tempfile.mkdtemp()
    file = os.path.join(folder, "f")
    stream = logging.StreamHandler()
    made = [
        log,
        logging.Handler(),
        stream,
        logging.FileHandler(file, delay=True),
        logging.NullHandler(),
        logging.Formatter(),
        logging.BufferingFormatter(),
        logging.Filter(),
        logging.Filterer(),
        logging.LoggerAdapter(log, {}),
        logging.makeLogRecord({}),
        logging.Logger.manager,
        logging.PlaceHolder(log),
        logging.PercentStyle("%(message)s"),
        logging.handlers.BaseRotatingHandler(file, "a", delay=True),
        logging.handlers.RotatingFileHandler(file, delay=True),
        logging.handlers.TimedRotatingFileHandler(file, delay=True),
        logging.handlers.WatchedFileHandler(file, delay=True),
        logging.handlers.SocketHandler("localhost", 1),
        logging.handlers.DatagramHandler("localhost", 1),
        logging.handlers.SysLogHandler(("localhost", 1)),
        logging.handlers.SMTPHandler("h", "a@b", ["c@d"], "s"),
        logging.handlers.HTTPHandler("h", "/"),
        logging.handlers.BufferingHandler(1),
        logging.handlers.MemoryHandler(1),
        logging.handlers.QueueHandler(queue.Queue()),
        logging.handlers.QueueListener(queue.Queue()),
    ]
    seen = {}
    for instance in made:
        for attribute in vars(instance):
            if public(attribute):
                for cls in reversed(type(instance).__mro__):
                    key = (cls, attribute)
                    known = seen.get(attribute, [])
                    if any(issubclass(type(instance), other) for other in known):
                        break
                else:
                    seen.setdefault(attribute, []).append(type(instance))
                    full = f"{type(instance).__module__}.{type(instance).__qualname__}"
                    names.add(f"{full}.{attribute}")


for module in MODULES:
    for name, value in vars(module).items():
        owner = getattr(value, "__module__", module.__name__)
        if not public(name) or inspect.ismodule(value) or owner != module.__name__:
            continue
        if inspect.isclass(value):
            names.add(f"{module.__name__}.{name}")
            add_class(module, name, value)
        elif callable(value):
            names.add(f"{module.__name__}.{name}")
            for parameter in parameters(value):
                names.add(f"{module.__name__}.{name}({parameter})")
        elif not isinstance(value, type(sys)):
            names.add(f"{module.__name__}.{name}")

add_instances()
for key in keywords_taken(logging.basicConfig, "kwargs"):
    names.add(f"logging.basicConfig({key})")
for parameter in parameters(logging.Logger._log):
    if parameter not in ("level", "msg", "args"):
        names.add(f"logging.Logger.log({parameter})")
for attribute in ("message", "asctime"):
    names.add(f"logging.LogRecord.{attribute}")
for cls in (logging.config.BaseConfigurator, logging.config.DictConfigurator):
    for name, function in vars(cls).items():
        if inspect.isfunction(function):
            for key in keywords_taken(function, "config"):
                names.add(f"logging.config.dictConfig[{key}]")
for function in vars(logging.config).values():
    if inspect.isfunction(function) and function.__module__ == "logging.config":
        for key in (*keywords_taken(function, "cp"), *keywords_taken(function, "section")):
            names.add(f"logging.config.fileConfig[{key}]")

json.dump({"version": list(sys.version_info[:2]), "names": sorted(names)}, sys.stdout)
