//! `Logger.isEnabledFor`.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};

use crate::facility::Facility;
use crate::names;
use crate::native::gate;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::View;
use crate::natives::Native;

/// What `isEnabledFor` answers for a level: usually from the logger's `_cache`.
pub(crate) fn is_enabled_for<'py>(
    facility: &Facility,
    view: &View<'_, 'py>,
    logger: &Bound<'py, PyAny>,
    level: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = logger.py();
    if let Some(disabled) = view.own(names::A_DISABLED)
        && !disabled.is_truthy()?
        && let Some(cache) = view.own(names::A_CACHE)
        && let Ok(cache) = cache.cast_exact::<PyDict>()
    {
        let known = match cache.get_item(level)? {
            Some(known) => known,
            None => {
                let known = ask(facility, logger, level)?;
                // Only what the cache says may be remembered.
                return Ok(known);
            }
        };
        // Not for who overrides this method and calls it from there.
        if view.shape.native(names::M_IS_ENABLED_FOR) == Native::Plain
            && disabled.is(&*PyBool::new(py, false))
            && let Ok(answer) = known.cast_exact::<PyBool>()
            && let Ok(level @ (10 | 20 | 30 | 40 | 50)) = level.extract::<u8>()
        {
            gate::remember_class(py, &view.shape);
            gate::remember(cache, level / 10 - 1, answer.is_true());
        }
        return Ok(known);
    }
    ask(facility, logger, level)
}

/// Works the answer out and puts it into the cache: the rare case.
fn ask<'py>(
    facility: &Facility,
    logger: &Bound<'py, PyAny>,
    level: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match facility.original(logger.py(), "Logger", "isEnabledFor") {
        Some(function) => method::call(&function, [logger, level]),
        None => facility.missing("Logger", "isEnabledFor"),
    }
}

fn method_is_enabled_for<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match (args.get(0), View::of(slf)) {
        (Some(level), Some(view)) if args.len() == 1 && !args.has_keywords() => {
            is_enabled_for(&facility, &view, slf, &level)
        }
        _ => facility.call_original(slf, "Logger", "isEnabledFor", args),
    }
}

/// The native methods of this file.
pub(crate) const METHODS: &[Definition] =
    &[method!("Logger", "isEnabledFor", method_is_enabled_for)];
