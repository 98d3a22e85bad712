"""loguru, which has one logger, and sinks in the place of handlers."""

import io
import os

import loguru
from loguru import logger

import raising
from like_logging import in_threads
from measure import Wrong, text_of, texts_of

VERSION = loguru.__version__
#: Its loggers are the modules that call it.
NAME = __name__
PATTERN = "{time:YYYY-MM-DD HH:mm:ss,SSS} {level} {name} {message}"
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def add(sink, pattern=PATTERN, **how):
    logger.remove()
    logger.add(sink, format=pattern, level="INFO", backtrace=False, diagnose=False, **how)


def filled(bench):
    def block(numbers):
        for number in numbers:
            logger.info("request {} took {} ms", "/index.html", number)

    bench.time(block)


def at_once(bench):
    bench.written_at_once(lambda n: logger.info("request {} took {} ms", "/index.html", n))


def disabled_case(bench, block):
    add(bench.path)
    bench.time(block)
    logger.info("last")
    logger.remove()
    lines = text_of(bench.path).splitlines()
    if len(lines) != 1 or not lines[0].endswith("last"):
        raise Wrong(f"{len(lines)} lines instead of the one of the enabled record")


@case
def disabled(bench):
    def block(numbers):
        for _ in numbers:
            logger.debug("request was served")

    disabled_case(bench, block)


@case
def disabled_args(bench):
    def block(numbers):
        for number in numbers:
            logger.debug("request {} took {} ms", "/index.html", number)

    disabled_case(bench, block)


@case
def file(bench):
    add(bench.path)
    bench.written_at_once(lambda number: logger.info(bench.plain(number)))

    def block(messages):
        for message in messages:
            logger.info(message)

    bench.time(block, each=bench.plain)
    logger.remove()
    bench.check_file(bench.plain, name=NAME)


@case
def file_args(bench):
    add(bench.path)
    at_once(bench)
    filled(bench)
    logger.remove()
    bench.check_file(bench.filled, name=NAME)


@case
def buffered(bench):
    add(bench.path, buffering=65536)
    filled(bench)
    logger.remove()
    bench.check_file(bench.filled, name=NAME)


@case
def caller(bench):
    add(bench.path, PATTERN + " {file}:{line} {function}")
    at_once(bench)

    def block(numbers):
        for number in numbers:
            logger.info("request {} took {} ms", "/index.html", number)

    bench.time(block)
    logger.remove()
    line = block.__code__.co_firstlineno + 2
    bench.check_file(bench.filled, name=NAME, marks=f" with_loguru.py:{line} block")


@case
def rotating(bench):
    folder = os.path.join(bench.folder, "rotating")
    os.mkdir(folder)
    bench.path = os.path.join(folder, "bench.log")
    size = bench.total * len(f"{'d' * 24}INFO {NAME} {bench.filled(1000)}\n") // 6
    add(bench.path, rotation=size)
    at_once(bench)
    filled(bench)
    logger.remove()
    # bench.TIME.log, and bench.log as the newest.
    bench.check(texts_of(folder, lambda name: (name == "bench.log", name)), bench.filled, name=NAME)


@case
def stringio(bench):
    stream = io.StringIO()
    add(stream)
    filled(bench)
    bench.check(stream.getvalue(), bench.filled, name=NAME)


@case
def python_handler(bench):
    messages = []
    add(lambda message: messages.append(message.record["message"]), "")
    filled(bench)
    bench.check_messages(messages, bench.filled)


@case
def python_handler_format(bench):
    lines = []
    add(lines.append)
    filled(bench)
    bench.check("".join(lines), bench.filled, name=NAME)


@case
def formatter(bench):
    # A format that is worked out for each record.
    add(bench.path, lambda record: PATTERN + " .\n")
    at_once(bench)
    filled(bench)
    logger.remove()
    bench.check_file(bench.filled, name=NAME, marks=" .")


@case
def filter(bench):
    def user(record):
        record["extra"]["user"] = "ann"
        return True

    add(bench.path, PATTERN + " {extra[user]}", filter=user)
    at_once(bench)
    filled(bench)
    logger.remove()
    bench.check_file(bench.filled, name=NAME, marks=" ann")


@case
def extra_json(bench):
    add(bench.path, "{message}", serialize=True)
    bench.written_at_once(lambda n: logger.bind(user="ann", size=n).info("request was served"))

    def block(numbers):
        for number in numbers:
            logger.bind(user="ann", size=number).info("request was served")

    bench.time(block)
    logger.remove()
    bench.check_json(
        lambda number: "request was served",
        lambda line: {**line["record"], **line["record"]["extra"]},
    )


def exceptions(bench, fail):
    add(bench.path)
    log = logger

    def block(numbers):
        for number in numbers:
            try:
                fail()
            except Exception:
                log.exception("request {} took {} ms", "/index.html", number)

    bench.written_at_once(lambda number: block([number]))
    expected = raising.traceback_of(block)
    bench.time(block)
    logger.remove()
    bench.check_exceptions(expected, bench.filled, name=NAME)


@case
def exception(bench):
    exceptions(bench, raising.plainly)


@case
def exception_chained(bench):
    exceptions(bench, raising.chained)


@case
def exception_deep(bench):
    exceptions(bench, raising.deeply)


@case
def threads(bench):
    add(bench.path)
    at_once(bench)

    def work(barrier, numbers):
        barrier.wait()
        for number in numbers:
            logger.info("request {} took {} ms", "/index.html", number)

    in_threads(bench, 4, work)
    logger.remove()
    bench.check_file(bench.filled, name=NAME, ordered=False)


@case
def queue(bench):
    add(bench.path, enqueue=True)

    def block(numbers):
        for number in numbers:
            logger.info("request {} took {} ms", "/index.html", number)
        logger.complete()

    bench.time(block, whole=True)
    logger.remove()
    bench.check_file(bench.filled, name=NAME)


@case
def adapter(bench):
    add(bench.path, PATTERN + " {extra[user]}")
    bound = logger.bind(user="ann")
    bench.written_at_once(lambda n: bound.info("request {} took {} ms", "/index.html", n))

    def block(numbers):
        for number in numbers:
            bound.info("request {} took {} ms", "/index.html", number)

    bench.time(block)
    logger.remove()
    bench.check_file(bench.filled, name=NAME, marks=" ann")
