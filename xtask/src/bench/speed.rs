//! How fast the processors go. What others do on a machine that is shared, or on the other half of a core, makes them
//! slower, by as much as half, for a fraction of a millisecond or for seconds: then a median of few runs is that of either
//! speed.
//!
//! A program that times its work in short blocks, with a look at the speed beside each, says what it found ([`Within`]).
//! Beside other runs it is looked here how long a piece of work takes that has nothing to do with what is measured. A run
//! that was not made at full speed is made again, as long as patience lasts; and where there are enough runs that were,
//! only those count.

use std::fmt;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// How much longer than the shortest time ever the piece of work takes at most, at full speed.
const FULL: f64 = 1.2;

/// The same of the shortest time that a program found, beside those of others; and which part of its blocks has to be as
/// fast as that.
const FULL_WITHIN: f64 = 1.05;
const PART: f64 = 0.1;

/// For how long all runs of a bench are tried for at most, beyond the time that they take anyway; and how much more than
/// its share of what is left of that a run may have, of which most need little.
const PATIENCE: Duration = Duration::from_secs(120);
const SHARES: u32 = 3;
const A_WHILE: Duration = Duration::from_millis(20);

/// How many runs at full speed are enough for the others not to count.
const ENOUGH: usize = 3;

/// For how long the processors are looked at before the first run.
const AT_FIRST: Duration = Duration::from_secs(2);

/// How often the piece of work is done for one look, of which the shortest time counts: an interrupt is no lower speed.
const LOOKS: usize = 3;

/// Sees to it that runs are made at full speed.
pub(super) struct Speed {
    /// The shortest time that the piece of work took; nothing, if any speed will do.
    shortest: Option<f64>,
    /// The same of what programs find out, where there was one that did.
    shortest_within: f64,
    /// What is left of the time for all runs, and how many are still to come.
    patience: Duration,
    to_come: u32,
    pub(super) runs: Runs,
}

/// How many runs there were, where their speed is of interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Runs {
    pub(crate) made: u32,
    pub(crate) at_full_speed: u32,
}

/// What a run came to, and at which speed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<T> {
    pub(super) result: T,
    pub(super) pace: Pace,
}

/// At which speed a run was made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// How long the piece of work took beside it.
    Beside(f64),
    Within(Within),
}

/// What a program found out itself, whose figure is that of its blocks at full speed.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Within {
    /// Which part of its work these blocks are.
    pub(super) part: f64,
    /// How long its own piece of work took at least.
    pub(super) shortest: f64,
}

impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { made, at_full_speed } = self;
        write!(f, "{made} runs, {at_full_speed} of them while the processors went at full speed.")
    }
}

impl Speed {
    /// Finds out what is full speed, and has about so many runs made at that.
    pub(super) fn full(runs: usize) -> Self {
        let begin = Instant::now();
        let mut shortest = f64::INFINITY;
        while begin.elapsed() < AT_FIRST {
            shortest = shortest.min(look());
            thread::sleep(A_WHILE);
        }
        let to_come = u32::try_from(runs).unwrap_or(u32::MAX);
        Self {
            shortest: Some(shortest),
            shortest_within: f64::INFINITY,
            patience: PATIENCE,
            to_come,
            runs: Runs::default(),
        }
    }

    /// Has runs made at whatever speed.
    pub(super) fn any() -> Self {
        Self {
            shortest: None,
            shortest_within: f64::INFINITY,
            patience: Duration::ZERO,
            to_come: 0,
            runs: Runs::default(),
        }
    }

    /// What `run` comes to, until the processors went at full speed meanwhile, or patience is at its end. `run` says what
    /// it found out about that, if it did.
    ///
    /// # Errors
    ///
    /// The first error of a run.
    pub(super) fn run<T>(
        &mut self,
        mut run: impl FnMut() -> Result<(T, Option<Within>)>,
    ) -> Result<Vec<Run<T>>> {
        let patience = self.patience.min(self.patience * SHARES / self.to_come.max(1));
        self.to_come = self.to_come.saturating_sub(1);
        let begin = Instant::now();
        let mut runs = Vec::new();
        let mut before = self.look();
        loop {
            let start = Instant::now();
            let (result, within) = run()?;
            let took = start.elapsed();
            let pace = match within {
                Some(within) => {
                    self.shortest_within = self.shortest_within.min(within.shortest);
                    Pace::Within(within)
                }
                None => Pace::Beside(before.max(self.look())),
            };
            runs.push(Run { result, pace });
            let full = self.is_full(pace);
            if self.shortest.is_some() {
                self.runs.made += 1;
                self.runs.at_full_speed += u32::from(full);
            }
            let lost = begin.elapsed().saturating_sub(took);
            if full || lost > patience {
                self.patience = self.patience.saturating_sub(lost);
                return Ok(runs);
            }
            before = self.wait(begin + patience);
        }
    }

