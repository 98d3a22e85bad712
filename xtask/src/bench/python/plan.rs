//! What is measured: the cases, the libraries, and what is to be reached.

use crate::bench::report::Kind;

/// One who does the cases.
pub(super) struct Library {
    /// What `bench/python/driver.py` and `--peer` call it.
    pub(super) name: &'static str,
    /// What the tables call it.
    pub(super) title: &'static str,
    pub(super) kind: Kind,
    /// Whether it takes part only when it is asked for.
    pub(super) asked: bool,
}

const fn library(name: &'static str, title: &'static str, kind: Kind) -> Library {
    Library { name, title, kind, asked: false }
}

pub(super) const LIBRARIES: &[Library] = &[
    library("floor", "floor", Kind::Floor),
    library("installed", "ferrolog", Kind::Ours),
    Library { name: "alone", title: "ferrolog, stand-alone", kind: Kind::Peer, asked: true },
    library("stdlib", "stdlib", Kind::Standard),
    library("picologging", "picologging", Kind::Peer),
    library("logxide", "logxide", Kind::Peer),
    library("loguru", "loguru", Kind::Peer),
    library("structlog", "structlog", Kind::Peer),
];

/// One kind of work.
pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    pub(super) promise: &'static str,
    /// How many records a block has: such that the standard library takes some 60 ms for it.
    pub(super) records: u32,
    pub(super) wanted: Wanted,
}

/// What is to be reached.
pub(super) enum Wanted {
    Nothing,
    /// So many times as fast as the standard library, and as the best peer.
    Times(f64, f64),
    /// No more than so much slower than the standard library, in the case's unit.
    Within(f64),
}

use Wanted::{Nothing, Times, Within};

const CALL: &str = "ns a call";
const RECORD: &str = "ns a record";

const WRITTEN: &str = "written when the call returns";
const BUFFERED: &str = "buffered: written when many are there";
const QUEUED: &str = "queued: written by another thread; until the last is written";
const MEMORY: &str = "in memory when the call returns";

const fn plan(
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    promise: &'static str,
    records: u32,
    wanted: Wanted,
) -> Plan {
    Plan { name, title, unit, promise, records, wanted }
}

pub(super) const PLANS: &[Plan] = &[
    plan("disabled", "disabled", CALL, "", 200_000, Times(3.5, 2.0)),
    plan("disabled_args", "disabled, two arguments", CALL, "", 200_000, Times(3.5, 2.0)),
    plan("null", "NullHandler", RECORD, "", 15_000, Times(20.0, 4.0)),
    plan("file", "file, no arguments", RECORD, WRITTEN, 8_000, Times(10.0, 3.5)),
    plan("file_args", "file, two arguments", RECORD, WRITTEN, 8_000, Times(10.0, 3.5)),
    plan(
        "caller",
        "file, line and function of the caller",
        RECORD,
        WRITTEN,
        8_000,
        Times(8.0, 3.0),
    ),
    plan("rotating", "rotating file", RECORD, WRITTEN, 5_000, Times(14.0, 9.0)),
    plan("threads", "4 threads, one file", RECORD, WRITTEN, 40_000, Times(20.0, 10.0)),
    plan("formatter", "formatter subclass", RECORD, WRITTEN, 6_000, Times(2.0, 1.0)),
    plan("filter", "filter written in Python", RECORD, WRITTEN, 6_000, Times(2.0, 1.0)),
    plan("propagation", "ten loggers deep", RECORD, WRITTEN, 8_000, Nothing),
    plan("adapter", "LoggerAdapter", RECORD, WRITTEN, 6_000, Nothing),
    plan("extra_json", "extra, as JSON", RECORD, WRITTEN, 4_000, Nothing),
    plan("exception", "exception", RECORD, WRITTEN, 1_500, Times(1.3, 1.0)),
    plan("exception_chained", "exception with its cause", RECORD, WRITTEN, 700, Times(1.3, 1.0)),
    plan("exception_deep", "exception from 30 calls deep", RECORD, WRITTEN, 200, Times(1.3, 1.0)),
    plan("stringio", "StreamHandler over StringIO", RECORD, MEMORY, 8_000, Times(7.0, 2.0)),
    plan("python_handler", "handler written in Python", RECORD, MEMORY, 15_000, Times(4.0, 1.0)),
    plan(
        "python_handler_format",
        "handler written in Python that formats",
        RECORD,
        MEMORY,
        8_000,
        Nothing,
    ),
    plan("buffered", "MemoryHandler and file", RECORD, BUFFERED, 8_000, Nothing),
    plan("queue", "QueueHandler and QueueListener", RECORD, QUEUED, 4_000, Times(8.0, 4.0)),
    plan("import", "import of the package", "ms", "", 1, Within(5.0)),
    plan("loggers_memory", "memory of 10,000 loggers", "bytes a logger", "", 1, Nothing),
];
