"""Programs that use the logging facility, made from a seed.

A program is a list of steps (source text) that share a namespace with `logging`, `handlers`, `config`,
`note`, `dump` and `stream` of `observe`, and what its setup defined. A step may fail: how it fails is part of what is compared, and a
step whose names were never made fails alike everywhere.
"""

import random

import classes
import passing
import values


def program(seed):
    """The program of a seed."""
    return Writer(seed).write()


class Writer:
    """Writes one program, and remembers the names it has used."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.loggers, self.handlers, self.classes = ["logging.root"], [], []
        self.filters, self.formatters, self.adapters = [], [], []
        self.patches, self.count = [], 0
        self.real_clock = self.chance(0.6)

    def name(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    def pick(self, choices):
        return self.random.choice(choices)

    def chance(self, probability):
        return self.random.random() < probability

    def write(self):
        setup = [values.PRELUDE, passing.RECEIVERS] + [values.FAKE_CLOCK] * (not self.real_clock)
        steps = [self.handler_step(), "logging.root.addHandler(h1)\nlogging.root.setLevel(1)\n"]
        steps += [self.logger_step()]
        kinds, weights = zip(*self.KINDS)
        for _ in range(self.random.randint(8, 40)):
            kind = self.random.choices(kinds, weights)[0]
            steps.append(getattr(self, f"{kind}_step")())
        if self.chance(0.5):
            steps.append("logging.shutdown()")
        return {"setup": setup, "steps": steps, "real_clock": self.real_clock}

    # Each kind of step, and how often it comes.

    KINDS = [
        ("log", 40), ("logger", 8), ("handler", 8), ("attach", 10), ("level", 8), ("filter", 7),
        ("formatter", 8), ("class_", 7), ("patch", 8), ("unpatch", 5), ("attribute", 8),
        ("record", 5), ("adapter", 5), ("factory", 3), ("setting", 5), ("list", 5), ("error", 8),
        ("query", 5), ("config", 3), ("queue", 3), ("memory", 2), ("socket", 3), ("syslog", 3), ("rotate", 2), ("disable", 3), ("module", 4),
        ("thread", 1), ("warning", 1), ("unusual", 5),
    ]

    def logger_step(self):
        name = self.name("l")
        path = self.pick(["a", "a.b", "a.b.c", "x.y.z", "a.x", "", "root", "ü.b", "a..b", "z"])
        how = self.random.random()
        if how < 0.7 or not self.classes:
            source = f"{name} = logging.getLogger({path!r})\n"
        elif how < 0.85:
            source = f"{name} = {self.pick(self.loggers)}.getChild({path!r})\n"
        else:
            source = (f"logging.setLoggerClass(globals().get('Logger1', logging.Logger))\n"
                      f"{name} = logging.getLogger({path!r})\n"
                      f"logging.setLoggerClass(logging.Logger)\n")
        self.loggers.append(name)
        return source

    def logger(self):
        return self.pick(self.loggers[-4:])

    def handler_step(self):
        name = self.name("h")
        self.handlers.append(name)
        source = f"{name} = {values.handler(self)}\n"
        if self.chance(0.6):
            source += f"{name}.setFormatter({values.formatter(self)})\n"
        if self.chance(0.3):
            source += f"{name}.setLevel({values.level(self)})\n"
        if self.chance(0.7) and len(self.handlers) > 1:
            source += f"{self.logger()}.addHandler({name})\n"
        return source

    def handler(self):
        return self.pick(self.handlers[-3:])

    def attach_step(self):
        return self.pick([
            f"{self.logger()}.addHandler({self.handler()})\n",
            f"{self.logger()}.removeHandler({self.handler()})\n",
            f"{self.logger()}.propagate = {self.pick(['True', 'False', '0', '1', 'None'])}\n",
            f"{self.handler()}.setFormatter({values.formatter(self)})\n",
        ])

    def level_step(self):
        owner = self.pick([self.logger(), self.handler()])
        return f"{owner}.setLevel({values.level(self)})\n"

    def log_step(self):
        return "".join(values.call(self) for _ in range(self.random.randint(1, 3)))

    def filter_step(self):
        name = self.name("f")
        self.filters.append(name)
        owner = self.pick([self.logger(), self.handler()])
        source = values.filter_(self, name) + f"{owner}.addFilter({name})\n"
        if self.chance(0.3):
            source += f"{owner}.removeFilter({self.pick(self.filters)})\n"
        return source

    def formatter_step(self):
        return f"{self.handler()}.setFormatter({values.formatter(self)})\n"

    def class__step(self):
        return classes.subclass(self)

    def patch_step(self):
        return classes.patch(self)

    def unpatch_step(self):
        return classes.unpatch(self)

    def attribute_step(self):
        return values.attribute(self)

    def record_step(self):
        return values.record(self)

    def adapter_step(self):
        return values.adapter(self)

    def factory_step(self):
        return self.pick(values.FACTORIES)

    def setting_step(self):
        return self.pick(values.foretold(self, values.SETTINGS))

    def list_step(self):
        return values.list_edit(self)

    def error_step(self):
        return values.error(self)

    def query_step(self):
        return values.query(self)

    def config_step(self):
        return self.pick(values.CONFIGS)

    def queue_step(self):
        return values.queue_(self) if self.chance(0.3) else passing.queues(self)

    def memory_step(self):
        return passing.memory(self)

    def socket_step(self):
        return passing.sockets(self)

    def syslog_step(self):
        return passing.syslog(self)

    def rotate_step(self):
        return values.rotate(self)

    def disable_step(self):
        return f"logging.disable({self.pick(['10', '20', '30', '0', '50', 'NOTSET_', repr('INFO')])})\n"

    def module_step(self):
        method = self.pick(["debug", "info", "warning", "error", "critical", "exception", "warn"])
        return f"_ = logging.{method}({values.message(self)})\n"

    def thread_step(self):
        return (f"def work():\n    {values.call(self).strip().splitlines()[0]}\n"
                "worker = threading.Thread(target=work, name='worker')\n"
                "worker.start()\nworker.join()\n")

    def warning_step(self):
        return self.pick([
            "logging.captureWarnings(True)\nwarnings.simplefilter('always')\nwarnings.warn('careful')\n"
            "logging.captureWarnings(False)\n",
            "logging.captureWarnings(True)\nwarnings.warn_explicit('there', UserWarning, 'f.py', 3)\n",
        ])

    def unusual_step(self):
        return values.unusual(self)
