//! A handler's lock: a real Python lock, taken as the running version of `logging` takes it.
//!
//! Up to 3.12 that is by the handler's `acquire` and `release`, which a subclass may override;
//! from 3.13 on by `with self.lock`.

use pyo3::prelude::*;

use crate::names;
use crate::native::shape::View;

/// A lock that is held. It has to be given back by [`Held::release`].
pub(crate) struct Held<'a, 'py> {
    handler: &'a Bound<'py, PyAny>,
    /// The lock acquired, to be released itself; otherwise the handler is told to release.
    lock: Option<Bound<'py, PyAny>>,
}

/// Acquires the lock of a handler. `None` when there is none and there should be: then the Python
/// code has the right words.
pub(crate) fn acquire<'a, 'py>(handler: &'a Bound<'py, PyAny>) -> PyResult<Option<Held<'a, 'py>>> {
    let py = handler.py();
    if cfg!(Py_3_13) {
        let lock = own_lock(handler)?;
        if lock.is_none() {
            return Ok(None);
        }
        lock.call_method0(names::M_ACQUIRE.get(py))?;
        return Ok(Some(Held { handler, lock: Some(lock) }));
    }
    handler.call_method0(names::M_ACQUIRE.get(py))?;
    Ok(Some(Held { handler, lock: None }))
}

fn own_lock<'py>(handler: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match View::of(handler) {
        Some(view) => view.get(names::A_LOCK),
        None => handler.getattr(names::A_LOCK.get(handler.py())),
    }
}

impl Held<'_, '_> {
    /// Gives the lock back.
    pub(crate) fn release(self) -> PyResult<()> {
        let name = names::M_RELEASE.get(self.handler.py());
        self.lock.as_ref().unwrap_or(self.handler).call_method0(name)?;
        Ok(())
    }
}
