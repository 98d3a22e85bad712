"""``explain``: every reason, held against what a call really does, and gone with its cause."""

import gc
import io
import string
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

import ferrolog


@pytest.fixture(params=["alone", "installed"])
def facility(request):
    return request.param


class Sink(io.RawIOBase):
    """Below a text file: counts the records that are alive while something is written."""

    def __init__(self, record_class):
        self.record_class = record_class
        self.records = self.writes = 0

    def writable(self):
        return True

    def write(self, data):
        self.writes += 1
        self.records += sum(type(o) is self.record_class for o in gc.get_objects())
        return len(data)


class Scene:
    """A logger ``a.b`` with a handler at the root, and whether its calls make records."""

    def __init__(self, logging):
        self.logging = logging
        self.log = logging.getLogger("a.b")
        self.sink = Sink(logging.LogRecord)
        stream = io.TextIOWrapper(self.sink, "utf-8", write_through=True)
        self.handler = logging.StreamHandler(stream)
        self.pattern("%(message)s")
        # Not at the root, where pytest has handlers of its own; it would give such a logger some
        # as well, if this were there before the test begins.
        self.top = logging.getLogger("a")
        self.top.propagate = False
        self.top.addHandler(self.handler)
        self.top.setLevel("INFO")
        # Records of other tests, in cycles that are garbage by now.
        gc.collect()

    def pattern(self, *args, **kwargs):
        self.handler.setFormatter(self.logging.Formatter(*args, **kwargs))

    def formatter(self, **members):
        """A formatter of a class of its own, with the pattern that most can go wrong with."""
        cls = type("Mine", (self.logging.Formatter,), members)
        self.handler.setFormatter(cls("%(asctime)s %(message)s"))

    def makes_a_record(self):
        before = self.sink.records, self.sink.writes
        self.log.info("hello")
        assert self.sink.writes > before[1]
        return self.sink.records > before[0]

    @property
    def info(self):
        return ferrolog.explain(self.log)["INFO"]


@contextmanager
def replaced(owner, name, value):
    """An attribute of an object or class replaced for a while."""
    own = vars(owner)
    before = own.get(name, own)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is own:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


def wrapped(function):
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


def on_class(name, method):
    def cause(scene):
        cls = getattr(scene.logging, name)
        return replaced(cls, method, wrapped(vars(cls)[method]))
    return cause


def on_handler(method):
    return lambda scene: replaced(scene.handler, method, wrapped(getattr(scene.handler, method)))


def attribute(which, name, value):
    def cause(scene):
        owner = getattr(scene, which)
        return replaced(owner, name, value(scene) if callable(value) else value)
    return cause


@contextmanager
def more_handlers(scene, *handlers):
    for handler in handlers:
        scene.top.addHandler(handler)
    yield
    for handler in handlers:
        scene.top.removeHandler(handler)


def a_subclass(scene):
    class Mine(scene.logging.StreamHandler):
        def emit(self, record):
            super().emit(record)
    return more_handlers(scene, Mine(io.StringIO()))


@contextmanager
def a_formatter(scene, *args, **kwargs):
    scene.pattern(*args, **kwargs)
    yield
    scene.pattern("%(message)s")


def a_pattern(*args, **kwargs):
    return lambda scene: a_formatter(scene, *args, **kwargs)


@contextmanager
def another_template(scene):
    with a_formatter(scene, "$message", style="$"):
        scene.handler.formatter._style._tpl = string.Template("<$message>")
        yield


def a_formatter_class(**members):
    @contextmanager
    def cause(scene):
        made = {name: value(scene.logging) for name, value in members.items()}
        scene.formatter(**made)
        yield
        scene.formatter()
    return cause


def as_before(name):
    return lambda logging: wrapped(vars(logging.Formatter)[name])


@contextmanager
def a_filter(scene, owner):
    def lets_pass(record):
        return True
    owner.addFilter(lets_pass)
    yield
    owner.removeFilter(lets_pass)


@contextmanager
def a_factory(scene):
    scene.logging.setLogRecordFactory(wrapped(scene.logging.LogRecord))
    yield
    scene.logging.setLogRecordFactory(scene.logging.LogRecord)


