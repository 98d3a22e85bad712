//! Threads that log to one handler at the same time.
//!
//! A thread that finds the handler's lock taken leaves its line here, and the thread that has the lock writes
//! the lines of all that wait together, in one write. Each waits until its own line has been written, and
//! gets its own error: that it was another thread which wrote shows in nothing. So several threads need fewer
//! writes than records, where otherwise they would also wait for each other to wake up.
//!
//! A thread that waits looks for a while by itself whether its line has been written, or the lock is free; only
//! for those that sleep has a thread that gives the lock back to do anything. Threads that meet all the time
//! [rest](super::rest) in turns.

use std::thread;
use std::time::Duration;

use super::counts::Counters;
use super::lines::{EmitLines, emit_all};
use super::rest::RestingPlace;
use super::{Emit, HandlerGuard, Inner, caught};
use crate::barrier::Barrier;
use crate::error::Error;
use crate::sync::{
    AtomicBool, AtomicU64, AtomicUsize, Condvar, MODEL, Mutex, MutexGuard, Ordering, PoisonError,
    spin_loop, yield_now,
};

/// How often a thread that waits looks before it sleeps, of which others would have to be told, which takes longer than
/// most waits; how often before it naps between looks; and how often without giving others its processor, which takes as
/// long as a write or two. Where there are more threads than processors, those bring more lines for the next write
/// meanwhile.
const LOOKS: u32 = if MODEL { 0 } else { 60 };
const LOOKS_AWAKE: u32 = 40;
const LOOKS_ALONE: u32 = 20;
/// How many pauses there are between two looks of a thread that is alone, each of which takes what is looked at from the
/// thread that writes; and how many looks between two attempts to have the lock. One that naps attempts each time.
const PAUSES: u32 = 4;
const LOOKS_AN_ATTEMPT: u32 = 8;
/// How long a nap is.
const NAP: Duration = Duration::from_micros(50);

/// After which time a thread that sleeps looks by itself, for the case that who had the lock has left the line
/// to others.
const SLEEP: Duration = Duration::from_millis(5);

/// How many batches a thread writes for others before it leaves that to them.
const MOST: usize = 16;

#[derive(Default)]
pub(super) struct Crowd {
    waiting: Mutex<Waiting>,
    /// Whether anybody waits.
    any: AtomicBool,
    /// How many batches have been written.
    written: AtomicU64,
    /// Told when one has been written.
    progress: Condvar,
    /// How many threads sleep, or are about to, until there is progress.
    asleep: AtomicUsize,
    resting_place: RestingPlace,
    barrier: Barrier,
}

#[derive(Default)]
pub(super) struct Waiting {
    batch: Batch,
    /// The number of the batch that is being collected.
    number: u64,
    /// A batch that was written, to be filled again.
    spare: Batch,
    failures: Vec<Failure>,
}

/// The lines of several threads.
#[derive(Default)]
struct Batch {
    text: String,
    ends: Vec<usize>,
}

struct Failure {
    batch: u64,
    index: usize,
    error: Error,
}

/// What became of a line that was left to another thread.
pub(super) enum Joined {
    /// It was delivered, and counted.
    Delivered,
    /// It was not left at all, as the handler has been taken off the logger.
    Detached,
    Failed(Error),
}

impl Crowd {
    /// The lock that is held during a fork.
    pub(super) fn lock_at_fork(&self) -> &Mutex<Waiting> {
        &self.waiting
    }

