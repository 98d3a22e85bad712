"""The same configuration and records through Python's logging and through `ferrolog pipe --json`.

Usage: run.py FERROLOG WORK_FOLDER CASES SEED
"""

import json
import logging
import logging.config
import logging.handlers
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from faulty import faulty
from generate import Generator

SHOWN = 5
REPORT = b"--- Logging error ---\n"
#: A report of errors like the one before, and a line in a report that tells of such.
REPEATED = re.compile(rb"[^\n]*: (\d+) times more: ")
UNREPORTED = re.compile(rb"[^\n]*\n\((\d+) errors since the last report were not reported\.\)\n")


def failures(report):
    """How many failures of a handler a report tells of."""
    if again := REPEATED.match(report):
        return int(again[1])
    before = UNREPORTED.match(report)
    return 1 + int(before[1] if before else 0)


def reference(case, folder):
    """Run a case through the standard library in a process of its own, outputs into ``folder``."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.environ["TZ"] = case["zone"]
            time.tzset()
            os.chdir(folder)
            sys.stdout = open("stdout", "w", encoding="utf-8")
            sys.stderr = open("stderr", "w", encoding="utf-8")
            logging.config.dictConfig(case["config"])
            for attributes in case["records"]:
                record = logging.makeLogRecord(attributes)
                logger = logging.getLogger(record.name)
                if logger.isEnabledFor(record.levelno):
                    logger.handle(record)
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            status = 0
        except BaseException as error:
            sys.stderr.write(f"reference failed: {error!r}\n")
            sys.stderr.flush()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return status


def ferrolog(program, case, folder):
    """Run a case through the command, outputs into ``folder``."""
    (folder / "..").resolve().joinpath("config.json").write_text(json.dumps(case["config"]))
    lines = "".join(json.dumps(record) + "\n" for record in case["records"])
    with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
        done = subprocess.run(
            [program, "pipe", "-c", "../config.json", "--json"],
            input=lines.encode(), stdout=out, stderr=err, cwd=folder, timeout=60,
            env={**os.environ, "TZ": case["zone"]},
        )
    return done.returncode


def prepare(case, folder):
    """Put into ``folder`` what is there before the case begins."""
    folder.mkdir(parents=True)
    for name, text, modified in case["files"]:
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="")
        os.utime(path, (modified, modified))


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def without_reports(outputs):
    """The outputs; of reports of failed handlers, which each side words in its own way, only their number.

    A report may stand for several, where a handler fails again and again.
    """
    head, *reports = outputs["stderr"].split(REPORT)
    if not reports:
        return outputs
    return {**outputs, "stderr": b"%d failed" % sum(map(failures, reports))}


def shorten(data):
    return repr(data if len(data) < 600 else data[:600] + b"...")


def compare(expected, found):
    """What differs, in words."""
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            yield f"{name}: missing; Python wrote {shorten(expected[name])}"
        elif name not in expected:
            yield f"{name}: Python wrote no such file; ferrolog {shorten(found[name])}"
        elif expected[name] != found[name]:
            old, new = expected[name].split(b"\n"), found[name].split(b"\n")
            line = next((i for i, (a, b) in enumerate(zip(old, new)) if a != b), min(len(old), len(new)))
            yield (
                f"{name}: line {line + 1}\n"
                f"      Python:   {shorten(b''.join(old[line:line + 1]))}\n"
                f"      ferrolog: {shorten(b''.join(new[line:line + 1]))}"
            )


def valid_cases(program, work, cases, seed):
    failed = reported = 0
    for number in range(seed, seed + cases):
        case = Generator(number).case()
        folder = work / str(number)
        for side in ("python", "ferrolog"):
            prepare(case, folder / side)
        problems = []
        if reference(case, folder / "python") != 0:
            problems.append("Python refused: " + (folder / "python" / "stderr").read_text())
        else:
            status = ferrolog(program, case, folder / "ferrolog")
            expected, found = (without_reports(contents(folder / side)) for side in ("python", "ferrolog"))
            problems.extend(compare(expected, found))
            fails = expected["stderr"].endswith(b" failed")
            reported += fails
            if status != (1 if fails else 0):
                problems.append(f"ferrolog's exit status is {status}")
        if problems:
            failed += 1
            if failed <= SHOWN:
                print(f"seed {number} differs (kept in {folder}):", *problems, sep="\n    ")
        else:
            shutil.rmtree(folder)
    print(f"parity: {cases - failed} of {cases} cases equal (seeds {seed} to {seed + cases - 1})")
    print(f"parity: in {reported} of them handlers failed on both sides")
    return failed


def rejected_by_python(config, folder):
    child = os.fork()
    if child == 0:
        try:
            os.chdir(folder)
            sys.stderr = open(os.devnull, "w")
            logging.config.dictConfig(config)
        except (ValueError, TypeError, AttributeError, KeyError, ImportError, LookupError):
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status != 0


def faulty_cases(program, work):
    tried = failed = 0
    folder = work / "faulty"
    folder.mkdir()
    for path, config in faulty():
        if not rejected_by_python(config, folder):
            continue
        tried += 1
        place = ".".join(path)
        (folder / "config.json").write_text(json.dumps(config))
        done = subprocess.run(
            [program, "check", "config.json"], capture_output=True, text=True, cwd=folder, timeout=60
        )
        said = done.stdout + done.stderr
        if done.returncode == 0 or place not in said:
            failed += 1
            if failed <= SHOWN * 3:
                value = config
                for key in path:
                    value = value.get(key, "(absent)") if isinstance(value, dict) else value
                print(f"fault at {place} ({value!r}): exit {done.returncode}, said {said.strip()!r}")
    print(f"parity: {tried - failed} of {tried} faulty configurations rejected with their key path")
    return failed if tried >= 100 else failed + 1


def main():
    program, work, cases, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    print(f"parity: Python {sys.version.split()[0]}, seeds from {seed}")
    failed = valid_cases(program, work, cases, seed) + faulty_cases(program, work)
    sys.exit(1 if failed else 0)


main()
