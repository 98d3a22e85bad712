"""Exceptions as text: what the module `traceback` prints, whatever the exception, also the second time."""

import importlib.util
import io
import os
import sys
import traceback

import pytest


def printed(info):
    text = io.StringIO()
    traceback.print_exception(*info, None, text)
    return text.getvalue().removesuffix("\n")


def plainly():
    raise ValueError("plain")


def chained(depth=2):
    try:
        if depth:
            chained(depth - 1)
        plainly()
    except ValueError as error:
        raise KeyError(depth) from error


def in_context():
    try:
        plainly()
    finally:
        raise OSError(2, "no such thing", "a name")


def suppressed():
    try:
        plainly()
    except ValueError:
        raise RuntimeError from None


def cyclic():
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__context__ = other, one
    raise one


def noted():
    error = ValueError("has notes")
    error.add_note("a note\nof two lines")
    raise error


def grouped():
    try:
        plainly()
    except ValueError as error:
        raise ExceptionGroup("some", [error, TypeError("another")])


def recursive(depth):
    return recursive(depth - 1) if depth else plainly()


class Own(Exception):
    """Shows itself."""

    shown = 0

    def __str__(self):
        Own.shown += 1
        return f"shown {Own.shown}"


class Broken(Exception):
    def __str__(self):
        raise TypeError("not to be shown")


class Shown:
    def __repr__(self):
        return "a repr of its own"

    __str__ = None


def raising(error):
    def work():
        raise error

    return work


CASES = {
    "plain": plainly,
    "chained": chained,
    "in a context": in_context,
    "suppressed": suppressed,
    "cyclic": cyclic,
    "notes": noted,
    "a group": grouped,
    "a little recursion": lambda: recursive(2),
    "at the cutoff": lambda: recursive(3),
    "much recursion": lambda: recursive(30),
    "a group with a cause": lambda: exec("try:\n 1/0\nexcept Exception as e:\n raise ValueError from e"),
    "a typed line": lambda: exec("1 / 0"),
    "a wrong syntax": lambda: compile("a b", "<text>", "exec"),
    "a name": lambda: undefined_name,  # noqa: F821
    "a name that is nearly one": lambda: plainl(),  # noqa: F821
    "an attribute": lambda: os.path.joi,
    "an import": lambda: __import__("no_such_module"),
    "two sums in a line": lambda: (1 + 2) + (3 + "4"),
    "an index": lambda: [1][
        5
    ],
    "no message": raising(ValueError()),
    "an empty message": raising(ValueError("")),
    "several arguments": raising(ValueError("a", 2, None)),
    "lines in the message": raising(ValueError("one\ntwo\n")),
    "a surrogate": raising(ValueError("\udc80")),
    "an argument with a repr": raising(ValueError(Shown())),
    "two with a repr": raising(KeyError(Shown(), 1)),
    "a broken __str__": raising(Broken()),
    "an exit": raising(SystemExit(3)),
    "an interrupt": raising(KeyboardInterrupt()),
    "of a module": raising(pytest.UsageError("usage")),
    "no module": raising(type("Odd", (Exception,), {"__module__": None})("odd")),
    "a module's name that is none": raising(type("Odd", (Exception,), {"__module__": 1})("odd")),
    "a false exception": raising(type("False_", (Exception,), {"__bool__": lambda s: False})("x")),
}


def caught(work):
    try:
        work()
    except BaseException:
        return sys.exc_info()
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("case", CASES)
def test_the_text_is_that_of_the_module(logging, case):
    formatter = logging.Formatter()
    for _ in range(3):
        info = caught(CASES[case])
        assert formatter.formatException(info) == printed(info)


def test_an_exception_is_shown_once(logging):
    formatter = logging.Formatter()
    for _ in range(3):
        before = Own.shown
        formatter.formatException(caught(raising(Own())))
        assert Own.shown == before + 1


def test_what_is_no_exception(logging):
    formatter = logging.Formatter()
    for info in [(None, None, None), (ValueError, ValueError("never raised"), None)]:
        assert formatter.formatException(info) == printed(info)
    info = caught(plainly)
    for odd in [list(info), (None, info[1], info[2]), (KeyError, info[1], info[2])]:
        assert formatter.formatException(odd) == printed(odd)
    with pytest.raises(TypeError):
        formatter.formatException(None)


def module_of(path, text):
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("changing", path)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def test_the_source_changes(logging, tmp_path):
    formatter, path = logging.Formatter(), tmp_path / "changing.py"
    module = module_of(path, "def fail():\n    raise ValueError('one')\n")
    for _ in range(3):
        info = caught(module.fail)
        assert formatter.formatException(info) == printed(info)
        assert "'one'" in formatter.formatException(info)
    path.write_text("# changed\n    as it runs, and longer\n")
    for _ in range(3):
        info = caught(module.fail)
        assert formatter.formatException(info) == printed(info)
        assert "as it runs" in formatter.formatException(info)
    path.unlink()
    for _ in range(3):
        info = caught(module.fail)
        assert formatter.formatException(info) == printed(info)
        assert "as it runs" not in formatter.formatException(info)


def test_a_limit(logging, monkeypatch):
    formatter, info = logging.Formatter(), caught(chained)
    whole = formatter.formatException(info)
    for limit in 1, 0, 1000:
        monkeypatch.setattr(sys, "tracebacklimit", limit, raising=False)
        assert formatter.formatException(info) == printed(info)
    monkeypatch.delattr(sys, "tracebacklimit")
    assert formatter.formatException(info) == whole == printed(info)


def replaced_names():
    yield traceback, "print_exception", lambda *args, **kwargs: None
    yield traceback.TracebackException, "format", lambda *args, **kwargs: iter(["replaced"])
    yield traceback.StackSummary, "format", lambda *args, **kwargs: ["replaced"]
    yield traceback.StackSummary, "format_frame_summary", lambda *args, **kwargs: None
    yield traceback, "_cause_message", "replaced"
    import linecache
    yield linecache, "getline", lambda *args: "replaced"
    yield linecache, "checkcache", lambda *args: None
    yield os, "stat", lambda *args, **kwargs: (_ for _ in ()).throw(OSError)


def test_replaced_functions(logging, monkeypatch):
    formatter, info = logging.Formatter(), caught(chained)
    whole = formatter.formatException(info)
    for holder, name, value in replaced_names():
        with monkeypatch.context() as patch:
            patch.setattr(holder, name, value)
            for _ in range(2):
                assert formatter.formatException(info) == printed(info), name
        assert formatter.formatException(info) == whole == printed(info)


def test_in_a_record(logging, stream):
    log = logging.getLogger("x")
    for _ in range(3):
        stream.seek(0)
        stream.truncate()
        try:
            chained()
        except KeyError:
            log.exception("failed")
            expected = printed(sys.exc_info())
        assert stream.getvalue() == f"ERROR:x:failed\n{expected}\n"
