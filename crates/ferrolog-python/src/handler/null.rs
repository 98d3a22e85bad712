//! `NullHandler`.

use pyo3::prelude::*;

use crate::facility::Facility;
use crate::native::method::{Args, Definition, method};

fn handle<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    nothing(slf, "handle", args)
}

fn emit<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    nothing(slf, "emit", args)
}

fn nothing<'py>(
    slf: &Bound<'py, PyAny>,
    name: &'static str,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    if args.len() != 1 || args.has_keywords() {
        return Facility::of(slf)?.call_original(slf, "NullHandler", name, args);
    }
    Ok(slf.py().None().into_bound(slf.py()))
}

/// The native methods of `NullHandler`.
pub(crate) const METHODS: &[Definition] =
    &[method!("NullHandler", "handle", handle), method!("NullHandler", "emit", emit)];
