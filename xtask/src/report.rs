//! Steps with their times: each runs whatever became of the others, and a table closes the run.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Prints a line that says what begins now, for everything that takes more than a moment.
pub(crate) fn say(what: &str) {
    println!("xtask: {what}");
}

struct Step {
    name: String,
    passed: bool,
    time: Duration,
}

/// The steps taken so far.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
}

impl Report {
    /// Takes a step; its error is printed here and counted, and the next step can follow.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        println!("\n=== {name}");
        let start = Instant::now();
        let result = work();
        let time = start.elapsed();
        self.steps.push(Step { name: name.to_owned(), passed: result.is_ok(), time });
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                println!("{name} failed: {error:#}");
                None
            }
        }
    }

    /// Prints the table and the closing line; whether every step passed (and there was one).
    pub(crate) fn close(&self) -> bool {
        let width = self.steps.iter().map(|step| step.name.len()).max().unwrap_or(0);
        println!();
        for step in &self.steps {
            let outcome = if step.passed { "passed" } else { "FAILED" };
            println!("{:<width$}  {outcome}  {:>7.1} s", step.name, step.time.as_secs_f64());
        }
        let total: Duration = self.steps.iter().map(|step| step.time).sum();
        let passed = self.steps.iter().filter(|step| step.passed).count();
        let failed = self.steps.len() - passed;
        println!("{:<width$}          {:>7.1} s", "all steps", total.as_secs_f64());
        println!("\n{passed} passed, {failed} failed");
        failed == 0 && passed > 0
    }
}
