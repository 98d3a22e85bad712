//! Plain locks, as queues have them.

use std::ffi::{c_char, c_void};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::gil::FoundOut;

/// `_thread.lock`; the same from 3.11 to 3.13.
#[repr(C)]
struct Lock {
    base: ffi::PyObject,
    lock: *mut c_void,
    weakrefs: *mut ffi::PyObject,
    locked: c_char,
}

/// Whether a lock is held; `None` for what is no such lock.
#[inline]
pub(crate) fn is_held(lock: &Bound<'_, PyAny>) -> Option<bool> {
    static CLASS: FoundOut<Option<Py<PyType>>> = FoundOut::new();
    let py = lock.py();
    let class = CLASS.get(py, || find(py).ok().flatten())?.as_ref()?;
    // SAFETY: the class of a live object is read; an instance of this one is laid out as was proved.
    unsafe {
        let is = ffi::Py_TYPE(lock.as_ptr()) == class.bind(py).as_type_ptr();
        is.then(|| (*lock.as_ptr().cast::<Lock>()).locked != 0)
    }
}

/// The class of these locks, if its instances are laid out as described above.
fn find(py: Python<'_>) -> PyResult<Option<Py<PyType>>> {
    let module = py.import("_thread")?;
    let class = module.getattr("LockType")?.cast_into::<PyType>()?;
    let lock = module.call_method0("allocate_lock")?;
    // SAFETY: live objects; the lock is read as one if its class is the one that is large enough.
    let shows = unsafe {
        if ffi::Py_TYPE(lock.as_ptr()) != class.as_type_ptr()
            || ((*class.as_type_ptr()).tp_basicsize as usize) < size_of::<Lock>()
        {
            return Ok(None);
        }
        || (*lock.as_ptr().cast::<Lock>()).locked
    };
    let mut right = shows() == 0;
    lock.call_method0("acquire")?;
    right &= shows() == 1;
    lock.call_method0("release")?;
    right &= shows() == 0;
    Ok(right.then(|| class.unbind()))
}
