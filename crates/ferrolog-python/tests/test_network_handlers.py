"""``SocketHandler``, ``DatagramHandler`` and ``SysLogHandler``: the bytes that the standard library sends, and
every replaced method called at the next record."""

import logging as standard
import logging.handlers
import pickle
import socket
import struct
import sys
import threading

import pytest

import ferrolog


@pytest.fixture
def log(logging):
    logger = logging.getLogger("network.a")
    logger.setLevel("DEBUG")
    logger.propagate = False
    logger.handlers.clear()
    yield logger
    logger.handlers.clear()


def only(logger, handler):
    # Pytest gives its own handlers to a logger that does not propagate.
    logger.handlers[:] = [handler]
    return handler


class Fake:
    """Stands for a socket."""

    def __init__(self, error=None):
        self.sent, self.error, self.closed = [], error, False

    def sendall(self, data):
        if self.error:
            raise self.error
        self.sent.append(data)

    send = sendall

    def sendto(self, data, address):
        self.sendall((data, address))

    def close(self):
        self.closed = True


@pytest.fixture
def unmade(logging):
    """The standard library's Python methods, for the facility's classes."""

    def method(cls, name):
        was_installed = ferrolog.installed()
        ferrolog.uninstall()
        try:
            return vars(getattr(standard.handlers, cls))[name]
        finally:
            if was_installed:
                ferrolog.install()

    return method


def records(logging, log, handler):
    """What goes through a handler for a few calls."""
    seen = []

    class Catch(logging.Handler):
        def emit(self, record):
            seen.append(record)

    only(log, Catch())
    log.info("plain")
    log.info("a %s %d %r", "b", 2, [3])
    log.info("h\xe9 \u20ac \U0001f600 \ud800")
    log.warning("x" * 300, extra={"more": {"a": (1, None)}, "message_": "same", "x" * 300: 1.5})
    log.error("%(a)s", {"a": 1})
    log.log(5, 7)
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed", stack_info=True)
    log.handlers.clear()
    return seen


