"""What the package has beyond the standard library: accounts, shared files, and ends in order.

``cargo xtask torture`` does the same with force.
"""

import gzip
import os
import pathlib
import subprocess
import sys
import time

import pytest

import ferrolog
import ferrolog.handlers


class Unshowable:
    def __str__(self):
        raise ValueError("no")


@pytest.fixture
def logger(request):
    logger = ferrolog.getLogger(f"reliability.{request.node.name}")
    logger.propagate = False
    logger.setLevel(ferrolog.DEBUG)
    yield logger
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
        handler.close()


def test_a_handler_gives_account(logger, tmp_path, capsys):
    handler = ferrolog.FileHandler(tmp_path / "log")
    logger.addHandler(handler)
    assert ferrolog.counts(handler) == (0, 0, 0, 0, {})
    for n in range(10):
        logger.info("record %d", n)
    logger.info("%s", Unshowable())
    logger.handle(logger.makeRecord("x", 20, "p", 1, "made", (), None))
    counts = ferrolog.counts(handler)
    assert counts == (12, 11, 0, 1, {})
    assert counts.emitted == counts.delivered + counts.dropped + counts.failed
    assert len((tmp_path / "log").read_text().splitlines()) == counts.delivered
    assert "ValueError: no" in capsys.readouterr().err


def test_an_account_goes_with_its_handler(logger):
    for _ in range(100):
        handler = ferrolog.StreamHandler(open(os.devnull, "w"))
        logger.addHandler(handler)
        logger.info("one")
        assert ferrolog.counts(handler).emitted == 1
        logger.removeHandler(handler)
        handler.stream.close()
        del handler


def test_what_a_handler_of_another_making_does_is_counted(logger):
    class Own(ferrolog.Handler):
        def emit(self, record):
            try:
                assert record.msg != "fails"
            except AssertionError:
                self.handleError(record)

        def handleError(self, record):
            super().handleError(record)

    own = Own()
    logger.addHandler(own)
    logger.info("fine")
    logger.info("fails")
    assert ferrolog.counts(own) == (2, 1, 0, 1, {})


@pytest.mark.parametrize("fails", ["outer", "inner"])
def test_a_record_within_another_is_counted_by_itself(logger, fails):
    class Stream:
        def write(self, text):
            if "outer" in text:
                logger.info("inner")
            if fails in text:
                raise OSError("no room")

        def flush(self):
            pass

    handler = ferrolog.StreamHandler(Stream())
    handler.handleError = lambda record: ferrolog.Handler.handleError(handler, record)
    logger.addHandler(handler)
    ferrolog.raiseExceptions = False
    try:
        logger.info("outer")
    finally:
        ferrolog.raiseExceptions = True
    assert ferrolog.counts(handler) == (2, 1, 0, 1, {})


def test_a_peer_that_is_away_is_counted(logger):
    handler = ferrolog.handlers.SocketHandler("127.0.0.1", 1)
    logger.addHandler(handler)
    for _ in range(20):
        logger.info("nobody hears it")
    counts = ferrolog.counts(handler)
    assert counts.emitted == 20 == counts.delivered + counts.dropped + counts.failed
    assert counts.delivered == 0 and counts.dropped_by == {"the peer is away": 20}


def test_errors_are_reported_at_intervals(logger, capsys):
    handler = ferrolog.StreamHandler(open(os.devnull, "w"))
    handler.stream.close()
    logger.addHandler(handler)
    logger.info("first")
    logger.info("second")
    assert capsys.readouterr().err.count("--- Logging error ---") == 2
    ferrolog.report_errors_every(3600)
    try:
        for _ in range(10):
            logger.info("again")
        assert capsys.readouterr().err.count("--- Logging error ---") == 1
    finally:
        ferrolog.report_errors_every(None)
    assert ferrolog.counts(handler).failed == 12
    with pytest.raises(ValueError):
        ferrolog.report_errors_every(-1)


