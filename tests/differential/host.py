"""Runs programs under one facility: each in a forked child of its own.

    python host.py FACILITY < PROGRAMS > RESULTS

FACILITY is `stdlib`, `alone` or `installed`. A program comes as one JSON object a line, and goes as one:
the events that `observe` noted.
"""

import gc
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile

# Everything that programs import, so that no child has to.
import asyncio, collections, copy, io, pickle, queue, re, socket, string, struct, threading, time, types  # noqa: E401, F401
import traceback, unittest.mock, warnings, weakref  # noqa: E401, F401
import logging as standard
import logging.config
import logging.handlers

import observe

#: Seconds without a result, and seconds of work. A program that makes a logger its own ancestor may work for ever.
LIMIT = 60
LIMIT_OF_WORK = 3
#: What is said of one that is stopped; which of the limits stopped it depends on the machine.
ENDLESS = ["took too long"]

#: How deep a program may recurse. Far deeper than those go that come to an end; for the others each level is one more
#: report of the whole stack, and more of them for native code, whose frames do not count.
DEPTH = 300


def facility(name):
    """The module `logging` of the facility, and its two submodules."""
    if name == "stdlib":
        return standard, logging.handlers, logging.config
    import ferrolog

    if name == "installed":
        ferrolog.install()
        if type(standard.Logger.info) is type(facility):
            sys.exit("host: ferrolog.install() did not take over the logging module")
        return standard, logging.handlers, logging.config
    import ferrolog.config
    import ferrolog.handlers

    return ferrolog, ferrolog.handlers, ferrolog.config


def child(program, modules, out):
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_OF_WORK, resource.RLIM_INFINITY))
    folder = tempfile.mkdtemp(prefix="differential-")
    os.chdir(folder)
    # When it comes by itself depends on how much was made, and so does which handlers are still there at the end.
    gc.disable()
    try:
        module, handlers, config = modules
        observer = observe.Observer(module, handlers, program["real_clock"])
        namespace = {"logging": module, "handlers": handlers, "config": config, "__name__": "prog"}
        events = observer.run(program["setup"], program["steps"], namespace)
    except BaseException as error:
        events = [f"the program broke its observer: {error!r}"]
    finally:
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)
    with os.fdopen(out, "w") as file:
        json.dump(events, file)
    os._exit(0)


def run(program, modules):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        child(program, modules, write)
    os.close(write)
    data = bytearray()
    while True:
        ready, _, _ = select.select([read], [], [], LIMIT)
        if not ready:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(read)
            return ENDLESS
        block = os.read(read, 1 << 16)
        if not block:
            break
        data += block
    os.close(read)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return ENDLESS
    if not data:
        return [f"died: wait status {status}"]
    return json.loads(data)


def main():
    modules = facility(sys.argv[1])
    sys.setrecursionlimit(DEPTH)
    # The loggers of the modules imported above are in the standard library's tree alone.
    asyncio.log.logger.disabled = True
    standard.root.manager.loggerDict.clear()
    observe.OWN += [
        os.path.dirname(logging.__file__) + os.sep,
        os.path.dirname(sys.modules["ferrolog"].__file__) + os.sep if "ferrolog" in sys.modules
        else os.path.dirname(logging.__file__) + os.sep,
    ]
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line), modules)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
