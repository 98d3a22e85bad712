//! `Logger.debug` ... `Logger.critical`, `exception`, `log`.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt};

use super::{enabled, make};
use crate::direct::{self, Entry};
use crate::facility::Facility;
use crate::names;
use crate::native::gate::gated;
use crate::native::method::{Args, Definition, method};
use crate::native::shape::View;
use crate::natives::Native;

/// A level that has methods of its own.
pub(crate) struct Level {
    pub(crate) number: i32,
    pub(crate) method: &'static str,
}

/// The parameters of these methods. Given by name, or twice, they are for Python to judge.
const PARAMETERS: &[&str] = &["self", "msg", "level"];

/// The short cut of a call of a level's method without keyword arguments, which the gate knows to be
/// enabled. `false` when the call has to take the long way.
fn deliver<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>, level: &Level) -> PyResult<bool> {
    let number = PyInt::new(slf.py(), level.number).into_any();
    let Some(msg) = args.get(0) else { return Ok(false) };
    direct::deliver(&Entry {
        logger: slf,
        level: &number,
        number: level.number.into(),
        msg: &msg,
        args: &args,
        first: 1,
    })
}

/// A call of a level's method that the gate did not turn away. `tried`: it cannot take the short cut.
fn call<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
    level: &Level,
    tried: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let number = PyInt::new(py, level.number).into_any();
    let facility = Facility::of(slf)?;
    if args.len() > 0
        && !args.names_a_parameter(PARAMETERS)
        && let Some(view) = View::of(slf)
        && view.shape.native(names::M_IS_ENABLED_FOR) == Native::Plain
    {
        if !enabled::is_enabled_for(&facility, &view, slf, &number)?.is_truthy()? {
            return Ok(py.None().into_bound(py));
        }
        if make::direct(&view)
            && let Some(call) = make::Call::new(&args, false)?
            && let Some(msg) = args.get(0)
        {
            let entry = Entry {
                logger: slf,
                level: &number,
                number: level.number.into(),
                msg: &msg,
                args: &args,
                first: 1,
            };
            if !tried && call.is_none() && direct::deliver(&entry)? {
                return Ok(py.None().into_bound(py));
            }
            let rest = args.tuple_from(1)?;
            if make::log(&facility, &view, slf, &number, &msg, rest.as_any(), &call)? {
                return Ok(py.None().into_bound(py));
            }
        }
    }
    // Something on the way is foreign or odd: the Python function does just what it always did,
    // with frames of its own for who counts them.
    facility.call_original(slf, "Logger", level.method, args)
}

macro_rules! level_method {
    ($bit:literal, $number:literal, $name:literal) => {{
        fn body<'py>(
            slf: &Bound<'py, PyAny>,
            args: Args<'_, 'py>,
            enabled: bool,
        ) -> PyResult<Bound<'py, PyAny>> {
            let level = Level { number: $number, method: $name };
            if enabled && deliver(slf, args, &level)? {
                return Ok(slf.py().None().into_bound(slf.py()));
            }
            call(slf, args, &level, enabled)
        }
        gated!("Logger", $name, $bit, body)
    }};
}

/// `Logger.exception`: `error` with `exc_info` true unless given.
fn exception<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let facility = Facility::of(slf)?;
    if args.len() > 0
        && !args.names_a_parameter(PARAMETERS)
        && let Some(view) = View::of(slf)
        && view.shape.native(names::M_ERROR) == Native::Plain
        && view.shape.native(names::M_IS_ENABLED_FOR) == Native::Plain
    {
        let number = PyInt::new(py, 40).into_any();
        if !enabled::is_enabled_for(&facility, &view, slf, &number)?.is_truthy()? {
            return Ok(py.None().into_bound(py));
        }
        if make::direct(&view)
            && let Some(mut call) = make::Call::new(&args, false)?
            && let Some(msg) = args.get(0)
        {
            if args.keyword(names::N_EXC_INFO.get(py)).is_none() {
                call.exc_info = PyBool::new(py, true).to_owned().into_any();
            }
            let rest = args.tuple_from(1)?;
            if make::log(&facility, &view, slf, &number, &msg, rest.as_any(), &call)? {
                return Ok(py.None().into_bound(py));
            }
        }
    }
    facility.call_original(slf, "Logger", "exception", args)
}

/// `Logger.log`.
fn log<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let facility = Facility::of(slf)?;
    if let (Some(level), Some(msg)) = (args.get(0), args.get(1))
        && level.is_instance_of::<PyInt>()
        && !args.names_a_parameter(PARAMETERS)
        && let Some(view) = View::of(slf)
        && view.shape.native(names::M_IS_ENABLED_FOR) == Native::Plain
    {
        if !enabled::is_enabled_for(&facility, &view, slf, &level)?.is_truthy()? {
            return Ok(py.None().into_bound(py));
        }
        if make::direct(&view)
            && let Some(call) = make::Call::new(&args, false)?
        {
            if call.is_none()
                && level.is_exact_instance_of::<PyInt>()
                && let Ok(number) = level.extract()
            {
                let entry =
                    Entry { logger: slf, level: &level, number, msg: &msg, args: &args, first: 2 };
                if direct::deliver(&entry)? {
                    return Ok(py.None().into_bound(py));
                }
            }
            let rest = args.tuple_from(2)?;
            if make::log(&facility, &view, slf, &level, &msg, rest.as_any(), &call)? {
                return Ok(py.None().into_bound(py));
            }
        }
    }
    facility.call_original(slf, "Logger", "log", args)
}

/// The native methods of this file.
pub(crate) const METHODS: &[Definition] = &[
    level_method!(0, 10, "debug"),
    level_method!(1, 20, "info"),
    level_method!(2, 30, "warning"),
    level_method!(3, 40, "error"),
    level_method!(4, 50, "critical"),
    method!("Logger", "exception", exception),
    method!("Logger", "log", log),
];
