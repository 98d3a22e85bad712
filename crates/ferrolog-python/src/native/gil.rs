//! State that only the thread holding the GIL touches.

use std::cell::{OnceCell, RefCell, RefMut};
use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::process;

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

/// A value that is made once. Nobody waits until it is made: who comes meanwhile, be it another thread, a signal
/// handler in this one, or the child of a fork in which the thread that was at it is gone, makes one too, and the one
/// that is there first stays. PyO3's `PyOnceLock`, and its `intern!` with it, have the child wait for ever.
pub(crate) struct GilOnce<T>(OnceCell<T>);

// SAFETY: as for `GilCell`.
unsafe impl<T> Sync for GilOnce<T> {}

impl<T> GilOnce<T> {
    pub(crate) const fn new() -> Self {
        GilOnce(OnceCell::new())
    }

    #[inline]
    pub(crate) fn get(&self, _py: Python<'_>) -> Option<&T> {
        self.0.get()
    }

    /// The value, which is this one from now on, if there was none.
    pub(crate) fn set(&self, _py: Python<'_>, value: T) -> &T {
        // No code of others runs between the look and the storing.
        self.0.get_or_init(|| value)
    }

    #[inline]
    pub(crate) fn get_or_init(&self, py: Python<'_>, make: impl FnOnce() -> T) -> &T {
        match self.get(py) {
            Some(value) => value,
            None => self.set(py, make()),
        }
    }

    #[inline]
    pub(crate) fn get_or_try_init<E>(
        &self,
        py: Python<'_>,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, E> {
        match self.get(py) {
            Some(value) => Ok(value),
            None => make().map(|value| self.set(py, value)),
        }
    }
}

impl GilOnce<Py<PyType>> {
    /// A class, imported when it is first asked for.
    pub(crate) fn import<'py>(
        &self,
        py: Python<'py>,
        module: &str,
        name: &str,
    ) -> PyResult<&Bound<'py, PyType>> {
        let import = || Ok(py.import(module)?.getattr(name)?.cast_into::<PyType>()?.unbind());
        self.get_or_try_init(py, import).map(|class| class.bind(py))
    }
}

/// A text of Python's that is made once where it stands, and is the interpreter's only one of these letters.
macro_rules! intern {
    ($py:expr, $text:literal) => {{
        static TEXT: $crate::native::gil::GilOnce<pyo3::Py<pyo3::types::PyString>> =
            $crate::native::gil::GilOnce::new();
        let py: pyo3::Python<'_> = $py;
        TEXT.get_or_init(py, || pyo3::types::PyString::intern(py, $text).unbind()).bind(py)
    }};
}
pub(crate) use intern;

/// What is found out once by running Python code, which may be interrupted by a signal handler that asks the
/// same question: that one, and other threads meanwhile, do without the answer instead of asking as well.
pub(crate) struct FoundOut<T> {
    answer: GilOnce<T>,
    /// The process in which it was asked; in the child of a fork the thread that did so may be gone.
    asked: AtomicU32,
}

impl<T> FoundOut<T> {
    pub(crate) const fn new() -> Self {
        FoundOut { answer: GilOnce::new(), asked: AtomicU32::new(0) }
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
        let process = process::id();
        if self.asked.swap(process, Ordering::Relaxed) == process {
            return None;
        }
        Some(self.answer.set(py, find()))
    }
}
