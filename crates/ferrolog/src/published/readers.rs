//! Who reads published values, and what was replaced while somebody did.

use std::any::Any;

use crate::barrier::Barrier;
use crate::sync::{Arc, AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError};

/// A value that was replaced.
pub(crate) type Replaced = Arc<dyn Any + Send + Sync>;

/// A thread that reads. No other thread's has a part in its cache lines.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Reader {
    /// The number of what it reads now, which it has not had before; 0 while it reads nothing.
    reading: AtomicU64,
    /// Whether somebody waits for the end of that.
    awaited: AtomicBool,
}

impl Reader {
    /// Begins to read, with a number that is not 0 and that this reader has not used before. Values that are read
    /// from now on stay until [`Reader::end`].
    #[inline(always)]
    pub(crate) fn begin(&self, number: u64, barrier: Barrier) {
        self.reading.store(number, Ordering::Release);
        // Either who replaces a value sees this, or this thread sees the new one.
        barrier.often();
    }

    /// Ends to read. Says whether [`Readers::give_up`] is to be called, as somebody waited for it.
    #[inline(always)]
    #[must_use]
    pub(crate) fn end(&self, barrier: Barrier) -> bool {
        self.reading.store(0, Ordering::Release);
        // Either who replaces a value sees this, or this thread sees that it is awaited.
        barrier.often();
        self.awaited.load(Ordering::Relaxed)
    }
}

/// All that read, and the values that wait for some of them.
#[derive(Default)]
pub(crate) struct Readers(Mutex<State>);

#[derive(Default)]
pub(crate) struct State {
    readers: Vec<Arc<Reader>>,
    waiting: Vec<Waiting>,
}

/// Values that were replaced while these readings were under way.
struct Waiting {
    values: Vec<Replaced>,
    readings: Vec<(Arc<Reader>, u64)>,
}

impl Readers {
    fn state(&self) -> MutexGuard<'_, State> {
        // No foreign code runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a thread, which is to be removed before it ends.
    pub(crate) fn add(&self) -> Arc<Reader> {
        let reader = Arc::new(Reader::default());
        self.state().readers.push(Arc::clone(&reader));
        reader
    }

    pub(crate) fn remove(&self, reader: &Arc<Reader>) {
        self.state().readers.retain(|known| !Arc::ptr_eq(known, reader));
    }

    /// Calls `f`, with no value being dropped meanwhile that was there before.
    pub(crate) fn while_all_stay<R>(&self, f: impl FnOnce() -> R) -> R {
        let _state = self.state();
        f()
    }

    /// Gives up values that have been replaced: each is dropped when nobody reads it any more, by who comes last.
    pub(crate) fn retire(&self, values: Vec<Replaced>, barrier: Barrier) {
        let mut state = self.state();
        for reader in &state.readers {
            reader.awaited.store(true, Ordering::Relaxed);
        }
        if !barrier.seldom() {
            // Who reads them is not known. They stay, which costs memory and nothing else.
            return values.into_iter().for_each(std::mem::forget);
        }
        let mut readings = Vec::new();
        for reader in &state.readers {
            match reader.reading.load(Ordering::Acquire) {
                0 => reader.awaited.store(false, Ordering::Relaxed),
                number => readings.push((Arc::clone(reader), number)),
            }
        }
        state.waiting.push(Waiting { values, readings });
        let given_up = state.take_unread();
        drop(state);
        // Code of others, a handler's, may run here.
        drop(given_up);
    }

    /// Drops the values that nobody reads any more, now that `reader` does not.
    #[cold]
    pub(crate) fn give_up(&self, reader: &Reader) {
        let mut state = self.state();
        reader.awaited.store(false, Ordering::Relaxed);
        let given_up = state.take_unread();
        drop(state);
        // Here too.
        drop(given_up);
    }

    /// The lock, for a fork.
    pub(crate) fn lock_at_fork(&self) -> &Mutex<State> {
        &self.0
    }
}

impl State {
    /// Takes out the values that nobody reads any more.
    fn take_unread(&mut self) -> Vec<Replaced> {
        let mut unread = Vec::new();
        self.waiting.retain_mut(|waiting| {
            let goes_on = |(reader, number): &(Arc<Reader>, u64)| {
                reader.reading.load(Ordering::Acquire) == *number
            };
            waiting.readings.retain(goes_on);
            if waiting.readings.is_empty() {
                unread.append(&mut waiting.values);
            }
            !waiting.readings.is_empty()
        });
        unread
    }

    /// In the child of a fork, where only this thread goes on: the values that others were reading stay.
    pub(crate) fn keep_only(&mut self, reader: *const Reader) {
        self.readers.retain(|known| std::ptr::eq(Arc::as_ptr(known), reader));
        std::mem::take(&mut self.waiting).into_iter().for_each(std::mem::forget);
    }
}
