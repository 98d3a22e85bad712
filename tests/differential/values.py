"""Source text of values, calls and small scenes, chosen at random by a `generate.Writer`."""

PRELUDE = '''\
import asyncio, collections, copy, io, os, pickle, queue, string, sys, threading, time, types, warnings

class Text(str):
    def __str__(self): return "Text:" + str.__str__(self)

class Number(int):
    def __str__(self): return f"Number {int(self)}"
    def __repr__(self): return f"<{int(self)}>"

class Bad:
    def __str__(self): raise ValueError("bad str")
    def __repr__(self): raise ValueError("bad repr")

class Logs:
    """Logs while it is shown."""
    def __str__(self):
        logging.getLogger("inner").warning("shown")
        return "Logs"

class Falsy:
    def __bool__(self): return False
    def __str__(self): return "Falsy"

class Deep:
    def __str__(self): return str(self)

class Changing:
    def __init__(self): self.shown = 0
    def __str__(self):
        self.shown += 1
        return f"shown {self.shown}"

class Mapping(collections.UserDict):
    pass

class NoFlush:
    def __init__(self): self.text = ""
    def write(self, text): self.text += text
    def getvalue(self): return self.text

class Broken(io.StringIO):
    def write(self, text): raise OSError(28, "full")

class BrokenFlush(io.StringIO):
    def flush(self): raise ValueError("no flush")

class Writes(io.StringIO):
    def write(self, text):
        note("write", text)
        return super().write(text)
    def flush(self): note("flush")

class Lock:
    """A lock of the program's own."""
    def __init__(self): self.inner = threading.RLock()
    def acquire(self, *a): note("acquire"); return self.inner.acquire(*a)
    def release(self): note("release"); self.inner.release()
    def __enter__(self): note("enter"); self.inner.acquire()
    def __exit__(self, kind, *rest): note("exit", kind); self.inner.release()

def fail(kind=ValueError, *args):
    raise kind(*args)

def chained():
    try: fail(KeyError, "inner")
    except KeyError as error: raise RuntimeError("outer") from error

def context():
    try: fail(KeyError, "first")
    except KeyError: fail(TypeError, "second")

def noted():
    error = ValueError("noted")
    error.add_note("a note")
    raise error

def grouped():
    raise ExceptionGroup("group", [ValueError("one"), ExceptionGroup("inner", [KeyError("two")])])

def syntax():
    compile("a b c", "source.py", "exec")

def deep(n=0):
    if n < 30: deep(n + 1)
    else: fail()

def multiline():
    fail(ValueError, "a\\nb\\n")
'''

FAKE_CLOCK = '''\
class Clock:
    def __init__(self): self.now = 1_700_000_000_123_456_789
    def ns(self):
        self.now += 1_001_000_123
        return self.now
    def seconds(self): return self.ns() / 1e9
clock = Clock()
time.time, time.time_ns = clock.seconds, clock.ns
# Nanoseconds or seconds, as the version has it.
start = 1_699_999_000_000_000_000
logging._startTime = start if isinstance(logging._startTime, int) else start / 1e9
'''

LEVELS = ["10", "20", "30", "40", "50", "0", "5", "15", "25", "100", "-1", "'INFO'", "'WARNING'",
          "'TRACE'", "Number(20)", "True", "logging.WARN", "20.0", "None", "'nonsense'"]


def level(w):
    return w.pick(LEVELS[:10]) if w.chance(0.8) else w.pick(LEVELS)


ARGUMENTS = ["1", "-7", "10**30", "2.5", "float('nan')", "'text'", "'ü€😀'", "None", "True", "[1, 'a']",
             "{'k': 1}", "(1, 2)", "b'bytes'", "Text('t')", "Number(3)", "Falsy()", "Changing()", "''",
             "'%s'", "'\\ud800'", "'a\\0b'", "'two\\nlines'", "Bad()", "Logs()", "object", "Mapping(a=1)",
             "ValueError('v')"]

TEMPLATES = ["plain", "%s", "%s and %s", "%d", "%r", "%5s|", "%-8s|", "%05d", "%.2f", "%x", "%c", "%%",
             "%s %%", "%(k)s", "%(a)s", "%300s", "%s" * 3, "ü %s", "\ud800 %s", "nul \0", "{}", "{0} %s",
             "$x", "%", "%y", "", "%.3s", "%+d", "%e", "%s\n", "%i", "%u", "%a"]


