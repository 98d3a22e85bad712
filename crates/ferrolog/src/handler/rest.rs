//! Threads that meet at one handler again and again.
//!
//! Where several threads log to one file as fast as they can, nearly each record hands the handler, and the file,
//! from one processor to another, which takes longer than the record itself. So a thread that has met others with
//! most of its last records steps aside for a moment, in which another logs undisturbed; together they get more
//! done. A thread that logs less often than that never rests, also among others that log without end.
//!
//! That fewer threads at a lock get more done is the subject of Dave Dice, *Malthusian Locks* (EuroSys 2017).

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use crate::clock::now;

/// How often a thread meets others, each time soon after the last, before it rests.
const OFTEN: u32 = 8;

/// How often is enough when it has just rested.
const AGAIN: u32 = 2;

/// How many nanoseconds after the last time is soon: so little that the thread does nothing but log, and that what
/// it logs to is fast.
const SOON: i64 = 10_000;

/// For how long a thread rests, times the number of those that rest, so that one of them comes back about as often,
/// however many they are. Another thread logs some 350 records meanwhile.
const REST: Duration = Duration::from_micros(250);

/// When this thread last met others, or had rested, and how often it did, each time soon after the last.
#[derive(Clone, Copy)]
struct Met {
    last: i64,
    times: u32,
}

thread_local! {
    static MET: Cell<Met> = const { Cell::new(Met { last: 0, times: 0 }) };
}

/// Where the threads rest that log to a handler.
#[derive(Default)]
pub(super) struct RestingPlace {
    resting: AtomicU32,
}

impl RestingPlace {
    /// Tells that this thread has met others with a record that was made at `created` and has been written. Rests,
    /// if that happens too often; so it is called without a lock.
    #[inline]
    pub(super) fn met_others(&self, created: i64) {
        let met = MET.get().with(created);
        MET.set(met);
        if met.times >= OFTEN {
            self.rest();
            MET.set(Met { last: now(), times: OFTEN - AGAIN });
        }
    }

    #[cold]
    fn rest(&self) {
        let resting = self.resting.fetch_add(1, Ordering::Relaxed) + 1;
        thread::sleep(REST * resting);
        self.resting.fetch_sub(1, Ordering::Relaxed);
    }

    /// Forgets, in the child of a fork, those that rest in the parent.
    pub(super) fn forget(&self) {
        self.resting.store(0, Ordering::Relaxed);
    }
}

impl Met {
    /// This, and one time more, at `now`.
    fn with(self, now: i64) -> Self {
        // A clock that was set back is no matter: then it is not soon.
        let soon = now.checked_sub(self.last).is_some_and(|time| (0..SOON).contains(&time));
        let before = if soon { self.times } else { self.times / 2 };
        Self { last: now, times: before + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of these times a thread rests.
    fn rests(times: impl IntoIterator<Item = i64>) -> usize {
        let mut met = Met { last: 0, times: 0 };
        let mut rests = 0;
        for now in times {
            met = met.with(now);
            if met.times >= OFTEN {
                rests += 1;
                met = Met { last: now, times: OFTEN - AGAIN };
            }
        }
        rests
    }

    #[test]
    fn only_who_does_nothing_but_log_rests() {
        assert_eq!(rests((0..1000).map(|n| n * SOON)), 0);
        assert_eq!(rests((0..1000).map(|n| -n * 100)), 0);
        // Bursts, with pauses between them.
        assert_eq!(rests((0..1000).map(|n| n / 3 * 1_000_000 + n % 3)), 0);
        assert_eq!(rests([i64::MIN, i64::MAX, i64::MIN]), 0);
        assert_eq!(rests((0..1006).map(|n| n * 100)), 500);
    }

    #[test]
    fn after_a_rest_fewer_times_are_enough() {
        let mut met = Met { last: 1_000_000, times: OFTEN - AGAIN };
        let mut times = 0;
        while met.times < OFTEN {
            times += 1;
            met = met.with(1_000_000 + i64::from(times));
        }
        assert_eq!(times, AGAIN);
    }
}
