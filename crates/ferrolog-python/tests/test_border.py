"""What Python code may do around and inside a logging call, each in a process of its own: the program
prints the same under the standard library, the stand-alone package and after a takeover."""

import re
import subprocess
import sys
import textwrap

import pytest

START = {
    "standard": "import logging, logging.handlers",
    "alone": "import ferrolog as logging, ferrolog.handlers",
    "installed": "import ferrolog.auto, logging, logging.handlers",
}

COMMON = """
import io, os, sys, threading
log = logging.getLogger("a.b")
stream = io.StringIO()
handler = logging.StreamHandler(stream)
handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(funcName)s:%(message)s"))
logging.root.addHandler(handler)
logging.root.setLevel(1)
"""


def run(facility, code, cwd):
    code = "\n".join([START[facility], COMMON, textwrap.dedent(code)])
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code],
        cwd=cwd, capture_output=True, timeout=120, text=True, errors="surrogateescape",
    )
    return done.returncode, done.stdout, done.stderr


def plain(text):
    """Standard error without what no program can count on: addresses, and the facility's frames."""
    text = re.sub(r"0x[0-9a-f]+|pid=\d+", "...", text)
    kept = []
    for line in text.splitlines():
        frame = re.match(r'\s*File "([^"]*)", line (\d+)(, in .*)?', line)
        if frame and ("logging" in frame[1] or "ferrolog" in frame[1]):
            continue
        if frame and frame[1] == "<string>":
            # The programs begin with different lines, but as many.
            line = f"<string> {frame[2]}{frame[3] or ''}"
        elif line.startswith("    ") or not line.strip():
            continue
        kept.append(line)
    return kept


