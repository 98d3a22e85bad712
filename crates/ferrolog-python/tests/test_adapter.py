"""``LoggerAdapter``: what it adds, and that every override of it is called."""

import sys

import pytest

KEYS = ["info", "log"]


@pytest.fixture
def lines(logging, stream):
    handler = logging.root.handlers[0]
    handler.setFormatter(
        logging.Formatter("%(levelname)s:%(funcName)s:%(user)s:%(message)s", defaults={"user": "?"}))

    def lines():
        value = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return value.splitlines()

    return lines


@pytest.fixture
def adapter(logging, lines):
    return logging.LoggerAdapter(logging.getLogger("adapted"), {"user": "me"})


def test_levels(logging, adapter, lines):
    adapter.debug("a %d", 1)
    adapter.info("a %d", 1)
    adapter.warning("a %(b)s", {"b": 2})
    adapter.error("a")
    adapter.critical("a %s %s", 1, None)
    adapter.log(logging.INFO, "a %s", "b")
    adapter.log(15, "a")
    adapter.exception("a", exc_info=False)
    here = "test_levels"
    assert lines() == [
        f"DEBUG:{here}:me:a 1", f"INFO:{here}:me:a 1", f"WARNING:{here}:me:a 2",
        f"ERROR:{here}:me:a", f"CRITICAL:{here}:me:a 1 None", f"INFO:{here}:me:a b",
        f"Level 15:{here}:me:a", f"ERROR:{here}:me:a"
    ]
    adapter.setLevel(logging.ERROR)
    adapter.warning("lost")
    assert not adapter.isEnabledFor(logging.WARNING) and adapter.isEnabledFor(logging.ERROR)
    adapter.logger.disabled = True
    adapter.error("lost")
    adapter.logger.disabled = False
    adapter.logger.manager.disable = logging.ERROR
    adapter.logger.manager._clear_cache()
    adapter.error("lost")
    assert lines() == []


def test_extra(logging, adapter, lines):
    # The adapter's takes the place of the call's.
    adapter.info("a", extra={"user": "you"})
    adapter.extra = {"user": "other"}
    adapter.info("b")
    adapter.extra = None
    adapter.info("c")
    adapter.extra = {}
    adapter.info("d")
    adapter.extra = {"message": "taken"}
    with pytest.raises(KeyError, match="Attempt to overwrite 'message' in LogRecord"):
        adapter.info("e")
    adapter.extra = {"lineno": 1}
    with pytest.raises(KeyError, match="Attempt to overwrite 'lineno' in LogRecord"):
        adapter.info("e")
    adapter.extra = 5
    with pytest.raises(TypeError):
        adapter.info("e")
    del adapter.extra
    with pytest.raises(AttributeError):
        adapter.info("e")
    here = "test_extra"
    assert lines() == [
        f"INFO:{here}:me:a", f"INFO:{here}:other:b", f"INFO:{here}:?:c", f"INFO:{here}:?:d"]


@pytest.mark.skipif(sys.version_info < (3, 13), reason="new in 3.13")
def test_merged_extra(logging, lines):
    handler = logging.root.handlers[0]
    handler.setFormatter(logging.Formatter("%(message)s %(user)s %(more)s", defaults={"more": "-"}))
    adapter = logging.LoggerAdapter(logging.getLogger("adapted"), {"user": "me"}, merge_extra=True)
    adapter.info("a")
    adapter.info("b", extra={"more": 1})
    adapter.info("c", extra={"user": "you"})
    assert adapter.process("m", {"extra": {"more": 1}}) == (
        "m", {"extra": {"user": "me", "more": 1}})
    adapter.extra = None
    with pytest.raises(TypeError):
        adapter.info("d", extra={"more": 1})
    assert lines() == ["a me -", "b me 1", "c you -"]


def test_overridden_process(logging, lines):
    class Mine(logging.LoggerAdapter):
        def process(self, msg, kwargs):
            seen.append(dict(kwargs))
            return f"[{self.extra['user']}] {msg}", kwargs

    seen = []
    adapter = Mine(logging.getLogger("adapted"), {"user": "me"})
    adapter.info("a %d", 1)
    adapter.info("b", extra={"user": "you"})
    adapter.info("c", exc_info=False, stacklevel=1)
    adapter.log(20, "d")
    here = "test_overridden_process"
    assert lines() == [f"INFO:{here}:?:[me] a 1", f"INFO:{here}:you:[me] b",
                       f"INFO:{here}:?:[me] c", f"INFO:{here}:?:[me] d"]
    assert seen == [{}, {"extra": {"user": "you"}}, {"exc_info": False, "stacklevel": 1}, {}]

    class Super(Mine):
        def process(self, msg, kwargs):
            return logging.LoggerAdapter.process(self, "<" + msg, kwargs)

    Super(adapter.logger, {"user": "x"}).info("e %s", "f")
    assert lines() == [f"INFO:{here}:x:<e f"]


