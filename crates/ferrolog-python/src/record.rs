//! `LogRecord`: its construction, and its message.

use pyo3::exceptions::{PyAttributeError, PyException, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyFloat, PyString, PyTuple, PyType};

use crate::facility::Facility;
use crate::globals::Globals;
use crate::levels;
use crate::moment::Moment;
use crate::names::{self, Name};
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::{Shape, View};
use crate::natives::Native;

/// What a record is made of, as `LogRecord(...)` takes it.
pub(crate) struct Parts<'py> {
    pub(crate) name: Bound<'py, PyAny>,
    pub(crate) level: Bound<'py, PyAny>,
    pub(crate) pathname: Bound<'py, PyAny>,
    pub(crate) line: Bound<'py, PyAny>,
    pub(crate) msg: Bound<'py, PyAny>,
    pub(crate) args: Bound<'py, PyAny>,
    pub(crate) exc_info: Bound<'py, PyAny>,
    pub(crate) function: Bound<'py, PyAny>,
    pub(crate) stack_info: Bound<'py, PyAny>,
}

/// A new record of the facility's factory.
pub(crate) fn create<'py>(
    facility: &Facility,
    globals: &Globals,
    parts: Parts<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = parts.name.py();
    let factory = globals.factory.bind(py);
    if factory.is(&globals.record_class)
        && let Ok(class) = globals.record_class.bind(py).cast::<PyType>()
    {
        let shape = Shape::of(class);
        if shape.native(names::M_INIT) == Native::RecordInit && shape.makes_plain_objects() {
            let record = method::new_object(class)?;
            initialise(&record, facility, globals, parts)?;
            return Ok(record);
        }
    }
    method::call(
        factory,
        [
            &parts.name,
            &parts.level,
            &parts.pathname,
            &parts.line,
            &parts.msg,
            &parts.args,
            &parts.exc_info,
            &parts.function,
            &parts.stack_info,
        ],
    )
}

/// Sets the attributes of a new record.
fn initialise<'py>(
    record: &Bound<'py, PyAny>,
    facility: &Facility,
    globals: &Globals,
    parts: Parts<'py>,
) -> PyResult<()> {
    let py = record.py();
    let none = py.None().into_bound(py);
    let set = |name: Name, value: &Bound<'py, PyAny>| record.setattr(name.get(py), value);
    let Some(now) = Moment::now(py, globals)? else {
        return initialise_by_python(record, facility, &parts);
    };
    set(names::R_NAME, &parts.name)?;
    set(names::R_MSG, &parts.msg)?;
    set(names::R_ARGS, &single_mapping(parts.args)?)?;
    set(names::R_LEVELNAME, &levels::level_name(facility, globals, &parts.level)?)?;
    set(names::R_LEVELNO, &parts.level)?;
    set(names::R_PATHNAME, &parts.pathname)?;
    let (filename, module) = file_and_module(globals, &parts.pathname)?;
    set(names::R_FILENAME, &filename)?;
    set(names::R_MODULE, &module)?;
    set(names::R_EXC_INFO, &parts.exc_info)?;
    set(names::R_EXC_TEXT, &none)?;
    set(names::R_STACK_INFO, &parts.stack_info)?;
    set(names::R_LINENO, &parts.line)?;
    set(names::R_FUNC_NAME, &parts.function)?;
    set(names::R_CREATED, PyFloat::new(py, now.created).as_any())?;
    set(names::R_MSECS, PyFloat::new(py, now.msecs).as_any())?;
    set(names::R_RELATIVE_CREATED, PyFloat::new(py, now.relative).as_any())?;
    let (thread, thread_name) = if globals.log_threads {
        let threading = globals.threading.bind(py);
        (
            threading.call_method0(names::N_GET_IDENT.get(py))?,
            threading
                .call_method0(names::N_CURRENT_THREAD.get(py))?
                .getattr(names::A_NAME.get(py))?,
        )
    } else {
        (none.clone(), none.clone())
    };
    set(names::R_THREAD, &thread)?;
    set(names::R_THREAD_NAME, &thread_name)?;
    set(names::R_PROCESS_NAME, &process_name(py, globals)?)?;
    let process = if globals.log_processes {
        globals.os.bind(py).call_method0(names::N_GETPID.get(py))?
    } else {
        none.clone()
    };
    set(names::R_PROCESS, &process)?;
    if cfg!(Py_3_12) {
        set(names::R_TASK_NAME, &none)?;
        if let Some(task) = task_name(py, globals)? {
            set(names::R_TASK_NAME, &task)?;
        }
    }
    Ok(())
}

