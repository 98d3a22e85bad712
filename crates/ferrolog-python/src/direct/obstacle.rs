//! What can stand in the way of the short cut.
//!
//! The checks are written once. On the way of a call the first obstacle ends them; when somebody
//! asks for an explanation they go on, and every obstacle is noted.

use pyo3::prelude::*;

use crate::names::Name;
use crate::native::shape::View;
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
    /// The pattern asks for a thread's name, which records have not.
    ThreadNames,
    /// The pattern cannot be filled without a record.
    Pattern,
}

/// What is to be done about obstacles.
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
}

/// Ends the checks at the first obstacle.
pub(super) struct First;

impl Found for First {
    #[inline]
    fn found(&mut self, _on: On, _what: What) -> Result<(), Stop> {
        Err(Stop::Obstacle)
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