@contextmanager
def replaced_global(scene, name):
    namespace = vars(scene.logging)
    before = namespace[name]
    namespace[name] = wrapped(before)
    yield
    namespace[name] = before


@contextmanager
def a_parent(scene, **members):
    cls = type("Odd", (scene.logging.Logger,), members)
    before = scene.log.parent
    odd = cls("odd")
    odd.parent = scene.top
    scene.log.parent = odd
    yield
    scene.log.parent = before


class Stream(io.TextIOWrapper):
    """Not the class that the short cut knows."""

    def __init__(self, sink):
        super().__init__(sink, "utf-8", write_through=True)

    def __repr__(self):
        return "<a stream>"

    def __del__(self):
        self.detach()


class Swallow:
    """A queue that keeps nothing alive."""

    def put_nowait(self, record):
        pass


MINE = "test_explain.wrapped.<locals>.wrapper"

# A cause, the kind of the step that names it, and its words; {lib} is the module's name.
CAUSES = [
    (lambda s: a_filter(s, s.log), "filter", "a filter is given a record"),
    (lambda s: a_filter(s, s.handler), "filter", "a filter is given a record"),
    *(
        (on_class("Logger", name), "logger", f"{{lib}}.Logger.{name} was replaced by {MINE}")
        for name in ["isEnabledFor", "_log", "findCaller", "makeRecord", "handle",
                     "callHandlers"]
    ),
    (on_class("Filterer", "filter"), "logger", f"{{lib}}.Filterer.filter was replaced by {MINE}"),
    (on_class("Filterer", "filter"), "handler", f"{{lib}}.Filterer.filter was replaced by {MINE}"),
    (lambda s: replaced(s.log, "handle", wrapped(s.log.handle)), "logger",
     f"its own attribute handle hides the method: {MINE}"),
    (attribute("log", "filters", ()), "logger", "its filters is (), not a list"),
    (attribute("log", "handlers", ()), "logger", "its handlers is (), not a list"),
    (attribute("log", "propagate", 1), "logger", "its propagate is 1, not True or False"),
    (attribute("log", "disabled", 0), "logger", "its disabled is 0, not False"),
    (lambda s: a_parent(s, __len__=lambda self: 1), "logger",
     "its parent is <Odd odd (INFO)>, not plainly true"),
    (lambda s: a_parent(s, __getattribute__=lambda self, name: object.__getattribute__(self, name)),
     "logger", "attribute access is overridden by test_explain.Odd.__getattribute__"),
    (a_factory, "record", f"a record factory is set: {MINE}"),
    (lambda s: replaced_global(s, "currentframe"), "record",
     "currentframe or _is_internal_frame of the module was replaced"),
    (on_class("LogRecord", "getMessage"), "record",
     f"{{lib}}.LogRecord.getMessage was replaced by {MINE}"),
    (on_class("LogRecord", "__init__"), "record",
     f"{{lib}}.LogRecord.__init__ was replaced by {MINE}"),
    (a_subclass, "handler",
     "emit is overridden by test_explain.a_subclass.<locals>.Mine.emit"),
    (lambda s: more_handlers(s, s.logging.handlers.QueueHandler(Swallow())), "handler",
     "{lib}.handlers.QueueHandler.emit needs a record"),
    *(
        (on_class(cls, name), "handler", f"{{lib}}.{cls}.{name} was replaced by {MINE}")
        for cls, name in [("Handler", "handle"), ("Handler", "format"), ("Handler", "acquire"),
                          ("Handler", "release"), ("StreamHandler", "emit"),
                          ("StreamHandler", "flush")]
    ),
    (on_handler("emit"), "handler", f"its own attribute emit hides the method: {MINE}"),
    (on_handler("format"), "handler", f"its own attribute format hides the method: {MINE}"),
    (attribute("handler", "level", 5.0), "handler", "its level is 5.0, not an int"),
    (lambda s: replaced(s.handler, "stream", Stream(s.sink)), "handler",
     "its stream is <a stream>, not a text file or a StringIO of the io module"),
    (lambda s: replaced(s.handler, "lock", threading.Condition()), "handler",
     "its lock is <Condition(<unlocked _thread.RLock"),
    (lambda s: replaced(type(s.handler), "terminator", type("Text", (str,), {})("\n")), "handler",
     "terminator is '\\n', not the usual one"),
    *(
        (a_formatter_class(**{name: as_before(name)}), "formatter",
         f"{name} is overridden by test_explain.Mine.{name}")
        for name in ["format", "formatTime", "formatMessage", "usesTime"]
    ),
    (a_formatter_class(converter=lambda logging: staticmethod(wrapped(time.gmtime))), "formatter",
     "converter is <function wrapped."),
    (a_formatter_class(default_time_format=lambda logging: "%Ey"), "formatter",
     "default_time_format is '%Ey', not the usual one"),
    (a_formatter_class(default_msec_format=lambda logging: "%s %d"), "formatter",
     "default_msec_format is '%s %d', not the usual one"),
    (a_formatter_class(__bool__=lambda logging: lambda self: True), "formatter",
     "its class has a truth value of its own (__bool__ or __len__)"),
    (a_pattern("%(asctime)s %(message)s", "%-d"), "formatter",
     "its datefmt is '%-d', not None or usual directives in the C locale"),
    (a_pattern("{message!r}", style="{"), "formatter",
     "its style: its pattern is left to Python's formatting: it shows a repr"),
    (a_pattern("{lineno:n}", style="{"), "formatter",
     "its style: its pattern is left to Python's formatting: it shows a repr, or a number as the locale"),
    (a_pattern("{args}", style="{"), "formatter",
     "its style: its pattern asks for args, which only a record has"),
    (another_template, "formatter", "its style: its _tpl is <string.Template object at"),
    (a_pattern("%(message)s", defaults={"a": 1}), "formatter",
     "its style: its _defaults is {{'a': 1}}, not None"),
    (a_pattern("%(exc_text)s %(message)s"), "formatter",
     "its style: its pattern asks for exc_text, which only a record has"),
    (a_pattern("%(asctime)r"), "formatter",
     "its style: its pattern is left to Python's formatting: "),
]


