//! Reentrant locks, and whether one could be had at once.

use std::ffi::{c_int, c_ulong, c_void};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::gil::FoundOut;

unsafe extern "C" {
    fn PyThread_acquire_lock(lock: *mut c_void, wait: c_int) -> c_int;
    fn PyThread_release_lock(lock: *mut c_void);
}

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
    // SAFETY: a lock whose layout was proved.
    own(lock).is_some_and(|lock| unsafe { (*lock).count == 0 || (*lock).owner == ident() })
}

/// Acquires the lock if that is possible without waiting. `false`: nothing was done; so too for what is no
/// such lock.
#[inline]
pub(crate) fn acquire_at_once(lock: &Bound<'_, PyAny>) -> bool {
    let Some(lock) = own(lock) else { return false };
    // SAFETY: a lock whose layout was proved, touched with the GIL held as its own methods do.
    unsafe {
        if (*lock).count > 0 {
            if (*lock).owner != ident() || (*lock).count == c_ulong::MAX {
                return false;
            }
            (*lock).count += 1;
            return true;
        }
        const NO_WAIT: c_int = 0;
        if PyThread_acquire_lock((*lock).lock, NO_WAIT) == 0 {
            return false;
        }
        ((*lock).owner, (*lock).count) = (ident(), 1);
    }
    true
}

/// Releases the lock if this thread has it. `false`: nothing was done.
#[inline]
pub(crate) fn release(lock: &Bound<'_, PyAny>) -> bool {
    let Some(lock) = own(lock) else { return false };
    // SAFETY: as above.
    unsafe {
        if (*lock).count == 0 || (*lock).owner != ident() {
            return false;
        }
        (*lock).count -= 1;
        if (*lock).count == 0 {
            (*lock).owner = 0;
            PyThread_release_lock((*lock).lock);
        }
    }
    true
}

/// The lock, if it is one whose layout is known.
#[inline]
fn own(lock: &Bound<'_, PyAny>) -> Option<*mut RLock> {
    let class = class(lock.py())?;
    // SAFETY: reads the class of a live object.
    let is = unsafe { ffi::Py_TYPE(lock.as_ptr()) == class.bind(lock.py()).as_type_ptr() };
    is.then(|| lock.as_ptr().cast())
}

/// The number of this thread, as `threading.get_ident` tells it.
pub(crate) fn ident() -> c_ulong {
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
    // SAFETY: as above.
    right &= !unsafe { (*raw).lock.is_null() };
    Ok(right.then(|| class.unbind()))
}
