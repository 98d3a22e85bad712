//! State that only the thread holding the GIL touches.

use std::cell::{RefCell, RefMut};

use pyo3::Python;

/// A value guarded by the GIL. Borrowing it panics only if foreign code were run while it is
/// borrowed, which no user of it does.
pub(crate) struct GilCell<T>(RefCell<T>);

// SAFETY: the value is reached through `borrow` alone, which asks for proof that the GIL is held,
// and the package refuses interpreters without a GIL and subinterpreters with one of their own.
unsafe impl<T> Sync for GilCell<T> {}

impl<T> GilCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        GilCell(RefCell::new(value))
    }

    pub(crate) fn borrow(&self, _py: Python<'_>) -> RefMut<'_, T> {
        self.0.borrow_mut()
    }
}
