//! The lines in which the parts say what came of it.

use std::time::Duration;

use anyhow::Result;

use super::face::Face;
use super::records::Found;

/// What came of a part with one face.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) tried: u64,
    pub(super) survived: u64,
    pub(super) records: u64,
    pub(super) lost: u64,
    pub(super) torn: u64,
    pub(super) duplicated: u64,
    pub(super) hung: u64,
    /// What is wrong besides.
    pub(super) faults: Vec<String>,
    /// What is worth knowing.
    pub(super) notes: Vec<String>,
    /// Why the part cannot run here, or not with this face.
    pub(super) skipped: Option<String>,
}

impl Row {
    pub(super) fn skipped(why: impl Into<String>) -> Self {
        Self { skipped: Some(why.into()), ..Self::default() }
    }

    /// Adds what was found of a trial's records; says whether all is well with them.
    pub(super) fn add(&mut self, found: &Found) -> bool {
        self.records += found.expected;
        self.lost += found.lost;
        self.torn += found.torn;
        self.duplicated += found.duplicated;
        self.faults.extend(found.faults.iter().cloned());
        found.lost + found.torn + found.duplicated == 0 && found.faults.is_empty()
    }

    /// Counts a trial.
    pub(super) fn count(&mut self, survived: bool) {
        self.tried += 1;
        self.survived += u64::from(survived);
    }

    fn is_good(&self) -> bool {
        self.skipped.is_some()
            || (self.lost + self.torn + self.duplicated + self.hung == 0
                && self.survived == self.tried
                && self.faults.is_empty())
    }
}

/// All lines of a run.
pub(super) struct Table {
    bad: u32,
    good: u32,
    skipped: u32,
}

impl Table {
    pub(super) fn new() -> Self {
        println!(
            "  {:<24} | {:<8} | {:>6} | {:>8} | {:>9} | {:>7} | {:>6} | {:>10} | {:>4} | note",
            "part", "face", "tried", "survived", "records", "lost", "torn", "duplicated", "hung"
        );
        Self { bad: 0, good: 0, skipped: 0 }
    }

    /// Prints a line.
    pub(super) fn add(&mut self, part: &str, face: &Face, time: Duration, row: Result<Row>) {
        let row = row.unwrap_or_else(|error| Row {
            tried: 1,
            faults: vec![format!("{error:#}")],
            ..Row::default()
        });
        let mark = match (face.ours, row.is_good(), &row.skipped) {
            (_, _, Some(_)) => {
                self.skipped += u32::from(face.ours);
                ' '
            }
            (true, true, _) => {
                self.good += 1;
                ' '
            }
            (true, false, _) => {
                self.bad += 1;
                '!'
            }
            (false, ..) => ' ',
        };
        if let Some(why) = &row.skipped {
            println!("{mark} {part:<24} | {:<8} | skipped: {why}", face.name);
            return;
        }
        let mut notes = row.notes.clone();
        let shown = if face.ours { 5 } else { 2 };
        notes.extend(row.faults.iter().take(shown).cloned());
        if row.faults.len() > shown {
            notes.push(format!("and {} more faults", row.faults.len() - shown));
        }
        notes.push(format!("{:.1} s", time.as_secs_f64()));
        println!(
            "{mark} {part:<24} | {:<8} | {:>6} | {:>8} | {:>9} | {:>7} | {:>6} | {:>10} | {:>4} | {}",
            face.name,
            row.tried,
            row.survived,
            row.records,
            row.lost,
            row.torn,
            row.duplicated,
            row.hung,
            notes.join("; ")
        );
    }

    /// Prints the last line; whether all of ours survived.
    pub(super) fn close(&self) -> bool {
        println!(
            "\n{} of ours survived, {} did not, {} could not be run here",
            self.good, self.bad, self.skipped
        );
        self.bad == 0 && self.good > 0
    }
}
