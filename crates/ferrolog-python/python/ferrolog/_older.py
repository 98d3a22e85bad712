"""Functions of older versions of ``logging`` that code in use still calls."""

#: What was added, by the namespace's identity: what others put in its place is theirs.
_added = {}


def add(namespace):
    """Give a ``logging`` namespace ``_acquireLock`` and ``_releaseLock``, which 3.13 dropped."""
    if "_acquireLock" in namespace or "_releaseLock" in namespace:
        return

    def _acquireLock():
        """Acquire the module's lock; ``with _lock`` is the newer way."""
        lock = namespace["_lock"]
        if lock:
            lock.acquire()

    def _releaseLock():
        """Release the module's lock."""
        lock = namespace["_lock"]
        if lock:
            lock.release()

    functions = {"_acquireLock": _acquireLock, "_releaseLock": _releaseLock}
    namespace.update(functions)
    _added[id(namespace)] = functions


def remove(namespace):
    """Take away what ``add`` gave."""
    for name, function in _added.pop(id(namespace), {}).items():
        if namespace.get(name) is function:
            del namespace[name]
