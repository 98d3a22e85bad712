//! `QueueHandler`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::{HandlersGlobals, base, failure, fifo};
use crate::facility::Facility;
use crate::names::{self, Name};
use crate::native::dict;
use crate::native::gil::GilCell;
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
        Err(error) => failure::handle_in(facility, CLASS, handler, record, error),
    }
}

fn prepare_and_enqueue<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = handler.py();
    let prepared = match native(handler, names::M_PREPARE) {
        Native::QueuePrepare => prepare(facility, handler, record)?,
        _ => method::call_method(names::M_PREPARE.get(py), [handler, record])?,
    };
    match native(handler, names::M_ENQUEUE) {
        Native::QueueEnqueue => enqueue(handler, &prepared),
        _ => method::call_method(names::M_ENQUEUE.get(py), [handler, &prepared]).map(drop),
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
    let py = handler.py();
    let Some(module) = facility.handlers() else {
        return facility.missing(CLASS, "prepare");
    };
    let message = base::format(facility, handler, record)?;
    let copy = copy(facility, &*module.globals(py)?, record)?;
    let none = py.None().into_bound(py);
    copy.setattr(names::R_MESSAGE.get(py), &message)?;
    copy.setattr(names::R_MSG.get(py), &message)?;
    for name in [names::R_ARGS, names::R_EXC_INFO, names::R_EXC_TEXT] {
        copy.setattr(name.get(py), &none)?;
    }
    if module.drops_stacks() {
        copy.setattr(names::R_STACK_INFO.get(py), &none)?;
    }
    Ok(copy)
}

/// `copy.copy(record)`.
fn copy<'py>(
    facility: &Facility,
    globals: &HandlersGlobals,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = record.py();
    let class = record.get_type();
    if class.is(&facility.globals(py)?.record_class)
        && View::of(record).is_some_and(|view| is_plain(&view.shape))
        && copies_plainly(globals.copy.bind(py), &class)?
    {
        let copy = method::new_object(&class)?;
        let dict = names::N_DICT.get(py);
        let (from, to) = (record.getattr(dict)?, copy.getattr(dict)?);
        method::call_method(names::N_UPDATE.get(py), [&to, &from])?;
        return Ok(copy);
    }
    method::call_method(intern!(py, "copy"), [globals.copy.bind(py), record])
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

/// Whether the module `copy` is untouched, and knows no other way to copy records.
fn copies_plainly(module: &Bound<'_, PyAny>, class: &Bound<'_, PyType>) -> PyResult<bool> {
    /// The versions of the module's two tables in which the class was not found.
    static LOOKED_AT: GilCell<[(u64, usize); 2]> = GilCell::new([(0, 0); 2]);
    let py = module.py();
    if !untouched::COPY.holds(module)? {
        return Ok(false);
    }
    for (i, table) in
        [intern!(py, "_copy_dispatch"), intern!(py, "dispatch_table")].iter().enumerate()
    {
        let table = module.getattr(table)?;
        let Ok(table) = table.cast_exact::<PyDict>() else { return Ok(false) };
        let now = (dict::version(table), class.as_ptr() as usize);
        if LOOKED_AT.borrow(py)[i] != now {
            if table.contains(class)? {
                return Ok(false);
            }
            LOOKED_AT.borrow(py)[i] = now;
        }
    }
    Ok(true)
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
    method!(
        "QueueHandler",
        "emit",
        "($self, record)",
        "Put the record, prepared for it, into the queue.",
        method_emit
    ),
    method!(
        "QueueHandler",
        "prepare",
        "($self, record)",
        "Return a copy of the record with its message made, and without arguments and exception.",
        method_prepare
    ),
    method!(
        "QueueHandler",
        "enqueue",
        "($self, record)",
        "Put the record into the queue without waiting.",
        method_enqueue
    ),
];