def message(w):
    """The arguments of a call from the message on."""
    kind = w.random.random()
    if kind < 0.25:
        return w.pick(["'plain'", "'ünicode'", "''", "'100%'", "'a\\nb'"])
    if kind < 0.7:
        template, args = w.pick([
            ("%s", 1), ("%s and %s", 2), ("%d items", 1), ("%r", 1), ("%s %d %s", 3), ("%5s|%-5s|", 2),
        ])
        usual = ARGUMENTS[:9]
        given = ", ".join(w.pick(usual) for _ in range(args))
        return f"{template!r}, {given}"
    if kind < 0.85:
        given = ", ".join(w.pick(ARGUMENTS) for _ in range(w.random.randint(0, 3)))
        return f"{w.pick(TEMPLATES)!r}" + (f", {given}" if given else "")
    if kind < 0.9:
        return w.pick(["'%(k)s', {'k': 'v'}", "'%(a)s', Mapping(a=2)", "'%s', {}", "'%s', {'k': 1}, 2",
                       "'%s', ({'k': 1},)", "'%(k)s %(x)s', {'k': 1}"])
    return w.pick(["None", "5", "{'event': 'x'}", "['a']", "Text('msg %s'), 1", "Number(4)", "b'bytes'",
                   "ValueError('as message')", "Bad()", "Logs()", "Changing()", "Falsy()", "object()",
                   "string.Template('$x')"])


EXTRAS = ["{}", "{'user': 'me'}", "{'a': 1, 'b': [2]}", "{'message': 1}", "{'name': 'x'}", "{'asctime': 1}",
          "None", "Mapping(user='you')", "5", "[]", "{3: 4}", "{'levelname': 'L'}", "[('a', 1)]",
          "{'taskName': 1}"]


def keywords(w):
    chosen = []
    if w.chance(0.12):
        chosen.append(f"exc_info={w.pick(['True', '1', 'None', 'False', 'ValueError(5)', '(None, None, None)', 'sys.exc_info()', repr('x')])}")
    if w.chance(0.15):
        chosen.append(f"extra={w.pick(EXTRAS)}")
    if w.chance(0.1):
        chosen.append(f"stack_info={w.pick(['True', 'False', '1', 'None', '[]'])}")
    if w.chance(0.12):
        chosen.append(f"stacklevel={w.pick(['1', '2', '3', '0', '-1', '50', '2.0', 'None', 'True'])}")
    if w.chance(0.03):
        chosen.append(w.pick(["unknown=1", "msg='twice'", "self=1", "args=()", "level=5"]))
    w.random.shuffle(chosen)
    return "".join(f", {keyword}" for keyword in chosen)


LEVEL_METHODS = ["debug", "info", "warning", "error", "critical", "exception", "fatal", "warn"]


def call(w):
    """One logging call, sometimes through functions and classes of the program's own."""
    owner = w.pick(w.loggers[-4:] + w.adapters[-1:])
    arguments = message(w) + keywords(w)
    kind = w.random.random()
    if kind < 0.65:
        source = f"{owner}.{w.pick(LEVEL_METHODS)}({arguments})"
    elif kind < 0.88:
        source = f"{owner}.log({level(w)}, {arguments})"
    elif kind < 0.92:
        source = f"{owner}._log({w.pick(['20', '30', '5'])}, {w.pick(['repr(1)', repr('%s'), repr('x')])}, {w.pick(['()', '(1,)', '{}', '[1]', 'None'])})"
    elif kind < 0.96:
        source = f"(lambda: {owner}.{w.pick(LEVEL_METHODS)}({arguments}))()"
    else:
        source = f"[{owner}.info({arguments}) for _i in range(2)]"
    return f"_ = {source}\n"


FIELDS = ["name", "levelname", "levelno", "message", "asctime", "funcName", "lineno", "filename",
          "module", "threadName", "processName", "pathname"]


def pattern(w, style):
    fields = [w.pick(FIELDS) for _ in range(w.random.randint(1, 4))] + ["message"]
    if w.chance(0.05):
        fields.append(w.pick(["user", "nothing", "taskName", "exc_text", "args", "msg", "stack_info"]))
    if w.real_clock:
        # Cut or filled, a moment could not be told from another text.
        plain = {"%": "%(asctime)s", "{": "{asctime}", "$": "$asctime"}[style]
        fields = [f for f in fields if f != "asctime"]
        whole = [plain] * w.chance(0.4)
    else:
        whole = []
    if style == "%":
        parts = [f"%({f}){w.pick(['s', 's', 's', '-8s', '10s', '.3s', 'd' if f.endswith('no') else 's', 'r'])}"
                 for f in fields]
    elif style == "{":
        parts = ["{" + f + w.pick(["", "", ":>10", "!r", ":<5", ":.2"]) + "}" for f in fields]
    else:
        parts = [w.pick(["$" + f, "${" + f + "}"]) for f in fields]
    return w.pick([" ", ":", "-%%-" if style == "%" else " | ", "\t"]).join(whole + parts)


#: What a pattern can ask for beside its record's own attributes.
WITH_DEFAULTS = {
    "%": ["", " %(user)s", " %(user)5s|%(user)r"],
    "{": ["", " {user}", " {user!r:>10}", " {user:*^9}|", " {who[0]}", " {who.name}", " {levelno:05d} {user!s:.2}"],
    "$": ["", " $user", " ${user}s $$", " $who"],
}


