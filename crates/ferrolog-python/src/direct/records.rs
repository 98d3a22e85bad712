//! A record for handlers that have to be given one, on a way that is known.

use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyType};

use super::Entry;
use super::given::IntoQueue;
use super::line::{self, Line};
use super::message;
use super::pattern::Form;
use super::plan::{self, Opened, Plan, Way};
use super::target::Fit;
use crate::caller::{Caller, Told};
use crate::handler;
use crate::levels;
use crate::logger::walk;
use crate::moment::Moment;
use crate::names;
use crate::native::fields::Fields;
use crate::native::truth;
use crate::place;
use crate::record::{self, Parts};
use crate::running::Running;

/// Makes the call's record and gives it to every handler on its way. `false`: nothing was done.
pub(super) fn deliver(opened: &Opened<'_>, entry: &Entry<'_, '_>) -> PyResult<bool> {
    let plan = &opened.noted.found;
    let Some(way) = &plan.way else { return Ok(false) };
    let plain = message::plain(entry);
    if plain && into_queue(way, opened, entry)? {
        return Ok(true);
    }
    let args = entry.args.tuple_from(entry.first)?.into_any();
    let Some(now) = moment(opened, entry) else { return Ok(false) };
    let made = make(plan, way, entry, now, entry.msg.clone(), args)?;
    let Made::Record(record, quietly) = made else { return Ok(false) };
    if quietly && plain || opened.noted.holds(entry.logger) {
        along(way, opened, entry.logger, entry.number, &record)?;
    } else {
        walk::handle(entry.logger, &record)?;
    }
    Ok(true)
}

/// How the making of a record ended.
enum Made<'py> {
    /// The record, and whether no code but the interpreter's own has run, if its message is plain.
    Record(Bound<'py, PyAny>, bool),
    /// Nothing was done: there is no Python frame that could have called.
    Nothing,
}

/// The moment of a call's record. `None` where the clock fails.
fn moment(opened: &Opened<'_>, entry: &Entry<'_, '_>) -> Option<Moment> {
    Moment::of_system_now(entry.logger.py(), &opened.noted.found.globals)
}

/// The record of a call on a known way. That its class, its clock and the looking for its caller are untouched is
/// part of what is known.
fn make<'py>(
    plan: &Plan,
    way: &Way,
    entry: &Entry<'_, 'py>,
    now: Moment,
    msg: Bound<'py, PyAny>,
    args: Bound<'py, PyAny>,
) -> PyResult<Made<'py>> {
    let (py, globals) = (entry.msg.py(), &plan.globals);
    let Ok(class) = globals.record_class.bind(py).cast::<PyType>() else {
        return Ok(Made::Nothing);
    };
    let caller = match &globals.srcfile {
        Some(_) => Caller::find(py, globals, false, 1)?,
        None => Some(Caller::unknown(py)),
    };
    let Some(caller) = caller else { return Ok(Made::Nothing) };
    let known_level = plan.known_level_name(py, entry.number);
    let who = Running::now(py, globals)?;
    // Up to 3.11, making an object may run the garbage collector, and with it others' code.
    let quietly = cfg!(Py_3_12) && caller.told.is_some() && known_level.is_some() && who.quietly;
    let level_name = match known_level {
        Some(name) => name.into_any(),
        None => match plan.level_name(entry.level, entry.number)? {
            Some(name) => name.into_any(),
            None => levels::level_name(&plan.facility, globals, entry.level)?,
        },
    };
    let (names, line) = match caller.told {
        Some(Told { filename, module, line }) => ((filename, module), line),
        None => (
            place::file_and_module(globals, &caller.pathname)?,
            PyInt::new(py, caller.line).into_any(),
        ),
    };
    let parts = Parts {
        name: way.name.bind(py).clone().into_any(),
        level: entry.level.clone(),
        pathname: caller.pathname,
        line,
        msg,
        args,
        exc_info: py.None().into_bound(py),
        function: caller.function,
        stack_info: caller.stack_info,
    };
    Ok(Made::Record(record::new(class, parts, now, level_name, names, who)?, quietly))
}

/// Puts the record of a call with a plain message into a queue, as the copy that a queue handler would make of it,
/// where that is the only handler to get it. `false`: nothing was done.
fn into_queue(way: &Way, opened: &Opened<'_>, entry: &Entry<'_, '_>) -> PyResult<bool> {
    let mut takes = way
        .handlers
        .iter()
        .filter(|stage| stage.level <= entry.number && !matches!(stage.fit, Fit::Nothing));
    let (Some(stage), None) = (takes.next(), takes.next()) else { return Ok(false) };
    if !stage.queue || stage.level == i64::MIN {
        return Ok(false);
    }
    let Some(handler) = opened.taken.get(stage.handler) else { return Ok(false) };
    let Some(into) = IntoQueue::of(handler)? else { return Ok(false) };
    let (record, quietly) = match into.form() {
        Some(form) => match laid_out(way, opened, entry, form)? {
            Some(made) => made,
            None => return Ok(false),
        },
        None => {
            let args = entry.args.tuple_from(entry.first)?.into_any();
            let Some(now) = moment(opened, entry) else { return Ok(false) };
            let made = make(&opened.noted.found, way, entry, now, entry.msg.clone(), args)?;
            let Made::Record(record, quietly) = made else { return Ok(false) };
            if !into.lay_out(&record)? {
                return Ok(false);
            }
            (record, quietly)
        }
    };
    // Other code may have run; nobody has seen the record so far.
    let holds = quietly || opened.noted.holds(entry.logger);
    Ok(holds && into.put(handler, &record, quietly)?)
}

/// The copy of a call's record that a queue handler whose lines are made like this makes.
fn laid_out<'py>(
    way: &Way,
    opened: &Opened<'py>,
    entry: &Entry<'_, 'py>,
    form: &Form,
) -> PyResult<Option<(Bound<'py, PyAny>, bool)>> {
    let made = Line::with(opened, entry, std::iter::once(form))?;
    let line::Made::Line(line) = made else { return Ok(None) };
    let Some(text) = line.laid_out(form) else { return Ok(None) };
    let time = form.time.as_ref().map(|format| line.time(format));
    let (text, none) = (text.into_any(), entry.msg.py().None().into_bound(entry.msg.py()));
    let made = make(&opened.noted.found, way, entry, line.moment, text.clone(), none)?;
    let Made::Record(record, quietly) = made else { return Ok(None) };
    let fields = Fields::of(&record.get_type());
    Fields::put(fields.as_deref(), &record, names::R_MESSAGE, text)?;
    match time {
        None => {}
        Some(Some(time)) => {
            Fields::put(fields.as_deref(), &record, names::R_ASCTIME, time.into_any())?;
        }
        Some(None) => return Ok(None),
    }
    Ok(Some((record, quietly && !line.asked_python())))
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
    if cfg!(Py_3_12) && !truth::is_plain(record) {
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