PROGRAMS = {
    "an odd handler and an odd record": """
        def attempt(call, *arguments):
            try: call(*arguments)
            except AttributeError as error: print(error)
        log.addHandler(5)
        attempt(log.callHandlers, object())
        import queue
        listener = logging.handlers.QueueListener(queue.Queue(), 5, respect_handler_level=True)
        attempt(listener.handle, object())
    """,
    "false records": """
        class False_(logging.LogRecord):
            asked = 0
            def __bool__(self):
                False_.asked += 1
                return False
        false = False_("a.b", 40, "path", 1, "false", None, None)
        for record in None, "", false:
            try: handler.handle(record), logging.NullHandler().handle(record), log.handle(record)
            except AttributeError as error: print(error)
        memory = logging.handlers.MemoryHandler(10, target=handler)
        for record in None, false:
            try: memory.emit(record)
            except AttributeError as error: print(error)
        memory.close()
        print(False_.asked, stream.getvalue())
    """,
    "lone surrogates": """
        for text in "\\ud800", "%s \\udfff", "\\ud800%d":
            log.info(text, 5) if "%" in text else log.info(text)
        log.info("%s", "\\ud83d")
        logging.getLogger("\\udc00").warning("name")
        print(ascii(stream.getvalue()))
        file = logging.FileHandler("log", encoding="utf-8")
        log.addHandler(file)
        log.info("\\ud800")
        log.info("after")
        file.close()
        print(open("log", "rb").read())
    """,
    "nul bytes": """
        log.info("a\\0b %s", "c\\0d")
        handler.terminator = "\\0"
        log.info("\\0")
        logging.getLogger("x\\0y").info("z")
        print(ascii(stream.getvalue()))
    """,
    "huge widths": """
        log.info("%50000s", "x")
        log.info("%.0s|", "x" * 50000)
        handler.setFormatter(logging.Formatter("%(message)20000s%(lineno)-5000d|"))
        log.info("y")
        handler.setFormatter(logging.Formatter("%(message)99999999999999999999s"))
        handler.handleError = lambda record: print(sys.exc_info()[:2])
        log.info("too wide")
        log.info("%99999999999999999999s", 1)
        import hashlib
        print(len(stream.getvalue()), hashlib.sha256(stream.getvalue().encode()).hexdigest())
    """,
    "a __str__ that raises": """
        class Bad:
            def __str__(self): raise ValueError("str")
            def __repr__(self): raise KeyError("repr")
        log.info("%s", Bad()); log.info("%r", Bad()); log.info(Bad()); log.info("%s %s", 1, Bad())
        print(stream.getvalue())
    """,
    "a __str__ that raises what is no Exception": """
        class Stop(BaseException): pass
        class Bad:
            def __str__(self): raise Stop("now")
        for call in (lambda: log.info("%s", Bad())), (lambda: log.info(Bad())):
            try: call()
            except Stop as error: print("passed on", error)
        log.info("free again")
        print(stream.getvalue(), handler.lock.acquire(blocking=False))
    """,
    "a __str__ that logs": """
        class Logs:
            def __init__(self, depth): self.depth = depth
            def __str__(self):
                if self.depth: log.info("%s", Logs(self.depth - 1))
                return f"depth {self.depth}"
        log.info("%s", Logs(3)); log.info(Logs(2))
        print(stream.getvalue())
    """,
    "a __str__ without end": """
        class Deep:
            def __str__(self): return str(self)
        class Logs:
            def __str__(self):
                log.info("%s", self)
                return "never"
        logging.raiseExceptions = False
        for value in Deep(), Logs():
            try: log.info("%s", value)
            except RecursionError: print("too deep")
        log.info("fine")
        print(stream.getvalue().splitlines()[-1])
    """,
    "a __str__ without end in a thread with a small stack": """
        class Logs:
            def __str__(self):
                log.info("%s", self)
                return "never"
        class Emits(logging.Handler):
            def emit(self, record): log.info("again")
        logging.raiseExceptions = False
        def work():
            try: log.info("%s", Logs())
            except RecursionError: print("too deep")
            other = logging.getLogger("other")
            other.addHandler(Emits())
            log.addHandler(other.handlers[0])
            try: other.info("start")
            except RecursionError: print("too deep")
            log.handlers.clear()
        threading.stack_size(512 * 1024)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        sys.setrecursionlimit(3000)
        try: log.info("%s", Logs())
        except RecursionError: print("too deep")
        log.info("fine")
        print(stream.getvalue().splitlines()[-1])
    """,
    "a handler that logs to itself without end": """
        class Own(logging.Handler):
            def emit(self, record): log.info("again")
        log.addHandler(Own())
        try: log.info("start")
        except RecursionError: print("too deep")
        log.handlers.clear()
        log.info("fine")
        print(stream.getvalue().splitlines()[-1])
    """,
    "a filter that logs without end": """
        log.addFilter(lambda record: log.info("again"))
        try: log.info("start")
        except RecursionError: print("too deep")
        log.filters.clear()
        log.info("fine")
        print(stream.getvalue())
    """,
    "arguments that change while they are shown": """
        values, table = [1], {"k": 1}
        class Grows:
            def __str__(self):
                values.append(len(values)); table["new"] = 2
                return str(values)
        log.info("%s %s %s", values, Grows(), values)
        log.info("%(k)s %(k)s", table)
        class Clears:
            def __str__(self): log.handlers.clear(); logging.root.handlers.clear(); return "cleared"
        log.info("%s", Clears())
        print(stream.getvalue(), table)
    """,
    "handlers that change the tree": """
        class Removes(logging.Handler):
            def emit(self, record):
                logging.root.removeHandler(self); log.handlers.clear(); log.parent = None
        for _ in range(3): log.addHandler(Removes())
        logging.root.handlers.insert(0, Removes())
        log.info("one"); log.parent = logging.root; log.info("two")
        print(stream.getvalue(), len(log.handlers), len(logging.root.handlers))
    """,
    "__del__": """
        import gc
        class Dies:
            def __init__(self, name): self.name = name
            def __del__(self): log.info("%s dies", self.name)
        one = Dies("one"); del one
        def function():
            two = Dies("two")
            log.info("in between")
        function()
        loop = Dies("loop"); loop.self = loop; del loop; gc.collect()
        for _ in range(2000): d = Dies("many"); d.self = d
        del d; gc.collect()
        lines = stream.getvalue().splitlines()
        print(lines[:4], len(lines), set(lines[4:]))
    """,
    "the interpreter shuts down": """
        handler.setStream(sys.stdout)
        import atexit
        atexit.register(log.info, "at exit")
        class Late:
            def __del__(self): log.error("late %s", 1)
        late = Late(); late.self = late; sys.late = Late()
        thread = threading.Thread(target=lambda: log.info("in a thread"))
        thread.start(); thread.join()
        log.info("main is done")
    """,
    "a thread still logs when the interpreter shuts down": """
        handler.setStream(sys.stdout)
        begun = threading.Event()
        def forever():
            n = logging.getLogger("null"); n.propagate = False; n.addHandler(logging.NullHandler())
            begun.set()
            while True: n.info("x %s", 1)
        threading.Thread(target=forever, daemon=True).start()
        begun.wait()
        log.info("done")
    """,
    "a signal handler": """
        import signal, time
        def handle(number, frame): log.warning("signal in %s", frame.f_code.co_name)
        signal.signal(signal.SIGUSR1, handle)
        class Slow(io.StringIO):
            def write(self, text):
                if "signal" not in text: os.kill(os.getpid(), signal.SIGUSR1)
                return super().write(text)
        handler.setStream(Slow())
        def work(): log.info("working")
        work()
        print(handler.stream.getvalue())
        def interrupt(number, frame): raise InterruptedError("by a signal")
        signal.signal(signal.SIGUSR1, interrupt)
        handler.handleError = lambda record: print("handled", sys.exc_info()[1])
        work()
        print(handler.lock.acquire(blocking=False))
    """,
    "fork": """
        file = logging.FileHandler("log"); log.addHandler(file)
        log.info("before")
        handler.acquire(); file.acquire()
        held = threading.Event(); go = threading.Event()
        def hold():
            with handler.lock: held.set(); go.wait()
        handler.release(); file.release()
        thread = threading.Thread(target=hold); thread.start(); held.wait()
        pid = os.fork()
        if pid == 0:
            log.info("child"); os._exit(0)
        print(os.waitpid(pid, 0)[1]); go.set(); thread.join()
        log.info("parent")
        logging.shutdown()
        print(open("log").read(), stream.getvalue())
    """,
    "copies and pickles": """
        import copy, pickle, weakref
        print(pickle.loads(pickle.dumps(log)) is log, copy.copy(log) is log, copy.deepcopy(log) is log)
        try: pickle.dumps(logging.Logger("unknown"))
        except pickle.PicklingError as error: print(error)
        record = log.makeRecord("n", 20, "p.py", 3, "%s", ({"k": [1]},), None, extra={"mine": [1]})
        for other in copy.copy(record), copy.deepcopy(record), pickle.loads(pickle.dumps(record)):
            print(vars(other) == vars(record), other.mine is record.mine, type(other) is type(record))
        formatter = copy.copy(handler.formatter)
        print(formatter.format(record), pickle.loads(pickle.dumps(formatter)).format(record))
        for thing in handler, log.info, log:
            try: pickle.loads(pickle.dumps(thing)); print("fine")
            except Exception as error: print(type(error).__name__)
        print(pickle.loads(pickle.dumps(log.info)) == log.info, copy.copy(log.info)("copied"))
        bound = weakref.WeakMethod(handler.emit) if hasattr(handler.emit, "__func__") else None
        print(weakref.ref(log)() is log, weakref.ref(handler)() is handler, weakref.ref(record)() is record)
    """,
    "many bases": """
        class Base:
            def __init__(self, *args): self.args = args; super().__init__()
            def emit(self, record): print("mixin", record.msg); super().emit(record)
        class One(Base, logging.StreamHandler): pass
        class Two(logging.StreamHandler, dict): __hash__ = object.__hash__
        class Three(logging.Logger, threading.local): pass
        class Four(logging.Handler, Exception): 
            def emit(self, record): print("exception", record.msg)
        import collections
        class Five(logging.LogRecord, collections.UserDict): data = {"k": 1}
        one = One(1); one.stream = stream
        for h in one, Two(stream), Four(): log.addHandler(h)
        log.info("hello")
        three = Three("three"); three.parent = log; three.info("from three")
        logging.setLogRecordFactory(Five); log.info("five")
        print(stream.getvalue(), [c.__name__ for c in One.__mro__])
    """,
    "generators, coroutines and callbacks": """
        import asyncio
        asyncio.log.logger.disabled = True
        def generator():
            log.info("first"); yield; log.info("second")
        for _ in generator(): pass
        async def main(): log.info("in a task"); print(log.makeRecord("n", 1, "p", 1, "m", (), None).__dict__.get("taskName"))
        asyncio.run(main())
        list(map(log.info, ["mapped"])); sorted([2, 1], key=lambda n: log.info("key %d", n) or n)
        eval("log.info('evaluated')"); exec("def f():\\n log.info('executed')\\nf()")
        import functools; functools.partial(log.log, 20)("partial")
        print(stream.getvalue())
    """,
    "standard error is gone": """
        sys.stderr = None
        log.info("%d", "x")
        logging.lastResort.handle(logging.makeLogRecord({"msg": "lost", "levelno": 50}))
        logging.root.handlers.clear()
        log.error("nobody")
        class Closed(io.StringIO): pass
        sys.stderr = Closed(); sys.stderr.close()
        try: log.error("closed")
        except ValueError as error: print(error)
        print("alive")
    """,
    "from many threads": """
        file = logging.FileHandler("log"); file.setFormatter(logging.Formatter("%(threadName)s %(message)s"))
        log.addHandler(file)
        def work(n):
            for i in range(300):
                log.info("%d %s", i, n)
                if i % 50 == 0: log.setLevel(1); file.setFormatter(logging.Formatter("%(threadName)s %(message)s"))
        threads = [threading.Thread(target=work, args=(n,), name=f"t{n}") for n in range(6)]
        for t in threads: t.start()
        for t in threads: t.join()
        lines = open("log").read().splitlines()
        print(len(lines), len(set(lines)), all(len(l.split()) == 3 for l in lines), len(stream.getvalue().splitlines()))
        for n in range(6):
            print([int(l.split()[1]) for l in lines if l.startswith(f"t{n} ")] == list(range(300)))
    """,
}


