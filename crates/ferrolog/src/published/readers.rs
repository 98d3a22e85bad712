//! Who reads published values, and what was replaced while somebody did.

use std::any::Any;

use crate::barrier::Barrier;
use crate::sync::{Arc, AtomicBool, AtomicUsize, Mutex, MutexGuard, Ordering, PoisonError};

/// A value that was replaced.
pub(crate) type Replaced = Arc<dyn Any + Send + Sync>;

/// How many values a thread can be reading, one inside the other: two for a record, and for each that is logged from
/// inside a handler two more.
pub(crate) const SLOTS: usize = 8;

/// A thread that reads. No other thread's has a part in its cache lines.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Reader {
    /// The addresses of the values that it reads, and 0.
    slots: [AtomicUsize; SLOTS],
    /// Whether one of them was replaced, so that its end is waited for.
    awaited: AtomicBool,
}

/// All that read, and the values that wait for some of them.
#[derive(Default)]
pub(crate) struct Readers(Mutex<State>);

#[derive(Default)]
pub(crate) struct State {
    readers: Vec<Arc<Reader>>,
    waiting: Vec<Replaced>,
}

impl Reader {
    /// Begins to read the value whose address `current` says. It stays until [`Reader::end`].
    #[inline(always)]
    pub(crate) fn begin(
        &self,
        slot: usize,
        barrier: Barrier,
        current: impl Fn() -> usize,
    ) -> usize {
        let mut address = current();
        loop {
            self.slots[slot].store(address, Ordering::Release);
            // Either who replaces the value sees this, or this thread sees the new one.
            barrier.often();
            let now = current();
            if now == address {
                return address;
            }
            address = now;
        }
    }

    /// Ends to read. Says whether [`Readers::give_up`] is to be called, as somebody may wait for it.
    #[inline(always)]
    #[must_use]
    pub(crate) fn end(&self, slot: usize, barrier: Barrier) -> bool {
        self.slots[slot].store(0, Ordering::Release);
        // Either who replaces a value sees this, or this thread sees that it is awaited.
        barrier.often();
        self.awaited.load(Ordering::Relaxed)
    }

    fn reads(&self, value: &Replaced) -> bool {
        let address = Arc::as_ptr(value).addr();
        self.slots.iter().any(|slot| slot.load(Ordering::Acquire) == address)
    }
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
        state.waiting.extend(values);
        let unread = state.take_unread(barrier);
        drop(state);
        // Code of others, a handler's, may run here.
        drop(unread);
    }

    /// Drops the values that nobody reads any more, now that one is read no more for which [`Reader::end`] asked for
    /// this.
    #[cold]
    pub(crate) fn give_up(&self, barrier: Barrier) {
        self.retire(Vec::new(), barrier);
    }

    /// The lock, for a fork.
    pub(crate) fn lock_at_fork(&self) -> &Mutex<State> {
        &self.0
    }
}

impl State {
    /// Takes out the values that nobody reads any more, and awaits those who read the others.
    fn take_unread(&mut self, barrier: Barrier) -> Vec<Replaced> {
        for reader in &self.readers {
            reader.awaited.store(true, Ordering::Relaxed);
        }
        if !barrier.seldom() {
            // Who reads them is not known. They stay, which costs memory and nothing else.
            return Vec::new();
        }
        // Each place is looked at once for each value: who is not awaited is who was not seen to read.
        let mut awaited = vec![false; self.readers.len()];
        let is_unread = |value: &mut Replaced| {
            let mut unread = true;
            for (reader, awaited) in self.readers.iter().zip(&mut awaited) {
                if reader.reads(value) {
                    (*awaited, unread) = (true, false);
                }
            }
            unread
        };
        let unread = self.waiting.extract_if(.., is_unread).collect();
        for (reader, awaited) in self.readers.iter().zip(awaited) {
            if !awaited {
                reader.awaited.store(false, Ordering::Relaxed);
            }
        }
        unread
    }

    /// In the child of a fork, where only this thread goes on: the values that others were reading stay.
    pub(crate) fn keep_only(&mut self, reader: *const Reader) {
        self.readers.retain(|known| std::ptr::eq(Arc::as_ptr(known), reader));
        std::mem::take(&mut self.waiting).into_iter().for_each(std::mem::forget);
    }
}
