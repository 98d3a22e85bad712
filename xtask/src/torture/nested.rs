//! Reentrancy: logging at a signal every millisecond, from what is shown and deleted, from inside `emit` and a
//! formatter, from the hook of a panic, and through `tracing` and from a layer of it beneath.

use std::time::Duration;

use anyhow::Result;

use super::face::Face;
use super::records::{Lines, accounts, acknowledged};
use super::row::Row;
use super::{Part, Torture};

pub(super) const PARTS: &[Part] = &[Part { name: "reentrancy", run }];

/// What logs, as the program counts it; the last two are the Rust crate's alone.
const KINDS: &[&str] = &[
    "main",
    "signal",
    "argument shown",
    "inside emit",
    "formatter",
    "object deleted",
    "panic hook",
    "through tracing",
    "layer beneath",
];

fn kinds(face: &Face) -> &'static [&'static str] {
    if face.is_rust() { KINDS } else { &KINDS[..7] }
}

fn run(torture: &Torture, face: &Face) -> Result<Row> {
    let mut row = Row::default();
    let folder = torture.folder(&format!("nested-{}", face.name))?;
    let records = format!("records={}", torture.times(4000, 300));
    let mut victim = face.start("nested", &folder, "n", &["handlers=file", &records])?;
    let ended = victim.wait(Duration::from_secs(120))?;
    match ended {
        None => row.hung = 1,
        Some(status) if !status.success() => {
            let said = victim.said();
            let last = said.lines().last().unwrap_or_default();
            row.faults.push(format!("it ended with {status}: {last}"));
        }
        Some(_) => {}
    }
    let found = Lines::read(&folder, "log")?.check_among_others(&folder, &["n".to_owned()]);
    let good = row.add(&found);
    let calls = acknowledged(&folder, "n");
    for (kind, name) in kinds(face).iter().enumerate() {
        let count = calls.get(kind).copied().unwrap_or(0);
        row.notes.push(format!("{count} {name}"));
        if count == 0 && face.ours {
            row.faults.push(format!("none from: {name}"));
        }
    }
    if face.ours {
        row.faults.extend(accounts(&folder, "n"));
    }
    let status = ended.is_some_and(|status| status.success());
    row.count(good && status);
    Ok(row)
}
