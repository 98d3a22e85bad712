//! Calls of a class's method with something that is not an instance of it.
//!
//! A method written in Python takes any object; a descriptor of a native method refuses others than
//! its class's instances. Ours pass such calls on to the Python function behind them.

use std::collections::HashMap;
use std::mem::offset_of;
use std::ptr;
use std::sync::OnceLock;

use pyo3::exceptions::PySystemError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::gil::GilCell;

/// CPython's `PyMethodDescrObject`; the same from 3.11 to 3.13.
#[repr(C)]
struct Descriptor {
    base: ffi::PyObject,
    class: *mut ffi::PyTypeObject,
    name: *mut ffi::PyObject,
    qualname: *mut ffi::PyObject,
    method: *mut ffi::PyMethodDef,
    vectorcall: Option<ffi::vectorcallfunc>,
}

/// How CPython itself calls such a descriptor.
static USUAL: OnceLock<ffi::vectorcallfunc> = OnceLock::new();

/// The Python function behind each descriptor, by the descriptor's address.
static BEHIND: GilCell<Option<HashMap<usize, Py<PyAny>>>> = GilCell::new(None);

/// Has calls of `descriptor`, made from `method`, that it would refuse go to `function`. Where the
/// interpreter keeps descriptors otherwise than described here, nothing is changed.
pub(super) fn pass_on<'py>(
    descriptor: &Bound<'py, PyAny>,
    method: *mut ffi::PyMethodDef,
    function: &Bound<'py, PyAny>,
) {
    let py = descriptor.py();
    // SAFETY: the type's offset says where the pointer is, so that the fields before it exist too;
    // they are believed if the definition is found among them. The descriptor is ours alone so far.
    unsafe {
        let class = ffi::Py_TYPE(descriptor.as_ptr());
        let offset = offset_of!(Descriptor, vectorcall) as ffi::Py_ssize_t;
        if class != ptr::addr_of_mut!(ffi::PyMethodDescr_Type)
            || (*class).tp_vectorcall_offset != offset
        {
            return;
        }
        let raw = descriptor.as_ptr().cast::<Descriptor>();
        if !ptr::eq((*raw).method, method) {
            return;
        }
        let Some(usual) = (*raw).vectorcall else { return };
        if *USUAL.get_or_init(|| usual) as usize != usual as usize {
            return;
        }
        (*raw).vectorcall = Some(call);
    }
    BEHIND
        .borrow(py)
        .get_or_insert_default()
        .insert(descriptor.as_ptr() as usize, function.clone().unbind());
}

/// # Safety
/// Called by CPython as the vectorcall function of a descriptor that [`pass_on`] has seen.
unsafe extern "C" fn call(
    descriptor: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: CPython calls this with the GIL held, a live descriptor and live arguments, which are
    // passed on as they are.
    unsafe {
        let class = (*descriptor.cast::<Descriptor>()).class;
        let own = ffi::PyVectorcall_NARGS(count) > 0 && ffi::PyObject_TypeCheck(*args, class) != 0;
        if own && let Some(usual) = USUAL.get() {
            return usual(descriptor, args, count, names);
        }
        let py = Python::assume_attached();
        // Copied out: the function is called with nothing borrowed.
        let function = BEHIND
            .borrow(py)
            .as_ref()
            .and_then(|known| known.get(&(descriptor as usize)))
            .map(|function| function.clone_ref(py));
        let Some(function) = function else {
            PySystemError::new_err("ferrolog: a method without its function").restore(py);
            return ptr::null_mut();
        };
        let result = ffi::PyObject_Vectorcall(function.as_ptr(), args, count, names);
        drop(function.into_bound(py));
        result
    }
}
