//! The time by the processor's counter.

use std::cell::Cell;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::once::Once;

use super::system_now;

/// For how many ticks the counter is gone by before the system is asked again: less than a millisecond on a processor
/// that counts faster than 1 GHz.
const WINDOW: u64 = 1 << 20;

/// Over how many ticks, at least, the counter's rate is measured: some milliseconds, so that it is known to within a few
/// millionths.
const MEASURED: u64 = 1 << 24;

/// How many ticks pass at most while the system answers: more, and it is asked again, as the thread was interrupted
/// meanwhile; more each time, and the counter is of no use.
const SOON: u64 = 300;
const TOO_LATE: u64 = 1000;
const ATTEMPTS: usize = 4;

/// By how many nanoseconds the counter may be off at the end of a window. Beyond that the clock has been set, or the
/// counter is not what it was taken for.
const TOLERANCE: u64 = 1000;

/// Nanoseconds a tick, times 2 to the 32nd.
type Rate = u64;

/// Between 100 MHz and 16 GHz.
const PLAUSIBLE: std::ops::Range<Rate> = 1 << 28..10 << 32;

/// The counter and the system's time, read together.
#[derive(Clone, Copy, Debug)]
struct Reading {
    ticks: u64,
    time: i64,
}

/// What a thread knows of the counter.
#[derive(Clone, Copy, Debug)]
struct Counter {
    last: Reading,
    /// For how many ticks from then on the counter is gone by: none as long as its rate is not known.
    window: u64,
    rate: Rate,
    /// Where the measurement of the rate began that is under way.
    first: Reading,
    /// What the measurement before came to. It takes two that agree, as the clock may be set during one.
    measured: Rate,
}

thread_local! {
    static COUNTER: Cell<Counter> = const { Cell::new(Counter::UNKNOWN) };
}

/// Whether the system itself goes by the counter.
static USABLE: AtomicBool = AtomicBool::new(false);

/// Finds out whether the counter can be used, of which a record that is made before this makes no use: what reads a file
/// is not left to a record, as the program may be confined by then.
pub(crate) fn prepare() {
    static ASKED: Once = Once::new();
    ASKED.call_once(|| {
        let source = fs::read("/sys/devices/system/clocksource/clocksource0/current_clocksource");
        USABLE.store(source.is_ok_and(|name| name == b"tsc\n"), Ordering::Relaxed);
    });
}

/// Now, in nanoseconds since the epoch: what the system says, to within some ten nanoseconds. A clock that is set is
/// followed within a millisecond.
#[inline]
pub(crate) fn now() -> i64 {
    COUNTER.with(|counter| {
        // SAFETY: the place is this thread's, and `ask`, which changes it, comes when this is used no more.
        let known = unsafe { &*counter.as_ptr() };
        if known.window > 0
            && let Some(time) = known.time_at(ticks())
        {
            return time;
        }
        ask(counter)
    })
}

/// Asks the system, and learns from what it says.
#[cold]
#[inline(never)]
fn ask(counter: &Cell<Counter>) -> i64 {
    if !USABLE.load(Ordering::Relaxed) {
        return system_now();
    }
    let mut known = counter.get();
    if !known.has_to_learn(ticks()) {
        return system_now();
    }
    let mut best = (u64::MAX, Reading { ticks: 0, time: 0 });
    for _ in 0..ATTEMPTS {
        let before = ticks_in_order();
        let time = system_now();
        let took = ticks_in_order().wrapping_sub(before);
        if took < best.0 {
            best = (took, Reading { ticks: before.wrapping_add(took * 5 / 8), time });
        }
        if took < SOON {
            break;
        }
    }
    let (took, reading) = best;
    if took < TOO_LATE {
        known.learn(reading);
    } else {
        USABLE.store(false, Ordering::Relaxed);
        known = Counter::UNKNOWN;
    }
    counter.set(known);
    reading.time
}

#[inline(always)]
fn ticks() -> u64 {
    // SAFETY: every processor of this kind has it; the system reads it in this process as well.
    unsafe { std::arch::x86_64::_rdtsc() }
}

/// [`ticks`], after all instructions before it and before all behind it.
#[inline(always)]
fn ticks_in_order() -> u64 {
    // SAFETY: every processor of this kind has it.
    let fence = || unsafe { std::arch::x86_64::_mm_lfence() };
    fence();
    let ticks = ticks();
    fence();
    ticks
}

impl Counter {
    const UNKNOWN: Self = Self {
        last: Reading { ticks: 0, time: 0 },
        window: 0,
        rate: 0,
        first: Reading { ticks: 0, time: 0 },
        measured: 0,
    };

    /// The time at `ticks`, if they are in the window.
    #[inline(always)]
    fn time_at(&self, ticks: u64) -> Option<i64> {
        let passed = ticks.wrapping_sub(self.last.ticks);
        (passed < self.window).then(|| self.last.time.wrapping_add(self.after(passed)))
    }

    /// How many nanoseconds so many ticks are, which are a window or two.
    #[inline(always)]
    fn after(&self, ticks: u64) -> i64 {
        ((ticks * self.rate) >> 32) as i64
    }

    /// Whether something can be learnt at `ticks`: not as long as only the rate is waited for.
    fn has_to_learn(&self, ticks: u64) -> bool {
        self.window > 0 || ticks.wrapping_sub(self.first.ticks) >= MEASURED
    }

    /// Goes on from `now`.
    fn learn(&mut self, now: Reading) {
        let passed = now.ticks.wrapping_sub(self.last.ticks);
        if self.window > 0 && passed < 2 * WINDOW {
            let expected = self.last.time.wrapping_add(self.after(passed));
            if now.time.abs_diff(expected) > TOLERANCE {
                *self = Self { first: now, ..Self::UNKNOWN };
            }
        }
        self.last = now;
        if now.ticks.wrapping_sub(self.first.ticks) >= MEASURED {
            self.measure(now);
        }
    }

    /// Ends the measurement of the rate, and begins the next.
    fn measure(&mut self, now: Reading) {
        let ticks = now.ticks.wrapping_sub(self.first.ticks);
        let elapsed = i128::from(now.time) - i128::from(self.first.time);
        let rate = Rate::try_from((elapsed << 32) / i128::from(ticks)).unwrap_or(0);
        let agrees = PLAUSIBLE.contains(&rate) && rate.abs_diff(self.measured) < rate >> 11;
        (self.rate, self.window) = if agrees { (rate, WINDOW) } else { (0, 0) };
        (self.measured, self.first) = (rate, now);
    }
}

#[cfg(test)]
mod tests;
