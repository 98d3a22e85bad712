//! `Logger._log` and `Logger.makeRecord`: from a call's arguments to a record.

use pyo3::exceptions::{PyBaseException, PyKeyError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyTuple};

use super::walk;
use crate::caller::Caller;
use crate::facility::Facility;
use crate::globals::Globals;
use crate::names;
use crate::native::gil::intern;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::View;
use crate::natives::Native;
use crate::record::{self, Parts};

/// The keyword arguments that a logging call may have.
pub(crate) struct Call<'py> {
    pub(crate) exc_info: Bound<'py, PyAny>,
    extra: Bound<'py, PyAny>,
    stack_info: Bound<'py, PyAny>,
    stacklevel: i64,
}

impl<'py> Call<'py> {
    /// No keyword arguments.
    pub(crate) fn none(py: Python<'py>) -> Self {
        let none = || py.None().into_bound(py);
        Call {
            exc_info: none(),
            extra: none(),
            stack_info: PyBool::new(py, false).to_owned().into_any(),
            stacklevel: 1,
        }
    }

    /// `extra` alone.
    pub(crate) fn with_extra(extra: Bound<'py, PyAny>) -> Self {
        Call { extra: extra.clone(), ..Call::none(extra.py()) }
    }

    /// Whether none of them says anything. (A record keeps a false `exc_info` as it was given, so that only `None`
    /// is none.)
    pub(crate) fn is_none(&self) -> bool {
        let no_stack = self.stack_info.is_none()
            || self.stack_info.is(&*PyBool::new(self.stack_info.py(), false));
        self.exc_info.is_none() && self.extra.is_none() && no_stack && self.stacklevel == 1
    }

    /// Reads them; `None` for anything unusual, which the Python function answers for.
    ///
    /// `positional` is for `_log` itself, where they may follow the first three arguments.
    pub(crate) fn new(args: &Args<'_, 'py>, positional: bool) -> PyResult<Option<Self>> {
        let py = args.py();
        let mut call = Call::none(py);
        if positional && args.len() > 3 {
            return Ok(None);
        }
        for (name, value) in args.keywords() {
            if name.is(names::N_EXC_INFO.get(py)) {
                call.exc_info = value;
            } else if name.is(names::N_EXTRA.get(py)) {
                call.extra = value;
            } else if name.is(names::N_STACK_INFO.get(py)) {
                call.stack_info = value;
            } else if name.is(names::N_STACKLEVEL.get(py)) {
                match value.cast_exact::<PyInt>().map(|level| level.extract::<i64>()) {
                    Ok(Ok(level)) if level >= 1 => call.stacklevel = level,
                    _ => return Ok(None),
                }
            } else {
                return Ok(None);
            }
        }
        Ok(Some(call))
    }
}

/// The methods that could look at the frames between a call and its record.
pub(crate) const DIRECT: [names::Name; 2] = [names::M_LOG, names::M_FIND_CALLER];

/// Whether nothing foreign stands between a call and its record that could look at the frames in
/// between.
pub(crate) fn direct(view: &View<'_, '_>) -> bool {
    DIRECT.iter().all(|&m| view.shape.native(m) == Native::Plain)
}

/// `_log`, when [`direct`]. `false`: nothing was done, as only Python code with frames of its own can
/// say who called.
pub(crate) fn log<'py>(
    facility: &Facility,
    view: &View<'_, 'py>,
    logger: &Bound<'py, PyAny>,
    level: &Bound<'py, PyAny>,
    msg: &Bound<'py, PyAny>,
    args: &Bound<'py, PyAny>,
    call: &Call<'py>,
) -> PyResult<bool> {
    let py = logger.py();
    let globals = facility.globals(py)?;
    let caller = if globals.srcfile.is_some() {
        if !globals.frames_untouched {
            return Ok(false);
        }
        match Caller::find(py, &globals, call.stack_info.is_truthy()?, call.stacklevel)? {
            Some(caller) => caller,
            None => return Ok(false),
        }
    } else {
        Caller::unknown(py)
    };
    let exc_info = exc_info(&globals, call.exc_info.clone())?;
    let parts = Parts {
        name: view.get(names::A_NAME)?,
        level: level.clone(),
        pathname: caller.pathname,
        line: PyInt::new(py, caller.line).into_any(),
        msg: msg.clone(),
        args: args.clone(),
        exc_info,
        function: caller.function,
        stack_info: caller.stack_info,
    };
    let record = if view.shape.native(names::M_MAKE_RECORD) == Native::Plain {
        make_record(facility, &globals, parts, &call.extra)?
    } else {
        method::call_method(
            names::M_MAKE_RECORD.get(py),
            [
                logger,
                &parts.name,
                &parts.level,
                &parts.pathname,
                &parts.line,
                &parts.msg,
                &parts.args,
                &parts.exc_info,
                &parts.function,
                &call.extra,
                &parts.stack_info,
            ],
        )?
    };
    walk::handle(logger, &record)?;
    Ok(true)
}

