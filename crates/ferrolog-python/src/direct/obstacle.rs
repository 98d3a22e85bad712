//! What can stand in the way of the short cut.
//!
//! The checks are written once. On the way of a call the first obstacle ends them; when somebody
//! asks for an explanation they go on, and every obstacle is noted.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::names::Name;
use crate::native::builtin::Builtin;
use crate::native::shape::{Shape, View};
use crate::native::watch::Watch;
use crate::natives::Native;

/// Why the checks ended.
pub(crate) enum Stop {
    /// There is an obstacle: the call takes the long way.
    Obstacle,
    /// Python code failed.
    Failed(PyErr),
}

impl From<PyErr> for Stop {
    fn from(error: PyErr) -> Self {
        Stop::Failed(error)
    }
}

/// Whose obstacle it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum On {
    /// The logger that is called, or one above it.
    Logger,
    /// The record's class, or what makes records.
    Record,
    Handler,
    Formatter,
    Style,
}

/// What an obstacle is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// Attribute access is overridden, or an attribute of the instance hides a method.
    Hidden,
    /// The attributes are where changes of them cannot be seen.
    Dictionary,
    /// Not our own method.
    Method(Name),
    /// Not the value that the standard library's class has.
    Value(Name),
    /// An attribute that is not what it usually is.
    Attribute(Name, &'static str),
    /// There are filters.
    Filters,
    /// Its truth is for its own code to say.
    Truth,
    /// Records are made by a factory.
    Factory,
    /// `currentframe` or `_is_internal_frame` was replaced.
    Frames,
    /// The record class has a `__new__`.
    New,
    /// A method that is called by the name of its class was replaced there.
    Base(Name, Name),
    /// A function of one of the interpreter's modules was replaced.
    Replaced(&'static str),
    /// What `logging.handlers` calls `logging` is not the facility's module.
    Module,
    /// `time.strftime` was replaced.
    Strftime,
    /// The clock that is asked for the time of a record was replaced.
    Clock,
    /// `getLevelName` or its table was replaced.
    LevelNames,
    /// The pattern cannot be filled without a record.
    Pattern,
}

/// Who checks: what is to be done about obstacles, and about what is looked at on the way.
pub(super) trait Found {
    /// Takes note of an obstacle.
    fn found(&mut self, on: On, what: What) -> Result<(), Stop>;

    /// Notes each of the methods that is not the native one given.
    #[inline]
    fn methods(
        &mut self,
        on: On,
        view: &View<'_, '_>,
        methods: &[(Name, Native)],
    ) -> Result<(), Stop> {
        for &(name, native) in methods {
            if view.shape.native(name) != native {
                self.found(on, What::Method(name))?;
            }
        }
        Ok(())
    }

    /// The view of an object that is met; without one, that is an obstacle.
    fn meet<'a, 'py>(
        &mut self,
        on: On,
        object: &'a Bound<'py, PyAny>,
    ) -> Result<Option<View<'a, 'py>>, Stop> {
        let view = self.view(object);
        match &view {
            Some(view) if !view.can_be_watched() => self.found(on, What::Dictionary)?,
            Some(_) => {}
            None => self.found(on, What::Hidden)?,
        }
        Ok(view)
    }

    /// The view of an object, noted or not.
    fn view<'a, 'py>(&mut self, object: &'a Bound<'py, PyAny>) -> Option<View<'a, 'py>> {
        View::of(object)
    }

    /// An attribute of a viewed object.
    fn own<'py>(&mut self, view: &View<'_, 'py>, name: Name) -> Option<Bound<'py, PyAny>> {
        view.own(name)
    }

    /// A list whose items are looked at.
    fn list(&mut self, _list: &Bound<'_, PyList>) {}

    /// A class of the module's that is looked at itself.
    fn class(&mut self, _shape: &Shape) {}

    /// A dictionary of a module, or one that a module holds, that is looked into.
    fn dict(&mut self, _dict: &Bound<'_, PyDict>) {}

    /// A function of the `time` module that is done without.
    fn builtin(&mut self, _function: &Builtin) {}

    /// Marks an object that is needed later; says under which number.
    fn mark(&mut self, _object: &Bound<'_, PyAny>) -> usize {
        0
    }
}

/// Ends the checks at the first obstacle, and notes what they rested on.
#[derive(Default)]
pub(super) struct Noting(pub(super) Watch);

impl Noting {
    /// The view of an object that keeps methods among its attributes.
    pub(super) fn view_with_own_methods<'a, 'py>(
        &mut self,
        object: &'a Bound<'py, PyAny>,
    ) -> Option<View<'a, 'py>> {
        self.0.hidden(object);
        View::with_own_methods(object).filter(View::can_be_watched)
    }
}

impl Found for Noting {
    fn found(&mut self, _on: On, _what: What) -> Result<(), Stop> {
        Err(Stop::Obstacle)
    }

    fn view<'a, 'py>(&mut self, object: &'a Bound<'py, PyAny>) -> Option<View<'a, 'py>> {
        let view = View::of(object);
        match &view {
            Some(view) => self.0.view(view),
            None => self.0.hidden(object),
        }
        view
    }

    fn own<'py>(&mut self, view: &View<'_, 'py>, name: Name) -> Option<Bound<'py, PyAny>> {
        self.0.own(view, name);
        view.own(name)
    }

    fn list(&mut self, list: &Bound<'_, PyList>) {
        self.0.list(list);
    }

    fn class(&mut self, shape: &Shape) {
        self.0.class(shape);
    }

    fn dict(&mut self, dict: &Bound<'_, PyDict>) {
        self.0.dict(dict);
    }

    fn builtin(&mut self, function: &Builtin) {
        self.0.builtin(function);
    }

    fn mark(&mut self, object: &Bound<'_, PyAny>) -> usize {
        self.0.mark(object)
    }
}

/// Collects all obstacles.
#[derive(Default)]
pub(super) struct All(pub(super) Vec<(On, What)>);

impl Found for All {
    fn found(&mut self, on: On, what: What) -> Result<(), Stop> {
        self.0.push((on, what));
        Ok(())
    }
}
