//! Steps with their times: each runs whatever became of the others, and a table closes the run.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

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
        let (step, result) = Step::take(name, work);
        self.steps.push(step);
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                println!("{name} failed: {error:#}");
                None
            }
        }
    }

    /// Takes chains of steps side by side, each in a thread of its own. `folder` is where their outputs are put.
    pub(crate) fn side_by_side<T: Send>(
        &mut self,
        folder: PathBuf,
        works: Vec<impl FnOnce(&mut Chain) -> T + Send>,
    ) -> Result<Vec<T>> {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let ends: Vec<_> = thread::scope(|scope| {
            let mut running = Vec::new();
            for work in works {
                let mut chain = Chain { folder: folder.clone(), steps: Vec::new() };
                running.push(scope.spawn(move || {
                    let value = work(&mut chain);
                    (chain.steps, value)
                }));
            }
            running.into_iter().map(|running| running.join()).collect()
        });
        let mut values = Vec::new();
        for end in ends {
            let (steps, value) = end.map_err(|_| anyhow::anyhow!("a chain of steps panicked"))?;
            self.steps.extend(steps);
            values.push(value);
        }
        Ok(values)
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

impl Step {
    fn take<T>(name: &str, work: impl FnOnce() -> Result<T>) -> (Self, Result<T>) {
        let start = Instant::now();
        let result = work();
        let time = start.elapsed();
        (Self { name: name.to_owned(), passed: result.is_ok(), time }, result)
    }
}

/// Steps one after the other, beside other chains.
pub(crate) struct Chain {
    folder: PathBuf,
    steps: Vec<Step>,
}

impl Chain {
    /// Takes a step, which writes to the file that it is given what it has to say: that is printed as a whole when
    /// the step is done.
    pub(crate) fn step<T>(
        &mut self,
        name: &str,
        work: impl FnOnce(&Path) -> Result<T>,
    ) -> Option<T> {
        let log = self.folder.join(format!("{}.log", name.replace([' ', ':', ','], "-")));
        say(&format!("{name}, beside others"));
        let (step, result) = Step::take(name, || {
            fs::write(&log, "").with_context(|| format!("cannot write {}", log.display()))?;
            work(&log)
        });
        self.steps.push(step);
        let said = fs::read(&log).unwrap_or_default();
        let mut out = format!("\n=== {name}\n{}", String::from_utf8_lossy(&said));
        if let Err(error) = &result {
            out.push_str(&format!("{name} failed: {error:#}\n"));
        }
        // In one piece; where nobody reads it, the table cannot be read either.
        let _ = io::stdout().write_all(out.as_bytes());
        result.ok()
    }
}