/// The record of a call without keyword arguments, when [`direct`] and `makeRecord` is ours too. `None`
/// when there is no Python frame that could have called.
pub(crate) fn plain_record<'py>(
    facility: &Facility,
    globals: &Globals,
    view: &View<'_, 'py>,
    level: &Bound<'py, PyAny>,
    msg: &Bound<'py, PyAny>,
    args: Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = msg.py();
    let caller = match &globals.srcfile {
        Some(_) => Caller::find(py, globals, false, 1)?,
        None => Some(Caller::unknown(py)),
    };
    let Some(caller) = caller else { return Ok(None) };
    let none = py.None().into_bound(py);
    let parts = Parts {
        name: view.get(names::A_NAME)?,
        level: level.clone(),
        pathname: caller.pathname,
        line: PyInt::new(py, caller.line).into_any(),
        msg: msg.clone(),
        args,
        exc_info: none.clone(),
        function: caller.function,
        stack_info: caller.stack_info,
    };
    make_record(facility, globals, parts, &none).map(Some)
}

/// `exc_info` as a record keeps it: a triple, or what was given if it is false.
fn exc_info<'py>(globals: &Globals, given: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = given.py();
    if !given.is_truthy()? {
        return Ok(given);
    }
    if given.is_instance_of::<PyBaseException>() {
        let traceback = given.getattr(intern!(py, "__traceback__"))?;
        return Ok(PyTuple::new(py, [given.get_type().into_any(), given, traceback])?.into_any());
    }
    if given.is_instance_of::<PyTuple>() {
        return Ok(given);
    }
    globals.sys.bind(py).call_method0(names::N_EXC_INFO.get(py))
}

/// `makeRecord`.
fn make_record<'py>(
    facility: &Facility,
    globals: &Globals,
    parts: Parts<'py>,
    extra: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = extra.py();
    let record = record::create(facility, globals, parts)?;
    if !extra.is_none() {
        let name = names::N_DICT.get(py);
        for key in extra.try_iter()? {
            let key = key?;
            let reserved = key.eq(names::R_MESSAGE.get(py))? || key.eq(names::R_ASCTIME.get(py))?;
            if reserved || record.getattr(name)?.contains(&key)? {
                let text = format!("Attempt to overwrite {} in LogRecord", key.repr()?);
                return Err(PyKeyError::new_err(text));
            }
            record.getattr(name)?.set_item(&key, extra.get_item(&key)?)?;
        }
    }
    Ok(record)
}

fn method_log<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    if let (Some(level), Some(msg), Some(arguments)) = (args.get(0), args.get(1), args.get(2))
        && let Some(view) = View::of(slf)
        && view.shape.native(names::M_FIND_CALLER) == Native::Plain
        && let Some(call) = Call::new(&args, true)?
        && log(&facility, &view, slf, &level, &msg, &arguments, &call)?
    {
        return Ok(slf.py().None().into_bound(slf.py()));
    }
    facility.call_original(slf, "Logger", "_log", args)
}

fn method_make_record<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let facility = Facility::of(slf)?;
    if args.has_keywords() || !(7..=10).contains(&args.len()) {
        return facility.call_original(slf, "Logger", "makeRecord", args);
    }
    let arg = |i: usize| args.get(i).unwrap_or_else(|| py.None().into_bound(py));
    let parts = Parts {
        name: arg(0),
        level: arg(1),
        pathname: arg(2),
        line: arg(3),
        msg: arg(4),
        args: arg(5),
        exc_info: arg(6),
        function: arg(7),
        stack_info: arg(9),
    };
    make_record(&facility, &*facility.globals(py)?, parts, &arg(8))
}

/// The native methods of this file.
pub(crate) const METHODS: &[Definition] =
    &[method!("Logger", "_log", method_log), method!("Logger", "makeRecord", method_make_record)];