def formatter(w):
    kind = w.random.random()
    if kind < 0.1:
        return "None"
    if kind < 0.2 and any(c.startswith("Formatter") for c in w.classes):
        cls = w.pick([c for c in w.classes if c.startswith("Formatter")])
    else:
        cls = "logging.Formatter"
    if kind < 0.3:
        return f"{cls}()"
    style = w.pick(["%", "%", "%", "{", "$"])
    arguments = [repr(pattern(w, style))]
    if w.chance(0.15):
        # By a real clock, what stays the same for the time of a run.
        formats = ["%Y", "%B %Y|%C%y%%", "%z", "%Z %Ey", ""] if w.real_clock else ["%H:%M", "%Y-%m-%d %H:%M:%S", "%c", ""]
        arguments.append(f"datefmt={w.pick(['None', *map(repr, formats)])}")
    if style != "%" or w.chance(0.2):
        arguments.append(f"style={style!r}")
    if w.chance(0.3 if style != "%" else 0.1):
        arguments[0] = repr(pattern(w, style) + w.pick(WITH_DEFAULTS[style]))
        given = ["dict(user=1)", "{}", "None", "dict(message=1)", "dict(user='ü', who=[1, 'k'])",
                 "dict(user=Text('t'), who=types.SimpleNamespace(name='n'))", "Mapping(user=2)", "dict(user=Bad())"]
        arguments.append(f"defaults={w.pick(given)}")
    if w.chance(0.1):
        arguments.append("validate=False")
    return f"{cls}({', '.join(arguments)})"


def handler(w):
    mine = [c for c in w.classes if c.startswith(("Stream", "Handler"))]
    if mine and w.chance(0.35):
        cls = w.pick(mine)
        return f"{cls}(stream())" if cls.startswith("Stream") else f"{cls}()"
    files = [c for c in w.classes if c.startswith(("File", "Rotating"))]
    if files and w.chance(0.4):
        return f"{w.pick(files)}({w.name('log')!r})"
    number = w.count
    return w.pick([
        "logging.StreamHandler(stream())", "logging.StreamHandler(stream())",
        "logging.StreamHandler(stream(Writes))", "logging.StreamHandler(stream(NoFlush))",
        "logging.StreamHandler(stream(Broken))", "logging.StreamHandler(stream(BrokenFlush))",
        "logging.StreamHandler()", "logging.StreamHandler(sys.stderr)",
        f"logging.FileHandler('file{number}')",
        f"logging.FileHandler('file{number}', mode='w')",
        f"logging.FileHandler('file{number}', delay=True)",
        f"logging.FileHandler('file{number}', encoding='ascii', errors='replace')",
        f"logging.FileHandler('file{number}', encoding='ascii')",
        "logging.NullHandler()", "logging.Handler()", "logging.lastResort",
        f"handlers.RotatingFileHandler('rot{number}', maxBytes={w.pick(['0', '50', '200'])}, "
        f"backupCount={w.pick(['0', '1', '3'])})",
        f"handlers.WatchedFileHandler('watch{number}')",
        f"handlers.TimedRotatingFileHandler('timed{number}', when='D', utc=True)",
        f"handlers.MemoryHandler({w.pick(['1', '3', '10'])}, flushLevel={w.pick(['30', '40'])}"
        f"{w.pick(['', ', target=logging.StreamHandler(stream())', ', target=globals().get(chr(104) + chr(49))'])})",
        "handlers.BufferingHandler(3)", "handlers.QueueHandler(queue.Queue())",
        "logging.StreamHandler(None)",
    ])


def filter_(w, name):
    return w.pick([
        f"{name} = logging.Filter({w.pick(['', 'a', 'a.b', 'x', 'root'])!r})\n",
        f"{name} = lambda record: {w.pick(['True', 'False', '1', '0', 'None', 'record', 'record.levelno > 20', repr('yes'), '[]'])}\n",
        f"def {name}(record):\n    note('filter', record.getMessage())\n    return True\n",
        f"def {name}(record):\n    record.user = 'filtered'\n    record.msg = 'changed ' + str(record.msg)\n    return True\n",
        f"def {name}(record):\n    return copy.copy(record)\n",
        f"class {name}_(logging.LogRecord):\n    def getMessage(self): return 'from ' + super().getMessage()\n"
        f"def {name}(record):\n    other = copy.copy(record)\n    other.__class__ = {name}_\n    return other\n",
        f"class {name}_(logging.LogRecord):\n    def __bool__(self): return False\n"
        f"def {name}(record):\n    other = copy.copy(record)\n    other.__class__ = {name}_\n    return other\n",
        f"def {name}(record):\n    other = copy.copy(record)\n    other.levelno, other.levelname = 50, 'RAISED'\n"
        f"    other.name = 'renamed'\n    return other\n",
        f"def {name}(record):\n    return types.SimpleNamespace(**dict(vars(record), getMessage=lambda: 'no record'))\n",
        f"def {name}(record):\n    record.seen = getattr(record, 'seen', 0) + 1\n"
        f"    return record if record.seen > 1 else copy.copy(record)\n",
        f"def {name}(record):\n    return logging.makeLogRecord(dict(vars(record), msg='replaced', args=None))\n",
        f"def {name}(record):\n    fail(RuntimeError, 'in filter')\n",
        f"def {name}(record):\n    dump(record)\n    return True\n",
        f"class {name}_:\n    def filter(self, record):\n        note('object filter')\n        return record.levelno != 20\n{name} = {name}_()\n",
        f"class {name}_(logging.Filter):\n    def filter(self, record):\n        note('subclass', super().filter(record))\n        return super().filter(record)\n{name} = {name}_('a')\n",
        f"{name} = 5\n", f"{name} = None\n",
    ])


