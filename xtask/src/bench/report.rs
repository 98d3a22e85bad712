//! What a bench found: the figures of each case, as a table for people and as JSON for machines.
//!
//! Whatever is measured is better the smaller it is, so that one rule serves for all cases.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::speed::Runs;

/// Everything that one run of a bench found.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Results {
    /// Which bench it was, as "Rust" or "Python 3.12".
    pub(crate) bench: String,
    pub(crate) machine: Machine,
    /// The version of each library that was measured.
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) cases: Vec<Case>,
    pub(crate) checks: Vec<Check>,
}

/// The machine, and how busy others kept it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) system: String,
    /// The load averages (1, 5 and 15 minutes) when the bench began and when it ended; its own work is
    /// in the latter.
    pub(crate) load_before: String,
    pub(crate) load_after: String,
    #[serde(default)]
    pub(crate) runs: Runs,
}

/// One kind of work, done by several.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Case {
    /// What `--case` calls it.
    pub(crate) name: String,
    /// What the table calls it.
    pub(crate) title: String,
    /// What the figures are, as "ns a record".
    pub(crate) unit: String,
    /// What a record is promised when the call returns: only those who promise the same are in one case.
    pub(crate) promise: String,
    pub(crate) rows: Vec<Row>,
    /// Who could not do it.
    #[serde(default)]
    pub(crate) failed: Vec<Failed>,
}

/// One who did not do the work as it should be done.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Failed {
    pub(crate) who: String,
    pub(crate) why: String,
    /// What it took nevertheless, if it came that far; nothing is compared with it.
    pub(crate) median: Option<f64>,
}

/// One who did the work, with the figure of each run.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Row {
    pub(crate) who: String,
    pub(crate) kind: Kind,
    pub(crate) figures: Figures,
}

/// What somebody's figures are compared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The least that the work could cost.
    Floor,
    /// This project.
    Ours,
    /// What is to be replaced: the standard library.
    Standard,
    /// Another library.
    Peer,
}

/// The figures of all runs, with their median and the width of their middle half.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Figures {
    pub(crate) median: f64,
    pub(crate) spread: f64,
    pub(crate) runs: Vec<f64>,
}

/// One thing that is to be reached.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Check {
    /// What is compared, as "one file / format and write".
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) bound: Bound,
    /// What the value is to be at most, or at least.
    pub(crate) limit: f64,
    pub(crate) unit: String,
    pub(crate) reached: bool,
}

/// On which side of its limit a value is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) enum Bound {
    #[serde(rename = "at most")]
    AtMost,
    #[serde(rename = "at least")]
    AtLeast,
}

impl Bound {
    fn name(self) -> &'static str {
        match self {
            Self::AtMost => "at most",
            Self::AtLeast => "at least",
        }
    }
}

impl Figures {
    /// From the figures of the runs, of which there is at least one.
    pub(crate) fn new(runs: Vec<f64>) -> Self {
        let mut sorted = runs.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |part: f64| quantile(&sorted, part);
        Self { median: at(0.5), spread: at(0.75) - at(0.25), runs }
    }
}

/// The value below which this part of the sorted values lies, between two of them where it falls there.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = part * last as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

impl Case {
    /// The row of this one.
    pub(crate) fn row(&self, who: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.who == who)
    }

    /// The first row of this kind.
    pub(crate) fn first(&self, kind: Kind) -> Option<&Row> {
        self.rows.iter().find(|row| row.kind == kind)
    }

    /// The peer with the smallest median.
    pub(crate) fn best_peer(&self) -> Option<&Row> {
        let peers = self.rows.iter().filter(|row| row.kind == Kind::Peer);
        peers.min_by(|a, b| a.figures.median.total_cmp(&b.figures.median))
    }
}

impl Row {
    /// How many times the median of `other` this one's is.
    pub(crate) fn over(&self, other: &Row) -> f64 {
        self.figures.median / other.figures.median
    }
}

impl Check {
    /// That `value` is `limit` at most.
    pub(crate) fn at_most(
        what: impl Into<String>,
        value: f64,
        limit: f64,
        unit: impl Into<String>,
    ) -> Self {
        let reached = value <= limit;
        Self { what: what.into(), value, bound: Bound::AtMost, limit, unit: unit.into(), reached }
    }

