"""A policy for configurations: what they may name, what is evaluated, how much may be sent."""

import contextlib
import errno
import importlib
import io
import json
import os
import socket
import struct
import sys
import textwrap
import time
import types

import pytest

from ferrolog import policy


@pytest.fixture
def config(logging):
    return importlib.import_module(f"{logging.__name__}.config")


@pytest.fixture
def confined(config):
    with policy.confine([*policy.STANDARD, "allowed"]) as confined:
        yield confined


@pytest.fixture(autouse=True)
def allowed(monkeypatch):
    """A module that a policy allows, and that has in it what modules have."""
    module = types.ModuleType("allowed")
    code = """
        import logging, os, subprocess, sys
        from os import system
        from subprocess import Popen
        from builtins import eval, exec, __import__
        run = system
        run_bound = "".join
        _private = os
        table = {"run": system, "os": os}
        def read(value):
            # What is nested is converted when it is read.
            if isinstance(value, dict):
                return {key: read(value[key]) for key in value}
            if isinstance(value, list):
                return [read(value[index]) for index in range(len(value))]
            return value
        def make(**kwargs):
            CALLS.append(read(kwargs))
            return logging.NullHandler()
        class Made(logging.NullHandler):
            def __init__(self, **kwargs):
                super().__init__()
                CALLS.append(kwargs)
        class Filter:
            LIMIT = 3
            run = staticmethod(system)
            module = os
            def filter(self, record):
                return True
        CALLS = []
        frame = sys._getframe()
    """
    exec(textwrap.dedent(code), vars(module))
    monkeypatch.setitem(sys.modules, "allowed", module)
    return module


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch):
    """Whatever these tests name would do if it were called shows."""
    ran = []
    monkeypatch.setattr(os, "system", lambda *args: ran.append(args))
    yield
    assert ran == []
    assert policy.current() is None


#: Ways to objects that are not allowed, some through what is.
ESCAPES = [
    "os.system",
    "builtins.eval",
    "subprocess.Popen",
    "logging.os.system",
    "logging.sys.modules",
    "logging.io.open",
    "logging.handlers.os.system",
    "logging.handlers.pickle.loads",
    "logging.config.threading.Thread",
    "logging.config.eval",
    "logging.config.listen",
    "logging.config.dictConfig",
    "logging.Logger.manager",
    "logging.root.manager.loggerDict",
    "logging.handlers",
    "logging.handlers.SocketHandler.makePickle.__globals__",
    "logging.Formatter.__init__.__globals__",
    "logging.Formatter.__init__.__builtins__",
    "logging.Formatter.__subclasses__",
    "logging.Formatter.__mro__",
    "logging.Handler",
    "logging.FileHandlerX",
    "loggingx.FileHandler",
    "sys.modules",
    "sys.stdout.buffer",
    "sys.stdout.__class__",
    "time.sleep",
    "allowed",
    "allowed.os",
    "allowed.os.system",
    "allowed.subprocess.Popen",
    "allowed.Popen",
    "allowed.run",
    "allowed.run_bound",
    "allowed.eval",
    "allowed.exec",
    "allowed._private",
    "allowed._private.system",
    "allowed.__builtins__",
    "allowed.__loader__",
    "allowed.make.__globals__",
    "allowed.Filter.run",
    "allowed.Filter.module",
    "allowed.Filter.module.system",
    "allowed.Filter.mro",
    "allowed.table.values",
    "allowed.frame.f_globals",
    "allowed.CALLS.append",
    "ferrolog.policy.confine",
    "ferrolog.policy.current",
    "ferrolog._native",
    ".",
    "allowed.",
    "allowed..make",
    " allowed.make",
    "allowed.make()",
]


def refusal(error):
    """Whether a policy's refusal is at the bottom of an exception."""
    while error is not None:
        if isinstance(error, policy.PolicyError):
            return True
        error = error.__cause__ or error.__context__
    return False


def places(name):
    """Configurations that name something, in each place where one can."""
    yield {"handlers": {"h": {"class": name}}}
    yield {"handlers": {"h": {"()": name}}}
    yield {"handlers": {"h": {"()": f"ext://{name}"}}}
    yield {"handlers": {"h": {"class": "logging.StreamHandler", "stream": f"ext://{name}"}}}
    yield {"handlers": {"h": {"()": "allowed.make", "deep": [{"x": [f"ext://{name}"]}]}}}
    yield {"handlers": {"h": {"()": "allowed.make", "x": "cfg://other"}}, "other": f"ext://{name}"}
    yield {"formatters": {"f": {"()": name}}}
    yield {"formatters": {"f": {"class": name}}}
    yield {"filters": {"f": {"()": name}}}
    if sys.version_info >= (3, 12):
        queue = {"class": "logging.handlers.QueueHandler", "handlers": []}
        yield {"handlers": {"h": {**queue, "queue": name}}}
        yield {"handlers": {"h": {**queue, "queue": {"()": name}}}}
        yield {"handlers": {"h": {**queue, "listener": name}}}