ATTRIBUTES = [
    "{l}.disabled = {b}", "{l}.level = {n}", "{l}.propagate = {b}", "{l}.parent = {o}", "{l}.name = 'renamed'",
    "{l}._cache.clear()", "{l}._cache[20] = {b}", "{l}.parent = None", "{h}.level = {n}",
    "{h}.formatter = None", "{h}.terminator = {t}", "{h}.lock = threading.RLock()", "{h}.lock = Lock()", "{h}.createLock()",
    "{h}.stream = stream()", "{h}.setStream(stream())", "{h}.stream = None", "{h}.name = 'named'",
    "_ = {h}.name", "{h}.set_name('other')", "{h}.flush()", "{h}.close()", "{h}.acquire()\n{h}.release()",
    "{h}.formatter._fmt = '%(message)s'", "{h}.formatter._style._fmt = '<%(message)s>'",
    "{h}.formatter._style = logging.StrFormatStyle('{{message}}!')", "{h}.formatter.datefmt = '%H'",
    "{h}.formatter.converter = time.gmtime", "{h}.formatter.default_msec_format = None",
    "{h}.formatter.default_time_format = '%S'", "del {h}.terminator", "del {l}.propagate",
    "{l}.spare = 1", "{h}.spare = 1", "{l}.manager.disable = {n}", "{h}.formatter._style._defaults = {{'user': 7}}",
    "{l}.__dict__ = dict({l}.__dict__)", "{h}.__dict__ = dict({h}.__dict__)", "{h}.filters = ()",
    "{l}.filters = [lambda record: True]", "{l}.__dict__.update(disabled={b})", "{h}.mode = 'a'",
    "{h}.formatter = logging.BufferingFormatter()", "{h}.terminator = 5",
    "{l}.__class__ = type('Other', (type({l}),), {{}})", "{h}.__class__ = type('Other', (type({h}),), {{}})",
    "{h}.formatter.__class__ = type('OtherF', (type({h}.formatter),), {{}})", "{h}.lock = None",
]


#: What changes how a moment is shown.
SHOWING_TIME = ("datefmt", "time_format", "msec_format", "strftime")


def foretold(w, choices):
    """The choices without those after which the texts of real moments could not be compared."""
    return [c for c in choices if not (w.real_clock and any(word in c for word in SHOWING_TIME))]


def attribute(w):
    return w.pick(foretold(w, ATTRIBUTES)).format(
        l=w.logger(), h=w.handler(), o=w.logger(), n=w.pick(["0", "10", "20", "30", "50", "'INFO'", "None"]),
        b=w.pick(["True", "False", "0", "1", "None", "'yes'"]),
        t=w.pick(["''", "'|'", "'\\r\\n'", "None"]),
    ) + "\n"


