"""Whether anything is kept of the records that went by.

    python main.py RECORDS FACILITY...

Logs RECORDS records under each FACILITY (`stdlib`, `alone` or `installed`), each in a process of its own, in
rounds over every kind of path, and shows side by side how much memory the processes had meanwhile, and how many
blocks the interpreters. After the first tenth neither may grow by more than one in a hundred under ours; the
standard library's growth is shown for comparison. With fewer than a million records memory is still being got
used to: then only the blocks are judged, and from two fifths on.
"""

import array
import copy
import ctypes
import functools
import gc
import io
import os
import queue
import socket
import subprocess
import sys
import tempfile
import time

#: How often memory is looked at.
LOOKS = 20
#: Looks until everything that is made once is made, with many records and with few.
WARM, WARM_WITH_FEW = 2, 8
#: Rounds from one look to the next. Loggers, handlers and classes come and go with each.
ROUNDS, ROUNDS_WITH_FEW = 5, 1
MOST = 0.01
ENOUGH = 1_000_000


def facility(name):
    """The facility's `logging`, with its handlers."""
    if name == "stdlib":
        import logging
        import logging.handlers

        return logging
    import ferrolog

    if name == "installed":
        ferrolog.install()
        import logging
        import logging.handlers

        return logging
    import ferrolog.handlers

    return ferrolog