@pytest.mark.parametrize("name", ESCAPES)
def test_nothing_else_is_reached_from_a_dictionary(config, confined, name):
    for number, place in enumerate(places(name)):
        with pytest.raises(Exception) as caught:
            config.dictConfig({"version": 1, **place})
        assert refusal(caught.value), (number, caught.value)
    assert sys.modules["allowed"].CALLS == []


# A file takes spaces away.
@pytest.mark.parametrize("name", [name for name in ESCAPES if name == name.strip()])
def test_nothing_else_is_reached_from_a_file(logging, config, confined, name):
    for text in [file(klass=name), file(args=f"({name},)"), file(kwargs=f"{{'x': {name}}}"),
                 file(formatter=f"class={name}")]:
        with pytest.raises(Exception) as caught:
            config.fileConfig(io.StringIO(text))
        # A name that means nothing at all is an error of its own.
        assert refusal(caught.value) or isinstance(caught.value, (NameError, SyntaxError)), caught.value


def file(klass="NullHandler", args="()", kwargs="{}", formatter="format=%(message)s"):
    return textwrap.dedent(f"""\
        [loggers]
        keys=root
        [handlers]
        keys=h
        [formatters]
        keys=f
        [logger_root]
        handlers=h
        [handler_h]
        class={klass}
        args={args}
        kwargs={kwargs}
        formatter=f
        [formatter_f]
        {formatter}
        """)


@pytest.mark.parametrize("expression", [
    "__import__('os').system('x')",
    "[x for x in ().__class__.__base__.__subclasses__()]",
    "(lambda: 1)()",
    "sys.modules['os'].system('x')",
    "os.system('x')",
    "open('/etc/passwd')",
    "f'{os}'",
    "'x' * 1000000000",
    "[0] * 1000000000",
    "10 ** 1000000",
    "1 << 1000000",
    "9223372036854775807 * 9223372036854775807",
    "(x := 1)",
    "{**{}}",
    "1 if 1 else 2",
    "'a'.join",
    "().__class__",
    "handlers.SysLogHandler.__init__",
    "(" * 10000 + ")" * 10000,
    "-" * 100000 + "1",
    "a b",
])
def test_nothing_is_evaluated(config, confined, expression):
    for text in [file(klass="StreamHandler", args=f"({expression},)"), file(kwargs=f"{{'x': {expression}}}")]:
        with pytest.raises((policy.PolicyError, NameError)):
            config.fileConfig(io.StringIO(text))


def test_without_a_policy_the_standard_library_decides(config):
    # What the policy is for: this is evaluated.
    config.fileConfig(io.StringIO(file(klass="StreamHandler", args="([print][0] and sys.stderr,)")))
    config.dictConfig({"version": 1, "filters": {"f": {"()": "allowed.os.path.join", "a": "x"}}})


def test_what_is_allowed_works_as_ever(logging, config, confined, allowed):
    settings = {
        "version": 1,
        "formatters": {"f": {"format": "%(message)s!"}, "g": {"class": "logging.Formatter"}},
        "filters": {"f": {"()": "allowed.Filter"}, "g": {"name": "a"}},
        "handlers": {
            "made": {"()": "allowed.make", "limit": "ext://allowed.Filter.LIMIT", "n": "cfg://n"},
            "out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "f",
                    "filters": ["f"]},
            "log": {"class": "logging.handlers.MemoryHandler", "capacity": 3, "target": "out"},
        },
        "n": [1, {"x": 2}],
        "root": {"handlers": ["made", "out", "log"], "level": "DEBUG"},
    }
    config.dictConfig(settings)
    assert allowed.CALLS == [{"limit": 3, "n": [1, {"x": 2}]}]
    _, out, log = logging.getLogger().handlers
    assert out.stream is sys.stdout and log.target is out
    assert out.formatter.format(logging.makeLogRecord({"msg": "hi"})) == "hi!"
    if sys.version_info >= (3, 12):
        queue = {"class": "logging.handlers.QueueHandler", "queue": "queue.SimpleQueue", "handlers": ["n"]}
        config.dictConfig({"version": 1, "handlers": {"n": {"class": "logging.NullHandler"}, "q": queue}})
    config.fileConfig(io.StringIO(file(klass="handlers.MemoryHandler", args="(2*1024, -1 + 41)")))
    handler, = logging.getLogger().handlers
    assert (handler.capacity, handler.flushLevel) == (2048, 40)
    config.fileConfig(io.StringIO(file(klass="StreamHandler", args="(sys.stderr,)")))
    assert logging.getLogger().handlers[0].stream is sys.stderr
    config.fileConfig(io.StringIO(file(klass="allowed.Made", args="()", kwargs="{'a': [1, 'b', None]}")))
    assert allowed.CALLS[-1] == {"a": [1, "b", None]}


def test_names_below_a_listed_one_and_listed_as_they_are(config, allowed):
    with policy.confine(["allowed.os.path.join", "allowed._private"]) as confined:
        assert confined.resolve("allowed.os.path.join") is os.path.join
        for name in ["allowed.os.path.exists", "allowed.os.path", "allowed._private", "allowed.Filter"]:
            with pytest.raises(policy.PolicyError):
                confined.resolve(name)
    with policy.confine(["allowed.run"]) as confined:
        assert confined.resolve("allowed.run") is allowed.system


