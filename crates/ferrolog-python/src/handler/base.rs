//! `Handler`: what all handlers share.

use pyo3::exceptions::PyNotImplementedError;
use pyo3::prelude::*;

use super::{file, lock, memory, queue, rotating, socket, stream, syslog, watched};
use crate::counts;
use crate::direct;
use crate::facility::Facility;
use crate::filter;
use crate::formatter;
use crate::names;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::View;
use crate::natives::Native;

/// `handler.handle(record)`, through an overridden method if there is one.
pub(crate) fn handle<'py>(handler: &Bound<'py, PyAny>, record: &Bound<'py, PyAny>) -> PyResult<()> {
    if direct::handle(handler, record)? {
        return Ok(());
    }
    if let Some(view) = View::of(handler) {
        match view.shape.native(names::M_HANDLE) {
            Native::NullHandle => return Ok(()),
            Native::HandlerHandle => {
                handle_as_base(Some(&view), handler, record)?;
                return Ok(());
            }
            _ => {}
        }
    }
    method::call_method(names::M_HANDLE.get(handler.py()), [handler, record])?;
    Ok(())
}

/// `Handler.handle`: filter, and emit under the lock.
fn handle_as_base<'py>(
    view: Option<&View<'_, 'py>>,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(handler)?;
    let verdict = filter::passes(&facility, view, handler, record)?;
    if verdict.passed {
        let record = verdict.replacement.as_ref().unwrap_or(record);
        lock::holding(handler, || counted(handler, || emit(&facility, handler, record)))?;
    }
    Ok(verdict.value)
}

/// Counts what becomes of a record that is given to the handler's `emit`.
pub(crate) fn counted(
    handler: &Bound<'_, PyAny>,
    emit: impl FnOnce() -> PyResult<()>,
) -> PyResult<()> {
    let emission = counts::begin(handler);
    let emitted = emit();
    emission.end(&emitted);
    emitted
}

/// `handler.emit(record)`.
pub(crate) fn emit<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    if let Some(view) = View::of(handler) {
        match view.shape.native(names::M_EMIT) {
            Native::StreamEmit => return stream::emit(facility, handler, record),
            Native::FileEmit => return file::emit(facility, handler, record),
            Native::NullEmit => return Ok(()),
            Native::RotatingEmit => return rotating::emit(facility, handler, record),
            Native::WatchedEmit => return watched::emit(facility, handler, record),
            Native::BufferingEmit => return memory::emit(handler, record),
            Native::QueueEmit => return queue::emit(facility, handler, record),
            Native::SocketEmit => return socket::emit(facility, handler, record),
            Native::SysLogEmit => return syslog::emit(facility, handler, record),
            _ => {}
        }
    }
    method::call_method(names::M_EMIT.get(handler.py()), [handler, record])?;
    Ok(())
}

/// `handler.format(record)`.
pub(crate) fn format<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match View::of(handler) {
        Some(view) if view.shape.native(names::M_FORMAT) == Native::HandlerFormat => {
            format_seen(facility, &view, record)
        }
        _ => method::call_method(names::M_FORMAT.get(handler.py()), [handler, record]),
    }
}

/// `Handler.format`: by the handler's formatter, else by the default one.
fn format_seen<'py>(
    facility: &Facility,
    view: &View<'_, 'py>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = record.py();
    let own = view.get(names::A_FORMATTER)?;
    if own.is_truthy()? {
        formatter::format(&own, record)
    } else {
        formatter::format(facility.globals(py)?.default_formatter.bind(py), record)
    }
}

fn method_handle<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            handle_as_base(View::of(slf).as_ref(), slf, &record)
        }
        _ => Facility::of(slf)?.call_original(slf, "Handler", "handle", args),
    }
}

fn method_format<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match (args.get(0), View::of(slf)) {
        (Some(record), Some(view)) if args.len() == 1 && !args.has_keywords() => {
            format_seen(&facility, &view, &record)
        }
        _ => facility.call_original(slf, "Handler", "format", args),
    }
}

fn method_emit<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if args.len() != 1 || args.has_keywords() {
        return Facility::of(slf)?.call_original(slf, "Handler", "emit", args);
    }
    Err(PyNotImplementedError::new_err("emit must be implemented by Handler subclasses"))
}

fn method_acquire<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    on_lock(slf, names::M_ACQUIRE, args)
}

fn method_release<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    on_lock(slf, names::M_RELEASE, args)
}

fn on_lock<'py>(
    slf: &Bound<'py, PyAny>,
    name: names::Name,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    if args.len() != 0 || args.has_keywords() {
        return Facility::of(slf)?.call_original(slf, "Handler", name.text(), args);
    }
    let lock = slf.getattr(names::A_LOCK.get(py))?;
    if lock.is_truthy()? {
        lock.call_method0(name.get(py))?;
    }
    Ok(py.None().into_bound(py))
}

/// The native methods of `Handler`.
pub(crate) const METHODS: &[Definition] = &[
    method!("Handler", "handle", method_handle),
    method!("Handler", "format", method_format),
    method!("Handler", "emit", method_emit),
    method!("Handler", "acquire", method_acquire),
    method!("Handler", "release", method_release),
];
