//! Native methods on Python classes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use pyo3::exceptions::PySystemError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

use super::stack;

/// The arguments of a call, borrowed from the caller.
#[derive(Clone, Copy)]
pub(crate) struct Args<'a, 'py> {
    py: Python<'py>,
    positional: &'a [*mut ffi::PyObject],
    keywords: &'a [*mut ffi::PyObject],
    names: *mut ffi::PyObject,
}

impl<'a, 'py> Args<'a, 'py> {
    /// # Safety
    /// The pointers are those of a vectorcall that goes on for `'a`, `count` without the object itself.
    unsafe fn new(
        py: Python<'py>,
        args: *const *mut ffi::PyObject,
        count: ffi::Py_ssize_t,
        names: *mut ffi::PyObject,
    ) -> Self {
        let count = count as usize;
        // SAFETY: the caller passes `count` positional values, then one value for each name.
        unsafe {
            let keywords = if names.is_null() { 0 } else { ffi::PyTuple_GET_SIZE(names) as usize };
            let (positional, keywords) = if count + keywords == 0 {
                (&[][..], &[][..])
            } else {
                std::slice::from_raw_parts(args, count + keywords).split_at(count)
            };
            Args { py, positional, keywords, names }
        }
    }

    /// Proof that the GIL is held.
    #[inline]
    pub(crate) fn py(&self) -> Python<'py> {
        self.py
    }

    /// How many positional arguments there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.positional.len()
    }

    /// Whether there are keyword arguments.
    #[inline]
    pub(crate) fn has_keywords(&self) -> bool {
        !self.keywords.is_empty()
    }

    /// A positional argument.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Bound<'py, PyAny>> {
        let arg = *self.positional.get(index)?;
        // SAFETY: the caller keeps its arguments alive during the call.
        Some(unsafe { Bound::from_borrowed_ptr(self.py, arg) })
    }

    /// The positional arguments from `start` on, as a tuple.
    pub(crate) fn tuple_from(&self, start: usize) -> PyResult<Bound<'py, PyTuple>> {
        let rest = self.positional.get(start..).unwrap_or(&[]);
        // SAFETY: a new tuple that nobody else has, with a place for each; the caller keeps its arguments alive during
        // the call. What may run while it is made does not see them.
        unsafe {
            let tuple = ffi::PyTuple_New(rest.len() as ffi::Py_ssize_t);
            let tuple = Bound::from_owned_ptr_or_err(self.py, tuple)?;
            for (at, &arg) in rest.iter().enumerate() {
                ffi::Py_INCREF(arg);
                ffi::PyTuple_SET_ITEM(tuple.as_ptr(), at as ffi::Py_ssize_t, arg);
            }
            Ok(tuple.cast_into_unchecked())
        }
    }

    /// The keyword arguments, name and value.
    pub(crate) fn keywords(
        &self,
    ) -> impl Iterator<Item = (Bound<'py, PyString>, Bound<'py, PyAny>)> + use<'a, 'py> {
        let (py, names) = (self.py, self.names);
        self.keywords.iter().enumerate().map(move |(i, &value)| {
            // SAFETY: `names` is a tuple of strings with as many items as there are keyword
            // values, alive like them during the call.
            unsafe {
                let name = ffi::PyTuple_GET_ITEM(names, i as ffi::Py_ssize_t);
                (
                    Bound::from_borrowed_ptr(py, name).cast_into_unchecked(),
                    Bound::from_borrowed_ptr(py, value),
                )
            }
        })
    }

    /// Whether one of the keyword arguments has one of these names.
    pub(crate) fn names_a_parameter(&self, parameters: &[&str]) -> bool {
        self.has_keywords()
            && self
                .keywords()
                .any(|(name, _)| name.to_str().is_ok_and(|name| parameters.contains(&name)))
    }

    /// The value of the keyword argument of this (interned) name.
    pub(crate) fn keyword(&self, name: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
        self.keywords()
            .find(|(n, _)| n.is(name) || n.as_any().eq(name).unwrap_or(false))
            .map(|(_, v)| v)
    }

    /// Calls `function` with `first` and then these same arguments.
    pub(crate) fn forward(
        &self,
        function: &Bound<'py, PyAny>,
        first: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut all = Vec::with_capacity(1 + self.positional.len() + self.keywords.len());
        all.push(first.as_ptr());
        all.extend_from_slice(self.positional);
        all.extend_from_slice(self.keywords);
        // SAFETY: `all` holds live objects: the positional ones, then the keyword values in the
        // order of `names`.
        unsafe {
            let result = ffi::PyObject_Vectorcall(
                function.as_ptr(),
                all.as_ptr(),
                1 + self.positional.len(),
                self.names,
            );
            Bound::from_owned_ptr_or_err(self.py, result)
        }
    }
}

