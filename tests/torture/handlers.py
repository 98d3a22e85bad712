"""The handlers that are put to the test, by the names that the driver gives them."""

import gzip
import logging
import logging.handlers
import os
import queue
import shutil
import sys
import time

from victim import FACILITY, PATTERN


class Slow(logging.Filter):
    """Takes its time for each record."""

    def __init__(self, delay):
        super().__init__()
        self.delay = delay

    def filter(self, record):
        time.sleep(self.delay)
        return True


def attach(orders):
    """Put the handlers of the orders, ``handlers=file,queue,...``, on the root; them with their names."""
    made = []
    for name in orders.text("handlers").split(","):
        handler = make(name, orders)
        logging.getLogger().addHandler(handler)
        made.append((name, handler))
    logging.getLogger().setLevel(logging.INFO)
    return made


def make(name, orders):
    if name == "file":
        return formatted(logging.FileHandler(orders.log("log")))
    if name == "watched":
        return formatted(logging.handlers.WatchedFileHandler(orders.log("log")))
    if name == "stderr":
        return formatted(logging.StreamHandler())
    if name == "stdout":
        return formatted(logging.StreamHandler(sys.stdout))
    if name == "queued-stderr":
        # A slow terminal behind a queue that has little room.
        return listened(queue.Queue(100), formatted(logging.StreamHandler()))
    if name == "socket":
        handler = logging.handlers.SocketHandler("127.0.0.1", orders.number("port", 0))
        handler.retryStart = 0.05
        return handler
    if name == "queue":
        return queued(orders)
    if name == "memory":
        target = formatted(logging.FileHandler(orders.path("held")))
        return logging.handlers.MemoryHandler(orders.number("capacity", 50), target=target)
    return formatted(rotating(name, orders))


def queued(orders):
    target = formatted(logging.FileHandler(orders.path("queued")))
    delay = orders.number("delay", 0)
    if delay:
        target.addFilter(Slow(delay / 1000))
    return listened(queue.Queue(), target)


def listened(records, target):
    handler = logging.handlers.QueueHandler(records)
    handler.listener = logging.handlers.QueueListener(records, target)
    handler.listener.start()
    return handler


def rotating(name, orders):
    """``sized``, ``timed``, and these with ``-gz``, ``-shared`` or both behind."""
    shared, compress = "-shared" in name, "-gz" in name
    path = orders.log("log")
    if name.startswith("timed"):
        settings, kind = {"when": "S"}, "TimedRotatingFileHandler"
    else:
        settings = {
            "maxBytes": orders.number("max_bytes", 4000),
            "backupCount": orders.number("backups", 1000),
        }
        kind = "RotatingFileHandler"
    if FACILITY == "ferrolog" and (shared or compress):
        import ferrolog.handlers

        handler = getattr(ferrolog.handlers, "Shared" + kind)(path, compress=compress, **settings)
        hold(handler, orders)
        return handler
    handler = getattr(logging.handlers, kind)(path, **settings)
    hold(handler, orders)
    if compress:
        # As the standard library's cookbook has it.
        handler.namer = lambda name: name + ".gz"
        handler.rotator = compress_to
    return handler


def hold(handler, orders):
    """At a given rotation, stay in it until this process is killed."""
    left = orders.number("hold", 0)

    def rotator(source, dest):
        nonlocal left
        left -= 1
        if left == 0:
            open(orders.path("holding"), "w").close()
            time.sleep(60)
        os.rename(source, dest)

    if left:
        handler.rotator = rotator


def compress_to(source, dest):
    with open(source, "rb") as plain, gzip.open(dest, "wb") as packed:
        shutil.copyfileobj(plain, packed)
    os.remove(source)


def formatted(handler):
    handler.setFormatter(logging.Formatter(PATTERN))
    return handler


def account(orders, made, calls):
    """Write what each handler says of its records, and what the caller says."""
    if FACILITY != "ferrolog":
        return
    import ferrolog

    with open(orders.path(f"account.{orders.who}"), "w") as file:
        for name, handler in made:
            if hasattr(handler, "listener"):
                # What is on its way is yet to be counted.
                handler.queue.join()
            counts = ferrolog.counts(handler)
            file.write(
                f"{name} {calls} {counts.emitted} {counts.delivered} {counts.dropped} {counts.failed}\n"
            )
