"""What is reported when a handler fails, and to whom."""

import contextlib
import gc
import io
import logging as standard
import os
import re
import sys
import traceback

import pytest

import ferrolog


def report(text):
    """The report without the lines of frames that are the facility's own."""
    kept, skipping = [], False
    for line in text.splitlines():
        frame = re.match(r'  File "(.*)", line \d+, in (\w+)', line)
        if frame:
            skipping = "/logging/" in frame[1]
            line = f"  in {frame[2]}"
        elif not line.startswith("    "):
            skipping = False
        elif set(line) <= set(" ~^"):
            continue
        if not skipping:
            kept.append(line.strip())
    return kept


@pytest.fixture
def handler(logging, stream):
    return logging.root.handlers[0]


def reported(call):
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        call()
    return err.getvalue()


def test_the_report(logging, handler):
    def caller():
        logging.getLogger("x").info("%d", "not a number")

    lines = report(reported(caller))
    assert lines[:3] == [
        "--- Logging error ---",
        "Traceback (most recent call last):",
        "TypeError: %d format: a real number is required, not str",
    ]
    assert lines[3] == "Call stack:"
    # The innermost frame is the caller's own, and none is the facility's.
    end = lines.index("Message: '%d'")
    assert lines[end - 2: end] == ["in caller", 'logging.getLogger("x").info("%d", "not a number")']
    assert lines[end + 1:] == ["Arguments: ('not a number',)"]


def test_the_frames_of_a_failing_argument_are_shown(logging, handler):
    class Bad:
        def __str__(self):
            raise ValueError("bad")

    text = reported(lambda: logging.getLogger("x").info("%s", Bad()))
    lines = report(text)
    assert lines[:5] == [
        "--- Logging error ---", "Traceback (most recent call last):",
        "in __str__", 'raise ValueError("bad")', "ValueError: bad",
    ]


def test_the_frames_of_a_failing_stream_are_shown(logging, handler):
    class Broken(io.StringIO):
        def write(self, text):
            raise OSError("full")

    handler.stream = Broken()
    lines = report(reported(lambda: logging.getLogger("x").info("plain")))
    assert lines[:5] == [
        "--- Logging error ---", "Traceback (most recent call last):",
        "in write", 'raise OSError("full")', "OSError: full",
    ]


def test_no_frame_of_the_facility_in_the_call_stack(logging, handler):
    text = reported(lambda: logging.getLogger("x").info("%d", "text"))
    stack = re.findall(r'File "(.*)", line', text[text.index("Call stack:"):])
    assert __file__ in stack
    own = os.path.dirname(standard.__file__), os.path.dirname(ferrolog.__file__)
    assert not [file for file in stack if file.startswith(own)]


@pytest.mark.parametrize("where", ["class", "instance", "subclass"])
def test_handle_error_runs_while_the_exception_is_handled(logging, handler, where):
    seen = []

    def handle_error(*args):
        seen.append((sys.exc_info()[0], args[-1].msg))
        frame = sys.exc_info()[2].tb_frame
        seen.append(os.path.basename(os.path.dirname(frame.f_code.co_filename)))
        seen.append((frame.f_code.co_name, repr(frame.f_locals["self"]) == repr(handler)))
        raise

    if where == "class":
        logging.Handler.handleError = handle_error
    elif where == "instance":
        handler.handleError = handle_error
    else:
        handler.__class__ = type("Mine", (type(handler),), {"handleError": handle_error})
    with pytest.raises(TypeError) as caught:
        logging.getLogger("x").info("%d", "text")
    assert seen == [(TypeError, "%d"), "logging", ("emit", True)]
    here = [f.name for f in traceback.extract_tb(caught.value.__traceback__)
            if "/logging/" not in f.filename]
    assert here == ["test_handle_error_runs_while_the_exception_is_handled"]


def test_what_is_not_handled(logging, handler):
    class Broken(io.StringIO):
        error = None

        def write(self, text):
            raise self.error

    handler.stream = Broken()
    handler.handleError = lambda record: pytest.fail("handled")
    for error in RecursionError("deep"), KeyboardInterrupt("stop"), SystemExit(3):
        handler.stream.error = error
        with pytest.raises(type(error)) as caught:
            logging.getLogger("x").info("plain")
        assert caught.value is error
        logging.getLogger("x").handlers[:] = []


def test_the_lock_is_free_after_a_failure(logging, handler):
    import threading

    handler.handleError = lambda record: None
    logging.getLogger("x").info("%d", "text")
    free = []
    thread = threading.Thread(
        target=lambda: free.append(handler.lock.acquire(blocking=False)) or handler.lock.release()
    )
    thread.start()
    thread.join()
    assert free == [True]


def test_stream_handlers_emit_replaced_is_that_of_files(logging, tmp_path):
    file = logging.FileHandler(tmp_path / "log")
    logging.root.addHandler(file)
    logging.root.setLevel("INFO")
    logger = logging.getLogger("x")
    logger.info("a")
    seen = []
    before = logging.StreamHandler.emit
    logging.StreamHandler.emit = lambda self, record: seen.append(record.msg)
    logger.info("b")
    logging.StreamHandler.emit = before
    logger.info("c")
    cls = logging.StreamHandler
    logging.StreamHandler = type("Other", (), {"emit": lambda self, r: seen.append(r.msg)})
    try:
        logger.info("d")
    finally:
        logging.StreamHandler = cls
    logger.info("e")
    assert (tmp_path / "log").read_text() == "a\nc\ne\n"
    assert seen == ["b", "d"]


def test_the_lock_is_taken_as_this_version_takes_it(logging, handler, stream):
    taken = []

    class Lock:
        def __enter__(self):
            taken.append("enter")

        def __exit__(self, *args):
            taken.append(args[0])
            return True

        def acquire(self):
            taken.append("acquire")

        def release(self):
            taken.append("release")

    handler.lock = Lock()
    handler.emit = lambda record: 1 / 0
    if sys.version_info >= (3, 13):
        handler.handle(logging.makeLogRecord({}))
        assert taken == ["enter", ZeroDivisionError]
        handler.lock = None
        with pytest.raises(TypeError, match="'NoneType' object does not support the context"):
            handler.handle(logging.makeLogRecord({}))
    else:
        with pytest.raises(ZeroDivisionError):
            handler.handle(logging.makeLogRecord({}))
        assert taken == ["acquire", "release"]
        handler.lock = None
        with pytest.raises(ZeroDivisionError):
            handler.handle(logging.makeLogRecord({}))


def test_nothing_is_left_behind_by_records_with_tracebacks(logging, handler, stream):
    logger = logging.getLogger("x")

    def some():
        for _ in range(300):
            try:
                raise ValueError("x")
            except ValueError:
                logger.exception("failed", stack_info=True)
            logger.info("%d", "failing")
        stream.seek(0)
        stream.truncate()

    handler.handleError = lambda record: None
    some()
    gc.collect()
    before = sys.getallocatedblocks()
    some()
    gc.collect()
    assert sys.getallocatedblocks() - before < 250
