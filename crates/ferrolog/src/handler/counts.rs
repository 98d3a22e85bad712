//! What became of a handler's records.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

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
    /// By policy; there are few, and a new one is rare.
    dropped: ArcSwap<Vec<(&'static str, Arc<AtomicU64>)>>,
    failed: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            delivered: AtomicU64::new(0),
            dropped: ArcSwap::default(),
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

    /// Counts a record that was given up by this policy.
    pub(super) fn dropped(&self, policy: &'static str) {
        let known = |list: &[(&'static str, Arc<AtomicU64>)]| match list
            .iter()
            .find(|(known, _)| *known == policy)
        {
            Some((_, count)) => {
                count.fetch_add(1, Ordering::Relaxed);
                true
            }
            None => false,
        };
        while !known(&self.dropped.load()) {
            self.dropped.rcu(|list| {
                let mut list = Vec::clone(list);
                if list.iter().all(|(known, _)| *known != policy) {
                    list.push((policy, Arc::default()));
                }
                list
            });
        }
    }

    /// How many records were given up, by policy.
    pub(super) fn dropped_by(&self) -> Vec<(&'static str, u64)> {
        let read = |(policy, count): &(&'static str, Arc<AtomicU64>)| {
            (*policy, count.load(Ordering::Relaxed))
        };
        self.dropped.load().iter().map(read).collect()
    }

    pub(super) fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts as failed so many that were counted as delivered before. Called with the handler's lock held.
    pub(super) fn lost(&self, count: u64) {
        self.delivered.store(self.delivered.load(Ordering::Relaxed) - count, Ordering::Relaxed);
        self.failed.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Counts {
        Counts {
            delivered: self.delivered.load(Ordering::Relaxed),
            dropped: self.dropped_by().into_iter().map(|(_, count)| count).sum(),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }
}
