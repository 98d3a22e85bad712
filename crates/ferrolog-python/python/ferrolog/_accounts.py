"""What became of the records that a handler was given."""

from collections import namedtuple

from ferrolog import _native

_Counts = namedtuple("_Counts", ["emitted", "delivered", "dropped", "failed", "dropped_by"])


class Counts(_Counts):
    """The account of a handler: ``emitted == delivered + dropped + failed``, once no record is under way.

    ``dropped_by`` says of each policy by which records were dropped how many those were.
    """

    __slots__ = ()


def counts(handler):
    """Say what became of the records that ``handler`` was given, since it was made.

    A record is *delivered* when ``emit`` returned and nothing was wrong: what a file, stream or socket
    handler was given is written then; what a queue or memory handler was given is kept, and is counted again by
    the handlers that it is passed on to. It has *failed* when ``handleError`` was called or ``emit``
    raised. It was *dropped* where the handler has a policy by which it gives records up, as a socket handler has
    while its peer is away.

    Records given to ``emit`` directly, rather than to ``handle``, are not counted.
    """
    emitted, delivered, failed, dropped_by = _native.counts(handler)
    return Counts(emitted, delivered, sum(dropped_by.values()), failed, dropped_by)


def report_errors_every(seconds):
    """Have each handler report an error, and the next one only when so many seconds have passed.

    By default a handler reports each of its errors, a record after the other, as the standard library does;
    with a disk that is full or a peer that is away that is a report for each record. The reports say how
    many errors came in between, and ``counts`` has all of them. It holds for handlers whose ``handleError`` is
    the standard one. With ``None`` each error is reported again.
    """
    _native.report_errors_every(seconds)
