//! The method that does nothing, as CPython offers methods in C.

use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// The method to put on `class`.
pub(crate) fn method<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    // CPython keeps the definition for ever, so it is leaked: once.
    let definition = Box::into_raw(Box::new(ffi::PyMethodDef {
        ml_name: c"noop".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: do_nothing },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: ptr::null(),
    }));
    // SAFETY: the definition is valid for ever.
    unsafe {
        let descriptor = ffi::PyDescr_NewMethod(class.as_type_ptr(), definition);
        Bound::from_owned_ptr_or_err(class.py(), descriptor)
    }
}

/// # Safety
/// Called by CPython as a `METH_FASTCALL | METH_KEYWORDS` function.
unsafe extern "C" fn do_nothing(
    _slf: *mut ffi::PyObject,
    _args: *const *mut ffi::PyObject,
    _count: ffi::Py_ssize_t,
    _names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: `None` lives for ever; the GIL is held.
    unsafe {
        let none = ffi::Py_None();
        ffi::Py_INCREF(none);
        none
    }
}
