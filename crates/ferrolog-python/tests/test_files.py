"""What is written to a file by way of its descriptor is what its own methods would have written, and
the file goes on as if they had."""

import io
import os
import resource
import signal
import sys
import threading

import pytest

LINE = "INFO:files:%s\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.log"


@pytest.fixture
def logger(logging):
    logger = logging.getLogger("files")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)


def attach(logging, logger, stream):
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    logger.addHandler(handler)
    return handler


def test_the_stream_goes_on_from_there(logging, logger, path):
    with open(path, "w") as stream:
        attach(logging, logger, stream)
        told = []
        for i in range(3):
            logger.info("%d", i)
            told.append(stream.tell())
            stream.write("between\n")
            logger.info("after")
            told.append(stream.buffer.tell())
            stream.buffer.write(b"below\n")
            logger.info("again")
            os.write(stream.fileno(), b"raw\n")
            told.append(stream.buffer.raw.tell())
        stream.seek(5)
        logger.info("back")
        told.append(stream.tell())
        stream.truncate()
        logger.info("end")
        told.append(os.path.getsize(path))
    expected = "".join(
        LINE % i + "between\n" + LINE % "after" + "below\n" + LINE % "again" + "raw\n"
        for i in range(3)
    )
    ends, at = [], 0
    for i in range(3):
        for part in (LINE % i, "between\n" + LINE % "after", "below\n" + LINE % "again" + "raw\n"):
            at += len(part)
            ends.append(at)
    cut = expected[:5] + LINE % "back"
    assert told == [*ends, len(cut), len(cut + LINE % "end")]
    assert path.read_text() == cut + LINE % "end"


def test_reading_and_writing(logging, logger, path):
    path.write_text("before\n")
    with open(path, "a+") as stream:
        attach(logging, logger, stream)
        logger.info("a")
        stream.seek(0)
        assert stream.readline() == "before\n"
        logger.info("b")
        assert stream.readline() == ""
        stream.seek(0)
        assert stream.read() == "before\n" + LINE % "a" + LINE % "b"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"encoding": "utf-8"},
        {"encoding": "utf-8-sig"},
        {"encoding": "utf-16"},
        {"encoding": "ascii", "errors": "backslashreplace"},
        {"encoding": "latin-1", "errors": "replace"},
        {"encoding": "cp1252"},
        {"encoding": "utf-8", "newline": ""},
        {"encoding": "utf-8", "newline": "\n"},
        {"encoding": "utf-8", "newline": "\r\n"},
        {"encoding": "utf-8", "newline": "\r"},
        {"encoding": "utf-8", "buffering": 1},
        {"encoding": "utf-8", "buffering": 20},
        {"encoding": "utf-8", "errors": "surrogateescape"},
    ],
    ids=str,
)
def test_encodings_and_newlines(logging, logger, path, options):
    texts = ["plain", "two\nlines", "\u00e9t\u00e9", "end\r", "x" * 20_000]
    with open(path, "w", **options) as stream:
        attach(logging, logger, stream)
        for text in texts:
            if text.isascii() or "ascii" not in options.get("encoding", "utf-8"):
                logger.info(text)
    with io.TextIOWrapper(raw := io.BytesIO(), **{k: v for k, v in options.items() if k != "buffering"}) as same:
        for text in texts:
            if text.isascii() or "ascii" not in options.get("encoding", "utf-8"):
                same.write(LINE % text)
        same.flush()
        assert path.read_bytes() == raw.getvalue()


def test_a_surrogate(logging, logger, path):
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as stream:
        attach(logging, logger, stream)
        logger.info("a")
        logger.info("%s", "\udcff")
        logger.info("b")
    assert path.read_bytes() == (LINE % "a" + LINE % "\udcff" + LINE % "b").encode(
        "utf-8", "surrogateescape"
    )


def test_reconfigured(logging, logger, path):
    with open(path, "w", encoding="utf-8") as stream:
        attach(logging, logger, stream)
        logger.info("\u00e9")
        stream.reconfigure(encoding="latin-1")
        logger.info("\u00e9")
        stream.reconfigure(newline="\r\n")
        logger.info("c")
        stream.reconfigure(encoding="utf-8", newline="\n")
        logger.info("\u00e9")
    lines = [(LINE % "\u00e9").encode(), (LINE % "\u00e9").encode("latin-1"),
             (LINE % "c").replace("\n", "\r\n").encode(), (LINE % "\u00e9").encode()]
    assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize("layer", ["text", "buffer", "raw"])
