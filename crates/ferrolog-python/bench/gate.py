"""What a disabled logging call costs, beside a native method that does nothing.

Both are timed in short alternating runs of one process, so that whatever else the machine does
falls on neighbours alike. Medians are printed, with the loop and without it; the ratio is the median
of the ratios of neighbouring runs. Exits with 1 if a disabled call takes more than 1.4 times the
native method, loop included.
"""

import statistics
import sys
import time
import types

import ferrolog as logging
from ferrolog import _native

LIMIT = 1.4
CALLS = 10_000
RUNS = 1001
WARM = 20


def disabled(logger):
    for _ in CALL:
        logger.debug("x")


def disabled_with_arguments(logger):
    for _ in CALL:
        logger.debug("%s %d", "x", 1)


def nothing(target):
    for _ in CALL:
        target.noop("x")


def nothing_with_arguments(target):
    for _ in CALL:
        target.noop("%s %d", "x", 1)


def loop(target):
    for _ in CALL:
        pass


CALL = range(CALLS)


def seconds(function, target):
    start = time.perf_counter()
    function(target)
    return time.perf_counter() - start


def fresh(function):
    """A copy with code of its own, which the interpreter specialises for one target alone."""
    return types.FunctionType(function.__code__.replace(), globals())


def main():
    logger = logging.getLogger("bench.gate")
    target = _native.Target()
    cases = [
        ("a native method that does nothing", fresh(nothing), target),
        ("a disabled call", fresh(disabled), logger),
        ("the native method, two arguments", fresh(nothing_with_arguments), target),
        ("a disabled call, two arguments", fresh(disabled_with_arguments), logger),
        ("the loop alone", fresh(loop), None),
    ]
    assert not logger.isEnabledFor(logging.DEBUG)
    times = {name: [] for name, _, _ in cases}
    for run in range(RUNS + WARM):
        for name, function, target in cases:
            taken = seconds(function, target)
            if run >= WARM:
                times[name].append(taken / CALLS * 1e9)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    empty = medians["the loop alone"]
    print(f"CPython {sys.version.split()[0]}, medians of {RUNS} runs of {CALLS} calls, ns a call:")
    for name, median in medians.items():
        print(f"  {name:36} {median:6.1f}   without the loop {median - empty:6.1f}")
    worst = 0
    names = list(medians)
    for floor, call in (names[0], names[1]), (names[2], names[3]):
        ratio = statistics.median(a / b for a, b in zip(times[call], times[floor]))
        bare = (medians[call] - empty) / (medians[floor] - empty)
        print(f"  {call}: {ratio:.2f} x {floor} (without the loop {bare:.2f} x)")
        worst = max(worst, ratio)
    print(f"  at most {LIMIT} wanted: {'reached' if worst <= LIMIT else 'MISSED'}")
    return worst > LIMIT


if __name__ == "__main__":
    sys.exit(main())
