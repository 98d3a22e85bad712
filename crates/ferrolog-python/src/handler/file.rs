//! `FileHandler`.

use pyo3::prelude::*;

use super::stream;
use crate::facility::Facility;
use crate::names;
use crate::native::method::{self, Args, Definition, method};

/// `FileHandler.emit`: opens the file if that was delayed.
pub(crate) fn emit<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = handler.py();
    let name = names::A_STREAM.get(py);
    if handler.getattr(name)?.is_none() {
        let truncating = handler.getattr(names::A_MODE.get(py))?.eq("w")?;
        if !truncating || !handler.getattr(names::A_CLOSED.get(py))?.is_truthy()? {
            let opened = method::call_method(names::M_OPEN.get(py), [handler])?;
            handler.setattr(name, opened)?;
        }
    }
    if handler.getattr(name)?.is_truthy()? {
        match facility.globals(py)?.foreign_stream_emit(py)? {
            None => stream::emit(facility, handler, record)?,
            Some(emit) => drop(method::call(&emit, [handler, record])?),
        }
    }
    Ok(())
}

fn method_emit<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            emit(&facility, slf, &record)?;
            Ok(py.None().into_bound(py))
        }
        _ => facility.call_original(slf, "FileHandler", "emit", args),
    }
}

/// The native methods of `FileHandler`.
pub(crate) const METHODS: &[Definition] = &[method!("FileHandler", "emit", method_emit)];
