from typing import NamedTuple

class _Counts(NamedTuple):
    emitted: int
    delivered: int
    dropped: int
    failed: int
    dropped_by: dict[str, int]

class Counts(_Counts): ...

def counts(handler: object) -> Counts: ...
def report_errors_every(seconds: float | None) -> None: ...
