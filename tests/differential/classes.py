"""Source text of subclasses that override some methods, and of methods replaced and put back."""

#: The methods worth overriding, by class.
METHODS = {
    "Logger": ["isEnabledFor", "_log", "findCaller", "makeRecord", "handle", "filter", "callHandlers",
               "getEffectiveLevel", "info", "error", "log", "exception", "addHandler", "hasHandlers"],
    "Handler": ["handle", "emit", "format", "acquire", "release", "filter", "flush", "handleError",
                "createLock"],
    "StreamHandler": ["handle", "emit", "format", "acquire", "release", "filter", "flush",
                      "handleError"],
    "FileHandler": ["handle", "emit", "format", "flush", "handleError", "_open", "close"],
    "RotatingFileHandler": ["emit", "shouldRollover", "doRollover", "format", "handleError",
                            "rotation_filename"],
    "Formatter": ["format", "usesTime", "formatTime", "formatMessage", "formatException",
                  "formatStack"],
    "PercentStyle": ["format", "_format", "usesTime"],
    "LogRecord": ["__init__", "getMessage"],
    "LoggerAdapter": ["process", "log", "info", "isEnabledFor"],
    "Filterer": ["filter"],
    "Filter": ["filter"],
    "Manager": ["getLogger"],
}

MODULE = {"RotatingFileHandler": "handlers"}


def full(cls):
    return f"{MODULE.get(cls, 'logging')}.{cls}"


def body(w, cls, method, call):
    """The body of an override; `call` calls what is overridden with `*a, **k`."""
    label = f"{cls}.{method}"
    plain = method in ("getEffectiveLevel", "hasHandlers", "usesTime", "isEnabledFor", "shouldRollover")
    choices = [
        f"note({label!r})\n        return {call}",
        f"note({label!r}, len(a), sorted(k))\n        return {call}",
        f"try:\n            return {call}\n        finally:\n            note('after', {label!r})",
    ]
    if method == "__init__":
        choices = [f"{call}\n        self.user = 'init'"]
    elif method in ("format", "formatMessage", "_format", "formatException", "formatStack",
                    "formatTime", "getMessage"):
        choices += [f"return '<' + {call} + '>'", f"return 'instead of {method}'"]
        choices += [f"note({call})\n        return {call}"] * (method != "formatTime")
    elif method == "handleError":
        choices = [
            f"note({label!r}, sys.exc_info()[0].__name__, str(sys.exc_info()[1]))",
            "raise", f"note({label!r})\n        return {call}",
            "note(sys._getframe(1).f_code.co_name)",
        ]
    elif method == "filter":
        choices += [f"note({label!r}, bool({call}))\n        return {call}", "return True", "return None",
                    "return copy.copy(a[-1])"]
    elif method == "emit":
        choices += [f"note({label!r}, a[-1].getMessage())", "note(self.format(a[-1]))" if cls != "Filter" else "",
                    "fail(RuntimeError, 'emit')"]
    elif method == "findCaller":
        choices += ["return 'found.py', 7, 'found', None",
                    "f = sys._getframe(1)\n        note(f.f_code.co_name)\n        return 'f', 1, 'g', None"]
    elif method == "makeRecord":
        choices += [f"record = {call}\n        record.user = 'mine'\n        return record", "return None"]
    elif method == "process":
        choices += ["return f'[{a[0]}]', a[1]" if "super" in call else f"return {call}"]
    elif method in ("handle", "callHandlers", "_log"):
        choices += ["return None", f"note({call})"]
    elif method in ("isEnabledFor", "usesTime", "shouldRollover"):
        choices += ["return True", "return False", "return 1"]
    elif method == "createLock":
        choices = ["self.lock = None", f"return {call}", "self.lock = Lock()"]
    if plain or w.chance(0.02):
        choices.append("fail(RuntimeError, 'override')") if w.chance(0.1) else None
    return w.pick([choice for choice in choices if choice])


def subclass(w):
    """A class of its own, which later steps use by its name."""
    cls = w.pick(["Logger", "Logger", "Handler", "StreamHandler", "StreamHandler", "FileHandler",
                  "RotatingFileHandler", "Formatter", "Formatter", "LoggerAdapter", "LogRecord"])
    number = 1 + sum(name.startswith(cls) for name in w.classes)
    name = f"{cls}{number}"
    w.classes.append(name)
    methods = w.random.sample(METHODS[cls], w.random.randint(1, 2))
    if cls == "Handler" and "emit" not in methods:
        methods.append("emit")
    source = f"class {name}({full(cls)}):\n"
    for method in methods:
        call = f"super().{method}(*a, **k)"
        source += f"    def {method}(self, *a, **k):\n        {body(w, cls, method, call)}\n"
    if cls == "Logger":
        variable = w.name("l")
        w.loggers.append(variable)
        source += (f"logging.setLoggerClass({name})\n{variable} = logging.getLogger('mine.{variable}')\n"
                   "logging.setLoggerClass(logging.Logger)\n")
    elif cls == "LogRecord":
        source += f"logging.setLogRecordFactory({name})\n"
    elif cls in ("Handler", "StreamHandler", "FileHandler", "RotatingFileHandler"):
        variable = w.name("h")
        w.handlers.append(variable)
        arguments = {"Handler": "", "StreamHandler": "stream()"}.get(cls, repr(variable))
        source += f"{variable} = {name}({arguments})\n{w.logger()}.addHandler({variable})\n"
    elif cls == "Formatter":
        source += f"{w.handler()}.setFormatter({name}('%(levelname)s %(asctime)s %(message)s'))\n"
    return source


def patch(w):
    """A method replaced, on a class or on an instance."""
    cls = w.pick(list(METHODS))
    method = w.pick(METHODS[cls])
    slot = w.name("p")
    instance = {
        "Logger": w.logger(), "Handler": w.handler(), "StreamHandler": w.handler(),
        "FileHandler": w.handler(), "RotatingFileHandler": w.handler(), "Filterer": w.logger(),
        "Formatter": f"{w.handler()}.formatter", "PercentStyle": f"{w.handler()}.formatter._style",
        "Manager": "logging.root.manager",
    }.get(cls)
    if instance and w.chance(0.5) and method != "__init__":
        call = f"{slot}_before(*a, **k)"
        text = body(w, cls, method, call).replace("\n    ", "\n")
        w.patches.append(f"del {slot}_owner.{method}\n")
        return (f"{slot}_owner = {instance}\n{slot}_before = {slot}_owner.{method}\n"
                f"def {slot}(*a, **k):\n    self = {slot}_owner\n    {text}\n{slot}_owner.{method} = {slot}\n")
    owner = full(cls)
    text = body(w, cls, method, f"{slot}_before(self, *a, **k)").replace("\n    ", "\n")
    w.patches.append(f"{owner}.{method} = {slot}_before\n")
    return (f"{slot}_before = {owner}.{method}\n"
            f"def {slot}(self, *a, **k):\n    {text}\n{owner}.{method} = {slot}\n")


def unpatch(w):
    """Puts back what was replaced."""
    if not w.patches:
        return patch(w)
    return w.patches.pop(w.random.randrange(len(w.patches)))
