"""A policy for configurations that come from elsewhere: what they may name, and how much may be sent.

Without one, ``dictConfig``, ``fileConfig`` and ``listen`` are the standard library's: whoever writes the
configuration can have any object of any module imported and called, and ``fileConfig`` evaluates
expressions. ``confine`` puts a policy in force for the whole process, for ``logging.config`` and for
``ferrolog.config``::

    import ferrolog.policy

    ferrolog.policy.confine([*ferrolog.policy.STANDARD, "myapp.logs"])

From then on ``()``, ``class``, ``ext://`` and the names in ``fileConfig``'s files reach what is listed, and
nothing is evaluated. What Python code puts into a configuration as an object, rather than by its name, is
that code's own affair. Which files and peers a handler is given is not looked at.
"""

import ast
import builtins
import operator
import socketserver
import sys
import threading
import time
import types

#: The handlers, formatters and filters of the standard library, its streams and its clocks: a list that
#: most configurations need no more than.
STANDARD = (
    "logging.BufferingFormatter",
    "logging.FileHandler",
    "logging.Filter",
    "logging.Formatter",
    "logging.NullHandler",
    "logging.StreamHandler",
    "logging.handlers.BufferingHandler",
    "logging.handlers.DatagramHandler",
    "logging.handlers.HTTPHandler",
    "logging.handlers.MemoryHandler",
    "logging.handlers.NTEventLogHandler",
    "logging.handlers.QueueHandler",
    "logging.handlers.QueueListener",
    "logging.handlers.RotatingFileHandler",
    "logging.handlers.SMTPHandler",
    "logging.handlers.SocketHandler",
    "logging.handlers.SysLogHandler",
    "logging.handlers.TimedRotatingFileHandler",
    "logging.handlers.WatchedFileHandler",
    "queue.Queue",
    "queue.SimpleQueue",
    "sys.stderr",
    "sys.stdout",
    "time.gmtime",
    "time.localtime",
)


class PolicyError(ValueError):
    """What a configuration asks for is not allowed by the policy in force."""


