"""Whatever Python code replaces is called at the next record, and forgotten when it is put back."""

import io

import pytest


def test_attributes_are_read_directly_on_this_interpreter():
    from ferrolog import _native

    assert _native.reads_directly


def text(stream):
    value = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return value


@pytest.fixture
def logger(logging, stream):
    logger = logging.getLogger("pristine.a")
    logger.info("warm")
    assert text(stream) == "INFO:pristine.a:warm\n"
    return logger


@pytest.fixture
def handler(logging, logger):
    return logging.root.handlers[0]


# Each entry: the class, the method, and what its replacement does with a record on its way.

SEEN = []


def spy(original):
    def replaced(self, *args, **kwargs):
        SEEN.append(original.__name__)
        return original(self, *args, **kwargs)

    return replaced


METHODS = [
    ("Logger", "isEnabledFor"),
    ("Logger", "_log"),
    ("Logger", "findCaller"),
    ("Logger", "makeRecord"),
    ("Logger", "handle"),
    ("Filterer", "filter"),
    ("Logger", "callHandlers"),
    ("Handler", "handle"),
    ("Handler", "format"),
    ("StreamHandler", "emit"),
    ("StreamHandler", "flush"),
    ("Formatter", "format"),
    ("Formatter", "usesTime"),
    ("Formatter", "formatMessage"),
    ("PercentStyle", "format"),
    ("PercentStyle", "_format"),
    ("PercentStyle", "usesTime"),
    ("LogRecord", "__init__"),
    ("LogRecord", "getMessage"),
]


def target(logging, handler, logger, cls):
    """The instance whose class is ``cls`` on the way of a record."""
    return {
        "Logger": logger,
        "Filterer": logger,
        "Handler": handler,
        "StreamHandler": handler,
        "Formatter": handler.formatter,
        "PercentStyle": handler.formatter._style,
    }[cls]


@pytest.mark.parametrize("cls, method", METHODS)
def test_replaced_on_the_class(logging, logger, stream, cls, method):
    owner = getattr(logging, cls)
    original = getattr(owner, method)
    for _ in range(2):
        SEEN.clear()
        setattr(owner, method, spy(original))
        logger.info("seen")
        assert method in SEEN
        setattr(owner, method, original)
        SEEN.clear()
        logger.info("unseen")
        assert not SEEN
        assert text(stream) == "INFO:pristine.a:seen\nINFO:pristine.a:unseen\n"


@pytest.mark.parametrize("cls, method", [m for m in METHODS if m[0] != "LogRecord"])
def test_replaced_on_the_instance(logging, logger, handler, stream, cls, method):
    owner = target(logging, handler, logger, cls)
    original = getattr(owner, method)

    def replaced(*args, **kwargs):
        SEEN.append(method)
        return original(*args, **kwargs)

    for _ in range(2):
        SEEN.clear()
        setattr(owner, method, replaced)
        logger.info("seen")
        assert method in SEEN
        delattr(owner, method)
        SEEN.clear()
        logger.info("unseen")
        assert not SEEN
        assert text(stream) == "INFO:pristine.a:seen\nINFO:pristine.a:unseen\n"


@pytest.mark.parametrize("cls, method", [m for m in METHODS if m[0] != "LogRecord"])
def test_replaced_through_the_dictionary(logging, logger, handler, stream, cls, method):
    owner = target(logging, handler, logger, cls)
    original = getattr(owner, method)
    vars(owner)[method] = lambda *args, **kwargs: SEEN.append(method) or original(*args, **kwargs)
    SEEN.clear()
    logger.info("seen")
    assert method in SEEN
    vars(owner).pop(method)
    SEEN.clear()
    logger.info("unseen")
    assert not SEEN


@pytest.mark.parametrize("cls, method", [m for m in METHODS if m[0] != "LogRecord"])
def test_overridden_in_a_subclass(logging, logger, handler, stream, cls, method):
    owner = target(logging, handler, logger, cls)
    before = type(owner)
    base = getattr(logging, cls)

    def override(self, *args, **kwargs):
        SEEN.append(method)
        return getattr(base, method)(self, *args, **kwargs)

    owner.__class__ = type("Sub", (before,), {method: override})
    SEEN.clear()
    logger.info("seen")
    assert method in SEEN
    owner.__class__ = before
    SEEN.clear()
    logger.info("unseen")
    assert not SEEN
    assert text(stream) == "INFO:pristine.a:seen\nINFO:pristine.a:unseen\n"


def test_attributes_of_the_loggers_are_read_each_time(logging, logger, stream):
    root = logging.root
    logger.propagate = 0
    logger.info("lost")
    logger.propagate = "yes"
    logger.info("kept")
    logger.disabled = 1
    logger.info("lost")
    logger.error("lost")
    del logger.disabled
    with pytest.raises(AttributeError):
        logger.info("x")
    logger.disabled = False
    logger.parent = None
    last, logging.lastResort = logging.lastResort, None
    logger.manager.emittedNoHandlerWarning = True
    logger.info("lost")
    logging.lastResort = last
    logger.parent = root
    logger.name = "renamed"
    logger.info("kept")
    assert text(stream) == "INFO:pristine.a:kept\nINFO:renamed:kept\n"