@pytest.mark.parametrize("method", ["write", "flush"])
def test_a_method_of_the_instance(logging, logger, path, layer, method):
    seen = []
    with open(path, "w", encoding="utf-8") as stream:
        attach(logging, logger, stream)
        logger.info("a")
        owner = {"text": stream, "buffer": stream.buffer, "raw": stream.buffer.raw}[layer]
        original = getattr(owner, method)

        def replaced(*args):
            seen.append(layer)
            return original(*args)

        setattr(owner, method, replaced)
        logger.info("b")
        # The buffer does not flush what is below it.
        assert bool(seen) == ((layer, method) != ("raw", "flush"))
        delattr(owner, method)
        seen.clear()
        logger.info("c")
        assert not seen
    assert path.read_text() == LINE % "a" + LINE % "b" + LINE % "c"


def test_a_method_of_a_memory_file(logging, logger):
    stream, seen = io.StringIO(), []
    attach(logging, logger, stream)
    logger.info("a")
    stream.flush = lambda: seen.append("flush")
    logger.info("b")
    stream.write = seen.append
    logger.info("c")
    assert seen == ["flush", LINE % "c", "flush"]
    assert stream.getvalue() == LINE % "a" + LINE % "b"


def telling(handler):
    """Has the handler tell of failures, by a subclass."""
    told = []

    class Telling(type(handler)):
        def handleError(self, record):
            error = sys.exc_info()[1]
            told.append((record.getMessage(), type(error), getattr(error, "errno", None)))

    handler.__class__ = Telling
    return told


def test_a_full_file(logging, logger, path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    stream = open(path, "w", encoding="utf-8")
    told = telling(attach(logging, logger, stream))
    try:
        logger.info("a")
        resource.setrlimit(resource.RLIMIT_FSIZE, (25, before[1]))
        # This one fits in part, the next not at all; what did not fit waits in the file's buffer.
        logger.info("b")
        logger.info("c")
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        logger.info("d")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
        stream.close()
    assert told == [("b", OSError, 27), ("c", OSError, 27)]
    assert path.read_text() == "".join(LINE % m for m in "abcd")


def test_a_closed_file(logging, logger, path):
    stream = open(path, "w", encoding="utf-8")
    handler = attach(logging, logger, stream)
    told = telling(handler)
    logger.info("a")
    stream.close()
    logger.info("b")
    handler.stream = open(path, "a", encoding="utf-8")
    logger.info("c")
    os.close(handler.stream.fileno())
    logger.info("d")
    assert told == [("b", ValueError, None), ("d", OSError, 9)]
    assert path.read_text() == LINE % "a" + LINE % "c"
    with pytest.raises(OSError):
        handler.stream.close()


def test_a_descriptor_that_becomes_another(logging, logger, path):
    with open(path, "w", encoding="utf-8") as stream:
        attach(logging, logger, stream)
        logger.info("a")
        reader, writer = os.pipe()
        kept = os.dup(stream.fileno())
        os.dup2(writer, stream.fileno())
        got = []

        def read():
            with open(reader, "rb", buffering=0) as pipe:
                while piece := pipe.read(1000):
                    got.append(piece)

        thread = threading.Thread(target=read)
        thread.start()
        # More than a pipe holds: this would wait for ever if nobody else could run meanwhile.
        for _ in range(300):
            logger.info("x" * 1000)
        os.dup2(kept, stream.fileno())
        os.close(kept)
        os.close(writer)
        thread.join()
        logger.info("b")
    assert b"".join(got).decode() == LINE % ("x" * 1000) * 300
    assert path.read_text() == LINE % "a" + LINE % "b"


def test_a_lock_that_another_thread_has(logging, logger, path):
    with open(path, "w", encoding="utf-8") as stream:
        handler = attach(logging, logger, stream)
        logger.info("a")
        other = open(path.with_suffix(".2"), "w", encoding="utf-8")
        handler.acquire()
        thread = threading.Thread(target=logger.info, args=("b",))
        thread.start()
        thread.join(0.05)
        assert thread.is_alive()
        # Our own lock does not keep us from logging.
        logger.info("c")
        handler.stream = other
        handler.release()
        thread.join()
        other.close()
    assert path.read_text() == LINE % "a" + LINE % "c"
    assert path.with_suffix(".2").read_text() == LINE % "b"


def test_threads_and_forks(logging, logger, path):
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    logger.addHandler(handler)

    def work(name):
        for i in range(200):
            logger.info("%s-%d", name, i)

    threads = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    child = os.fork()
    if child == 0:
        try:
            work("child")
            os._exit(0)
        finally:
            os._exit(1)
    work("parent")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    handler.close()
    names = [f"t{i}" for i in range(4)] + ["child", "parent"]
    expected = sorted(LINE % f"{name}-{i}" for name in names for i in range(200))
    assert sorted(path.read_text().splitlines(True)) == expected
