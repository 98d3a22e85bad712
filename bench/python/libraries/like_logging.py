"""The cases for libraries with the interface of the standard library."""

import gc
import io
import json
import os
import queue
import threading

import raising
from measure import NAME, PATTERN, Wrong, resident, text_of, texts_of


class Cases:
    """The cases over a module like `logging` and one like `logging.handlers`."""

    def __init__(self, logging, handlers):
        self.logging = logging
        self.handlers = handlers
        self.attached = []

    # What a library may do in its own way.

    def logger(self, name):
        """What a program calls to log under `name`."""
        return self.logging.getLogger(name)

    def bound(self, log, values):
        """What a program calls to log to `log` with values in each record."""
        return self.logging.LoggerAdapter(log, values)

    def pattern_formatter(self, pattern, kind=None):
        """A formatter of the pattern, or one of the class `kind`."""
        return (kind or self.logging.Formatter)(pattern)

    def file_handler(self, path):
        """A handler that has written each record when the call returns."""
        return self.logging.FileHandler(path)

    def rotating_handler(self, path, size, keep):
        return self.handlers.RotatingFileHandler(path, maxBytes=size, backupCount=keep)

    def buffered_handler(self, path, records):
        """A handler that writes many records at once."""
        file = self.logging.FileHandler(path)
        file.setFormatter(self.pattern_formatter(PATTERN))
        return self.handlers.MemoryHandler(records, self.logging.ERROR, file)

    def json_formatter(self):
        logging = self.logging
        bare = logging.LogRecord("", 0, "", 0, "", (), None)
        usual = {*vars(bare), "message", "asctime", "taskName"}

        class Json(logging.Formatter):
            """What formatters for JSON lines have in common."""

            def format(self, record):
                line = {
                    "time": self.formatTime(record),
                    "level": record.levelname,
                    "logger": record.name,
                    "message": record.getMessage(),
                }
                for key, value in vars(record).items():
                    if key not in usual:
                        line[key] = value
                return json.dumps(line)

        return Json()

    # Parts of the cases.

    def attach(self, handler, pattern=PATTERN, to=NAME, formatter=None):
        """The logger with this handler, enabled for INFO."""
        handler.setFormatter(formatter or self.pattern_formatter(pattern))
        self.attached.append(handler)
        target = self.logging.getLogger(to)
        target.addHandler(handler)
        target.setLevel(self.logging.INFO)
        target.propagate = False
        return self.logger(to)

    def to_file(self, bench, **how):
        return self.attach(self.file_handler(bench.path), **how)

    def close(self):
        for handler in self.attached:
            handler.flush()
            handler.close()

    def filled(self, bench, log):
        """Two arguments a record."""

        def block(numbers):
            for number in numbers:
                log.info("request %s took %d ms", "/index.html", number)

        bench.time(block)

    # The cases.

    def disabled(self, bench):
        log = self.to_file(bench)

        def block(numbers):
            for _ in numbers:
                log.debug("request was served")

        bench.time(block)
        self.nothing_was_logged(bench, log)

    def disabled_args(self, bench):
        log = self.to_file(bench)

        def block(numbers):
            for number in numbers:
                log.debug("request %s took %d ms", "/index.html", number)

        bench.time(block)
        self.nothing_was_logged(bench, log)

    def nothing_was_logged(self, bench, log):
        log.info("last")
        self.close()
        lines = text_of(bench.path).splitlines()
        if len(lines) != 1 or not lines[0].endswith("last"):
            raise Wrong(f"{len(lines)} lines instead of the one of the enabled record")

    def null(self, bench):
        log = self.attach(self.logging.NullHandler())
        self.filled(bench, log)
        # The handler that does nothing shows nothing.
        self.attached.clear()
        self.to_file(bench)
        log.info("last")
        self.close()
        if not text_of(bench.path).endswith(" last\n"):
            raise Wrong("the logger was not enabled")

    def file(self, bench):
        log = self.to_file(bench)
        bench.written_at_once(lambda number: log.info(bench.plain(number)))

        def block(messages):
            for message in messages:
                log.info(message)

        bench.time(block, each=bench.plain)
        self.close()
        bench.check_file(bench.plain)

    def file_args(self, bench):
        log = self.to_file(bench)
        bench.written_at_once(lambda n: log.info("request %s took %d ms", "/index.html", n))
        self.filled(bench, log)
        self.close()
        bench.check_file(bench.filled)

    def buffered(self, bench):
        log = self.attach(self.buffered_handler(bench.path, 1000))
        self.filled(bench, log)
        self.close()
        bench.check_file(bench.filled)

    def caller(self, bench):
        log = self.to_file(bench, pattern=f"{PATTERN} %(filename)s:%(lineno)d %(funcName)s")

        def block(numbers):
            for number in numbers:
                log.info("request %s took %d ms", "/index.html", number)

        bench.written_at_once(lambda n: log.info("request %s took %d ms", "/index.html", n))
        bench.time(block)
        self.close()
        line = block.__code__.co_firstlineno + 2
        bench.check_file(bench.filled, marks=f" like_logging.py:{line} block")

    def rotating(self, bench):
        folder = os.path.join(bench.folder, "rotating")
        os.mkdir(folder)
        bench.path = os.path.join(folder, "bench.log")
        # Some six files over the whole run, of which none is removed.
        size = bench.total * len(f"{'d' * 24}INFO {NAME} {bench.filled(1000)}\n") // 6
        log = self.attach(self.rotating_handler(bench.path, size, 20))
        bench.written_at_once(lambda n: log.info("request %s took %d ms", "/index.html", n))
        self.filled(bench, log)
        self.close()
        # bench.log.2 is older than bench.log.1, and that older than bench.log.
        text = texts_of(folder, lambda name: -int(name.rpartition(".")[2].replace("log", "0")))
        bench.check(text, bench.filled)

    def stringio(self, bench):
        stream = io.StringIO()
        log = self.attach(self.logging.StreamHandler(stream))
        self.filled(bench, log)
        bench.check(stream.getvalue(), bench.filled)

    def python_handler(self, bench):
        messages = []

        class Collect(self.logging.Handler):
            def emit(self, record):
                messages.append(record.getMessage())

        log = self.attach(Collect())
        self.filled(bench, log)
        bench.check_messages(messages, bench.filled)

    def python_handler_format(self, bench):
        lines = []

        class Collect(self.logging.Handler):
            def emit(self, record):
                lines.append(self.format(record) + "\n")

        log = self.attach(Collect())
        self.filled(bench, log)
        bench.check("".join(lines), bench.filled)

    def formatter(self, bench):
        class Marked(self.logging.Formatter):
            def format(self, record):
                return super().format(record) + " ."

        log = self.to_file(bench, formatter=self.pattern_formatter(PATTERN, Marked))
        bench.written_at_once(lambda n: log.info("request %s took %d ms", "/index.html", n))
        self.filled(bench, log)
        self.close()
        bench.check_file(bench.filled, marks=" .")

    def filter(self, bench):
        class User:
            def filter(self, record):
                record.user = "ann"
                return True

        handler = self.file_handler(bench.path)
        log = self.attach(handler, pattern=f"{PATTERN} %(user)s")
        handler.addFilter(User())
        bench.written_at_once(lambda n: log.info("request %s took %d ms", "/index.html", n))
        self.filled(bench, log)
        self.close()
        bench.check_file(bench.filled, marks=" ann")

    def extra_json(self, bench):
        log = self.to_file(bench, formatter=self.json_formatter())

        def block(numbers):
            for number in numbers:
                log.info("request was served", extra={"user": "ann", "size": number})

        bench.written_at_once(lambda n: log.info("request was served", extra={"size": n}))
        bench.time(block)
        self.close()
        bench.check_json(lambda number: "request was served")

    def exception(self, bench, fail=raising.plainly):
        log = self.to_file(bench)
        def block(numbers):
            for number in numbers:
                try:
                    fail()
                except Exception:
                    log.exception("request %s took %d ms", "/index.html", number)

        def once(number):
            block([number])

        bench.written_at_once(once)
        expected = raising.traceback_of(block)
        bench.time(block)
        self.close()
        bench.check_exceptions(expected, bench.filled)

    def exception_chained(self, bench):
        self.exception(bench, raising.chained)

    def exception_deep(self, bench):
        self.exception(bench, raising.deeply)

    def threads(self, bench):
        log = self.to_file(bench)
        threads = 4

        def work(barrier, numbers):
            barrier.wait()
            for number in numbers:
                log.info("request %s took %d ms", "/index.html", number)

        bench.written_at_once(lambda n: log.info("request %s took %d ms", "/index.html", n))
        in_threads(bench, threads, work)
        self.close()
        bench.check_file(bench.filled, ordered=False)

    def queue(self, bench):
        waiting = queue.Queue(-1)
        log = self.attach(self.handlers.QueueHandler(waiting))
        file = self.file_handler(bench.path)
        # The queue handler has made the whole line already.
        file.setFormatter(self.logging.Formatter("%(message)s"))
        self.attached.append(file)

        def block(numbers):
            listener = self.handlers.QueueListener(waiting, file)
            listener.start()
            for number in numbers:
                log.info("request %s took %d ms", "/index.html", number)
            listener.stop()

        bench.time(block, whole=True)
        self.close()
        bench.check_file(bench.filled)

    def propagation(self, bench):
        name = "a.b.c.d.e.f.g.h.i.j"
        self.attach(self.file_handler(bench.path), to="a")
        log = self.logger(name)
        bench.written_at_once(lambda n: log.info("request %s took %d ms", "/index.html", n))
        self.filled(bench, log)
        self.close()
        bench.check_file(bench.filled, name=name)

    def adapter(self, bench):
        log = self.bound(
            self.to_file(bench, pattern=f"{PATTERN} %(user)s"), {"user": "ann"}
        )
        bench.written_at_once(lambda n: log.info("request %s took %d ms", "/index.html", n))
        self.filled(bench, log)
        self.close()
        bench.check_file(bench.filled, marks=" ann")

    def loggers_memory(self, bench):
        names = [f"app.package{n // 100}.module{n}" for n in range(10_000)]
        self.logger("app")
        gc.collect()
        before = resident()
        loggers = [self.logger(name) for name in names]
        gc.collect()
        bench.figures.append((resident() - before) / len(names))
        if len({id(logger) for logger in loggers}) != len(names):
            raise Wrong("names share a logger")

    NAMES = (
        "disabled", "disabled_args", "null", "file", "file_args", "buffered", "caller", "rotating",
        "stringio", "python_handler", "python_handler_format", "formatter", "filter", "extra_json",
        "exception", "exception_chained", "exception_deep", "threads", "queue", "propagation",
        "adapter", "loggers_memory",
    )

    def all(self):
        """The cases by their names."""
        return {name: getattr(self, name) for name in self.NAMES}


def in_threads(bench, threads, work):
    """Time the numbers of each block in several threads at once."""

    def block(numbers):
        barrier = threading.Barrier(threads)
        share = len(numbers) // threads
        started = [
            threading.Thread(target=work, args=(barrier, numbers[index * share:][:share]))
            for index in range(threads)
        ]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()

    bench.time(block, whole=True)
