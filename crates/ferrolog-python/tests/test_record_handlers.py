"""The handlers that pass records on: ``BufferingHandler``, ``MemoryHandler``, ``QueueHandler`` and
``QueueListener``."""

import copy
import copyreg
import io
import pickle
import queue
import subprocess
import sys
import threading

import pytest

import ferrolog


@pytest.fixture
def log(logging):
    logger = logging.getLogger("passing.on")
    logger.setLevel("DEBUG")
    logger.handlers.clear()
    logger.propagate = False
    yield logger
    logger.handlers.clear()


def only(logger, handler):
    # Pytest gives its own handlers to a logger that does not propagate.
    logger.handlers[:] = [handler]
    return handler


def target(logging, fmt="%(levelname)s:%(message)s"):
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter(fmt))
    return handler


def written(handler):
    text = handler.stream.getvalue()
    handler.stream.seek(0)
    handler.stream.truncate()
    return text.splitlines()


# Memory


def test_memory(logging, log):
    behind = target(logging)
    handler = only(log, logging.handlers.MemoryHandler(3, logging.ERROR, behind))
    log.info("a %d", 1)
    log.info("b")
    assert written(behind) == [] and [r.msg for r in handler.buffer] == ["a %d", "b"]
    log.info("c")
    assert written(behind) == ["INFO:a 1", "INFO:b", "INFO:c"] and handler.buffer == []
    log.info("d")
    log.error("e")
    assert written(behind) == ["INFO:d", "ERROR:e"]
    handler.setTarget(None)
    log.error("f")
    log.error("g")
    assert len(handler.buffer) == 2
    handler.target = behind
    handler.capacity = 1
    log.debug("h")
    assert written(behind) == ["ERROR:f", "ERROR:g", "DEBUG:h"]
    handler.capacity, handler.flushLevel = 2.5, 25.0
    log.info("i")
    log.info("j")
    assert written(behind) == []
    log.warning("k")
    assert written(behind) == ["INFO:i", "INFO:j", "WARNING:k"]
    log.info("l")
    handler.close()
    assert written(behind) == ["INFO:l"] and handler.target is None


def test_memory_that_grows_while_it_is_flushed(logging, log):
    handler = only(log, logging.handlers.MemoryHandler(2, logging.ERROR))
    seen = []

    class Again(logging.Handler):
        def emit(self, record):
            seen.append(record.msg)
            if len(record.msg) < 4:
                handler.buffer.append(logging.makeLogRecord({"msg": record.msg + "!"}))

    handler.setTarget(Again())
    log.info("a")
    log.info("bb")
    assert seen == ["a", "bb", "a!", "bb!", "a!!", "bb!!", "a!!!"] and handler.buffer == []


def test_memory_over_a_target_that_raises(logging, log):
    class Failing(logging.Handler):
        def handle(self, record):
            raise OSError("full")

    handler = only(log, logging.handlers.MemoryHandler(1, logging.ERROR, Failing()))
    with pytest.raises(OSError, match="full"):
        log.info("a")
    # Kept for the next time, and the lock is free.
    assert [r.msg for r in handler.buffer] == ["a"]
    thread = threading.Thread(target=lambda: (handler.acquire(), handler.release()))
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    handler.flushOnClose = False
    handler.close()


def test_buffering(logging, log):
    handler = only(log, logging.handlers.BufferingHandler(3))
    log.info("a")
    log.critical("b")
    assert len(handler.buffer) == 2
    assert not handler.shouldFlush(None)
    log.info("c")
    assert handler.buffer == []

    class Buffer(list):
        pass

    handler.buffer = Buffer()
    log.info("d")
    assert type(handler.buffer) is Buffer and len(handler.buffer) == 1
    handler.flush()
    assert handler.buffer == []
    del handler.capacity
    with pytest.raises(AttributeError, match="capacity"):
        log.info("e")
    handler.capacity = 5
    handler.close()


SEEN = []


def spied(original, name):
    def replaced(*args, **kwargs):
        SEEN.append(name)
        return original(*args, **kwargs)

    return replaced


