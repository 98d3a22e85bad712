//! What the current thread holds that another thread may be waiting for.
//!
//! A thread that is inside a handler holds that handler's lock. Were it to wait for another thread, which in
//! its turn wants that lock, both would wait for ever; so it does not wait.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static HELD: Cell<Held> = const { Cell::new(Held { locks: 0, batches: 0 }) };
}

#[derive(Clone, Copy)]
struct Held {
    /// Locks of handlers.
    locks: u32,
    /// Batches of records that are being passed on.
    batches: u32,
}

/// While one lives, its thread holds the lock of a handler.
#[derive(Debug)]
pub(super) struct Busy {
    /// It counts for the thread that it was made on.
    _here: PhantomData<*const ()>,
}

/// While one lives, its thread passes on a batch of records that others may be waiting for.
#[derive(Debug)]
pub(super) struct PassingOn {
    _here: PhantomData<*const ()>,
}

// A thread that logs while it ends can still count: the cell needs no destructor.
fn change(change: impl FnOnce(&mut Held)) {
    HELD.with(|held| {
        let mut new = held.get();
        change(&mut new);
        held.set(new);
    });
}

impl Busy {
    #[inline]
    pub(super) fn enter() -> Self {
        change(|held| held.locks += 1);
        Self { _here: PhantomData }
    }

    /// A number that no other thread has while this one lives, and that is not 0.
    #[inline]
    pub(super) fn token() -> usize {
        HELD.with(|held| std::ptr::from_ref(held).addr())
    }

    /// Whether this thread holds the lock of a handler.
    pub(super) fn here() -> bool {
        HELD.with(Cell::get).locks > 0
    }
}

impl Drop for Busy {
    #[inline]
    fn drop(&mut self) {
        change(|held| held.locks -= 1);
    }
}

impl PassingOn {
    pub(super) fn enter() -> Self {
        change(|held| held.batches += 1);
        Self { _here: PhantomData }
    }

    /// Whether this thread passes on a batch, or holds the lock of a handler.
    pub(super) fn or_busy_here() -> bool {
        let held = HELD.with(Cell::get);
        held.locks > 0 || held.batches > 0
    }
}

impl Drop for PassingOn {
    fn drop(&mut self) {
        change(|held| held.batches -= 1);
    }
}
