//! `QueueHandler`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString, PyType};

use super::{base, failure, fifo};
use crate::facility::Facility;
use crate::globals::Globals;
use crate::handler;
use crate::names::{self, Name};
use crate::native::fields::Fields;
use crate::native::gil::intern;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::{Shape, View};
use crate::natives::Native;
use crate::untouched;

const CLASS: &str = "QueueHandler";

/// `QueueHandler.emit`.
pub(crate) fn emit<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    match prepare_and_enqueue(facility, handler, record) {
        Ok(()) => Ok(()),
        Err(error) => failed(facility, handler, record, error),
    }
}

/// What becomes of an exception in `emit`.
pub(crate) fn failed<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
    error: PyErr,
) -> PyResult<()> {
    failure::handle_in(facility, CLASS, handler, record, error)
}

/// `emit`, but for what becomes of errors.
pub(crate) fn prepare_and_enqueue<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = handler.py();
    let prepared = match native(handler, names::M_PREPARE) {
        Native::QueuePrepare => prepare(facility, handler, record)?,
        _ => method::call_method(names::M_PREPARE.get(py), [handler, record])?,
    };
    enqueue_by_method(handler, &prepared)
}

/// `handler.enqueue(record)`.
pub(crate) fn enqueue_by_method<'py>(
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    match native(handler, names::M_ENQUEUE) {
        Native::QueueEnqueue => enqueue(handler, record),
        _ => method::call_method(names::M_ENQUEUE.get(handler.py()), [handler, record]).map(drop),
    }
}

/// Which of our methods an object has under a name.
pub(super) fn native(object: &Bound<'_, PyAny>, name: Name) -> Native {
    View::of(object).map_or(Native::None, |view| view.shape.native(name))
}

/// `enqueue`.
fn enqueue<'py>(handler: &Bound<'py, PyAny>, record: &Bound<'py, PyAny>) -> PyResult<()> {
    let queue = handler.getattr(names::A_QUEUE.get(handler.py()))?;
    fifo::put_nowait(&queue, record)
}

/// `prepare`: a copy of the record with its message made, and without what may not be pickled.
fn prepare<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let message = base::format(facility, handler, record)?;
    let copy = copy(facility, record)?;
    strip(facility, &copy, message)?;
    Ok(copy)
}

/// Has a copy of a record tell its message alone.
pub(crate) fn strip<'py>(
    facility: &Facility,
    copy: &Bound<'py, PyAny>,
    message: Bound<'py, PyAny>,
) -> PyResult<()> {
    let none = copy.py().None().into_bound(copy.py());
    let fields = Fields::of(&copy.get_type());
    let set = |name, value| Fields::put(fields.as_deref(), copy, name, value);
    set(names::R_MESSAGE, message.clone())?;
    set(names::R_MSG, message)?;
    for name in [names::R_ARGS, names::R_EXC_INFO, names::R_EXC_TEXT] {
        set(name, none.clone())?;
    }
    if facility.handlers().is_some_and(|module| module.drops_stacks()) {
        set(names::R_STACK_INFO, none)?;
    }
    Ok(())
}

/// `copy.copy(record)`.
pub(crate) fn copy<'py>(
    facility: &Facility,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = record.py();
    let Some(module) = facility.handlers() else {
        return facility.missing(CLASS, "prepare");
    };
    let globals = facility.globals(py)?;
    if record.get_type().is(&globals.record_class)
        && copies_plainly(&globals, &module, py)?.is_some()
    {
        if let Some(copy) = plain_copy(record)? {
            return Ok(copy);
        }
        let copy = method::new_object(&record.get_type())?;
        let dict = names::N_DICT.get(py);
        let (from, to) = (record.getattr(dict)?, copy.getattr(dict)?);
        method::call_method(names::N_UPDATE.get(py), [&to, &from])?;
        return Ok(copy);
    }
    let of_module = module.globals(py)?;
    method::call_method(intern!(py, "copy"), [of_module.copy.bind(py), record])
}

/// A copy of a record of a class whose records are copied attribute by attribute. `None`: its attributes have
/// to be taken from its dictionary.
pub(crate) fn plain_copy<'py>(record: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    match Fields::of(&record.get_type()) {
        Some(fields) => fields.copy(record),
        None => Ok(None),
    }
}

/// Whether an object of this class is copied attribute by attribute.
fn is_plain(shape: &Shape) -> bool {
    shape.makes_plain_objects()
        && shape.has_of_object(names::M_REDUCE_EX)
        && shape.has_of_object(names::M_REDUCE)
        && shape.has_of_object(names::M_GETSTATE)
        && shape.has_not(names::M_COPY)
        && shape.has_not(names::M_SETSTATE)
}

/// Whether records are copied attribute by attribute: their class has no way of its own, and the module `copy`
/// is untouched and knows no other. If so, the dictionaries that the answer rests on, each held by the one
/// before.
pub(crate) fn copies_plainly<'py>(
    globals: &Globals,
    module: &handler::Module,
    py: Python<'py>,
) -> PyResult<Option<[Bound<'py, PyDict>; 3]>> {
    let Ok(class) = globals.record_class.bind(py).cast::<PyType>() else { return Ok(None) };
    let of_module = module.globals(py)?;
    let Ok(copying) = of_module.copy.bind(py).cast_exact::<PyModule>() else { return Ok(None) };
    let shape = Shape::of(class);
    if shape.is_opaque() || !is_plain(&shape) || !untouched::COPY.holds(copying)? {
        return Ok(None);
    }
    let table = |name: &Bound<'py, PyString>| -> PyResult<Option<Bound<'py, PyDict>>> {
        let table = copying.getattr(name)?.cast_into_exact::<PyDict>().ok();
        Ok(table.filter(|table| !table.contains(class).unwrap_or(true)))
    };
    let tables = (table(intern!(py, "_copy_dispatch"))?, table(intern!(py, "dispatch_table"))?);
    let (Some(first), Some(second)) = tables else { return Ok(None) };
    Ok(Some([copying.dict(), first, second]))
}

fn method_emit<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            emit(&facility, slf, &record)?;
            Ok(slf.py().None().into_bound(slf.py()))
        }
        _ => facility.call_original(slf, CLASS, "emit", args),
    }
}

fn method_prepare<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => prepare(&facility, slf, &record),
        _ => facility.call_original(slf, CLASS, "prepare", args),
    }
}

fn method_enqueue<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            enqueue(slf, &record)?;
            Ok(slf.py().None().into_bound(slf.py()))
        }
        _ => Facility::of(slf)?.call_original(slf, CLASS, "enqueue", args),
    }
}

/// The native methods of `QueueHandler`.
pub(crate) const METHODS: &[Definition] = &[
    method!("QueueHandler", "emit", method_emit),
    method!("QueueHandler", "prepare", method_prepare),
    method!("QueueHandler", "enqueue", method_enqueue),
];