def replacing(patch, object, where, name):
    """Replaces a method on the class, the instance or a subclass until the patch is undone."""
    cls = type(object)
    if where == "instance":
        own = vars(object)
        patch.setitem(own, name, spied(getattr(object, name), name))
    elif where == "class":
        patch.setattr(cls, name, spied(getattr(cls, name), name))
    else:
        patch.setattr(object, "__class__", type("Mine", (cls,), {
            name: spied(getattr(cls, name), name)}))


WHERE = ["class", "instance", "subclass"]


@pytest.mark.parametrize("name", ["emit", "shouldFlush", "flush", "handle"])
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("kind", ["MemoryHandler", "BufferingHandler"])
def test_replaced_methods_of_memory(logging, log, kind, where, name):
    cls = getattr(logging.handlers, kind)
    handler = only(log, cls(1))
    for _ in range(2):
        with pytest.MonkeyPatch.context() as patch:
            replacing(patch, handler, where, name)
            SEEN.clear()
            log.info("a")
            assert SEEN == [name]
        SEEN.clear()
        log.info("a")
        assert SEEN == []


# Queue


def taken(q):
    items = []
    while not q.empty():
        items.append(q.get())
    return items


def make_queue(kind):
    return {"Queue": queue.Queue, "bounded": lambda: queue.Queue(1000),
            "SimpleQueue": queue.SimpleQueue, "LifoQueue": queue.LifoQueue}[kind]()


QUEUES = ["Queue", "bounded", "SimpleQueue", "LifoQueue"]


@pytest.mark.parametrize("kind", QUEUES)
def test_prepared_records(logging, log, kind):
    q = make_queue(kind)
    handler = only(log, logging.handlers.QueueHandler(q))
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y"))
    originals = []
    handler.addFilter(lambda record: originals.append(record) or True)
    log.info("a %s", ["list"], extra={"more": 1})
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("b", stack_info=True)
    records = taken(q)
    if kind == "LifoQueue":
        records.reverse()
    for record, original in zip(records, originals, strict=True):
        assert record is not original and type(record) is logging.LogRecord
        assert record.msg == record.message
        # It is what the standard library would make of the original.
        expected = copy.copy(original)
        expected.message = expected.msg = handler.format(original)
        expected.args = expected.exc_info = expected.exc_text = expected.stack_info = None
        assert list(vars(record).items()) == list(vars(expected).items())
        assert original.msg != record.msg
        pickle.loads(pickle.dumps(record))
    assert records[0].more == 1 and records[0].message.endswith("INFO a ['list']")
    assert "ZeroDivisionError" in records[1].msg and "Stack (most recent" in records[1].msg


def test_fast_records(logging, log):
    # Without anything foreign on the way, the record is the same.
    q = queue.Queue()
    handler = only(log, logging.handlers.QueueHandler(q))
    log.info("a %s %d", "b", 2)
    with_filter = queue.Queue()
    handler.queue = with_filter
    handler.addFilter(lambda record: True)
    log.info("a %s %d", "b", 2)
    (one,), (other,) = taken(q), taken(with_filter)
    assert list(vars(one)) == list(vars(other))
    times = {"created", "msecs", "relativeCreated", "lineno"}
    for name, value in vars(one).items():
        assert name in times or vars(other)[name] == value, name
        assert type(value) is type(vars(other)[name])
    assert one.lineno + 4 == other.lineno and 0 <= other.created - one.created < 60
    assert one.funcName == "test_fast_records" and one.message == one.msg == "a b 2"
    assert q.unfinished_tasks == 1


def test_a_full_queue(logging, log, capsys):
    q = queue.Queue(2)
    only(log, logging.handlers.QueueHandler(q))
    for text in "abc":
        log.info(text)
    assert [record.msg for record in taken(q)] == ["a", "b"]
    reported = capsys.readouterr().err
    assert "queue.Full" in reported and "Message: 'c'" in reported
    log.info("d")
    assert [record.msg for record in taken(q)] == ["d"]


@pytest.mark.skipif(sys.version_info < (3, 13), reason="new in 3.13")
def test_a_queue_that_is_shut_down(logging, log, capsys):
    q = queue.Queue()
    only(log, logging.handlers.QueueHandler(q))
    log.info("a")
    q.shutdown()
    log.info("b")
    assert "ShutDown" in capsys.readouterr().err
    assert q.get().msg == "a"


