"""The other side of the comparison: the standard library's MemoryHandler, step by step."""

import io
import json
import logging
import logging.handlers
import sys


def play(case):
    stream = io.StringIO()
    target = logging.StreamHandler(stream)
    handler = logging.handlers.MemoryHandler(
        case["capacity"],
        flushLevel=case["flush_level"],
        target=target if case["target"] else None,
        flushOnClose=case["flush_on_close"],
    )
    seen = []
    for what, value in case["steps"]:
        if what == "log":
            handler.handle(logging.makeLogRecord({"msg": str(len(seen)), "levelno": value}))
        elif what == "flush":
            handler.flush()
        elif what == "target":
            handler.setTarget(target if value else None)
        seen.append([stream.getvalue(), len(handler.buffer)])
    handler.close()
    seen.append([stream.getvalue(), 0])
    return seen


json.dump([play(case) for case in json.load(sys.stdin)], sys.stdout)