    /// That `value` is `limit` at least.
    pub(crate) fn at_least(
        what: impl Into<String>,
        value: f64,
        limit: f64,
        unit: impl Into<String>,
    ) -> Self {
        let reached = value >= limit;
        Self { what: what.into(), value, bound: Bound::AtLeast, limit, unit: unit.into(), reached }
    }
}

impl Machine {
    /// This machine, before anything is measured.
    pub(crate) fn look() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
        let processor = model.and_then(|line| line.split_once(": ")).map_or("unknown", |two| two.1);
        Self {
            processor: processor.trim().to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: format!(
                "{} {}",
                std::env::consts::OS,
                read("/proc/sys/kernel/osrelease").trim()
            ),
            load_before: load(),
            load_after: String::new(),
            runs: Runs::default(),
        }
    }

    /// Notes that the bench has ended, and how many runs it took.
    pub(crate) fn close(&mut self, runs: Runs) {
        self.load_after = load();
        self.runs = runs;
    }
}

/// How many runs there were, behind something else; results of before that was noted say nothing.
fn after(between: &str, runs: &Runs) -> String {
    if runs.made == 0 { String::new() } else { format!("{between}{runs}") }
}

/// The load averages, where the system tells them.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

impl Results {
    /// The case called `name`.
    pub(crate) fn case(&self, name: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.name == name)
    }

    /// The tables, for a terminal.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        for case in &self.cases {
            let promise = if case.promise.is_empty() { "" } else { " - " };
            let _ = writeln!(text, "\n{} ({}){promise}{}", case.title, case.unit, case.promise);
            let width = case.rows.iter().map(|row| row.who.chars().count()).max().unwrap_or(0);
            for row in &case.rows {
                let Figures { median, spread, runs } = &row.figures;
                let _ = write!(
                    text,
                    "  {:<width$} {:>12} +-{:<10} {:>3} runs",
                    row.who,
                    figure(*median),
                    figure(*spread / 2.0),
                    runs.len()
                );
                if let Some(ours) = case.first(Kind::Ours)
                    && row.kind != Kind::Ours
                    && row.figures.median > 0.0
                {
                    let _ = write!(text, "   ferrolog takes {:.2} x this", ours.over(row));
                }
                text.push('\n');
            }
            for Failed { who, why, median } in &case.failed {
                let took = median.map(|took| format!(" (it took {})", figure(took)));
                let _ = writeln!(text, "  {who:<width$} failed: {why}{}", took.unwrap_or_default());
            }
        }
        if !self.checks.is_empty() {
            let width =
                self.checks.iter().map(|check| check.what.chars().count()).max().unwrap_or(0);
            let _ = writeln!(text, "\n{:<width$} {:>10} {:>19}", "to be reached", "is", "wanted");
            for check in &self.checks {
                let _ = writeln!(
                    text,
                    "{:<width$} {:>10} {:>8} {:>10} {:<4} {}",
                    check.what,
                    figure(check.value),
                    check.bound.name(),
                    figure(check.limit),
                    check.unit,
                    if check.reached { "reached" } else { "NOT REACHED" }
                );
            }
        }
        let Machine { processor, cores, system, load_before, load_after, runs } = &self.machine;
        let _ = writeln!(
            text,
            "\n{processor}, {cores} cores, {system}; load averages {load_before} before, {load_after} after{}",
            after("\n", runs)
        );
        text
    }

    /// The tables in Markdown: a table a promise, a line a case, a column each.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        for case in &self.cases {
            let promise = if case.promise.is_empty() { "" } else { ", " };
            let _ = writeln!(text, "**{}** ({}{promise}{})\n", case.title, case.unit, case.promise);
            text.push_str(
                "| | median | half the spread | ferrolog takes |\n|---|---:|---:|---:|\n",
            );
            for row in &case.rows {
                let ratio = match case.first(Kind::Ours) {
                    Some(ours) if row.kind != Kind::Ours && row.figures.median > 0.0 => {
                        format!("{:.2} x", ours.over(row))
                    }
                    _ => String::new(),
                };
                let who = match row.kind {
                    Kind::Ours => format!("**{}**", row.who),
                    Kind::Floor => format!("*{}*", row.who),
                    Kind::Standard | Kind::Peer => match self.versions.get(&row.who) {
                        Some(version) => format!("{} {version}", row.who),
                        None => row.who.clone(),
                    },
                };
                let Figures { median, spread, .. } = &row.figures;
                let _ = writeln!(
                    text,
                    "| {who} | {} | {} | {ratio} |",
                    figure(*median),
                    figure(*spread / 2.0)
                );
            }
            for Failed { who, why, .. } in &case.failed {
                let _ = writeln!(text, "| {who} | failed: {why} | | |");
            }
            text.push('\n');
        }
        text.push_str(&self.markdown_end());
        text
    }

    /// In Markdown: what was to be reached, and the machine.
    pub(crate) fn markdown_end(&self) -> String {
        let mut text = String::new();
        if !self.checks.is_empty() {
            text.push_str("| to be reached | is | wanted | |\n|---|---:|---:|---|\n");
            for check in &self.checks {
                let _ = writeln!(
                    text,
                    "| {} | {} {unit} | {} {} {unit} | {} |",
                    check.what,
                    figure(check.value),
                    check.bound.name(),
                    figure(check.limit),
                    if check.reached { "reached" } else { "**not reached**" },
                    unit = check.unit
                );
            }
            text.push('\n');
        }
        let Machine { processor, cores, system, load_before, load_after, runs } = &self.machine;
        let _ = writeln!(
            text,
            "{processor}, {cores} cores, {system}. Load averages: {load_before} before, {load_after} after.{}",
            after(" ", runs)
        );
        text
    }

    /// What `write_json` wrote.
    pub(crate) fn read_json(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not what a bench wrote", path.display()))
    }

    /// Writes everything as JSON.
    pub(crate) fn write_json(&self, path: &Path) -> Result<()> {
        let mut text =
            serde_json::to_string_pretty(self).context("cannot make JSON of the results")?;
        text.push('\n');
        write(path, &text)
    }
}

