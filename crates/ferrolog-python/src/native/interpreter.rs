//! Which interpreter of the process is running.

use pyo3::ffi;
use pyo3::prelude::*;

/// Whether this is the main interpreter. The facility's tables are for one interpreter alone.
pub(crate) fn is_main(_py: Python<'_>) -> bool {
    // SAFETY: the GIL is held, so there is a current interpreter.
    unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) == 0 }
}