def check_cause(scene, cause, kind, words):
    """The cause is named, and a record is made, just as long as it is there."""
    def says_what_is(fast):
        info = scene.info
        assert info.enabled and info.fast is fast, str(info)
        assert scene.makes_a_record() is not fast
        assert all(step.fast is (not step.reasons) for step in info.steps)
        assert info.reasons == tuple(r for step in info.steps for r in step.reasons)
        return info

    says_what_is(True)
    with cause(scene):
        info = says_what_is(False)
        found = [r for step in info.steps if step.kind == kind for r in step.reasons]
        words = words.format(lib=scene.logging.__name__)
        assert any(reason.startswith(words) for reason in found), (words, str(info))
        assert words in str(info) and words in str(ferrolog.explain(scene.log))
    says_what_is(True)


@pytest.mark.parametrize("cause, kind, words", CAUSES, ids=[str(c[2])[:50] for c in CAUSES])
def test_a_cause(logging, cause, kind, words):
    check_cause(Scene(logging), cause, kind, words)


def test_what_only_explain_can_tell(logging):
    # A level's method that somebody replaced may do anything, as it does the call itself.
    scene = Scene(logging)
    for owner, words in [
        (logging.Logger, f"{logging.__name__}.Logger.info was replaced by {MINE}"),
        (scene.log, f"its own attribute info hides the method: {MINE}"),
    ]:
        with replaced(owner, "info", wrapped(logging.Logger.info)):
            assert scene.info.reasons == (words,)
            assert ferrolog.explain(scene.log)["ERROR"].fast
        assert scene.info.fast


def test_too_many_handlers(logging):
    scene = Scene(logging)
    handlers = [logging.StreamHandler(io.StringIO()) for _ in range(16)]
    with more_handlers(scene, *handlers):
        assert scene.info.reasons == ("there are more than 16 handlers on its way",)
        assert scene.makes_a_record()
        # They are counted whatever their levels.
        with replaced(handlers[0], "level", 50):
            assert not scene.info.fast and scene.makes_a_record()
    with more_handlers(scene, *handlers[1:]):
        assert scene.info.fast and not scene.makes_a_record()