/// Writes a file of results, and names it in the error.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// A figure with as many digits as one wants to see of its size.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_spreads() {
        let figures = Figures::new(vec![4.0, 1.0, 3.0, 2.0, 100.0]);
        assert_eq!((figures.median, figures.spread), (3.0, 2.0));
        assert_eq!(Figures::new(vec![1.0, 2.0]).median, 1.5);
    }

    #[test]
    fn tables_say_who_is_how_far() {
        let row =
            |who: &str, kind, runs| Row { who: who.into(), kind, figures: Figures::new(runs) };
        let results = Results {
            bench: "Rust".into(),
            machine: Machine::look(),
            versions: BTreeMap::from([("slowlog".into(), "1.2".into())]),
            cases: vec![Case {
                name: "file".into(),
                title: "One file".into(),
                unit: "ns a record".into(),
                promise: "written when the call returns".into(),
                rows: vec![
                    row("ferrolog", Kind::Ours, vec![50.0]),
                    row("slowlog", Kind::Peer, vec![100.0]),
                    row("slowerlog", Kind::Peer, vec![200.0]),
                ],
                failed: vec![Failed { who: "nolog".into(), why: "it fell".into(), median: None }],
            }],
            checks: vec![
                Check::at_most("one file / the best peer", 0.5, 0.4, "x"),
                Check::at_least("one file, how many times as fast", 2.0, 2.0, "x"),
            ],
        };
        assert!(!results.checks[0].reached && results.checks[1].reached);
        assert_eq!(
            results.case("file").and_then(Case::best_peer).map(|row| &*row.who),
            Some("slowlog")
        );
        let (table, markdown) = (results.table(), results.markdown());
        assert!(
            table.contains("ferrolog takes 0.50 x this") && table.contains("NOT REACHED"),
            "{table}"
        );
        assert!(table.contains("nolog     failed: it fell"), "{table}");
        assert!(markdown.contains("| slowlog 1.2 | 100 | 0 | 0.50 x |"), "{markdown}");
        assert!(markdown.contains("| 2.00 x | at least 2.00 x | reached |"), "{markdown}");
        let file = std::env::temp_dir().join(format!("results-{}.json", std::process::id()));
        results.write_json(&file).unwrap();
        assert_eq!(Results::read_json(&file).unwrap().table(), table);
        fs::remove_file(file).unwrap();
    }
}
