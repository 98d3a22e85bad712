"""The time as text, with a `datefmt`, in UTC and in zones, without a record: as `time.strftime` shows it."""

import ctypes
import io
import locale
import time

import pytest

import ferrolog

# What `time.strftime` is given, and whether that is done without a record.
FORMATS = [
    ("%Y-%m-%d %H:%M:%S", True), ("%H:%M:%S", True), ("%d/%m/%y %I:%M", True), ("%Y%m%dT%H%M%SZ", True),
    ("%F %T", True), ("%D %R", True), ("%Y-%m-%dT%H:%M:%S%z", True), ("%j %U %W %V %G %g %u %w %C", True),
    ("[%e %k]", True), ("100%% at %H", True), ("no directive", True), ("two\nlines %M", True), ("%M" * 128, True),
    ("", True),
    ("%d/%b/%Y", True), ("%A %B", True), ("%c", True), ("%x %X", True), ("%p", True), ("%m/%d/%Y %I:%M:%S %p", True), ("%r", True), ("%a %h", True),
    ("%-d", False),
    ("%s", False), ("%Ey", False), ("%Od", False), ("%", False), ("%Q", False), ("at %H é", False), ("%M" * 129, False),
    ("\ud800%H", False), ("%H\0%M", False),
]


@pytest.fixture(params=["UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "NST3:30NDT", "<+1245>-12:45"])
def zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


class Lines:
    """A logger with one formatter."""

    def __init__(self, logging, formatter):
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter)
        self.logger = logging.getLogger("times")
        self.logger.propagate = False
        self.use()

    def use(self):
        self.logger.handlers[:] = [self.handler]

    def call(self):
        """A line, and the moment that it shows."""
        self.stream.seek(0)
        self.stream.truncate()
        self.logger.error("x")
        text, moment = self.stream.getvalue()[:-1].rsplit("|", 1)
        return text, float(moment)

    @property
    def fast(self):
        return ferrolog.explain(self.logger)["ERROR"].fast


def shown(moment, datefmt, convert=time.localtime):
    if datefmt:
        return time.strftime(datefmt, convert(moment))
    return time.strftime("%Y-%m-%d %H:%M:%S", convert(moment)) + f",{int(moment * 1000 % 1000):03d}"


def check(lines, expected):
    for _ in range(3):
        text, moment = lines.call()
        # How the milliseconds are rounded is not this test's.
        assert text == expected(moment) or (text[:-3] == expected(moment)[:-3] and text[-4] in ",.")


@pytest.mark.parametrize("utc", [False, True])
@pytest.mark.parametrize("datefmt, quick", FORMATS)
def test_a_datefmt(logging, facility, zone, datefmt, quick, utc):
    class Formatter(logging.Formatter):
        converter = time.gmtime if utc else time.localtime

    convert = time.gmtime if utc else time.localtime
    try:
        shown(0.5, datefmt, convert)
    except (UnicodeEncodeError, ValueError) as error:
        with pytest.raises(type(error)):
            Formatter("%(asctime)s", datefmt).format(logging.makeLogRecord({"created": 0.5}))
        return
    lines = Lines(logging, Formatter("%(asctime)s|%(created).6f", datefmt))
    check(lines, lambda moment: shown(moment, datefmt, convert))
    if facility != "standard":
        assert lines.fast is quick


def test_the_name_of_the_zone(logging, facility, zone):
    for convert, fast in (time.localtime, True), (time.gmtime, False):
        class Formatter(logging.Formatter):
            converter = convert

        lines = Lines(logging, Formatter("%(asctime)s|%(created).6f", "%H:%M %Z"))
        check(lines, lambda moment: time.strftime("%H:%M %Z", convert(moment)))
        if facility != "standard":
            assert lines.fast is fast


@pytest.mark.parametrize("separator", [None, "", "%s,%03d", "%s.%03d", "%s %03d", "%03.0f", "%s"])
@pytest.mark.parametrize("default", ["%Y-%m-%d %H:%M:%S", "%H:%M:%S", "%d %b %H"])
def test_the_usual_format_of_a_class(logging, facility, separator, default):
    class Formatter(logging.Formatter):
        default_time_format = default
        default_msec_format = separator

    lines = Lines(logging, Formatter("%(asctime)s|%(created).6f"))
    if separator in ("%03.0f", "%s"):
        with pytest.raises(TypeError):
            lines.logger.handlers[0].format(logging.makeLogRecord({"created": 1.5, "msecs": 500.0}))
        return
    for _ in range(3):
        text, moment = lines.call()
        expected = time.strftime(default, time.localtime(moment))
        if separator:
            expected = separator % (expected, int(text[-3:]))
        assert text == expected
    if facility != "standard":
        assert lines.fast is (separator != "%s %03d")


def test_changes_are_seen_at_once(logging, monkeypatch):
    formatter = logging.Formatter("%(asctime)s|%(created).6f", "%Y")
    lines = Lines(logging, formatter)
    check(lines, lambda moment: shown(moment, "%Y"))
    formatter.datefmt = "%H:%M"
    check(lines, lambda moment: shown(moment, "%H:%M"))
    formatter.datefmt = None
    check(lines, lambda moment: shown(moment, None))
    formatter.converter = time.gmtime
    check(lines, lambda moment: shown(moment, None, time.gmtime))
    del formatter.converter
    monkeypatch.setattr(logging.Formatter, "converter", time.gmtime)
    check(lines, lambda moment: shown(moment, None, time.gmtime))
    monkeypatch.undo()
    formatter.datefmt = "%j"
    check(lines, lambda moment: shown(moment, "%j"))
    monkeypatch.setattr(time, "strftime", lambda format, when: "mine")
    assert lines.call()[0] == "mine"
    monkeypatch.undo()
    check(lines, lambda moment: shown(moment, "%j"))
    monkeypatch.setattr(logging.Formatter, "formatTime", lambda self, record, datefmt=None: f"<{datefmt}>")
    assert lines.call()[0] == "<%j>"


@pytest.mark.parametrize("name, other", [("gmtime", "localtime"), ("localtime", "gmtime")])
def test_a_converter_that_runs_something_else(logging, zone, name, other):
    # As time-machine does it: the function stays, and what is called in C is another.
    def code(function):
        definition = ctypes.c_void_p.from_address(id(function) + object.__basicsize__).value
        return ctypes.c_void_p.from_address(definition + ctypes.sizeof(ctypes.c_void_p))

    convert = getattr(time, name)

    class Formatter(logging.Formatter):
        converter = convert

    lines = Lines(logging, Formatter("%(asctime)s|%(created).6f", "%d %H:%M"))
    check(lines, lambda moment: shown(moment, "%d %H:%M", convert))
    own = code(convert).value
    code(convert).value = code(getattr(time, other)).value
    try:
        check(lines, lambda moment: shown(moment, "%d %H:%M", convert))
    finally:
        code(convert).value = own
    check(lines, lambda moment: shown(moment, "%d %H:%M", convert))


def test_the_zone_is_changed_meanwhile(logging, monkeypatch):
    lines = Lines(logging, logging.Formatter("%(asctime)s|%(created).6f", "%d %H:%M:%S %z"))
    for name in "UTC0", "A-3", "B+5:30", "UTC0":
        monkeypatch.setenv("TZ", name)
        time.tzset()
        check(lines, lambda moment: shown(moment, "%d %H:%M:%S %z"))
    monkeypatch.undo()
    time.tzset()


def test_a_locale(logging, facility):
    before = locale.setlocale(locale.LC_TIME)
    datefmt = "%A %d %B %H %p"
    lines = Lines(logging, logging.Formatter("%(asctime)s|%(created).6f", datefmt))
    others = Lines(logging, logging.Formatter("%(asctime)s|%(created).6f", "%d %H"))
    try:
        for name in "C", "C.UTF-8", "de_DE.UTF-8", "ja_JP.UTF-8", "C":
            try:
                locale.setlocale(locale.LC_TIME, name)
            except locale.Error:
                continue
            lines.use()
            check(lines, lambda moment: shown(moment, datefmt))
            if facility != "standard":
                assert lines.fast is (name == "C")
                others.use()
                assert others.fast
    finally:
        locale.setlocale(locale.LC_TIME, before)


@pytest.mark.parametrize("created", [0.0, -1.5, 1e9, 253402300799.0, 253402300800.0, -62135596800.0, -3e10, 2**31 + 0.5,
                                     1e15, 1e300, float("nan"), float("inf")])
@pytest.mark.parametrize("datefmt", [None, "%Y", "%Y-%m-%d %H:%M:%S", "%y"])
def test_any_moment(logging, created, datefmt):
    formatter = logging.Formatter("%(asctime)s %(message)s", datefmt)
    record = logging.makeLogRecord({"msg": "x", "created": created, "msecs": 7.0})
    try:
        expected = time.strftime(datefmt or "%Y-%m-%d %H:%M:%S", time.localtime(created))
    except (ValueError, OverflowError) as error:
        with pytest.raises(type(error)) as caught:
            formatter.format(record)
        assert str(caught.value) == str(error)
    else:
        assert formatter.format(record) == expected + ("" if datefmt else ",007") + " x"
