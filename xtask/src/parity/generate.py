"""Makes cases: a configuration in the schema of ``logging.config`` and records for it.

A case is made from a seed alone, so that any that differs can be made again.
"""

import random
import sys

NAMES = ["a", "a.b", "a.b.c", "a.x", "lib", "lib.net", "ünï.cøde"]
LEVELS = [("DEBUG", 10), ("INFO", 20), ("WARNING", 30), ("ERROR", 40), ("CRITICAL", 50)]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
DATES = [
    "%Y-%m-%d", "%H:%M:%S", "%d/%b/%Y", "%a %A %b %B", "%j %U %W %u %w", "%I:%M %p", "%y%m%d",
    "%Y-%m-%dT%H:%M:%S%z", "%Z", "%c", "%x %X", "%D %T", "%e %k|%l", "%G-W%V", "%s", "%%", "%n%t.",
    "%F %R", "%C %g %h %r",
]
TEXTS = ["", " ", "[", "] ", " - ", ": ", "é", "→ ", "日本 ", "\t", "\n  ", "'q' ", '"', "\\", "😀", "|"]
STRINGS = [
    "", "x", "plain words", "with\nnewline", "tab\there", "ünïcödé", "日本語", "😀 smile", "it's",
    'say "hi"', "back\\slash", "a" * 60, "\x07bell", "\x1b[31mred", "nul\x00", "e\u0301", "\u200bzero",
    "100%", "{braces}", "$dollar",
]
INTEGERS = [0, 1, -1, 7, 42, -273, 65536, 2**31, -(2**53), 2**63 - 1]
FLOATS = [0.0, -0.0, 1.5, -2.25, 3.141592653589793, 1e-7, 1e16, 123456.789, 0.1, 1e300, 2.5]

