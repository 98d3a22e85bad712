//! Ends: however a program ends, what its handlers hold back is written.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::face::Face;
use super::records::Lines;
use super::row::Row;
use super::{Part, Torture};

pub(super) const PARTS: &[Part] =
    &[Part { name: "exits", run }, Part { name: "exits, handler stuck", run: stuck }];

const WAYS: &[&str] = &["return", "exit", "panic", "panic in a thread", "drop"];
const SIGNALS: &[&str] = &["TERM", "INT"];

/// Handlers that hold back, and the files that they end in.
const HANDLERS: &[(&str, &str)] =
    &[("queue", "queued"), ("memory", "held"), ("file", "log"), ("buffered", "buffered")];

/// Files with a buffer of their own are the Rust crate's alone.
fn handlers(face: &Face) -> &'static [(&'static str, &'static str)] {
    if face.is_rust() { HANDLERS } else { &HANDLERS[..3] }
}

/// How long an end may take.
const DEADLINE: Duration = Duration::from_secs(15);

fn run(torture: &Torture, face: &Face) -> Result<Row> {
    let mut row = Row::default();
    let mut lost = Vec::new();
    for round in 0..torture.times(5, 1) {
        let signals = SIGNALS.iter().map(|signal| ("signal", Some(*signal)));
        for (way, signal) in WAYS.iter().map(|way| (*way, None)).chain(signals) {
            let folder = torture.folder(&format!("exit-{}", face.name))?;
            let who = format!("e{round}");
            let way_setting = format!("way={way}");
            // Slow enough that much is in the queue at the end, and fast enough for the deadline.
            let names: Vec<_> = handlers(face).iter().map(|(name, _)| *name).collect();
            let names = format!("handlers={}", names.join(","));
            let settings = [&*names, "threads=4", "records=101", "delay=1", &way_setting];
            let mut victim = face.start("exits", &folder, &who, &settings)?;
            if let Some(signal) = signal {
                let begun = Instant::now();
                while !folder.join(format!("ready.{who}")).exists() {
                    if begun.elapsed() > DEADLINE {
                        bail!("it does not come to its end: {}", victim.said());
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                victim.signal(signal)?;
            }
            let ended = victim.wait(DEADLINE)?;
            row.hung += u64::from(ended.is_none());
            let mut survived = ended.is_some();
            for (name, file) in handlers(face) {
                let found =
                    Lines::read(&folder, file)?.check(&folder, std::slice::from_ref(&who), 0);
                survived &= row.add(&found);
                if found.lost > 0 {
                    lost.push(format!("{} of {name} at {}", found.lost, signal.unwrap_or(way)));
                }
            }
            row.count(survived);
        }
    }
    if !lost.is_empty() {
        row.notes.push(format!("lost: {}", lost.join(", ")));
    }
    Ok(row)
}

/// A handler behind a queue takes ten seconds a record: the end comes all the same, and says how many records
/// are lost.
fn stuck(torture: &Torture, face: &Face) -> Result<Row> {
    let mut row = Row::default();
    let folder = torture.folder(&format!("stuck-{}", face.name))?;
    let settings = ["handlers=queue", "threads=1", "records=50", "delay=10000", "way=return"];
    let mut victim = face.start("exits", &folder, "s", &settings)?;
    let begun = Instant::now();
    let ended = victim.wait(Duration::from_secs(20))?;
    row.hung += u64::from(ended.is_none());
    let said = victim.said();
    // So many are lost, and so many more were being delivered.
    let told: Option<u64> = said
        .lines()
        .find(|line| line.contains("records in the queue were not delivered"))
        .map(|line| line.split(' ').filter_map(|word| word.parse::<u64>().ok()).sum());
    let there = Lines::read(&folder, "queued")?.of("s");
    row.records = 50;
    row.notes.push(format!(
        "{} told as lost, {there} delivered, ended after {:.1} s",
        told.map_or("none".to_owned(), |told| told.to_string()),
        begun.elapsed().as_secs_f64()
    ));
    // One may be on its way.
    let good = told.is_some_and(|told| (49..=50).contains(&(told + there)));
    row.count(good && ended.is_some());
    if !good {
        row.faults.push(format!("what was lost is not told: {said:?}"));
    }
    Ok(row)
}
