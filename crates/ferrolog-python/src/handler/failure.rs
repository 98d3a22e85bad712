//! What happens to an exception raised while a record is emitted.

use pyo3::IntoPyObjectExt as _;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::counts;
use crate::facility::Facility;
use crate::names;
use crate::native::method;

/// Hands an exception to the handler's `handleError`, which runs while the exception is being
/// handled; what no handler should swallow is passed on.
///
/// It is the Python `emit` that does so: run for a stand-in of the handler whose first call raises the
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
    let told = counts::Telling::begin(handler);
    let failing = Failing { handler: handler.clone().unbind(), error: Some(error) };
    let failing = Bound::new(py, failing)?.into_any();
    let result = method::call(&emit, [&failing, record]).map(drop);
    told.end();
    result
}

/// A handler that fails at the first call of a method other than `handleError`. It is its methods as
/// well, since what matters of them is only that they raise.
#[pyclass]
pub(crate) struct Failing {
    handler: Py<PyAny>,
    error: Option<PyErr>,
}

#[pymethods]
impl Failing {
    fn __getattribute__<'py>(
        slf: PyRef<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if slf.error.is_some() && !name.as_any().eq(names::M_HANDLE_ERROR.get(py))? {
            return slf.into_bound_py_any(py);
        }
        let handler = slf.handler.bind(py).clone();
        // Code of the handler may look at this object meanwhile.
        drop(slf);
        handler.getattr(name)
    }

    #[pyo3(signature = (*_args, **_kwargs))]
    fn __call__(
        &mut self,
        py: Python<'_>,
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        self.error.take().map_or_else(|| Ok(py.None()), Err)
    }

    fn __repr__(slf: PyRef<'_, Self>) -> PyResult<Bound<'_, PyString>> {
        let handler = slf.handler.bind(slf.py()).clone();
        drop(slf);
        handler.repr()
    }
}
