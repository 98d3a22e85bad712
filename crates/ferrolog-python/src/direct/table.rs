//! What was found out about objects, kept as long as nothing about them changes.

use std::cell::Cell;
use std::rc::Rc;

use pyo3::prelude::*;

use crate::native::gil::GilCell;
use crate::native::watch::{Taken, Watch};

/// Something found out, and what it rested on.
pub(super) struct Noted<T> {
    watch: Watch,
    /// How often it was asked for although it cannot be told whether it holds.
    tries: Cell<u32>,
    pub(super) found: T,
}

impl<T> Noted<T> {
    pub(super) fn new(watch: Watch, found: T) -> Self {
        Noted { watch, tries: Cell::default(), found }
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

/// What holds, with references to the objects that were marked.
pub(super) struct Opened<'py, T> {
    pub(super) noted: Rc<Noted<T>>,
    pub(super) taken: Taken<'py>,
}

const SETS: usize = 1024;

/// What was found out about recently used objects, two for each place.
pub(super) struct Table<T>(GilCell<Vec<Set<T>>>);

type Set<T> = [Option<Rc<Noted<T>>>; 2];

impl<T> Table<T> {
    pub(super) const fn new() -> Self {
        Table(GilCell::new(Vec::new()))
    }

    /// What is known of an object, or is found out anew by `find`. `None` when it cannot be told in advance.
    #[inline]
    pub(super) fn of<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        find: impl FnOnce() -> PyResult<Noted<T>>,
    ) -> PyResult<Option<Opened<'py, T>>> {
        let known = self.known(object);
        if let Some(noted) = &known {
            if let Some(taken) = noted.watch.take(object) {
                return Ok(Some(Opened { noted: Rc::clone(noted), taken }));
            }
            if !noted.watch.is_complete() && !noted.is_worth_another_try() {
                return Ok(None);
            }
        }
        let noted = Rc::new(find()?);
        self.remember(object, Rc::clone(&noted), known.as_ref());
        Ok(noted.watch.take(object).map(|taken| Opened { noted, taken }))
    }

    /// What was last found out about an object, whether or not it holds.
    fn known(&self, object: &Bound<'_, PyAny>) -> Option<Rc<Noted<T>>> {
        let table = self.0.borrow(object.py());
        let set = table.get(place_of(object))?;
        set.iter().flatten().find(|noted| noted.watch.starts_with(object)).map(Rc::clone)
    }

    /// Remembers something, in the place of what was last found out about the object.
    fn remember(
        &self,
        object: &Bound<'_, PyAny>,
        noted: Rc<Noted<T>>,
        last: Option<&Rc<Noted<T>>>,
    ) {
        let mut table = self.0.borrow(object.py());
        if table.is_empty() {
            table.resize_with(SETS, || [None, None]);
        }
        let set = &mut table[place_of(object)];
        let is_last = |noted: &Option<Rc<Noted<T>>>| matches!((noted, last), (Some(a), Some(b)) if Rc::ptr_eq(a, b));
        if !is_last(&set[0]) {
            // The other one's place, or that of what has been there for longer.
            set.swap(0, 1);
        }
        let before = set[0].replace(noted);
        drop(table);
        // What is dropped may be Python's.
        drop(before);
    }
}

fn place_of(object: &Bound<'_, PyAny>) -> usize {
    let address = object.as_ptr() as usize >> 4;
    (address ^ (address >> 10)) % SETS
}
