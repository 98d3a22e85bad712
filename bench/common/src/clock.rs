//! A clock for single calls: the processor's counter, less what reading it takes.

use std::hint::black_box;
use std::time::{Duration, Instant};

pub(crate) struct Clock {
    nanoseconds_a_tick: f64,
    /// What two readings with nothing between them differ by.
    overhead: u64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let (start, ticks) = (Instant::now(), ticks());
        std::thread::sleep(Duration::from_millis(50));
        let counted = self::ticks() - ticks;
        let nanoseconds_a_tick = start.elapsed().as_secs_f64() * 1e9 / counted as f64;
        let mut empty: Vec<u64> = (0..10_001)
            .map(|_| {
                let start = self::ticks();
                black_box(());
                self::ticks() - start
            })
            .collect();
        empty.sort_unstable();
        Self { nanoseconds_a_tick, overhead: empty[empty.len() / 2] }
    }

    #[inline(always)]
    pub(crate) fn now(&self) -> u64 {
        ticks()
    }

    /// A difference of two readings as time.
    pub(crate) fn nanoseconds(&self, ticks: u64) -> f64 {
        ticks.saturating_sub(self.overhead) as f64 * self.nanoseconds_a_tick
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn ticks() -> u64 {
    use std::arch::x86_64::{_mm_lfence, _rdtsc};
    // SAFETY: every x86-64 has both. The fences keep what is timed between the readings.
    unsafe {
        _mm_lfence();
        let ticks = _rdtsc();
        _mm_lfence();
        ticks
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn ticks() -> u64 {
    use std::sync::LazyLock;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as u64
}
