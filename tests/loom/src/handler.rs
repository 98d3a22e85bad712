//! A handler as the crate's files see it.

use std::ops::{Deref, DerefMut};

use crate::error::Result;
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering};

use self::counts::Counters;
use self::lines::EmitLines;

#[path = "../../../crates/ferrolog/src/handler/crowd.rs"]
#[allow(dead_code, reason = "what belongs to forks is not called")]
mod crowd;

mod record_queue;

mod busy {
    pub(crate) struct Busy;

    impl Busy {
        pub(crate) fn here() -> bool {
            false
        }
    }
}

mod unlocked {
    use super::counts::Counters;
    use crate::sync::{Arc, AtomicBool, Ordering};

    pub(crate) struct Entry<'a> {
        pub(crate) attached: Option<&'a AtomicBool>,
        pub(crate) counts: &'a Arc<Counters>,
    }

    impl Entry<'_> {
        pub(crate) fn is_attached(&self) -> bool {
            self.attached.is_none_or(|attached| attached.load(Ordering::Acquire))
        }
    }
}

mod counts {
    // Only sums, which the models read when all threads have ended.
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    #[derive(Default)]
    pub(crate) struct Counters {
        pub(crate) delivered: AtomicU64,
        pub(crate) dropped: AtomicU64,
    }

    impl Counters {
        pub(crate) fn delivered(&self, count: u64) {
            self.delivered.fetch_add(count, Relaxed);
        }

        pub(crate) fn passed_on(&self, count: u64) {
            self.delivered.fetch_add(count, Relaxed);
        }

        pub(crate) fn dropped(&self, _: &'static str) {
            self.dropped.fetch_add(1, Relaxed);
        }
    }
}

mod lines {
    use crate::error::Error;

    pub(crate) trait EmitLines {
        fn emit_line(&mut self, line: &str) -> Result<(), Error>;
    }

    pub(super) fn emit_all(
        emit: &mut dyn EmitLines,
        text: &str,
        ends: &mut [usize],
        mut failed: impl FnMut(usize, Error),
    ) -> u64 {
        let (mut start, mut delivered) = (0, 0);
        for (index, end) in ends.iter().enumerate() {
            match emit.emit_line(&text[start..*end]) {
                Ok(()) => delivered += 1,
                Err(error) => failed(index, error),
            }
            start = *end;
        }
        delivered
    }
}

trait Emit {
    fn as_lines(&mut self) -> Option<&mut dyn EmitLines>;
}

/// As the crate's, with its lock and its counts.
struct Inner<T: ?Sized> {
    counts: Counters,
    /// Read where the lock is taken and written where it is given back: loom tries orders of what threads do
    /// with one object, and does not see giving a lock back as something that is done with it.
    turns: AtomicU64,
    emit: Mutex<T>,
}

impl<T: Emit> Inner<T> {
    fn new(emit: T) -> Self {
        Self { counts: Counters::default(), turns: AtomicU64::new(0), emit: Mutex::new(emit) }
    }
}

impl<T: ?Sized> Inner<T> {
    fn try_lock(&self) -> Option<HandlerGuard<'_, T>> {
        self.turns.load(Ordering::Relaxed);
        let guard = self.emit.try_lock().ok()?;
        Some(HandlerGuard { turns: &self.turns, guard })
    }

    fn lock(&self) -> HandlerGuard<'_, T> {
        HandlerGuard { turns: &self.turns, guard: self.emit.lock().unwrap() }
    }

    fn check_kept(&self) -> Result<()> {
        Ok(())
    }
}

struct HandlerGuard<'h, T: ?Sized> {
    turns: &'h AtomicU64,
    guard: MutexGuard<'h, T>,
}

impl<T: ?Sized> Drop for HandlerGuard<'_, T> {
    fn drop(&mut self) {
        self.turns.store(1, Ordering::Relaxed);
    }
}

impl<T: ?Sized> Deref for HandlerGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> DerefMut for HandlerGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

fn caught<R>(f: impl FnOnce() -> Result<R>) -> Result<R> {
    f()
}

const KEPT_CAPACITY: usize = 1024;

mod crowd_models;
mod queue_models;
mod replacement_models;

/// Runs a model in every order that its threads can run in, but for those with more preemptions than
/// `LOOM_MAX_PREEMPTIONS` (here 3, where nothing else is said): loom's own advice for models of this size.
#[cfg(test)]
pub(crate) fn check(model: impl Fn() + Send + Sync + 'static) {
    use std::sync::atomic::{AtomicU64, Ordering};

    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(3));
    let orders = std::sync::Arc::new(AtomicU64::new(0));
    let counted = std::sync::Arc::clone(&orders);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    println!("{} orders", orders.load(Ordering::Relaxed));
}
