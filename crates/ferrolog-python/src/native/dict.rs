//! Dictionaries: version tags, and the dictionary of an instance.
//!
//! A dictionary's version changes with every change of its contents and is never used again, by
//! any dictionary. So what was found in a dictionary is still true as long as its version is the
//! recorded one. (3.14 has no versions; watchers will do it there.)

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::word::Word;

/// An item of a dictionary, found again for nothing as long as the dictionary is as it was.
pub(crate) struct Item {
    version: u64,
    /// The dictionary's, which owns it.
    value: *mut ffi::PyObject,
}

impl Item {
    /// The item of this key. `None` where there is none, or changes of the dictionary are not told.
    pub(crate) fn of(dict: &Bound<'_, PyDict>, key: &Bound<'_, PyAny>) -> PyResult<Option<Item>> {
        let Some(value) = dict.get_item(key)? else { return Ok(None) };
        // The look-up may have run code of the keys, so that the value need not be the dictionary's by now.
        let Some(version) = reliable_version(dict) else { return Ok(None) };
        let again = dict.get_item(key)?.is_some_and(|again| again.is(&value));
        let same = again && version == self::version(dict);
        Ok(same.then(|| Item { version, value: value.as_ptr() }))
    }

    /// The value, if the dictionary is the one that was looked into, as it was.
    #[inline]
    pub(crate) fn get<'py>(&self, dict: &Bound<'py, PyDict>) -> Option<Bound<'py, PyAny>> {
        if version(dict) != self.version {
            return None;
        }
        // SAFETY: no two dictionaries have a version in common, and this one has had no change since: it
        // still owns the value.
        Some(unsafe { Bound::from_borrowed_ptr(dict.py(), self.value) })
    }
}

unsafe extern "C" {
    fn _PyObject_GetDictPtr(obj: *mut ffi::PyObject) -> *mut *mut ffi::PyObject;
}

/// The version of a dictionary's contents; never 0.
#[inline]
#[allow(deprecated)]
pub(crate) fn version(dict: &Bound<'_, PyDict>) -> u64 {
    // SAFETY: a `Bound<PyDict>` is a live dictionary, and the GIL is held.
    unsafe { raw_version(dict.as_ptr()) }
}

/// The version, if it tells every change: on 3.13 it does not for a dictionary that shares an
/// instance's array of values, which is embedded in the instance.
pub(crate) fn reliable_version(dict: &Bound<'_, PyDict>) -> Option<u64> {
    #[cfg(Py_3_13)]
    // SAFETY: as above; an array of values says in its third byte whether it is embedded.
    let shares = unsafe {
        let values = (*dict.as_ptr().cast::<ffi::PyDictObject>()).ma_values.cast::<u8>();
        !values.is_null() && *values.add(2) != 0
    };
    #[cfg(not(Py_3_13))]
    let shares = false;
    (!shares).then(|| version(dict))
}

/// # Safety
/// `dict` is a live dictionary; the GIL is held.
#[inline]
#[allow(deprecated)]
pub(super) unsafe fn raw_version(dict: *mut ffi::PyObject) -> u64 {
    // SAFETY: by the contract.
    unsafe { (*dict.cast::<ffi::PyDictObject>()).ma_version_tag }
}

/// The word in memory that holds a dictionary's version.
///
/// # Safety
/// As for [`raw_version`].
#[allow(deprecated)]
pub(super) unsafe fn word_of_version(dict: *mut ffi::PyObject) -> Word {
    // SAFETY: by the contract.
    unsafe { Word::of(&raw const (*dict.cast::<ffi::PyDictObject>()).ma_version_tag) }
}

/// Where an object of a class with its own place for the dictionary keeps it; null for others.
///
/// # Safety
/// `object` is live; the GIL is held.
pub(super) unsafe fn slot_of(object: *mut ffi::PyObject) -> *mut *mut ffi::PyObject {
    // SAFETY: by the contract.
    unsafe { _PyObject_GetDictPtr(object) }
}

/// The instance dictionary of an object whose attributes are in one, without going through an
/// overridden `__dict__`.
pub(crate) fn of_instance<'py>(obj: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    // SAFETY: the object is live and the GIL is held; the pointer, when there is one, points to
    // the slot that owns the dictionary.
    unsafe {
        let slot = _PyObject_GetDictPtr(obj.as_ptr());
        if slot.is_null() || (*slot).is_null() {
            return None;
        }
        let dict = Bound::from_borrowed_ptr(obj.py(), *slot);
        dict.cast_into::<PyDict>().ok()
    }
}
