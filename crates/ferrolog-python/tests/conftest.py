"""Every test that asks for ``logging`` runs three times: with the standard library, which shows
that the test says what Python does, with the stand-alone package, and after a takeover."""

import importlib
import logging as standard

import pytest

import ferrolog


@pytest.fixture(params=["standard", "alone", "installed"])
def facility(request):
    """The name of the facility under test."""
    return request.param


@pytest.fixture
def logging(facility):
    """The module ``logging`` of the facility under test, as it was when the test is over."""
    if facility == "installed":
        ferrolog.install()
    module = ferrolog if facility == "alone" else standard
    for part in "handlers", "config":
        importlib.import_module(f"{module.__name__}.{part}")
    state = _State(module)
    try:
        yield module
    finally:
        state.restore()
        if facility == "installed":
            ferrolog.uninstall()


class _State:
    """What a test may change in a facility."""

    NAMES = ("raiseExceptions", "logThreads", "logProcesses", "logMultiprocessing", "_srcfile",
             "_logRecordFactory", "_loggerClass", "lastResort", "_defaultFormatter")
    CLASSES = ("Filterer", "Filter", "Logger", "LogRecord", "Formatter", "PercentStyle",
               "StrFormatStyle", "StringTemplateStyle", "Handler", "StreamHandler", "FileHandler",
               "NullHandler", "LoggerAdapter", "Manager")

    def __init__(self, module):
        self.module = module
        self.root = module.root
        self.handlers = self.root.handlers[:]
        self.filters = self.root.filters[:]
        self.level = self.root.level
        self.loggers = dict(self.root.manager.loggerDict)
        self.names = {name: vars(module)[name] for name in self.NAMES}
        self.attributes = {
            name: dict(vars(getattr(module, name))) for name in self.CLASSES
        }
        self.level_names = dict(module._levelToName), dict(module._nameToLevel)
        self.root.handlers[:] = []

    def restore(self):
        module, root = self.module, self.root
        for handler in root.handlers[:]:
            root.removeHandler(handler)
            handler.close()
        root.handlers[:] = self.handlers
        root.filters[:] = self.filters
        for name, before in self.attributes.items():
            cls = getattr(module, name)
            now = dict(vars(cls))
            for key in now.keys() - before.keys():
                delattr(cls, key)
            for key, value in before.items():
                if key not in now or now[key] is not value:
                    setattr(cls, key, value)
        vars(module).update(self.names)
        module._levelToName.clear()
        module._levelToName.update(self.level_names[0])
        module._nameToLevel.clear()
        module._nameToLevel.update(self.level_names[1])
        root.manager.loggerDict.clear()
        root.manager.loggerDict.update(self.loggers)
        root.manager.disable = 0
        root.setLevel(self.level)


@pytest.fixture
def stream(logging):
    """A stream that the root logger writes its records to, as level, name and message."""
    import io

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.DEBUG)
    return stream
