//! A handler's lock: a real Python lock, taken as the running version of `logging` takes it.
//!
//! Up to 3.12 that is by the handler's `acquire` and `release`, which a subclass may override;
//! from 3.13 on by `with self.lock`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use crate::names;
use crate::native::gil::{GilOnce, intern};
use crate::native::shape::View;
use crate::native::{handling, rlock};
use crate::natives::Native;

/// Runs `body` with the lock of a handler held.
pub(crate) fn holding<'py>(
    handler: &Bound<'py, PyAny>,
    body: impl FnOnce() -> PyResult<()>,
) -> PyResult<()> {
    let py = handler.py();
    if let Some(lock) = usual_lock(handler)
        && rlock::acquire_at_once(&lock)
    {
        return release(handler, &lock, false, body());
    }
    let lock = if cfg!(Py_3_13) { &own_lock(handler)? } else { handler };
    if cfg!(Py_3_13) && !lock.get_type().is(rlock(py)?) {
        return with(lock, body);
    }
    lock.call_method0(names::M_ACQUIRE.get(py))?;
    finally(py, body(), || lock.call_method0(names::M_RELEASE.get(py)).map(drop))
}

/// Releases the lock of a handler, which was acquired without its methods, after `done`. `same`: it is still
/// the handler's, and the handler's methods are our own.
pub(crate) fn release<'py>(
    handler: &Bound<'py, PyAny>,
    lock: &Bound<'py, PyAny>,
    same: bool,
    done: PyResult<()>,
) -> PyResult<()> {
    let py = handler.py();
    let same = same || cfg!(Py_3_13) || usual_lock(handler).is_some_and(|now| now.is(lock));
    if same && rlock::release(lock) {
        return done;
    }
    // Whatever lock the handler has by now, in whatever way.
    let of = if cfg!(Py_3_13) { lock } else { handler };
    finally(py, done, || of.call_method0(names::M_RELEASE.get(py)).map(drop))
}

/// Whether nobody would see it if the lock of a handler were acquired and released once more.
pub(crate) fn is_to_be_had(handler: &Bound<'_, PyAny>) -> bool {
    usual_lock(handler).is_some_and(|lock| rlock::is_available(&lock))
}

/// The lock of a handler whose methods to acquire and release it are our own, so that they need not be
/// called.
fn usual_lock<'py>(handler: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let view = View::of(handler)?;
    let usual = cfg!(Py_3_13)
        || [names::M_ACQUIRE, names::M_RELEASE]
            .iter()
            .all(|&name| view.shape.native(name) == Native::Plain);
    if usual { view.own(names::A_LOCK) } else { None }
}

/// The type of the locks that handlers make.
fn rlock(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static RLOCK: GilOnce<Py<PyType>> = GilOnce::new();
    RLOCK.import(py, "_thread", "RLock")
}

fn own_lock<'py>(handler: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match View::of(handler) {
        Some(view) => view.get(names::A_LOCK),
        None => handler.getattr(names::A_LOCK.get(handler.py())),
    }
}

/// What a `finally` block does: its own error takes the place of the body's, which it is told of.
fn finally(
    py: Python<'_>,
    body: PyResult<()>,
    last: impl FnOnce() -> PyResult<()>,
) -> PyResult<()> {
    let Err(error) = body else { return last() };
    handling::while_handling(py, error.clone_ref(py), last)?;
    Err(error)
}

/// The `with` statement.
fn with(lock: &Bound<'_, PyAny>, body: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
    let py = lock.py();
    let enter = special(lock, intern!(py, "__enter__"), "")?;
    let exit = special(lock, intern!(py, "__exit__"), " (missed __exit__ method)")?;
    enter.call1((lock,))?;
    let Err(error) = body() else {
        return exit.call1((lock, py.None(), py.None(), py.None())).map(drop);
    };
    let told = (lock, error.get_type(py), error.value(py), error.traceback(py));
    let swallowed = handling::while_handling(py, error.clone_ref(py), || {
        exit.call1(told.clone())?.is_truthy()
    })?;
    if swallowed { Ok(()) } else { Err(error) }
}

/// A method that the `with` statement looks up on the type.
fn special<'py>(
    lock: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    missing: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let class = lock.get_type();
    match class.getattr_opt(name)? {
        Some(function) => Ok(function),
        None => Err(PyTypeError::new_err(format!(
            "'{}' object does not support the context manager protocol{missing}",
            class.name()?
        ))),
    }
}
