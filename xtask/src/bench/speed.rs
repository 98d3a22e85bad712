//! How fast the processors go. What others do on a machine that is shared, or on the other half of a processor, makes
//! them slower for seconds, by as much as half: then a median of few runs is that of either speed.
//!
//! So a run counts for which they went at full speed before it and behind it; another is repeated, as often as patience
//! lasts. What is looked at is a piece of work that has nothing to do with what is measured.

use std::fmt;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// How much longer than the shortest time ever the piece of work takes at most, at full speed.
const FULL: f64 = 1.2;

/// For how long all runs of a bench are tried for at most, beyond the time that they take anyway; and how much more than
/// its share of what is left of that a run may have, of which most need little.
const PATIENCE: Duration = Duration::from_secs(600);
const SHARES: u32 = 3;
const A_WHILE: Duration = Duration::from_millis(20);

/// By how much that shortest time grows with each run that was made in vain: what was possible once need not be for ever.
const GIVES_WAY: f64 = 1.02;

/// For how long the processors are looked at before the first run.
const AT_FIRST: Duration = Duration::from_secs(2);

/// How often the piece of work is done for one look, of which the shortest time counts: an interrupt is no lower speed.
const LOOKS: usize = 3;

/// Sees to it that runs are made at full speed.
pub(super) struct Speed {
    /// The shortest time that the piece of work took; nothing, if any speed will do.
    shortest: Option<f64>,
    /// What is left of the time for all runs, and how many are still to come.
    patience: Duration,
    to_come: u32,
    pub(super) runs: Runs,
}

/// How many runs there were.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Runs {
    pub(crate) counted: u32,
    /// How many of them were made again, as the processors were slower meanwhile than they can be.
    pub(crate) repeated: u32,
    /// How many count although they were so.
    pub(crate) slow: u32,
}

impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { counted, repeated, slow } = self;
        write!(
            f,
            "{counted} runs, {repeated} of them made again as the processors were slower than they can be, {slow} that \
             count although they were."
        )
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
        Self { shortest: Some(shortest), patience: PATIENCE, to_come, runs: Runs::default() }
    }

    /// Has runs made at whatever speed.
    pub(super) fn any() -> Self {
        Self { shortest: None, patience: Duration::ZERO, to_come: 0, runs: Runs::default() }
    }

    /// What `run` comes to, when the processors went at full speed, or patience is at its end.
    pub(super) fn run<T>(&mut self, mut run: impl FnMut() -> Result<T>) -> Result<T> {
        self.runs.counted += 1;
        let patience = self.patience.min(self.patience * SHARES / self.to_come.max(1));
        self.to_come = self.to_come.saturating_sub(1);
        let begin = Instant::now();
        let mut attempts = 0;
        loop {
            let full_before = self.wait(begin + patience);
            let attempt = Instant::now();
            let result = run();
            let took = attempt.elapsed();
            attempts += 1;
            self.runs.repeated += u32::from(attempts == 2);
            let full = full_before && self.is_full();
            let lost = begin.elapsed().saturating_sub(took);
            if full || result.is_err() || lost > patience {
                if !full {
                    self.runs.slow += 1;
                    self.shortest = self.shortest.map(|shortest| shortest * GIVES_WAY);
                }
                self.patience = self.patience.saturating_sub(lost);
                return result;
            }
        }
    }

    /// Waits for full speed, and says whether it came.
    fn wait(&mut self, until: Instant) -> bool {
        while !self.is_full() {
            if Instant::now() >= until {
                return false;
            }
            thread::sleep(A_WHILE);
        }
        true
    }

    fn is_full(&mut self) -> bool {
        let Some(shortest) = self.shortest else { return true };
        let time = look();
        self.shortest = Some(shortest.min(time));
        time <= shortest * FULL
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

    /// For which no speed is full.
    fn never(patience: Duration) -> Speed {
        Speed { shortest: Some(0.0), patience, to_come: 3, runs: Runs::default() }
    }

    #[test]
    fn at_any_speed_a_run_is_made_once() -> Result<()> {
        let mut speed = Speed::any();
        let mut made = 0;
        speed.run(|| {
            made += 1;
            Ok(())
        })?;
        assert_eq!(made, 1);
        assert_eq!(format!("{:?}", speed.runs), "Runs { counted: 1, repeated: 0, slow: 0 }");
        Ok(())
    }

    #[test]
    fn patience_has_an_end() -> Result<()> {
        let mut speed = never(Duration::from_millis(100));
        let begin = Instant::now();
        for run in 1..=3 {
            assert_eq!(speed.run(|| Ok(run))?, run);
        }
        assert!(begin.elapsed() >= Duration::from_millis(100));
        assert_eq!(speed.patience, Duration::ZERO);
        assert_eq!((speed.runs.counted, speed.runs.slow), (3, 3));
        Ok(())
    }

    #[test]
    fn an_error_is_not_tried_again() {
        let mut speed = never(Duration::from_millis(10));
        let mut made = 0;
        let result: Result<()> = speed.run(|| {
            made += 1;
            bail!("of the run itself")
        });
        assert_eq!((made, result.is_err()), (1, true));
    }
}
