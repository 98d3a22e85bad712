//! Records that a handler holds back, and passes on in batches.
//!
//! Whoever finds that it is time to pass records on does so itself, without a lock held: what takes the
//! records is foreign code, and may log. Only one thread passes on at a time, so that the records arrive
//! in their order; another one that finds it busy leaves its records with it and waits for them.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use super::busy::PassingOn;
use super::counts::Counters;
use super::unlocked::Entry;
use super::{Event, caught};
use crate::error::Result;
use crate::fork::{self, AtFork, Frozen};
use crate::record::RecordOwned;

/// Where the records go.
pub(super) trait Outlet: Send + Sync + 'static {
    /// Whether the records would go anywhere.
    fn is_open(&self) -> bool;

    /// Takes records. An error stands for all of them.
    fn take(&self, records: &[RecordOwned]) -> Result<Taken>;
}

/// What became of the records that an [`Outlet`] took.
pub(super) enum Taken {
    Delivered,
    Dropped,
}

pub(super) struct Held<O> {
    /// How many records are passed on together.
    pub(super) capacity: usize,
    /// How many records are kept where they go nowhere.
    pub(super) limit: usize,
    pub(super) outlet: O,
    state: Mutex<State>,
    /// Told when records have been passed on.
    progress: Condvar,
}

#[derive(Default)]
struct State {
    records: VecDeque<Item>,
    outgoing: VecDeque<Item>,
    /// How many records have ever been put into `outgoing`, and how many of them are gone.
    sent: u64,
    gone: u64,
    /// Whether some thread passes records on.
    busy: bool,
}

struct Item {
    record: RecordOwned,
    counts: Arc<Counters>,
}

impl<O: Outlet> AtFork for Held<O> {
    fn freeze(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn Frozen>> {
        struct Locked<O: Outlet>(fork::Held<Held<O>, State>);
        impl<O: Outlet> Frozen for Locked<O> {
            fn in_child(&mut self) {
                // The parent passes on what it holds.
                let state = &mut *self.0.guard;
                state.records.clear();
                state.outgoing.clear();
                (state.gone, state.busy) = (state.sent, false);
            }
        }
        let locked = fork::Held::take(self, |held| &held.state, deadline)?;
        Some(Box::new(Locked(locked)))
    }
}

/// How many batches one thread passes on at a time: what takes the records may log new ones each time,
/// and they would never come to an end.
const MOST: usize = 1000;

impl<O: Outlet> Held<O> {
    pub(super) fn new(capacity: usize, limit: usize, outlet: O) -> Arc<Self> {
        let (state, progress) = (Mutex::default(), Condvar::new());
        let held = Arc::new(Self { capacity, limit, outlet, state, progress });
        let weak: Weak<Self> = Arc::downgrade(&held);
        fork::register_leaf(weak);
        held
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No foreign code runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a record; passes all on if there are enough, or if it is `urgent`.
    pub(super) fn accept(&self, event: &Event<'_>, entry: &Entry<'_>, urgent: bool) -> Result<()> {
        let item = Item { record: event.record().to_owned(), counts: Arc::clone(entry.counts) };
        let mut state = self.lock();
        if !entry.is_attached() {
            return Ok(());
        }
        state.records.push_back(item);
        if (urgent || state.records.len() >= self.capacity)
            && let Err(error) = self.pass_on(state)
        {
            event.report(error);
        }
        Ok(())
    }

    pub(super) fn settle(&self) {
        drop(self.lock());
    }

    /// Passes all on. When this returns, they have arrived, unless this thread is itself within a
    /// handler, whose locks another one may be waiting for.
    pub(super) fn flush(&self) -> Result<()> {
        self.pass_on(self.lock())
    }

    fn pass_on<'a>(&'a self, mut state: MutexGuard<'a, State>) -> Result<()> {
        if !self.outlet.is_open() {
            while state.records.len() > self.limit {
                if let Some(item) = state.records.pop_front() {
                    item.counts.dropped("there is no target, and more than the limit is held");
                }
            }
            return Ok(());
        }
        let held = std::mem::take(&mut state.records);
        state.sent += held.len() as u64;
        state.outgoing.extend(held);
        if state.busy {
            let mine = state.sent;
            while state.gone < mine && state.busy && !PassingOn::or_busy_here() {
                state = self.progress.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            return Ok(());
        }
        state.busy = true;
        let mut result = Ok(());
        for _ in 0..MOST {
            if state.outgoing.is_empty() {
                break;
            }
            let batch = std::mem::take(&mut state.outgoing);
            drop(state);
            let count = batch.len() as u64;
            result = result.and(self.deliver(batch));
            state = self.lock();
            state.gone += count;
            self.progress.notify_all();
        }
        state.busy = false;
        result
    }

    fn deliver(&self, batch: VecDeque<Item>) -> Result<()> {
        let (records, counts): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|item| (item.record, item.counts)).unzip();
        let _passing = PassingOn::enter();
        let taken = caught(|| self.outlet.take(&records));
        for counts in counts {
            match taken {
                Ok(Taken::Delivered) => counts.passed_on(1),
                Ok(Taken::Dropped) => counts.dropped("nobody takes what is held"),
                Err(_) => counts.failed(),
            }
        }
        taken.map(|_| ())
    }

    /// Gives up what is held.
    pub(super) fn give_up(&self) {
        let held = std::mem::take(&mut self.lock().records);
        held.iter().for_each(|item| item.counts.dropped("the handler was closed without a flush"));
    }

    /// What is held at the moment.
    pub(super) fn records(&self) -> Vec<RecordOwned> {
        self.lock().records.iter().map(|item| item.record.clone()).collect()
    }
}
