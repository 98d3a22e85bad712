//! `StreamHandler`.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::{base, failure, lock};
use crate::facility::Facility;
use crate::names;
use crate::native::gil::GilCell;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::View;
use crate::native::text_file::{TextFile, Written};
use crate::natives::Native;

/// `StreamHandler.emit`.
pub(crate) fn emit<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    match write(facility, handler, record) {
        Ok(()) => Ok(()),
        Err(error) => failure::handle(facility, handler, record, error),
    }
}

/// `StreamHandler.emit`, but for what becomes of errors.
pub(crate) fn write<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    write_text(handler, &base::format(facility, handler, record)?)
}

/// Writes a record's text and the terminator, and flushes the stream.
pub(crate) fn write_text<'py>(
    handler: &Bound<'py, PyAny>,
    text: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = handler.py();
    let (stream, terminator) = match View::of(handler) {
        Some(view) => (view.get(names::A_STREAM)?, handler.getattr(names::M_TERMINATOR.get(py))?),
        None => (
            handler.getattr(names::A_STREAM.get(py))?,
            handler.getattr(names::M_TERMINATOR.get(py))?,
        ),
    };
    let line = text.add(terminator)?;
    let flushes_itself = || {
        View::of(handler)
            .is_some_and(|view| view.shape.native(names::M_FLUSH) == Native::StreamFlush)
    };
    if let Ok(line) = line.cast_exact::<PyString>()
        && flushes_itself()
        && lock::is_to_be_had(handler)
        && write_at_once(&stream, line)?
    {
        return Ok(());
    }
    method::call_method(names::N_WRITE.get(py), [&stream, &line])?;
    if flushes_itself() {
        flush(handler)
    } else {
        handler.call_method0(names::M_FLUSH.get(py)).map(|_| ())
    }
}

/// Writes and flushes a line in one step, where the stream is a file that takes it so. The file's own methods may be
/// interrupted by a signal handler, and refuse what that logs; this cannot be.
fn write_at_once(stream: &Bound<'_, PyAny>, line: &Bound<'_, PyString>) -> PyResult<bool> {
    /// The file that was written to last.
    static LAST: GilCell<Option<TextFile>> = GilCell::new(None);
    let py = stream.py();
    let known = LAST.borrow(py).take().filter(|file| file.is_of(stream));
    let Some(file) = known.or_else(|| TextFile::of(stream)) else { return Ok(false) };
    let Ok(text) = line.to_str() else { return Ok(false) };
    match file.write(stream, text, text.len()) {
        Written::All => {
            *LAST.borrow(py) = Some(file);
            Ok(true)
        }
        Written::Nothing => Ok(false),
        Written::Part(length) => write_rest(stream, text, length).map(|()| true),
    }
}

/// Hands what the descriptor did not take of a line to the file's buffer, which writes it, or says what
/// is wrong and keeps it, as if it had been given the whole line.
pub(crate) fn write_rest(stream: &Bound<'_, PyAny>, line: &str, length: usize) -> PyResult<()> {
    let py = stream.py();
    let rest = PyBytes::new(py, &line.as_bytes()[length..]);
    stream.getattr("buffer")?.call_method1(names::N_WRITE.get(py), (rest,))?;
    stream.call_method0(names::M_FLUSH.get(py)).map(drop)
}

/// `StreamHandler.flush`.
fn flush(handler: &Bound<'_, PyAny>) -> PyResult<()> {
    lock::holding(handler, || flush_stream(handler))
}

fn flush_stream(handler: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = handler.py();
    let name = names::A_STREAM.get(py);
    let stream = handler.getattr(name)?;
    if stream.is_truthy()?
        && let Some(function) = stream.getattr_opt(names::M_FLUSH.get(py))?
    {
        function.call0()?;
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
        _ => facility.call_original(slf, "StreamHandler", "emit", args),
    }
}

fn method_flush<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    if args.len() != 0 || args.has_keywords() {
        return Facility::of(slf)?.call_original(slf, "StreamHandler", "flush", args);
    }
    flush(slf)?;
    Ok(py.None().into_bound(py))
}

/// The native methods of `StreamHandler`.
pub(crate) const METHODS: &[Definition] = &[
    method!("StreamHandler", "emit", method_emit),
    method!("StreamHandler", "flush", method_flush),
];