def record(w):
    l, h = w.logger(), w.handler()
    return w.pick([
        "r = logging.makeLogRecord({'msg': 'made', 'levelno': 30, 'levelname': 'W', 'name': 'n'})\n"
        f"_ = {l}.handle(r)\ndump(r)\n",
        f"r = {l}.makeRecord('n', {level(w)}, 'dir/file.py', 7, {message(w).split(',')[0]}, (), None)\ndump(r)\n_ = {h}.handle(r)\n",
        f"r = logging.LogRecord('n', {level(w)}, {w.pick([repr('/d/f.x.py'), 'None', '5', repr(''), repr('.hidden'), repr('d/..x')])}, 3, 'm %s', {w.pick(['(1,)', 'None', '{}', '({},)', '[1]', '({1: 2},)', '(Mapping(a=1),)', '5', repr('a')])}, None, 'func')\ndump(r)\n_ = r.getMessage()\n",
        f"r = logging.LogRecord(name='n', level=20, pathname='p', lineno=1, msg='m', args=(), exc_info=None, func='f', sinfo='s', other=1)\ndump(r)\n_ = {h}.format(r)\n",
        f"r = logging.makeLogRecord({{}})\nr.exc_info = 1\n_ = {h}.handle(r)\n",
        f"r = logging.makeLogRecord({{'msg': 'x', 'exc_text': 'cached', 'stack_info': 'stack'}})\n_ = {h}.format(r)\n",
        f"r = logging.makeLogRecord({{'msg': 'x', 'args': (1,)}})\n_ = {h}.emit(r)\n",
        "r = logging.makeLogRecord({'msg': 'p', 'args': (1, 'a')})\nq = pickle.loads(pickle.dumps(r))\n_ = vars(q) == vars(r)\n",
        f"r = logging.makeLogRecord({{'msg': 'c'}})\ndel r.levelno\n_ = {l}.handle(r)\n",
        f"_ = {l}.handle({w.pick(['None', '5', 'object()', '0', repr('r')])})\n",
        f"_ = {h}.handle({w.pick(['None', '5', 'object()', '0', repr('r')])})\n",
        f"_ = {h}.emit(None)\n", f"_ = {l}.callHandlers(logging.makeLogRecord({{'levelno': 20, 'msg': 'direct'}}))\n",
        f"_ = repr(logging.LogRecord('n', 20, 'p', 3, 'm', (), None))\n",
        f"r = logging.LogRecord('n', 20, 'p', 3, '%s', ('a',), None)\nr.args = None\n_ = r.getMessage()\n",
        f"class R(logging.LogRecord):\n    def getMessage(self): return 'R:' + super().getMessage()\n"
        f"r = R('n', 40, 'p', 3, 'm', (), None)\n_ = {l}.handle(r)\n_ = {h}.format(r)\n",
        "r = copy.deepcopy(logging.makeLogRecord({'msg': ['deep']}))\ndump(r)\n",
        f"r = logging.makeLogRecord({{'msg': 'm'}})\nr.getMessage = lambda: 'own'\n_ = {h}.format(r)\n",
    ])


def adapter(w):
    name = w.name("a")
    w.adapters.append(name)
    mine = [c for c in w.classes if c.startswith("LoggerAdapter")]
    cls = w.pick(mine) if mine and w.chance(0.5) else "logging.LoggerAdapter"
    under = w.pick([w.logger(), w.logger(), w.pick(w.adapters)])
    merge = w.pick(["", "", ", merge_extra=True"])
    source = f"{name} = {cls}({under}, {w.pick(EXTRAS)}{merge})\n"
    source += w.pick(["", f"_ = {name}.isEnabledFor(20)\n", f"_ = {name}.name, {name}.manager is logging.root.manager\n",
                      f"{name}.setLevel({level(w)})\n", f"_ = {name}.hasHandlers()\n", f"_ = repr({name})\n",
                      f"{name}.process = lambda msg, kwargs: ('processed ' + str(msg), kwargs)\n"])
    return source + f"_ = {name}.{w.pick(['info', 'error', 'exception', 'debug'])}({message(w)}{keywords(w)})\n"


FACTORIES = [
    "class Record(logging.LogRecord):\n    pass\nlogging.setLogRecordFactory(Record)\n",
    "def factory(*args, **kwargs):\n    note('factory', args[0], args[1], len(args), sorted(kwargs))\n"
    "    record = logging.LogRecord(*args, **kwargs)\n    record.user = 'made'\n    return record\n"
    "logging.setLogRecordFactory(factory)\n",
    "logging.setLogRecordFactory(lambda *args, **kwargs: None)\n",
    "logging.setLogRecordFactory(lambda *args, **kwargs: fail(TypeError, 'factory'))\n",
    "logging.setLogRecordFactory(logging.LogRecord)\n", "logging.setLogRecordFactory(logging.LogRecord)\n",
    "logging.setLogRecordFactory(logging.LogRecord)\n",
    "class Record2(logging.LogRecord):\n    def __init__(self, *args, **kwargs):\n"
    "        super().__init__(*args, **kwargs)\n        self.user = 'two'\n        self.msg = f'[{self.msg}]'\n"
    "    def getMessage(self): return super().getMessage() + '!'\nlogging.setLogRecordFactory(Record2)\n",
    "_ = logging.getLogRecordFactory() is logging.LogRecord\n",
]

