"""The stand-alone facility is made when it is first used, which a program cannot tell; each in a process of its
own."""

import subprocess
import sys
import textwrap

import pytest


def python(code, *args, cwd=None):
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *args],
        cwd=cwd, capture_output=True, text=True, timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


#: What a program may do first with the package, and what it finds then.
FIRST = [
    "assert ferrolog.getLogger('x').name == 'x'",
    "assert 'Logger' in dir(ferrolog)",
    "assert vars(ferrolog)['Logger'].__module__ == 'ferrolog'",
    "assert ferrolog.__dict__['Logger'].__module__ == 'ferrolog'",
    "assert not hasattr(ferrolog, 'nothing')",
    "ferrolog.raiseExceptions = False; assert not ferrolog.raiseExceptions",
    "time = type(ferrolog)('time'); ferrolog.time = time; assert ferrolog.time is time",
    "ferrolog.TRACE = None; assert ferrolog.TRACE is None",
    "del ferrolog.lastResort; assert not hasattr(ferrolog, 'lastResort')",
    "assert isinstance(ferrolog.__version__, str)",
    "from ferrolog import *; assert Logger is ferrolog.Logger",
    "from ferrolog import getLogger; assert getLogger is ferrolog.getLogger",
    "import ferrolog.handlers; assert ferrolog.handlers.logging is ferrolog",
    "import ferrolog.config; ferrolog.config.dictConfig({'version': 1})",
    "from ferrolog.handlers import RotatingFileHandler as H; assert issubclass(H, ferrolog.Handler)",
    "assert ferrolog.counts(ferrolog.NullHandler()).emitted == 0",
    "import pickle; assert pickle.loads(b'cferrolog\\nLogger\\n.') is ferrolog.Logger",
    "import unittest.mock as m; m.patch('ferrolog.raiseExceptions', 3).__enter__(); "
    "assert ferrolog.raiseExceptions == 3",
    "import inspect; assert inspect.getmodule(ferrolog.Logger) is ferrolog",
]


@pytest.mark.parametrize("how", ["", "ferrolog.install()"])
@pytest.mark.parametrize("first", FIRST)
def test_whatever_comes_first(first, how):
    python(f"""
        import sys, types, ferrolog
        {how}
        assert "ferrolog._source" not in sys.modules
        ordinary = types.ModuleType
        assert type(ferrolog) is not ordinary and isinstance(ferrolog, ordinary)
        {first}
        assert type(ferrolog) is ordinary
        assert type(ferrolog.Logger.info).__module__ == "ferrolog._native"
        assert ferrolog.__doc__.startswith("Python's logging, written in Rust")
    """)


def test_a_takeover_uses_nothing_of_it():
    python("""
        import ferrolog.auto, logging, logging.handlers, sys
        logging.basicConfig(stream=sys.stdout)
        logging.getLogger("x").error("an error")
        ferrolog.explain
        ferrolog.install(); ferrolog.uninstall(); ferrolog.install()
        assert ferrolog.installed() and type(logging.Logger.info).__module__ == "ferrolog._native"
        assert "ferrolog._source" not in sys.modules
    """)


def test_threads_that_are_first_together():
    python("""
        import threading, ferrolog
        barrier, found = threading.Barrier(16), []
        def use():
            barrier.wait()
            found.append((ferrolog.getLogger("x"), ferrolog.Logger, type(ferrolog.Logger.info)))
        threads = [threading.Thread(target=use) for _ in range(16)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert len(found) == 16 and len(set(found)) == 1, found
    """)


def test_a_child_of_a_fork_is_first():
    python("""
        import os, sys, ferrolog
        for _ in range(2):
            child = os.fork()
            if not child:
                ferrolog.basicConfig(stream=sys.stdout)
                ferrolog.warning("from the child")
                os._exit(ferrolog.root.handlers == [])
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            ferrolog.getLogger("x")
    """)


def test_time_runs_from_the_import_on():
    python("""
        import time, ferrolog
        time.sleep(0.2)
        record = ferrolog.makeLogRecord({})
        assert 200 <= record.relativeCreated < 20000, record.relativeCreated
    """)


@pytest.mark.parametrize("module", ["logging", "ferrolog"])
def test_the_end_of_the_process_comes_in_its_turn(module):
    # What a program does at its end, it does before the handlers are closed.
    code = f"""
        import sys, atexit, {module} as logging
        @atexit.register
        def at_exit():
            logging.warning("at exit")
        import {module}.handlers
        target = logging.StreamHandler(sys.stdout)
        logging.root.addHandler(logging.handlers.MemoryHandler(9, target=target))
        logging.warning("first")
        if sys.argv[1:]:
            atexit.unregister(logging.shutdown)
            atexit.register(print, "shutdown is called by nobody")
    """
    assert python(code).split("\n") == ["first", "at exit", ""]
    assert python(code, "unregister") == "shutdown is called by nobody\n"


def test_it_is_made_after_an_error_too():
    python("""
        import ferrolog, ferrolog._source as source
        run = source.run
        def fail(name, namespace):
            namespace["getLogger"] = None
            raise OSError("no file can be opened")
        source.run = fail
        try:
            ferrolog.getLogger("x")
        except OSError as error:
            assert str(error) == "no file can be opened"
        else:
            raise AssertionError
        source.run = run
        assert ferrolog.getLogger("x").name == "x"
    """)


@pytest.mark.parametrize("used", [False, True])
def test_loaded_again(used):
    python(f"""
        import importlib, ferrolog
        if {used}:
            ferrolog.basicConfig(level="INFO")
            logger = ferrolog.getLogger("x")
        assert importlib.reload(ferrolog) is ferrolog
        assert ferrolog.root.handlers == [] and ferrolog.root.level == ferrolog.WARNING
        if {used}:
            assert ferrolog.getLogger("x") is not logger
    """)
