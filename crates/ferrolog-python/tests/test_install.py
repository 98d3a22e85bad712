"""Taking over and giving back, each in a process of its own."""

import subprocess
import sys
import textwrap

import pytest


def python(*args, cwd, code=None):
    if code is not None:
        args = ("-c", textwrap.dedent(code), *args)
    return subprocess.run(
        [sys.executable, *args], cwd=cwd, capture_output=True, text=True, timeout=60
    )


def check(result):
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def program(tmp_path):
    """The program of two modules that Python's documentation opens ``logging`` with."""
    (tmp_path / "myapp.py").write_text(textwrap.dedent(
        """
        import logging
        import mylib
        logger = logging.getLogger(__name__)

        def main():
            logging.basicConfig(filename='myapp.log', level=logging.INFO)
            logger.info('Started')
            mylib.do_something()
            logger.info('Finished')

        if __name__ == '__main__':
            main()
        """
    ))
    (tmp_path / "mylib.py").write_text(textwrap.dedent(
        """
        import logging
        logger = logging.getLogger(__name__)

        def do_something():
            logger.info('Doing something')
        """
    ))
    return tmp_path


LOG = "INFO:__main__:Started\nINFO:mylib:Doing something\nINFO:__main__:Finished\n"


@pytest.mark.parametrize("args", [
    ("myapp.py",),
    ("-m", "ferrolog", "myapp.py"),
    ("-m", "ferrolog", "-m", "myapp"),
    ("-m", "ferrolog", "-c", "import runpy; runpy.run_path('myapp.py', run_name='__main__')"),
    ("-c", "import ferrolog.auto, runpy; runpy.run_path('myapp.py', run_name='__main__')"),
])
def test_the_example(program, args):
    check(python(*args, cwd=program))
    assert (program / "myapp.log").read_text() == LOG


def test_the_example_as_a_directory_and_a_zip_file(program):
    (program / "myapp.py").rename(program / "__main__.py")
    check(python("-m", "ferrolog", ".", cwd=program))
    import zipfile

    with zipfile.ZipFile(program / "app.zip", "w") as archive:
        for name in "__main__.py", "mylib.py":
            archive.write(program / name, name)
            (program / name).unlink()
    check(python("-m", "ferrolog", "app.zip", cwd=program))
    assert (program / "myapp.log").read_text() == LOG * 2


def test_the_program_sees_what_python_shows_it(tmp_path):
    (tmp_path / "sub").mkdir()
    source = textwrap.dedent(
        """
        import sys, os
        print(__name__, __file__, __package__, __spec__, __doc__, sys.argv, sys.path[0])
        print(sorted(vars()), sys.modules["__main__"].__dict__ is globals())
        import atexit
        atexit.register(lambda: print("late", os.name))
        if len(sys.argv) > 2: raise SystemExit(3)
        def f(): 1 / 0
        f()
        """
    )
    (tmp_path / "sub" / "app.py").write_text(source)
    for path, args in ("sub/app.py", []), ("./sub/app.py", ["a", "b"]):
        plain = python(path, *args, cwd=tmp_path)
        ours = python("-m", "ferrolog", path, *args, cwd=tmp_path)
        assert plain.stdout == ours.stdout
        assert plain.stderr == ours.stderr
        assert plain.returncode == ours.returncode


def test_a_missing_file_is_told_in_pythons_words(tmp_path):
    plain = python("none.py", cwd=tmp_path)
    ours = python("-m", "ferrolog", "none.py", cwd=tmp_path)
    assert (plain.returncode, plain.stderr) == (ours.returncode, ours.stderr)
    usage = python("-m", "ferrolog", cwd=tmp_path)
    assert usage.returncode == 2 and "usage" in usage.stderr


def test_installing_late(tmp_path):
    check(python(cwd=tmp_path, code="""
        import io, logging
        from logging import Logger, info
        early = logging.getLogger("early")
        stream = io.StringIO()

        class Mine(logging.StreamHandler):
            def format(self, record):
                return "<" + super().format(record) + ">"

        mine = Mine(stream)
        logging.root.addHandler(mine)
        logging.root.setLevel("INFO")
        early.info("before")
        modules, classes = dict(vars(logging)), type(early)

        import ferrolog
        assert not ferrolog.installed()
        ferrolog.install(); ferrolog.install()
        assert ferrolog.installed()
        assert logging.Logger is Logger and type(early) is classes
        assert logging.getLogger("early") is early
        assert type(Logger.info).__module__ == "ferrolog._native"
        early.info("after"); info("by an early name")
        logging.getLogger("early.child").info("child")
        ferrolog.uninstall(); ferrolog.uninstall()
        assert not ferrolog.installed()
        assert dict(vars(logging)) == modules
        assert type(Logger.info).__name__ == "function"
        early.info("given back")
        assert stream.getvalue() == "".join(
            f"<{text}>\\n" for text in
            ["before", "after", "by an early name", "child", "given back"]
        ), stream.getvalue()
    """))


