"""Source text of scenes with handlers that pass records on: over sockets, through queues, and from memory."""

import values

#: What a program defines to receive what is sent, and to tell of it. Ports are never told, they are others in
#: each run.
RECEIVERS = '''\
import socket, struct

class Receiver:
    def __del__(self):
        # A warning about one left open would tell its port.
        self.socket.close()

class Datagrams(Receiver):
    """Takes datagrams. Over UDP the last is one of its own: on a busy machine those before it may come late."""
    def __init__(self, kind=socket.AF_INET, address=("127.0.0.1", 0)):
        self.socket = socket.socket(kind, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)
        self.address = self.socket.getsockname()
    def taken(self):
        if self.socket.family == socket.AF_INET:
            self.socket.sendto(b"the last", self.address)
            self.socket.settimeout(5)
        while True:
            try: data = self.socket.recv(1 << 16)
            except BlockingIOError: return
            if data == b"the last": return
            yield data

class Connections(Receiver):
    """Takes connections, each to its end: for when the other side is closed. The last is one of its own."""
    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.address = self.socket.getsockname()
    def taken(self):
        with socket.create_connection(self.address) as last:
            while True:
                connection, peer = self.socket.accept()
                with connection:
                    if peer == last.getsockname(): return
                    connection.settimeout(5)
                    data = b""
                    while block := connection.recv(1 << 16): data += block
                yield data

class Arrived:
    """A record's attributes, as they came."""

def arrived(data):
    """Tells of the records that were sent one after the other."""
    while data:
        end = 4 + struct.unpack(">L", data[:4])[0]
        record = Arrived()
        record.__dict__.update(pickle.loads(data[4:end]))
        dump(record)
        data = data[end:]

def nobody():
    """An address at which nobody is."""
    with socket.create_server(("127.0.0.1", 0)) as server: return server.getsockname()

class Target:
    """What a memory handler can pass records to, though it is no handler."""
    def handle(self, record): note("target", record.getMessage())
'''


def call(w, owner):
    """One logging call of a logger."""
    method = w.pick(values.LEVEL_METHODS[:6])
    return f"{owner}.{method}({values.message(w)}{values.keywords(w)})\n"


def during(w, logger, handler, after, steps=""):
    """A logger with a handler for some calls; `after` is what comes then, whatever became of them."""
    calls = "".join(f"    {call(w, logger)}" for _ in range(w.random.randint(1, 3)))
    formatter = f"{handler}.setFormatter({values.formatter(w)})\n" if w.chance(0.5) else ""
    level = f"{handler}.setLevel({values.level(w)})\n" if w.chance(0.2) else ""
    wanted = f"logging.disable(0)\n{logger}.disabled = False\n{logger}.setLevel(1)\n" if w.chance(0.6) else ""
    after = "".join(f"    {line}\n" for line in after.splitlines())
    return (f"{formatter}{level}{wanted}{steps}{logger}.addHandler({handler})\ntry:\n{calls}finally:\n"
            f"    {logger}.removeHandler({handler})\n{after}")


def sockets(w):
    """Records as pickles, over UDP and TCP."""
    name, logger = w.name("s"), w.logger()
    change = w.pick([
        "", "", "", f"{name}.closeOnError = True\n", f"{name}.makePickle = lambda record: b'instead'\n",
        f"{name}.send = lambda data: note('send', len(data) > 4)\n",
        f"{name}_before = {name}.makePickle\n{name}.makePickle = lambda r: (note(r.getMessage()), {name}_before(r))[1]\n",
        f"{name}.handleError = lambda record: note('handleError', sys.exc_info()[0].__name__)\n",
    ])
    raw = "b'instead'" in change
    told = "    note(data)\n" if raw else "    arrived(data)\n"
    return w.pick([
        f"receiver = Datagrams()\n{name} = handlers.DatagramHandler(*receiver.address)\n"
        + during(w, logger, name, f"for data in receiver.taken():\n{told}{name}.close()\n", change),
        f"receiver = Connections()\n{name} = handlers.SocketHandler(*receiver.address)\n"
        + during(w, logger, name, f"{name}.close()\nfor data in receiver.taken():\n{told}", change),
        f"receiver = Connections()\n"
        f"class {name}_(handlers.SocketHandler):\n    def {w.pick(['emit', 'send', 'makePickle'])}(self, thing):\n"
        f"        note('mine')\n        return super().{w.pick(['emit', 'send', 'makePickle'])}(thing)\n"
        f"{name} = {name}_(*receiver.address)\n"
        + during(w, logger, name, f"{name}.close()\nnote(len(list(receiver.taken())))"),
        f"{name} = handlers.SocketHandler(*nobody())\n"
        + during(w, logger, name, f"note({name}.sock, {name}.retryTime is None)\n{name}.close()", change),
        f"receiver = Datagrams(socket.AF_UNIX, 'own.sock')\n{name} = handlers.DatagramHandler('own.sock', None)\n"
        + during(w, logger, name, f"for data in receiver.taken():\n{told}{name}.close()\nos.unlink('own.sock')", change),
    ])


