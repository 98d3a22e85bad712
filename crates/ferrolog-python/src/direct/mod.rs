//! The short cut: from a logging call straight to the written line, without a record.
//!
//! Taken when nobody could see the record: everything that the standard library would call on its
//! way is our own and untouched, and the message's arguments are plain values, whose showing runs no
//! Python code. Whatever is different is found before anything is done, and the call takes the long
//! way.

mod before;
mod check;
mod clock;
mod describe;
pub(crate) mod explain;
mod line;
mod obstacle;
mod pattern;
mod target;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};

use crate::facility::Facility;
use crate::globals::Globals;
use crate::handler;
use crate::logger::make;
use crate::native::method::Args;
use crate::native::shape::View;

use self::line::Line;
use self::obstacle::{First, Stop};
use self::target::{Fit, Target};

/// Handlers that one record reaches; more take the long way.
const MOST: usize = 8;

/// One logging call at a level of its own method.
pub(crate) struct Entry<'a, 'py> {
    pub(crate) logger: &'a Bound<'py, PyAny>,
    pub(crate) level: &'a Bound<'py, PyAny>,
    pub(crate) number: i64,
    pub(crate) msg: &'a Bound<'py, PyAny>,
    pub(crate) args: &'a Args<'a, 'py>,
    /// Which of the arguments is the message's first.
    pub(crate) first: usize,
}

/// Delivers the call's line to every handler on its way. `false`: nothing was done, the call has to
/// take the long way.
pub(crate) fn deliver<'py>(
    facility: &Facility,
    view: &View<'_, 'py>,
    entry: &Entry<'_, 'py>,
) -> PyResult<bool> {
    let py = entry.logger.py();
    if !plain_call(entry) {
        return Ok(false);
    }
    let globals = facility.globals(py)?;
    let mut targets: [Option<Target<'py>>; MOST] = [const { None }; MOST];
    let count = match find_targets(&globals, view, entry, &mut targets) {
        Ok(count) => count,
        Err(Stop::Obstacle) => return Ok(false),
        Err(Stop::Failed(error)) => return Err(error),
    };
    let Some(mut line) = Line::new(facility, &globals, view, entry)? else { return Ok(false) };
    for target in targets.iter().take(count).flatten() {
        let written = line.write(target)?;
        if let Err(error) = written {
            let args = entry.args.tuple_from(entry.first)?.into_any();
            let record =
                make::plain_record(facility, &globals, view, entry.level, entry.msg, args)?;
            match (error, record) {
                (Some(error), Some(record)) => target.failed(facility, &record, error)?,
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
        && (entry.first..entry.args.len()).all(|i| entry.args.get(i).is_some_and(|arg| plain(&arg)))
}

/// The handlers that the call reaches, if nothing stands in its way and there is one.
fn find_targets<'py>(
    globals: &Globals,
    view: &View<'_, 'py>,
    entry: &Entry<'_, 'py>,
    targets: &mut [Option<Target<'py>>; MOST],
) -> Result<usize, Stop> {
    check::logger(view, &mut First)?;
    check::record(entry.logger.py(), globals, &mut First)?;
    let (mut count, mut met) = (0, false);
    let mut current = entry.logger.clone();
    loop {
        let Some(node) = check::node(&current, &mut First)? else { return Err(Stop::Obstacle) };
        for handler in node.handlers.iter() {
            met = true;
            match Target::of(globals, handler, entry.number, &mut First)? {
                Fit::Below | Fit::Nothing => {}
                Fit::Foreign => return Err(Stop::Obstacle),
                Fit::Takes(target) => {
                    let Some(place) = targets.get_mut(count) else { return Err(Stop::Obstacle) };
                    *place = Some(target);
                    count += 1;
                }
            }
        }
        match node.above {
            Some(parent) => current = parent,
            None => break,
        }
    }
    if met { Ok(count) } else { Err(Stop::Obstacle) }
}