class Paths:
    """The kinds of path, each a method that logs `n` records."""

    def __init__(self, logging, folder):
        self.logging, self.handlers, self.folder = logging, logging.handlers, folder
        self.plain = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
        self.count = 0
        # Who reports nothing does not fill the log of this run.
        logging.raiseExceptions = False

    def kinds(self):
        return [getattr(self, name) for name in vars(type(self)) if name.startswith("log_")]

    def logger(self, *handlers, cls=None):
        # Outside of the tree, so that loggers come and go as well.
        logger = (cls or self.logging.Logger)("leaks.own", 20)
        logger.parent, logger.propagate = self.logging.root, False
        for handler in handlers:
            if handler.formatter is None:
                handler.setFormatter(self.plain)
            logger.addHandler(handler)
        return logger

    def text(self):
        return self.logging.StreamHandler(io.StringIO())

    def file(self, cls=None, **how):
        path = os.path.join(self.folder, "log")
        return cls(path, **how) if cls else self.logging.FileHandler(path, mode="w")

    def emptied(self, logger):
        for handler in logger.handlers:
            stream = getattr(handler, "stream", None)
            if isinstance(stream, io.StringIO):
                stream.seek(0)
                stream.truncate()
            handler.close()

    def repeat(self, logger, n):
        for number in range(n):
            logger.info("record %d of %s", number, "many")
            if not number % 1000:
                for handler in logger.handlers:
                    stream = getattr(handler, "stream", None)
                    if isinstance(stream, io.StringIO):
                        stream.seek(0)
                        stream.truncate()
        self.emptied(logger)

    def log_disabled(self, n):
        logger = self.logger(self.text())
        for number in range(n):
            logger.debug("not wanted") if number % 2 else logger.log(5, "not wanted %d", number)

    def log_nobody(self, n):
        self.repeat(self.logger(self.logging.NullHandler()), n)

    def log_text(self, n):
        self.repeat(self.logger(self.text()), n)

    def log_file(self, n):
        self.repeat(self.logger(self.file()), n)

    def log_caller_and_styles(self, n):
        for style, pattern in ("%", "%(funcName)s:%(lineno)d %(message)s"), ("{", "{message:>30}"), ("$", "$message"):
            handler = self.text()
            handler.setFormatter(self.logging.Formatter(pattern, style=style))
            self.repeat(self.logger(handler), n // 3)

    def log_tree(self, n):
        logging = self.logging
        handler = self.text()
        top = logging.getLogger("leaks.top")
        top.propagate, top.handlers[:] = False, [handler]
        logger = logging.getLogger("leaks.top.a.b.c")
        logger.setLevel(10)
        for number in range(n):
            logger.warning("record %r", number)
            if not number % 1000:
                top.setLevel(number % 3)
                handler.stream.seek(0)
                handler.stream.truncate()
        top.handlers.clear()

    def log_subclassed(self, n):
        logging = self.logging

        class Logger(logging.Logger):
            def makeRecord(self, *args, **kwargs):
                return super().makeRecord(*args, **kwargs)

        class Handler(logging.StreamHandler):
            def emit(self, record):
                super().emit(record)

        class Formatter(logging.Formatter):
            def format(self, record):
                return super().format(record)

        class Filter(logging.Filter):
            def filter(self, record):
                return True

        handler = Handler(io.StringIO())
        handler.setFormatter(Formatter("%(message)s"))
        handler.addFilter(Filter())
        self.repeat(self.logger(handler, cls=Logger), n)

    def log_patched(self, n):
        logger = self.logger(self.text())
        handler, cls = logger.handlers[0], type(logger)
        for _ in range(10):
            original = handler.emit
            handler.emit = lambda record: original(record)
            self.repeat_open(logger, n // 40)
            del handler.emit
            self.repeat_open(logger, n // 40)
            before = cls.handle
            cls.handle = lambda self, record: before(self, record)
            self.repeat_open(logger, n // 40)
            cls.handle = before
            self.repeat_open(logger, n // 40)
        self.emptied(logger)

    def repeat_open(self, logger, n):
        for number in range(n):
            logger.info("record %d", number)
        for handler in logger.handlers:
            handler.stream.seek(0)
            handler.stream.truncate()

    def log_failing(self, n):
        class Broken(io.StringIO):
            def write(self, text):
                raise OSError("full")

        class Bad:
            def __str__(self):
                raise ValueError("bad")

        logger = self.logger(self.text())
        broken = self.logger(self.logging.StreamHandler(Broken()))
        raising = self.logger(self.text())
        raising.addFilter(lambda record: 1 / 0)
        for number in range(n // 4):
            logger.info("%d", "no number")
            logger.info("%s", Bad())
            broken.info("never written %d", number)
            try:
                raising.info("raised to the caller")
            except ZeroDivisionError:
                pass

    def log_wrong_calls(self, n):
        logger = self.logger(self.text())
        for _ in range(n // 2):
            try:
                logger.info()
            except TypeError:
                pass
            try:
                logger.info("x", extra={"message": 1})
            except KeyError:
                pass

    def log_extra(self, n):
        logger = self.logger(self.text())
        logger.handlers[0].setFormatter(self.logging.Formatter("%(user)s %(message)s"))
        for number in range(n):
            logger.info("record %d", number, extra={"user": "me", "number": number})
            if not number % 1000:
                logger.handlers[0].stream.seek(0)
                logger.handlers[0].stream.truncate()

    def log_exceptions(self, n):
        logger = self.logger(self.text())
        for number in range(n):
            try:
                raise KeyError(number)
            except KeyError:
                logger.exception("failed %d", number, stack_info=not number % 10)
            if not number % 200:
                logger.handlers[0].stream.seek(0)
                logger.handlers[0].stream.truncate()

    def log_adapter(self, n):
        logger = self.logger(self.text())

        class Adapter(self.logging.LoggerAdapter):
            def process(self, msg, kwargs):
                return f"[{self.extra['user']}] {msg}", kwargs

        for cls in self.logging.LoggerAdapter, Adapter:
            adapter = cls(logger, {"user": "me"})
            for number in range(n // 2):
                adapter.info("record %d", number)
                if not number % 1000:
                    logger.handlers[0].stream.seek(0)
                    logger.handlers[0].stream.truncate()

    def log_queue(self, n):
        for kind in queue.SimpleQueue, queue.Queue:
            way = kind()
            behind = self.text()
            listener = self.handlers.QueueListener(way, behind)
            logger = self.logger(self.handlers.QueueHandler(way))
            listener.start()
            for number in range(n // 2):
                logger.info("record %d", number)
                # Neither may run away from the other.
                if not number % 200:
                    while way.qsize() > 200:
                        time.sleep(0.0005)
                    behind.stream.seek(0)
                    behind.stream.truncate()
            listener.stop()

    def log_memory(self, n):
        self.repeat(self.logger(self.handlers.MemoryHandler(100, target=self.text())), n // 2)
        self.repeat(self.logger(self.handlers.BufferingHandler(100)), n // 2)

    def log_rotating(self, n):
        handlers = self.handlers
        self.repeat(self.logger(self.file(handlers.RotatingFileHandler, maxBytes=20_000, backupCount=2)), n // 3)
        self.repeat(self.logger(self.file(handlers.TimedRotatingFileHandler, when="D")), n // 3)
        self.repeat(self.logger(self.file(handlers.WatchedFileHandler)), n // 3)
        for name in os.listdir(self.folder):
            os.remove(os.path.join(self.folder, name))

    def log_network(self, n):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            port = server.getsockname()[1]
            self.repeat(self.logger(self.handlers.DatagramHandler("127.0.0.1", port)), n // 2)
            self.repeat(self.logger(self.handlers.SysLogHandler(("127.0.0.1", port))), n // 2)

    def log_factory(self, n):
        logging = self.logging

        class Record(logging.LogRecord):
            def getMessage(self):
                return super().getMessage()

        logging.setLogRecordFactory(Record)
        try:
            self.repeat(self.logger(self.text()), n)
        finally:
            logging.setLogRecordFactory(logging.LogRecord)

    def log_records(self, n):
        logger = self.logger(self.text())
        for number in range(n):
            record = self.logging.makeLogRecord({"msg": "made %d", "args": (number,), "levelno": 20})
            logger.handle(copy.copy(record) if number % 2 else record)
            if not number % 1000:
                logger.handlers[0].stream.seek(0)
                logger.handlers[0].stream.truncate()

    def log_loggers(self, n):
        for number in range(n // 10):
            logger = self.logger(self.text())
            partial = functools.partial(logger.info, "record %d")
            for _ in range(10):
                partial(number)
            logger.handlers[0].close()


def resident():
    """The bytes of memory that the process has."""
    gc.collect()
    # What is free goes back to the system, where the C library offers that.
    getattr(ctypes.CDLL(None), "malloc_trim", int)(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def log(name, records):
    """Logs, and prints the records, the memory and the blocks at each look."""
    logging = facility(name)
    rounds = ROUNDS if records >= ENOUGH else ROUNDS_WITH_FEW
    # Made beforehand, so that noting a look takes no memory.
    seen = array.array("q", bytes(8 * 3 * LOOKS))
    with tempfile.TemporaryDirectory() as folder:
        kinds = Paths(logging, folder).kinds()
        each = max(120, records // (LOOKS * rounds * len(kinds)))
        for look in range(LOOKS):
            for _ in range(rounds):
                for kind in kinds:
                    kind(each)
            seen[3 * look] = (look + 1) * rounds * each * len(kinds)
            seen[3 * look + 1], seen[3 * look + 2] = resident(), sys.getallocatedblocks()
            print(*seen[3 * look:3 * look + 3], flush=True)


def watch(name, records):
    """What `log` saw under a facility."""
    command = [sys.executable, __file__, "--log", str(records), name]
    # One heap for all threads: otherwise the C library makes as many as there happened to be threads at a time,
    # and which of them has room for what is chance.
    environment = dict(os.environ, MALLOC_ARENA_MAX="1")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        seen = [tuple(map(int, line.split())) for line in process.stdout]
    if process.returncode or len(seen) != LOOKS:
        sys.exit(f"{name}: ended with {process.returncode} after {len(seen)} of {LOOKS} looks")
    return seen


def growth(values, warm):
    return max(values[warm:]) / values[warm - 1] - 1


def main(records, names):
    version = ".".join(map(str, sys.version_info[:3]))
    warm = WARM if records >= ENOUGH else WARM_WITH_FEW
    seen = {name: watch(name, records) for name in names}
    print(f"Python {version}" + "".join(f"{name:>30}" for name in names))
    print(f"{'records':>12}" + f"{'MB':>14}{'blocks':>16}" * len(names))
    for row in zip(*seen.values()):
        print(f"{row[0][0]:>12,}" + "".join(f"{m / 1e6:>14.2f}{b:>16,}" for _, m, b in row))
    good = True
    for name, looks in seen.items():
        _, memory, blocks = zip(*looks)
        grown = growth(memory, warm), growth(blocks, warm)
        judged = grown if records >= ENOUGH else grown[1:]
        good &= name == "stdlib" or max(judged) <= MOST
        print(f"{name}: after the first {looks[warm - 1][0]:,} of {looks[-1][0]:,} records memory grew by "
              f"{grown[0]:.2%}, blocks by {grown[1]:.2%}")
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1] == "--log":
        log(sys.argv[3], int(sys.argv[2]))
    else:
        sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
