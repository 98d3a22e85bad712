"""At which speed the processor goes, and what was timed at full speed.

On a machine that is shared, a processor is slower while others use the other half of its core: by as much as half, for
a fraction of a millisecond or for seconds. So work is timed in short pieces, with a look at the speed before and behind
each. A piece waits for full speed, as long as patience lasts, and only those count on both sides of which it was that.
"""

from time import perf_counter

#: How many seconds a piece is to take.
PIECE = 200e-6
#: How much longer than the shortest time ever a look takes at most, at full speed.
FULL = 1.1
#: For how many seconds it is looked at first what full speed is, and for how many all pieces wait for it.
AT_FIRST = 0.02
PATIENCE = 0.5
#: Which part of all records is to have been timed at full speed. Where it is less, all count.
ENOUGH = 0.1


class Pieces:
    """Pieces of work that have been timed."""

    def __init__(self):
        #: Of each the number of its records, what it took, and the slower of the looks beside it.
        self.timed = []
        self.patience = PATIENCE
        begin = perf_counter()
        self.shortest = look()
        while perf_counter() - begin < AT_FIRST:
            self.shortest = min(self.shortest, look())

    def time(self, block, work, size):
        """Time `block` over `work`, so many records of it at once."""
        for first in range(0, len(work), size):
            piece = work[first : first + size]
            before = self.wait()
            start = perf_counter()
            block(piece)
            taken = perf_counter() - start
            # What ran may have taken the caches over from the first of them.
            beside = max(before, min(look() for _ in range(3)))
            self.shortest = min(self.shortest, beside)
            self.timed.append((len(piece), taken, beside))

    def wait(self):
        """Wait for full speed, and return what a look took last."""
        begin = perf_counter()
        taken = look()
        while taken > self.shortest * FULL and perf_counter() - begin < self.patience:
            taken = look()
        self.patience -= perf_counter() - begin
        self.shortest = min(self.shortest, taken)
        return taken

    def figure(self):
        """How many nanoseconds a record took, on average over all pieces that count."""
        counting = self.full() if self.part() >= ENOUGH else self.timed
        return sum(taken for _, taken, _ in counting) * 1e9 / sum(n for n, _, _ in counting)

    def within(self):
        """What became known of the speed."""
        return {"part": self.part(), "shortest": self.shortest}

    def full(self):
        limit = self.shortest * FULL
        return [piece for piece in self.timed if piece[2] <= limit]

    def part(self):
        """Which part of the records were timed at full speed."""
        return sum(n for n, _, _ in self.full()) / sum(n for n, _, _ in self.timed)


def look():
    """How long some microseconds of plain work take."""
    start = perf_counter()
    total = 0
    for number in range(200):
        total = (total + number) & 255
    return perf_counter() - start
