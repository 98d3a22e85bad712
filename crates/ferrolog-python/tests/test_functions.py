"""What is native passes for the Python functions that it stands for, to whoever looks."""

import copy
import functools
import inspect
import pickle
import subprocess
import sys
import textwrap
import types
import weakref
from unittest import mock

import pytest

#: A method of each kind: with the gate before it, on the way of a record, of handlers, formatters, records, adapters.
METHODS = [
    ("Logger", "info"),
    ("Logger", "exception"),
    ("Logger", "isEnabledFor"),
    ("Logger", "makeRecord"),
    ("Logger", "callHandlers"),
    ("Filterer", "filter"),
    ("Handler", "handle"),
    ("StreamHandler", "emit"),
    ("Formatter", "format"),
    ("LogRecord", "__init__"),
    ("LogRecord", "getMessage"),
    ("LoggerAdapter", "process"),
]


@pytest.fixture(params=METHODS, ids=lambda pair: ".".join(pair))
def method(request, logging):
    cls, name = request.param
    return getattr(logging, cls), name


@pytest.fixture
def function(method):
    return getattr(*method)


def test_it_is_native(facility, function):
    native = type(function).__module__ == "ferrolog._native"
    assert native == (facility != "standard")


def test_it_says_that_it_is_a_function(function):
    assert inspect.isfunction(function) and inspect.isroutine(function)
    assert isinstance(function, types.FunctionType)
    assert function.__class__ is types.FunctionType and type(function).__name__ == "function"
    assert not inspect.isbuiltin(function) and not inspect.ismethoddescriptor(function)
    assert not inspect.iscoroutinefunction(function)


def test_it_has_the_attributes_of_a_function(logging, method, function):
    cls, name = method
    qualified = f"{cls.__name__}.{name}"
    assert (function.__name__, function.__qualname__) == (name, qualified)
    assert function.__module__ == cls.__module__ == logging.__name__
    assert function.__globals__["Logger"] is logging.Logger
    assert function.__code__.co_qualname == qualified and function.__closure__ is None
    assert repr(function) == f"<function {qualified} at {id(function):#x}>"
    assert function.__annotations__ == {} and function.__dict__ == {}
    assert f"def {name}(self" in inspect.getsource(function)
    assert set(dir(function)) >= set(dir(test_it_says_that_it_is_a_function))
    with pytest.raises(AttributeError, match="^'function' object has no attribute 'unknown'"):
        function.unknown


def test_its_documentation_is_found(function):
    code = function.__code__
    documented = types.FunctionType(code, {}).__doc__
    assert function.__doc__ == documented
    assert inspect.getdoc(function) == (documented and inspect.cleandoc(documented))
    function.__doc__ = "Another."
    assert inspect.getdoc(function) == "Another."
    function.__doc__ = documented


def test_messages_call_it_a_function(function):
    with pytest.raises(TypeError, match="between instances of 'function' and 'function'"):
        function < function


def test_attributes_can_be_set(function):
    function.mark = 1
    assert function.mark == 1 and vars(function) == {"mark": 1}
    wrapper = functools.wraps(function)(lambda *args: None)
    assert wrapper.mark == 1 and wrapper.__module__ == function.__module__
    del function.mark
    assert not hasattr(function, "mark")
    with pytest.raises(TypeError):
        function.__code__ = "not code"
    with pytest.raises(TypeError):
        function.__dict__ = None


def test_it_is_pickled_and_copied_by_name(facility, function):
    assert copy.copy(function) is function and copy.deepcopy(function) is function
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(function, protocol)) is function


def test_it_can_be_held_weakly(function):
    assert weakref.ref(function)() is function
    assert function in {function} and function == function and function != print


def test_it_binds(logging, method, function):
    logger = logging.getLogger("bound")
    bound = function.__get__(logger)
    assert type(bound) is types.MethodType
    assert bound.__self__ is logger and bound.__func__ is function
    assert function.__get__(None, logging.Logger) is function
    assert bound == types.MethodType(function, logger)


def test_a_copy_of_it_is_a_python_function(logging, function):
    made = type(function)(function.__code__, function.__globals__, "made", function.__defaults__)
    assert type(made) is types.FunctionType and made.__name__ == "made"


def test_bound_methods_are_those_of_python(logging, stream):
    logger = logging.getLogger("weak")
    info = logger.info
    assert inspect.ismethod(info) and info.__func__ is logging.Logger.info
    # As signals of several frameworks hold their receivers.
    held = weakref.WeakMethod(logger.info)
    del info
    held()("through a %s", "weak method")
    assert stream.getvalue() == "INFO:weak:through a weak method\n"


def test_an_attribute_of_another_class(logging, stream):
    class Other:
        info = logging.Logger.info

        def isEnabledFor(self, level):
            return True

        def _log(self, level, msg, args):
            stream.write(f"{level} {msg} {args}")

    Other().info("x", 1)
    assert stream.getvalue() == "20 x (1,)"


@pytest.mark.parametrize("of", ["class", "instance"])
def test_mocks_with_autospec(logging, of):
    logger = logging.getLogger("mocked")
    target = logging.Logger if of == "class" else logger
    with mock.patch.object(target, "info", autospec=True) as info:
        logger.info("x %d", 1)
        given = [mock.call(logger, "x %d", 1)] if of == "class" else [mock.call("x %d", 1)]
        assert info.mock_calls == given
        with pytest.raises(TypeError, match="missing a required argument: 'msg'"):
            logger.info()
    made = mock.create_autospec(logging.Logger)
    made.info("x")
    made.info.assert_called_once_with("x")
    with pytest.raises(TypeError):
        made(1, 2).isEnabledFor()


@pytest.mark.parametrize("change", ["__code__", "__defaults__", "__kwdefaults__"])
@pytest.mark.parametrize("facility", ["logging", "ferrolog"])
def test_another_code_is_what_runs(facility, change):
    # In a process of its own, as it changes what all others run.
    code = """
        import io, sys
        if FACILITY == "logging":
            import ferrolog.auto
        logging = __import__(FACILITY)
        stream = io.StringIO()
        logging.basicConfig(stream=stream, format="%(message)s")
        log = logging.getLogger("a")
        log.error("first")
        seen = []

        def handle(self, record, seen=seen, *, also=seen):
            seen.append(record.getMessage())
            self.callHandlers(record)

        def exception(self, msg, *args, exc_info=True, **kwargs):
            pass

        if CHANGE == "__code__":
            name, value = "handle", (lambda self, record: sys.modules["seen"].append(record.msg)).__code__
            sys.modules["seen"] = seen
        elif CHANGE == "__defaults__":
            # One more argument than it needs is one too many for it.
            name, value = "handle", None
        else:
            name, value = "exception", {"exc_info": (ValueError, ValueError("given"), None)}
        function = getattr(logging.Logger, name)
        before = getattr(function, CHANGE)
        setattr(function, CHANGE, value)
        getattr(log, "exception" if name == "exception" else "error")("second")
        setattr(function, CHANGE, before)
        log.error("third")
        print(seen, stream.getvalue().split("\\n"))
    """
    code = textwrap.dedent(code).replace("FACILITY", repr(facility)).replace("CHANGE", repr(change))
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.strip() == {
        "__code__": "['second'] ['first', 'third', '']",
        "__defaults__": "[] ['first', 'second', 'third', '']",
        "__kwdefaults__": "[] ['first', 'second', 'ValueError: given', 'third', '']",
    }[change]
