//! `LogRecord`: its construction, and its message.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyString, PyTuple, PyType};

use crate::direct;
use crate::facility::Facility;
use crate::globals::Globals;
use crate::levels;
use crate::moment::Moment;
use crate::names::{self, Name};
use crate::native::fields::{self, Fields};
use crate::native::gil::{GilCell, GilOnce};
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::Shape;
use crate::native::text;
use crate::natives::Native;
use crate::place;
use crate::running::Running;

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
    let Some(now) = Moment::now(py, globals)? else {
        return initialise_by_python(record, facility, &parts);
    };
    let parts = Parts { args: single_mapping(parts.args)?, ..parts };
    let level_name = levels::level_name(facility, globals, &parts.level)?;
    let names = place::file_and_module(globals, &parts.pathname)?;
    let who = Running::now(py, globals)?;
    set(record, parts, now, level_name, names, who)
}

/// A new record of a class whose instances are plain objects that our own `__init__` sets up, at a moment that
/// was read from the interpreter's own clock.
pub(crate) fn new<'py>(
    class: &Bound<'py, PyType>,
    parts: Parts<'py>,
    now: Moment,
    level_name: Bound<'py, PyAny>,
    names: (Bound<'py, PyAny>, Bound<'py, PyAny>),
    who: Running<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let record = method::new_object(class)?;
    let parts = Parts { args: single_mapping(parts.args)?, ..parts };
    set(&record, parts, now, level_name, names, who)?;
    Ok(record)
}

/// Sets all of a new record's attributes, in their order.
fn set<'py>(
    record: &Bound<'py, PyAny>,
    parts: Parts<'py>,
    now: Moment,
    level_name: Bound<'py, PyAny>,
    (filename, module): (Bound<'py, PyAny>, Bound<'py, PyAny>),
    who: Running<'py>,
) -> PyResult<()> {
    let py = record.py();
    let values: [Bound<'py, PyAny>; fields::NEW] = [
        parts.name,
        parts.msg,
        parts.args,
        level_name,
        parts.level,
        parts.pathname,
        filename,
        module,
        parts.exc_info,
        py.None().into_bound(py),
        parts.stack_info,
        parts.line,
        parts.function,
        PyFloat::new(py, now.created).into_any(),
        PyFloat::new(py, now.msecs).into_any(),
        PyFloat::new(py, now.relative).into_any(),
        who.thread,
        who.thread_name,
        who.process_name,
        who.process,
        #[cfg(Py_3_12)]
        who.task_name,
    ];
    let left = match Fields::of(&record.get_type()) {
        Some(fields) => fields.fill(record, values),
        None => Some(values),
    };
    let Some(values) = left else { return Ok(()) };
    for (name, value) in names::RECORD_FIELDS.map(Name).zip(values) {
        record.setattr(name.get(py), value)?;
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
    message(slf)
}

/// `getMessage`: `str(msg)`, merged with the arguments if there are any.
pub(crate) fn message<'py>(record: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let fields = Fields::of(&record.get_type());
    let get = |name| Fields::attribute(fields.as_deref(), record, name);
    let msg = get(names::R_MSG)?;
    let text = match msg.cast_exact::<PyString>() {
        Ok(text) => text.clone(),
        Err(_) => msg.str()?,
    };
    let args = get(names::R_ARGS)?;
    if let Ok(args) = args.cast_exact::<PyTuple>() {
        if args.is_empty() {
            return Ok(text.into_any());
        }
        // A text that is no subclass's runs no code of its own.
        if text.is_exact_instance_of::<PyString>()
            && let Some(merged) = merged(&text, args)
        {
            return Ok(merged.into_any());
        }
        return text.as_any().rem(args);
    }
    if args.is_truthy()? {
        return text.as_any().rem(get(names::R_ARGS)?);
    }
    Ok(text.into_any())
}

/// The message with its arguments in their places, where these are texts and numbers.
fn merged<'py>(
    text: &Bound<'py, PyString>,
    args: &Bound<'py, PyTuple>,
) -> Option<Bound<'py, PyString>> {
    /// The message that is made; kept, so that it is allocated once.
    static BUFFER: GilCell<String> = GilCell::new(String::new());
    /// A buffer that grew beyond this is given back.
    const KEPT_CAPACITY: usize = 4096;
    let py = text.py();
    let msg = text::utf8(text)?;
    let mut made = std::mem::take(&mut *BUFFER.borrow(py));
    made.clear();
    let laid_out = direct::interpolate(msg, args.len(), |i| args.get_item(i).ok(), &mut made);
    let message = laid_out.then(|| text::new(py, &made));
    if made.capacity() <= KEPT_CAPACITY {
        *BUFFER.borrow(py) = made;
    }
    message
}

/// Whether showing a record's message runs no code but the interpreter's own.
pub(crate) fn shows_plainly(fields: &Fields, record: &Bound<'_, PyAny>) -> bool {
    let plain = |value: &Bound<'_, PyAny>| {
        value.is_exact_instance_of::<PyString>()
            || value.is_exact_instance_of::<PyInt>()
            || value.is_exact_instance_of::<PyFloat>()
            || value.is_none()
    };
    let msg = fields.get(record, names::R_MSG);
    let args = fields.get(record, names::R_ARGS);
    msg.is_some_and(|msg| msg.is_exact_instance_of::<PyString>())
        && args.is_some_and(|args| {
            args.is_none()
                || args.cast_exact::<PyTuple>().is_ok_and(|args| args.iter().all(|arg| plain(&arg)))
        })
}

/// The message of a record, through an overridden `getMessage` if there is one.
pub(crate) fn message_of<'py>(record: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let fields = Fields::of(&record.get_type());
    if fields.is_some_and(|fields| fields.has_own_message(record)) {
        return message(record);
    }
    record.call_method0(names::M_GET_MESSAGE.get(record.py()))
}

/// Whether a value is a `collections.abc.Mapping`, which may be for Python code to say.
fn is_mapping(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    static MAPPING: GilOnce<Py<PyType>> = GilOnce::new();
    if value.is_instance_of::<PyDict>() {
        return Ok(true);
    }
    value.is_instance(MAPPING.import(value.py(), "collections.abc", "Mapping")?)
}

/// The native methods of `LogRecord`.
pub(crate) const METHODS: &[Definition] =
    &[method!("LogRecord", "__init__", init), method!("LogRecord", "getMessage", get_message)];
