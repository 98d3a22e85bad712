"""multiprocessing, concurrent.futures and asyncio."""

import os
import sys
import threading
import weakref

import pytest
from rows import row


@row("multiprocessing, concurrent.futures, asyncio", "module-level loggers taken at import")
def test_loggers_of_modules_that_were_imported_before(same):
    program = """
        import sys
        loggers = {}
        def take():
            import asyncio.log, concurrent.futures._base, multiprocessing.util
            loggers["asyncio"] = asyncio.log.logger
            loggers["concurrent.futures"] = concurrent.futures._base.LOGGER
            loggers["multiprocessing"] = multiprocessing.util.get_logger()
        take()
        import io
        stream = io.StringIO()
        logging.basicConfig(stream=stream, level=1, format="%(levelname)s:%(name)s:%(message)s")
        for name, logger in loggers.items():
            print(logger is logging.getLogger(name), type(logger) is logging.Logger)
            logger.propagate = True
            logger.setLevel(1)
            logger.error("from %s", name)

        import asyncio, concurrent.futures
        async def main():
            asyncio.get_running_loop().call_exception_handler({"message": "told"})
            asyncio.get_running_loop().call_soon(lambda: 1 / 0)
            await asyncio.sleep(0)
        asyncio.run(main())
        future = concurrent.futures.Future()
        future.add_done_callback(lambda future: 1 / 0)
        future.set_result(1)
        print([line for line in stream.getvalue().splitlines() if line[0] not in " T"])
    """
    out = same(program)
    assert out.startswith("True True\n" * 3) and "ERROR:asyncio:told" in out
    assert "ERROR:concurrent.futures:exception calling callback" in out


@row("multiprocessing, concurrent.futures, asyncio", "module-level loggers taken at import")
def test_takeover_after_the_loggers_were_taken(same):
    # The first line of the program takes over; here it is done once more, later and undone between.
    program = """
        import io, sys
        late = "ferrolog" in sys.modules and sys.modules["logging"] is not sys.modules["ferrolog"]
        if late:
            import ferrolog
            ferrolog.uninstall()
        import concurrent.futures._base as base
        logger, child = base.LOGGER, base.LOGGER.getChild("child")
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
        logging.root.addHandler(handler)
        logger.warning("before")
        if late:
            ferrolog.install()
        logger.warning("after")
        child.error("and %s", "below")
        print(logging.getLogger("concurrent.futures") is logger, logging.root.handlers == [handler])
        if late:
            ferrolog.uninstall()
        logger.warning("at last")
        print(stream.getvalue())
    """
    out = same(program)
    assert out == ("True True\nWARNING:concurrent.futures:before\nWARNING:concurrent.futures:after\n"
                   "ERROR:concurrent.futures.child:and below\nWARNING:concurrent.futures:at last\n\n")


@row("multiprocessing, concurrent.futures, asyncio", "_lock, _acquireLock and _releaseLock")
def test_the_modules_lock(logging, facility):
    def held():
        free = []
        thread = threading.Thread(
            target=lambda: free.append(logging._lock.acquire(blocking=False))
            or (free[0] and logging._lock.release()))
        thread.start()
        thread.join()
        return not free[0]

    assert not held()
    with logging._lock:
        assert held()
        # Reentrant: what takes it works while it is held.
        logging.getLogger("under.lock").setLevel("INFO")
        logging.Handler().close()
    assert not held()
    if facility == "standard" and sys.version_info >= (3, 13):
        assert not hasattr(logging, "_acquireLock")
        return
    # Older code calls these; ferrolog has them on 3.13 too.
    logging._acquireLock()
    try:
        assert held()
    finally:
        logging._releaseLock()
    assert not held()


@row("multiprocessing, concurrent.futures, asyncio", "_handlers and _handlerList")
def test_the_registry_of_handlers(logging):
    handler = logging.StreamHandler()
    handler.set_name("registered")
    assert logging._handlers["registered"] is handler
    assert type(logging._handlers) is weakref.WeakValueDictionary
    assert logging._handlerList[-1]() is handler
    handler.name = "renamed"
    assert "registered" not in logging._handlers and logging._handlers["renamed"] is handler
    handler.close()
    assert "renamed" not in logging._handlers
    before = len(logging._handlerList)
    del handler
    assert len(logging._handlerList) == before - 1
    # As multiprocessing's and concurrent.futures' tests clear and put back.
    handlers, refs = logging._handlers.copy(), logging._handlerList[:]
    logging._handlers.clear()
    logging._handlerList.clear()
    other = logging.NullHandler()
    other.set_name("only")
    assert list(logging._handlers) == ["only"]
    logging._handlers.clear()
    logging._handlers.update(handlers)
    logging._handlerList[:] = refs


@row("multiprocessing, concurrent.futures, asyncio", "_register_at_fork_reinit_lock")
@row("watchtower", "createLock and _at_fork_reinit overridden")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_locks_after_a_fork(same):
    program = """
        import os, threading
        class Own(logging.Handler):
            def createLock(self):
                self.made = getattr(self, "made", 0) + 1
                self.lock = threading.RLock()
                logging._register_at_fork_reinit_lock(self)
            def _at_fork_reinit(self):
                self.again = True
                self.lock = threading.RLock()
            def emit(self, record):
                out.append(record.getMessage())
        out = []
        own, plain = Own(), logging.StreamHandler()
        class Object:
            lock = None
            def _at_fork_reinit(self): self.again = True
        other = Object()
        logging._register_at_fork_reinit_lock(other)
        logging.root.addHandler(own)
        print(own.made, hasattr(own, "again"))
        held, go = threading.Event(), threading.Event()
        def hold():
            # No matter who holds the locks in the parent.
            own.acquire(); plain.acquire(); held.set(); go.wait(); plain.release(); own.release()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        read, write = os.pipe()
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        # The module's lock is taken before the fork, and with it each handler's is made anew.
        child = os.fork()
        if child == 0:
            logging.error("in the child")
            free = plain.lock.acquire(blocking=False)
            os.write(write, repr((out, own.made, own.again, other.again, free)).encode())
            os._exit(0)
        print(os.waitpid(child, 0)[1], os.read(read, 1000).decode())
        go.set()
        thread.join()
        print(hasattr(own, "again"), out)
    """
    out = same(program)
    assert out == "1 False\n0 (['in the child'], 1, True, True, True)\nFalse []\n"
