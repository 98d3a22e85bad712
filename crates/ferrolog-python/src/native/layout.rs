//! Where an instance of a Python class keeps its attributes, on each supported CPython.
//!
//! Since 3.11 the attributes of an ordinary instance live in an array of values beside the object;
//! the names, and with them the positions, are shared by the instances of a class (its "keys"). A
//! real dictionary appears only when somebody asks for `__dict__`, and mostly goes on using the
//! same array. Reading a value by position is one load, and it is the truth itself: there is
//! nothing to keep in step.

use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::fields;
use super::word::{self, Word};

/// The part of CPython's `PyDictKeysObject` that is read here; the same from 3.11 to 3.13.
#[repr(C)]
pub(super) struct Keys {
    refcnt: ffi::Py_ssize_t,
    log2_size: u8,
    log2_index_bytes: u8,
    kind: u8,
    version: u32,
    usable: ffi::Py_ssize_t,
    nentries: ffi::Py_ssize_t,
}

/// An entry of keys that are all strings.
#[repr(C)]
struct Entry {
    key: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
}

/// The kind of keys that instances share.
const KIND_SPLIT: u8 = 2;

const MANAGED_DICT: std::ffi::c_ulong = 1 << 4;
#[cfg(Py_3_13)]
const INLINE_VALUES: std::ffi::c_ulong = 1 << 2;

/// Whether [`verify`] has found the layout to be as described here.
static VERIFIED: AtomicBool = AtomicBool::new(false);

/// Reads instances whose attributes are known, and turns direct reading on if it finds what Python
/// finds. An interpreter that was built otherwise is served by ordinary attribute access.
pub(crate) fn verify(py: Python<'_>) -> PyResult<bool> {
    let class = py.get_type::<PyType>().call1(("Probe", PyTuple::empty(py), PyDict::new(py)))?;
    let names = ["first", "second", "third"].map(|name| PyString::intern(py, name));
    VERIFIED.store(true, Ordering::Relaxed);
    let mut right = true;
    for _ in 0..3 {
        let object = class.call0()?;
        for (i, name) in names.iter().enumerate() {
            object.setattr(name, i)?;
        }
        right &= reads_as(&object, &names)?;
        object.delattr(&names[1])?;
        right &= reads_as(&object, &names)?;
        object.getattr("__dict__")?.set_item(&names[1], "again")?;
        right &= reads_as(&object, &names)?;
    }
    right = right && fields::verify(py, class.cast::<PyType>()?)?;
    VERIFIED.store(right, Ordering::Relaxed);
    Ok(right)
}

