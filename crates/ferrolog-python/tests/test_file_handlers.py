"""The file handlers of ``logging.handlers``: the same files as the standard library writes, and every
replaced method called at the next record."""

import io
import logging as standard
import os
import subprocess
import sys
import threading
import time

import pytest

import ferrolog


def files(folder):
    """The files of a folder and what is in them."""
    return {
        name: open(os.path.join(folder, name), "rb").read() for name in sorted(os.listdir(folder))
    }


@pytest.fixture
def same(logging, tmp_path):
    """Runs a scenario, and compares the files it leaves with those of the standard library."""

    def run(scenario, *args):
        results = []
        was_installed = ferrolog.installed()
        for module, folder in (logging, tmp_path / "here"), (standard, tmp_path / "standard"):
            if module is standard and results and was_installed:
                ferrolog.uninstall()
            folder.mkdir(exist_ok=True)
            for old in folder.iterdir():
                old.unlink()
            logger = module.getLogger(f"files.{scenario.__name__}")
            logger.handlers.clear()
            logger.setLevel("DEBUG")
            logger.propagate = False
            try:
                told = scenario(module, logger, str(folder), *args)
            finally:
                for handler in logger.handlers[:]:
                    logger.removeHandler(handler)
                    handler.close()
                if module is standard and was_installed:
                    ferrolog.install()
            results.append((files(folder), told))
        assert results[0] == results[1]
        return results[0][0]

    return run


def add(module, logger, handler, fmt="%(levelname)s %(message)s"):
    handler.setFormatter(module.Formatter(fmt))
    logger.addHandler(handler)
    return handler


def some_lines(logger, count=40):
    for i in range(count):
        logger.info("line %d of %s", i, "x" * (i % 7))


@pytest.mark.parametrize("limit", [0, 1, 20, 100, 1000, 10_000])
@pytest.mark.parametrize("backups", [0, 1, 3])
def test_sizes(same, limit, backups):
    def scenario(module, logger, folder):
        path = os.path.join(folder, "log")
        add(module, logger,
            module.handlers.RotatingFileHandler(path, maxBytes=limit, backupCount=backups))
        some_lines(logger)

    written = same(scenario)
    assert len(written) > 1 or limit in (0, 1000, 10_000) or not backups


@pytest.mark.parametrize("encoding", [None, "utf-8", "latin-1", "utf-16", "utf-8-sig", "ascii"])
@pytest.mark.parametrize("errors", [None, "replace", "backslashreplace"])
def test_characters_are_counted(same, encoding, errors, monkeypatch):
    # As characters, while the file is measured in bytes.
    monkeypatch.setattr(standard, "raiseExceptions", False)
    monkeypatch.setattr(ferrolog, "raiseExceptions", False)

    def scenario(module, logger, folder):
        path = os.path.join(folder, "log")
        add(module, logger, module.handlers.RotatingFileHandler(
            path, maxBytes=100, backupCount=2, encoding=encoding, errors=errors))
        for text in "plain", "h\xe9h\xe9", "\u20ac", "\U0001f600" * 3, "a\nb":
            for i in range(4):
                logger.info("%s %d", text, i)

    same(scenario)


@pytest.mark.parametrize("terminator", ["", "|", "\r\n", "\u20ac\u20ac"])
def test_terminators(same, terminator):
    def scenario(module, logger, folder):
        handler = module.handlers.RotatingFileHandler(
            os.path.join(folder, "log"), maxBytes=50, backupCount=2, encoding="utf-8")
        handler.terminator = terminator
        add(module, logger, handler)
        some_lines(logger, 10)

        class Mine(module.handlers.RotatingFileHandler):
            pass

        Mine.terminator = terminator
        add(module, logger, Mine(os.path.join(folder, "mine"), maxBytes=50, backupCount=2,
                                 encoding="utf-8"))
        some_lines(logger, 10)

    same(scenario)


def test_delay_and_mode(same):
    def scenario(module, logger, folder):
        path = os.path.join(folder, "log")
        with open(path, "w") as file:
            file.write("before\n")
        handler = add(module, logger, module.handlers.RotatingFileHandler(
            path, mode="w", maxBytes=60, backupCount=2, delay=True))
        told = [handler.stream, handler.mode]
        some_lines(logger, 7)
        told.append(handler.stream is None)
        handler.close()
        logger.info("after closing")
        return told

    same(scenario)


