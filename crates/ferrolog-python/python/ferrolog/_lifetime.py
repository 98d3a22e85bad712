"""What happens to handlers when the process forks, and when it ends.

A fork finds no handler's lock taken, so that no line is half written in the child's copy of a file's
buffer. In the child, what the parent's queues and memory handlers hold is forgotten, because the parent writes
it, and listeners that ran are started again. At the end of the process queues are waited for.
"""

import atexit
import os
import sys
import threading
import time

# Not later than this: what is done at the end is done in the reverse order, and its handlers are closed last.
import logging  # noqa: F401

#: The listeners whose threads take records at this moment: their native ``_monitor`` keeps them here.
listening = set()

#: The facilities whose handlers are looked after: namespaces like ``logging``'s, with that of their
#: ``handlers`` once there is one.
_facilities = {}

#: How long a fork waits for handlers that are busy, and how long the end of the process for queues.
_FORK_PATIENCE = 2.0
_EXIT_PATIENCE = 5.0

#: How long one handler is waited for, before those that are held already are given back for a moment.
_TURN = 0.005


def turn():
    """Let other threads run, if they want to: as any function of Python does."""


def look_after(namespace, handlers=None):
    """Look after the handlers of a facility from now on."""
    new = id(namespace) not in _facilities
    if new or handlers is not None:
        _facilities[id(namespace)] = (namespace, handlers)
    if new and hasattr(os, "register_at_fork"):
        _register_at_fork()


# Forks ------------------------------------------------------------------------------------------------

_held = []

#: Counts the facilities whose hooks were met.
_registered = 0


def _register_at_fork():
    """Have a fork run our hooks on the far side of the facilities' own, that of the newest included.

    Theirs take the modules' locks, and nothing is to be held while ours wait for handlers. As hooks cannot be
    taken back, those that were registered before do nothing from now on.
    """
    global _registered
    _registered = own = _registered + 1

    def of_the_newest(hook):
        return lambda: hook() if own == _registered else None

    os.register_at_fork(
        before=of_the_newest(_before_fork),
        after_in_parent=of_the_newest(_give_back),
        after_in_child=of_the_newest(_after_in_child),
    )


def _before_fork():
    begun, turn = time.monotonic(), _TURN
    while True:
        last = time.monotonic() - begun > _FORK_PATIENCE
        if _take_all(turn, last) or last:
            return
        _give_back()
        time.sleep(0.0002)
        turn = min(turn * 2, _FORK_PATIENCE / 4)


def _take_all(patience, last):
    """Take all locks; whether all could be had. The last time, those are kept that could."""
    complete = True
    for namespace, _ in list(_facilities.values()):
        # Some take the module's lock before a handler's, and some the other way round, which is why nothing is
        # waited for long. The module's own hook waits for it as long as it takes, so nothing is held then.
        if not _take(namespace.get("_lock"), patience):
            _give_back()
            return False
        for handler in list(namespace.get("_at_fork_reinit_lock_weakset", ())):
            if not _take(getattr(handler, "lock", None), 0 if last and not complete else patience):
                complete = False
                if not last:
                    return False
    return complete


def _take(lock, patience):
    if type(lock) is not _RLOCK:
        # None, or one of somebody else's making.
        return True
    if not lock.acquire(timeout=patience):
        return False
    _held.append(lock)
    return True


_RLOCK = type(threading.RLock())


def _give_back():
    while _held:
        _held.pop().release()


def _after_in_child():
    # The facility itself has made the locks of its handlers and its module anew.
    _held.clear()
    for _, handlers in list(_facilities.values()):
        if handlers is not None:
            _forget_memory(handlers)
    running, own = list(listening), threading.current_thread()
    listening.clear()
    for listener in running:
        if getattr(listener, "_thread", None) is not own and _forget_queue(listener.queue):
            listener._thread = None
            listener.start()


def _forget_memory(handlers):
    namespace = handlers.get("logging")
    classes = tuple(handlers[name] for name in ("BufferingHandler",) if name in handlers)
    for reference in list(getattr(namespace, "_handlerList", ())):
        handler = reference() if callable(reference) else None
        # What another class keeps in its buffer is for that class to say.
        if isinstance(handler, classes) and type(handler).__module__ in _OWN:
            handler.buffer.clear()


_OWN = ("logging.handlers", "ferrolog.handlers")


def _forget_queue(records):
    """Empty a queue that threads share, and make its locks anew; whether it is such a queue."""
    import queue

    if type(records) is queue.Queue:
        records.__init__(records.maxsize)
        return True
    if type(records) is queue.SimpleQueue:
        while not records.empty():
            records.get_nowait()
        return True
    # Of one that processes share, the parent's listener is the listener.
    return False


# The end ----------------------------------------------------------------------------------------------


def _at_exit():
    end = time.monotonic() + _EXIT_PATIENCE
    for listener in list(listening):
        while _waiting(listener) and time.monotonic() < end and listener in listening:
            time.sleep(0.001)
        lost = _waiting(listener)
        if lost and sys.stderr is not None:
            told = f"QueueListener: {lost} records in the queue were not delivered, and are lost\n"
            try:
                sys.stderr.write(told)
                sys.stderr.flush()
            except (OSError, ValueError):
                # There is nobody to tell.
                pass


atexit.register(_at_exit)


def _waiting(listener):
    """How many records are in the queue or being delivered."""
    import queue

    records = listener.queue
    if type(records) is queue.Queue:
        return records.unfinished_tasks
    try:
        return records.qsize()
    except (AttributeError, NotImplementedError):
        return 0


def shutdown_on_signals(*signals):
    """Have these signals (by default SIGTERM) end the program in order.

    Each then raises ``SystemExit`` in the main thread, with the status 128 and the signal's number, so that
    ``finally`` clauses run, queues are drained and handlers flushed and closed. Without this, SIGTERM ends a
    Python program at once, and what queues and memory handlers hold is lost. SIGINT needs nothing:
    ``KeyboardInterrupt`` ends a program in order already.
    """
    import signal

    def end(number, frame):
        # A second one ends it at once.
        signal.signal(number, signal.SIG_DFL)
        sys.exit(128 + number)

    for number in signals or (signal.SIGTERM,):
        signal.signal(number, end)
