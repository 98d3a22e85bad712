//! Reentrant locks, and whether one could be had at once.

use std::ffi::{c_ulong, c_void};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::gil::FoundOut;

/// `_thread.RLock`; the same from 3.11 to 3.13.
#[repr(C)]
struct RLock {
    base: ffi::PyObject,
    lock: *mut c_void,
    owner: c_ulong,
    count: c_ulong,
}

/// Whether this thread could acquire the lock without waiting: it is free, or this thread's already.
/// What is done at once with the GIL held, without running Python code, need not acquire it then.
/// `false` too for what is no such lock.
#[inline]
pub(crate) fn is_available(lock: &Bound<'_, PyAny>) -> bool {
    // SAFETY: an object of the class whose layout was proved.
    unsafe {
        match class(lock.py()) {
            Some(class) if ffi::Py_TYPE(lock.as_ptr()) == class.bind(lock.py()).as_type_ptr() => {
                let lock = lock.as_ptr().cast::<RLock>();
                (*lock).count == 0 || (*lock).owner == ident()
            }
            _ => false,
        }
    }
}

fn ident() -> c_ulong {
    // SAFETY: asks for the number of this thread.
    unsafe { ffi::PyThread_get_thread_ident() }
}

/// The class of reentrant locks, if its instances are laid out as described above.
fn class(py: Python<'_>) -> Option<&Py<PyType>> {
    static CLASS: FoundOut<Option<Py<PyType>>> = FoundOut::new();
    CLASS.get(py, || find(py).ok().flatten())?.as_ref()
}

fn find(py: Python<'_>) -> PyResult<Option<Py<PyType>>> {
    let class = py.import("_thread")?.getattr("RLock")?.cast_into::<PyType>()?;
    // SAFETY: a live class.
    if unsafe { ((*class.as_type_ptr()).tp_basicsize as usize) < size_of::<RLock>() } {
        return Ok(None);
    }
    let lock = class.call0()?;
    let raw = lock.as_ptr().cast::<RLock>();
    // SAFETY: a live instance of a class that is large enough.
    let shows = |owner, count| unsafe { (*raw).owner == owner && (*raw).count == count };
    let mut right = shows(0, 0);
    lock.call_method0("acquire")?;
    right &= shows(ident(), 1);
    lock.call_method0("acquire")?;
    right &= shows(ident(), 2);
    lock.call_method0("release")?;
    lock.call_method0("release")?;
    right &= shows(0, 0);
    Ok(right.then(|| class.unbind()))
}
