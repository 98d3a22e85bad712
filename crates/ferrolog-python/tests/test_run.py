"""``python -m ferrolog`` runs a program as ``python`` does: compared, each in a process of its own."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import zipfile

import pytest

#: Shows what a program can see of how it was started.
LOOK = """
import atexit, os, sys
main = sys.modules["__main__"]
print(__name__, globals().get("__file__"), __package__, __spec__, __doc__)
print(type(__loader__), getattr(__loader__, "name", None), getattr(__loader__, "path", None))
print(sorted(vars()), vars(main) is globals(), type(__builtins__).__name__)
print(sys.argv, sys.path[0], sys.flags, len(sys.path))
atexit.register(print, "at exit")
"""

FAIL = LOOK + """
def fail(depth):
    if depth: fail(depth - 1)
    raise ValueError("deep")
fail(2)
"""


def run(cwd, *args, stdin="", options=()):
    return subprocess.run(
        [sys.executable, *options, *args], cwd=cwd, input=stdin, capture_output=True, text=True,
        timeout=60,
    )


def compare(cwd, *args, ferrolog=("-m", "ferrolog"), options=(), **how):
    """What a program did under ``python``, when that is what it does under ``python -m ferrolog``."""
    plain = run(cwd, *args, options=options, **how)
    ours = run(cwd, *ferrolog, *args, options=options, **how)
    for what in "stdout", "stderr":
        one, other = (
            # Objects without a name of their own are shown by their places in memory.
            re.sub("0x[0-9a-f]+", "0x", getattr(result, what)) for result in (ours, plain)
        )
        assert one == other
    assert ours.returncode == plain.returncode
    return plain


@pytest.fixture
def folder(tmp_path):
    for name, source in {
        "look.py": LOOK,
        "fail.py": FAIL,
        "sub/look.py": LOOK,
        "package/__init__.py": "import sys; print('package', __name__, sys.argv)",
        "package/__main__.py": FAIL,
        "package/part.py": "from . import __name__ as above; print(above)\n" + LOOK,
        "nomain/__init__.py": "",
        "broken.py": "print(1)\nif x\n",
        "importer.py": "import broken",
        "cookie.py": "# -*- coding: latin-1 -*-\nprint('\xe9')",
        "future.py": "print(__annotations__)\nx: undefined_name = 1",
        "empty.py": "",
        "app/__main__.py": FAIL,
        "bare/other.py": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(source), "latin-1" if name == "cookie.py" else "utf-8")
    return tmp_path


@pytest.mark.parametrize("args", [
    ["look.py"],
    ["./look.py", "a", "-b", "--", "-m"],
    ["sub/look.py", "x y"],
    ["sub/../look.py"],
    ["fail.py"],
    ["broken.py"],
    ["importer.py"],
    ["cookie.py"],
    ["future.py"],
    ["empty.py"],
    ["none.py"],
    ["sub"],
    ["app"],
    ["app/", "1", "2"],
    ["bare"],
    ["-m", "look", "a", "b"],
    ["-m", "fail"],
    ["-m", "package", "a"],
    ["-m", "package.part"],
    ["-m", "package.none"],
    ["-m", "nomain"],
    ["-m", "none"],
    ["-m", "broken"],
    ["-c", LOOK, "a", "b"],
    ["-c", FAIL],
    ["-c", "if x"],
    ["-c", "import fail"],
])
def test_as_python_does(folder, args):
    compare(folder, *args)


def test_in_the_surroundings_that_options_make(folder):
    compare(folder, "look.py", options=["-P"])
    compare(folder, "app", options=["-P"])
    compare(folder, "-m", "json.tool", "--help", options=["-P"])
    compare(folder, "-c", "import sys; print(sys.path[0] == '', sys.flags)", options=["-O", "-W", "error"])


def test_from_standard_input(folder):
    for source in LOOK, FAIL, "if x", "", "raise SystemExit(4)":
        compare(folder, "-", "a", stdin=source)


def test_by_an_absolute_path_and_a_link(folder):
    compare(folder, str(folder / "look.py"))
    (folder / "sub" / "link.py").symlink_to(folder / "fail.py")
    compare(folder, "sub/link.py")


def test_compiled(folder):
    run(folder, "-c", "import py_compile; py_compile.compile('fail.py', 'fail.pyc')")
    compare(folder, "fail.pyc")


def test_from_an_archive(folder):
    with zipfile.ZipFile(folder / "app.zip", "w") as archive:
        archive.write(folder / "app" / "__main__.py", "__main__.py")
    with zipfile.ZipFile(folder / "bare.zip", "w") as archive:
        archive.writestr("other.py", "")
    compare(folder, "app.zip", "a")
    compare(folder, "bare.zip")
    # With a line for the shell before it, as zipapp writes it.
    (folder / "app.pyz").write_bytes(b"#!/usr/bin/env python\n" + (folder / "app.zip").read_bytes())
    compare(folder, "app.pyz", "a")


@pytest.mark.parametrize("end", [
    "sys.exit()", "sys.exit(3)", "sys.exit('a message')", "sys.exit(None)", "raise SystemExit([1])",
    "os._exit(5)", "raise KeyboardInterrupt", "raise KeyboardInterrupt('twice')", "1 / 0",
    "raise Exception from KeyError('cause')", "raise ExceptionGroup('g', [ValueError(1), OSError(2)])",
    "raise BaseException('base')", "sys.excepthook = lambda *e: print(e[0], e[1]); 1 / 0",
    "del sys.excepthook; 1 / 0",
    "import threading; threading.Thread(target=lambda: 1 / 0, name='t').start()",
    "sys.stdout.close(); sys.exit(2)",
    "atexit.register(lambda: print(sys.last_value, sys.last_traceback.tb_next)); 1 / 0",
    "os.kill(os.getpid(), 15)",
])
def test_the_end(folder, end):
    (folder / "end.py").write_text(LOOK + end + "\n")
    for args in ["end.py"], ["-m", "end"], ["-c", LOOK + end]:
        compare(folder, *args)


def test_interrupted(folder):
    source = "import time\nprint('ready', flush=True)\ntime.sleep(30)\n"
    (folder / "sleeps.py").write_text(source)
    ends = []
    for args in ["sleeps.py"], ["-m", "ferrolog", "sleeps.py"]:
        process = subprocess.Popen(
            [sys.executable, *args], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            # A shell that starts the tests in the background has its programs ignore the signal.
            text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
        ends.append((process.returncode, error))
    assert ends[0] == ends[1] and ends[0][0] == -signal.SIGINT


def test_its_own_classes_pickle_and_its_source_is_found(folder):
    (folder / "own.py").write_text(textwrap.dedent(
        """
        import concurrent.futures, inspect, multiprocessing, pickle, sys

        class Own: pass

        def double(x): return 2 * x

        if __name__ == "__main__":
            print(type(pickle.loads(pickle.dumps(Own()))) is Own, inspect.getsource(double))
            for method in multiprocessing.get_all_start_methods():
                with multiprocessing.get_context(method).Pool(1) as pool:
                    print(method, pool.map(double, [1, 2]))
        """
    ))
    result = compare(folder, "own.py")
    assert "spawn [2, 4]" in result.stdout
    compare(folder, "-m", "own")


def test_interactive_afterwards(folder):
    for args in ["look.py"], ["-c", "x = 1"]:
        # Without the prompts, which say the same.
        compare(folder, *args, options=["-i", "-q"], stdin="print(sorted(vars()))\n")


def test_what_it_runs_logs_through_ferrolog(folder):
    (folder / "app" / "__main__.py").write_text("")
    source = "import ferrolog; print(ferrolog.installed())"
    for name in "look.py", "app/__main__.py":
        (folder / name).write_text(source)
    for args in ["look.py"], ["-m", "look"], ["app"], ["-c", source]:
        assert run(folder, "-m", "ferrolog", *args).stdout == "True\n"
    assert run(folder, "-m", "ferrolog", "-", stdin=source).stdout == "True\n"


def test_without_a_program(folder):
    for args, status in ([], 2), (["-m"], 2), (["-c"], 2), (["--help"], 0):
        result = run(folder, "-m", "ferrolog", *args)
        assert result.returncode == status
        assert "usage: python -m ferrolog" in result.stdout + result.stderr