/// Whether the values read directly are those that Python finds.
fn reads_as(object: &Bound<'_, PyAny>, names: &[Bound<'_, PyString>]) -> PyResult<bool> {
    // SAFETY: a live object of a live class; positions are below the number of names.
    unsafe {
        let keys = shared_keys(object.get_type().as_type_ptr());
        if keys.is_null() || nentries(keys) != names.len() as ffi::Py_ssize_t {
            return Ok(false);
        }
        let values = values(object.as_ptr(), keys);
        if values.is_null() {
            return Ok(false);
        }
        for (i, key) in key_names(keys).enumerate() {
            let expected = object.getattr_opt(&names[i])?;
            let expected = expected.map_or(ptr::null_mut(), |value| value.as_ptr());
            if key != names[i].as_ptr() || *values.add(i) != expected {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The keys shared by the instances of `ty`, or null when it has none.
///
/// # Safety
/// `ty` points to a live type object; the GIL is held.
pub(super) unsafe fn shared_keys(ty: *mut ffi::PyTypeObject) -> *const Keys {
    // SAFETY: by the contract `ty` is a live type, and only heap types are read as such.
    unsafe {
        let flags = (*ty).tp_flags;
        if !VERIFIED.load(Ordering::Relaxed) {
            return ptr::null();
        }
        if flags & ffi::Py_TPFLAGS_HEAPTYPE == 0 || flags & MANAGED_DICT == 0 {
            return ptr::null();
        }
        #[cfg(Py_3_13)]
        if flags & INLINE_VALUES == 0 {
            return ptr::null();
        }
        let keys = (*ty.cast::<ffi::PyHeapTypeObject>()).ht_cached_keys.cast::<Keys>();
        if keys.is_null() || (*keys).kind != KIND_SPLIT { ptr::null() } else { keys }
    }
}

/// How many names the keys hold. Names are only ever added.
///
/// # Safety
/// `keys` came from [`shared_keys`] of a type that is still alive; the GIL is held.
#[inline]
pub(super) unsafe fn nentries(keys: *const Keys) -> ffi::Py_ssize_t {
    // SAFETY: the keys live as long as their type.
    unsafe { (*keys).nentries }
}

/// The word in memory that holds [`nentries`].
///
/// # Safety
/// As for [`nentries`].
pub(super) unsafe fn word_of_nentries(keys: *const Keys) -> Word {
    // SAFETY: the keys live as long as their type.
    unsafe { Word::of(&raw const (*keys).nentries) }
}

/// The names in position order, borrowed.
///
/// # Safety
/// As for [`nentries`].
pub(super) unsafe fn key_names<'a>(
    keys: *const Keys,
) -> impl Iterator<Item = *mut ffi::PyObject> + 'a {
    // SAFETY: the index table of `1 << log2_index_bytes` bytes follows the header, and the entries
    // follow the index table.
    let entries = unsafe {
        let indices = keys.add(1).cast::<u8>();
        indices.add(1usize << (*keys).log2_index_bytes).cast::<Entry>()
    };
    // SAFETY: by the contract the keys are live.
    let count = unsafe { nentries(keys) };
    (0..count.max(0) as usize).map(move |i| {
        // SAFETY: `i` is below the number of entries.
        unsafe { (*entries.add(i)).key }
    })
}

/// The array of attribute values of an instance, in the positions of its type's shared keys; null
/// when its attributes are elsewhere (then [`super::dict`] has to look them up).
///
/// # Safety
/// `obj` is a live object of a type for which [`shared_keys`] gave `keys`, not null; the GIL is
/// held. The array is good until Python code runs.
#[inline]
pub(super) unsafe fn values(
    obj: *mut ffi::PyObject,
    keys: *const Keys,
) -> *const *mut ffi::PyObject {
    #[cfg(Py_3_13)]
    // SAFETY: types with the inline-values flag have the value block right behind the instance:
    // four bytes (capacity, size, embedded, valid), padding, and the values.
    unsafe {
        let _ = keys;
        let size = (*ffi::Py_TYPE(obj)).tp_basicsize as usize;
        let block = obj.cast::<u8>().add(size);
        if *block.add(3) == 0 {
            return ptr::null();
        }
        block.add(8).cast()
    }
    #[cfg(not(Py_3_13))]
    // SAFETY: types with a managed dictionary keep two words before the garbage collector's two
    // words in front of the object: the dictionary, and the values (3.12: one word for either,
    // values marked by the lowest bit).
    unsafe {
        let words = obj.cast::<*mut u8>();
        #[cfg(Py_3_12)]
        let dict = {
            let either = *words.sub(3);
            if either as usize & 1 == 1 {
                return either.add(1).cast();
            }
            either.cast::<ffi::PyDictObject>()
        };
        #[cfg(not(Py_3_12))]
        let dict = {
            let values = *words.sub(4);
            if !values.is_null() {
                return values.cast();
            }
            (*words.sub(3)).cast::<ffi::PyDictObject>()
        };
        if dict.is_null() || (*dict).ma_keys.cast::<Keys>().cast_const() != keys {
            return ptr::null();
        }
        (*dict).ma_values.cast_const().cast()
    }
}

/// Adds the words in memory on which it rests that [`values`] is what it is.
///
/// # Safety
/// As for [`values`], which is not null.
pub(super) unsafe fn words_of_values(
    obj: *mut ffi::PyObject,
    keys: *const Keys,
    words: &mut Vec<Word>,
) {
    let _ = keys;
    #[cfg(Py_3_13)]
    // SAFETY: see `values`; the values begin a word behind the block's four bytes.
    unsafe {
        let block = obj.cast::<u8>().add((*ffi::Py_TYPE(obj)).tp_basicsize as usize);
        word::add(words, Word::at(block.cast()));
    }
    #[cfg(not(Py_3_13))]
    // SAFETY: see `values`, which reads the same.
    unsafe {
        let before = obj.cast::<*mut u8>();
        #[cfg(Py_3_12)]
        let dict = {
            word::add(words, Word::of(before.sub(3)));
            let either = *before.sub(3);
            if either as usize & 1 == 1 {
                return;
            }
            either.cast::<ffi::PyDictObject>()
        };
        #[cfg(not(Py_3_12))]
        let dict = {
            word::add(words, Word::of(before.sub(4)));
            if !(*before.sub(4)).is_null() {
                return;
            }
            word::add(words, Word::of(before.sub(3)));
            (*before.sub(3)).cast::<ffi::PyDictObject>()
        };
        word::add(words, Word::of(&raw const (*dict).ma_keys));
        word::add(words, Word::of(&raw const (*dict).ma_values));
    }
}

/// The values of an instance that has no dictionary, to be set.
///
/// They come with the order in which they were set, a position each: on 3.13 behind the values, before
/// that in front of them, backwards.
pub(super) struct Own {
    values: *mut *mut ffi::PyObject,
}

impl Own {
    /// Those of an instance; `None` when it has a dictionary.
    ///
    /// # Safety
    /// As for [`values`]. Good until Python code runs.
    #[inline]
    pub(super) unsafe fn of(obj: *mut ffi::PyObject) -> Option<Own> {
        #[cfg(Py_3_13)]
        // SAFETY: see `values`; the dictionary is where 3.12 keeps it.
        unsafe {
            let dict = *obj.cast::<*mut ffi::PyObject>().sub(3);
            let block = obj.cast::<u8>().add((*ffi::Py_TYPE(obj)).tp_basicsize as usize);
            let own = dict.is_null() && *block.add(3) != 0;
            own.then(|| Own { values: block.add(8).cast() })
        }
        #[cfg(all(Py_3_12, not(Py_3_13)))]
        // SAFETY: see `values`.
        unsafe {
            let either = *obj.cast::<*mut u8>().sub(3);
            (either as usize & 1 == 1).then(|| Own { values: either.add(1).cast() })
        }
        #[cfg(not(Py_3_12))]
        // SAFETY: see `values`.
        unsafe {
            let values = *obj.cast::<*mut u8>().sub(4);
            (!values.is_null()).then(|| Own { values: values.cast() })
        }
    }

    /// Where it says how many values were set.
    fn counter(&self) -> *mut u8 {
        let values = self.values.cast::<u8>();
        if cfg!(Py_3_13) { values.wrapping_sub(7) } else { values.wrapping_sub(2) }
    }

    /// How many values there are.
    ///
    /// # Safety
    /// The values are good.
    #[inline]
    pub(super) unsafe fn count(&self) -> u8 {
        // SAFETY: the byte belongs to the values.
        unsafe { *self.counter() }
    }

    /// Whether there is a value at a position.
    ///
    /// # Safety
    /// The values are good; `at` is the position of a name.
    #[inline]
    pub(super) unsafe fn has(&self, at: u8) -> bool {
        // SAFETY: by the contract.
        unsafe { !(*self.values.add(at as usize)).is_null() }
    }

    /// Sets a value where there was none, and takes over the reference.
    ///
    /// # Safety
    /// The values are good; `at` is the position of a name, and has no value.
    #[inline]
    pub(super) unsafe fn put_first(&self, at: u8, value: *mut ffi::PyObject) {
        // SAFETY: the order has a byte for each position, and each is noted once.
        unsafe {
            *self.values.add(at as usize) = value;
            let (counter, values) = (self.counter(), self.values.cast::<u8>());
            let count = *counter as usize;
            let place = if cfg!(Py_3_13) {
                let capacity = *values.sub(8) as usize;
                values.add(capacity * size_of::<*mut ffi::PyObject>() + count)
            } else {
                counter.sub(count + 1)
            };
            *place = at;
            *counter += 1;
        }
    }

    /// Sets the first values of an instance that has none, and takes over the references.
    ///
    /// # Safety
    /// The values are good; there are as many names at least, and none has a value.
    #[inline]
    pub(super) unsafe fn put_in_order(&self, first: &[*mut ffi::PyObject]) {
        // SAFETY: as for `put_first`.
        unsafe {
            ptr::copy_nonoverlapping(first.as_ptr(), self.values, first.len());
            let (counter, values) = (self.counter(), self.values.cast::<u8>());
            let end = if cfg!(Py_3_13) {
                let capacity = *values.sub(8) as usize;
                values.add(capacity * size_of::<*mut ffi::PyObject>())
            } else {
                counter.sub(1)
            };
            for i in 0..first.len() {
                *if cfg!(Py_3_13) { end.add(i) } else { end.sub(i) } = i as u8;
            }
            *counter = first.len() as u8;
        }
    }

    /// Sets a value and takes over the reference; the value that was there is the caller's.
    ///
    /// # Safety
    /// The values are good; `at` is the position of a name.
    #[inline]
    pub(super) unsafe fn put(&self, at: u8, value: *mut ffi::PyObject) -> *mut ffi::PyObject {
        // SAFETY: as for `put_first`.
        unsafe {
            let place = self.values.add(at as usize);
            let before = *place;
            if before.is_null() {
                self.put_first(at, value);
            } else {
                *place = value;
            }
            before
        }
    }

    /// Sets the values of another instance of the same class, which has none, in the same order.
    ///
    /// # Safety
    /// Both values are good.
    pub(super) unsafe fn copy_to(&self, other: &Own) {
        // SAFETY: the order names positions that have, or had, values.
        unsafe {
            let (counter, values) = (self.counter(), self.values.cast::<u8>());
            for i in 0..*counter as usize {
                let place = if cfg!(Py_3_13) {
                    let capacity = *values.sub(8) as usize;
                    values.add(capacity * size_of::<*mut ffi::PyObject>() + i)
                } else {
                    counter.sub(i + 1)
                };
                let value = *self.values.add(*place as usize);
                if !value.is_null() {
                    ffi::Py_INCREF(value);
                    other.put_first(*place, value);
                }
            }
        }
    }
}