def test_what_others_replaced_stays(tmp_path):
    check(python(cwd=tmp_path, code="""
        import logging, io
        stream = io.StringIO()
        logging.basicConfig(stream=stream, format="%(message)s")
        log = logging.getLogger("x")
        seen = []
        before = logging.Logger.callHandlers
        def early(self, record):
            seen.append("early " + record.msg)
            return before(self, record)
        logging.Logger.callHandlers = early

        import ferrolog
        ferrolog.install()
        assert logging.Logger.callHandlers is early
        log.error("a")
        native = logging.Logger.makeRecord
        def late(self, *args, **kwargs):
            seen.append("late " + args[4])
            return native(self, *args, **kwargs)
        logging.Logger.makeRecord = late
        log.error("b")
        ferrolog.uninstall()
        assert logging.Logger.callHandlers is early and logging.Logger.makeRecord is late
        log.error("c")
        ferrolog.install()
        log.error("d")
        assert logging.Logger.callHandlers is early and logging.Logger.makeRecord is late
        logging.Logger.makeRecord = native
        logging.Logger.callHandlers = before
        log.error("e")
        ferrolog.uninstall()
        log.error("f")
        assert stream.getvalue().split() == list("abcdef"), stream.getvalue()
        assert seen == ["early a", "late b", "early b", "late c", "early c", "late d", "early d"]
    """))


def test_what_others_wrapped_stays(tmp_path):
    # As the object proxies of `wrapt` are, which have all attributes of what they are around.
    check(python(cwd=tmp_path, code="""
        import logging, io
        stream = io.StringIO()
        logging.basicConfig(stream=stream, format="%(message)s")
        seen = []

        class Proxy:
            def __init__(self, wrapped):
                self.__dict__.update(__wrapped__=wrapped, __qualname__=wrapped.__qualname__)
            def __getattr__(self, name):
                return getattr(self.__wrapped__, name)
            def __get__(self, instance, owner):
                return self if instance is None else Proxy(self.__wrapped__.__get__(instance, owner))
            def __call__(self, *args, **kwargs):
                seen.append(self.__name__)
                return self.__wrapped__(*args, **kwargs)

        before = logging.Logger.makeRecord
        logging.Logger.makeRecord = proxy = Proxy(before)
        logging.StreamHandler.emit = Proxy(logging.StreamHandler.emit)
        import ferrolog
        ferrolog.install()
        assert vars(logging.Logger)["makeRecord"] is proxy
        logging.error("a")
        assert seen == ["makeRecord", "emit"], seen
        logging.Logger.makeRecord = before
        logging.error("b")
        assert seen == ["makeRecord", "emit", "emit"], seen
        assert type(vars(logging.Handler)["handle"]).__module__ == "ferrolog._native"
        assert stream.getvalue().split() == ["a", "b"], stream.getvalue()
    """))


def test_two_trees_side_by_side(tmp_path):
    check(python(cwd=tmp_path, code="""
        import logging, io
        import ferrolog
        import ferrolog.handlers, ferrolog.config
        assert ferrolog.root is not logging.root
        assert ferrolog.Logger is not logging.Logger
        assert not issubclass(ferrolog.handlers.RotatingFileHandler, logging.Handler)
        assert type(logging.Logger.info).__name__ == "function"
        ours, theirs = io.StringIO(), io.StringIO()
        ferrolog.basicConfig(stream=ours); logging.basicConfig(stream=theirs)
        ferrolog.getLogger("a").warning("one"); logging.getLogger("a").warning("two")
        assert ours.getvalue() == "WARNING:a:one\\n" and theirs.getvalue() == "WARNING:a:two\\n"
        ferrolog.config.dictConfig({
            "version": 1,
            "handlers": {"m": {"class": "logging.handlers.MemoryHandler", "capacity": 2},
                         "s": {"class": "logging.StreamHandler"}},
            "root": {"handlers": ["m", "s"]},
        })
        assert [type(h).__module__ for h in ferrolog.root.handlers] == [
            "ferrolog.handlers", "ferrolog"
        ]
    """))


def test_refused_in_a_subinterpreter(tmp_path):
    check(python(cwd=tmp_path, code="""
        import sys
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        import ferrolog
        other = interpreters.create()
        # 3.13 returns the failure, older versions raise it.
        try:
            failure = interpreters.run_string(other, "import ferrolog.auto")
        except interpreters.RunFailedError as error:
            failure = error
        assert "subinterpreter" in str(failure), failure
        interpreters.destroy(other)
        ferrolog.getLogger("still").error("works")
    """))
