//! Whether an object is true.

use pyo3::prelude::*;

/// Whether an object is plainly true: neither its truth nor its length is for its class to say.
#[inline]
pub(crate) fn is_plain(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the class of a live object; the tables that it points to are part of it.
    unsafe {
        let class = &*pyo3::ffi::Py_TYPE(object.as_ptr());
        let (number, mapping, sequence) =
            (class.tp_as_number, class.tp_as_mapping, class.tp_as_sequence);
        (number.is_null() || (*number).nb_bool.is_none())
            && (mapping.is_null() || (*mapping).mp_length.is_none())
            && (sequence.is_null() || (*sequence).sq_length.is_none())
    }
}
