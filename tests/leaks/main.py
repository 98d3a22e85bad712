"""Whether anything is kept of the records that went by.

    python main.py FACILITY RECORDS

Logs RECORDS records under FACILITY (`stdlib`, `alone` or `installed`), in rounds over every kind of path, and
says after each round how much memory the process has and how many blocks the interpreter. From the eighth
round on neither may grow by more than one in a hundred. With fewer than a million records memory is still
being got used to, and only the blocks are judged.
"""

import copy
import ctypes
import functools
import gc
import io
import os
import queue
import socket
import sys
import tempfile
import time

ROUNDS = 20
#: Rounds until everything that is made once is made, and the memory is as large as the largest round's.
WARM = 8
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


def main(name, records):
    logging = facility(name)
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        kinds = Paths(logging, folder).kinds()
        each = max(120, records // ROUNDS // len(kinds))
        for number in range(1, ROUNDS + 1):
            for kind in kinds:
                kind(each)
            seen.append((resident(), sys.getallocatedblocks()))
            total = number * each * len(kinds)
            print(f"  {total:>12,} records {seen[-1][0] / 1e6:>9.2f} MB {seen[-1][1]:>9,} blocks", flush=True)
    (memory, blocks), later = seen[WARM - 1], seen[WARM:]
    grown = max(m for m, _ in later) / memory - 1, max(b for _, b in later) / blocks - 1
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"Python {version}, {name}: {len(kinds)} kinds of path, {total:,} records; after the first "
          f"{WARM * each * len(kinds):,} memory grew by {grown[0]:.2%}, blocks by {grown[1]:.2%}")
    judged = grown if total >= ENOUGH else grown[1:]
    return 0 if max(judged) <= MOST else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