    /// The figures that count: those of runs at full speed, or all, where these are too few.
    pub(super) fn counting(&self, figures: &[Run<f64>]) -> Vec<f64> {
        let full = |run: &&Run<f64>| self.is_full(run.pace);
        let only_full = figures.iter().filter(full).count() >= ENOUGH;
        let counting = figures.iter().filter(|run| !only_full || full(run));
        counting.map(|run| run.result).collect()
    }

    /// Waits for full speed, and says which speed it came to.
    fn wait(&mut self, until: Instant) -> f64 {
        loop {
            let time = self.look();
            if self.is_full(Pace::Beside(time)) || Instant::now() >= until {
                return time;
            }
            thread::sleep(A_WHILE);
        }
    }

    fn look(&mut self) -> f64 {
        let Some(shortest) = self.shortest else { return 0.0 };
        let time = look();
        self.shortest = Some(shortest.min(time));
        time
    }

    fn is_full(&self, pace: Pace) -> bool {
        self.shortest.is_none_or(|shortest| match pace {
            Pace::Beside(time) => time <= shortest * FULL,
            Pace::Within(Within { part, shortest }) => {
                part >= PART && shortest <= self.shortest_within * FULL_WITHIN
            }
        })
    }
}

/// How many seconds the slowest of the processors takes for the piece of work.
fn look() -> f64 {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let together = Barrier::new(processors);
    thread::scope(|scope| {
        let look = || {
            together.wait();
            (0..LOOKS).map(|_| work()).fold(f64::INFINITY, f64::min)
        };
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(look)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(f64::INFINITY)).fold(0.0, f64::max)
    })
}

/// A millisecond or so of plain arithmetic, with much of it at a time, as it is that which suffers.
fn work() -> f64 {
    let begin = Instant::now();
    let mut sums = [1_u64, 2, 3, 4, 5, 6];
    for turn in 0..black_box(60_000_u64) {
        for sum in &mut sums {
            *sum = sum.wrapping_add(turn ^ (*sum >> 3));
        }
    }
    black_box(sums);
    begin.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    fn with(shortest: f64, patience: Duration) -> Speed {
        Speed {
            shortest: Some(shortest),
            shortest_within: f64::INFINITY,
            patience,
            to_come: 3,
            runs: Runs::default(),
        }
    }

    #[test]
    fn at_any_speed_a_run_is_made_once() -> Result<()> {
        let mut speed = Speed::any();
        assert_eq!(speed.run(|| Ok((7, None)))?.len(), 1);
        assert_eq!(speed.runs, Runs::default());
        Ok(())
    }

    #[test]
    fn patience_has_an_end() -> Result<()> {
        // No speed is that.
        let mut speed = with(0.0, Duration::from_millis(100));
        let begin = Instant::now();
        let runs: Vec<_> =
            (1..=3).map(|run| speed.run(|| Ok((run, None)))).collect::<Result<_>>()?;
        assert!(begin.elapsed() >= Duration::from_millis(100));
        assert_eq!(speed.patience, Duration::ZERO);
        assert_eq!(speed.runs, Runs { made: runs.concat().len() as u32, at_full_speed: 0 });
        assert_eq!(runs[2].len(), 1);
        Ok(())
    }

    #[test]
    fn an_error_is_not_tried_again() {
        let mut made = 0;
        let result = with(0.0, Duration::from_millis(10)).run(|| -> Result<((), _)> {
            made += 1;
            bail!("of the run itself")
        });
        assert_eq!((made, result.is_err()), (1, true));
    }

    #[test]
    fn what_counts_was_made_at_full_speed() {
        let speed = with(1.0, Duration::ZERO);
        let counting = |figures: &[(f64, f64)]| {
            let run = |&(result, beside): &(f64, f64)| Run { result, pace: Pace::Beside(beside) };
            speed.counting(&figures.iter().map(run).collect::<Vec<_>>())
        };
        let (full, slow) = ([(10.0, 1.1), (11.0, 1.15), (12.0, 1.19)], [(15.0, 1.5), (16.0, 1.8)]);
        assert_eq!(counting(&[slow.as_slice(), &full].concat()), [10.0, 11.0, 12.0]);
        // Two are too few.
        assert_eq!(counting(&[&slow, &full[..2]].concat()), [15.0, 16.0, 10.0, 11.0]);
        assert_eq!(counting(&slow), [15.0, 16.0]);
    }

    #[test]
    fn what_a_program_found_out_counts() -> Result<()> {
        let mut speed = with(0.0, Duration::ZERO);
        let mut runs = Vec::new();
        // The last two had too few blocks at full speed, or none.
        for (result, part, shortest) in [
            (10.0, 0.3, 50.0),
            (11.0, 0.1, 51.0),
            (12.0, 0.9, 50.0),
            (15.0, 0.05, 50.0),
            (16.0, 1.0, 70.0),
        ] {
            runs.extend(speed.run(|| Ok((result, Some(Within { part, shortest }))))?);
        }
        assert_eq!(speed.counting(&runs), [10.0, 11.0, 12.0]);
        assert_eq!(speed.runs, Runs { made: 5, at_full_speed: 3 });
        Ok(())
    }
}
