//! What was found out about objects, kept as long as nothing about them changes.

use std::cell::Cell;
use std::rc::Rc;

use pyo3::prelude::*;

use crate::native::watch::{Taken, Watch};
use crate::recent::{LastUse, Recent, Remembered};

/// Something found out, and what it rested on.
pub(super) struct Noted<T> {
    watch: Rc<Watch>,
    /// How often it was asked for although it cannot be told whether it holds.
    tries: Cell<u32>,
    last_use: LastUse,
    pub(super) found: T,
}

impl<T> Noted<T> {
    /// What was found out about `object`.
    pub(super) fn new(object: &Bound<'_, PyAny>, mut watch: Watch, found: T) -> Self {
        watch.close(object);
        let watch = Rc::new(watch);
        Noted { watch, tries: Cell::default(), last_use: LastUse::default(), found }
    }

    /// Whether everything is as it was when it was found out.
    #[inline]
    pub(super) fn holds(&self, object: &Bound<'_, PyAny>) -> bool {
        self.watch.holds(object)
    }

    /// Says so seldom.
    fn is_worth_another_try(&self) -> bool {
        self.tries.set(self.tries.get().wrapping_add(1));
        self.tries.get().is_multiple_of(64)
    }
}

impl<T> Remembered for Noted<T> {
    #[inline]
    fn last_use(&self) -> &LastUse {
        &self.last_use
    }
}

/// What holds, with references to the objects that were marked.
pub(super) struct Opened<'py, T> {
    pub(super) noted: Rc<Noted<T>>,
    pub(super) taken: Taken<'py>,
}

/// What was found out about recently used objects.
pub(super) struct Table<T>(Recent<Noted<T>, 1024>);

impl<T> Table<T> {
    pub(super) const fn new() -> Self {
        Table(Recent::new())
    }

    /// What is known of an object, or is found out anew by `find`. `None` when it cannot be told in advance.
    #[inline]
    pub(super) fn of<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        find: impl FnOnce() -> PyResult<Noted<T>>,
    ) -> PyResult<Option<Opened<'py, T>>> {
        let (py, address) = (object.py(), object.as_ptr() as usize);
        // Whether or not it holds.
        let known = self.0.find(py, address, |noted| noted.watch.starts_with(object));
        if let Some(noted) = &known {
            if let Some(taken) = noted.watch.take(object) {
                return Ok(Some(Opened { noted: Rc::clone(noted), taken }));
            }
            if !noted.watch.is_complete() && !noted.is_worth_another_try() {
                return Ok(None);
            }
        }
        let noted = Rc::new(find()?);
        self.0.remember(py, address, Rc::clone(&noted), known.as_ref());
        Ok(noted.watch.take(object).map(|taken| Opened { noted, taken }))
    }
}
