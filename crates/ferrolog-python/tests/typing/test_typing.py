"""The stubs, as type checkers see them and compared with the package itself."""

import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ferrolog

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """Runs mypy (or a part of it) away from the sources, and returns what it says."""
    folder = tmp_path_factory.mktemp("mypy")

    def run(module, *args):
        environment = {**os.environ, "MYPY_CACHE_DIR": str(folder / "cache")}
        return subprocess.run(
            [sys.executable, "-m", module, *args], cwd=folder, env=environment,
            capture_output=True, text=True, timeout=600,
        )

    return run


def test_a_program_that_uses_the_whole_interface(mypy, tmp_path):
    path = HERE / "whole_interface.py"
    checked = mypy("mypy", "--strict", str(path))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    ran = subprocess.run(
        [sys.executable, str(path), str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr


def test_misuse_is_found(mypy):
    path = HERE / "misuse.py"
    lines = enumerate(path.read_text().splitlines(), 1)
    expected = {(n, line.split("# wrong: ")[1]) for n, line in lines if "# wrong: " in line}
    checked = mypy("mypy", "--strict", str(path))
    found = re.findall(r"^.*misuse\.py:(\d+): error: .*\[([a-z-]+)\]$", checked.stdout, re.M)
    assert {(int(line), code) for line, code in found} == expected, checked.stdout


def test_the_stubs_are_those_of_the_package(mypy):
    # With all of its modules.
    checked = mypy("mypy.stubtest", "ferrolog")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_package_says_that_it_is_typed():
    folder = Path(ferrolog.__file__).parent
    assert (folder / "py.typed").is_file()
    modules = {path.stem for path in folder.glob("*.pyi")}
    assert modules >= {"__init__", "handlers", "config", "auto", "_native"}


def test_signatures_are_those_of_the_standard_library(logging):
    standard = importlib.import_module("logging")
    for name, cls in vars(standard).items():
        if not isinstance(cls, type) or cls.__module__ != "logging":
            continue
        for method, function in vars(cls).items():
            if inspect.isfunction(function):
                ours = inspect.signature(vars(vars(logging)[name])[method])
                theirs = inspect.signature(function)
                assert ours == theirs, (name, method)
