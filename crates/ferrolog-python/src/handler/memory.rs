//! `BufferingHandler` and `MemoryHandler`.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList};

use super::queue::native;
use super::{base, lock};
use crate::facility::Facility;
use crate::names::{self, Name};
use crate::native::method::{self, Args, Definition, method};
use crate::natives::Native;

/// `BufferingHandler.emit`: keeps the record, and flushes if that is due.
pub(crate) fn emit<'py>(handler: &Bound<'py, PyAny>, record: &Bound<'py, PyAny>) -> PyResult<()> {
    let py = handler.py();
    let buffer = attribute(handler, names::A_BUFFER)?;
    match buffer.cast_exact::<PyList>() {
        Ok(buffer) => buffer.append(record)?,
        Err(_) => drop(method::call_method(names::N_APPEND.get(py), [&buffer, record])?),
    }
    let due = match native(handler, names::M_SHOULD_FLUSH) {
        Native::BufferingShouldFlush => is_full(handler)?,
        Native::MemoryShouldFlush => is_full(handler)? || is_severe(handler, record)?,
        _ => method::call_method(names::M_SHOULD_FLUSH.get(py), [handler, record])?.is_truthy()?,
    };
    if !due {
        return Ok(());
    }
    match native(handler, names::M_FLUSH) {
        Native::MemoryFlush => flush(handler, true),
        Native::BufferingFlush => flush(handler, false),
        _ => method::call_method(names::M_FLUSH.get(py), [handler]).map(drop),
    }
}

fn attribute<'py>(handler: &Bound<'py, PyAny>, name: Name) -> PyResult<Bound<'py, PyAny>> {
    handler.getattr(name.get(handler.py()))
}

/// Whether the buffer has reached its capacity.
fn is_full(handler: &Bound<'_, PyAny>) -> PyResult<bool> {
    let count = attribute(handler, names::A_BUFFER)?.len()?;
    let capacity = attribute(handler, names::A_CAPACITY)?;
    pyo3::types::PyInt::new(capacity.py(), count).ge(capacity)
}

/// Whether the record's level is at least that at which to flush.
fn is_severe(handler: &Bound<'_, PyAny>, record: &Bound<'_, PyAny>) -> PyResult<bool> {
    attribute(record, names::R_LEVELNO)?.ge(attribute(handler, names::A_FLUSH_LEVEL)?)
}

/// `flush`: empties the buffer; a memory handler passes the records to its target before, if it has
/// one, and keeps them otherwise.
fn flush(handler: &Bound<'_, PyAny>, to_target: bool) -> PyResult<()> {
    lock::holding(handler, || empty(handler, to_target))
}

fn empty(handler: &Bound<'_, PyAny>, to_target: bool) -> PyResult<()> {
    let py = handler.py();
    if to_target {
        if !attribute(handler, names::A_TARGET)?.is_truthy()? {
            return Ok(());
        }
        let buffer = attribute(handler, names::A_BUFFER)?;
        let pass_on =
            |record: Bound<'_, PyAny>| base::handle(&attribute(handler, names::A_TARGET)?, &record);
        if let Ok(list) = buffer.cast_exact::<PyList>() {
            // By index, as a list is iterated: records added meanwhile take part.
            let mut i = 0;
            while i < list.len() {
                pass_on(list.get_item(i)?)?;
                i += 1;
            }
        } else {
            for record in buffer.try_iter()? {
                pass_on(record?)?;
            }
        }
    }
    let buffer = attribute(handler, names::A_BUFFER)?;
    method::call_method(names::N_CLEAR.get(py), [&buffer]).map(drop)
}

fn method_emit<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            emit(slf, &record)?;
            Ok(slf.py().None().into_bound(slf.py()))
        }
        _ => Facility::of(slf)?.call_original(slf, "BufferingHandler", "emit", args),
    }
}

fn method_should_flush<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    if args.len() != 1 || args.has_keywords() {
        return Facility::of(slf)?.call_original(slf, "BufferingHandler", "shouldFlush", args);
    }
    Ok(PyBool::new(slf.py(), is_full(slf)?).to_owned().into_any())
}

fn method_memory_should_flush<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            let due = is_full(slf)? || is_severe(slf, &record)?;
            Ok(PyBool::new(slf.py(), due).to_owned().into_any())
        }
        _ => Facility::of(slf)?.call_original(slf, "MemoryHandler", "shouldFlush", args),
    }
}

fn method_flush<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if args.len() != 0 || args.has_keywords() {
        return Facility::of(slf)?.call_original(slf, "BufferingHandler", "flush", args);
    }
    flush(slf, false)?;
    Ok(slf.py().None().into_bound(slf.py()))
}

fn method_memory_flush<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    if args.len() != 0 || args.has_keywords() {
        return Facility::of(slf)?.call_original(slf, "MemoryHandler", "flush", args);
    }
    flush(slf, true)?;
    Ok(slf.py().None().into_bound(slf.py()))
}

/// The native methods of this file.
pub(crate) const METHODS: &[Definition] = &[
    method!("BufferingHandler", "emit", method_emit),
    method!("BufferingHandler", "shouldFlush", method_should_flush),
    method!("BufferingHandler", "flush", method_flush),
    method!("MemoryHandler", "shouldFlush", method_memory_should_flush),
    method!("MemoryHandler", "flush", method_memory_flush),
];
