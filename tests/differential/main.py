"""Compares ferrolog with the standard library over generated programs.

    python main.py CASES SEED [FACILITY...]

Each program runs under the standard library and under each facility (`alone`, `installed`), in processes
apart, and everything observed has to be equal. A program that differs is cut down to the steps that
matter and shown with the first events that differ; `main.py 1 SEED` runs it again.
"""

import json
import os
import subprocess
import sys

import generate

HERE = os.path.dirname(os.path.abspath(__file__))
#: How many differing programs are shown.
SHOWN = int(os.environ.get("FERROLOG_DIFFERENTIAL_SHOWN", "5"))

#: After so many programs it is said how it stands.
PROGRESS = 250


class Host:
    """A process that runs programs under one facility."""

    def __init__(self, facility):
        self.facility = facility
        environment = dict(os.environ, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", TZ="UTC")
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "host.py"), facility],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )

    def send(self, program):
        self.process.stdin.write(json.dumps(program) + "\n")
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the host of {self.facility} ended with {self.process.wait()}")
        return json.loads(line)

    def run(self, program):
        self.send(program)
        return self.receive()


def differs(program, standard, other):
    standard.send(program)
    other.send(program)
    return standard.receive() != other.receive()


def shrink(program, standard, other):
    """The program without the steps that are not needed for a difference."""
    steps = program["steps"]
    size = max(1, len(steps) // 2)
    while True:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size:]
            if fewer and differs({**program, "steps": fewer}, standard, other):
                steps = fewer
            else:
                at += size
        if size == 1:
            return {**program, "steps": steps}
        size = max(1, size // 2)


def show(seed, program, standard, other):
    program = shrink(program, standard, other)
    expected, found = standard.run(program), other.run(program)
    print(f"\n=== seed {seed}: {other.facility} differs from the standard library")
    for number, step in enumerate(program["steps"]):
        print(f"# step {number}")
        print(step.rstrip())
    show_difference(("standard library", expected), (other.facility, found))


def show_difference(one, two):
    at = next(
        (i for i, pair in enumerate(zip(one[1], two[1])) if pair[0] != pair[1]),
        min(len(one[1]), len(two[1])),
    )
    for title, events in one, two:
        print(f"--- {title}, from event {at} on:")
        for event in events[max(0, at - 2): at + 6]:
            print(f"    {event[:1500]}")


def main(cases, seed, facilities):
    standard = Host("stdlib")
    others = [Host(facility) for facility in facilities]
    equal, different, unstable = 0, [], []
    for current in range(seed, seed + cases):
        done = current - seed
        if done and done % PROGRESS == 0:
            print(f"{done} programs, {equal} of them equal")
        program = generate.program(current)
        for host in [standard, *others]:
            host.send(program)
        results = [host.receive() for host in [standard, *others]]
        wrong = [host for host, result in zip(others, results[1:]) if result != results[0]]
        if not wrong:
            equal += 1
            continue
        again = standard.run(program)
        if again != results[0]:
            unstable.append(current)
            print(f"\n=== seed {current} under the standard library, twice")
            show_difference(("first", results[0]), ("second", again))
            continue
        different.append(current)
        if len(different) <= SHOWN:
            show(current, program, standard, wrong[0])
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"\nPython {version}: {equal} of {cases} programs equal (seeds {seed} to "
          f"{seed + cases - 1}; {', '.join(facilities)})")
    if different:
        print(f"seeds that differ: {', '.join(map(str, different))}")
    if unstable:
        print("seeds that are not the same twice under the standard library: "
              f"{', '.join(map(str, unstable))}")
    return 1 if different or unstable else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    arguments = sys.argv[1:]
    sys.exit(main(int(arguments[0]), int(arguments[1]), arguments[2:] or ["alone", "installed"]))
