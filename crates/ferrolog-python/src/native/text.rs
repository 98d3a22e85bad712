//! Texts of Python.

use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A text as UTF-8; `None` where it has no such form. Most are ASCII, and lent as they are.
#[inline]
pub(crate) fn utf8<'a>(text: &'a Bound<'_, PyString>) -> Option<&'a str> {
    let object = text.as_ptr();
    // SAFETY: a text, which is borrowed as long as what is lent. A compact one of ASCII has its characters behind its
    // head, one byte each, which are UTF-8 too.
    unsafe {
        if ffi::PyUnicode_IS_COMPACT_ASCII(object) != 0 {
            let length = ffi::PyUnicode_GET_LENGTH(object) as usize;
            let bytes = std::slice::from_raw_parts(ffi::PyUnicode_1BYTE_DATA(object), length);
            return Some(str::from_utf8_unchecked(bytes));
        }
    }
    text.to_str().ok()
}

/// A new text. Most are ASCII, and a copy then.
pub(crate) fn new<'py>(py: Python<'py>, text: &str) -> Bound<'py, PyString> {
    const MOST_OF_ASCII: ffi::Py_UCS4 = 127;
    // The shortest ones are kept by the interpreter.
    if text.len() > 1
        && text.is_ascii()
        && let Ok(length) = ffi::Py_ssize_t::try_from(text.len())
    {
        // SAFETY: a new text that nobody else has, with room for as many characters of a byte each.
        unsafe {
            let made = ffi::PyUnicode_New(length, MOST_OF_ASCII);
            if !made.is_null() {
                let to = ffi::PyUnicode_1BYTE_DATA(made);
                ptr::copy_nonoverlapping(text.as_ptr(), to, text.len());
                return Bound::from_owned_ptr(py, made).cast_into_unchecked();
            }
            ffi::PyErr_Clear();
        }
    }
    PyString::new(py, text)
}