def test_a_file_that_others_write_to(same):
    def scenario(module, logger, folder):
        path = os.path.join(folder, "log")
        add(module, logger,
            module.handlers.RotatingFileHandler(path, maxBytes=100, backupCount=3))
        for i in range(12):
            logger.info("mine %d", i)
            with open(path, "a") as other:
                other.write("of another\n" * (i % 3))
        # Shortened, and taken away.
        os.truncate(path, 0)
        some_lines(logger, 3)
        os.remove(path)
        some_lines(logger, 3)

    same(scenario)


def test_attributes_are_read_each_time(same):
    def scenario(module, logger, folder):
        handler = add(module, logger, module.handlers.RotatingFileHandler(
            os.path.join(folder, "log"), maxBytes=100, backupCount=5))
        some_lines(logger, 5)
        handler.maxBytes = 30
        some_lines(logger, 5)
        handler.maxBytes = 0
        some_lines(logger, 5)
        handler.maxBytes = 50.5
        some_lines(logger, 5)
        handler.maxBytes = True
        some_lines(logger, 2)
        handler.maxBytes = 100
        handler.backupCount = 1
        some_lines(logger, 5)
        handler.setStream(open(os.path.join(folder, "other"), "a"))
        some_lines(logger, 5)

    same(scenario)


def test_namer_and_rotator(same):
    def scenario(module, logger, folder):
        told = []
        handler = add(module, logger, module.handlers.RotatingFileHandler(
            os.path.join(folder, "log"), maxBytes=60, backupCount=2))
        handler.namer = lambda name: name + ".old"

        def rotator(source, dest):
            told.append((os.path.basename(source), os.path.basename(dest)))
            os.replace(source, dest)

        handler.rotator = rotator
        some_lines(logger, 10)
        return told

    assert any(name.endswith(".old") for name in same(scenario))


def test_not_a_regular_file(logging, tmp_path):
    # What is no regular file is never rolled over.
    path = tmp_path / "fifo"
    os.mkfifo(path)
    read = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    handler = logging.FileHandler(path, delay=True)
    handler.close()
    link = tmp_path / "null"
    link.symlink_to(os.devnull)
    handler = logging.handlers.RotatingFileHandler(link, maxBytes=1, backupCount=1)
    logger = logging.getLogger("files.odd")
    logger.propagate = False
    logger.addHandler(handler)
    logger.warning("a")
    logger.warning("b")
    logger.removeHandler(handler)
    handler.close()
    os.close(read)
    assert sorted(os.listdir(tmp_path)) == ["fifo", "null"]


SEEN = []


def spy(owner, name, monkeypatch):
    original = getattr(owner, name)

    def replaced(*args, **kwargs):
        SEEN.append(name)
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, replaced)


def is_fast(logging, logger):
    explained = ferrolog.explain(logger)["WARNING"]
    return explained.fast, explained.reasons


KINDS = {
    "RotatingFileHandler": dict(maxBytes=10_000),
    "TimedRotatingFileHandler": dict(when="D"),
    "WatchedFileHandler": {},
}


@pytest.fixture(params=KINDS)
def handler(request, logging, tmp_path):
    """A handler of each kind, at a logger of its own."""
    cls = getattr(logging.handlers, request.param)
    handler = cls(tmp_path / "log", **KINDS[request.param])
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("files.spied")
    logger.propagate = False
    logger.handlers[:] = [handler]
    handler.logger = logger
    yield handler
    logger.removeHandler(handler)
    handler.close()


def log_one(handler):
    SEEN.clear()
    # Pytest gives its own handlers to a logger that does not propagate.
    handler.logger.handlers[:] = [handler]
    with open(handler.baseFilename) as file:
        file.seek(0, 2)
        handler.logger.warning("a %s", "b")
        assert file.read() == "a b\n"
    return list(SEEN)


