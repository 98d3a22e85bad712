//! `NullHandler`.

use pyo3::prelude::*;

use crate::native::method::{Args, Definition, method};

fn nothing<'py>(slf: &Bound<'py, PyAny>, _: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    Ok(py.None().into_bound(py))
}

/// The native methods of `NullHandler`.
pub(crate) const METHODS: &[Definition] = &[
    method!("NullHandler", "handle", "($self, record)", "Do nothing.", nothing),
    method!("NullHandler", "emit", "($self, record)", "Do nothing.", nothing),
];
