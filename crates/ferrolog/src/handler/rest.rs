//! Threads that meet at one handler again and again.
//!
//! Where several threads log to one file as fast as they can, nearly each record hands the handler, and the file,
//! from one processor to another, which takes longer than the record itself. So of the threads that have met others with
//! most of their last records one goes on, for a slice of time, and the others step aside until that is over; together
//! they get more done. A thread that logs less often than that never rests, also among others that log without end.
//!
//! That fewer threads at a lock get more done is the subject of Dave Dice, *Malthusian Locks* (EuroSys 2017).

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::busy::Busy;
use crate::clock::now;

/// How often a thread meets others, each time soon after the last, before it rests.
const OFTEN: u32 = 8;

/// How often is enough when it has just rested.
const AGAIN: u32 = 2;

/// How many nanoseconds after the last time is soon: so little that the thread does nothing but log, and that what
/// it logs to is fast.
const SOON: i64 = 10_000;

/// For how many nanoseconds one goes on, which is more than a thousand records of a fast file; then another does. So each
/// waits as long, times how many others there are.
const SLICE: i64 = 1_000_000;

/// For how many slices a thread rests at most, if others are always faster to take over.
const SLICES: usize = 16;

/// How often this thread has met others, each time soon after the last.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Met {
    times: u32,
    /// When it last did, or was told to go on, and until when the next time is soon after that.
    last: i64,
    soon: i64,
}

thread_local! {
    static MET: Cell<Met> = const { Cell::new(Met { times: 0, last: 0, soon: 0 }) };
}

/// Where the threads rest that log to a handler.
#[derive(Default)]
pub(super) struct RestingPlace {
    /// The thread that goes on, by its [`Busy::token`], and until when; meaningless when that is over. These are no
    /// more than hints: two threads that both believe to be the one rest a little later.
    one: AtomicUsize,
    until: AtomicI64,
}

/// What a thread does that has met others too often.
#[derive(Debug, PartialEq)]
enum Then {
    /// It goes on.
    GoOn(Met),
    /// It rests for so many nanoseconds.
    Rest(i64),
}

impl RestingPlace {
    /// Tells that this thread has met others with a record that was made at `created` and has been written. Rests,
    /// if that happens too often; so it is called without a lock.
    #[inline]
    pub(super) fn met_others(&self, created: i64) {
        let met = MET.get().with(created);
        MET.set(met);
        if met.times >= OFTEN {
            self.met_too_often();
        }
    }

    #[cold]
    fn met_too_often(&self) {
        // One that wakes up and finds another's slice begun rests on, without a record in between.
        for _ in 0..SLICES {
            match self.decide(Busy::token(), now()) {
                Then::Rest(time) => thread::sleep(Duration::from_nanos(time.unsigned_abs())),
                Then::GoOn(met) => return MET.set(met),
            }
        }
        MET.set(Met::at(now(), OFTEN - AGAIN));
    }

    fn decide(&self, this: usize, now: i64) -> Then {
        // A clock that was set back ends a slice.
        let until = self.until.load(Ordering::Relaxed);
        let left = until.wrapping_sub(now);
        let is_this = self.one.load(Ordering::Relaxed) == this;
        // The next time that it meets others counts, be it when its slice is over.
        let one = |until: i64| {
            Then::GoOn(Met { times: OFTEN - 1, last: now, soon: until.saturating_add(SLICE) })
        };
        match ((1..=SLICE).contains(&left), is_this) {
            (true, true) => one(until),
            (true, false) => Then::Rest(left),
            // It is another's turn, who is just waking up. Until that one is there, this goes on.
            (false, true) => {
                self.one.store(0, Ordering::Relaxed);
                Then::GoOn(Met::at(now, 0))
            }
            (false, false) => {
                let until = now.saturating_add(SLICE);
                self.one.store(this, Ordering::Relaxed);
                self.until.store(until, Ordering::Relaxed);
                one(until)
            }
        }
    }

    /// Forgets, in the child of a fork, the threads of the parent.
    pub(super) fn forget(&self) {
        self.until.store(0, Ordering::Relaxed);
    }
}

impl Met {
    /// This, and one time more, at `now`.
    fn with(self, now: i64) -> Self {
        // A clock that was set back is no matter: then it is not soon.
        let soon = (self.last..self.soon).contains(&now);
        let before = if soon { self.times } else { self.times / 2 };
        Self::at(now, before + 1)
    }

    /// So many times, the last of them at `now`.
    fn at(now: i64, times: u32) -> Self {
        Self { times, last: now, soon: now.saturating_add(SOON) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of these times a thread rests.
    fn rests(times: impl IntoIterator<Item = i64>) -> usize {
        let mut met = Met::at(0, 0);
        let mut rests = 0;
        for now in times {
            met = met.with(now);
            if met.times >= OFTEN {
                rests += 1;
                met = Met::at(now, OFTEN - AGAIN);
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
        let mut met = Met::at(1_000_000, OFTEN - AGAIN);
        let mut times = 0;
        while met.times < OFTEN {
            times += 1;
            met = met.with(1_000_000 + i64::from(times));
        }
        assert_eq!(times, AGAIN);
    }

    #[test]
    fn one_goes_on_for_a_slice_and_then_another() {
        let place = RestingPlace::default();
        let start = 1_700_000_000_000_000_000;
        let one = |last: i64, until: i64| {
            Then::GoOn(Met { times: OFTEN - 1, last, soon: until.saturating_add(SLICE) })
        };
        assert_eq!(place.decide(1, start), one(start, start + SLICE));
        assert_eq!(place.decide(2, start + 100), Then::Rest(SLICE - 100));
        assert_eq!(place.decide(1, start + 200), one(start + 200, start + SLICE));
        assert_eq!(place.decide(3, start + SLICE - 1), Then::Rest(1));
        // The slice is over: the one gives way, the first other takes over.
        let over = start + SLICE;
        assert_eq!(place.decide(1, over), Then::GoOn(Met::at(over, 0)));
        assert_eq!(place.decide(2, over), one(over, over + SLICE));
        assert_eq!(place.decide(1, over + 1), Then::Rest(SLICE - 1));
        assert_eq!(place.decide(3, over + 2 * SLICE), one(over + 2 * SLICE, over + 3 * SLICE));
        // A clock that is set back, and one that knows no later.
        assert_eq!(place.decide(2, start - 10 * SLICE), one(start - 10 * SLICE, start - 9 * SLICE));
        assert_eq!(place.decide(1, i64::MAX), one(i64::MAX, i64::MAX));
        assert_eq!(place.decide(2, i64::MIN), one(i64::MIN, i64::MIN + SLICE));
        assert_eq!(place.decide(1, i64::MIN), Then::Rest(SLICE));
        place.forget();
        assert_eq!(place.decide(1, start), one(start, start + SLICE));
    }
}
