//! Work that is timed in short blocks, and at which speed the processor went meanwhile.
//!
//! On a machine that is shared, a processor is slower while others use the other half of its core: by as much as half, for
//! a fraction of a millisecond or for seconds. A figure of a whole run is that of some mixture of both speeds, and
//! another mixture in the next run. So before and behind each block, which takes a tenth of a millisecond or so, a piece
//! of arithmetic is timed. A block waits for full speed, as long as patience lasts, and only those count on both sides of
//! which it was that.

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

/// How long a block is to take.
const BLOCK: Duration = Duration::from_micros(100);

/// How much longer than the shortest time ever the arithmetic takes at most, at full speed. Hardly ever does it take up to
/// a quarter longer than that, and otherwise half as long again or twice as long.
const FULL: f64 = 1.1;

/// Which part of all records is to have been timed at full speed. Where it is less, all count.
const ENOUGH: f64 = 0.1;

/// For how long it is looked at first what full speed is.
const AT_FIRST: Duration = Duration::from_millis(10);

/// For how long all blocks together wait for it.
const PATIENCE: Duration = Duration::from_millis(300);

/// Blocks that have been timed.
pub(crate) struct Blocks {
    timed: Vec<Block>,
    /// The shortest time that the arithmetic took.
    shortest: Duration,
    patience: Duration,
}

struct Block {
    records: u64,
    took: Duration,
    /// How long the arithmetic took beside it, on the slower side.
    beside: Duration,
}

impl Blocks {
    pub(crate) fn new() -> Self {
        let begin = Instant::now();
        let mut shortest = Duration::MAX;
        while begin.elapsed() < AT_FIRST {
            shortest = shortest.min(look());
        }
        Self { timed: Vec::new(), shortest, patience: PATIENCE }
    }

    /// Times `work`, which is that of so many records.
    pub(crate) fn time(&mut self, records: u64, work: impl FnOnce()) {
        let before = self.wait();
        let start = Instant::now();
        work();
        let took = start.elapsed();
        let beside = before.max(look());
        self.shortest = self.shortest.min(beside);
        self.timed.push(Block { records, took, beside });
    }

    /// Times the work of `records`, block by block: `work` does that of some.
    pub(crate) fn time_all(&mut self, records: u64, mut work: impl FnMut(Range<u64>)) {
        let mut size = 1;
        let mut next = 0;
        while next < records {
            let end = records.min(next + size);
            self.time(end - next, || work(next..end));
            next = end;
            size = self.next_size(size);
        }
    }

    /// How many records the next block is to have, where this one was to have so many.
    fn next_size(&self, size: u64) -> u64 {
        let took = self.timed.last().map_or(BLOCK, |block| block.took);
        let wanted = BLOCK.as_secs_f64() / took.as_secs_f64().max(1e-9) * size as f64;
        // A block that was interrupted says little.
        (wanted as u64).clamp(size.div_ceil(2), size * 2)
    }

    /// Waits for full speed, and says how long the arithmetic took last.
    fn wait(&mut self) -> Duration {
        let begin = Instant::now();
        let mut took = look();
        while !self.is_full(took) && begin.elapsed() < self.patience {
            took = look();
        }
        self.patience = self.patience.saturating_sub(begin.elapsed());
        self.shortest = self.shortest.min(took);
        took
    }

    fn is_full(&self, took: Duration) -> bool {
        took <= self.shortest.mul_f64(FULL)
    }

    /// Of each block, whether it counts.
    pub(crate) fn counting(&self) -> Vec<bool> {
        let all = self.part_at_full_speed() < ENOUGH;
        self.timed.iter().map(|block| all || self.is_full(block.beside)).collect()
    }

    /// How many nanoseconds a record took, on average over all blocks that count.
    pub(crate) fn nanoseconds(&self) -> f64 {
        let (mut records, mut took) = (0, Duration::ZERO);
        for (block, _) in self.timed.iter().zip(self.counting()).filter(|(_, counts)| *counts) {
            records += block.records;
            took += block.took;
        }
        took.as_secs_f64() * 1e9 / records as f64
    }

    /// Tells how much was timed at full speed, and how long the arithmetic took then.
    pub(crate) fn tell(&self) {
        crate::tell("full_speed", self.part_at_full_speed());
        crate::tell("look", self.shortest.as_nanos() as f64);
    }

    /// Which part of the records.
    fn part_at_full_speed(&self) -> f64 {
        let full = self.timed.iter().filter(|block| self.is_full(block.beside));
        let records: u64 = full.map(|block| block.records).sum();
        records as f64 / self.timed.iter().map(|block| block.records).sum::<u64>() as f64
    }
}

/// How long some microseconds of plain arithmetic take, with as much of it at a time as the processor can do: it is that
/// which suffers.
#[inline(never)]
fn look() -> Duration {
    let start = Instant::now();
    // Each does something else, as the compiler would have the processor do them all at once otherwise.
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = black_box([1_u64; 8]);
    for turn in 0..black_box(3000_u64) {
        a = a.wrapping_add(turn);
        b ^= turn;
        c = c.wrapping_sub(turn);
        d = d.wrapping_mul(3);
        e = e.wrapping_add(a & 1);
        f = f.rotate_left(1);
        g = g.wrapping_add(b);
        h ^= c;
        if turn & 0xfff == 0xfff {
            a = black_box(a);
        }
    }
    black_box([a, b, c, d, e, f, g, h]);
    start.elapsed()
}
