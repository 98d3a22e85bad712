"""What keeps a rollover by time from costing records."""

import weakref

#: The method that names the file, and removes one that has this name already.
_METHOD = "TimedRotatingFileHandler.doRollover"

#: By how many seconds the kernel's clock may be behind: five times what it is where it ticks most slowly.
_BEHIND = 0.05

#: The handlers that have rolled over before, by their identity.
_seen = weakref.WeakValueDictionary()


def put_off(handler):
    """Put the rollover that is due off, if it would remove a file that was rotated before; say whether it was.

    A file's times are those of the kernel's clock, which is a few milliseconds behind. One that was begun at the start
    of an interval can look as if it were of the interval before. A handler that is made for it, as when its program was
    killed and started anew, would roll it over at once, under the name of the file of that interval. Up to 3.12 the
    standard library removes that one, with all its records; from 3.13 on it never rolls the new one over. Here the
    records go on into the new file, which it is right for, until the interval has passed.
    """
    if id(handler) in _seen:
        return False
    _seen[id(handler)] = handler
    function = getattr(type(handler), "doRollover", None)
    code = getattr(function, "__code__", None)
    if getattr(code, "co_qualname", None) != _METHOD or "doRollover" in vars(handler):
        return False
    # What it would use, which others may have replaced.
    os, time = function.__globals__["os"], function.__globals__["time"]
    now = int(time.time())
    try:
        begun = os.stat(handler.baseFilename).st_mtime
        if not 0 < handler.rolloverAt - begun <= _BEHIND:
            return False
        name = _name(handler, time, now)
        if handler.namer is not None:
            # It may tell that it was called, so only where it matters: most put something behind the name.
            folder, start = os.path.split(name)
            if not any(other.startswith(start) for other in os.listdir(folder)):
                return False
            name = handler.rotation_filename(name)
        # Another, such as the one that is always called so, was written before.
        if os.stat(name).st_mtime < handler.rolloverAt - handler.interval:
            return False
    except OSError:
        return False
    at = handler.computeRollover(now)
    while at <= now:
        at += handler.interval
    handler.rolloverAt = at
    return True


def _name(handler, time, now):
    """The name under which the file is kept, before a namer: that of the beginning of its interval."""
    begin = handler.rolloverAt - handler.interval
    if handler.utc:
        moment = time.gmtime(begin)
    else:
        moment = time.localtime(begin)
        summer = time.localtime(now).tm_isdst
        if moment.tm_isdst != summer:
            # By the clock as it is now.
            moment = time.localtime(begin + (3600 if summer else -3600))
    return f"{handler.baseFilename}.{time.strftime(handler.suffix, moment)}"
