"""Greenlets leave native calls in the middle, on one C stack: what is logged is what the standard library logs."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys

when = sys.argv[1]
if when != "never":
    import gevent.monkey
if when == "before":
    gevent.monkey.patch_all()
import io, logging, logging.handlers
if when == "after":
    gevent.monkey.patch_all()
import gevent

def switch():
    gevent.sleep(0)

class Stream(io.StringIO):
    def write(self, text):
        switch()
        super().write(text)
        switch()

    def flush(self):
        switch()

class Value:
    def __init__(self, number):
        self.number = number

    def __str__(self):
        switch()
        return f"value {self.number}"

class Switching(logging.Filter):
    def filter(self, record):
        switch()
        return True

first, second = Stream(), Stream()
streams = logging.StreamHandler(first), logging.StreamHandler(second)
streams[0].setFormatter(logging.Formatter("%(levelname)s %(message)s"))
streams[1].setFormatter(logging.Formatter("{levelname} {message}", style="{"))
log = logging.getLogger("app")
log.setLevel(logging.DEBUG)
for handler in *streams, logging.FileHandler("app.log", "w"), logging.handlers.MemoryHandler(3, target=streams[1]):
    log.addHandler(handler)
if "filtered" in sys.argv:
    log.addFilter(Switching())

def work(number):
    for i in range(20):
        log.info("%d: %s", number, Value(i))
        log.warning("%d: %d", number, i)
        try:
            1 / 0
        except ZeroDivisionError:
            log.exception("%d failed", number)
        switch()

gevent.joinall([gevent.spawn(work, number) for number in range(5)], raise_error=True)
for handler in log.handlers:
    handler.close()
print(first.getvalue(), second.getvalue(), open("app.log").read(), sep="=====\\n")
"""


@pytest.mark.parametrize("filtered", [[], ["filtered"]])
@pytest.mark.parametrize("patched", ["before", "after", "never"])
def test_switching_in_the_middle(tmp_path, patched, filtered):
    (tmp_path / "program.py").write_text(PROGRAM)
    plain, ours = (
        subprocess.run(
            [sys.executable, *how, "program.py", patched, *filtered], cwd=tmp_path, text=True, timeout=120,
            capture_output=True,
        )
        for how in ([], ["-m", "ferrolog"])
    )
    assert plain.returncode == 0 and plain.stdout.count("ZeroDivisionError") >= 300, plain.stderr
    assert (ours.stdout, ours.stderr, ours.returncode) == (plain.stdout, plain.stderr, 0)
