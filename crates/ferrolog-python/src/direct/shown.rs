//! What a pattern shows without asking Python.

use ferrolog::Value;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyString};

/// A value as a pattern takes it, unless it is for Python to show, as it is of another type, a text without a UTF-8 form,
/// or a very large number.
#[inline]
pub(super) fn value<'a>(object: &'a Bound<'_, PyAny>) -> Option<Value<'a>> {
    if let Ok(text) = object.cast_exact::<PyString>() {
        return text.to_str().ok().map(Value::Str);
    }
    if object.is_none() {
        return Some(Value::None);
    }
    if object.is_exact_instance_of::<PyInt>() {
        return object.extract().ok().map(Value::Int);
    }
    object.cast_exact::<PyFloat>().ok()?.extract().ok().map(Value::Float)
}
