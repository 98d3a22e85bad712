"""The least that a record could cost: a native method that returns, and `os.write` of the line."""

import os
from importlib.metadata import version

from ferrolog import _native

VERSION = version("ferrolog")
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


@case
def disabled(bench):
    target = _native.Target()

    def block(numbers):
        for _ in numbers:
            target.noop("request was served")

    bench.time(block)


@case
def disabled_args(bench):
    target = _native.Target()

    def block(numbers):
        for number in numbers:
            target.noop("request %s took %d ms", "/index.html", number)

    bench.time(block)


CASES["null"] = disabled_args


@case
def file(bench):
    file = os.open(bench.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def block(lines):
        for line in lines:
            os.write(file, line)

    bench.time(
        block,
        each=lambda n: f"2026-01-01 00:00:00,000 INFO bench.requests {bench.filled(n)}\n".encode(),
    )
    os.close(file)
    bench.check_file(bench.filled)


for name in "file_args", "caller", "rotating", "formatter", "filter", "propagation", "adapter":
    CASES[name] = file


@case
def threads(bench):
    from like_logging import in_threads

    file = os.open(bench.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def work(barrier, numbers):
        lines = [
            f"2026-01-01 00:00:00,000 INFO bench.requests {bench.filled(n)}\n".encode()
            for n in numbers
        ]
        barrier.wait()
        for line in lines:
            os.write(file, line)

    in_threads(bench, 4, work)
    os.close(file)
    bench.check_file(bench.filled, ordered=False)
