//! `WatchedFileHandler`.

use pyo3::prelude::*;

use super::{HandlersGlobals, path, rotating};
use crate::facility::Facility;
use crate::names;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::View;
use crate::natives::Native;

/// `WatchedFileHandler.emit`.
pub(crate) fn emit<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    match View::of(handler).map(|view| view.shape.native(names::M_REOPEN_IF_NEEDED)) {
        Some(Native::WatchedReopen) => reopen_if_needed(facility, handler)?,
        _ => {
            method::call_method(names::M_REOPEN_IF_NEEDED.get(handler.py()), [handler])?;
        }
    }
    rotating::file_emit(facility, handler, record)
}

/// `reopenIfNeeded`.
fn reopen_if_needed(facility: &Facility, handler: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = handler.py();
    if let Some(module) = facility.handlers()
        && let Some(view) = View::of(handler)
        && view.own(names::A_STREAM).is_some_and(|stream| !stream.is_none())
        && is_same_file(&*module.globals(py)?, &view)?
    {
        return Ok(());
    }
    // The file is gone or another one, or something is unusual.
    match facility.original(py, "WatchedFileHandler", "reopenIfNeeded") {
        Some(original) => method::call(&original, [handler]).map(|_| ()),
        None => facility.missing("WatchedFileHandler", "reopenIfNeeded"),
    }
}

/// Whether it is known that the file at the handler's path is the one that it has open.
#[cfg(unix)]
pub(crate) fn is_same_file(globals: &HandlersGlobals, handler: &View<'_, '_>) -> PyResult<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let number = |name| handler.own(name).and_then(|value| value.extract::<u64>().ok());
    let (Some(path), Some(device), Some(inode)) =
        (handler.own(names::A_BASE_FILENAME), number(names::A_DEV), number(names::A_INO))
    else {
        return Ok(false);
    };
    Ok(match path::stat(globals, &path)? {
        Some(Ok(found)) => found.dev() == device && found.ino() == inode,
        _ => false,
    })
}

/// Whether it is known that the file at the handler's path is the one that it has open.
#[cfg(not(unix))]
pub(crate) fn is_same_file(_: &HandlersGlobals, _: &View<'_, '_>) -> PyResult<bool> {
    Ok(false)
}

fn method_emit<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            emit(&facility, slf, &record)?;
            Ok(slf.py().None().into_bound(slf.py()))
        }
        _ => facility.call_original(slf, "WatchedFileHandler", "emit", args),
    }
}

fn method_reopen<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    if args.len() != 0 || args.has_keywords() {
        return facility.call_original(slf, "WatchedFileHandler", "reopenIfNeeded", args);
    }
    reopen_if_needed(&facility, slf)?;
    Ok(slf.py().None().into_bound(slf.py()))
}

/// The native methods of `WatchedFileHandler`.
pub(crate) const METHODS: &[Definition] = &[
    method!("WatchedFileHandler", "emit", method_emit),
    method!("WatchedFileHandler", "reopenIfNeeded", method_reopen),
];