def syslog(w):
    """Messages for a system log, over UDP, TCP and a local socket."""
    name, logger = w.name("y"), w.logger()
    facility = w.pick(["1", "'user'", "'local3'", "16", "handlers.SysLogHandler.LOG_DAEMON", "'nonsense'"])
    change = w.pick([
        "", "", f"{name}.ident = 'app: '\n", f"{name}.ident = 'ü'\n", f"{name}.append_nul = False\n",
        f"{name}.priority_map = {{'INFO': 'notice'}}\n", f"{name}.mapPriority = lambda level: 'debug'\n",
        f"{name}.encodePriority = lambda facility, priority: 7\n", f"{name}.facility = {w.pick(['2', repr('mail'), 'None'])}\n",
        f"{name}.format = lambda record: 'instead'\n", f"{name}.ident = 5\n",
    ])
    told = "for data in receiver.taken():\n    note(data)\n"
    return w.pick([
        f"receiver = Datagrams()\n{name} = handlers.SysLogHandler(receiver.address, {facility})\n"
        + during(w, logger, name, f"{told}{name}.close()", change),
        f"receiver = Connections()\n{name} = handlers.SysLogHandler(receiver.address, {facility}, socket.SOCK_STREAM)\n"
        + during(w, logger, name, f"{name}.close()\n{told}", change),
        f"receiver = Datagrams(socket.AF_UNIX, 'log.sock')\n{name} = handlers.SysLogHandler('log.sock', {facility})\n"
        + during(w, logger, name, f"{told}{name}.close()\nos.unlink('log.sock')", change),
    ])


def queues(w):
    """Records through queues, taken out by the program or by a listener."""
    name, logger, handler = w.name("q"), w.logger(), w.handler()
    kind = w.pick(["queue.SimpleQueue()", "queue.Queue()", "collections.deque()"])
    change = w.pick([
        "", "", "", f"{name}.prepare = lambda record: record\n", f"{name}.formatter = None\n",
        f"{name}.enqueue = lambda record: (note('enqueue'), way.put_nowait(record))\n",
        f"{name}.handleError = lambda record: note('handleError', sys.exc_info()[0].__name__)\n",
        f"{name}.addFilter(lambda record: copy.copy(record))\n",
    ])
    taken = "while not way.empty(): dump(way.get())" if "deque" not in kind else "note(len(way))"
    respect = w.pick(["", ", respect_handler_level=True", ", respect_handler_level=False"])
    targets = w.pick(["", f", {handler}", f", {handler}, logging.StreamHandler(stream())", ", Target()"])
    # Listened to only afterwards: two threads that write at once would do so in either order.
    listened = w.pick([
        "listener.start()\nlistener.stop()\n",
        "while not way.empty(): listener.handle(way.get())\n",
        "while not way.empty(): listener.handle(listener.prepare(listener.dequeue(False)))\n",
        "listener.enqueue_sentinel()\nlistener.start()\nlistener._thread.join(5)\nlistener.stop()\n",
        "listener.handle = lambda record: note('handle', record.getMessage())\nlistener.start()\nlistener.stop()\n",
    ])
    return w.pick([
        f"way = {kind}\n{name} = handlers.QueueHandler(way)\n" + during(w, logger, name, taken, change),
        f"way = queue.Queue()\n{name} = handlers.QueueHandler(way)\nlistener = handlers.QueueListener(way{targets}{respect})\n"
        + during(w, logger, name, listened, change),
        f"way = queue.Queue(1)\n{name} = handlers.QueueHandler(way)\n" + during(w, logger, name, taken, change),
        f"class {name}_(handlers.QueueHandler):\n    def prepare(self, record):\n        note('prepare')\n"
        f"        return {w.pick(['super().prepare(record)', 'record', 'copy.copy(record)'])}\n"
        f"way = queue.Queue()\n{name} = {name}_(way)\n" + during(w, logger, name, taken, change),
    ])


def memory(w):
    """Records held back for a target."""
    name, logger, handler = w.name("m"), w.logger(), w.handler()
    target = w.pick([
        handler, "logging.StreamHandler(stream())", "logging.StreamHandler(stream(Broken))", "Target()", "None",
        "logging.NullHandler()", f"logging.FileHandler('{name}')", f"handlers.MemoryHandler(2, target={handler})",
    ])
    capacity, level = w.pick(["1", "2", "3", "100"]), w.pick(["30", "40", "50", "logging.ERROR"])
    on_close = w.pick(["", ", flushOnClose=False", ", flushOnClose=True"])
    change = w.pick([
        "", "", "", f"{name}.setTarget({handler})\n", f"{name}.target = None\n", f"{name}.buffer = collections.deque()\n",
        f"{name}.shouldFlush = lambda record: note('shouldFlush', len({name}.buffer))\n",
        f"{name}.flush = lambda: note('flush', len({name}.buffer))\n", f"{name}.capacity = 1\n",
        f"{name}.flushLevel = 'ERROR'\n", f"{name}.addFilter(lambda record: record.levelno > 10)\n",
        f"if {name}.target: {name}.target.setLevel(30)\n", f"if {name}.target: {name}.target.addFilter(lambda r: copy.copy(r))\n",
    ])
    after = w.pick([
        f"note(len({name}.buffer))\n{name}.close()\nnote(len({name}.buffer), {name}.target)",
        f"{name}.flush()\nnote(len({name}.buffer))\n{name}.close()",
        f"{name}.setTarget({handler})\n{name}.flush()\n{name}.setTarget(None)\n{name}.close()",
    ])
    return (f"{name} = handlers.MemoryHandler({capacity}, {level}, {target}{on_close})\n"
            + during(w, logger, name, after, change))
