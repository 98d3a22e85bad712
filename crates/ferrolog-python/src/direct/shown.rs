//! Values of a record that a pattern shows without asking Python.

use ferrolog::Value;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyString};

/// A value of one of the types that can be shown here.
pub(super) enum Shown<'py> {
    /// One that has a UTF-8 form.
    Text(Bound<'py, PyString>),
    Int(i64),
    Float(f64),
    None,
}

impl<'py> Shown<'py> {
    /// `value`, unless it is for Python to show.
    pub(super) fn of(value: Bound<'py, PyAny>) -> Option<Self> {
        if value.is_none() {
            return Some(Shown::None);
        }
        if let Ok(text) = value.cast_exact::<PyString>() {
            return text.to_str().is_ok().then(|| Shown::Text(text.clone()));
        }
        if value.is_exact_instance_of::<PyInt>() {
            return value.extract().ok().map(Shown::Int);
        }
        value.cast_exact::<PyFloat>().ok()?.extract().ok().map(Shown::Float)
    }

    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Str(text.to_str().unwrap_or_default()),
            Self::Int(number) => Value::Int(*number),
            Self::Float(number) => Value::Float(*number),
            Self::None => Value::None,
        }
    }
}