def test_lists_are_read_each_time(logging, logger, handler, stream):
    other = io.StringIO()
    second = logging.StreamHandler(other)
    logging.root.handlers.append(second)
    logger.info("both")
    logging.root.handlers[:] = [second]
    logger.info("second")
    logging.root.handlers.clear()
    logger.handlers = [handler]
    logger.info("first")
    logger.handlers.remove(handler)
    logging.root.handlers = (handler,)
    logger.info("first again")
    logging.root.handlers = []
    assert text(stream) == (
        "INFO:pristine.a:both\nINFO:pristine.a:first\nINFO:pristine.a:first again\n"
    )
    assert text(other) == "both\nsecond\n"


def test_filters_are_read_each_time(logging, logger, handler, stream):
    logger.filters.append(lambda record: record.msg != "no")
    logger.info("no")
    logger.info("yes")
    logger.filters.clear()
    handler.filters.append(logging.Filter("elsewhere"))
    logger.info("no")
    handler.filters[0].name, handler.filters[0].nlen = "pristine", 8
    logger.info("yes again")
    handler.filters[0].filter = lambda record: False
    logger.info("no")
    assert text(stream) == "INFO:pristine.a:yes\nINFO:pristine.a:yes again\n"


def test_formats_are_read_each_time(logging, logger, handler, stream):
    formatter = handler.formatter
    formatter._style._fmt = "%(message)s!"
    logger.info("a")
    formatter._style._fmt = "%(name)s %(message)s"
    logger.info("b")
    formatter._style._defaults = {"where": "here"}
    formatter._style._fmt = "%(where)s %(message)s"
    logger.info("c")
    formatter._style = logging.StrFormatStyle("{message}?")
    logger.info("d")
    handler.formatter = logging.Formatter("<$message>", style="$")
    logger.info("e")
    handler.terminator = "|"
    logger.info("f")
    handler.formatter = None
    logger.info("g")
    assert text(stream) == "a!\npristine.a b\nhere c\nd?\n<e>\n<f>|g|"


def test_the_record_factory(logging, logger, stream):
    class Record(logging.LogRecord):
        def getMessage(self):
            return "[" + super().getMessage() + "]"

    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(Record)
    logger.info("a %d", 1)
    logging.setLogRecordFactory(lambda *args, **kwargs: Record(*args, **kwargs))
    logger.info("b")
    logging.setLogRecordFactory(before)
    logger.info("c")
    assert text(stream) == (
        "INFO:pristine.a:[a 1]\nINFO:pristine.a:[b]\nINFO:pristine.a:c\n"
    )


def test_the_cache_is_the_truth(logging, logger, stream):
    logger.setLevel(logging.WARNING)
    logger.info("lost")
    assert logger._cache == {logging.INFO: False}
    # A level that is assigned rather than set is seen when the cache is cleared, not before.
    logger.level = logging.DEBUG
    logger.info("lost")
    logger._cache.clear()
    logger.info("kept")
    assert logger._cache == {logging.INFO: True}
    logger._cache[logging.INFO] = False
    logger.info("lost")
    logger._cache = {logging.INFO: 1}
    logger.info("kept")
    logging.disable(logging.INFO)
    assert logger._cache == {}
    logger.info("lost")
    logging.disable(logging.NOTSET)
    logger.info("kept")
    assert text(stream) == "INFO:pristine.a:kept\n" * 3


def test_an_attribute_that_takes_the_place_of_another(logging, logger, stream):
    # As many attributes as before, but one of them now hides a method.
    logger.spare = 1
    logger.info("kept")
    del logger.spare
    logger.isEnabledFor = lambda level: False
    logger.info("lost")
    del logger.isEnabledFor
    logger.spare = 1
    logger.info("kept")
    assert text(stream) == "INFO:pristine.a:kept\n" * 2


def test_a_replaced_dictionary(logging, logger, handler, stream):
    logger.__dict__ = dict(logger.__dict__)
    logger.info("a")
    logger.disabled = True
    logger.info("lost")
    logger.__dict__["disabled"] = False
    handler.__dict__ = dict(handler.__dict__)
    logger.info("b")
    handler.level = logging.ERROR
    logger.info("lost")
    handler.__dict__.update(level=logging.NOTSET, emit=lambda record: None)
    logger.info("lost")
    handler.__dict__.pop("emit")
    logger.info("c")
    assert text(stream) == "".join(f"INFO:pristine.a:{m}\n" for m in "abc")


def test_attribute_access_of_a_subclass(logging, logger, handler, stream):
    class Sneaky(type(logger)):
        def __getattribute__(self, name):
            if name == "disabled":
                return True
            return super().__getattribute__(name)

    class Property(type(logger)):
        @property
        def propagate(self):
            return False

    logger.info("warm")
    before = type(logger)
    logger.__class__ = Sneaky
    logger.info("lost")
    logger.__class__ = Property
    logger.info("lost")
    logger.__class__ = before
    logger.info("kept")
    assert text(stream) == "INFO:pristine.a:warm\nINFO:pristine.a:kept\n"
