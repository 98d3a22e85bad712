//! Built-in functions of the `time` module, and the C function behind each.
//!
//! Test tools replace these functions, and some (time-machine) leave the function object in its place and put
//! a C function of their own behind it.

use std::ffi::c_void;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyModule};

use super::word::Word;

/// A built-in function as it came with the interpreter.
pub(crate) struct Builtin {
    function: Py<PyAny>,
    code: Code,
}

/// What runs when a built-in function is called.
#[derive(Clone, Copy)]
pub(crate) struct Code {
    /// Where the interpreter reads it.
    place: usize,
    /// What it was.
    value: usize,
}

impl Builtin {
    /// The function `time.name`, if it is the interpreter's own.
    pub(crate) fn of_time(py: Python<'_>, name: &str) -> Option<Builtin> {
        let module = py.import("time").ok()?;
        let (function, code) = Code::of(&module, name)?;
        // Nobody has a reason to replace this one.
        let (_, other) = Code::of(&module, "get_clock_info")?;
        (library(code.value)? == library(other.value)?).then(|| Builtin { function, code })
    }

    /// Whether `function` is this one, and still runs what it did.
    pub(crate) fn is(&self, function: &Bound<'_, PyAny>) -> bool {
        self.is_object(function) && self.code.holds()
    }

    /// Whether `function` is this one, whatever it runs.
    pub(crate) fn is_object(&self, function: &Bound<'_, PyAny>) -> bool {
        self.function.is(function)
    }

    /// What runs when it is called.
    pub(crate) fn code(&self) -> Code {
        self.code
    }
}

impl Code {
    fn of(module: &Bound<'_, PyModule>, name: &str) -> Option<(Py<PyAny>, Code)> {
        let function = module.getattr(name).ok()?;
        let own = function.is_exact_instance_of::<PyCFunction>()
            && function.getattr("__self__").is_ok_and(|of| of.is(module))
            && function.getattr("__name__").is_ok_and(|own| own.eq(name).unwrap_or(false));
        if !own {
            return None;
        }
        // SAFETY: an object of exactly this type; its definition is that of a module that stays loaded. All
        // kinds of functions that it may hold are pointers.
        let (place, value) = unsafe {
            let definition = (*function.as_ptr().cast::<ffi::PyCFunctionObject>()).m_ml;
            let place = &raw mut (*definition).ml_meth;
            (place as usize, place.cast::<*mut c_void>().read() as usize)
        };
        Some((function.unbind(), Code { place, value }))
    }

    /// The word in memory that holds it.
    pub(super) fn word(self) -> Word {
        // SAFETY: as for `holds`.
        unsafe { Word::of(self.place as *const *mut c_void) }
    }

    /// Whether it is what it was.
    #[inline]
    pub(crate) fn holds(self) -> bool {
        // SAFETY: a place in the definition that was read in `of`, which stays. Who writes it holds the GIL,
        // as our callers do.
        unsafe { (self.place as *const *mut c_void).read_volatile() as usize == self.value }
    }
}

/// Where the program or library that an address belongs to is loaded.
#[cfg(unix)]
fn library(address: usize) -> Option<usize> {
    // SAFETY: `Dl_info` is a plain structure, for which all zeros are valid, and `dladdr` fills it; any
    // address may be asked for.
    unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        (libc::dladdr(address as *const c_void, &mut info) != 0).then_some(info.dli_fbase as usize)
    }
}

/// Elsewhere what is found first is believed to be the interpreter's.
#[cfg(not(unix))]
fn library(_address: usize) -> Option<usize> {
    Some(0)
}
