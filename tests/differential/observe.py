"""Runs one program and says everything about it that can be seen from outside.

A program is a list of steps, each a piece of source that runs in the same namespace. What is noted
must not depend on the moment, on addresses, or on which package a class lives in; frames that are the
facility's own are left out of tracebacks.
"""

import contextlib
import gc
import io
import linecache
import os
import re
import sys
import threading
import time
import traceback

#: What a traceback shows of the facility itself: files in one of these folders.
OWN = []

TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d([,.]\d{3,6})?")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
FRAME = re.compile(r'^([ |+-]*)File "([^"]*)", line (\d+), in (.*)$')
PACKAGE = re.compile(r"\bferrolog\b")


class Observer:
    """Notes of one program."""

    def __init__(self, logging, handlers, real_clock):
        self.logging, self.handlers, self.real_clock = logging, handlers, real_clock
        self.events, self.streams, self.folder = [], [], os.getcwd()

    # What programs call.

    def note(self, *things):
        self.events.append(" ".join(self.plain(thing) for thing in things))

    def dump(self, record):
        """Notes the attributes of a record, in their order."""
        self.events.append("record " + self.attributes(record))

    def stream(self, kind=io.StringIO):
        made = kind()
        self.streams.append(made)
        return made

    # How values are shown.

    def plain(self, thing):
        if isinstance(thing, str):
            return self.text(repr(str(thing)) if type(thing) is not str else thing)
        try:
            return self.text(repr(thing))
        except Exception as error:
            return f"<no repr: {type(error).__name__}>"

    def text(self, text):
        if self.real_clock:
            text = TIME.sub("<time>", text)
        text = ADDRESS.sub("0x", text).replace(self.folder, "<folder>")
        return PACKAGE.sub("logging", text).encode("unicode_escape").decode("ascii")

    def attributes(self, record):
        shown = []
        values = vars(record)
        for name, value in values.items():
            if name in ("thread", "process"):
                own = threading.get_ident() if name == "thread" else os.getpid()
                value = "own" if value == own else value
            elif name in ("created", "msecs", "relativeCreated") and self.real_clock:
                value = self.moment(name, values)
            elif name in ("exc_info", "exc_text", "stack_info") and value:
                value = self.trace(value) if isinstance(value, str) else self.exc_info(value)
            shown.append(f"{name}={self.plain(value)}")
        return f"{type(record).__name__} {' '.join(shown)}"

    def moment(self, name, values):
        """A moment that cannot be foretold has to be one, and to fit the others."""
        created = values.get("created")
        if type(values[name]) is not float or type(created) is not float:
            return f"{name}?"
        if name == "msecs":
            off = abs(values["msecs"] - int((created % 1) * 1000))
            return "fits" if off <= 1 or off == 999 else f"{created} {values['msecs']}"
        if name == "relativeCreated":
            start = self.logging._startTime
            start = start / 1e9 if isinstance(start, int) else start
            off = abs((created - start) * 1000 - values[name])
            return "fits" if off < 0.01 else f"{created} {values[name]}"
        return "now" if abs(time.time() - created) < 100 else f"{created}"

    def exc_info(self, value):
        if isinstance(value, tuple) and len(value) == 3:
            kind, error, tb = value
            frames = user_frames(tb) if tb is not None and hasattr(tb, "tb_next") else tb
            return f"({getattr(kind, '__name__', kind)}, {error!r}, {frames})"
        return value

    def trace(self, text):
        return "\n".join(without_own_frames(text))

    def failure(self, error, tb):
        shown = [type(error).__name__]
        shown += [self.plain(str(error)), self.plain(getattr(error, "args", ()))]
        shown += [str(user_frames(tb)), str(getattr(error, "__notes__", []))]
        for link in "__cause__", "__context__":
            other, links = getattr(error, link), 0
            while other is not None and links < 5:
                shown.append(f"{link} {type(other).__name__} {self.plain(str(other))}")
                other, links = getattr(other, link), links + 1
        return shown

    # Running.

    def run(self, setup, steps, namespace):
        err = sys.stderr = io.StringIO()
        namespace.update(note=self.note, dump=self.dump, stream=self.stream)
        for source in setup:
            exec(source, namespace)
        for number, source in enumerate(steps):
            name = f"step{number}.py"
            linecache.cache[name] = len(source), None, source.splitlines(True), name
            begin = len(self.events)
            self.events.append(f"-- step {number}")
            try:
                exec(compile(source, name, "exec"), namespace)
            except BaseException as error:
                self.events.append(f"raised {self.failure(error, error.__traceback__)}")
                del error
            if "_" in namespace:
                self.note("value", namespace.pop("_"))
            written = err.getvalue()
            if written:
                err.seek(0)
                err.truncate()
                self.events.append("stderr")
                self.events += [self.text(line) for line in without_own_frames(written)]
            if any("RecursionError" in event for event in self.events[begin:]):
                # How deep is too deep depends on the frames in between, and so does the rest.
                self.events[begin:] = ["too deep"]
                return self.events
        sys.stderr = sys.__stderr__
        self.finish()
        return self.events

    def finish(self):
        """What the program leaves behind."""
        for number, stream in enumerate(self.streams):
            with contextlib.suppress(Exception):
                self.events.append(f"-- stream {number}")
                lines = without_own_frames(stream.getvalue())
                self.events += [self.text(line) for line in lines]
        for name in sorted(os.listdir(".")):
            with open(name, encoding="utf-8", errors="backslashreplace") as file:
                self.events.append(f"-- file {self.text(name)}")
                self.events += [self.text(line) for line in without_own_frames(file.read())]
        gc.collect()
        root = self.logging.root
        self.events.append("-- tree")
        known = root.manager.loggerDict
        for logger in [root, *(known[name] for name in sorted(known))]:
            values = dict(vars(logger))
            for name in "manager", "parent", "loggerMap":
                values.pop(name, None)
            if "_cache" in values:
                values["_cache"] = sorted(values["_cache"].items())
            self.note(type(logger).__name__, sorted(values.items()))
        logging = self.logging
        self.note(sorted(logging._levelToName.items()), len(logging._handlerList),
                  sorted(logging._handlers), root.manager.disable, logging.raiseExceptions)


def own_file(name):
    return any(name.startswith(folder) for folder in OWN)


def user_frames(tb):
    return [
        (f.name, f.lineno, os.path.basename(f.filename))
        for f in traceback.extract_tb(tb)
        if not own_file(f.filename)
    ]


def without_own_frames(text):
    """The lines of a text without the source lines of its tracebacks, and without the frames that are
    the facility's own."""
    kept, in_frame = [], False
    for line in text.split("\n"):
        frame = FRAME.match(line)
        if frame:
            in_frame = True
            if not own_file(frame[2]):
                kept.append(line)
        elif in_frame and re.match(r"^[ |]*    \S", line):
            continue
        elif re.match(r"^[ |]*\[Previous line repeated", line):
            continue
        else:
            in_frame = False
            kept.append(line)
    return kept