@pytest.mark.parametrize("wrong", [["a b"], ["a."], [""], [1], ["a.*"]])
def test_a_policy_that_says_nothing_is_refused(wrong):
    with pytest.raises(ValueError):
        policy.confine(wrong)
    with pytest.raises(TypeError):
        policy.confine("logging")


def test_it_is_lifted_without_a_trace(config):
    def state():
        own = {name: value for name, value in vars(config).items() if name != "__builtins__"}
        return own, dict(vars(config.BaseConfigurator))

    before = state()
    first = policy.confine(["allowed"])
    second = policy.confine(policy.STANDARD)
    assert policy.current() is second and state() != before
    first.lift()
    assert policy.current() is second
    second.lift()
    second.lift()
    assert policy.current() is None and state() == before


# The listener.


@pytest.fixture
def listener(config):
    """Starts a listener under a policy, and stops it."""
    started = []

    def start(**bounds):
        confined = policy.confine([*policy.STANDARD, "allowed"], **bounds)
        thread = config.listen(0)
        thread.start()
        thread.ready.wait(10)
        thread.ready.clear()
        started.append((confined, thread))
        return thread

    yield start
    for confined, thread in started:
        config.stopListening()
        thread.join(10)
        confined.lift()
        assert not thread.is_alive()


def send(thread, *pieces, close=True):
    connection = socket.create_connection(("127.0.0.1", thread.port), timeout=10)
    try:
        for piece in pieces:
            connection.sendall(piece)
        if close:
            connection.shutdown(socket.SHUT_WR)
        while connection.recv(1024):
            pass
    except OSError as error:
        # It was turned away with something unread, and may be gone before this end is closed.
        if not isinstance(error, ConnectionError) and error.errno != errno.ENOTCONN:
            raise
    finally:
        connection.close()


def framed(text):
    text = text.encode()
    return struct.pack(">L", len(text)) + text


def test_a_configuration_is_taken_from_the_loopback_interface_alone(logging, listener, allowed):
    thread = listener()
    settings = {"version": 1, "handlers": {"h": {"()": "allowed.make"}}, "root": {"handlers": ["h"]}}
    text = framed(json.dumps(settings))
    send(thread, text[:3], text[3:10], text[10:])
    assert allowed.CALLS == [{}]
    send(thread, framed(file(klass="allowed.Made", kwargs="{'n': 1}")))
    assert allowed.CALLS == [{}, {"n": 1}]


@pytest.mark.parametrize("pieces, told", [
    ([struct.pack(">L", 1001)], "1001 bytes"),
    ([b"\xff\xff\xff\xff", b"x" * 1000], "4294967295 bytes"),
    ([struct.pack(">L", 100), b"x" * 99], "before its end"),
    ([framed('{"version": 1, "filters": {"f": {"()": "os.system"}}}')], "not among what the policy allows"),
    ([framed(file(args="(__import__('os').system('x'),)"))], "not a literal"),
])
def test_a_sender_is_held_to_the_bounds(logging, listener, capfd, pieces, told):
    thread = listener(max_bytes=1000)
    send(thread, *pieces)
    deadline = time.monotonic() + 10
    said = ""
    while told not in said and time.monotonic() < deadline:
        said += capfd.readouterr().err
        time.sleep(0.01)
    assert told in said
    # Whatever came, the next one is served.
    send(thread, framed('{"version": 1, "root": {"level": "ERROR"}}'))
    assert logging.getLogger().level == logging.ERROR


def test_one_that_stalls_is_given_up_and_too_many_are_turned_away(logging, listener, capfd):
    thread = listener(timeout=1.5, senders=1)
    with socket.create_connection(("127.0.0.1", thread.port), timeout=20) as stalling:
        stalling.sendall(b"\0\0")
        begun = time.monotonic()
        said = ""
        while "turned away" not in said and time.monotonic() < begun + 1:
            # Its connection may be gone before it has ended its message.
            with contextlib.suppress(OSError):
                send(thread, framed('{"version": 1}'))
            said += capfd.readouterr().err
        assert "turned away" in said
        assert stalling.recv(1) == b""
        assert time.monotonic() - begun < 15
    said = ""
    while "more than 1.5 seconds" not in said and time.monotonic() < begun + 20:
        said += capfd.readouterr().err
        time.sleep(0.01)
    assert "more than 1.5 seconds" in said
    send(thread, framed('{"version": 1, "root": {"level": "ERROR"}}'))
    assert logging.getLogger().level == logging.ERROR


def test_nothing_and_a_piece_of_a_length_are_no_configuration(logging, listener):
    thread = listener()
    send(thread)
    send(thread, b"\0\0\0")
    send(thread, framed('{"version": 1, "root": {"level": "ERROR"}}'))
    assert logging.getLogger().level == logging.ERROR