@pytest.mark.parametrize("compress", [False, True])
def test_two_handlers_share_a_file(logger, tmp_path, compress):
    def handler():
        return ferrolog.handlers.SharedRotatingFileHandler(
            tmp_path / "log", maxBytes=200, backupCount=100, compress=compress
        )

    pair = [handler(), handler()]
    for n in range(200):
        record = logger.makeRecord("x", 20, "p", 1, "record %d", (n,), None)
        pair[n % 2].handle(record)
    found = []
    for path in tmp_path.iterdir():
        if path.suffix == ".gz":
            found += gzip.open(path, "rt").read().splitlines()
        elif path.suffix != ".lock":
            found += path.read_text().splitlines()
    assert sorted(found) == sorted(f"record {n}" for n in range(200))
    assert any(path.suffix == ".gz" for path in tmp_path.iterdir()) == compress
    for one in pair:
        one.close()


def test_what_a_killed_process_left_half_compressed_is_taken_up(tmp_path):
    # Whatever order the folder lists them in.
    for number in range(1, 6):
        (tmp_path / f"log.{number}").write_text(f"backup {number}\n")
        (tmp_path / f"log.{number}.gz.part").write_bytes(b"half")
    ferrolog.handlers.SharedRotatingFileHandler(
        tmp_path / "log", backupCount=5, compress=True
    ).close()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"log", "log.lock"} | {f"log.{number}.gz" for number in range(1, 6)}
    for number in range(1, 6):
        assert gzip.open(tmp_path / f"log.{number}.gz", "rt").read() == f"backup {number}\n"


def test_a_line_that_somebody_left_unfinished_is_ended(logger, tmp_path):
    (tmp_path / "log").write_text("whole\nhal")
    handler = ferrolog.handlers.SharedRotatingFileHandler(tmp_path / "log")
    logger.addHandler(handler)
    logger.info("next")
    assert (tmp_path / "log").read_text() == "whole\nhal\nnext\n"


PROGRAM = """
import queue, signal, os, sys, time
import ferrolog as logging
import ferrolog.handlers
target = logging.FileHandler(sys.argv[1])
target.addFilter(lambda record: time.sleep(0.001) or True)
records = queue.Queue()
listener = ferrolog.handlers.QueueListener(records, target)
listener.start()
log = logging.getLogger("x")
log.setLevel(10)
log.addHandler(ferrolog.handlers.QueueHandler(records))
log.addHandler(ferrolog.handlers.MemoryHandler(1000, target=target))
logging.shutdown_on_signals()
for n in range(100):
    log.info("record %d", n)
if sys.argv[2] == "signal":
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)
"""


@pytest.mark.parametrize("way, status", [("return", 0), ("signal", 143)])
def test_queues_are_drained_at_the_end(tmp_path, way, status):
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "log"), way], timeout=60,
        capture_output=True, text=True,
    )
    assert (ended.returncode, ended.stderr) == (status, "")
    lines = (tmp_path / "log").read_text().splitlines()
    assert sorted(lines) == sorted(f"record {n}" for n in range(100) for _ in range(2))


def test_queues_are_waited_for_before_handlers_are_closed(tmp_path):
    # With a file that is not opened again once it is closed.
    program = """if True:
        import ferrolog.auto, logging.handlers, queue, time
        class Slow(logging.FileHandler):
            def emit(self, record):
                time.sleep(0.01)
                super().emit(record)
        waiting = queue.Queue()
        logging.root.addHandler(logging.handlers.QueueHandler(waiting))
        logging.handlers.QueueListener(waiting, Slow("log", mode="w")).start()
        for number in range(20):
            logging.warning("%s", number)
    """
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "log").read_text().split() == [str(number) for number in range(20)]


@pytest.mark.parametrize("begin", [
    "import ferrolog.auto, logging",
    "import ferrolog.auto, ferrolog as logging; logging.getLogger('x')",
    "import ferrolog as logging; logging.getLogger('x'); logging.install()",
    "import ferrolog as logging; logging.install(); logging.getLogger('x')",
])
def test_a_fork_waits_for_handlers_without_the_lock_of_the_module(begin):
    # Who has a handler may want that lock. Otherwise the fork has two seconds of patience.
    program = f"""if True:
        {begin}
        import os, threading, time, warnings
        warnings.simplefilter("ignore")
        handler = logging.StreamHandler()
        taken = threading.Event()
        def hold():
            with handler.lock:
                taken.set()
                time.sleep(0.1)
                with logging._lock:
                    pass
        thread = threading.Thread(target=hold)
        thread.start()
        taken.wait()
        begun = time.monotonic()
        child = os.fork()
        if not child:
            os._exit(not handler.lock.acquire(timeout=1))
        print(time.monotonic() - begun)
        thread.join()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        for lock in handler.lock, logging._lock:
            assert lock.acquire(blocking=False)
    """
    took = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    assert float(took.stdout) < 1.5


