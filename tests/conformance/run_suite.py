"""Runs one of the interpreter's own test suites under a chosen logging facility.

    python run_suite.py FACILITY SUITE RESULTS LIMIT [PATTERN...]

FACILITY is `stdlib` (nothing is done), `installed` (`ferrolog.install()` comes first) or `alone`
(ferrolog's modules stand in `sys.modules` in place of logging's before anything imports those).
SUITE is a module of the interpreter's `test` package, imported as it is. One JSON object a line is
written to RESULTS, each as soon as it is known, so that a run that dies still says where. After
LIMIT seconds the stacks of all threads are printed and the run ends. Patterns choose tests as
unittest's `-k` does.
"""

# Only these two before the facility is in place: nearly everything else imports logging.
import os
import sys

FACILITY = "FERROLOG_CONFORMANCE_FACILITY"
#: The folder that ferrolog is installed in; on `sys.path` and not in PYTHONPATH, which would reach
#: the programs that the suites start.
PATH = "FERROLOG_CONFORMANCE_PATH"


def put_in_place(facility):
    if facility == "stdlib":
        return
    sys.path.append(os.environ[PATH])
    # By name, so that the type checkers of a checkout without the package do not mind.
    ferrolog = __import__("ferrolog")
    if facility == "installed":
        ferrolog.install()
        import logging

        # The standard library's own method is a function written in Python.
        if not ferrolog.installed() or type(logging.Logger.info) is type(put_in_place):
            sys.exit("run_suite: ferrolog.install() did not take over the logging module")
    elif facility == "alone":
        import ferrolog.config
        import ferrolog.handlers

        sys.modules["logging"] = ferrolog
        sys.modules["logging.handlers"] = ferrolog.handlers
        sys.modules["logging.config"] = ferrolog.config
    else:
        sys.exit(f"run_suite: no such facility: {facility!r}")


# Processes that multiprocessing spawns import this file anew, and log through the same facility.
if __name__ in ("__main__", "__mp_main__"):
    if __name__ == "__main__":
        os.environ[FACILITY] = sys.argv[1]
    put_in_place(os.environ[FACILITY])

import faulthandler
import importlib.util
import json
import time
import unittest

from test import support
from test.support import os_helper

# What a machine of any kind can be asked for. `network` is what the suites call sockets, those of
# the loopback interface included.
RESOURCES = ("network", "subprocess", "decimal", "curses", "tzdata")


results = None


def tell(event, **what):
    # One write a line, without a buffer that a fork in the middle of a test would copy.
    os.write(results, (json.dumps({"event": event, **what}) + "\n").encode())


class Result(unittest.TextTestResult):
    """Prints as unittest does, and tells what became of each test."""

    def startTest(self, test):
        tell("start", test=test.id())
        self.began = time.monotonic()
        super().startTest(test)

    def end(self, test, outcome, text=""):
        seconds = round(time.monotonic() - getattr(self, "began", time.monotonic()), 3)
        tell("end", test=test.id(), outcome=outcome, seconds=seconds, text=text)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.end(test, "passed")

    def addError(self, test, err):
        super().addError(test, err)
        self.end(test, "error", self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.end(test, "failed", self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            text = self._exc_info_to_string(err, test)
            self.end(subtest, "failed" if failed else "error", text)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.end(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.end(test, "passed")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.end(test, "failed", "passes, which its decorator says it should not")


def main():
    global results
    facility, suite, path, limit, *patterns = sys.argv[1:]
    results = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    if importlib.util.find_spec(suite) is None:
        # Some installations leave out some suites.
        tell("absent")
        return
    faulthandler.enable()
    faulthandler.dump_traceback_later(float(limit), exit=True)
    support.use_resources = RESOURCES
    support.verbose = 0
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = [p if "*" in p else f"*{p}*" for p in patterns]
    with os_helper.temp_cwd(quiet=True):
        tests = loader.loadTestsFromName(suite)
        # As `python -m unittest` does when the user gave no warning option.
        warnings = None if sys.warnoptions else "default"
        runner = unittest.TextTestRunner(verbosity=2, resultclass=Result, warnings=warnings)
        result = runner.run(tests)
    if facility == "stdlib" and "ferrolog" in sys.modules:
        sys.exit("run_suite: ferrolog was imported in the standard library's own run")
    failed = len(result.failures) + len(result.unexpectedSuccesses)
    errors, skipped = len(result.errors), len(result.skipped)
    tell("done", run=result.testsRun, failed=failed, errors=errors, skipped=skipped)


if __name__ == "__main__":
    main()
