//! `TimedRotatingFileHandler`.

use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt};

use super::HandlersGlobals;
use crate::facility::Facility;
use crate::names;
use crate::native::builtin::Builtin;
use crate::native::gil::GilOnce;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::View;
use crate::untouched;

const CLASS: &str = "TimedRotatingFileHandler";

/// `shouldRollover`.
pub(super) fn should_roll_over<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    let py = handler.py();
    if let Some(module) = facility.handlers()
        && let Some(view) = View::of(handler)
        && before_rollover(&*module.globals(py)?, &view)?
    {
        return Ok(false);
    }
    // It is time, or something is unusual: the running version's own function says what to do.
    match facility.original(py, CLASS, "shouldRollover") {
        Some(original) => method::call(&original, [handler, record])?.is_truthy(),
        None => facility.missing(CLASS, "shouldRollover"),
    }
}

/// Puts a rollover off that would cost records: `ferrolog._rollover` says when. Says whether it was.
pub(super) fn put_off(handler: &Bound<'_, PyAny>) -> PyResult<bool> {
    static PUT_OFF: GilOnce<Py<PyAny>> = GilOnce::new();
    let py = handler.py();
    let function = PUT_OFF.get_or_try_init(py, || -> PyResult<Py<PyAny>> {
        Ok(py.import("ferrolog._rollover")?.getattr("put_off")?.unbind())
    })?;
    function.bind(py).call1((handler,))?.is_truthy()
}

/// Whether it is known that the time of the rollover has not come yet, by a clock that nobody has
/// replaced.
pub(crate) fn before_rollover(globals: &HandlersGlobals, handler: &View<'_, '_>) -> PyResult<bool> {
    if !has_own_clock(globals, handler.py())? {
        return Ok(false);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Ok(rollover_at(handler).is_some_and(|at| i64::try_from(now).is_ok_and(|now| now < at)))
}

/// Whether the module's clock is the interpreter's own.
pub(crate) fn has_own_clock(globals: &HandlersGlobals, py: Python<'_>) -> PyResult<bool> {
    static BUILTIN: GilOnce<Option<Builtin>> = GilOnce::new();
    let own = BUILTIN.get_or_init(py, || Builtin::of_time(py, "time"));
    Ok(own.as_ref().is_some_and(|own| own.code().holds())
        && untouched::TIME.holds(globals.time.bind(py))?)
}

/// `rolloverAt`, if it is a plain number.
pub(crate) fn rollover_at(handler: &View<'_, '_>) -> Option<i64> {
    handler.own(names::A_ROLLOVER_AT)?.cast_into_exact::<PyInt>().ok()?.extract().ok()
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
        _ => facility.call_original(slf, CLASS, "shouldRollover", args),
    }
}

/// The native methods of `TimedRotatingFileHandler`.
pub(crate) const METHODS: &[Definition] =
    &[method!("TimedRotatingFileHandler", "shouldRollover", method_should_rollover)];
