//! `LoggerAdapter`: a logging call with something added.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyTuple};

use crate::facility::Facility;
use crate::logger::level::Level;
use crate::logger::{enabled, make};
use crate::names;
use crate::native::gil::intern;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::View;
use crate::natives::Native;

const CLASS: &str = "LoggerAdapter";

/// The parameters of these methods. Given by name, or twice, they are for Python to judge.
const PARAMETERS: &[&str] = &["self", "msg", "level"];

/// A call of a level's method.
fn call<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
    level: &Level,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let facility = Facility::of(slf)?;
    if let Some(msg) = args.get(0)
        && !args.names_a_parameter(PARAMETERS)
        && facility.globals(py)?.usual_levels
        && let Some(view) = View::of(slf)
        && view.shape.native(names::M_PUBLIC_LOG) == Native::AdapterLog
        && is_over_own_logger(&facility, &view)
    {
        let number = PyInt::new(py, level.number).into_any();
        log(&facility, &view, slf, &number, &msg, &args, 1)?;
        return Ok(py.None().into_bound(py));
    }
    facility.call_original(slf, CLASS, level.method, args)
}

/// Whether the adapter's logger is one whose way from `log` to the record is native; otherwise the Python
/// methods are called, with frames of their own for who counts them.
fn is_over_own_logger(facility: &Facility, view: &View<'_, '_>) -> bool {
    view.own(names::A_LOGGER).is_some_and(|logger| own_logger(facility, &logger).is_some())
}

/// The view of a logger whose way from `log` to the record is native.
fn own_logger<'a, 'py>(
    facility: &Facility,
    logger: &'a Bound<'py, PyAny>,
) -> Option<View<'a, 'py>> {
    let view = View::of(logger)?;
    let own = view.shape.facility == Some(facility.index())
        && view.shape.native(names::M_PUBLIC_LOG) == Native::LoggerLog
        && view.shape.native(names::M_IS_ENABLED_FOR) == Native::Plain
        && make::direct(&view);
    own.then_some(view)
}

/// `log`; the message's arguments are those from `first` on.
fn log<'py>(
    facility: &Facility,
    view: &View<'_, 'py>,
    slf: &Bound<'py, PyAny>,
    level: &Bound<'py, PyAny>,
    msg: &Bound<'py, PyAny>,
    args: &Args<'_, 'py>,
    first: usize,
) -> PyResult<()> {
    let py = slf.py();
    let enabled = if view.shape.native(names::M_IS_ENABLED_FOR) == Native::AdapterIsEnabledFor {
        is_enabled_for(facility, view, level)?
    } else {
        method::call_method(names::M_IS_ENABLED_FOR.get(py), [slf, level])?
    };
    if !enabled.is_truthy()? {
        return Ok(());
    }
    let processed = match View::of(slf) {
        Some(view)
            if view.shape.native(names::M_PROCESS) == Native::AdapterProcess
                && !args.has_keywords() =>
        {
            (msg.clone(), Extra::Alone(view.get(names::A_EXTRA)?))
        }
        _ => {
            let kwargs = PyDict::new(py);
            for (name, value) in args.keywords() {
                kwargs.set_item(name, value)?;
            }
            let pair = method::call_method(names::M_PROCESS.get(py), [slf, msg, kwargs.as_any()])?;
            let (msg, kwargs) = unpack(&pair)?;
            (msg, Extra::of(kwargs))
        }
    };
    let logger = slf.getattr(names::A_LOGGER.get(py))?;
    match processed {
        (msg, Extra::Alone(extra)) => pass_on(facility, &logger, level, &msg, args, first, extra),
        (msg, Extra::Among(kwargs)) => {
            by_method(facility, &logger, level, &msg, args, first, &kwargs)
        }
    }
}

/// The keyword arguments that a call goes on with.
enum Extra<'py> {
    /// `extra` at most.
    Alone(Bound<'py, PyAny>),
    /// Whatever they are.
    Among(Bound<'py, PyAny>),
}

impl<'py> Extra<'py> {
    fn of(kwargs: Bound<'py, PyAny>) -> Self {
        let py = kwargs.py();
        if let Ok(dict) = kwargs.cast_exact::<PyDict>() {
            match (dict.len(), dict.get_item(names::N_EXTRA.get(py))) {
                (0, _) => return Extra::Alone(py.None().into_bound(py)),
                (1, Ok(Some(extra))) => return Extra::Alone(extra),
                _ => {}
            }
        }
        Extra::Among(kwargs)
    }
}

/// The two values that `process` returns.
fn unpack<'py>(pair: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    if let Ok(pair) = pair.cast_exact::<PyTuple>()
        && pair.len() == 2
    {
        return Ok((pair.get_item(0)?, pair.get_item(1)?));
    }
    // In Python's words.
    let Ok(values) = pair.try_iter() else {
        let kind = pair.get_type().name()?;
        return Err(PyTypeError::new_err(format!("cannot unpack non-iterable {kind} object")));
    };
    let mut found = Vec::with_capacity(2);
    for value in values {
        if found.len() == 2 {
            return Err(PyValueError::new_err("too many values to unpack (expected 2)"));
        }
        found.push(value?);
    }
    match <[Bound<'py, PyAny>; 2]>::try_from(found) {
        Ok([msg, kwargs]) => Ok((msg, kwargs)),
        Err(found) => Err(PyValueError::new_err(format!(
            "not enough values to unpack (expected 2, got {})",
            found.len()
        ))),
    }
}