def test_odd_queues(logging, log):
    class Mine(queue.Queue):
        def _put(self, item):
            SEEN.append("_put")
            super()._put(item)

    class Puts:
        def put_nowait(self, item):
            SEEN.append("put_nowait")

    for q, seen in [(Mine(), ["_put"]), (Puts(), ["put_nowait"]), (queue.PriorityQueue(), [])]:
        SEEN.clear()
        only(log, logging.handlers.QueueHandler(q))
        log.info("a")
        assert SEEN == seen
    q = queue.Queue()
    handler = only(log, logging.handlers.QueueHandler(q))
    q.put_nowait = lambda item: SEEN.append("own")
    log.info("a")
    assert SEEN == ["own"] and q.empty()
    del q.put_nowait
    q.queue = []
    log.info("b")
    assert len(q.queue) == 1
    handler.queue = None
    logging.raiseExceptions = False
    log.info("lost")


@pytest.mark.parametrize("name", ["put_nowait", "put", "_put"])
def test_replaced_methods_of_the_queue(logging, log, name):
    q = queue.Queue()
    only(log, logging.handlers.QueueHandler(q))
    for _ in range(2):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(queue.Queue, name, spied(getattr(queue.Queue, name), name))
            SEEN.clear()
            log.info("a")
            assert SEEN == [name]
        SEEN.clear()
        log.info("a")
        assert SEEN == []
    assert q.qsize() == q.unfinished_tasks == 4


def test_a_queue_that_is_locked(logging, log):
    # The put waits for the lock, as always.
    q = queue.Queue()
    only(log, logging.handlers.QueueHandler(q))
    log.info("a")
    with q.mutex:
        thread = threading.Thread(target=log.info, args=("b",))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive() and len(q.queue) == 1
    thread.join(5)
    assert q.qsize() == 2


def test_who_waits_is_woken(logging, log):
    q = queue.Queue()
    only(log, logging.handlers.QueueHandler(q))
    got = []
    thread = threading.Thread(target=lambda: got.append(q.get(timeout=10)))
    thread.start()
    while not q.not_empty._waiters:
        pass
    log.info("a")
    thread.join(5)
    assert [record.msg for record in got] == ["a"]


@pytest.mark.parametrize("name", ["emit", "prepare", "enqueue", "format", "handle"])
@pytest.mark.parametrize("where", WHERE)
def test_replaced_methods_of_the_queue_handler(logging, log, where, name):
    q = queue.Queue()
    handler = only(log, logging.handlers.QueueHandler(q))
    for _ in range(2):
        with pytest.MonkeyPatch.context() as patch:
            replacing(patch, handler, where, name)
            SEEN.clear()
            log.info("a %d", 1)
            assert SEEN == [name]
        SEEN.clear()
        log.info("a %d", 1)
        assert SEEN == []
    assert [record.msg for record in taken(q)] == ["a 1"] * 4


def test_ways_to_copy_a_record(logging, log, monkeypatch):
    q = queue.Queue()
    only(log, logging.handlers.QueueHandler(q))
    original = copy.copy
    cls = logging.LogRecord

    def check(*names):
        SEEN.clear()
        log.info("a")
        assert SEEN == list(names)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copy, "copy", spied(copy.copy, "copy"))
        check("copy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cls, "__copy__", spied(lambda self: self, "__copy__"), raising=False)
        check("__copy__")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cls, "__reduce_ex__", spied(object.__reduce_ex__, "__reduce_ex__"))
        check("__reduce_ex__")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cls, "__setstate__",
                      spied(lambda self, state: vars(self).update(state), "__setstate__"),
                      raising=False)
        check("__setstate__")
    reduce = spied(lambda record: record.__reduce_ex__(4), "dispatch_table")
    copyreg.pickle(cls, reduce)
    try:
        check("dispatch_table")
    finally:
        del copyreg.dispatch_table[cls]
    check()
    assert q.qsize() == 6


