//! `Formatter`.

use pyo3::prelude::*;
use pyo3::types::{PySlice, PyString};

use crate::direct::{self, Laid};
use crate::facility::Facility;
use crate::names;
use crate::native::fields::Fields;
use crate::native::gil::intern;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::View;
use crate::natives::Native;
use crate::record;

/// `formatter.format(record)`.
pub(crate) fn format<'py>(
    formatter: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match View::of(formatter) {
        Some(view) if view.shape.native(names::M_FORMAT) == Native::FormatterFormat => {
            format_seen(formatter, record)
        }
        _ => method::call_method(names::M_FORMAT.get(formatter.py()), [formatter, record]),
    }
}

/// `Formatter.format`.
fn format_seen<'py>(
    formatter: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = formatter.py();
    let text = match direct::format(formatter, record)? {
        Laid::Line(text) => text,
        Laid::Message => line(formatter, record)?,
        Laid::Not => {
            record.setattr(names::R_MESSAGE.get(py), record::message_of(record)?)?;
            line(formatter, record)?
        }
    };
    with_tail(formatter, record, text)
}

/// The line of a record that has its message.
fn line<'py>(
    formatter: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = formatter.py();
    if method::call_method(names::M_USES_TIME.get(py), [formatter])?.is_truthy()? {
        let datefmt = formatter.getattr(names::A_DATEFMT.get(py))?;
        let time =
            method::call_method(names::M_FORMAT_TIME.get(py), [formatter, record, &datefmt])?;
        record.setattr(names::R_ASCTIME.get(py), time)?;
    }
    method::call_method(names::M_FORMAT_MESSAGE.get(py), [formatter, record])
}

/// A record's line, with the exception and the stack that it tells of.
fn with_tail<'py>(
    formatter: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
    mut text: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = formatter.py();
    if let Some(fields) = Fields::of(&record.get_type())
        && [names::R_EXC_INFO, names::R_EXC_TEXT, names::R_STACK_INFO]
            .iter()
            .all(|&name| fields.get(record, name).is_some_and(|value| value.is_none()))
    {
        return Ok(text);
    }
    let exc_text = names::R_EXC_TEXT.get(py);
    let exc_info = record.getattr(names::R_EXC_INFO.get(py))?;
    if exc_info.is_truthy()? && !record.getattr(exc_text)?.is_truthy()? {
        let exc_info = record.getattr(names::R_EXC_INFO.get(py))?;
        let formatted =
            method::call_method(names::M_FORMAT_EXCEPTION.get(py), [formatter, &exc_info])?;
        record.setattr(exc_text, formatted)?;
    }
    if record.getattr(exc_text)?.is_truthy()? {
        text = on_new_line(text)?.add(record.getattr(exc_text)?)?;
    }
    let stack_info = names::R_STACK_INFO.get(py);
    if record.getattr(stack_info)?.is_truthy()? {
        let stack = record.getattr(stack_info)?;
        text = on_new_line(text)?;
        let formatted = method::call_method(names::M_FORMAT_STACK.get(py), [formatter, &stack])?;
        text = text.add(formatted)?;
    }
    Ok(text)
}

/// The text, ended by a line feed.
fn on_new_line(text: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    let py = text.py();
    let feed = PyString::new(py, "\n");
    let ended = if text.is_exact_instance_of::<PyString>() {
        text.call_method1(intern!(py, "endswith"), (&feed,))?.is_truthy()?
    } else {
        // `text[-1:] != "\n"`, of whatever a formatter returned.
        let last = py.get_type::<PySlice>().call1((-1, py.None()))?;
        !text.get_item(last)?.ne(&feed)?
    };
    if ended { Ok(text) } else { text.add(feed) }
}

fn method_format<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => format_seen(slf, &record),
        _ => Facility::of(slf)?.call_original(slf, "Formatter", "format", args),
    }
}

/// The native methods of `Formatter`.
pub(crate) const METHODS: &[Definition] = &[method!("Formatter", "format", method_format)];
