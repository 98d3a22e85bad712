"""pytest's own plugin for logs, in a run of its own with ferrolog taken over before or afterwards."""

import os
import re
import subprocess
import sys

from rows import row

TESTS = '''
import logging
import pytest

log = logging.getLogger("app.part")

def test_records(caplog):
    caplog.set_level(logging.INFO)
    log.debug("below")
    log.info("one %d", 1)
    logging.getLogger("app").warning("two", extra={"user": "me"})
    assert caplog.record_tuples == [("app.part", 20, "one 1"), ("app", 30, "two")]
    assert [record.getMessage() for record in caplog.records] == ["one 1", "two"]
    assert caplog.records[1].user == "me" and caplog.records[0].args == (1,)
    assert caplog.messages == ["one 1", "two"] and "WARNING  app:" in caplog.text
    caplog.clear()
    assert caplog.records == [] and caplog.text == ""

def test_levels(caplog):
    with caplog.at_level(logging.DEBUG, logger="app"):
        log.debug("seen")
    log.debug("below")
    with caplog.filtering(logging.Filter("other")):
        log.error("filtered")
    logging.disable(logging.CRITICAL)
    with caplog.at_level("ERROR"):
        log.error("disabled is lifted")
    log.error("disabled")
    logging.disable(logging.NOTSET)
    assert caplog.messages == ["seen", "disabled is lifted"]

@pytest.fixture
def phases(caplog):
    log.warning("from the setup")
    yield
    log.warning("from the teardown")
    assert [r.message for r in caplog.get_records("call")] == ["from the call"]

def test_phases(phases, caplog):
    log.warning("from the call")
    assert [r.message for r in caplog.get_records("setup")] == ["from the setup"]

def test_a_wrong_call(caplog):
    # The handler of pytest raises again what it is told of.
    with pytest.raises(TypeError, match="real number is required") as info:
        log.warning("%d", "no number")
    names = [entry.name for entry in info.traceback]
    assert names[0] == "test_a_wrong_call" and names.count("handleError") <= 1

def test_that_fails(caplog):
    try:
        {}["key"]
    except KeyError:
        log.exception("with a\\nsecond line")
    log.warning("and one more", stack_info=False)
    assert False, "to show the logs"

def test_taken_over():
    import os, sys
    wanted = os.environ["TAKEN_OVER"]
    found = type(vars(logging.Logger)["info"]).__module__
    assert found == {"no": "builtins", "yes": "ferrolog._native"}[wanted], found
'''

LATER = '''
def pytest_runtest_setup(item):
    import ferrolog
    ferrolog.install()
'''


def run(folder, *arguments, taken_over="yes"):
    environment = {**os.environ, "TAKEN_OVER": taken_over, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "--color=no", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
    )
    # The last test tells which facility ran, so that no run can be about another one.
    assert "1 failed, 5 passed" in done.stdout, done.stdout
    text = re.sub(r"in \d+\.\d\ds|0x[0-9a-f]+|plugins: .*\n", "", done.stdout)
    return text.splitlines()


@row("pytest", "caplog and live logs themselves", "imported before the takeover")
def test_pytests_own_logs(tmp_path):
    (tmp_path / "test_logs.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nlog_format = %(levelname)-8s %(name)s:%(filename)s:%(lineno)d %(message)s\n")
    ways = {
        "plain": [],
        "live": ["--log-cli-level=INFO", "--log-cli-format=%(levelname)s %(name)s %(message)s"],
        "file": ["--log-file=log", "--log-file-level=INFO",
                 "--log-file-format=%(levelname)s %(name)s %(lineno)d %(message)s"],
    }
    for name, arguments in ways.items():
        expected = run(tmp_path, *arguments, taken_over="no")
        written = (tmp_path / "log").read_text() if name == "file" else ""
        found = run(tmp_path, "-p", "ferrolog.auto", *arguments)
        assert found == expected, name
        if name == "file":
            assert (tmp_path / "log").read_text() == written
            assert "ERROR app.part" in written
        if name == "live":
            text = "\n".join(found)
            assert "live log call" in text and "WARNING app.part from the teardown" in text
        (tmp_path / "conftest.py").write_text(LATER)
        # Taken over when pytest has long put its handlers in place.
        assert run(tmp_path, *arguments) == expected, name
        (tmp_path / "conftest.py").unlink()
