"""The role ``nested``: logs from wherever a program can log while it logs."""

import logging
import signal
import threading
import time

import handlers
import victim

#: Which of the journal's threads stands for what.
MAIN, SIGNAL, SHOWN, EMITTED, FORMATTED, DELETED, PANICKED = range(7)


class Counting:
    """Logs one more record of a kind."""

    def __init__(self, journal, kind):
        self.journal, self.kind, self.n = journal, kind, 0

    def log(self, *_):
        n, self.n = self.n, self.n + 1
        self.journal.log(self.kind, n)


class Chatty:
    """Logs when it is shown, and when it is deleted."""

    def __init__(self, shown, deleted):
        self.shown, self.deleted = shown, deleted

    def __str__(self):
        self.shown.log()
        return "shown"

    def __del__(self):
        self.deleted.log()


class Nest(logging.Handler):
    """Logs for each record that says so."""

    def __init__(self, emitted):
        super().__init__()
        self.emitted = emitted

    def emit(self, record):
        if record.msg.startswith("nest "):
            self.format(record)
            self.emitted.log()


class NestFormatter(logging.Formatter):
    def __init__(self, formatted):
        super().__init__()
        self.formatted = formatted

    def format(self, record):
        self.formatted.log()
        return super().format(record)


def run(orders):
    made = handlers.attach(orders)
    journal = victim.Journal(orders)
    kinds = [Counting(journal, kind) for kind in range(7)]
    nest = Nest(kinds[EMITTED])
    nest.setFormatter(NestFormatter(kinds[FORMATTED]))
    logging.getLogger().addHandler(nest)

    def panicked(args):
        kinds[PANICKED].log()
        logging.error("panicked", exc_info=args.exc_value)

    threading.excepthook = panicked

    def alarm(*_):
        kinds[SIGNAL].log()
        # The next one a millisecond later: on a busy machine the program is to get on as well.
        signal.setitimer(signal.ITIMER_REAL, 0 if done else 0.001)

    done = False
    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    for n in range(orders.number("records", 500)):
        kinds[MAIN].log()
        logging.info("nest %s", Chatty(kinds[SHOWN], kinds[DELETED]))
        if n % 50 == 0:
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
        time.sleep(0.0005)
    done = True
    signal.setitimer(signal.ITIMER_REAL, 0)
    if victim.FACILITY == "ferrolog":
        import ferrolog

        handlers.account(orders, made, ferrolog.counts(made[0][1]).emitted)
