//! Whether the current thread is inside a handler, and so may hold what another thread waits for.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// While one lives, its thread is inside a handler.
#[derive(Debug)]
pub(super) struct Busy {
    /// It counts for the thread that it was made on.
    _here: PhantomData<*const ()>,
}

impl Busy {
    #[inline]
    pub(super) fn enter() -> Self {
        // A thread that logs while it ends can still count: the cell needs no destructor.
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Self { _here: PhantomData }
    }

    /// Whether the current thread is inside a handler.
    pub(super) fn here() -> bool {
        DEPTH.with(Cell::get) > 0
    }
}

impl Drop for Busy {
    #[inline]
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
    }
}