def test_records_of_a_class_of_their_own(logging, log):
    class Record(logging.LogRecord):
        pass

    q = queue.Queue()
    only(log, logging.handlers.QueueHandler(q))
    logging.setLogRecordFactory(Record)
    log.info("a")
    assert type(q.get()) is Record


def test_failures_while_preparing(logging, log, capsys):
    q = queue.Queue()
    only(log, logging.handlers.QueueHandler(q))
    log.info("%d", "text")

    class Recursive:
        def __str__(self):
            raise RecursionError("deep")

    log.info("%s", Recursive())
    reported = capsys.readouterr().err
    assert reported.count("--- Logging error ---") == 2
    assert "Message: '%d'" in reported and "RecursionError: deep" in reported
    assert q.empty()


# Listener


@pytest.mark.parametrize("kind", QUEUES[:3])
def test_listener(logging, log, kind):
    q = make_queue(kind)
    first, second = target(logging), target(logging)
    second.setLevel("ERROR")
    only(log, logging.handlers.QueueHandler(q))
    for respect in False, True:
        listener = logging.handlers.QueueListener(q, first, second, respect_handler_level=respect)
        listener.start()
        expected = []
        for i in range(500):
            log.log([20, 40][i % 2], "line %d", i)
            expected.append(f"{['INFO', 'ERROR'][i % 2]}:line {i}")
        listener.stop()
        assert written(first) == expected
        assert written(second) == (expected[1::2] if respect else expected)
    assert q.empty()
    if hasattr(q, "unfinished_tasks"):
        assert q.unfinished_tasks == 0
        q.join()


@pytest.mark.parametrize("name", ["dequeue", "prepare", "handle"])
@pytest.mark.parametrize("where", WHERE)
def test_replaced_methods_of_the_listener(logging, log, where, name):
    q = queue.Queue()
    behind = target(logging)
    listener = logging.handlers.QueueListener(q, behind)
    only(log, logging.handlers.QueueHandler(q))
    listener.start()
    try:
        for _ in range(2):
            with pytest.MonkeyPatch.context() as patch:
                replacing(patch, listener, where, name)
                # The listener may be waiting inside the method that was there before.
                for text in "ab":
                    SEEN.clear()
                    log.info(text)
                    q.join()
                assert set(SEEN) == {name}
            for text in "cd":
                SEEN.clear()
                log.info(text)
                q.join()
            assert SEEN == []
    finally:
        listener.stop()
    assert written(behind) == ["INFO:a", "INFO:b", "INFO:c", "INFO:d"] * 2


def test_listener_that_ends(logging, monkeypatch):
    class Mine(logging.handlers.QueueListener):
        _sentinel = "the end"

        def dequeue(self, block):
            SEEN.append(block)
            return self.queue.get(block, 0.01)

    q = queue.Queue()
    q.put(logging.makeLogRecord({"msg": "a", "levelname": "INFO"}))
    behind = target(logging)
    listener = Mine(q, behind)
    SEEN.clear()
    # An empty queue ends it.
    listener.start()
    listener._thread.join(5)
    assert not listener._thread.is_alive() and SEEN == [True, True]
    assert written(behind) == ["INFO:a"] and q.unfinished_tasks == 0
    q.put("the end")
    q.put("more")
    listener.start()
    listener._thread.join(5)
    assert q.qsize() == 1 and q.unfinished_tasks == 1


def test_listener_whose_handler_raises(logging, monkeypatch):
    class Failing(logging.Handler):
        def handle(self, record):
            raise OSError("full")

    errors = []
    monkeypatch.setattr(threading, "excepthook", lambda args: errors.append(args.exc_value))
    q = queue.Queue()
    listener = logging.handlers.QueueListener(q, Failing())
    listener.start()
    q.put(logging.makeLogRecord({}))
    listener._thread.join(5)
    assert [str(error) for error in errors] == ["full"]
    assert q.unfinished_tasks == 1


def test_listener_gives_others_a_turn(logging, log):
    # With a long queue to work off, another thread runs meanwhile. When it does is for the operating
    # system to decide, so it has some tries.
    q = queue.Queue()
    behind = target(logging)
    only(log, logging.handlers.QueueHandler(q))
    listener = logging.handlers.QueueListener(q, behind)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    try:
        for _ in range(20):
            for i in range(20_000):
                log.info("line %d", i)
            listener.start()
            turns = set()
            while q.qsize():
                turns.add(q.qsize())
            listener.stop()
            assert len(written(behind)) == 20_000
            if len(turns) > 2:
                break
    finally:
        sys.setswitchinterval(before)
    assert len(turns) > 2