/// `LogRecord.__init__` of Python, where a clock is to be asked that is not the interpreter's own.
fn initialise_by_python<'py>(
    record: &Bound<'py, PyAny>,
    facility: &Facility,
    parts: &Parts<'py>,
) -> PyResult<()> {
    let Some(function) = facility.original(record.py(), "LogRecord", "__init__") else {
        return facility.missing("LogRecord", "__init__");
    };
    let Parts { name, level, pathname, line, msg, args, exc_info, function: func, stack_info } =
        parts;
    method::call(
        &function,
        [record, name, level, pathname, line, msg, args, exc_info, func, stack_info],
    )
    .map(drop)
}

/// The arguments; a single, non-empty mapping among them stands for itself.
fn single_mapping(args: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    if let Ok(tuple) = args.cast_exact::<PyTuple>() {
        if tuple.len() == 1 {
            let only = tuple.get_item(0)?;
            // What `isinstance(only, collections.abc.Mapping)` answers for the common types.
            let plain = only.is_exact_instance_of::<PyString>()
                || only.is_exact_instance_of::<pyo3::types::PyInt>()
                || only.is_exact_instance_of::<PyFloat>()
                || only.is_none();
            if !plain && is_mapping(&only)? && only.is_truthy()? {
                return Ok(only);
            }
        }
        return Ok(args);
    }
    if args.is_truthy()? && args.len()? == 1 {
        let only = args.get_item(0)?;
        if is_mapping(&only)? && only.is_truthy()? {
            return Ok(only);
        }
    }
    Ok(args)
}

/// `isinstance(value, collections.abc.Mapping)`, which may run code and so fail.
fn is_mapping(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    static MAPPING: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    if value.is_instance_of::<PyDict>() {
        return Ok(true);
    }
    value.is_instance(MAPPING.import(value.py(), "collections.abc", "Mapping")?)
}

/// `filename` and `module` of a path.
fn file_and_module<'py>(
    globals: &Globals,
    pathname: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let py = pathname.py();
    if cfg!(unix)
        && let Ok(text) = pathname.cast_exact::<PyString>()
        && let Ok(text) = text.to_str()
    {
        let filename = text.rsplit_once('/').map_or(text, |(_, name)| name);
        return Ok((
            PyString::new(py, filename).into_any(),
            PyString::new(py, without_extension(filename)).into_any(),
        ));
    }
    let split = || -> PyResult<_> {
        let path = globals.os.bind(py).getattr(intern!(py, "path"))?;
        let filename = path.call_method1(intern!(py, "basename"), (pathname,))?;
        let module = path.call_method1(intern!(py, "splitext"), (&filename,))?.get_item(0)?;
        Ok((filename, module))
    };
    match split() {
        Err(error)
            if error.is_instance_of::<PyTypeError>(py)
                || error.is_instance_of::<PyValueError>(py)
                || error.is_instance_of::<PyAttributeError>(py) =>
        {
            Ok((pathname.clone(), intern!(py, "Unknown module").clone().into_any()))
        }
        other => other,
    }
}

/// A file name without its last extension; leading dots do not begin one.
pub(crate) fn without_extension(filename: &str) -> &str {
    let leading = filename.len() - filename.trim_start_matches('.').len();
    match filename[leading..].rfind('.') {
        Some(dot) => &filename[..leading + dot],
        None => filename,
    }
}

/// The name that `multiprocessing` gives this process, if it has been imported.
fn process_name<'py>(py: Python<'py>, globals: &Globals) -> PyResult<Bound<'py, PyAny>> {
    if !globals.log_multiprocessing {
        return Ok(py.None().into_bound(py));
    }
    let usual = intern!(py, "MainProcess").clone().into_any();
    let Some(multiprocessing) = imported(py, globals, intern!(py, "multiprocessing"))? else {
        return Ok(usual);
    };
    let name = multiprocessing
        .call_method0(names::N_CURRENT_PROCESS.get(py))
        .and_then(|process| process.getattr(names::A_NAME.get(py)));
    // Importing may still be under way; the standard library lets any such failure pass too.
    or_if_exception(name, usual)
}