/// `logger.log(level, msg, *args, extra=extra)`.
fn pass_on<'py>(
    facility: &Facility,
    logger: &Bound<'py, PyAny>,
    level: &Bound<'py, PyAny>,
    msg: &Bound<'py, PyAny>,
    args: &Args<'_, 'py>,
    first: usize,
    extra: Bound<'py, PyAny>,
) -> PyResult<()> {
    if level.is_exact_instance_of::<PyInt>()
        && let Some(view) = own_logger(facility, logger)
    {
        if !enabled::is_enabled_for(facility, &view, logger, level)?.is_truthy()? {
            return Ok(());
        }
        let rest = args.tuple_from(first)?;
        let call = make::Call::with_extra(extra.clone());
        if make::log(facility, &view, logger, level, msg, rest.as_any(), &call)? {
            return Ok(());
        }
    }
    let kwargs = PyDict::new(logger.py());
    kwargs.set_item(names::N_EXTRA.get(logger.py()), extra)?;
    by_method(facility, logger, level, msg, args, first, kwargs.as_any())
}

/// `logger.log(level, msg, *args, **kwargs)`.
fn by_method<'py>(
    facility: &Facility,
    logger: &Bound<'py, PyAny>,
    level: &Bound<'py, PyAny>,
    msg: &Bound<'py, PyAny>,
    args: &Args<'_, 'py>,
    first: usize,
    kwargs: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = logger.py();
    let rest = args.tuple_from(first)?;
    let all = [level.clone(), msg.clone()].into_iter().chain(rest.iter());
    let all = PyTuple::new(py, all.collect::<Vec<_>>())?;
    let kwargs = match kwargs.cast_exact::<PyDict>() {
        Ok(kwargs) => kwargs.clone(),
        Err(_) if !kwargs.hasattr(intern!(py, "keys"))? => {
            // In Python's words.
            let module = facility.dict.bind(py).get_item(names::G_NAME.get(py))?;
            let module = module.map(|name| name.to_string()).unwrap_or_default();
            let kind = kwargs.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "{module}.Logger.log() argument after ** must be a mapping, not {kind}"
            )));
        }
        Err(_) => {
            let copy = PyDict::new(py);
            copy.call_method1(names::N_UPDATE.get(py), (kwargs,))?;
            copy
        }
    };
    logger.getattr(names::M_PUBLIC_LOG.get(py))?.call(all, Some(&kwargs)).map(drop)
}

/// `isEnabledFor`: what the logger says.
fn is_enabled_for<'py>(
    facility: &Facility,
    view: &View<'_, 'py>,
    level: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = level.py();
    let logger = view.get(names::A_LOGGER)?;
    if let Some(view) = View::of(&logger)
        && view.shape.facility == Some(facility.index())
        && view.shape.native(names::M_IS_ENABLED_FOR) == Native::Plain
    {
        return enabled::is_enabled_for(facility, &view, &logger, level);
    }
    method::call_method(names::M_IS_ENABLED_FOR.get(py), [&logger, level])
}

macro_rules! level_method {
    ($function:ident, $number:literal, $name:literal) => {{
        fn $function<'py>(
            slf: &Bound<'py, PyAny>,
            args: Args<'_, 'py>,
        ) -> PyResult<Bound<'py, PyAny>> {
            call(slf, args, &Level { number: $number, method: $name })
        }
        method!("LoggerAdapter", $name, $function)
    }};
}

fn method_log<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let facility = Facility::of(slf)?;
    if let (Some(level), Some(msg)) = (args.get(0), args.get(1))
        && !args.names_a_parameter(PARAMETERS)
        && let Some(view) = View::of(slf)
        && is_over_own_logger(&facility, &view)
    {
        log(&facility, &view, slf, &level, &msg, &args, 2)?;
        return Ok(py.None().into_bound(py));
    }
    facility.call_original(slf, CLASS, "log", args)
}

fn method_is_enabled_for<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match (args.get(0), View::of(slf)) {
        (Some(level), Some(view)) if args.len() == 1 && !args.has_keywords() => {
            is_enabled_for(&facility, &view, &level)
        }
        _ => facility.call_original(slf, CLASS, "isEnabledFor", args),
    }
}

/// `process`: the call's `extra` is the adapter's own, from 3.13 on merged with it if that is wanted.
fn method_process<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    if let (Some(msg), Some(kwargs)) = (args.get(0), args.get(1))
        && args.len() == 2
        && !args.has_keywords()
        && let Ok(dict) = kwargs.cast_exact::<PyDict>()
    {
        let merges = cfg!(Py_3_13)
            && slf.getattr(names::A_MERGE_EXTRA.get(py))?.is_truthy()?
            && dict.contains(names::N_EXTRA.get(py))?;
        if !merges {
            dict.set_item(names::N_EXTRA.get(py), slf.getattr(names::A_EXTRA.get(py))?)?;
            return Ok(PyTuple::new(py, [msg, kwargs])?.into_any());
        }
    }
    Facility::of(slf)?.call_original(slf, CLASS, "process", args)
}

/// The native methods of `LoggerAdapter`.
pub(crate) const METHODS: &[Definition] = &[
    level_method!(debug, 10, "debug"),
    level_method!(info, 20, "info"),
    level_method!(warning, 30, "warning"),
    level_method!(error, 40, "error"),
    level_method!(critical, 50, "critical"),
    method!("LoggerAdapter", "log", method_log),
    method!("LoggerAdapter", "isEnabledFor", method_is_enabled_for),
    method!("LoggerAdapter", "process", method_process),
];
