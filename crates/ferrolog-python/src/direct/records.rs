//! A record for handlers that have to be given one, on a way that is known.

use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyString};

use super::message::{self, Message};
use super::plan::{self, Opened, Plan, Way};
use super::target::Fit;
use super::{Entry, given};
use crate::handler;
use crate::logger::{make, walk};
use crate::names;
use crate::native::fields::Fields;
use crate::native::shape::View;

/// Makes the call's record and gives it to every handler on its way. `false`: nothing was done.
pub(super) fn deliver(opened: &Opened<'_>, entry: &Entry<'_, '_>) -> PyResult<bool> {
    let plan = &opened.noted.found;
    let (Some(way), Some(view)) = (&plan.way, View::of(entry.logger)) else { return Ok(false) };
    if into_queue(way, opened, &view, entry)? {
        return Ok(true);
    }
    let args = entry.args.tuple_from(entry.first)?.into_any();
    let (facility, globals) = (&plan.facility, &plan.globals);
    let record = make::plain_record(facility, globals, &view, entry.level, entry.msg, args)?;
    let Some(record) = record else { return Ok(false) };
    // Making it may have run other code.
    if opened.noted.holds(entry.logger) {
        along(way, opened, entry.logger, entry.number, &record)?;
    } else {
        walk::handle(entry.logger, &record)?;
    }
    Ok(true)
}

/// Puts the record into a queue, as the copy that a queue handler would make of it, where that is the only
/// handler to get it. `false`: nothing was done.
fn into_queue(
    way: &Way,
    opened: &Opened<'_>,
    view: &View<'_, '_>,
    entry: &Entry<'_, '_>,
) -> PyResult<bool> {
    let mut takes = way
        .handlers
        .iter()
        .filter(|stage| stage.level <= entry.number && !matches!(stage.fit, Fit::Nothing));
    let (Some(stage), None) = (takes.next(), takes.next()) else { return Ok(false) };
    let Some(handler) = opened.taken.get(stage.handler) else { return Ok(false) };
    if stage.level == i64::MIN || !message::plain(entry) {
        return Ok(false);
    }
    let Some(into) = given::queue_of_messages(handler)? else { return Ok(false) };
    let Some(message) = Message::of(entry)? else { return Ok(false) };
    let py = handler.py();
    let text = match &message {
        Message::Given(_) => entry.msg.clone(),
        Message::Made(text) => PyString::new(py, text).into_any(),
        Message::Pythons(text) => text.clone().into_any(),
    };
    let Plan { facility, globals, .. } = &opened.noted.found;
    let none = py.None().into_bound(py);
    let record = make::plain_record(facility, globals, view, entry.level, &text, none)?;
    let Some(record) = record else { return Ok(false) };
    let fields = Fields::of(&record.get_type());
    Fields::put(fields.as_ref(), &record, names::R_MESSAGE, text)?;
    // Making it may have run other code; nobody has seen it so far.
    Ok(opened.noted.holds(entry.logger) && into.put(handler, &record)?)
}

/// What `logger.handle(record)` does, where the way is known. `false`: nothing was done.
pub(crate) fn hand_on<'py>(
    logger: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    let Some(opened) = plan::of(logger)? else { return Ok(false) };
    let Some(way) = &opened.noted.found.way else { return Ok(false) };
    let level = Fields::of(&record.get_type()).and_then(|f| f.get(record, names::R_LEVELNO));
    let number = level
        .and_then(|level| level.cast_into_exact::<PyInt>().ok())
        .and_then(|level| level.extract().ok());
    let Some(number) = number else { return Ok(false) };
    // A false record is one that a filter has stopped, and being asked may have run other code.
    if cfg!(Py_3_12) {
        if !record.is_truthy()? {
            return Ok(true);
        }
        if !opened.noted.holds(logger) {
            return Ok(false);
        }
    }
    along(way, &opened, logger, number, record)?;
    Ok(true)
}

/// Gives the record to the handlers on the way, which was just found to be as it was noted.
fn along<'py>(
    way: &Way,
    opened: &Opened<'py>,
    logger: &Bound<'py, PyAny>,
    number: i64,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    for stage in &way.handlers {
        if stage.level > number || matches!(stage.fit, Fit::Nothing) {
            continue;
        }
        let Some(handler) = opened.taken.get(stage.handler) else { continue };
        if stage.level == i64::MIN {
            walk::offer(handler, record)?;
        } else {
            handler::handle(handler, record)?;
        }
        // What the handler has run may have changed the way, from here on.
        if !opened.noted.holds(logger) {
            let owner = &way.nodes[stage.node];
            let (owner, list) = (opened.taken.get(owner.logger), opened.taken.get(owner.list));
            if let (Some(owner), Some(Ok(list))) = (owner, list.map(Bound::cast::<PyList>)) {
                walk::go_on(owner, list, stage.place + 1, record)?;
            }
            break;
        }
    }
    Ok(())
}
