//! What happens to an exception raised while a record is emitted.

use pyo3::exceptions::{PyException, PyRecursionError};
use pyo3::intern;
use pyo3::prelude::*;

use crate::names;
use crate::native::frame::Frame;
use crate::native::handling;

/// Hands an exception to the handler's `handleError`, which runs while the exception is being
/// handled; what no handler should swallow is passed on.
pub(crate) fn handle<'py>(
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
    error: PyErr,
) -> PyResult<()> {
    let py = handler.py();
    if error.is_instance_of::<PyRecursionError>(py) || !error.is_instance_of::<PyException>(py) {
        return Err(error);
    }
    locate(py, &error)?;
    handling::while_handling(py, error, || {
        handler.call_method1(names::M_HANDLE_ERROR.get(py), (record,)).map(|_| ())
    })
}

/// Gives the exception a first traceback entry for the logging call: the Python code that led into
/// native code, as the frames of the standard library's methods would.
fn locate(py: Python<'_>, error: &PyErr) -> PyResult<()> {
    let Some(frame) = Frame::current(py) else { return Ok(()) };
    let exception = error.value(py);
    let traceback = exception.getattr(intern!(py, "__traceback__"))?;
    let with_call = py.import("types")?.getattr("TracebackType")?.call1((
        traceback,
        frame.object(),
        frame.object().getattr("f_lasti")?,
        frame.line(),
    ))?;
    exception.setattr(intern!(py, "__traceback__"), with_call)
}
