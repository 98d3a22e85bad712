"""The role ``forks``: forks again and again while eight threads log."""

import logging
import multiprocessing
import os
import signal
import threading
import time

import handlers
import victim


def run(orders):
    made = handlers.attach(orders)
    done = threading.Event()
    calls = []
    threads = threading.Thread(target=lambda: calls.append(victim.run(orders, done)))
    threads.start()
    method = orders.text("method", "os.fork")
    number = orders.number("forks", 100)
    # How long a child may take, in seconds.
    patience = orders.number("patience", 20)
    if method == "os.fork":
        hung = sum(not os_fork(orders, n, patience) for n in range(number))
    else:
        hung = sum(not start(method, orders, n, patience) for n in range(number))
    done.set()
    threads.join()
    handlers.account(orders, made, calls[0])
    print(f"forked={number} hung={hung}", flush=True)


def child(folder, who, spawned=""):
    """What a child does: it logs at once."""
    settings = {"handlers": spawned} if spawned else {}
    orders = victim.Orders(folder, who, settings)
    if spawned:
        # It has nothing of the parent's, and makes its own.
        handlers.attach(orders)
    journal = victim.Journal(orders)
    for n in range(3):
        journal.log(0, n)
    for handler in logging.getLogger().handlers:
        if hasattr(handler, "listener"):
            handler.listener.stop()
    logging.shutdown()


def os_fork(orders, n, patience):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            child(orders.folder, f"c{n}")
            status = 0
        finally:
            os._exit(status)
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.0005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


def start(method, orders, n, patience):
    context = multiprocessing.get_context(method)
    spawned = "" if method == "fork" else orders.text("handlers")
    process = context.Process(target=child, args=(orders.folder, f"{method}{n}", spawned))
    process.start()
    process.join(patience)
    if process.exitcode is None:
        process.kill()
        process.join()
        return False
    return process.exitcode == 0