    /// Forgets, in the child of a fork, those who waited in the parent.
    pub(super) fn forget(&self, waiting: &mut Waiting) {
        waiting.batch.text.clear();
        waiting.batch.ends.clear();
        waiting.failures.clear();
        self.asleep.store(0, Ordering::Relaxed);
        self.resting_place.forget();
        self.any.store(false, Ordering::Release);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // No foreign code runs under this lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody waits.
    #[inline]
    pub(super) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Adds a line to those that wait; the numbers of its batch, and of the line in it. Nothing, if the
    /// handler has been taken off the logger.
    fn add(&self, line: &str, attached: Option<&AtomicBool>) -> Option<(u64, usize)> {
        let mut waiting = self.waiting();
        if attached.is_some_and(|attached| !attached.load(Ordering::Acquire)) {
            return None;
        }
        let place = (waiting.number, waiting.batch.ends.len());
        waiting.batch.text.push_str(line);
        let end = waiting.batch.text.len();
        waiting.batch.ends.push(end);
        self.any.store(true, Ordering::Release);
        Some(place)
    }

    /// Leaves `line`, of a record made at `created`, to the thread that has the lock, and waits until it has been
    /// written.
    pub(super) fn join<T: ?Sized + Emit>(
        &self,
        inner: &Inner<T>,
        line: &str,
        attached: Option<&AtomicBool>,
        created: i64,
    ) -> Joined {
        if let Err(error) = inner.check_kept() {
            return Joined::Failed(error);
        }
        let Some((batch, index)) = self.add(line, attached) else { return Joined::Detached };
        let is_written = || self.written.load(Ordering::Acquire) > batch;
        let mut looks = 0;
        while !is_written() && looks < LOOKS {
            looks += 1;
            let attempts = looks > LOOKS_AWAKE || looks % LOOKS_AN_ATTEMPT == 0;
            if attempts && let Some(guard) = inner.try_lock() {
                self.serve(inner, guard);
            } else if looks <= LOOKS_ALONE {
                (0..PAUSES).for_each(|_| spin_loop());
            } else if looks <= LOOKS_AWAKE {
                yield_now();
            } else {
                thread::sleep(NAP);
            }
        }
        if !is_written() {
            self.sleep_until(is_written, inner);
        }
        let failure = self.failure_of(batch, index);
        self.resting_place.met_others(created);
        failure.map_or(Joined::Delivered, Joined::Failed)
    }

    #[cold]
    fn sleep_until<T: ?Sized + Emit>(&self, is_written: impl Fn() -> bool, inner: &Inner<T>) {
        self.asleep.fetch_add(1, Ordering::Relaxed);
        // Either the thread that gives the lock back sees this one asleep, or this one sees the lock free. Where the
        // operating system refuses that, it looks again after its sleep.
        _ = self.barrier.seldom();
        while !is_written() {
            if let Some(guard) = inner.try_lock() {
                // Who had the lock has left the line to others.
                self.serve(inner, guard);
                continue;
            }
            let waiting = self.waiting();
            if !is_written() {
                let woken = self.progress.wait_timeout(waiting, SLEEP);
                drop(woken.unwrap_or_else(PoisonError::into_inner));
            }
        }
        self.asleep.fetch_sub(1, Ordering::Relaxed);
    }

    /// Delivers `line`, of a record made at `created`, together with those that wait, by the thread that has the lock.
    pub(super) fn lead<T: ?Sized + Emit>(
        &self,
        inner: &Inner<T>,
        guard: HandlerGuard<'_, T>,
        line: &str,
        attached: Option<&AtomicBool>,
        created: i64,
    ) -> Joined {
        let place = self.add(line, attached);
        self.serve(inner, guard);
        let Some((batch, index)) = place else { return Joined::Detached };
        let failure = self.failure_of(batch, index);
        self.resting_place.met_others(created);
        failure.map_or(Joined::Delivered, Joined::Failed)
    }

    fn failure_of(&self, batch: u64, index: usize) -> Option<Error> {
        let mut waiting = self.waiting();
        let own = |failure: &Failure| (failure.batch, failure.index) == (batch, index);
        let at = waiting.failures.iter().position(own)?;
        Some(waiting.failures.swap_remove(at).error)
    }

    /// Writes for those that wait, and gives the lock back.
    pub(super) fn serve<'g, T: ?Sized + Emit>(
        &self,
        inner: &'g Inner<T>,
        mut guard: HandlerGuard<'g, T>,
    ) {
        self.write(&mut *guard, &inner.counts);
        self.leave(inner, guard);
    }

    /// Gives the lock back, and sees to those that sleep.
    #[inline]
    pub(super) fn leave<'g, T: ?Sized + Emit>(
        &self,
        inner: &'g Inner<T>,
        guard: HandlerGuard<'g, T>,
    ) {
        drop(guard);
        // Who came just before has found the lock taken.
        self.barrier.often();
        if self.asleep.load(Ordering::Relaxed) > 0 {
            self.serve_sleepers(inner);
        }
    }

    #[cold]
    fn serve_sleepers<T: ?Sized + Emit>(&self, inner: &Inner<T>) {
        for _ in 0..MOST {
            if !self.any() {
                return;
            }
            let Some(mut guard) = inner.try_lock() else { return };
            self.write(&mut *guard, &inner.counts);
            drop(guard);
            self.barrier.often();
        }
        // This thread has done enough for others: one of them goes on.
        drop(self.waiting());
        self.progress.notify_all();
    }

    /// Writes for those that wait now.
    pub(super) fn write<T: ?Sized + Emit>(&self, emit: &mut T, counts: &Counters) {
        let mut waiting = self.waiting();
        self.any.store(false, Ordering::Release);
        if waiting.batch.ends.is_empty() {
            return;
        }
        let number = waiting.number;
        waiting.number += 1;
        let empty = std::mem::take(&mut waiting.spare);
        let mut batch = std::mem::replace(&mut waiting.batch, empty);
        drop(waiting);
        let failures = write_batch(emit, number, &mut batch, counts);
        batch.text.clear();
        batch.ends.clear();
        let mut waiting = self.waiting();
        waiting.failures.extend(failures);
        if batch.text.capacity() <= super::KEPT_CAPACITY {
            waiting.spare = batch;
        }
        self.written.store(number + 1, Ordering::Release);
        drop(waiting);
        if self.asleep.load(Ordering::Relaxed) > 0 {
            self.progress.notify_all();
        }
    }
}

/// Writes the lines of a batch, and counts those that were delivered; what became of the others.
fn write_batch<T: ?Sized + Emit>(
    emit: &mut T,
    number: u64,
    batch: &mut Batch,
    counts: &Counters,
) -> Vec<Failure> {
    let mut failures = Vec::new();
    let Batch { text, ends } = batch;
    let count = ends.len();
    let written = caught(|| {
        let Some(emit) = emit.as_lines() else { return Ok(0) };
        Ok(emit_all(emit, text, ends, |index, error| {
            failures.push(Failure { batch: number, index, error });
        }))
    });
    match written {
        Ok(delivered) => counts.delivered(delivered),
        Err(panic) => {
            // Which lines it has taken before, a handler that panics does not say.
            let message = panic.to_string();
            failures.clear();
            failures.extend((0..count).map(|index| Failure {
                batch: number,
                index,
                error: Error::Invalid(message.clone()),
            }));
        }
    }
    failures
}

/// Where a handler takes lines, what is said of it in the file's head.
pub(super) fn of<T: Emit>(emit: &mut T) -> Option<Crowd> {
    let takes_lines: Option<&mut dyn EmitLines> = emit.as_lines();
    takes_lines.map(|_| Crowd::default())
}

impl Joined {
    pub(super) fn into_failure(self) -> Option<Box<Error>> {
        match self {
            Self::Delivered | Self::Detached => None,
            Self::Failed(error) => Some(Box::new(error)),
        }
    }
}
