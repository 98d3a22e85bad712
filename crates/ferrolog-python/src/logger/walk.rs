//! `Logger.handle` and `Logger.callHandlers`: from a record to the handlers of the tree.

use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyString};

use crate::direct;
use crate::facility::Facility;
use crate::filter;
use crate::handler;
use crate::names::{self, Name};
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::View;
use crate::natives::Native;

/// `logger.handle(record)`.
pub(crate) fn handle<'py>(logger: &Bound<'py, PyAny>, record: &Bound<'py, PyAny>) -> PyResult<()> {
    if direct::hand_on(logger, record)? {
        return Ok(());
    }
    match View::of(logger) {
        Some(view) if view.shape.native(names::M_HANDLE) == Native::LoggerHandle => {
            handle_seen(&view, logger, record)
        }
        _ => {
            method::call_method(names::M_HANDLE.get(logger.py()), [logger, record])?;
            Ok(())
        }
    }
}

fn handle_seen<'py>(
    view: &View<'_, 'py>,
    logger: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = logger.py();
    if view.get(names::A_DISABLED)?.is_truthy()? {
        return Ok(());
    }
    let facility = Facility::of(logger)?;
    let verdict = filter::passes(&facility, Some(view), logger, record)?;
    if !verdict.passed {
        return Ok(());
    }
    let record = verdict.replacement.as_ref().unwrap_or(record);
    if view.shape.native(names::M_CALL_HANDLERS) == Native::Plain && View::of(logger).is_some() {
        call_handlers(&facility, logger, record)
    } else {
        method::call_method(names::M_CALL_HANDLERS.get(py), [logger, record])?;
        Ok(())
    }
}

/// `callHandlers`.
fn call_handlers<'py>(
    facility: &Facility,
    logger: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    if walk(logger.clone(), None, record)? == 0 { nobody(facility, logger, record) } else { Ok(()) }
}

/// What is left of `callHandlers` behind the handler before place `next` of a logger's list.
pub(crate) fn go_on<'py>(
    logger: &Bound<'py, PyAny>,
    list: &Bound<'py, PyList>,
    next: usize,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    walk(logger.clone(), Some((list, next)), record).map(drop)
}

/// Offers the record to the handlers of a logger and of those above, and says how many there were.
/// `begun`: the logger's list and the place to go on from.
fn walk<'py>(
    mut current: Bound<'py, PyAny>,
    mut begun: Option<(&Bound<'py, PyList>, usize)>,
    record: &Bound<'py, PyAny>,
) -> PyResult<usize> {
    let mut found = 0usize;
    while begun.is_some() || current.is_truthy()? {
        let (handlers, mut i) = match begun.take() {
            Some((list, next)) => (list.clone().into_any(), next),
            None => (get(&current, names::A_HANDLERS)?, 0),
        };
        if let Ok(list) = handlers.cast_exact::<PyList>() {
            // By index, as a list is iterated: changes made meanwhile take part.
            while i < list.len() {
                let handler = list.get_item(i)?;
                i += 1;
                found += 1;
                offer(&handler, record)?;
            }
        } else {
            for handler in handlers.try_iter()? {
                found += 1;
                offer(&handler?, record)?;
            }
        }
        if !get(&current, names::A_PROPAGATE)?.is_truthy()? {
            break;
        }
        current = get(&current, names::A_PARENT)?;
    }
    Ok(found)
}

/// An attribute as Python finds it, read directly where possible.
fn get<'py>(object: &Bound<'py, PyAny>, name: Name) -> PyResult<Bound<'py, PyAny>> {
    match View::of(object) {
        Some(view) => view.get(name),
        None => object.getattr(name.get(object.py())),
    }
}

/// Gives the record to a handler if its level allows.
pub(crate) fn offer<'py>(handler: &Bound<'py, PyAny>, record: &Bound<'py, PyAny>) -> PyResult<()> {
    let py = handler.py();
    // In this order, which decides which of two odd objects is complained of.
    let level = record.getattr(names::R_LEVELNO.get(py))?;
    if !at_least(&level, &get(handler, names::A_LEVEL)?)? {
        return Ok(());
    }
    handler::handle(handler, record)
}

/// `left >= right`, for levels.
fn at_least(left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>) -> PyResult<bool> {
    if let (Ok(left), Ok(right)) = (left.cast_exact::<PyInt>(), right.cast_exact::<PyInt>())
        && let (Ok(left), Ok(right)) = (left.extract::<i64>(), right.extract::<i64>())
    {
        return Ok(left >= right);
    }
    left.ge(right)
}

/// What happens to a record that met no handler.
fn nobody<'py>(
    facility: &Facility,
    logger: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = logger.py();
    let globals = facility.globals(py)?;
    let last = &facility.last_resort(py)?;
    if last.is_truthy()? {
        return offer(last, record);
    }
    if !globals.raise_exceptions {
        return Ok(());
    }
    let manager = logger.getattr(names::A_MANAGER.get(py))?;
    if !manager.getattr(names::N_EMITTED.get(py))?.is_truthy()? {
        let name = logger.getattr(names::A_NAME.get(py))?;
        let text = PyString::new(py, "No handlers could be found for logger \"%s\"\n").rem(name)?;
        globals
            .sys
            .bind(py)
            .getattr(names::N_STDERR.get(py))?
            .call_method1(names::N_WRITE.get(py), (text,))?;
        manager.setattr(names::N_EMITTED.get(py), true)?;
    }
    Ok(())
}

fn method_handle<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    match (args.get(0), View::of(slf)) {
        (Some(record), Some(view)) if args.len() == 1 && !args.has_keywords() => {
            let own = view.shape.native(names::M_HANDLE) == Native::LoggerHandle;
            if !own || !direct::hand_on(slf, &record)? {
                handle_seen(&view, slf, &record)?;
            }
            Ok(py.None().into_bound(py))
        }
        _ => Facility::of(slf)?.call_original(slf, "Logger", "handle", args),
    }
}

fn method_call_handlers<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            call_handlers(&facility, slf, &record)?;
            Ok(py.None().into_bound(py))
        }
        _ => facility.call_original(slf, "Logger", "callHandlers", args),
    }
}

/// `Logger.findCaller`, for whoever calls it directly.
fn method_find_caller<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    // The Python function looks at the frames from its own on, which is what its callers count on.
    Facility::of(slf)?.call_original(slf, "Logger", "findCaller", args)
}

/// The native methods of this file.
pub(crate) const METHODS: &[Definition] = &[
    method!("Logger", "handle", method_handle),
    method!("Logger", "callHandlers", method_call_handlers),
    method!("Logger", "findCaller", method_find_caller),
];
