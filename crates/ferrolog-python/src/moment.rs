//! The moment of a record, as the running version of `logging` takes and rounds it.

use ferrolog::__engine::system_now;
use pyo3::prelude::*;

use crate::globals::Globals;
use crate::names;
use crate::native::builtin::Builtin;
use crate::native::gil::GilOnce;

/// `created`, `msecs` and `relativeCreated`.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) created: f64,
    pub(crate) msecs: f64,
    pub(crate) relative: f64,
}

/// The clock that `logging` asks: `time.time`, from 3.13 on `time.time_ns`.
#[cfg(Py_3_13)]
const CLOCK: names::Name = names::N_TIME_NS;
#[cfg(not(Py_3_13))]
const CLOCK: names::Name = names::N_TIME;

impl Moment {
    /// Now. `None` when the clock that `logging` asks is not the interpreter's own, or the facility's
    /// start is not a plain number: then the Python code has to ask it.
    pub(crate) fn now(py: Python<'_>, globals: &Globals) -> PyResult<Option<Moment>> {
        if !Moment::is_of_system(py, globals)? {
            return Ok(None);
        }
        Ok(Moment::of_system(globals.start_time.bind(py)))
    }

    /// Now, by the interpreter's own clock.
    pub(crate) fn of_system_now(py: Python<'_>, globals: &Globals) -> Option<Moment> {
        Moment::of_system(globals.start_time.bind(py))
    }

    /// Whether the clock that `logging` asks is the interpreter's own.
    pub(crate) fn is_of_system(py: Python<'_>, globals: &Globals) -> PyResult<bool> {
        let clock = globals.time.bind(py).getattr(CLOCK.get(py))?;
        Ok(self::clock(py).is_some_and(|own| own.is(&clock)))
    }

    #[cfg(Py_3_13)]
    fn of_system(start: &Bound<'_, PyAny>) -> Option<Moment> {
        let ns = system_now();
        let start = start.extract::<i64>().ok()?;
        let created = ns as f64 / 1e9;
        let mut msecs = (ns.rem_euclid(1_000_000_000) / 1_000_000) as f64;
        if msecs == 999.0 && created.trunc() as i64 != ns.div_euclid(1_000_000_000) {
            msecs = 0.0;
        }
        Some(Moment { created, msecs, relative: (ns - start) as f64 / 1e6 })
    }

    #[cfg(not(Py_3_13))]
    fn of_system(start: &Bound<'_, PyAny>) -> Option<Moment> {
        let ns = system_now();
        // As CPython makes a float of it.
        let created = match ns % 1_000_000_000 {
            0 => (ns / 1_000_000_000) as f64,
            _ => ns as f64 / 1e9,
        };
        let start = start.extract::<f64>().ok()?;
        Some(Moment {
            created,
            msecs: truncated((created - truncated(created)) * 1000.0),
            relative: (created - start) * 1000.0,
        })
    }
}

/// The clock that `logging` asks, if the interpreter's own was found.
pub(crate) fn clock(py: Python<'_>) -> Option<&'static Builtin> {
    static BUILTIN: GilOnce<Option<Builtin>> = GilOnce::new();
    BUILTIN.get_or_init(py, || Builtin::of_time(py, CLOCK.text())).as_ref()
}

/// A number that fits into 64 bits, without what is behind its point.
#[cfg(not(Py_3_13))]
fn truncated(number: f64) -> f64 {
    // Without a call, as there is no instruction for it on all machines.
    number as i64 as f64
}
