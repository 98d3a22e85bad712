//! The message of a call: its text, with the arguments in their places.

use ferrolog::__engine::{push, push_integer};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};

use super::Entry;
use crate::native::text;

/// A call's message.
pub(super) enum Message<'a, 'py> {
    /// The message itself: there are no arguments.
    Given(&'a str),
    /// Laid out here.
    Made(String),
    /// Laid out by Python.
    Pythons(Bound<'py, PyString>),
}

impl<'a, 'py> Message<'a, 'py> {
    /// The message of a call that is [`plain`]. `None` when the arguments do not fit it, or it has no
    /// UTF-8 form.
    pub(super) fn of(entry: &Entry<'a, 'py>) -> PyResult<Option<Self>> {
        let Ok(text) = entry.msg.cast_exact::<PyString>() else { return Ok(None) };
        let Some(text) = text::utf8(text) else { return Ok(None) };
        if entry.args.len() <= entry.first {
            return Ok(Some(Message::Given(text)));
        }
        let mut made = String::with_capacity(text.len() + 16 * entry.args.len());
        let arg = |i: usize| entry.args.get(entry.first + i);
        if interpolate(text, entry.args.len() - entry.first, arg, &mut made) {
            return Ok(Some(Message::Made(made)));
        }
        let args = entry.args.tuple_from(entry.first)?;
        let Ok(message) = entry.msg.rem(args) else { return Ok(None) };
        let message = message.cast_into_exact::<PyString>().ok();
        Ok(message.filter(|message| text::utf8(message).is_some()).map(Message::Pythons))
    }

    /// The message as text.
    pub(super) fn text(&self) -> &str {
        match self {
            Message::Given(text) => text,
            Message::Made(text) => text,
            Message::Pythons(text) => text::utf8(text).unwrap_or_default(),
        }
    }

    /// Whether Python was asked for it, so that other code may have run.
    pub(super) fn is_pythons(&self) -> bool {
        matches!(self, Message::Pythons(_))
    }
}

/// Whether showing the message and its arguments runs no code but the interpreter's own.
pub(super) fn plain(entry: &Entry<'_, '_>) -> bool {
    let plain = |value: &Bound<'_, PyAny>| {
        value.is_exact_instance_of::<PyString>()
            || value.is_exact_instance_of::<PyInt>()
            || value.is_exact_instance_of::<PyFloat>()
            || value.is_exact_instance_of::<PyBool>()
            || value.is_none()
    };
    !entry.args.has_keywords()
        && entry.msg.is_exact_instance_of::<PyString>()
        && (entry.first..entry.args.len()).all(|i| entry.args.get(i).is_some_and(|arg| plain(&arg)))
}

/// Puts the arguments in the places of `%s`, `%d` and `%i`, where they are texts and not too long
/// numbers. `false` for anything else, and for a wrong number of arguments: that is for Python.
pub(crate) fn interpolate<'py>(
    text: &str,
    count: usize,
    arg: impl Fn(usize) -> Option<Bound<'py, PyAny>>,
    out: &mut String,
) -> bool {
    let mut next = 0;
    let mut rest = text;
    // Messages are short: there is more to begin a search than to look.
    while let Some(at) = rest.bytes().position(|byte| byte == b'%') {
        push(out, &rest[..at]);
        let conversion = rest.as_bytes().get(at + 1);
        if conversion == Some(&b'%') {
            out.push('%');
        } else {
            let Some(arg) = arg(next) else { return false };
            next += 1;
            let laid_out = match conversion {
                Some(b's') => match arg.cast_exact::<PyString>() {
                    Ok(arg) => text::utf8(arg).map(|arg| push(out, arg)).is_some(),
                    Err(_) => push_number(&arg, out),
                },
                Some(b'd' | b'i') => push_number(&arg, out),
                _ => false,
            };
            if !laid_out {
                return false;
            }
        }
        rest = &rest[at + 2..];
    }
    push(out, rest);
    next == count
}

fn push_number(number: &Bound<'_, PyAny>, out: &mut String) -> bool {
    if !number.is_exact_instance_of::<PyInt>() {
        return false;
    }
    let Ok(number) = number.extract::<i64>() else { return false };
    push_integer(number < 0, number.unsigned_abs(), out);
    true
}
