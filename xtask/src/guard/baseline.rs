//! The counts that are noted in the repository, and the comparison with them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::TOLERANCE;
use crate::project::Project;

const FILE: &str = "bench/guard/baseline.json";

/// The instructions of a record in each case.
pub(super) type Counts = BTreeMap<String, f64>;

/// What is noted: a section for each compiler and interpreter.
#[derive(Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Baseline(BTreeMap<String, Counts>);

impl Baseline {
    pub(super) fn read(project: &Project) -> Result<Self> {
        let text = fs::read_to_string(project.root.join(FILE))
            .with_context(|| format!("cannot read {FILE}"))?;
        serde_json::from_str(&text).with_context(|| format!("{FILE} is no baseline"))
    }

    pub(super) fn write(&self, project: &Project) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("cannot make JSON of the counts")?;
        fs::write(project.root.join(FILE), text + "\n")
            .with_context(|| format!("cannot write {FILE}"))
    }

    pub(super) fn of(&self, section: &str) -> Option<&Counts> {
        self.0.get(section)
    }

    /// Whether these counts are within those that are noted, if any are.
    pub(super) fn allows(&self, section: &str, counts: &Counts) -> bool {
        self.of(section).is_none_or(|noted| within(counts, noted))
    }

    pub(super) fn set(&mut self, section: String, counts: Counts) {
        self.0.insert(section, counts);
    }
}

/// Whether a count has risen too far.
fn has_risen(now: f64, noted: f64) -> bool {
    now > noted * (1.0 + TOLERANCE)
}

/// Whether every case is noted and none has risen too far. A case that is noted and was not counted is one that
/// nobody guards any more.
fn within(counts: &Counts, noted: &Counts) -> bool {
    counts.keys().eq(noted.keys()) && counts.iter().all(|(case, now)| !has_risen(*now, noted[case]))
}

/// The counts, beside the noted ones where there are any.
pub(super) fn table(section: &str, counts: &Counts, noted: Option<&Counts>) -> String {
    let mut text = format!("\n{section} (instructions a record)\n");
    let nothing = Counts::new();
    for (case, now) in counts {
        let _ = write!(text, "  {case:<22} {now:>9.1}");
        match noted.and_then(|noted| noted.get(case)) {
            None if noted.is_some() => text.push_str("   NOT NOTED"),
            None => {}
            Some(noted) => {
                let change = (now / noted - 1.0) * 100.0;
                let verdict = if has_risen(*now, *noted) { "TOO MANY" } else { "within" };
                let _ = write!(text, "   noted {noted:>9.1}  {change:>+6.1} %  {verdict}");
            }
        }
        text.push('\n');
    }
    for case in noted.unwrap_or(&nothing).keys().filter(|case| !counts.contains_key(*case)) {
        let _ = writeln!(text, "  {case:<22} is noted and was NOT COUNTED");
    }
    if noted.is_none() {
        let _ = writeln!(
            text,
            "  nothing is noted in {FILE} for this compiler and interpreter: not judged (`cargo xtask guard \
             --renew` notes these counts)"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, f64)]) -> Counts {
        pairs.iter().map(|(case, count)| ((*case).to_owned(), *count)).collect()
    }

    #[test]
    fn a_rise_of_more_than_a_twentieth_is_too_much() {
        let noted = counts(&[("file", 1000.0), ("disabled", 4.0)]);
        for (file, fine) in [(900.0, true), (1000.0, true), (1050.0, true), (1051.0, false)] {
            let now = counts(&[("file", file), ("disabled", 4.0)]);
            assert_eq!(within(&now, &noted), fine, "{file}");
            let table = table("Rust", &now, Some(&noted));
            assert_eq!(table.contains("TOO MANY"), !fine, "{table}");
        }
    }

    #[test]
    fn no_case_is_left_out() {
        let (one, two) = (counts(&[("a", 1.0)]), counts(&[("a", 1.0), ("b", 1.0)]));
        assert!(!within(&one, &two) && !within(&two, &one));
        assert!(
            table("Rust", &one, Some(&two)).contains("b                      is noted and was NOT")
        );
        assert!(table("Rust", &two, Some(&one)).contains("NOT NOTED"));
        assert!(table("Rust", &one, None).contains("not judged"));
    }
}
