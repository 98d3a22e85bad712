"""The other side of the comparison: the standard library's handlers in the same situations."""

import datetime
import json
import logging
import logging.handlers
import os
import sys
import tempfile
import time
import types


class Clock(types.SimpleNamespace):
    """`time` with a clock that is set by hand."""

    def __getattr__(self, name):
        return getattr(time, name)


clock = Clock(now=0)
clock.time = lambda: clock.now
logging.handlers.time = clock


def set_zone(zone):
    os.environ["TZ"] = zone
    time.tzset()


def timed(path, case, **more):
    at = case["at"]
    return logging.handlers.TimedRotatingFileHandler(
        path,
        when=case["when"],
        interval=case["interval"],
        utc=case["utc"],
        atTime=None if at is None else datetime.time(*at),
        **more,
    )


def rollovers(cases):
    results = []
    for case in cases:
        set_zone(case["zone"])
        handler = timed(os.path.join(tempfile.gettempdir(), "none", "log"), case, delay=True)
        results.append([handler.computeRollover(at) for at in case["times"]])
        handler.close()
    return results


NAMERS = {
    None: None,
    "behind": lambda name: name + ".bak",
    "between": lambda name: (lambda folder, file: os.path.join(
        folder, "old-%s-log" % file[len("app.log."):]))(*os.path.split(name)),
}


def copy_and_empty(source, target):
    if not os.path.exists(source):  # its opening was delayed
        return
    with open(source, "rb") as old, open(target, "wb") as new:
        new.write(b"rotated\n" + old.read())
    os.remove(source)


ROTATORS = {None: None, "copy": copy_and_empty}


def play(case):
    """The files that are in the folder in the end."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "app.log")
        for name, content, modified in case["files"]:
            file = os.path.join(folder, name)
            with open(file, "w", encoding="utf-8") as stream:
                stream.write(content)
            os.utime(file, (modified, modified))
        clock.now = case["start"]
        common = dict(
            backupCount=case["backup_count"],
            encoding=case["encoding"],
            errors=case["errors"],
            delay=case["delay"],
        )
        if "when" in case:
            set_zone(case["zone"])
            handler = timed(path, case, **common)
        else:
            handler = logging.handlers.RotatingFileHandler(
                path, mode=case["mode"], maxBytes=case["max_bytes"], **common)
        handler.namer = NAMERS[case["namer"]]
        handler.rotator = ROTATORS[case["rotator"]]
        for what, value in case["steps"]:
            if what == "log":
                handler.handle(logging.makeLogRecord({"msg": value}))
            elif what == "at":
                clock.now = value
            elif what == "roll":
                handler.doRollover()
            elif what == "close":
                handler.close()
            elif what == "truncate" and os.path.exists(path):
                os.truncate(path, 0)
        handler.close()
        files = {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as stream:
                files[name] = stream.read().decode("latin-1")
        return files


def encode(case):
    name, errors, text = case
    try:
        return text.encode(name, errors).decode("latin-1")
    except LookupError:
        return "unknown"
    except UnicodeEncodeError as error:
        return [error.start]


def main():
    asked = json.load(sys.stdin)
    answer = {
        "rollovers": rollovers(asked.get("rollovers", [])),
        "trees": [play(case) for case in asked.get("trees", [])],
        "encodings": [encode(case) for case in asked.get("encodings", [])],
    }
    json.dump(answer, sys.stdout)


main()
