"""The bench's cases for Python, with the instructions of their blocks counted by callgrind in the place of the time.

    python driver.py LIBRARY FOLDER CASE...

LIBRARY is what bench-guard was built to; callgrind counts what is done in its function `measured`. All cases are done
in this one process, each of which makes a part of callgrind's output. What a case printed as done has logged is
verified as in the bench.
"""

import ctypes
import os
import sys

RECORDS = 500


def main():
    path, folder, *cases = sys.argv[1:]
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:0] = [os.path.join(os.path.dirname(here), "python", "libraries")]

    import ferrolog.auto  # noqa: F401

    import logging.handlers
    import queue

    from like_logging import Cases
    from measure import Bench

    class Counted(Bench):
        """Does a block twice; the second is counted."""

        def time(self, block, each=int):
            work = [[each(number) for number in range(self.total)][start:][: self.records]
                    for start in (0, self.records)]
            block(work[0])
            measured(lambda: block(work[1]))

    class More(Cases):
        """What is of no interest to the bench, but has a count of its own."""

        def put(self, bench):
            """A queue handler without a listener."""
            waiting = queue.SimpleQueue()
            log = self.attach(logging.handlers.QueueHandler(waiting))
            self.filled(bench, log)
            messages = [waiting.get().getMessage() for _ in range(bench.total)]
            bench.check("".join(f"{message}\n" for message in messages), bench.filled)

    library = ctypes.CDLL(path)
    function = ctypes.CFUNCTYPE(None)

    def measured(work):
        errors = []

        def guarded():
            try:
                work()
            except BaseException as error:
                errors.append(error)

        library.measured(function(guarded))
        if errors:
            raise errors[0]

    for case in cases:
        place = os.path.join(folder, case)
        os.mkdir(place)
        work = More(logging, logging.handlers)
        getattr(work, case)(Counted(place, RECORDS, 1, None))
        work.close()
        for logger in map(logging.getLogger, logging.root.manager.loggerDict):
            logger.handlers.clear()
        print(case, RECORDS, flush=True)


main()
