//! The Python frames of whoever called us.

use pyo3::ffi;
use pyo3::prelude::*;

use super::gil::intern;

/// A Python frame.
pub(crate) struct Frame<'py>(Bound<'py, PyAny>);

impl<'py> Frame<'py> {
    /// The frame that called into native code, which has no frame of its own.
    pub(crate) fn current(py: Python<'py>) -> Option<Self> {
        // SAFETY: the GIL is held; the result is borrowed or null.
        unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) }.map(Frame)
    }

    /// The frame that called this one.
    pub(crate) fn back(&self) -> Option<Self> {
        // SAFETY: a live frame; the result is owned or null.
        unsafe {
            Bound::from_owned_ptr_or_opt(
                self.0.py(),
                ffi::PyFrame_GetBack(self.0.as_ptr().cast()).cast(),
            )
        }
        .map(Frame)
    }

    /// The instruction being executed.
    #[inline]
    pub(crate) fn place(&self) -> Place {
        // SAFETY: a live frame; the reference to its code is given back.
        unsafe {
            let frame = self.0.as_ptr().cast();
            let code = ffi::PyFrame_GetCode(frame);
            ffi::Py_DECREF(code.cast());
            Place { code: code as usize, instruction: ffi::PyFrame_GetLasti(frame) }
        }
    }

    /// The line being executed.
    pub(crate) fn line(&self) -> i32 {
        // SAFETY: a live frame.
        unsafe { ffi::PyFrame_GetLineNumber(self.0.as_ptr().cast()) }
    }

    /// The code object.
    pub(crate) fn code(&self) -> Code<'py> {
        // SAFETY: a live frame has a code object; the result is owned.
        Code(unsafe {
            Bound::from_owned_ptr(self.0.py(), ffi::PyFrame_GetCode(self.0.as_ptr().cast()).cast())
        })
    }

    /// The frame as a Python object.
    pub(crate) fn object(&self) -> &Bound<'py, PyAny> {
        &self.0
    }
}

/// An instruction of a code object that is alive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) code: usize,
    pub(crate) instruction: i32,
}

/// A code object.
pub(crate) struct Code<'py>(Bound<'py, PyAny>);

impl<'py> Code<'py> {
    /// The code as a Python object.
    pub(crate) fn object(&self) -> &Bound<'py, PyAny> {
        &self.0
    }

    /// `co_filename`.
    pub(crate) fn filename(&self) -> PyResult<Bound<'py, PyAny>> {
        self.0.getattr(intern!(self.0.py(), "co_filename"))
    }

    /// `co_name`.
    pub(crate) fn name(&self) -> PyResult<Bound<'py, PyAny>> {
        self.0.getattr(intern!(self.0.py(), "co_name"))
    }
}