@pytest.mark.parametrize("facility", ["alone", "installed"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same(tmp_path, name, facility):
    for folder in "standard", facility:
        (tmp_path / folder).mkdir()
    expected = run("standard", PROGRAMS[name], tmp_path / "standard")
    found = run(facility, PROGRAMS[name], tmp_path / facility)
    assert expected[0] == 0, expected
    assert found[:2] == expected[:2], (found, expected)
    assert plain(found[2]) == plain(expected[2])


def test_installing_from_threads_while_others_log(tmp_path):
    code = """
        import ferrolog
        done, seen = threading.Event(), []
        def work():
            while not done.is_set(): log.info("%s", "x"); seen.append(1)
        def switch():
            for _ in range(100): ferrolog.install(); ferrolog.uninstall()
        threads = [threading.Thread(target=work) for _ in range(3)]
        switches = [threading.Thread(target=switch) for _ in range(3)]
        for t in threads + switches: t.start()
        for t in switches: t.join()
        done.set()
        for t in threads: t.join()
        print(len(seen) == len(stream.getvalue().splitlines()), ferrolog.installed())
        print(type(logging.Logger.info).__name__)
    """
    assert run("standard", code, tmp_path) == (0, "True False\nfunction\n", "")


def test_uninstalling_leaves_nothing_behind(tmp_path):
    code = """
        modules = [logging, logging.handlers, logging.config] if hasattr(logging, "config") else [logging, logging.handlers]
        def state():
            return {(m.__name__, name): dict(vars(value)) if isinstance(value, type) else value
                    for m in modules for name, value in vars(m).items()}
        before = state()
        import ferrolog
        for _ in range(3):
            ferrolog.install(); ferrolog.install(); log.info("x"); ferrolog.uninstall(); ferrolog.uninstall()
        after = state()
        print(before.keys() == after.keys(), [k for k in before if before[k] != after[k]])
        print([(k, n) for k, v in before.items() if isinstance(v, dict) and k[1][0] != "_"
               for n in v if v[n] is not after[k][n] and n != "__abstractmethods__"])
    """
    assert run("standard", code, tmp_path) == (0, "True []\n[]\n", "")
