//! "Is this level enabled?", answered before anything else is looked at.
//!
//! The truth is what the standard library's is: the logger's `disabled` attribute and its `_cache`
//! dictionary. Both are read from the logger itself at each call; only what `_cache` said about the
//! five named levels is remembered, together with its version.

use std::cell::UnsafeCell;
use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{dict, layout, shape};
use crate::names;

/// A class whose instances may be asked directly, which its tag identifies: no other class ever has the same.
#[derive(Clone, Copy)]
struct Class {
    tag: u32,
    disabled: u8,
    cache: u8,
    keys: *const layout::Keys,
    nentries: ffi::Py_ssize_t,
}

/// What a `_cache` said, in one bit for each of the five levels.
#[derive(Clone, Copy)]
struct Decision {
    version: u64,
    disabled: u8,
    enabled: u8,
}

const CLASSES: usize = 64;
const DECISIONS: usize = 2048;

struct Tables {
    classes: UnsafeCell<[Class; CLASSES]>,
    decisions: UnsafeCell<[Decision; DECISIONS]>,
}

// SAFETY: the tables are touched only with the GIL held, and for no longer than one function here.
unsafe impl Sync for Tables {}

static TABLES: Tables = Tables {
    classes: UnsafeCell::new(no_classes()),
    decisions: UnsafeCell::new([Decision { version: 0, disabled: 0, enabled: 0 }; DECISIONS]),
};

/// In each place a tag that belongs to another one, so that no class is found there.
const fn no_classes() -> [Class; CLASSES] {
    let nobody = Class { tag: 0, disabled: 0, cache: 0, keys: ptr::null(), nentries: 0 };
    let mut classes = [nobody; CLASSES];
    let mut slot = 0;
    while slot < CLASSES {
        classes[slot].tag = slot as u32 + 1;
        slot += 1;
    }
    classes
}

#[inline]
fn class_slot(tag: u32) -> usize {
    tag as usize % CLASSES
}

/// Versions follow one another; from 3.12 on their lowest eight bits are not for counting.
#[inline]
fn decision_slot(version: u64) -> usize {
    let count = if cfg!(Py_3_12) { version >> 8 } else { version };
    count as usize % DECISIONS
}

/// What is known of the calls of a logger at a level.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    Disabled,
    Enabled,
    Nothing,
}

/// Whether calls of this logger at level `10 * (bit + 1)` are enabled, as far as it is known.
///
/// # Safety
/// `logger` is a live object; the GIL is held.
#[inline]
pub(crate) unsafe fn known(logger: *mut ffi::PyObject, bit: u8) -> Known {
    // SAFETY: the tables are ours while the GIL is held. The class entry is believed only when its
    // tag is the type's (then the keys are alive, and the positions are right); the value array
    // covers its positions; `_cache` is read as a dictionary only if it is one.
    unsafe {
        let tag = (*ffi::Py_TYPE(logger)).tp_version_tag;
        let class = &(*TABLES.classes.get())[class_slot(tag)];
        if class.tag != tag || layout::nentries(class.keys) != class.nentries {
            return Known::Nothing;
        }
        let values = layout::values(logger, class.keys);
        if values.is_null() || *values.add(class.disabled as usize) != ffi::Py_False() {
            return Known::Nothing;
        }
        let cache = *values.add(class.cache as usize);
        if cache.is_null() || ffi::Py_TYPE(cache) != ptr::addr_of_mut!(ffi::PyDict_Type) {
            return Known::Nothing;
        }
        let version = dict::raw_version(cache);
        let decision = &(*TABLES.decisions.get())[decision_slot(version)];
        if decision.version != version {
            Known::Nothing
        } else if decision.disabled >> bit & 1 == 1 {
            Known::Disabled
        } else if decision.enabled >> bit & 1 == 1 {
            Known::Enabled
        } else {
            Known::Nothing
        }
    }
}