METHODS = ["emit", "shouldRollover", "reopenIfNeeded", "format", "acquire", "flush", "handle"]


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("where", ["class", "instance", "subclass"])
def test_replaced_methods(logging, facility, handler, name, where):
    if not hasattr(handler, name):
        pytest.skip("the class has no such method")
    if name == "acquire" and sys.version_info >= (3, 13):
        pytest.skip("not called by this version")
    assert log_one(handler) == []
    for _ in range(2):
        with pytest.MonkeyPatch.context() as patch:
            if where == "subclass":
                cls = type("Mine", (type(handler),), {})
                patch.setattr(handler, "__class__", cls)
                spy(cls, name, patch)
            else:
                spy(handler if where == "instance" else type(handler), name, patch)
            assert name in log_one(handler)
            if facility != "standard":
                fast, reasons = is_fast(logging, handler.logger)
                assert not fast and any(name in reason for reason in reasons)
        assert log_one(handler) == []
        if facility != "standard":
            assert is_fast(logging, handler.logger) == (True, ())


@pytest.mark.parametrize("cls", ["FileHandler", "StreamHandler"])
def test_replaced_base(logging, facility, handler, cls):
    # These are called by name: logging.FileHandler.emit(self, record).
    assert log_one(handler) == []
    with pytest.MonkeyPatch.context() as patch:
        spy(getattr(logging, cls), "emit", patch)
        assert log_one(handler) == ["emit"]
        if facility != "standard":
            fast, reasons = is_fast(logging, handler.logger)
            assert not fast and f"{logging.__name__}.{cls}.emit was replaced by" in reasons[0]
    assert log_one(handler) == []
    if facility != "standard":
        assert is_fast(logging, handler.logger)[0]


def test_handled_errors(logging, handler, capfd):
    # A handler whose file fails reports it with the traceback, and goes on.
    handler.logger.warning("before")
    stream, handler.stream = handler.stream, open(os.devnull, "w")
    handler.stream.close()
    handler.logger.warning("lost %d", 1)
    reported = capfd.readouterr().err
    watched = isinstance(handler, logging.handlers.WatchedFileHandler)
    assert "I/O operation on closed file" in reported
    assert "Message: 'lost %d'\nArguments: (1,)\n" in reported
    assert reported.startswith("--- Logging error ---\nTraceback (most recent call last):\n") or watched
    handler.stream = stream
    handler.logger.warning("after")
    assert open(handler.baseFilename).read() == "before\nafter\n"


def test_with_a_record(same):
    # A filter is given a record, so the line is made from that.
    def scenario(module, logger, folder):
        told = []
        for kind, arguments in KINDS.items():
            arguments = {**arguments, **({"maxBytes": 60} if "maxBytes" in arguments else {})}
            handler = add(module, logger,
                          getattr(module.handlers, kind)(os.path.join(folder, kind), **arguments))
            handler.addFilter(lambda record: told.append(record.msg) or True)
        some_lines(logger, 10)
        try:
            1 / 0
        except ZeroDivisionError:
            logger.exception("failed", exc_info=ZeroDivisionError("x"))
        return told

    same(scenario)


def test_times(same, monkeypatch):
    clock = [1_700_000_000.25]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    if sys.version_info >= (3, 13):
        monkeypatch.setattr(time, "time_ns", lambda: int(clock[0] * 1e9))

    def scenario(module, logger, folder):
        clock[0] = 1_700_000_000.25
        path = os.path.join(folder, "log")
        open(path, "w").close()
        os.utime(path, (clock[0], clock[0]))
        add(module, logger,
            module.handlers.TimedRotatingFileHandler(path, when="S", interval=10, backupCount=2),
            "%(asctime)s %(message)s")
        for i in range(12):
            logger.info("line %d", i)
            clock[0] += 4

    assert len(same(scenario)) == 3


def test_times_by_the_own_clock(same):
    def scenario(module, logger, folder):
        handler = add(module, logger, module.handlers.TimedRotatingFileHandler(
            os.path.join(folder, "log"), when="H", utc=True))
        handler.suffix = "old"
        some_lines(logger, 3)
        handler.rolloverAt = int(time.time())
        some_lines(logger, 3)
        told = [handler.rolloverAt > time.time()]
        # The moment's whole seconds are what is compared with.
        handler.rolloverAt = time.time() - 1.5
        handler.suffix = "older"
        some_lines(logger, 3)
        return told

    assert list(same(scenario)) == ["log", "log.old", "log.older"]


def test_watched(same):
    def scenario(module, logger, folder):
        path = os.path.join(folder, "log")
        handler = add(module, logger, module.handlers.WatchedFileHandler(path))
        logger.info("a")
        os.rename(path, path + ".1")
        logger.info("b")
        os.remove(path)
        logger.info("c")
        with open(path + ".2", "w") as file:
            file.write("not mine\n")
        os.rename(path + ".2", path)
        logger.info("d")
        handler.dev = "odd"
        logger.info("e")
        handler.close()
        logger.info("f")

    assert same(scenario) == {
        "log": b"not mine\nINFO d\nINFO e\nINFO f\n",
        "log.1": b"INFO a\n",
    }