/// The name of the running asyncio task, if there is one.
fn task_name<'py>(py: Python<'py>, globals: &Globals) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !globals.log_asyncio_tasks {
        return Ok(None);
    }
    let Some(asyncio) = imported(py, globals, intern!(py, "asyncio"))? else { return Ok(None) };
    if !asyncio.is_truthy()? {
        return Ok(None);
    }
    let name = asyncio
        .call_method0(names::N_CURRENT_TASK.get(py))
        .and_then(|task| task.call_method0(names::N_GET_NAME.get(py)));
    // Outside a loop there is no task, which is an exception.
    match name {
        Ok(name) => Ok(Some(name)),
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(None),
        Err(error) => Err(error),
    }
}

fn or_if_exception<'py>(
    value: PyResult<Bound<'py, PyAny>>,
    otherwise: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Err(error) if error.is_instance_of::<PyException>(otherwise.py()) => Ok(otherwise),
        value => value,
    }
}

/// `sys.modules.get(name)`, `None` for a module that is not there.
fn imported<'py>(
    py: Python<'py>,
    globals: &Globals,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let modules = globals.sys.bind(py).getattr(names::N_MODULES.get(py))?;
    let module = match modules.cast::<PyDict>() {
        Ok(modules) => modules.get_item(name)?,
        Err(_) => Some(modules.call_method1(intern!(py, "get"), (name,))?),
    };
    Ok(module.filter(|module| !module.is_none()))
}

/// `LogRecord.__init__`.
fn init<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let facility = Facility::of(slf)?;
    if args.has_keywords() || !(7..=9).contains(&args.len()) {
        return initialise_by_keywords(slf, args, &facility);
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
        stack_info: arg(8),
    };
    initialise(slf, &facility, &*facility.globals(py)?, parts)?;
    Ok(py.None().into_bound(py))
}

/// The rarer way to call it, with names; others than the known ones are accepted and ignored.
fn initialise_by_keywords<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
    facility: &Facility,
) -> PyResult<Bound<'py, PyAny>> {
    facility.call_original(slf, "LogRecord", "__init__", args)
}

/// `LogRecord.getMessage`.
fn get_message<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if args.len() != 0 || args.has_keywords() {
        return Facility::of(slf)?.call_original(slf, "LogRecord", "getMessage", args);
    }
    let py = slf.py();
    message(&slf.getattr(names::R_MSG.get(py))?, || slf.getattr(names::R_ARGS.get(py)))
}

/// `str(msg)`, merged with the arguments if there are any.
pub(crate) fn message<'py>(
    msg: &Bound<'py, PyAny>,
    args: impl Fn() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let text = match msg.cast_exact::<PyString>() {
        Ok(text) => text.clone(),
        Err(_) => msg.str()?,
    };
    if args()?.is_truthy()? {
        return text.as_any().rem(args()?);
    }
    Ok(text.into_any())
}

/// The message of a record, through an overridden `getMessage` if there is one.
pub(crate) fn message_of<'py>(record: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = record.py();
    match View::of(record) {
        Some(view) if view.shape.native(names::M_GET_MESSAGE) == Native::Plain => {
            message(&record.getattr(names::R_MSG.get(py))?, || {
                record.getattr(names::R_ARGS.get(py))
            })
        }
        _ => record.call_method0(names::M_GET_MESSAGE.get(py)),
    }
}

/// The native methods of `LogRecord`.
pub(crate) const METHODS: &[Definition] = &[
    method!(
        "LogRecord",
        "__init__",
        "($self, name, level, pathname, lineno, msg, args, exc_info, func=None, sinfo=None, **kwargs)",
        "Set the attributes of a new record.",
        init
    ),
    method!(
        "LogRecord",
        "getMessage",
        "($self)",
        "Return the message: str(msg), merged with the arguments if there are any.",
        get_message
    ),
];