@pytest.mark.parametrize("result", [
    None, 3, (), ("a",), ("a", {}, 1), ["a", {}], "ab", ("a", None), ("a", 3), ("a", {1: 2}),
    ("a", {"b": 1}), (7, {"extra": {"user": 8}}), ("a", {"stack_info": False, "exc_info": None}),
])
def test_what_process_returns(logging, lines, result):
    class Mine(logging.LoggerAdapter):
        def process(self, msg, kwargs):
            return result

    def outcome(adapter):
        try:
            adapter.info("x")
        except Exception as error:
            return type(error), str(error).replace(f"{logging.__name__}.", "")
        return lines()

    class Python(logging.LoggerAdapter):
        """As the standard library has it."""

        def info(self, msg, *args, **kwargs):
            self.log(logging.INFO, msg, *args, **kwargs)

        def log(self, level, msg, *args, **kwargs):
            if self.isEnabledFor(level):
                msg, kwargs = self.process(msg, kwargs)
                self.logger.log(level, msg, *args, **kwargs)

        process = Mine.process

    logger = logging.getLogger("adapted")
    mine, python = outcome(Mine(logger, None)), outcome(Python(logger, None))
    if isinstance(mine, list):
        mine, python = [[line.split(":", 2)[2] for line in o] for o in (mine, python)]
    assert mine == python


SEEN = []


@pytest.mark.parametrize("name", ["log", "isEnabledFor", "process"])
@pytest.mark.parametrize("where", ["class", "instance", "subclass"])
def test_replaced_methods(logging, adapter, lines, name, where):
    before = type(adapter)

    def spy(original):
        def replaced(*args, **kwargs):
            SEEN.append(name)
            return original(*args, **kwargs)

        return replaced

    for _ in range(2):
        with pytest.MonkeyPatch.context() as patch:
            if where == "instance":
                adapter.__dict__[name] = spy(getattr(adapter, name))
            elif where == "class":
                patch.setattr(before, name, spy(getattr(before, name)))
            else:
                adapter.__class__ = type("Mine", (before,), {name: spy(getattr(before, name))})
            SEEN.clear()
            adapter.info("seen")
            assert SEEN == [name]
            if where == "instance":
                del adapter.__dict__[name]
            adapter.__class__ = before
        SEEN.clear()
        adapter.info("unseen")
        assert SEEN == []
    assert len(lines()) == 4


def test_loggers_that_count_frames(logging, lines):
    class Counting(logging.getLoggerClass()):
        def findCaller(self, stack_info=False, stacklevel=1):
            names, frame = [], sys._getframe(1)
            while frame and frame.f_code.co_name != "test_loggers_that_count_frames":
                names.append(frame.f_code.co_name)
                frame = frame.f_back
            return "file", 1, ">".join(names), None

    logger = Counting("counting")
    logger.parent = logging.root
    adapter = logging.LoggerAdapter(logger, {"user": "me"})
    adapter.info("a")
    adapter.log(20, "b")
    nested = logging.LoggerAdapter(adapter, {"user": "outer"})
    nested.info("c")
    assert lines() == [
        "INFO:_log>log>log>info:me:a",
        "INFO:_log>log>log:me:b",
        "INFO:_log>log>log>log>info:me:c",
    ]


def test_stacklevel(logging, adapter, lines):
    def inner(level):
        adapter.info("a", stacklevel=level)

    def outer(level):
        inner(level)

    outer(1)
    outer(2)
    outer(3)
    assert [line.split(":")[1] for line in lines()] == ["inner", "outer", "test_stacklevel"]


def test_over_anything_with_the_methods(logging):
    class Logger:
        calls = []

        def isEnabledFor(self, level):
            return level > 10

        def log(self, *args, **kwargs):
            self.calls.append((args, kwargs))

    adapter = logging.LoggerAdapter(Logger(), {"user": "me"})
    adapter.debug("lost")
    adapter.info("a", 1, exc_info=True)
    assert Logger.calls == [((20, "a", 1), {"exc_info": True, "extra": {"user": "me"}})]


def test_wrong_calls(logging, adapter):
    for call in (
        lambda: adapter.info(),
        lambda: adapter.info("a", msg="b"),
        lambda: adapter.log("a"),
        lambda: adapter.log("INFO", "a"),
        lambda: adapter.info("a", nonsense=1),
        lambda: adapter.process("a"),
        lambda: adapter.isEnabledFor(),
    ):
        with pytest.raises(TypeError):
            call()


def test_the_numbers_of_levels(logging, adapter, lines, monkeypatch):
    monkeypatch.setattr(logging, "INFO", 35)
    adapter.info("a")
    assert lines() == ["Level 35:test_the_numbers_of_levels:me:a"]