SETTINGS = [
    "logging.raiseExceptions = False", "logging.raiseExceptions = True", "logging.raiseExceptions = True",
    "logging.logThreads = 0", "logging.logThreads = True", "logging.logProcesses = 0",
    "logging.logMultiprocessing = 0", "logging.logAsyncioTasks = False", "logging._srcfile = None",
    "logging.lastResort = None", "logging.lastResort = logging.StreamHandler(stream())",
    "logging._defaultFormatter = logging.Formatter('default %(message)s')",
    "logging.addLevelName(5, 'TRACE')", "logging.addLevelName(20, 'Information')",
    "logging.addLevelName(25, 'NOTICE')\nlogging.Logger.notice = lambda self, msg, *a, **k: "
    "self.log(25, msg, *a, **k)\nlogging.getLogger('a').notice('noticed %s', 1)",
    "logging._levelToName[20] = 'I'", "logging._levelToName.pop(30, None)",
    "logging.getLevelName = lambda level: f'L{level}'",
    "import multiprocessing\nlogging.logMultiprocessing = True",
    "sys.stderr = stream()", "_ = logging.currentframe().f_code.co_name",
    "logging.Manager.loggerClass = None", "logging.root.manager.loggerClass = globals().get('Logger1')",
    "logging.root.manager.emittedNoHandlerWarning = False",
    "logging._srcfile = 'step1.py'", "logging.StreamHandler.terminator = '.\\n'",
    "logging.StreamHandler.terminator = '\\n'",
    "import functools\nlogging.Logger.trace = functools.partialmethod(logging.Logger.log, 5)\n"
    "logging.getLogger('a').trace('traced')",
    "time.strftime = lambda *args: 'strftime'", "logging.Formatter.converter = time.gmtime",
    "logging.Formatter.default_msec_format = '%s.%03d'", "logging.PercentStyle.asctime_search = '%(xxx)'",
    "logging.PercentStyle.default_format = '%(levelname)s'",
]
SETTINGS = [setting + "\n" for setting in SETTINGS]


def list_edit(w):
    l, h, o = w.logger(), w.handler(), w.handler()
    return w.pick([
        f"{l}.handlers.append({h})\n", f"{l}.handlers[:] = [{h}]\n", f"{l}.handlers.clear()\n",
        f"{l}.handlers = [{h}, {o}]\n", f"{l}.handlers = ({h},)\n", f"{l}.handlers.insert(0, {h})\n",
        f"{l}.filters.clear()\n", f"{h}.filters[:] = []\n", f"{l}.handlers += [{h}]\n",
        f"{l}.handlers = []\n", f"{l}.handlers.append(5)\n", f"{l}.handlers.remove({h})\n",
        "logging._handlerList.clear()\n", f"{l}.handlers = collections.deque([{h}])\n",
        f"class Eats(logging.Handler):\n    def emit(self, record):\n        note('eats')\n"
        f"        {l}.handlers.remove(self)\n{l}.handlers.insert(0, Eats())\n",
        f"class Adds(logging.Handler):\n    def emit(self, record):\n        note('adds')\n"
        f"        if len({l}.handlers) < 5: {l}.handlers.append({h})\n{l}.addHandler(Adds())\n",
    ])


RAISERS = ["fail()", "fail(KeyError, 'k')", "chained()", "context()", "noted()", "grouped()", "syntax()",
           "deep()", "multiline()", "1 / 0", "int('x')", "[].x", "fail(SystemExit, 2)", "undefined"]


def error(w):
    l = w.logger()
    how = w.pick([
        f"{l}.exception({message(w)})", f"{l}.error({message(w)}, exc_info=True)",
        f"{l}.info({message(w)}, exc_info=error)", f"{l}.debug({message(w)}, exc_info=sys.exc_info())",
        f"{l}.log(30, {message(w)}, exc_info=1, stack_info=True)",
        f"{l}.critical({message(w)}, exc_info=(type(error), error, None))",
        f"{l}.exception({message(w)}, exc_info=False)", f"logging.exception({message(w)})",
        f"{l}.warning({message(w)})", f"{l}.error('%s', error)",
    ])
    return f"try:\n    {w.pick(RAISERS)}\nexcept BaseException as error:\n    {how}\n"


def query(w):
    l, h = w.logger(), w.handler()
    return w.pick([
        f"_ = {l}.isEnabledFor({level(w)})\n", f"_ = {l}.getEffectiveLevel()\n", f"_ = {l}.hasHandlers()\n",
        f"_ = repr({l})\n", f"_ = repr({h})\n", f"_ = {l}.findCaller()[1:3]\n", f"_ = {l}.findCaller(True, 2)[1:3]\n",
        f"_ = logging.getLevelName({level(w)})\n", f"_ = {l}.getChild('kid').name\n", f"_ = {l} is pickle.loads(pickle.dumps({l}))\n",
        f"_ = sorted(c.name for c in {l}.getChildren())\n", "_ = sorted(logging.root.manager.loggerDict)\n",
        f"_ = logging.getHandlerByName('named')\n", "_ = logging.getLevelNamesMapping()\n", f"_ = copy.copy({l}).name\n",
        f"_ = {h}.format(logging.makeLogRecord({{'msg': '%s', 'args': (1,)}}))\n", f"_ = {l}.filter(logging.makeLogRecord({{'name': 'a.b'}})) is not False\n",
        f"_ = {l}.info.__name__, {l}.info.__self__ is {l}\n", f"_ = isinstance({l}.parent, (logging.Logger, type(None)))\n",
        f"_ = {h}.formatter.usesTime()\n", f"_ = {h}.formatter.formatTime(logging.makeLogRecord({{'created': 0.5, 'msecs': 500.0}}))\n",
        f"_ = {h}.formatter.formatException((ValueError, ValueError(1), None))\n", f"_ = {h}.formatter.formatMessage(logging.makeLogRecord({{'message': 'm'}}))\n",
        f"_ = logging.Filter('a').filter(logging.makeLogRecord({{'name': {w.pick(['a', 'a.b', 'ab', 'b', '', 'ä'])!r}}}))\n",
        f"_ = logging.Filter('ä').filter(logging.makeLogRecord({{'name': {w.pick(['ä', 'ä.b', 'äb'])!r}}}))\n",
        "_ = logging.BufferingFormatter().format([logging.makeLogRecord({'msg': 'b'})])\n",
    ])


