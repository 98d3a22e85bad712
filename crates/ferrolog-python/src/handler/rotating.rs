//! `BaseRotatingHandler` and `RotatingFileHandler`.
//!
//! Rolling over is the running version's own code; here is the question whether to, asked at each
//! record.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString, PyType};

use super::{base, failure, file, path, timed};
use crate::facility::Facility;
use crate::names;
use crate::native::gil::intern;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::{Shape, View};
use crate::natives::Native;

/// `BaseRotatingHandler.emit`.
pub(crate) fn emit<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    match roll_and_emit(facility, handler, record) {
        Ok(()) => Ok(()),
        Err(error) => failed(facility, handler, record, error),
    }
}

/// What becomes of an exception in `BaseRotatingHandler.emit`.
pub(crate) fn failed<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
    error: PyErr,
) -> PyResult<()> {
    failure::handle_in(facility, "BaseRotatingHandler", handler, record, error)
}

fn roll_and_emit<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = handler.py();
    let due = match View::of(handler).map(|view| view.shape.native(names::M_SHOULD_ROLLOVER)) {
        Some(Native::SizeShouldRollover) => should_roll_over(facility, handler, record)?,
        Some(Native::TimeShouldRollover) => timed::should_roll_over(facility, handler, record)?,
        _ => {
            method::call_method(names::M_SHOULD_ROLLOVER.get(py), [handler, record])?.is_truthy()?
        }
    };
    if due && !timed::put_off(handler)? {
        method::call_method(names::N_DO_ROLLOVER.get(py), [handler])?;
    }
    file_emit(facility, handler, record)
}

/// `logging.FileHandler.emit(handler, record)`, which a replaced method takes part in.
pub(super) fn file_emit<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = handler.py();
    let Some(module) = facility.handlers() else {
        return facility.missing("FileHandler", "emit");
    };
    let globals = module.globals(py)?;
    let own = &facility.globals(py)?.file_handler;
    if globals.logging.is_some() && class_emits(own.bind(py), Native::FileEmit) {
        return file::emit(facility, handler, record);
    }
    let class = module.logging(py)?.getattr(names::G_FILE_HANDLER.get(py))?;
    class.call_method1(names::M_EMIT.get(py), (handler, record)).map(|_| ())
}

/// Whether a class's `emit` is this one of ours.
pub(crate) fn class_emits(class: &Bound<'_, PyAny>, native: Native) -> bool {
    class.cast::<PyType>().is_ok_and(|class| Shape::of(class).native(names::M_EMIT) == native)
}

/// `RotatingFileHandler.shouldRollover`.
fn should_roll_over<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    let py = handler.py();
    let Some(module) = facility.handlers() else {
        return facility.missing("RotatingFileHandler", "shouldRollover");
    };
    let globals = module.globals(py)?;
    let is_odd =
        || path::is_no_regular_file(&globals, &handler.getattr(names::A_BASE_FILENAME.get(py))?);
    if module.seeks() && is_odd()? {
        return Ok(false);
    }
    let stream = names::A_STREAM.get(py);
    if handler.getattr(stream)?.is_none() {
        handler.setattr(stream, method::call_method(names::M_OPEN.get(py), [handler])?)?;
    }
    let limit = handler.getattr(names::A_MAX_BYTES.get(py))?;
    if !limit.gt(0)? {
        return Ok(false);
    }
    if module.seeks() {
        let length = length_of(facility, handler, record)?;
        handler.getattr(stream)?.call_method1(names::N_SEEK.get(py), (0, 2))?;
        let position = handler.getattr(stream)?.call_method0(names::N_TELL.get(py))?;
        return position.add(length)?.ge(limit_now(handler)?);
    }
    let position = handler.getattr(stream)?.call_method0(names::N_TELL.get(py))?;
    if !position.is_truthy()? {
        return Ok(false);
    }
    let length = length_of(facility, handler, record)?;
    Ok(position.add(length)?.ge(limit_now(handler)?)? && !is_odd()?)
}

fn limit_now<'py>(handler: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    handler.getattr(names::A_MAX_BYTES.get(handler.py()))
}

/// How many characters the record takes with a line feed.
fn length_of<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<usize> {
    let text = base::format(facility, handler, record)?;
    match text.cast_exact::<PyString>() {
        Ok(text) => Ok(text.len()? + 1),
        Err(_) => intern!(handler.py(), "%s\n").as_any().rem(text)?.len(),
    }
}

fn method_emit<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            emit(&facility, slf, &record)?;
            Ok(slf.py().None().into_bound(slf.py()))
        }
        _ => facility.call_original(slf, "BaseRotatingHandler", "emit", args),
    }
}

fn method_should_rollover<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            let due = should_roll_over(&facility, slf, &record)?;
            Ok(PyBool::new(slf.py(), due).to_owned().into_any())
        }
        _ => facility.call_original(slf, "RotatingFileHandler", "shouldRollover", args),
    }
}

/// The native methods of this file.
pub(crate) const METHODS: &[Definition] = &[
    method!("BaseRotatingHandler", "emit", method_emit),
    method!("RotatingFileHandler", "shouldRollover", method_should_rollover),
];