class Policy:
    """What a configuration may name. ``confine`` makes one and puts it in force."""

    def __init__(self, allow, max_bytes, timeout, senders):
        if isinstance(allow, str):
            raise TypeError("allow must be a collection of dotted names, not one text")
        self.allow = tuple(allow)
        for name in self.allow:
            if not isinstance(name, str) or not all(p.isidentifier() for p in name.split(".")):
                raise ValueError(f"allow: expected a dotted name, found {name!r}")
        if max_bytes < 0 or timeout <= 0 or senders < 1:
            raise ValueError("max_bytes, timeout and senders must be positive")
        self.max_bytes = max_bytes
        self.timeout = timeout
        self.senders = senders
        self._entries = [tuple(name.split(".")) for name in self.allow]

    def __repr__(self):
        return f"<Policy allow={list(self.allow)!r}>"

    def lift(self):
        """Give the configuration modules back what they had before, if this policy is in force."""
        global _current
        with _lock:
            if _current is self:
                _restore()
                _current = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lift()

    # What a name leads to.

    def resolve(self, name, importer=builtins.__import__):
        """The object that a dotted name stands for, if the policy allows it."""
        parts = tuple(name.split("."))
        listed = parts in self._entries
        if not listed:
            if not self._covers(parts):
                raise PolicyError(f"{name!r} is not among what the policy allows")
            if not all(part.isidentifier() and not part.startswith("_") for part in parts):
                raise PolicyError(f"{name!r} has a part that is not public")
        used = parts[0]
        found = importer(used)
        for part in parts[1:]:
            self._look_inside(found, used)
            used += "." + part
            try:
                found = getattr(found, part)
            except AttributeError:
                if not isinstance(found, types.ModuleType):
                    raise
                importer(used)
                found = getattr(found, part)
        return self.checked(found, name, listed)

    def checked(self, found, name, listed=False):
        """``found``, unless it only passes through a place that is allowed and comes from another."""
        if isinstance(found, types.ModuleType):
            raise PolicyError(f"{name!r} is a module")
        if isinstance(found, _NAMED):
            module = getattr(found, "__module__", None)
            qualified = getattr(found, "__qualname__", None)
            origin = f"{module}.{qualified}"
            if module == __name__:
                raise PolicyError(f"{name!r} is the policy's own")
            if not listed and not self._covers(tuple(origin.split("."))):
                raise PolicyError(f"{name!r} is {origin!r}, which the policy does not allow")
        return found

    def _covers(self, parts):
        """Whether the name is listed, or below one that is."""
        return any(
            parts[: len(entry)] == entry
            for parts in (parts, _standard(parts))
            for entry in self._entries
        )

    def _look_inside(self, found, used):
        """Refuse to go on from an object that is not where it says it is."""
        parts = tuple(used.split("."))
        if any(len(entry) > len(parts) and entry[: len(parts)] == parts for entry in self._entries):
            # What is listed lies beyond it.
            return
        if isinstance(found, types.ModuleType):
            own = tuple(found.__name__.split("."))
            if parts not in (own, _standard(own)):
                raise PolicyError(f"{used!r} is the module {found.__name__!r}")
        elif isinstance(found, type):
            self.checked(found, used)
        else:
            raise PolicyError(f"{used!r} is neither a module nor a class, its attributes are not reached")

    # What stands for an expression.

    def evaluate(self, text, namespace=None, _locals=None):
        """The value of a literal, in which names of what the policy allows may stand, and sums and
        products of numbers. The place of ``eval`` in ``fileConfig``."""
        try:
            return self._value(ast.parse(text.strip(), mode="eval").body, namespace or {})
        except SyntaxError:
            raise PolicyError(f"{_shortened(text)} is not a literal") from None
        except (RecursionError, MemoryError):
            raise PolicyError(f"{_shortened(text)} is nested too deeply") from None

    def _value(self, node, namespace):
        def value(node):
            return self._value(node, namespace)

        match node:
            case ast.Constant():
                return node.value
            case ast.Tuple():
                return tuple(value(item) for item in node.elts)
            case ast.List():
                return [value(item) for item in node.elts]
            case ast.Set():
                return {value(item) for item in node.elts}
            case ast.Dict() if None not in node.keys:
                return {value(k): value(v) for k, v in zip(node.keys, node.values)}
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                operand = _number(value(node.operand))
                return -operand if isinstance(node.op, ast.USub) else operand
            case ast.BinOp() if type(node.op) in _OPERATORS:
                left, right = _number(value(node.left)), _number(value(node.right))
                return _number(_OPERATORS[type(node.op)](left, right))
            case ast.Name() | ast.Attribute():
                return self._named(node, namespace)
        raise PolicyError(f"{_shortened(ast.unparse(node))} is not a literal")

    def _named(self, node, namespace):
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            raise PolicyError(f"{_shortened(ast.unparse(node))} is not a name")
        first = node.id
        if first not in namespace:
            # It may be a name from the top, which ``fileConfig`` then tries.
            raise NameError(f"name {first!r} is not defined", name=first)
        parts.reverse()
        if isinstance(namespace[first], types.ModuleType):
            module = _standard(tuple(namespace[first].__name__.split(".")))
            return self.resolve(".".join((*module, *parts)), _importer(namespace))
        return self.resolve(".".join(("logging", first, *parts)), _importer(namespace))


def confine(allow, *, max_bytes=1 << 20, timeout=5.0, senders=16):
    """Put a policy in force, in the place of the one before, and return it.

    ``allow`` lists dotted names: each stands for itself and what is below it. A module that merely
    imports something does not make that allowed (``logging.os`` is the module ``os``), and names that
    begin with an underscore are reached only where they are listed as they are.

    A sender to ``listen`` may send ``max_bytes`` and has ``timeout`` seconds for it; ``senders`` are served
    at a time. The policy holds until its ``lift`` is called, or to the end of a ``with`` statement.
    """
    global _current
    policy = Policy(allow, max_bytes, timeout, senders)
    with _lock:
        _restore()
        _enforce(policy)
        _current = policy
    return policy


def current():
    """The policy in force, or ``None``."""
    return _current


_lock = threading.Lock()
_current = None

#: What was in the place of what a policy puts there: object, name, value.
_replaced = []
_MISSING = object()

