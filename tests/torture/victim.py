"""The program that ``cargo xtask torture`` starts, to be killed, to fork, to end in every way and to log
to what fails: ``victim.py FACILITY ROLE FOLDER WHO [KEY=VALUE]...``. ``rust/`` is the same in Rust; the
driver treats both alike.

FACILITY is ``ferrolog`` or ``standard``, the standard library as it is.
"""

import importlib
import os
import struct
import sys
import threading
import time

FACILITY = sys.argv[1] if len(sys.argv) > 1 else "standard"
if FACILITY == "ferrolog":
    import ferrolog

    ferrolog.install()

import logging  # noqa: E402
import logging.handlers  # noqa: E402

PATTERN = "%(levelname)s:%(name)s:%(message)s"


#: What is put behind each message, to make it large.
padding = ""


class Orders:
    """What the driver asks for."""

    def __init__(self, folder, who, settings):
        self.folder = folder
        self.who = who
        self.settings = settings

    @classmethod
    def from_arguments(cls, arguments):
        folder, who, *rest = arguments
        return cls(folder, who, dict(setting.split("=", 1) for setting in rest))

    def text(self, key, default=""):
        return self.settings.get(key, default)

    def number(self, key, default):
        return type(default)(self.settings.get(key, default))

    def path(self, name):
        return os.path.join(self.folder, name)

    def log(self, name):
        """Where a log belongs."""
        return os.path.join(self.folder, self.text("at"), name)


class Journal:
    """Which calls have returned: for each thread their number, in a file that outlives the process."""

    def __init__(self, orders):
        self.who = orders.who
        self.file = os.open(orders.path(f"ack.{orders.who}"), os.O_CREAT | os.O_TRUNC | os.O_WRONLY)

    def log(self, thread, n):
        say(self.who, thread, n)
        os.pwrite(self.file, struct.pack("<Q", n + 1), thread * 8)


def say(who, thread, n):
    """Log record ``n`` of a thread: its length differs from that of its neighbours."""
    logging.info("%s %d %d %s end%s", who, thread, n, "x" * (n % 50), padding)


def run(orders, until):
    """Log from some threads, until each has made its calls or ``until`` is set; how many that were."""
    journal = Journal(orders)
    records = orders.number("records", 1 << 60)
    pause = orders.number("pause", 0) / 1e6
    calls = []

    def work(thread):
        n = 0
        while n < records and not until.is_set():
            journal.log(thread, n)
            n += 1
            if pause:
                time.sleep(pause)
        calls.append(n)

    threads = [
        threading.Thread(target=work, args=(number,))
        for number in range(orders.number("threads", 4))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(calls)


def log(orders):
    """The role ``log``: logs until it is killed, or has logged all."""
    import handlers

    global padding
    if orders.number("pad", 0):
        padding = " " + "y" * orders.number("pad", 0)
    made = handlers.attach(orders)
    stop = threading.Event()
    if orders.text("until"):
        if FACILITY == "ferrolog":
            ferrolog.report_errors_every(10)
        threading.Thread(target=watch, args=(orders, made, stop), daemon=True).start()
    calls = run(orders, stop)
    # The driver may go on, while what is held back is written.
    open(orders.path(f"ready.{orders.who}"), "w").close()
    handlers.account(orders, made, calls)


def watch(orders, made, stop):
    """Do what the driver asks for while the others log."""
    ends = time.monotonic() + 60
    while not os.path.exists(orders.path("stop")) and time.monotonic() < ends:
        time.sleep(0.002)
        if os.path.exists(orders.path("close")):
            # As a mistake elsewhere in a program may do.
            os.close(made[0][1].stream.fileno())
            os.remove(orders.path("close"))
        if os.path.exists(orders.path("replace")):
            # What the program can do about it.
            number = made[0][1].stream.fileno()
            new = os.open(orders.log("log"), os.O_WRONLY | os.O_APPEND)
            if new != number:
                os.dup2(new, number)
                os.close(new)
            os.remove(orders.path("replace"))
    stop.set()


def main():
    role, *rest = sys.argv[2:]
    orders = Orders.from_arguments(rest)
    # The roles import this module, which must not be another one then.
    sys.modules["victim"] = sys.modules["__main__"]
    if role == "log":
        log(orders)
    else:
        importlib.import_module(role).run(orders)


if __name__ == "__main__":
    main()