def test_no_handler(logging, monkeypatch):
    scene = Scene(logging)
    scene.top.removeHandler(scene.handler)
    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler(io.StringIO()))
    steps = scene.info.steps
    assert [(step.kind, step.where) for step in steps] == [
        ("logger", "a.b"), ("handler", "lastResort"), ("formatter", "lastResort")
    ]
    assert steps[0].reasons == ("there is no handler on its way",)
    monkeypatch.setattr(logging, "lastResort", None)
    assert [step.kind for step in scene.info.steps] == ["logger"]


def test_levels(logging):
    logging.addLevelName(25, "NOTE")
    scene = Scene(logging)
    quiet = logging.StreamHandler(io.StringIO())
    quiet.setLevel("ERROR")
    null = logging.NullHandler()
    with more_handlers(scene, quiet, null):
        explained = ferrolog.explain(scene.log)
        assert [level.name for level in explained.levels] == [
            "DEBUG", "INFO", "NOTE", "WARNING", "ERROR", "CRITICAL"
        ]
        assert explained["DEBUG"].steps == () and not explained["DEBUG"].enabled
        assert [step.object for step in explained["INFO"].steps if step.kind == "handler"] == [
            scene.handler, null
        ]
        assert [step.object for step in explained[40].steps if step.kind == "handler"] == [
            scene.handler, quiet, null
        ]
        assert explained.fast and explained["NOTE"].fast
        assert str(explained) == repr(explained)
        assert "DEBUG: not enabled\nINFO, NOTE, WARNING: fast: no record is made\n" in str(explained)
        with pytest.raises(KeyError):
            explained["NONE"]
    before = scene.sink.records
    scene.log.log(25, "%s", "a note")
    assert scene.sink.writes and scene.sink.records == before


def test_what_a_call_itself_decides(logging):
    scene = Scene(logging)

    def makes_a_record(*args, **kwargs):
        before = scene.sink.records
        scene.log.info(*args, **kwargs)
        return scene.sink.records > before

    assert not makes_a_record("%s %d %s %s %.1f", "a", 1, True, None, 2.0)
    assert makes_a_record("a", extra={"b": 1})
    assert makes_a_record("a", exc_info=ValueError())
    assert makes_a_record("%s", [])
    assert makes_a_record(["a"])


def test_what_can_be_explained(logging, facility):
    log = logging.getLogger("a.b")
    assert ferrolog.explain("a.b").logger is log
    assert ferrolog.explain(log).logger is log
    assert ferrolog.explain(ferrolog.getLogger("own")).logger is ferrolog.getLogger("own")
    with pytest.raises(TypeError, match="a logger or the name of one is needed, not 3"):
        ferrolog.explain(3)
    if facility == "alone":
        import logging as standard
        with pytest.raises(RuntimeError, match=r"install\(\)"):
            ferrolog.explain(standard.getLogger("a.b"))


def test_a_repr_that_raises(logging):
    class Odd(logging.Handler):
        def emit(self, record):
            pass

        def __repr__(self):
            raise ValueError("no")

    scene = Scene(logging)
    with more_handlers(scene, Odd()):
        assert "handler <test_a_repr_that_raises.<locals>.Odd without a repr> of a: emit is" in str(
            scene.info
        )


def test_a_record_class_with_a_constructor(facility):
    # In a process of its own: CPython does not let go of a __new__ that was deleted.
    name = "ferrolog" if facility == "alone" else "logging"
    code = f"""if True:
        import ferrolog, {name}
        if {name} is not ferrolog:
            ferrolog.install()
        {name}.root.addHandler({name}.StreamHandler())
        assert ferrolog.explain({name}.root)["ERROR"].fast
        {name}.LogRecord.__new__ = lambda cls, *args, **kwargs: object.__new__(cls)
        {name}.error("a")
        print(*ferrolog.explain({name}.root)["ERROR"].reasons)
    """
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("the class of records has a __new__\n", "a\n")