def test_many_threads(logging, log):
    q = queue.Queue()
    behind = target(logging, "%(message)s")
    only(log, logging.handlers.QueueHandler(q))
    listener = logging.handlers.QueueListener(q, behind)
    listener.start()

    def work(name):
        for i in range(1000):
            log.info("%s %d", name, i)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        sys.setswitchinterval(before)
    listener.stop()
    lines = written(behind)
    assert sorted(lines) == sorted(f"{name} {i}" for name in "abcd" for i in range(1000))
    for name in "abcd":
        own = [line for line in lines if line.startswith(name)]
        assert own == [f"{name} {i}" for i in range(1000)]
    assert q.unfinished_tasks == 0


# Several records in one write

BATCH = """
import logging, logging.handlers, queue, resource, sys

case, path = sys.argv[1:]
encoding = "latin-1" if case == "encoding" else "utf-8"
q = queue.Queue()
log = logging.getLogger("app")
log.setLevel("INFO")
log.addHandler(logging.handlers.QueueHandler(q))
behind = logging.FileHandler(path, encoding=encoding)
behind.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
if case in ("full", "whole lines"):
    most = 100 * len("INFO line 000\\n") + (5 if case == "full" else 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
class Odd:
    def __str__(self):
        return f"shown {behind.stream.tell()}"
for i in range(300):
    log.info("line %03d", i)
    if case == "encoding" and i % 7 == 3:
        log.info("a \\u20ac")
    if case == "long" and i % 50 == 3:
        log.info("x" * 20000)
    if case == "odd" and i % 10 == 3:
        q.put(logging.LogRecord("n", 20, "p", 1, Odd(), (), None))
        try:
            raise ValueError("in between")
        except ValueError:
            q.put(logging.LogRecord("n", 20, "p", 1, "with %s", ("error",), sys.exc_info()))
    if case == "end" and i == 150:
        q.put(None)
listener = logging.handlers.QueueListener(q, behind)
listener.start()
if case == "end":
    listener._thread.join(10)
    print(q.qsize(), q.unfinished_tasks, q.queue[0].getMessage())
    listener.start()
listener.stop()
q.join()
print(q.unfinished_tasks, q.qsize())
"""


@pytest.mark.parametrize("case", ["plain", "full", "whole lines", "encoding", "long", "odd", "end"])
def test_a_long_queue_before_a_file(case, tmp_path):
    # What a listener writes of it, and reports, is what the standard library's does.
    ends = []
    for name, begin in [("without", ""), ("with", "import ferrolog.auto")]:
        path = tmp_path / f"{name}.log"
        done = subprocess.run(
            [sys.executable, "-c", begin + BATCH, case, path],
            capture_output=True, text=True, timeout=60,
        )
        reported = [line for line in done.stderr.splitlines() if "Error" in line or "Message" in line]
        ends.append((done.returncode, done.stdout, reported, path.read_bytes()))
    assert ends[0] == ends[1]
    assert ends[0][0] == 0 and ends[0][3].count(b"\n") >= 100
    assert (len(ends[0][2]) > 0) == (case in ("full", "whole lines", "encoding"))


def test_who_waits_for_tasks_behind_a_file(facility, logging, log, tmp_path):
    q = queue.Queue()
    behind = logging.FileHandler(tmp_path / "a.log")
    only(log, logging.handlers.QueueHandler(q))
    listener = logging.handlers.QueueListener(q, behind)
    for round in range(20):
        for i in range(200):
            log.info("line %d", i)
        listener.start()
        q.join()
        assert q.unfinished_tasks == 0
        assert (tmp_path / "a.log").read_text().count("\n") == 200 * (round + 1)
        listener.stop()
        q.join()
    behind.close()
    given = 0 if facility == "standard" else 4000
    assert ferrolog.counts(behind)[:2] == (given, given)
