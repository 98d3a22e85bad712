"""Random choices, and the values that cases are made of."""

import random

STRINGS = [
    "", "x", "plain words", "with\nnewline", "tab\there", "ünïcödé", "日本語", "😀 smile", "it's",
    'say "hi"', "back\\slash", "a" * 60, "\x07bell", "\x1b[31mred", "nul\x00", "e\u0301", "\u200bzero",
    "100%", "{braces}", "$dollar", "both ' and \"", "\r\n", "\u2028", "\xa0", "\xad", "ends\n", "עברית",
]
INTEGERS = [0, 1, -1, 7, 42, -273, 65536, 2**31, -(2**53), 2**63 - 1, 2**63, 2**64, -(2**63), 10**30, -(10**40)]
FLOATS = [
    0.0, -0.0, 1.5, -2.25, 3.141592653589793, 1e-7, 1e16, 123456.789, 0.1, 1e300, 2.5, -1e-5, 0.5, 1e15,
    123456789012345680.0, 5e-324, 0.045, 9.995, 1e22,
]


class Chance:
    """What is random is made from a seed alone, so that it can be made again."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, of_ten):
        return self.random.randrange(10) < of_ten

    def rarely(self):
        return self.random.randrange(40) == 0

    def pick(self, items):
        return self.random.choice(items)

    def several(self, items, most):
        return self.random.choices(items, k=self.random.randint(0, most))

    def number(self):
        """A number, seldom one of those that everybody tries."""
        kind = self.random.randrange(4)
        if kind == 0:
            return self.pick(INTEGERS)
        if kind == 1:
            return self.pick(FLOATS)
        if kind == 2:
            return self.random.randrange(-(10 ** self.random.randrange(1, 25)), 10 ** self.random.randrange(1, 25))
        return round(self.random.uniform(-1, 1) * 10 ** self.random.randrange(-8, 20), self.random.randrange(0, 12))

    def integer(self):
        number = self.number()
        return number if isinstance(number, int) else self.pick(INTEGERS)

    def float(self):
        number = self.number()
        return number if isinstance(number, float) else self.pick(FLOATS)

    def value(self, depth=0):
        """Whatever JSON can say."""
        kinds = ["text", "integer", "float", "bool", "none"] + (["list", "dict"] if depth < 3 else [])
        kind = self.pick(kinds)
        if kind == "text":
            return self.pick(STRINGS)
        if kind == "integer":
            return self.integer()
        if kind == "float":
            return self.float()
        if kind == "bool":
            return self.pick([True, False])
        if kind == "list":
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
        if kind == "dict":
            return {self.pick(STRINGS): self.value(depth + 1) for _ in range(self.random.randint(0, 3))}
        return None