#: Objects that know which module they were made in.
_NAMED = (
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
)

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.BitOr: operator.or_,
}


def _number(value):
    if type(value) in (int, float) and abs(value) < 1 << 63:
        return value
    raise PolicyError("only numbers are added and multiplied, and none beyond 64 bits")


def _shortened(text):
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _standard(parts):
    """The standard library's name of what has one of this package's."""
    return ("logging", *parts[1:]) if parts[0] == "ferrolog" else parts


def _importer(namespace):
    if namespace.get("__name__") == "ferrolog":
        return sys.modules["ferrolog.config"].__import__
    return builtins.__import__


def _enforce(policy):
    import logging.config

    import ferrolog.config

    for module in (logging.config, ferrolog.config):
        importer = vars(module).get("__import__", builtins.__import__)
        _replace(module, "_resolve", lambda name, importer=importer: policy.resolve(name, importer))
        _replace(module, "eval", policy.evaluate)
        _replace(module, "StreamRequestHandler", _request_handler(policy))
        _replace(module, "ThreadingTCPServer", _server(policy))
        _confine_class(policy, module.BaseConfigurator)


def _confine_class(policy, configurator):
    convert = configurator.cfg_convert

    def resolve(self, s):
        try:
            return policy.resolve(s, self.importer)
        except ImportError as error:
            raise ValueError(f"Cannot resolve {s!r}: {error}") from error

    def cfg_convert(self, value):
        return policy.checked(convert(self, value), value)

    _replace(configurator, "resolve", resolve)
    _replace(configurator, "cfg_convert", cfg_convert)


def _replace(place, name, value):
    _replaced.append((place, name, vars(place).get(name, _MISSING)))
    setattr(place, name, value)


def _restore():
    while _replaced:
        place, name, value = _replaced.pop()
        if value is _MISSING:
            delattr(place, name)
        else:
            setattr(place, name, value)


class _Connection:
    """A sender's connection as the standard library's listener reads from it: four bytes of length, then
    as many of configuration; within the policy's bounds."""

    def __init__(self, connection, policy):
        self._connection = connection
        self._policy = policy
        self._deadline = time.monotonic() + policy.timeout
        self._length = None

    def recv(self, size):
        if self._length is None:
            return self._receive_length(size)
        data = self._read(size)
        if not data and size:
            raise PolicyError("a sender of a configuration closed the connection before its end")
        return data

    def _receive_length(self, size):
        head = b""
        while len(head) < size and (data := self._read(size - len(head))):
            head += data
        self._length = int.from_bytes(head, "big")
        if len(head) == size and self._length > self._policy.max_bytes:
            raise PolicyError(
                f"a sender announced a configuration of {self._length} bytes, which is more than the "
                f"{self._policy.max_bytes} allowed"
            )
        return head

    def _read(self, size):
        left = self._deadline - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            return self._connection.recv(min(size, 1 << 16))
        except TimeoutError:
            message = f"a sender of a configuration took more than {self._policy.timeout} seconds"
            raise PolicyError(message) from None


def _request_handler(policy):
    class StreamRequestHandler(socketserver.StreamRequestHandler):
        def setup(self):
            super().setup()
            self.connection = _Connection(self.request, policy)

    return StreamRequestHandler


def _server(policy):
    class ThreadingTCPServer(socketserver.ThreadingTCPServer):
        def __init__(self, *args, **kwargs):
            self._free = threading.Semaphore(policy.senders)
            super().__init__(*args, **kwargs)

        def process_request(self, request, client_address):
            if self._free.acquire(blocking=False):
                super().process_request(request, client_address)
            else:
                self.shutdown_request(request)
                _tell(f"a sender was turned away, as {policy.senders} are being served")

        def process_request_thread(self, request, client_address):
            try:
                super().process_request_thread(request, client_address)
            finally:
                self._free.release()

        def handle_error(self, request, client_address):
            error = sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1]
            if isinstance(error, PolicyError):
                _tell(error)
            else:
                super().handle_error(request, client_address)

    return ThreadingTCPServer


def _tell(what):
    if sys.stderr is not None:
        print(f"logging configuration refused: {what}", file=sys.stderr)
