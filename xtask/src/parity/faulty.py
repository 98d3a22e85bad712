"""Makes configurations with one fault each, and says at which key the fault is."""

import copy

from generate import Generator

#: A configuration in which everything that a fault needs is there.
BASE = {
    "version": 1,
    "formatters": {"brief": {"format": "%(message)s"}, "full": {"format": "{message}", "style": "{"}},
    "filters": {"only": {"name": "a"}},
    "handlers": {
        "out": {"class": "logging.StreamHandler", "formatter": "brief", "filters": ["only"]},
        "file": {
            "class": "logging.handlers.RotatingFileHandler",
            "filename": "app.log",
            "maxBytes": 100,
            "delay": True,
        },
        "plain": {"class": "logging.FileHandler", "filename": "plain.log"},
        "daily": {
            "class": "logging.handlers.TimedRotatingFileHandler",
            "filename": "daily.log",
            "when": "midnight",
            "delay": True,
        },
        "memory": {"class": "logging.handlers.MemoryHandler", "capacity": 10, "target": "out"},
        "queue": {"class": "logging.handlers.QueueHandler", "handlers": ["out"]},
    },
    "loggers": {"a.b": {"level": "INFO", "handlers": ["out"]}},
    "root": {"level": "WARNING", "handlers": ["out"]},
}

DELETE = object()

#: Where something is put, and what.
FAULTS = [
    (["version"], [DELETE, 2, 0, "1", None, "one"]),
    (["formatters"], [["brief"], "brief", 3]),
    (["formatters", "brief"], ["%(message)s", ["x"], 7]),
    (["formatters", "brief", "format"], ["no field", "%(message", "%(message)", "", "%s", "%(message)y"]),
    (["formatters", "brief", "style"], ["?", "percent", "%%", "<"]),
    (["formatters", "full", "format"], ["{", "}", "{}", "{message", "{message!x}", "{message:q>>}", "plain"]),
    (["formatters", "full", "style"], ["$", "!", "{{"]),
    (["formatters", "brief", "class"], ["logging.NoFormatter", "nowhere.Formatter"]),
    (["formatters", "brief", "()"], ["no.such.factory", "nofactory"]),
    (["formatters", "full"], [{"()": "logging.Formatter", "fmt": "%(message)s", "colour": 1}, None]),
    (["filters"], [["only"], "only"]),
    (["filters", "only"], ["a", ["a"], {"()": "no.such"}, {"()": "logging.Filter", "names": "a"}]),
    (["handlers"], [["out"], "out", None]),
    (["handlers", "out"], ["logging.StreamHandler", ["x"], 5, None, {}]),
    (
        ["handlers", "out", "class"],
        [DELETE, "logging.StreemHandler", "logging.handlers.NoSuchHandler", "no.such.Handler", "StreamHandler"],
    ),
    (["handlers", "out", "level"], ["INFOO", "info", "warn", [20], {"a": 1}, 1.5, "10"]),
    (["handlers", "out", "."], [5]),
    (["handlers", "out", "formatter"], ["breif", "none", 3]),
    (["handlers", "out", "filters"], [["onyl"], ["none"], ["only", "gone"]]),
    (["handlers", "out", "stream"], ["ext://sys.stdoot", "ext://nowhere.at.all", "cfg://nothing"]),
    (["handlers", "out", "colour"], [True, "red"]),
    (["handlers", "file", "filename"], [DELETE, None, 5.5, ["x"]]),
    (["handlers", "plain", "filename"], ["no/such/folder/x.log", ".", DELETE]),
    (["handlers", "plain", "mode"], ["z", 5, "x+w"]),
    (["handlers", "plain", "encoding"], ["nope", 5]),
    (["handlers", "file", "maxBytes"], ["many", [1], None, {}]),
    (["handlers", "file", "maxbytes"], [100]),
    (["handlers", "file", "backups"], [3]),
    (["handlers", "file", "level"], ["LOUD", "error"]),
    (["handlers", "file", "formatter"], ["ful"]),
    (["handlers", "daily", "when"], ["X", "weekly", "W7", "W", "noon"]),
    (["handlers", "daily", "interval"], ["two", [1], None]),
    (["handlers", "daily", "sometimes"], [1]),
    (["handlers", "memory", "capacity"], [DELETE]),
    (["handlers", "memory", "target"], ["nobody", "otu"]),
    (["handlers", "memory", "limit"], [3]),
    (["handlers", "memory", "formatter"], ["nope"]),
    (["handlers", "queue", "handlers"], [["nobody"], ["out", "otu"], [1]]),
    (["handlers", "queue", "queue"], ["queue.Nothing", 5, {"maxsize": 5}, {"()": "queue.Queue", "size": 5}]),
    (["handlers", "queue", "listener"], ["logging.StreamHandler", "no.such.Listener", 5]),
    (["handlers", "queue", "capacity"], [5]),
    (["handlers", "extra"], [{"()": "no.such.factory"}, {"()": "nofactory"}, {"class": "logging.Nix"}]),
    (["handlers", "extra"], [{"class": "logging.handlers.SocketHandler", "host": "localhost"}]),
    (["handlers", "extra"], [{"class": "logging.handlers.SysLogHandler", "address": ["localhost"]}]),
    (["handlers", "extra"], [{"class": "logging.handlers.HTTPHandler", "host": "x", "url": "/", "method": "PUT"}]),
    (["handlers", "extra"], [{"class": "logging.handlers.SMTPHandler", "mailhost": "x", "fromaddr": "a"}]),
    (["handlers", "extra"], [{"class": "logging.handlers.MemoryHandler", "capacity": 1, "flushLevel": "X"}]),
    (["handlers", "extra"], [{"class": "logging.handlers.WatchedFileHandler", "filename": "no/such/x.log"}]),
    (["loggers"], [["a"], "a", 2]),
    (["loggers", "a.b"], ["INFO", ["out"], 10]),
    (["loggers", "a.b", "level"], ["VERBOSE", "debug", [10], 1.5, {}]),
    (["loggers", "a.b", "handlers"], [["in"], ["out", "file2"]]),
    (["loggers", "a.b", "filters"], [["nope"], ["only", "olny"]]),
    (["root"], ["WARNING", ["out"]]),
    (["root", "level"], ["LOUD", "warning", [1]]),
    (["root", "handlers"], [["stdout"], ["out", "nil"]]),
    (["root", "filters"], [["x"]]),
]


def faulty():
    """All faulty configurations, each with the keys to its fault."""
    for path, values in FAULTS:
        for value in values:
            config = copy.deepcopy(BASE)
            place = config
            for key in path[:-1]:
                place = place[key]
            if value is DELETE:
                del place[path[-1]]
            else:
                place[path[-1]] = value
            yield path, config
    # The same faults among what else a configuration can hold.
    for seed in range(40):
        generator = Generator(f"faulty {seed}")
        config = generator.config()
        name = generator.pick(list(config["handlers"]))
        key, value = generator.pick(
            [("level", "LOUDER"), ("formatter", "missing"), ("filters", ["missing"]), ("no_such_key", 1)]
        )
        config["handlers"][name][key] = value
        yield ["handlers", name, key], config