CONFIGS = [
    "logging.basicConfig(stream=stream(), format='%(levelname)s %(message)s', force=True)\n",
    "logging.basicConfig(filename='basic', level='DEBUG', force=True)\nlogging.info('basic')\n",
    "logging.basicConfig(handlers=[logging.StreamHandler(stream())], style='{', format='{message}', force=True)\n",
    "logging.basicConfig(unknown=1)\n", "logging.basicConfig()\n",
    "logging.basicConfig(stream=stream(), filename='x')\n",
    "config.dictConfig({'version': 1, 'handlers': {'c': {'class': 'logging.StreamHandler', 'formatter': 'f', "
    "'stream': stream()}}, 'formatters': {'f': {'format': '%(name)s-%(message)s'}}, 'root': {'handlers': ['c'], 'level': 'INFO'}, "
    "'loggers': {'a': {'level': 'DEBUG', 'propagate': True}}})\nlogging.getLogger('a.b').debug('configured')\n",
    "config.dictConfig({'version': 1, 'incremental': True, 'loggers': {'a': {'level': 'ERROR'}}})\n",
    "config.dictConfig({'version': 1, 'disable_existing_loggers': False, 'filters': {'f': {'name': 'a'}}, 'handlers': "
    "{'m': {'class': 'logging.handlers.MemoryHandler', 'capacity': 2, 'target': 'c'}, 'c': {'class': 'logging.StreamHandler', "
    "'filters': ['f'], 'stream': stream()}}, 'root': {'handlers': ['m']}})\nlogging.getLogger('a').error('memory')\n",
    "config.dictConfig({'version': 1, 'handlers': {'x': {'class': 'nonsense.Handler'}}})\n",
    "config.dictConfig({'version': 1, 'formatters': {'f': {'()': 'logging.Formatter', 'fmt': '%(message)s'}}, 'root': {}})\n",
]


def queue_(w):
    l = w.logger()
    return w.pick([
        f"q = queue.SimpleQueue()\nqh = handlers.QueueHandler(q)\n{l}.addHandler(qh)\n{l}.error({message(w)})\n{l}.removeHandler(qh)\n"
        "while not q.empty(): dump(q.get())\n",
        f"q = queue.Queue()\nqh = handlers.QueueHandler(q)\n{l}.addHandler(qh)\nlistener = handlers.QueueListener(q, {w.handler()}, "
        f"respect_handler_level={w.pick(['True', 'False'])})\npass\n"
        # Listened to only afterwards: two threads that write at once would do so in either order.
        f"try:\n    {l}.warning({message(w)})\n    {l}.info('second')\nfinally:\n    {l}.removeHandler(qh)\n"
        "listener.start()\nlistener.stop()\n",
        f"qh = handlers.QueueHandler(queue.Queue())\ndump(qh.prepare(logging.makeLogRecord({{'msg': '%s', 'args': (Logs(),), 'exc_info': None}})))\n",
        f"qh = handlers.QueueHandler(queue.Queue(1))\n{l}.addHandler(qh)\n{l}.error('one')\n{l}.error('two')\n{l}.removeHandler(qh)\n",
    ])


def rotate(w):
    name, l = w.name("r"), w.logger()
    return w.pick([
        f"{name} = handlers.RotatingFileHandler('{name}', maxBytes=40, backupCount=2)\n{l}.addHandler({name})\n"
        f"for i in range(6): {l}.error('line %d of some length', i)\n{l}.removeHandler({name})\n{name}.close()\n",
        f"{name} = handlers.RotatingFileHandler('{name}', maxBytes=30, backupCount=1)\n{name}.namer = lambda n: n + '.bak'\n"
        f"{name}.rotator = lambda s, d: (note('rotate', os.path.basename(s), os.path.basename(d)), os.rename(s, d))\n"
        f"{l}.addHandler({name})\nfor i in range(4): {l}.error('another line %d', i)\n{l}.removeHandler({name})\n",
        f"{name} = handlers.MemoryHandler(3, target={w.handler()})\n{l}.addHandler({name})\n{l}.info('one')\n{l}.info({message(w)})\n"
        f"note(len({name}.buffer))\n{l}.error('three')\nnote(len({name}.buffer))\n{name}.close()\n{l}.removeHandler({name})\n",
        f"{name} = handlers.WatchedFileHandler('{name}')\n{l}.addHandler({name})\n{l}.error('a')\nos.rename('{name}', '{name}.old')\n"
        f"{l}.error('b')\n{l}.removeHandler({name})\n",
    ])


