"""The bench's cases for Python, with the instructions of their blocks counted by callgrind in the place of the time.

    python driver.py LIBRARY FOLDER LAYOUT CASE...

LIBRARY is what bench-guard was built to, which tells callgrind what to count. All cases are done in this one process;
each makes a part of callgrind's output, in the order given. What has been logged is verified as in the bench, before
the case is printed with the number of its records. LAYOUT is a number; with another, memory is laid out in another way.
"""

import ctypes
import gc
import os
import sys

RECORDS = 500
#: Of records with a traceback, each of which is the work of hundreds.
TRACEBACKS = 50


def main():
    path, folder, layout, *cases = sys.argv[1:]
    # So much memory is taken before all else that what comes is elsewhere.
    taken = [bytes(size) for size in range(int(layout) * 500)]
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:0] = [os.path.join(os.path.dirname(here), "python", "libraries")]

    import ferrolog.auto  # noqa: F401

    import logging.handlers
    import queue

    from like_logging import Cases
    from measure import Bench

    class Counted(Bench):
        """Does a block twice; the second is counted.

        Nothing is collected meanwhile: when that comes, and how long it takes, depends on all that was made before.
        """

        def time(self, block, each=int):
            work = [[each(number) for number in range(self.total)][start:][: self.records]
                    for start in (0, self.records)]
            block(work[0])
            gc.disable()
            callgrind.start()
            block(work[1])
            callgrind.stop()
            gc.enable()

    class More(Cases):
        """What is of no interest to the bench, but has a count of its own."""

        def put(self, bench):
            """A queue handler without a listener."""
            waiting = queue.SimpleQueue()
            log = self.attach(logging.handlers.QueueHandler(waiting))
            self.filled(bench, log)
            messages = [waiting.get().getMessage() for _ in range(bench.total)]
            bench.check("".join(f"{message}\n" for message in messages), bench.filled)

        def brace(self, bench):
            """The `{` style, and the number of the process."""
            pattern = "{asctime} {levelname} {name} {message} {process:d}"
            log = self.to_file(bench, formatter=logging.Formatter(pattern, style="{"))
            self.filled(bench, log)
            self.close()
            bench.check_file(bench.filled, marks=f" {os.getpid()}")

    callgrind = ctypes.CDLL(path)

    for case in cases:
        place = os.path.join(folder, case)
        os.mkdir(place)
        work = More(logging, logging.handlers)
        records = TRACEBACKS if case == "exception" else RECORDS
        getattr(work, case)(Counted(place, records, 1, None))
        work.close()
        for logger in map(logging.getLogger, logging.root.manager.loggerDict):
            logger.handlers.clear()
        print(case, records, flush=True)


main()
