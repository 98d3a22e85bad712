//! What happens to an exception raised while a record is emitted.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::facility::Facility;
use crate::native::method;

/// Hands an exception to the handler's `handleError`, which runs while the exception is being
/// handled; what no handler should swallow is passed on.
///
/// It is the Python `emit` that does so: run for a stand-in of the handler whose first use raises the
/// exception. So what looks at the exception's traceback, at the frames around `handleError`, or at
/// what `handleError` itself raises, finds the frames that it knows.
pub(crate) fn handle<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
    error: PyErr,
) -> PyResult<()> {
    handle_in(facility, "StreamHandler", handler, record, error)
}

/// The same for an `emit` of another class.
pub(crate) fn handle_in<'py>(
    facility: &Facility,
    class: &'static str,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
    error: PyErr,
) -> PyResult<()> {
    let py = handler.py();
    if !error.is_instance_of::<PyException>(py) {
        return Err(error);
    }
    let Some(emit) = facility.original(py, class, "emit") else {
        return facility.missing(class, "emit");
    };
    let handler = handler.clone().unbind();
    let failing = Bound::new(py, Failing { handler, error: Some(error) })?.into_any();
    method::call(&emit, [&failing, record]).map(drop)
}

/// A handler whose first use fails; afterwards it is as the handler itself.
#[pyclass]
struct Failing {
    handler: Py<PyAny>,
    error: Option<PyErr>,
}

#[pymethods]
impl Failing {
    fn __getattribute__<'py>(
        mut slf: PyRefMut<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if let Some(error) = slf.error.take() {
            return Err(error);
        }
        let handler = slf.handler.bind(py).clone();
        // Code of the handler may look at this object meanwhile.
        drop(slf);
        handler.getattr(name)
    }

    fn __repr__(slf: PyRef<'_, Self>) -> PyResult<Bound<'_, PyString>> {
        let handler = slf.handler.bind(slf.py()).clone();
        drop(slf);
        handler.repr()
    }
}