/// Whether keyword arguments are only those that every logging call may have. Others are read before
/// the call is turned away, as one of them may be a parameter given twice.
///
/// # Safety
/// `names` is the tuple of names of a call; the GIL is held.
pub(crate) unsafe fn usual_keywords(names: *mut ffi::PyObject) -> bool {
    // SAFETY: by the contract; the GIL is held, so there is a token to have.
    unsafe {
        let py = Python::assume_attached();
        let usual = [names::N_EXC_INFO, names::N_EXTRA, names::N_STACK_INFO, names::N_STACKLEVEL]
            .map(|name| name.get(py).as_ptr());
        (0..ffi::PyTuple_GET_SIZE(names)).all(|i| usual.contains(&ffi::PyTuple_GET_ITEM(names, i)))
    }
}

/// A [`Definition`](super::method::Definition) of a logger's method for the level `10 * (bit + 1)`: class, name, bit, body.
/// The body is called unless the gate knows that calls are disabled, and told whether it knows that this one is enabled.
macro_rules! gated {
    ($class:literal, $name:literal, $bit:literal, $body:path) => {{
        use ::pyo3::ffi;
        use $crate::native::{function, gate};

        unsafe extern "C" fn call(
            function: *mut ffi::PyObject,
            args: *const *mut ffi::PyObject,
            count: usize,
            names: *mut ffi::PyObject,
        ) -> *mut ffi::PyObject {
            // SAFETY: CPython calls this as the function's vectorcall that it is.
            unsafe {
                // Whose class the gate knows is a logger.
                let has_message = ffi::PyVectorcall_NARGS(count) > 1;
                let known =
                    if has_message { gate::known(*args, $bit) } else { gate::Known::Nothing };
                if known == gate::Known::Disabled && names.is_null() {
                    return ffi::Py_NewRef(ffi::Py_None());
                }
                rest(function, args, count, names, known)
            }
        }

        /// Apart, so that a disabled call does not save the registers that this needs.
        ///
        /// # Safety
        /// As for the function above.
        #[inline(never)]
        unsafe fn rest(
            function: *mut ffi::PyObject,
            args: *const *mut ffi::PyObject,
            count: usize,
            names: *mut ffi::PyObject,
            known: gate::Known,
        ) -> *mut ffi::PyObject {
            // SAFETY: as the caller says.
            unsafe {
                if known == gate::Known::Disabled && gate::usual_keywords(names) {
                    return ffi::Py_NewRef(ffi::Py_None());
                }
                let enabled = known == gate::Known::Enabled && names.is_null();
                function::call(function, args, count, names, |slf, args| $body(slf, args, enabled))
            }
        }

        $crate::native::method::Definition { class: $class, name: $name, call }
    }};
}
pub(crate) use gated;

/// Remembers a class whose `isEnabledFor` is ours, so that its instances can be asked directly.
pub(crate) fn remember_class(_py: Python<'_>, shape: &shape::Shape) {
    let (Some(disabled), Some(cache)) =
        (shape.position(names::A_DISABLED), shape.position(names::A_CACHE))
    else {
        return;
    };
    if !shape.unshadowed() || shape.tag() == 0 {
        return;
    }
    let class =
        Class { tag: shape.tag(), disabled, cache, keys: shape.keys(), nentries: shape.nentries() };
    // SAFETY: the GIL is held, as the token proves.
    unsafe { (*TABLES.classes.get())[class_slot(class.tag)] = class }
}

/// Remembers what `cache`, as it is now, says for the level of this bit.
pub(crate) fn remember(cache: &Bound<'_, PyDict>, bit: u8, enabled: bool) {
    let version = dict::version(cache);
    // SAFETY: the GIL is held, as `cache` proves.
    let decision = unsafe { &mut (*TABLES.decisions.get())[decision_slot(version)] };
    if decision.version != version {
        *decision = Decision { version, disabled: 0, enabled: 0 };
    }
    if enabled {
        decision.enabled |= 1 << bit;
    } else {
        decision.disabled |= 1 << bit;
    }
}
