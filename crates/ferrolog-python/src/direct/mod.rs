//! The short cut: from a logging call straight to the written line, without a record.
//!
//! Taken when nobody could see the record: everything that the standard library would call on its
//! way is our own and untouched, and the message's arguments are plain values, whose showing runs no
//! Python code. Whatever is different is found before anything is done, and the call takes the long
//! way.

mod clock;
mod line;
mod pattern;
mod target;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString};

use crate::facility::Facility;
use crate::handler::{self, failure};
use crate::logger::make;
use crate::names;
use crate::native::method::Args;
use crate::native::shape::{Shape, View};
use crate::natives::Native;

use self::line::Line;
use self::target::Target;

/// Handlers that one record reaches; more take the long way.
const MOST: usize = 8;

/// One logging call at a level of its own method.
pub(crate) struct Entry<'a, 'py> {
    pub(crate) logger: &'a Bound<'py, PyAny>,
    pub(crate) level: &'a Bound<'py, PyAny>,
    pub(crate) number: i64,
    pub(crate) msg: &'a Bound<'py, PyAny>,
    pub(crate) args: &'a Args<'a, 'py>,
}

/// Delivers the call's line to every handler on its way. `false`: nothing was done, the call has to
/// take the long way.
pub(crate) fn deliver<'py>(
    facility: &Facility,
    view: &View<'_, 'py>,
    entry: &Entry<'_, 'py>,
) -> PyResult<bool> {
    let py = entry.logger.py();
    if !plain_call(entry) || !passes_untouched(view) {
        return Ok(false);
    }
    let globals = facility.globals(py)?;
    if !globals.factory.is(&globals.record_class) || !globals.frames_untouched {
        return Ok(false);
    }
    let record = Shape::of(globals.record_class.bind(py));
    if record.native(names::M_INIT) != Native::RecordInit
        || record.native(names::M_GET_MESSAGE) != Native::Plain
        || !record.makes_plain_objects()
    {
        return Ok(false);
    }
    let mut targets: [Option<Target<'py>>; MOST] = [const { None }; MOST];
    let Some(count) = find_targets(&globals, view, entry, &mut targets)? else { return Ok(false) };
    let Some(mut line) = Line::new(facility, &globals, view, entry)? else { return Ok(false) };
    for target in targets.iter().take(count).flatten() {
        let written = line.write(target)?;
        if let Err(error) = written {
            let args = entry.args.tuple_from(1)?.into_any();
            let record =
                make::plain_record(facility, &globals, view, entry.level, entry.msg, args)?;
            match (error, record) {
                (Some(error), Some(record)) => failure::handle(&target.handler, &record, error)?,
                // The line could not be laid out: the long way says what is wrong with it.
                (None, Some(record)) => handler::handle(&target.handler, &record)?,
                // Nobody to tell what was logged, so the caller is told what went wrong.
                (error, None) => return error.map_or(Ok(true), Err),
            }
        }
    }
    Ok(true)
}

/// Whether showing the message and its arguments runs no code but the interpreter's own.
fn plain_call(entry: &Entry<'_, '_>) -> bool {
    let plain = |value: &Bound<'_, PyAny>| {
        value.is_exact_instance_of::<PyString>()
            || value.is_exact_instance_of::<PyInt>()
            || value.is_exact_instance_of::<PyFloat>()
            || value.is_exact_instance_of::<PyBool>()
            || value.is_none()
    };
    !entry.args.has_keywords()
        && entry.msg.is_exact_instance_of::<PyString>()
        && (1..entry.args.len()).all(|i| entry.args.get(i).is_some_and(|arg| plain(&arg)))
}

/// Whether a record of this logger would go through our own methods only, and through no filter.
fn passes_untouched(view: &View<'_, '_>) -> bool {
    let native = |name| view.shape.native(name);
    native(names::M_MAKE_RECORD) == Native::Plain
        && native(names::M_HANDLE) == Native::LoggerHandle
        && native(names::M_CALL_HANDLERS) == Native::Plain
        && no_filters(view)
}

/// Whether there are no filters, and nothing in their place.
fn no_filters(view: &View<'_, '_>) -> bool {
    view.shape.native(names::M_FILTER) == Native::FiltererFilter
        && view.own(names::A_FILTERS).is_some_and(|filters| {
            filters.cast_exact::<PyList>().is_ok_and(|filters| filters.is_empty())
        })
}

/// The handlers that the call reaches, if all of them can take a line; `None` if one cannot, or if
/// there is none.
fn find_targets<'py>(
    globals: &crate::globals::Globals,
    first: &View<'_, 'py>,
    entry: &Entry<'_, 'py>,
    targets: &mut [Option<Target<'py>>; MOST],
) -> PyResult<Option<usize>> {
    let py = entry.logger.py();
    let is_true = |value: &Bound<'py, PyAny>| value.is(&*PyBool::new(py, true));
    let (mut count, mut met) = (0, false);
    if !first.own(names::A_DISABLED).is_some_and(|value| value.is(&*PyBool::new(py, false))) {
        return Ok(None);
    }
    let mut current = entry.logger.clone();
    loop {
        let parent = {
            let Some(view) = View::of(&current) else { return Ok(None) };
            let Some(handlers) = view.own(names::A_HANDLERS) else { return Ok(None) };
            let Ok(handlers) = handlers.cast_exact::<PyList>() else { return Ok(None) };
            for handler in handlers.iter() {
                met = true;
                match Target::of(globals, handler, entry.number)? {
                    target::Fit::Below => {}
                    target::Fit::Foreign => return Ok(None),
                    target::Fit::Takes(target) => {
                        let Some(place) = targets.get_mut(count) else { return Ok(None) };
                        *place = Some(target);
                        count += 1;
                    }
                }
            }
            match view.own(names::A_PROPAGATE) {
                Some(propagate) if is_true(&propagate) => {}
                Some(propagate) if propagate.is(&*PyBool::new(py, false)) => break,
                _ => return Ok(None),
            }
            match view.own(names::A_PARENT) {
                Some(parent) if parent.is_none() => break,
                Some(parent) => parent,
                None => return Ok(None),
            }
        };
        if !Shape::of(&parent.get_type()).plainly_true() {
            return Ok(None);
        }
        current = parent;
    }
    Ok(met.then_some(count))
}
