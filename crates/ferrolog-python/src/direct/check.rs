//! Whether a logger, and the making of records, are untouched.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyType};

use super::clock;
use super::obstacle::{Found, On, Stop, What};
use crate::globals::Globals;
use crate::names;
use crate::native::shape::{Shape, View};
use crate::natives::Native;

/// Whether a record of this logger would go through our own methods only, and through no filter.
#[inline]
pub(super) fn logger(view: &View<'_, '_>, found: &mut impl Found) -> Result<(), Stop> {
    found.methods(
        On::Logger,
        view,
        &[
            (names::M_MAKE_RECORD, Native::Plain),
            (names::M_HANDLE, Native::LoggerHandle),
            (names::M_CALL_HANDLERS, Native::Plain),
        ],
    )?;
    filters(On::Logger, view, found)?;
    if !view.shape.plainly_true() {
        found.found(On::Logger, What::Truth)?;
    }
    let disabled = found.own(view, names::A_DISABLED);
    if !disabled.is_some_and(|value| value.is(&*PyBool::new(value.py(), false))) {
        found.found(On::Logger, What::Attribute(names::A_DISABLED, "False"))?;
    }
    Ok(())
}

/// Whether there are no filters, and nothing in their place.
#[inline]
pub(super) fn filters(on: On, view: &View<'_, '_>, found: &mut impl Found) -> Result<(), Stop> {
    found.methods(on, view, &[(names::M_FILTER, Native::FiltererFilter)])?;
    match found.own(view, names::A_FILTERS) {
        Some(filters) => match filters.cast_exact::<PyList>() {
            Ok(filters) => {
                found.list(filters);
                if filters.is_empty() { Ok(()) } else { found.found(on, What::Filters) }
            }
            Err(_) => found.found(on, What::Attribute(names::A_FILTERS, "a list")),
        },
        None => found.found(on, What::Attribute(names::A_FILTERS, "a list")),
    }
}

/// Whether a record would be made by the module's own class, as it is.
#[inline]
pub(super) fn record(
    py: Python<'_>,
    globals: &Globals,
    found: &mut impl Found,
) -> Result<(), Stop> {
    if !globals.factory.is(&globals.record_class) {
        found.found(On::Record, What::Factory)?;
    }
    if !globals.frames_untouched {
        found.found(On::Record, What::Frames)?;
    }
    let Ok(class) = globals.record_class.bind(py).cast::<PyType>() else {
        return found.found(On::Record, What::Factory);
    };
    let class = Shape::of(class);
    found.class(&class);
    for (name, native) in
        [(names::M_INIT, Native::RecordInit), (names::M_GET_MESSAGE, Native::Plain)]
    {
        if class.native(name) != native {
            found.found(On::Record, What::Method(name))?;
        }
    }
    if !class.makes_plain_objects() {
        found.found(On::Record, What::New)?;
    }
    clock::system(py, globals, found)?;
    match globals.level_to_name.bind(py).cast_exact::<PyDict>() {
        Ok(names) if globals.level_names_untouched => found.dict(names),
        _ => found.found(On::Record, What::LevelNames)?,
    }
    Ok(())
}

/// A logger on the way to the root.
pub(super) struct Node<'py> {
    pub(super) handlers: Bound<'py, PyList>,
    /// The logger above, if the record goes there.
    pub(super) above: Option<Bound<'py, PyAny>>,
}

/// The handlers of a logger, and where the record goes from there.
#[inline]
pub(super) fn node<'py>(
    logger: &Bound<'py, PyAny>,
    found: &mut impl Found,
) -> Result<Option<Node<'py>>, Stop> {
    let py = logger.py();
    let Some(view) = found.meet(On::Logger, logger)? else { return Ok(None) };
    let Some(Ok(handlers)) =
        found.own(&view, names::A_HANDLERS).map(Bound::cast_into_exact::<PyList>)
    else {
        found.found(On::Logger, What::Attribute(names::A_HANDLERS, "a list"))?;
        return Ok(None);
    };
    found.list(&handlers);
    let above = match found.own(&view, names::A_PROPAGATE) {
        Some(propagate) if propagate.is(&*PyBool::new(py, true)) => true,
        Some(propagate) if propagate.is(&*PyBool::new(py, false)) => false,
        _ => {
            found.found(On::Logger, What::Attribute(names::A_PROPAGATE, "True or False"))?;
            return Ok(None);
        }
    };
    let above = match (above, found.own(&view, names::A_PARENT)) {
        (false, _) => None,
        (true, Some(parent)) if parent.is_none() => None,
        (true, Some(parent)) => Some(parent),
        (true, None) => {
            found.found(On::Logger, What::Attribute(names::A_PARENT, "a logger or None"))?;
            return Ok(None);
        }
    };
    if let Some(parent) = &above
        && !Shape::of(&parent.get_type()).plainly_true()
    {
        found.found(On::Logger, What::Attribute(names::A_PARENT, "plainly true"))?;
        return Ok(None);
    }
    Ok(Some(Node { handlers, above }))
}
