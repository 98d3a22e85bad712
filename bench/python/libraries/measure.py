"""Timing blocks of records, and verifying what became of them."""

import json
import os
import re
import statistics
import time

from speed import PIECE, Pieces

#: The logger that cases log to.
NAME = "bench.requests"
#: The pattern of most cases, and what its date looks like.
PATTERN = "%(asctime)s %(levelname)s %(name)s %(message)s"
DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ")
#: How long a date is, with the space behind it.
DATE_LENGTH = 24


class Wrong(Exception):
    """What was logged did not arrive as it should."""


class Bench:
    """What a case is given: how much to do, where to, and how to say what came of it."""

    def __init__(self, folder, records, blocks, clock):
        self.folder = folder
        self.records = records
        self.blocks = blocks
        self.clock = clock
        self.path = os.path.join(folder, "bench.log")
        self.figures = []
        #: What became known of the processor's speed, if the figure is that of pieces at full speed.
        self.within = None

    @property
    def total(self):
        """How many records all blocks have together, the one to warm up included."""
        return self.records * (self.blocks + 1)

    def time(self, block, each=int, whole=False):
        """Time `block` over the numbers of its records, or over what `each` makes of them.

        It is called with some of them at a time, unless it has to be with a `whole` block.
        """
        # Asking another clock than the usual one takes too long for short pieces.
        pieces = None if whole or self.clock is not time.perf_counter else Pieces()
        for index in range(self.blocks + 1):
            first = index * self.records
            work = [each(number) for number in range(first, first + self.records)]
            if index and pieces:
                pieces.time(block, work, size)
                continue
            start = self.clock()
            block(work)
            taken = (self.clock() - start) / self.records
            size = max(int(PIECE / taken), 1)
            if index:
                self.figures.append(taken * 1e9)
        if pieces:
            self.figures.append(pieces.figure())
            self.within = pieces.within()

    def figure(self):
        return statistics.median(self.figures)

    # What the records say, and whether they are there.

    @staticmethod
    def plain(number):
        """The message of a record without arguments."""
        return f"request {number} was served"

    @staticmethod
    def filled(number):
        """The message of `"request %s took %d ms" % ("/index.html", number)`."""
        return f"request /index.html took {number} ms"

    def written_at_once(self, log):
        """Raise Wrong unless each record is in the file when the call that logs it returns."""
        for number in range(20):
            before = os.path.getsize(self.path) if os.path.exists(self.path) else 0
            log(number)
            if os.path.getsize(self.path) == before:
                raise Wrong("the record is not in the file when the call returns")
        with open(self.path, "r+") as file:
            if not file.read().endswith("\n"):
                raise Wrong("the record is not whole in the file when the call returns")
        # Whoever appends goes on at the beginning.
        os.truncate(self.path, 0)

    def check_file(self, message, **how):
        """All records are in the file, once each and whole."""
        self.check(text_of(self.path), message, **how)

    def check(self, text, message, *, name=NAME, dated=True, ordered=True, extra=0, marks=""):
        """The lines of `text` are those of all numbers; `message` makes the text behind the name."""
        lines = text.split("\n")
        if lines.pop() != "":
            raise Wrong("the last line is not whole")
        expected = [
            f"INFO {name} {message(number)}{marks}" for number in range(self.total + extra)
        ]
        compare(lines, expected, dated, ordered)

    def check_messages(self, messages, message):
        """`messages` are those of all numbers, in their order."""
        compare(messages, [message(number) for number in range(self.total)], False, True)

    def check_json(self, message, found=lambda line: line):
        """Each line is an object with the message of a number and the extra values of it.

        `found` finds them in the object of a line.
        """
        found = [found(json.loads(line)) for line in text_of(self.path).splitlines()]
        compare(
            [json.dumps([o["message"], o["user"], o["size"]]) for o in found],
            [json.dumps([message(n), "ann", n]) for n in range(self.total)],
            False,
            True,
        )

    def check_exceptions(self, expected, message, *, name=NAME):
        """Each record is followed by the traceback `expected`, which is that of Python itself."""
        parts = re.split(rf"^(?={DATE.pattern})", text_of(self.path), flags=re.M)
        if parts.pop(0):
            raise Wrong("the file begins with something else than a record")
        text = expected.rstrip("\n")
        compare(
            [part.rstrip("\n") for part in parts],
            [f"ERROR {name} {message(number)}\n{text}" for number in range(self.total)],
            True,
            True,
        )


def compare(found, expected, dated, ordered):
    if dated:
        for line in found:
            if not DATE.match(line):
                raise Wrong(f"no date before {line[:60]!r}")
        found = [line[DATE_LENGTH:] for line in found]
    if not ordered:
        found, expected = sorted(found), sorted(expected)
    if found == expected:
        return
    if len(found) != len(expected):
        raise Wrong(f"{len(found)} of {len(expected)} records arrived")
    for one, other in zip(found, expected):
        if one != other:
            # From a little before where they part.
            start = max(len(os.path.commonprefix([one, other])) - 30, 0)
            raise Wrong(f"{one[start:][:90]!r} instead of {other[start:][:90]!r}")


def text_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def texts_of(folder, order):
    """The text of all files in a folder together, the files ordered by `order` of their names."""
    names = sorted(os.listdir(folder), key=order)
    if len(names) < 3:
        raise Wrong(f"there were only {len(names)} files")
    return "".join(text_of(os.path.join(folder, name)) for name in names)


def resident():
    """The bytes of memory that the process occupies."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
