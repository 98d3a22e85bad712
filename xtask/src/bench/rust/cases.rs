//! The cases, and what is to be reached in them.

use super::super::report::{Case, Check, Kind, Results};

/// One case: what the drivers are asked for.
pub(super) struct Spec {
    /// As the drivers know it.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// What is promised when the call returns.
    pub(super) promise: &'static str,
    /// How many records, or calls, a run has.
    pub(super) records: u64,
    /// The floors that stand beside it: their case, and what the table calls them.
    pub(super) floors: &'static [(&'static str, &'static str)],
    /// The figures that are of interest: as the driver calls it, what its table is called besides the
    /// case's title, and its unit.
    pub(super) figures: &'static [(&'static str, &'static str, &'static str)],
    /// Whether the records are in files when the driver ends.
    writes: Writes,
}

/// What a driver leaves behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Writes {
    /// Nothing that were to be checked.
    Nothing,
    /// Lines with the message in them.
    Text,
    /// The same, with five key-values.
    KeyValues,
    /// A JSON document a line, with five key-values.
    Json,
}

const WRITTEN: &str = "written when the call returns";
const BUFFERED: &str = "buffered";
const QUEUED: &str = "queued";
const WRITE: (&str, &str) = ("write", "format and one write");
const TIME: &[(&str, &str, &str)] = &[("ns", "", "ns a record")];
const TIME_AND_ALLOCATIONS: &[(&str, &str, &str)] =
    &[("ns", "", "ns a record"), ("allocations", "heap allocations", "allocations a record")];

/// A case whose records are written when the call returns.
const fn written(name: &'static str, title: &'static str, writes: Writes) -> Spec {
    Spec {
        name,
        title,
        promise: WRITTEN,
        records: 50_000,
        floors: &[],
        figures: TIME_AND_ALLOCATIONS,
        writes,
    }
}

/// Several threads on one file.
const fn threads(name: &'static str, title: &'static str) -> Spec {
    Spec { figures: TIME, ..written(name, title, Writes::Text) }
}

pub(super) const CASES: &[Spec] = &[
    Spec {
        name: "disabled",
        title: "A disabled call",
        promise: "",
        records: 100_000_000,
        floors: &[("load", "an atomic load")],
        figures: &[("ns", "", "ns a call")],
        writes: Writes::Nothing,
    },
    Spec {
        floors: &[WRITE, ("line", "one write alone")],
        ..written("file", "One file", Writes::Text)
    },
    written("key-values", "Two arguments and five key-values", Writes::KeyValues),
    written("json", "JSON with five key-values", Writes::Json),
    Spec { figures: TIME, ..written("caller", "With file and line", Writes::Text) },
    Spec { figures: TIME, ..written("rotating", "A file rotated at 1 MiB", Writes::Text) },
    threads("threads-1", "1 thread on one file"),
    threads("threads-2", "2 threads on one file"),
    threads("threads-4", "4 threads on one file"),
    threads("threads-8", "8 threads on one file"),
    Spec { figures: TIME, ..written("tree", "From 10,000 loggers, ten deep", Writes::Text) },
    Spec {
        name: "level-change",
        title: "The level of the root over 10,000 loggers",
        promise: "",
        records: 20,
        floors: &[],
        figures: &[("us", "", "us a change")],
        writes: Writes::Nothing,
    },
    Spec {
        promise: BUFFERED,
        records: 200_000,
        floors: &[("format", "format alone"), ("buffer", "the clock, a lock and the bytes")],
        figures: TIME,
        ..written("buffered", "One file, buffered", Writes::Text)
    },
    Spec {
        name: "latency",
        title: "Queued, one call",
        promise: QUEUED,
        records: 20_000,
        floors: &[("queue", "the clock and one lock")],
        figures: &[
            ("p50", "the median", "ns a call"),
            ("p99", "99 of 100 within", "ns a call"),
            ("p99.9", "999 of 1000 within", "ns a call"),
        ],
        writes: Writes::Text,
    },
    Spec {
        promise: QUEUED,
        records: 200_000,
        floors: &[("format", "format alone")],
        figures: TIME,
        ..written("queued", "Queued, until delivered", Writes::Text)
    },
];

/// The cases that the picture shows.
pub(super) const PICTURED: &[&str] = &[
    "disabled",
    "file",
    "key-values",
    "json",
    "threads-4",
    "buffered",
    "latency-p50",
    "queued",
    "level-change",
];

impl Spec {
    /// The name of the case that one of its figures makes.
    pub(super) fn name_of(&self, figure: &str) -> String {
        match figure {
            "ns" | "us" => self.name.to_owned(),
            figure => format!("{}-{figure}", self.name),
        }
    }

    /// Its title.
    pub(super) fn title_of(&self, figure: &str) -> String {
        if figure.is_empty() { self.title.to_owned() } else { format!("{}: {figure}", self.title) }
    }

    /// What is to be checked behind a driver that did `case`: this one, or one of its floors.
    pub(super) fn written(&self, case: &str) -> Writes {
        match case {
            "load" | "format" | "line" | "buffer" | "queue" => Writes::Nothing,
            _ => self.writes,
        }
    }
}

/// What is to be reached, as far as the run has what it takes.
pub(super) fn checks(results: &Results) -> Vec<Check> {
    let case = |name: &str| results.case(name);
    let ours = |case: &Case| case.first(Kind::Ours).map(|row| row.figures.median);
    let floor = |case: &Case| case.first(Kind::Floor).map(|row| row.figures.median);
    let peer = |case: &Case| case.best_peer().map(|row| row.figures.median);
    let mut checks = Vec::new();
    let mut add = |what: &str, value: Option<f64>, limit: f64, unit: &str| {
        checks.extend(value.map(|value| Check::at_most(what, value, limit, unit)));
    };
    let over = |name: &str, other: &dyn Fn(&Case) -> Option<f64>| {
        let case = case(name)?;
        Some(ours(case)? / other(case)?)
    };
    add("disabled / an atomic load", over("disabled", &floor), 1.5, "x");
    add("one file / format and one write", over("file", &floor), 1.25, "x");
    add("one file / the best peer", over("file", &peer), 0.75, "x");
    add("buffered / the best peer", over("buffered", &peer), 0.45, "x");
    add("queued, one call", case("latency-p50").and_then(ours), 60.0, "ns");
    add("queued, one call / the best peer", over("latency-p50", &peer), 0.25, "x");
    add("queued, until delivered / the best peer", over("queued", &peer), 0.45, "x");
    let one_thread = case("threads-1").and_then(ours);
    let four_threads = case("threads-4").and_then(ours);
    let four_over_one = one_thread.zip(four_threads).map(|(one, four)| four / one);
    add("4 threads on one file / 1 thread", four_over_one, 1.0, "x");
    add("4 threads on one file / the best peer", over("threads-4", &peer), 0.6, "x");
    add("allocations a record", case("file-allocations").and_then(ours), 0.0, "");
    checks
}