def test_watched_by_a_replaced_stat(logging, facility, tmp_path, monkeypatch):
    handler = logging.handlers.WatchedFileHandler(tmp_path / "log")
    logger = logging.getLogger("files.stat")
    logger.propagate = False
    logger.handlers[:] = [handler]
    logger.warning("a")
    seen, stat = [], os.stat
    monkeypatch.setattr(os, "stat", lambda path: seen.append(path) or stat(path))
    logger.warning("b")
    assert seen == [str(tmp_path / "log")]
    if facility != "standard":
        assert is_fast(logging, logger) == (False, ("os.stat was replaced",))
    monkeypatch.undo()
    logger.warning("c")
    assert len(seen) == 1
    if facility != "standard":
        assert is_fast(logging, logger)[0]
    logger.handlers.clear()
    handler.close()
    assert (tmp_path / "log").read_text() == "a\nb\nc\n"


def test_threads(logging, tmp_path):
    # Every line once and whole, whoever rolls over.
    handler = logging.handlers.RotatingFileHandler(
        tmp_path / "log", maxBytes=5000, backupCount=1000)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("files.threads")
    logger.propagate = False
    logger.handlers[:] = [handler]

    def work(name):
        for i in range(1000):
            logger.warning("%s %d", name, i)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    logger.handlers.clear()
    handler.close()
    lines = [line for path in tmp_path.iterdir() for line in path.read_text().splitlines()]
    assert sorted(lines) == sorted(f"{name} {i}" for name in "abcd" for i in range(1000))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_fork(facility, tmp_path):
    name = "ferrolog" if facility == "alone" else "logging"
    code = f"""if True:
        import os, sys, {name}
        import {name}.handlers as handlers
        if {facility!r} == "installed":
            import ferrolog
            ferrolog.install()
        handler = handlers.RotatingFileHandler(sys.argv[1], maxBytes=200, backupCount=20)
        log = {name}.getLogger("a")
        log.addHandler(handler)
        for i in range(5):
            log.warning("before %d", i)
        handler.acquire()
        child = os.fork()
        handler.release() if child else None
        for i in range(5):
            log.warning("%s %d", "parent" if child else "child", i)
            if not child and i == 4:
                os._exit(0)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    path = tmp_path / "log"
    ran = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True,
                         timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    text = "".join(p.read_text() for p in tmp_path.iterdir())
    assert sorted(text.split("\n"))[1:] == sorted(
        f"{who} {i}" for who in ("before", "parent", "child") for i in range(5))


def test_imported_after_the_takeover():
    code = """if True:
        import ferrolog, sys
        ferrolog.install()
        ferrolog.install()
        assert "logging.handlers" not in sys.modules
        import logging.handlers
        spec = logging.handlers.__spec__
        assert type(spec.loader).__name__ == "SourceFileLoader", spec
        assert logging.handlers.__loader__ is spec.loader
        emit = logging.handlers.RotatingFileHandler.emit
        assert type(emit).__module__ == "ferrolog._native", emit
        hooks = len(sys.meta_path)
        ferrolog.uninstall()
        assert len(sys.meta_path) == hooks - 1
        emit = logging.handlers.RotatingFileHandler.emit
        assert type(emit).__module__ == "builtins", emit
        ferrolog.install()
        emit = logging.handlers.RotatingFileHandler.emit
        assert type(emit).__module__ == "ferrolog._native", emit
    """
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_replaced_before_the_takeover():
    code = """if True:
        import logging.handlers
        cls = logging.handlers.RotatingFileHandler
        before = cls.shouldRollover
        seen = []
        cls.shouldRollover = lambda self, record: seen.append(1) and False
        import ferrolog
        ferrolog.install()
        handler = cls("log", maxBytes=1)
        logging.root.addHandler(handler)
        logging.error("a")
        assert seen == [1]
        cls.shouldRollover = before
        logging.error("b")
        assert seen == [1]
        print(open("log").read())
    """
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                             timeout=60, cwd=folder)
    assert (ran.returncode, ran.stderr) == (0, "")
