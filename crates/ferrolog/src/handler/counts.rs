//! What became of a handler's records.

use std::sync::atomic::{AtomicU64, Ordering};

/// What became of the records that a handler accepted: `emitted = delivered + dropped + failed`, once
/// none is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Passed on to where the handler delivers to.
    pub delivered: u64,
    /// Given up by the handler's stated policy.
    pub dropped: u64,
    /// Not delivered for an error, which was reported.
    pub failed: u64,
}

impl Counts {
    /// All records that the handler accepted.
    pub fn emitted(&self) -> u64 {
        self.delivered + self.dropped + self.failed
    }
}

#[derive(Debug)]
pub(crate) struct Counters {
    id: u64,
    delivered: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            delivered: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }
}

impl Counters {
    /// A number that no other handler has.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Counts deliveries. Called with the handler's lock held, so that nobody else counts meanwhile and
    /// a plain addition will do.
    #[inline]
    pub(super) fn delivered(&self, count: u64) {
        self.delivered.store(self.delivered.load(Ordering::Relaxed) + count, Ordering::Relaxed);
    }

    /// Counts deliveries by a handler without a lock.
    pub(super) fn passed_on(&self, count: u64) {
        self.delivered.fetch_add(count, Ordering::Relaxed);
    }

    /// Counts a record that was given up by policy.
    pub(super) fn dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Counts {
        Counts {
            delivered: self.delivered.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }
}