/// Calls a function with positional arguments.
#[inline]
pub(crate) fn call<'py, const N: usize>(
    function: &Bound<'py, PyAny>,
    args: [&Bound<'py, PyAny>; N],
) -> PyResult<Bound<'py, PyAny>> {
    let args = args.map(|arg| arg.as_ptr());
    // SAFETY: live objects, borrowed for the call.
    unsafe {
        let result = ffi::PyObject_Vectorcall(function.as_ptr(), args.as_ptr(), N, ptr::null_mut());
        Bound::from_owned_ptr_or_err(function.py(), result)
    }
}

/// Calls a method; the first of `args` is the object.
#[inline]
pub(crate) fn call_method<'py, const N: usize>(
    name: &Bound<'py, PyString>,
    args: [&Bound<'py, PyAny>; N],
) -> PyResult<Bound<'py, PyAny>> {
    let py = name.py();
    let args = args.map(|arg| arg.as_ptr());
    // SAFETY: live objects, borrowed for the call.
    unsafe {
        let result =
            ffi::PyObject_VectorcallMethod(name.as_ptr(), args.as_ptr(), N, ptr::null_mut());
        Bound::from_owned_ptr_or_err(py, result)
    }
}

/// A new instance of a Python class, without running its `__init__`: `object.__new__(class)`.
pub(crate) fn new_object<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let empty = PyTuple::empty(py);
    // SAFETY: `object`'s constructor, called as the interpreter does.
    unsafe {
        let object = ptr::addr_of_mut!(ffi::PyBaseObject_Type);
        let Some(new) = (*object).tp_new else {
            return Err(PySystemError::new_err("object without a constructor"));
        };
        let made = new(class.as_type_ptr(), empty.as_ptr(), ptr::null_mut());
        Bound::from_owned_ptr_or_err(py, made)
    }
}

/// What stands between CPython and a native method: panics and errors become exceptions.
///
/// # Safety
/// Called with the object and the arguments of a vectorcall of CPython's.
#[inline(always)]
pub(crate) unsafe fn enter(
    slf: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
    body: impl for<'a, 'py> FnOnce(&'a Bound<'py, PyAny>, Args<'a, 'py>) -> PyResult<Bound<'py, PyAny>>,
) -> *mut ffi::PyObject {
    // SAFETY: CPython calls functions with the GIL held, and with arguments that outlive the call.
    // The body runs "attached" in PyO3's own count too, so that what it drops is dropped at once.
    unsafe {
        Python::attach_unchecked(|py| {
            let args = Args::new(py, args, count, names);
            let slf = Bound::from_borrowed_ptr(py, slf);
            match catch_unwind(AssertUnwindSafe(|| stack::check().and_then(|()| body(&slf, args))))
            {
                Ok(Ok(value)) => value.into_ptr(),
                Ok(Err(error)) => {
                    error.restore(py);
                    ptr::null_mut()
                }
                Err(panic) => {
                    panicked(&*panic).restore(py);
                    ptr::null_mut()
                }
            }
        })
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> PyErr {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown cause");
    PySystemError::new_err(format!("ferrolog failed inside: {text}"))
}

/// A method to be put on a class.
pub(crate) struct Definition {
    /// The class it belongs to.
    pub(crate) class: &'static str,
    pub(crate) name: &'static str,
    pub(crate) call: ffi::vectorcallfunc,
}

/// A [`Definition`]: class, name, body.
macro_rules! method {
    ($class:literal, $name:literal, $body:path) => {{
        unsafe extern "C" fn call(
            function: *mut ::pyo3::ffi::PyObject,
            args: *const *mut ::pyo3::ffi::PyObject,
            count: usize,
            names: *mut ::pyo3::ffi::PyObject,
        ) -> *mut ::pyo3::ffi::PyObject {
            // SAFETY: CPython calls this as the function's vectorcall that it is.
            unsafe { $crate::native::function::call(function, args, count, names, $body) }
        }
        $crate::native::method::Definition { class: $class, name: $name, call }
    }};
}
pub(crate) use method;
