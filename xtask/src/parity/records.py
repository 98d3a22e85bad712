"""Records as `makeLogRecord` takes them."""

from chance import FLOATS, INTEGERS, STRINGS
from patterns import Patterns

NAMES = ["a", "a.b", "a.b.c", "a.x", "lib", "lib.net", "ünï.cøde", "a-b", "ab"]
LEVELS = [("DEBUG", 10), ("INFO", 20), ("WARNING", 30), ("ERROR", 40), ("CRITICAL", 50)]
ODD_LEVELS = [("NOTICE", 25), ("Level 5", 5), ("HIGH", 1000), ("", 35), ("ERROR", 15)]
CREATED = [
    0, 1_000_000_000, 1_711_846_800, 1_729_994_400, 1_767_225_599, 951_782_400, 4_102_444_800, -86_400,
    1_743_300_000, 1_741_503_600, 9_000_000_000, -2_208_988_800, -9_000_000_000, 68_169_600, 1_325_203_200,
    1_600_000_000.9996, 1_600_000_000.9999999, 0.001, -0.25,
]
TRACEBACKS = ["Traceback (most recent call last):\n  ...\nValueError: böse", "one line", "ends\n", "\n", "a\nb\n\n"]
STACKS = ['Stack (most recent call last):\n  File "x.py", line 1', "one", "ends\n", "日本\n  語"]


class Records(Patterns):
    #: Whether there may be records that cannot be laid out.
    may_fail = True

    def message(self):
        """A message with its arguments, such that the two fit."""
        text = self.pick(STRINGS).replace("%", "%%")
        kind = self.pick(["plain", "plain", "one", "named", "list", "number", "odd", "integer"])
        if self.may_fail and self.rarely():
            # The record fails wherever it is laid out, on both sides.
            return self.pick(
                [("%d apples", "many"), ("%s and %s", ["one"]), ("%(missing)s", {"here": 1}), ("%", 1), ("%q", 1), ("%s", [])]
            )
        flags = "".join(self.random.sample("-+ 0#", self.random.randint(0, 3)))
        size = self.width() + self.precision()
        if kind == "one":
            return f"{text} %{flags}{size}{self.pick('sra')}", self.pick(STRINGS[1:])
        if kind == "number":
            number = self.number() or 1
            return f"{text} %{flags}{size}{self.pick('dfgeGEisra')}", number
        if kind == "integer":
            return f"{text} %{flags}{size}{self.pick('xXoduc' if size == '' else 'xXodu')}", self.pick([65, 8364, 128512])
        if kind == "named":
            message = f"%(count)s {text} %(other){flags}{size}r %(n){flags}{size}{self.pick('dfs')}"
            return message, {"count": self.value(), "other": self.value(), "n": self.number(), "unused": 1}
        if kind == "list":
            return f"{text} %{flags}{size}{self.pick('sra')}", [self.value(), self.value()]
        if kind == "odd":
            return self.value(), self.pick([None, [], "", 0, 0.0, False, {}])
        return text.replace("%%", "%"), self.pick([None, [], "", 0])

    def created(self):
        base = self.pick(CREATED)
        kind = self.random.randrange(3)
        if kind == 0:
            return float(base)
        if kind == 1:
            return base + self.random.randrange(0, 86_400_000) / 1000
        return base + self.random.random() * 1e6

    def record(self):
        levelname, levelno = self.pick(LEVELS + ODD_LEVELS)
        msg, args = self.message()
        created = self.created()
        path = self.pick(["/srv/app/main.py", "mod.py", "", "/a/b/ünï.py", "C:\\x\\y.py", "x/.hidden", "a.b.c"])
        record = {
            "name": self.pick(NAMES + ["root", "other.deep.name", "a.b.c.d"]),
            "levelno": levelno,
            "levelname": levelname,
            "msg": msg,
            "args": args,
            "created": created,
            "msecs": self.pick([float(int(created * 1000) % 1000), self.random.random() * 999.99, 0.0, 7.0, 999.5]),
            "relativeCreated": self.pick([self.random.randrange(10**7) / 8, self.float()]),
            "pathname": path,
            "filename": path.rpartition("/")[2],
            "module": path.rpartition("/")[2].partition(".")[0],
            "lineno": self.pick([self.random.randrange(2000), self.integer()]),
            "funcName": self.pick(["main", "<module>", "<lambda>"]),
            "thread": self.random.randrange(2**47),
            "threadName": self.pick(["MainThread", "Thread-1 (run)", "日本"]),
            "process": self.random.randrange(1, 2**22),
            "processName": self.pick(["MainProcess", "SpawnProcess-1"]),
            "taskName": self.pick([None, "Task-7", self.value()]),
            "exc_info": None,
            "exc_text": None,
            "stack_info": None,
            "user": self.pick(STRINGS),
            "count": self.pick([self.pick(INTEGERS), self.integer(), True]),
            "ratio": self.pick([self.pick(FLOATS), self.float()]),
            "code": self.pick([65, 233, 8364, 128512, 10]),
            "any": self.value(),
            "table": {"key": self.value(), "a b": self.pick(STRINGS), "more": self.value(1)},
            "list": [self.value(), self.pick(STRINGS)],
        }
        if self.chance(2):
            record["exc_text"] = self.pick(TRACEBACKS)
            record["exc_info"] = self.pick([None, True, ["a", "b", "c"]])
        if self.chance(1):
            record["stack_info"] = self.pick(STACKS)
        if self.chance(1):
            record["absent"] = self.pick(STRINGS)
        removable = ["levelname", "pathname", "filename", "module", "exc_info", "stack_info", "taskName"]
        if record["exc_info"] is None:
            # With an error that is none, Python can show only the text that was made of it.
            removable.append("exc_text")
        for name in removable:
            if self.rarely():
                del record[name]
        if self.chance(1):
            shuffled = list(record.items())
            self.random.shuffle(shuffled)
            record = dict(shuffled)
        return record