TEXT_FIELDS = [
    "name", "levelname", "pathname", "filename", "module", "funcName", "threadName", "processName",
    "message", "asctime", "user",
]
INTEGER_FIELDS = ["levelno", "lineno", "thread", "process", "count"]
FLOAT_FIELDS = ["created", "msecs", "relativeCreated", "ratio"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, of_ten):
        return self.random.randrange(10) < of_ten

    def pick(self, items):
        return self.random.choice(items)

    # Patterns

    def field(self):
        kind = self.pick(["text", "text", "text", "integer", "float"])
        fields = {"text": TEXT_FIELDS, "integer": INTEGER_FIELDS, "float": FLOAT_FIELDS}[kind]
        return kind, self.pick(fields)

    def pattern(self, style):
        piece = {"%": self.percent, "{": self.brace, "$": self.dollar}[style]
        pieces = []
        for _ in range(self.random.randint(1, 6)):
            pieces.append(self.literal(style))
            pieces.append(piece())
        pieces.append(self.literal(style))
        return "".join(pieces)

    def literal(self, style):
        text = "".join(self.random.choices(TEXTS, k=self.random.randint(0, 2)))
        if self.chance(1):
            text += {"%": "%%", "{": self.pick(["{{", "}}"]), "$": "$$"}[style]
        return text

    def width(self, most=24):
        return str(self.random.randint(1, most)) if self.chance(5) else ""

    def precision(self, most=8):
        return f".{self.random.randint(0, most)}" if self.chance(4) else ""

    def percent(self):
        kind, name = self.field()
        if kind == "text":
            flags = self.pick(["", "-"])
            conversion = self.pick("sssra")
            return f"%({name}){flags}{self.width()}{self.precision()}{conversion}"
        flags = "".join(self.random.sample("-+ 0#", self.random.randint(0, 3)))
        if kind == "integer":
            conversion = self.pick("ddisxXor")
            return f"%({name}){flags}{self.width()}{self.precision()}{conversion}"
        return f"%({name}){flags}{self.width()}{self.precision()}{self.pick('feEgGFds')}"

    def align(self):
        if not self.chance(4):
            return ""
        fill = self.pick(["", "*", "-", "é", "0", " "])
        return fill + self.pick("<>^")

    def brace(self):
        kind, name = self.field()
        if self.chance(2):
            return f"{{{name}!{self.pick('rsa')}{self.pick(['', ':>20', ':<12.5', ':^9'])}}}"
        if self.chance(3):
            return f"{{{name}}}"
        if kind == "text":
            return f"{{{name}:{self.align()}{self.width()}{self.precision()}{self.pick(['', 's'])}}}"
        sign = self.pick(["", "+", "-", " "])
        align = self.align() or self.pick(["", "", "="])
        zero = self.pick(["", "", "0"])
        if kind == "integer":
            conversion = self.pick(["", "d", "x", "X", "o", "b", "n", "e", "f", "g", "%"])
            grouping = self.pick(["", ",", "_"]) if conversion in ("", "d", "e", "f", "g") else ""
            alternate = self.pick(["", "#"]) if conversion in ("x", "X", "o", "b") else ""
            precision = self.precision() if conversion in ("e", "f", "g", "%") else ""
        else:
            conversion = self.pick(["", "e", "E", "f", "F", "g", "G", "n", "%"])
            grouping = self.pick(["", ",", "_"]) if conversion != "n" else ""
            alternate = self.pick(["", "", "#"])
            precision = self.precision()
        spec = f"{align}{sign}{alternate}{zero}{self.width()}{grouping}{precision}{conversion}"
        return f"{{{name}:{spec}}}" if spec else f"{{{name}}}"

    def dollar(self):
        _, name = self.field()
        return f"${{{name}}}" if self.chance(6) else f"${name} "

    # Configuration

    def formatter(self):
        style = self.pick("%%%{{$")
        config = {"format": self.pattern(style)}
        if style != "%" or self.chance(3):
            config["style"] = style
        if self.chance(6):
            config["datefmt"] = " ".join(self.random.choices(DATES, k=self.random.randint(1, 3)))
        return config

    def level(self):
        name, value = self.pick(LEVELS)
        return self.pick([name, name, value, 15, 35])

    def handlers(self, formatters, filters):
        handlers = {}
        for i in range(self.random.randint(1, 4)):
            kind = self.pick(["file", "file", "rotating", "rotating", "stdout", "stderr", "null"])
            if kind == "file":
                config = {"class": "logging.FileHandler", "filename": f"file{i}.log"}
                config["mode"] = self.pick(["a", "w"])
                config["delay"] = self.pick([True, False])
                config["encoding"] = "utf-8"
            elif kind == "rotating":
                config = {
                    "class": "logging.handlers.RotatingFileHandler",
                    "filename": f"rotating{i}.log",
                    "maxBytes": self.pick([0, 60, 200, 1000]),
                    "backupCount": self.pick([0, 1, 3]),
                    "encoding": "utf-8",
                }
            elif kind == "null":
                config = {"class": "logging.NullHandler"}
            else:
                config = {"class": "logging.StreamHandler", "stream": f"ext://sys.{kind}"}
            if self.chance(8):
                config["formatter"] = self.pick(formatters)
            if self.chance(5):
                config["level"] = self.level()
            if filters and self.chance(3):
                config["filters"] = self.random.sample(filters, 1)
            handlers[f"h{i}"] = config
        if self.chance(4):
            handlers["memory"] = {
                "class": "logging.handlers.MemoryHandler",
                "capacity": self.pick([1, 2, 5, 100]),
                "flushLevel": self.pick([30, 40, 50]),
                "target": self.pick(list(handlers)),
                # Before 3.12 `logging.shutdown` flushes whatever this says.
                "flushOnClose": self.pick([True, False]) or sys.version_info < (3, 12),
            }
        return handlers

    def logger(self, handlers, filters):
        config = {}
        if self.chance(7):
            config["level"] = self.level()
        if self.chance(4):
            config["propagate"] = self.pick([True, False])
        if self.chance(5):
            config["handlers"] = self.random.sample(handlers, self.random.randint(1, len(handlers)))
        if filters and self.chance(2):
            config["filters"] = self.random.sample(filters, 1)
        return config

    def config(self):
        formatters = {f"f{i}": self.formatter() for i in range(self.random.randint(1, 3))}
        filters = {f"only{i}": {"name": self.pick(NAMES)} for i in range(self.random.randint(0, 2))}
        handlers = self.handlers(list(formatters), list(filters))
        names = self.random.sample(NAMES, self.random.randint(0, 4))
        config = {
            "version": 1,
            "formatters": formatters,
            "filters": filters,
            "handlers": handlers,
            "loggers": {name: self.logger(list(handlers), list(filters)) for name in names},
        }
        if self.chance(9):
            config["root"] = {
                "level": self.level(),
                "handlers": self.random.sample(list(handlers), self.random.randint(1, len(handlers))),
            }
        if self.chance(3):
            config["disable_existing_loggers"] = self.pick([True, False])
        return config

    # Records

    def value(self, depth=0):
        kinds = ["text", "integer", "float", "bool", "none"] + (["list", "dict"] if depth < 2 else [])
        kind = self.pick(kinds)
        if kind == "text":
            return self.pick(STRINGS)
        if kind == "integer":
            return self.pick(INTEGERS)
        if kind == "float":
            return self.pick(FLOATS)
        if kind == "bool":
            return self.pick([True, False])
        if kind == "list":
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
        if kind == "dict":
            return {self.pick(STRINGS): self.value(depth + 1) for _ in range(self.random.randint(0, 3))}
        return None

    def message(self):
        """A message with its arguments, such that the two fit."""
        text = self.pick(STRINGS).replace("%", "%%")
        kind = self.pick(["plain", "plain", "one", "named", "list", "number"])
        if kind == "one":
            return f"{text} %{self.pick(['s', 'r', 'a', '-9s|', '.3s', '12.4s'])}", self.pick(STRINGS[1:])
        if kind == "number":
            number = self.pick([n for n in INTEGERS + FLOATS if n])
            return f"{text} %{self.pick(['d', '05d', '+.2f', 'g', 'e', 's', 'r'])}", number
        if kind == "named":
            message = f"%(count)s {text} %(other)r"
            return message, {"count": self.value(), "other": self.value(), "unused": 1}
        if kind == "list":
            return f"{text} %s", [self.value(), self.value()]
        return text.replace("%%", "%"), self.pick([None, [], "", 0])

    def record(self):
        levelname, levelno = self.pick(LEVELS + [("NOTICE", 25), ("Level 5", 5)])
        msg, args = self.message()
        created = self.random.choice([0, 1_000_000_000, 1_711_846_800, 1_729_994_400, 1_767_225_599])
        created += self.random.randrange(0, 86_400_000) / 1000
        path = self.pick(["/srv/app/main.py", "mod.py", "", "/a/b/ünï.py", "C:\\x\\y.py"])
        record = {
            "name": self.pick(NAMES + ["root", "other.deep.name"]),
            "levelno": levelno,
            "levelname": levelname,
            "msg": msg,
            "args": args,
            "created": created,
            "msecs": float(int(created * 1000) % 1000),
            "relativeCreated": self.random.randrange(10**7) / 8,
            "pathname": path,
            "filename": path.rpartition("/")[2],
            "module": path.rpartition("/")[2].partition(".")[0],
            "lineno": self.random.randrange(2000),
            "funcName": self.pick(["main", "<module>", "<lambda>"]),
            "thread": self.random.randrange(2**47),
            "threadName": self.pick(["MainThread", "Thread-1 (run)"]),
            "process": self.random.randrange(1, 2**22),
            "processName": "MainProcess",
            "taskName": self.pick([None, "Task-7"]),
            "user": self.pick(STRINGS),
            "count": self.pick(INTEGERS),
            "ratio": self.pick(FLOATS),
        }
        if self.chance(2):
            record["exc_text"] = self.pick(
                ["Traceback (most recent call last):\n  ...\nValueError: böse", "one line", "ends\n"]
            )
        if self.chance(1):
            record["stack_info"] = 'Stack (most recent call last):\n  File "x.py", line 1'
        for name in ("levelname", "lineno", "pathname", "filename", "module"):
            if self.random.randrange(40) == 0:
                del record[name]
        return record

    def case(self):
        return {
            "config": self.config(),
            "records": [self.record() for _ in range(self.random.randint(1, 25))],
            "zone": self.pick(ZONES),
        }