def test_pickles(logging, log, unmade):
    handler = logging.handlers.SocketHandler("nowhere", 1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    python = unmade("SocketHandler", "makePickle")
    for record in records(logging, log, handler):
        state = dict(vars(record))
        sent = handler.makePickle(record)
        after = dict(vars(record))
        record.__dict__ = dict(state)
        assert sent == python(handler, record)
        assert after == vars(record)
        (length,) = struct.unpack(">L", sent[:4])
        assert length == len(sent) - 4
        loaded = logging.makeLogRecord(pickle.loads(sent[4:]))
        assert loaded.getMessage() == record.getMessage() and loaded.args is None


def test_stream(logging, log):
    server = socket.create_server(("127.0.0.1", 0))
    received = []

    def serve():
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as file:
            while head := file.read(4):
                received.append(pickle.loads(file.read(struct.unpack(">L", head)[0])))

    thread = threading.Thread(target=serve)
    thread.start()
    handler = only(log, logging.handlers.SocketHandler(*server.getsockname()))
    assert handler.sock is None
    log.info("a %d", 1)
    log.info("b", extra={"more": 2})
    handler.close()
    thread.join(10)
    server.close()
    assert [(r["msg"], r["args"], r.get("more")) for r in received] == [
        ("a 1", None, None), ("b", None, 2)]


def test_send_failures(logging, log, capsys):
    handler = only(log, logging.handlers.SocketHandler("127.0.0.1", 1))
    broken = handler.sock = Fake(OSError("gone"))
    made = []
    handler.createSocket = lambda: made.append(1)
    log.info("lost")
    assert broken.closed and handler.sock is None and not made
    log.info("lost too")
    assert made == [1] and capsys.readouterr().err == ""
    handler.sock = Fake(ValueError("odd"))
    log.info("reported %d", 3)
    reported = capsys.readouterr().err
    assert "ValueError: odd" in reported and "Message: 'reported %d'" in reported
    handler.closeOnError = True
    broken = handler.sock
    log.info("closed")
    assert broken.closed and handler.sock is None and capsys.readouterr().err == ""
    handler.sock = Fake()
    log.info("%d", "text")
    assert not handler.sock and capsys.readouterr().err == ""


def test_datagrams(logging, log, capsys):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        handler = only(log, logging.handlers.DatagramHandler(*server.getsockname()))
        log.info("a %d", 1)
        data = server.recv(10_000)
        assert pickle.loads(data[4:])["msg"] == "a 1"
        handler.close()
    handler.sock = Fake(OSError("gone"))
    log.info("reported")
    assert "OSError: gone" in capsys.readouterr().err
    assert handler.sock is not None
    handler.sock = Fake()
    handler.address = "elsewhere"
    log.info("b")
    assert [address for _, address in handler.sock.sent] == ["elsewhere"]


@pytest.fixture
def syslog(logging, log):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        handler = only(log, logging.handlers.SysLogHandler(server.getsockname()))
        handler.socket.close()
        handler.socket = Fake()
        yield handler
        handler.close()


def test_syslog_bytes(logging, log, syslog, unmade):
    python = unmade("SysLogHandler", "emit")
    syslog.setFormatter(logging.Formatter("%(name)s %(message)s"))
    all_records = records(logging, log, syslog)
    for change in [
        {}, {"ident": "me: "}, {"ident": "\xe9"}, {"append_nul": False}, {"facility": "local0"},
        {"facility": 23}, {"priority_map": {"INFO": "alert", "ERROR": 1}}, {"unixsocket": True},
        {"socktype": socket.SOCK_STREAM}, {"facility": True},
        {"priority_names": {"info": 2, "warning": 3, "error": 4}},
    ]:
        for name, value in change.items():
            setattr(syslog, name, value)
        syslog.handleError = lambda record: errors.append(sys.exc_info()[1])
        for record in all_records:
            errors = []
            syslog.emit(record)
            sent, syslog.socket.sent = syslog.socket.sent, []
            failed = [repr(e) for e in errors]
            errors = []
            python(syslog, record)
            expected, syslog.socket.sent = syslog.socket.sent, []
            assert sent == expected and failed == [repr(e) for e in errors]
            assert len(sent) + len(failed) == 1


def test_syslog_failures(logging, log, syslog, capsys):
    syslog.facility = "nonsense"
    log.info("a %d", 1)
    reported = capsys.readouterr().err
    assert "KeyError: 'nonsense'" in reported and "Message: 'a %d'" in reported
    syslog.facility = "user"
    syslog.socket.error = OSError("gone")
    log.info("b")
    assert "OSError: gone" in capsys.readouterr().err
    # A local socket is connected anew, once.
    syslog.unixsocket = True
    broken, fresh, asked = syslog.socket, Fake(), []

    def connect(address):
        asked.append(address)
        syslog.socket = fresh

    syslog._connect_unixsocket = connect
    log.info("c")
    assert broken.closed and asked == [syslog.address]
    assert fresh.sent == [b"<14>c\x00"] and capsys.readouterr().err == ""
    fresh.error = OSError("gone too")
    log.info("d")
    assert "gone too" in capsys.readouterr().err
    syslog.socket = None
    fresh.error = None
    syslog.createSocket = lambda: setattr(syslog, "socket", fresh)
    log.info("e")
    assert fresh.sent[1:] == [b"<14>e\x00"]


def test_syslog_over_a_local_socket(logging, log, tmp_path):
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        server.settimeout(10)
        handler = only(log, logging.handlers.SysLogHandler(path, "daemon"))
        log.warning("a %d", 1)
        assert server.recv(1000) == b"<28>a 1\x00"
        handler.close()


SEEN = []


def spied(original, name):
    def replaced(*args, **kwargs):
        SEEN.append(name)
        return original(*args, **kwargs)

    return replaced


METHODS = {
    "SocketHandler": ["emit", "makePickle", "send", "handle"],
    "DatagramHandler": ["emit", "makePickle", "send"],
    "SysLogHandler": ["emit", "format", "mapPriority", "encodePriority"],
}


@pytest.mark.parametrize("kind, name", [(k, name) for k in METHODS for name in METHODS[k]])
@pytest.mark.parametrize("where", ["class", "instance", "subclass"])
def test_replaced_methods(logging, log, syslog, kind, name, where):
    if kind == "SysLogHandler":
        handler = syslog
    else:
        handler = getattr(logging.handlers, kind)("127.0.0.1", 9)
        handler.sock = Fake()
    only(log, handler)
    cls = type(handler)
    for _ in range(2):
        with pytest.MonkeyPatch.context() as patch:
            if where == "instance":
                patch.setitem(vars(handler), name, spied(getattr(handler, name), name))
            elif where == "class":
                patch.setattr(cls, name, spied(getattr(cls, name), name))
            else:
                patch.setattr(handler, "__class__",
                              type("Mine", (cls,), {name: spied(getattr(cls, name), name)}))
            SEEN.clear()
            log.info("a")
            assert SEEN == [name]
        SEEN.clear()
        log.info("a")
        assert SEEN == []
    fake = handler.socket if kind == "SysLogHandler" else handler.sock
    assert len(fake.sent) == 4


def test_patched_pickle(logging, log, monkeypatch):
    handler = only(log, logging.handlers.SocketHandler("127.0.0.1", 9))
    handler.sock = Fake()
    monkeypatch.setattr(pickle, "dumps", lambda obj, protocol: repr(sorted(obj)).encode())
    log.info("a")
    assert b"'args'" in handler.sock.sent[0] and b"'message'" not in handler.sock.sent[0]
