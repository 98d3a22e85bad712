//! The short cut: from a logging call straight to the written line, without a record.
//!
//! Taken when nobody could see the record: everything that the standard library would call on its
//! way is our own and untouched, and the message's arguments are plain values, whose showing runs no
//! Python code. Whatever is different is found before anything is done, and the call takes the long
//! way.
//!
//! What a logger's calls meet is found out once (`plan`). What the answer rested on is noted, and each
//! call looks whether it is all as it was.

mod batch;
mod before;
mod check;
mod clock;
mod describe;
pub(crate) mod explain;
mod given;
mod layout;
mod line;
mod message;
mod obstacle;
mod output;
mod pattern;
mod plan;
mod queue;
mod records;
mod shown;
mod table;
mod target;
mod time_format;

pub(crate) use given::handle;
pub(crate) use layout::{Laid, format};
pub(crate) use message::interpolate;
pub(crate) use queue::{Next, next};
pub(crate) use records::hand_on;

use pyo3::prelude::*;

use crate::handler;
use crate::logger::make;
use crate::native::method::Args;
use crate::native::shape::View;

use self::line::{Line, Made};
use self::output::Done;
use self::plan::{Opened, Plan};
use self::target::{Fit, Target};

/// Handlers on the way of a logger that take lines; with more the calls take the long way.
const MOST: usize = 16;

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

/// Delivers the call to every handler on its way. `false`: nothing was done, the call has to take the long
/// way. The logger must be enabled for the call's level.
pub(crate) fn deliver(entry: &Entry<'_, '_>) -> PyResult<bool> {
    let Some(opened) = plan::of(entry.logger)? else { return Ok(false) };
    match lines(&opened, entry)? {
        Lines::Written => Ok(true),
        Lines::Unfit => records::deliver(&opened, entry),
        Lines::Overtaken => Ok(false),
    }
}

/// What became of a call's lines.
enum Lines {
    /// The handlers on the way have got them.
    Written,
    /// Nothing was done: one of the handlers has to be given a record, or the call has no line.
    Unfit,
    /// Nothing was done, and other code has run meanwhile.
    Overtaken,
}

/// Delivers the call's line to every handler on its way, if they all take lines.
fn lines(opened: &Opened<'_>, entry: &Entry<'_, '_>) -> PyResult<Lines> {
    let Some(way) = &opened.noted.found.way else { return Ok(Lines::Overtaken) };
    let mut nobody = true;
    for stage in &way.handlers {
        match stage.fit {
            _ if stage.level > entry.number => {}
            Fit::Nothing => {}
            Fit::Takes(_) => nobody = false,
            Fit::Foreign => return Ok(Lines::Unfit),
        }
    }
    if !message::plain(entry) {
        return Ok(Lines::Unfit);
    }
    if nobody {
        return Ok(Lines::Written);
    }
    let line = match Line::make(opened, entry)? {
        Made::Line(line) => line,
        Made::Unfit => {
            let holds = opened.noted.holds(entry.logger);
            return Ok(if holds { Lines::Unfit } else { Lines::Overtaken });
        }
        Made::Overtaken => return Ok(Lines::Overtaken),
    };
    // Whether the plan is known to hold; not needed while nothing but our own code has run.
    let (mut done, mut doubtful) = (false, false);
    for stage in &way.handlers {
        let Fit::Takes(target) = &stage.fit else { continue };
        if stage.level > entry.number {
            continue;
        }
        let written = if doubtful && !opened.noted.holds(entry.logger) {
            Ok(Done::Busy)
        } else {
            line.write(target, &opened.taken)?
        };
        match written {
            Ok(Done::AtOnce) => target.count(&opened.taken),
            Ok(Done::ByMethods) => {
                target.count(&opened.taken);
                doubtful = true;
            }
            // The call has not been seen by anybody yet.
            Ok(Done::Busy) if !done => return Ok(Lines::Overtaken),
            Ok(Done::Busy) => {
                by_record(opened, entry, target, None)?;
                doubtful = true;
            }
            Err(error) => {
                by_record(opened, entry, target, error)?;
                doubtful = true;
            }
        }
        done = true;
    }
    Ok(Lines::Written)
}

/// Has a handler do with a record what it could not do with a line, or what is to be done about the
/// error that it ended in.
fn by_record(
    opened: &Opened<'_>,
    entry: &Entry<'_, '_>,
    target: &Target,
    error: Option<PyErr>,
) -> PyResult<()> {
    let Plan { facility, globals, .. } = &opened.noted.found;
    let args = entry.args.tuple_from(entry.first)?.into_any();
    let record = match View::of(entry.logger) {
        Some(view) => make::plain_record(facility, globals, &view, entry.level, entry.msg, args)?,
        None => None,
    };
    match (error, record, opened.taken.get(target.handler)) {
        (Some(error), Some(record), Some(handler)) => {
            target.failed(facility, handler, &record, error)
        }
        (None, Some(record), Some(handler)) => handler::handle(handler, &record),
        // Nobody to tell what was logged, so the caller is told what went wrong.
        (error, ..) => error.map_or(Ok(()), Err),
    }
}
