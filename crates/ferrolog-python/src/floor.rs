//! The least that a call from Python costs: a native method that does nothing, to measure against.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::native::noop;

/// A class `Target` with a method `noop`.
pub(crate) fn target(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let namespace = PyDict::new(py);
    namespace.set_item("__module__", "ferrolog._native")?;
    namespace.set_item("__doc__", "Something to call a native method on that does nothing.")?;
    let class = py
        .get_type::<PyType>()
        .call1(("Target", PyTuple::empty(py), namespace))?
        .cast_into::<PyType>()?;
    class.setattr("noop", noop::method(&class)?)?;
    Ok(class.into_any())
}
