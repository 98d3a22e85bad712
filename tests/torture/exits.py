"""The role ``exits``: logs to handlers that hold records back, and ends in the way asked for."""

import logging
import os
import signal
import sys
import threading
import time

import handlers
import victim


def run(orders):
    made = handlers.attach(orders)
    way = orders.text("way")
    if way == "signal":
        # As in a program that is not started in the background of a shell, which has it ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if way == "signal" and victim.FACILITY == "ferrolog":
        import ferrolog

        ferrolog.shutdown_on_signals()
    victim.run(orders, threading.Event())
    # The driver may now send its signal.
    open(orders.path(f"ready.{orders.who}"), "w").close()
    if way == "exit":
        sys.exit(3)
    elif way == "panic":
        raise RuntimeError("on purpose")
    elif way == "panic in a thread":
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        sys.exit(0)
    elif way == "drop":
        for name, handler in made:
            logging.getLogger().removeHandler(handler)
            if hasattr(handler, "listener"):
                handler.listener.stop()
            handler.close()
        os._exit(0)
    elif way == "signal":
        time.sleep(20)
    elif way != "return":
        raise ValueError(way)