def unusual(w):
    l, h = w.logger(), w.handler()
    return w.pick([
        f"class D:\n    def __del__(self): {l}.error('deleted')\nd = D()\ndel d\n",
        f"def g():\n    yield {l}.info('in generator')\n_ = list(g())\n",
        f"async def main():\n    {l}.warning('task %s', 1)\n    dump({l}.makeRecord('n', 20, 'p', 1, 'm', (), None))\nasyncio.run(main())\n",
        f"class C:\n    def method(self):\n        {l}.info('method', stack_info=True)\nC().method()\n",
        f"def outer():\n    def inner(): {l}.error('level', stacklevel=2)\n    inner()\nouter()\n",
        f"exec(compile('{l}.error(\"compiled\")', '<string>', 'exec'))\n", f"eval('{l}.error(\"evaluated\")')\n",
        f"_ = list(map({l}.error, ['mapped', 'twice']))\n", f"sorted([2, 1], key=lambda n: {l}.info('key %d', n) or n)\n",
        f"logging.Logger.info({l}, 'unbound')\nlogging.Logger.info('not a logger', 'x')\n", f"logging.Handler.handle({h}, logging.makeLogRecord({{}}))\n",
        f"{l}.info()\n", f"{l}.log()\n", f"{l}.log('x', 'y')\n", f"{l}.info(msg='by name')\n", f"{l}.log(level=30, msg='named %s')\n",
        f"{h}.handle()\n", f"{h}.format(1, 2)\n", f"{l}.isEnabledFor()\n", f"{l}.makeRecord()\n", f"{l}.setLevel()\n", f"{l}.findCaller(1, 2, 3)\n",
        f"class Recursive(logging.Handler):\n    def emit(self, record):\n        if record.msg != 'again': {l}.error('again')\n        note('recursive', record.msg)\n"
        f"rec = Recursive()\n{l}.addHandler(rec)\n{l}.error('start')\n{l}.removeHandler(rec)\n",
        f"class Multi(dict, logging.StreamHandler):\n    def __init__(self):\n        dict.__init__(self, a=1)\n        logging.StreamHandler.__init__(self, stream())\n"
        f"m = Multi()\n{l}.addHandler(m)\n{l}.error('multi')\n",
        f"class Slots(logging.Handler):\n    __slots__ = ('seen',)\n    def emit(self, record): self.seen = record.msg\nsl = Slots()\n{l}.addHandler(sl)\n{l}.error('slots')\n_ = sl.seen\n",
        f"class Prop(logging.Logger):\n    @property\n    def propagate(self): return False\n    @propagate.setter\n    def propagate(self, value): pass\n"
        f"p = Prop('p')\np.parent = logging.root\np.error('property')\np.addHandler({h})\np.error('own')\n",
        f"from unittest import mock\nwith mock.patch.object({l}, 'handle') as handle:\n    {l}.error('mocked')\n_ = handle.call_count\n",
        f"from unittest import mock\nwith mock.patch.object({h}, 'emit', side_effect=OSError('mock')):\n    {l}.error('mocked emit')\n",
        f"old = logging.Logger.manager.loggerDict\n_ = type({l}.manager).__name__\n", f"{l}.manager.loggerDict.pop({l}.name, None)\n",
        f"d = {{}}\nd['self'] = d\n{l}.error('%s', d)\n", f"{l}.error('%*d', 5, 3)\n", f"{l}.error('%2000d', 3)\n",
        f"x = []\nclass Grow:\n    def __str__(self):\n        x.append(1)\n        return str(x)\n{l}.error('%s %s', Grow(), x)\n",
        f"{l}.addHandler({h})\n{l}.addHandler({h})\n_ = len({l}.handlers)\n",
        f"class Weird(logging.Logger):\n    def __getattribute__(self, name):\n        note('get', name) if name in ('disabled', 'handlers') else None\n        return super().__getattribute__(name)\n"
        f"wl = Weird('weird')\nwl.addHandler({h})\nwl.error('watched')\n",
        f"sys.setrecursionlimit(200)\ntry: {l}.error('%s', Deep())\nfinally: sys.setrecursionlimit(1000)\n",
        f"{l}.error('x' * 100000)\n", f"_ = {l} == {l}\n",
    ])
