"""Makes cases: a configuration in the schema of ``logging.config``, records for it, and what is there already.

A case is made from a seed alone, so that any that differs can be made again.
"""

import sys

from chance import STRINGS
from records import LEVELS, NAMES, Records

ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
    "America/St_Johns", "Europe/London",
]
ERRORS = ["ignore", "replace", "backslashreplace", "xmlcharrefreplace"]
#: Days before 2024-06-12, a Wednesday, at 10:20 UTC: long ago, so that no test runs into the next rotation.
OLD = 1_718_187_600


class Generator(Records):
    def level(self):
        name, value = self.pick(LEVELS)
        return self.pick([name, name, value, 15, 35, "NOTSET", 0, "WARN", "FATAL"])

    def terminator(self, config, terminators):
        if self.chance(1):
            config["."] = {"terminator": self.pick(terminators)}

    def file_options(self, config):
        # A file whose last line has no end was left by a crash, for this crate, which goes on in a new line.
        self.terminator(config, ["|\n", "\r\n", "é\n"])
        if self.chance(2):
            config["encoding"] = self.pick(["latin-1", "ascii", "iso-8859-1", "US-ASCII"])
            config["errors"] = self.pick(ERRORS)
        else:
            config["encoding"] = self.pick(["utf-8", "utf-8", "utf8", "UTF-8", "U8", "utf_8"])
            if self.chance(2):
                config["errors"] = self.pick(ERRORS + ["strict"])
        # Python's watched file, delayed and opened to lose what is in it, loses the first record.
        loses = "Watched" in config["class"] and config.get("mode") == "w"
        if self.chance(3) and not loses:
            config["delay"] = self.pick([True, False, 1, 0])

    def handler(self, i, files):
        kind = self.pick(
            ["file", "file", "watched", "rotating", "rotating", "rotating", "timed", "stdout", "stderr", "null", "buffering"]
        )
        if kind == "null":
            return {"class": "logging.NullHandler"}
        if kind == "buffering":
            return {"class": "logging.handlers.BufferingHandler", "capacity": self.pick([0, 1, 3])}
        if kind in ("stdout", "stderr"):
            config = {"class": "logging.StreamHandler", "stream": f"ext://sys.{kind}"}
            if kind == "stderr" and self.chance(4):
                # The default.
                config["stream"] = None
                if self.chance(5):
                    del config["stream"]
            self.terminator(config, ["|\n", "", "\r\n", "é"])
            return config
        filename = self.pick([f"{kind}{i}.log", f"{kind}{i}.log", f"{kind} {i}", f"é{kind}{i}.日本"])
        classes = {
            "file": "logging.FileHandler",
            "watched": "logging.handlers.WatchedFileHandler",
            "rotating": "logging.handlers.RotatingFileHandler",
            "timed": "logging.handlers.TimedRotatingFileHandler",
        }
        config = {"class": classes[kind], "filename": filename}
        if kind != "timed" and self.chance(4):
            config["mode"] = self.pick(["a", "w"])
        if kind == "rotating":
            config["maxBytes"] = self.pick([0, 1, 60, 200, 1000])
            config["backupCount"] = self.pick([0, 1, 3, 12])
        if kind == "timed":
            self.timed(config, files)
        elif self.chance(3):
            files.append((filename, self.old_text(), OLD))
            if kind == "rotating" and self.chance(5):
                for number in self.random.sample([1, 2, 3, 4, 13], self.random.randint(1, 3)):
                    files.append((f"{filename}.{number}", f"backup {number}\n", OLD - number))
        self.file_options(config)
        return config

    def old_text(self):
        return "".join(self.pick(STRINGS[:9]) + "\n" for _ in range(self.random.randint(0, 4)))

    def timed(self, config, files):
        config["when"] = self.pick(["D", "midnight", "H", "W0", "W3", "W6", "d", "Midnight"])
        config["backupCount"] = self.pick([0, 1, 2])
        if self.chance(3):
            config["interval"] = self.pick([1, 2, 7])
        if self.chance(5):
            config["utc"] = self.pick([True, False])
        if self.chance(6):
            # Rotated by the first record, as it is old.
            name = config["filename"]
            files.append((name, self.old_text(), OLD - self.random.randrange(10**7)))
            for day in self.random.sample(range(1, 9), self.random.randint(0, 3)):
                ending = "_10" if config["when"] == "H" else ""
                files.append((f"{name}.2024-05-{day:02}{ending}", f"day {day}\n", OLD - 10**7))

    def handlers(self, formatters, filters, files):
        handlers = {}
        for i in range(self.random.randint(1, 5)):
            config = self.handler(i, files)
            self.common(config, formatters, filters)
            handlers[f"h{i}"] = config
        for name in ["memory", "a memory", "memory of memory"]:
            if self.chance(3):
                # One before another only where that one was made before it.
                reachable = [other for other in handlers if "memory" not in other or name > other > "h"]
                target = self.pick(reachable)
                config = {
                    "class": "logging.handlers.MemoryHandler",
                    "capacity": self.pick([0, 1, 2, 5, 100]),
                    "target": target,
                    # Before 3.12 `logging.shutdown` flushes whatever this says.
                    "flushOnClose": self.pick([True, False]) or sys.version_info < (3, 12),
                }
                if self.chance(7):
                    config["flushLevel"] = self.pick([30, 40, 50, "WARNING", "ERROR"])
                self.common(config, formatters, filters)
                handlers[name] = config
        return handlers

    def common(self, config, formatters, filters):
        if self.chance(8):
            config["formatter"] = self.pick(formatters)
        if self.chance(4):
            config["level"] = self.level()
        if self.rarely():
            config[self.pick(["formatter", "level", "filters"])] = None
        if filters and self.chance(3):
            config["filters"] = self.random.sample(filters, self.random.randint(1, len(filters)))

    def logger(self, handlers, filters):
        config = {}
        if self.chance(7):
            config["level"] = self.level()
        if self.chance(4):
            config["propagate"] = self.pick([True, False, 1, 0])
        if self.chance(5):
            config["handlers"] = self.random.sample(handlers, self.random.randint(1, len(handlers)))
        if filters and self.chance(2):
            config["filters"] = self.random.sample(filters, 1)
        return config

    def filter(self):
        config = {"name": self.pick(NAMES + ["a.", ""])}
        if self.chance(2):
            config["()"] = "logging.Filter"
        return config

    def config(self, files=None):
        files = [] if files is None else files
        formatters = {f"f{i}": self.formatter() for i in range(self.random.randint(1, 3))}
        filters = {f"only{i}": self.filter() for i in range(self.random.randint(0, 2))}
        handlers = self.handlers(list(formatters), list(filters), files)
        names = self.random.sample(NAMES, self.random.randint(0, 4))
        config = {
            "version": 1,
            "formatters": formatters,
            "filters": filters,
            "handlers": handlers,
            "loggers": {name: self.logger(list(handlers), list(filters)) for name in names},
        }
        if self.rarely():
            config["incremental"] = False
        if self.chance(9):
            config["root"] = {
                "level": self.level(),
                "handlers": self.random.sample(list(handlers), self.random.randint(1, len(handlers))),
            }
            if filters and self.chance(1):
                config["root"]["filters"] = self.random.sample(list(filters), 1)
        if self.chance(3):
            config["disable_existing_loggers"] = self.pick([True, False])
        return config

    def case(self):
        files = []
        config = self.config(files)
        # In Python a record that cannot be laid out opens a delayed file, and rotates one by time; here it does
        # nothing to the file.
        handlers = config["handlers"].values()
        self.may_fail = not any(handler.get("delay") or "Timed" in handler["class"] for handler in handlers)
        if not self.may_fail:
            for formatter in config["formatters"].values():
                formatter.setdefault("defaults", {"absent": "-"})
        return {
            "config": config,
            "records": [self.record() for _ in range(self.random.randint(1, 25))],
            "zone": self.pick(ZONES),
            "files": files,
        }
