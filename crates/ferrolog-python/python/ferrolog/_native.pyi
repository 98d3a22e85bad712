from typing import Any

__all__ = ["Target", "adopt", "reads_directly", "release"]

# Whether instances' attributes are read from where the interpreter keeps them.
reads_directly: bool

def adopt(namespace: dict[str, Any]) -> None: ...
def release(namespace: dict[str, Any]) -> None: ...

class Target:
    def noop(self, /, *args: object, **kwargs: object) -> None: ...
