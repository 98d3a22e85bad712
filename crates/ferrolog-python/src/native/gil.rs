//! State that only the thread holding the GIL touches.

use std::cell::{RefCell, RefMut};
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::Python;
use pyo3::sync::PyOnceLock;

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

/// What is found out once by running Python code, which may be interrupted by a signal handler that asks the
/// same question: that one, and other threads meanwhile, do without the answer instead of waiting for it.
pub(crate) struct FoundOut<T> {
    answer: PyOnceLock<T>,
    asked: AtomicBool,
}

impl<T> FoundOut<T> {
    pub(crate) const fn new() -> Self {
        FoundOut { answer: PyOnceLock::new(), asked: AtomicBool::new(false) }
    }

    /// The answer, if it is there or can be found now.
    #[inline]
    pub(crate) fn get(&self, py: Python<'_>, find: impl FnOnce() -> T) -> Option<&T> {
        match self.answer.get(py) {
            Some(answer) => Some(answer),
            None => self.ask(py, find),
        }
    }

    /// Whether the answer is there.
    pub(crate) fn is_found_out(&self, py: Python<'_>) -> bool {
        self.answer.get(py).is_some()
    }

    #[cold]
    fn ask(&self, py: Python<'_>, find: impl FnOnce() -> T) -> Option<&T> {
        if self.asked.swap(true, Ordering::Relaxed) {
            return None;
        }
        // Nobody else sets it.
        let _ = self.answer.set(py, find());
        self.answer.get(py)
    }
}
