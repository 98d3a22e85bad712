//! "The exception being handled", which `sys.exc_info()` tells and a bare `raise` raises again.

use pyo3::ffi;
use pyo3::prelude::*;

/// Runs `body` as an `except` block runs: with `error` as the exception being handled.
pub(crate) fn while_handling<T>(
    py: Python<'_>,
    error: PyErr,
    body: impl FnOnce() -> PyResult<T>,
) -> PyResult<T> {
    let exception = error.into_value(py).into_bound(py);
    // SAFETY: the GIL is held. The previous exception is owned here (or null), and put back below;
    // setting takes a reference of its own.
    unsafe {
        let previous = ffi::PyErr_GetHandledException();
        ffi::PyErr_SetHandledException(exception.as_ptr());
        let result = body();
        ffi::PyErr_SetHandledException(previous);
        ffi::Py_XDECREF(previous);
        result
    }
}
