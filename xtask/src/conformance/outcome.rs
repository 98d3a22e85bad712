//! What became of each test of a run, and how two runs differ.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The headings over [`Outcomes::figures`].
pub(crate) const HEADINGS: &str = "    run  failed  errors  skipped     time";

/// What happened to one test.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Passed,
    Failed,
    Error,
    Skipped,
}

/// One line of the runner's results.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line {
    Absent,
    Start { test: String },
    End { test: String, outcome: Outcome, text: String },
    Done { run: usize, failed: usize, errors: usize, skipped: usize },
}

/// Everything that is known of one run.
#[derive(Default)]
pub(crate) struct Outcomes {
    tests: BTreeMap<String, (Outcome, String)>,
    run: usize,
    failed: usize,
    errors: usize,
    skipped: usize,
    finished: bool,
    absent: bool,
    running: Option<String>,
}

/// A test that did not do under ferrolog what it did under the standard library.
pub(crate) struct Difference {
    /// What is different, in a few words.
    pub(crate) what: &'static str,
    /// The test's name.
    pub(crate) test: String,
    /// Its traceback, or the reason why it was skipped.
    pub(crate) text: String,
}

impl Outcomes {
    /// Reads the runner's results; a missing file is a run that never began.
    pub(crate) fn read(results: &Path) -> Result<Self> {
        let text = match fs::read_to_string(results) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.with_context(|| format!("cannot read {}", results.display()))?,
        };
        let mut outcomes = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = serde_json::from_str(line).with_context(|| {
                format!("line {} of {} is not a result", number + 1, results.display())
            })?;
            outcomes.add(line);
        }
        Ok(outcomes)
    }

    fn add(&mut self, line: Line) {
        match line {
            Line::Absent => self.absent = true,
            Line::Start { test } => {
                self.run += 1;
                self.running = Some(test);
            }
            Line::End { test, outcome, text } => {
                match outcome {
                    Outcome::Passed => {}
                    Outcome::Failed => self.failed += 1,
                    Outcome::Error => self.errors += 1,
                    Outcome::Skipped => self.skipped += 1,
                }
                if self.running.as_ref() == Some(&test) {
                    self.running = None;
                }
                // A test can end more than once: with its failure and with its clean-up's.
                let slot = self.tests.entry(test).or_insert((outcome, String::new()));
                if slot.0 == Outcome::Passed {
                    slot.0 = outcome;
                }
                slot.1.push_str(&text);
            }
            Line::Done { run, failed, errors, skipped } => {
                (self.run, self.failed, self.errors, self.skipped) = (run, failed, errors, skipped);
                self.finished = true;
                self.running = None;
            }
        }
    }

    /// Whether the suite was run to its end.
    pub(crate) fn finished(&self) -> bool {
        self.finished
    }

    /// Whether the interpreter came without this suite.
    pub(crate) fn absent(&self) -> bool {
        self.absent
    }

    /// Whether no test was run or skipped.
    pub(crate) fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// The run's line of figures, under [`HEADINGS`].
    pub(crate) fn figures(&self, time: Duration) -> String {
        format!(
            "{:>7} {:>7} {:>7} {:>8} {:>6.1} s",
            self.run,
            self.failed,
            self.errors,
            self.skipped,
            time.as_secs_f64()
        )
    }

    /// Where this run did worse than the standard library's: a test that did not pass there either
    /// is no difference, unless it was skipped there and fails here.
    pub(crate) fn compare(&self, standard: &Self) -> Vec<Difference> {
        let mut differences = Vec::new();
        let mut add = |what, test: &str, text: &str| {
            differences.push(Difference { what, test: test.to_owned(), text: text.to_owned() });
        };
        for (test, (outcome, text)) in &self.tests {
            let before = standard.tests.get(test).map(|(outcome, _)| *outcome);
            match (outcome, before) {
                (Outcome::Failed | Outcome::Error, Some(Outcome::Failed | Outcome::Error)) => {}
                (Outcome::Failed, _) => add("fails", test, text),
                (Outcome::Error, _) => add("error", test, text),
                (Outcome::Skipped, Some(Outcome::Passed)) => add("skipped", test, text),
                (Outcome::Skipped | Outcome::Passed, _) => {}
            }
        }
        if !self.finished {
            let text = format!("{} of {} tests were begun", self.run, standard.run);
            add("broke off", self.running.as_deref().unwrap_or("outside of a test"), &text);
            return differences;
        }
        for (test, (outcome, _)) in &standard.tests {
            if *outcome == Outcome::Passed && !self.tests.contains_key(test) {
                add("not run", test, "");
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Outcome, Outcomes};

    fn run(ends: &[(&str, Outcome)]) -> Outcomes {
        let mut outcomes = Outcomes::default();
        for (test, outcome) in ends {
            outcomes.add(Line::Start { test: (*test).to_owned() });
            let (test, outcome) = ((*test).to_owned(), *outcome);
            outcomes.add(Line::End { test, outcome, text: String::new() });
        }
        let (run, failed) = (outcomes.run, outcomes.failed);
        let (errors, skipped) = (outcomes.errors, outcomes.skipped);
        outcomes.add(Line::Done { run, failed, errors, skipped });
        outcomes
    }

    fn differences(here: &Outcomes, standard: &Outcomes) -> Vec<(&'static str, String)> {
        here.compare(standard).into_iter().map(|d| (d.what, d.test)).collect()
    }

    #[test]
    fn only_what_the_standard_library_passes_counts() {
        use Outcome::{Error, Failed, Passed, Skipped};
        let standard =
            run(&[("a", Passed), ("b", Failed), ("c", Skipped), ("d", Passed), ("e", Passed)]);
        assert!(differences(&standard, &standard).is_empty());
        let here =
            run(&[("a", Failed), ("b", Error), ("c", Failed), ("d", Skipped), ("e", Passed)]);
        let expected = [("fails", "a"), ("fails", "c"), ("skipped", "d")];
        assert_eq!(differences(&here, &standard), expected.map(|(w, t)| (w, t.to_owned())));
    }

    #[test]
    fn a_missing_test_and_an_unfinished_run_are_seen() {
        let standard = run(&[("a", Outcome::Passed), ("b", Outcome::Passed)]);
        let here = run(&[("a", Outcome::Passed)]);
        assert_eq!(differences(&here, &standard), [("not run", "b".to_owned())]);

        let mut broken = Outcomes::default();
        for test in ["a", "b"] {
            broken.add(Line::Start { test: test.to_owned() });
            if test == "a" {
                let test = test.to_owned();
                broken.add(Line::End { test, outcome: Outcome::Passed, text: String::new() });
            }
        }
        assert_eq!(differences(&broken, &standard), [("broke off", "b".to_owned())]);
    }
}