#: Forks while another thread logs the first record of all, and has come to the import of this number, if it comes to so
#: many; says whether. The child logs too.
FORKING = """
import builtins, os, signal, sys, threading, warnings
import ferrolog
ferrolog.install()
import logging
logging.basicConfig(filename=sys.argv[1], format="%(asctime)s %(threadName)s %(lineno)d %(message)s")
warnings.simplefilter("ignore")
inside, forked = threading.Event(), threading.Event()
left, usual = int(sys.argv[2]), builtins.__import__

def slow(*args, **kwargs):
    global left
    if threading.current_thread() is thread:
        left -= 1
        if left < 0 and not inside.is_set():
            inside.set()
            forked.wait()
    return usual(*args, **kwargs)

def log():
    logging.warning("%s of %s", "first", "all")
    if not inside.is_set():
        os._exit(3)

thread = threading.Thread(target=log, name="other")
builtins.__import__ = slow
thread.start()
inside.wait()
child = os.fork()
if not child:
    signal.alarm(10)
    logging.warning("%s", "child")
    os._exit(0)
forked.set()
thread.join()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_fork_while_another_thread_logs_for_the_first_time(tmp_path):
    path, imports = tmp_path / "log", 0
    while True:
        path.unlink(missing_ok=True)
        ran = subprocess.run(
            [sys.executable, "-c", FORKING, path, str(imports)], capture_output=True, text=True, timeout=60
        )
        if ran.returncode == 3:
            break
        assert ran.returncode == 0, (imports, ran.stderr)
        assert ran.stderr == ""
        lines = path.read_text().splitlines()
        assert sorted(line.split(" ", 4)[4] for line in lines) == ["child", "first of all"]
        imports += 1
    assert imports > 3


@pytest.mark.parametrize("namer", [None, lambda name: name + ".gz"])
@pytest.mark.parametrize("utc", [True, False])
def test_a_file_that_was_rotated_at_the_second_stays(logger, tmp_path, namer, utc):
    path = tmp_path / "log"
    # The kernel's clock is behind: the new file looks as if it were of the interval before.
    begin = int(time.time()) - 10
    moment = time.gmtime(begin) if utc else time.localtime(begin)
    rotated = tmp_path / time.strftime("log.%Y-%m-%d_%H-%M-%S", moment)
    rotated = pathlib.Path(namer(str(rotated)) if namer else rotated)
    rotated.write_text("before\n")
    path.touch()
    os.utime(path, (begin + 0.995, begin + 0.995))
    handler = ferrolog.handlers.TimedRotatingFileHandler(path, "S", utc=utc)
    handler.namer = namer
    logger.addHandler(handler)
    logger.info("one")
    assert (rotated.read_text(), path.read_text()) == ("before\n", "one\n")
    assert handler.rolloverAt > begin + 10
    # From then on it is as ever.
    handler.rolloverAt = int(time.time())
    logger.info("two")
    assert path.read_text() == "two\n"
    assert sorted(file.read_text() for file in tmp_path.iterdir()) == ["before\n", "one\n", "two\n"]


def test_a_file_of_an_earlier_interval_is_replaced(logger, tmp_path):
    path, old = tmp_path / "log", tmp_path / "log.old"
    old.write_text("before\n")
    long_ago = time.time() - 10_000
    os.utime(old, (long_ago, long_ago))
    handler = ferrolog.handlers.TimedRotatingFileHandler(path, "S", 1000)
    handler.suffix = "old"
    logger.addHandler(handler)
    logger.info("one")
    handler.rolloverAt = int(time.time())
    logger.info("two")
    kept = sys.version_info >= (3, 13)
    assert old.read_text() == ("before\n" if kept else "one\n")
    assert path.read_text() == ("one\ntwo\n" if kept else "two\n")
