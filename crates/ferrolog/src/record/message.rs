//! A record's message, not yet made into text.

use std::fmt::{self, Write as _};

use super::argument::{Argument, Arguments};
use super::template::Template;
use crate::format::{Appender, Args, FormatError, interpolate};
use crate::value::{OwnedValue, Value};

/// What a macro was given as its message: the same in two forms.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Said<'a> {
    message: fmt::Arguments<'a>,
    arguments: Arguments<'a>,
}

impl<'a> Said<'a> {
    /// `message` is the format string with all arguments, `arguments` are those as far as they are plain values.
    #[inline(always)]
    pub const fn new(message: fmt::Arguments<'a>, arguments: &'a [Argument<'a>]) -> Self {
        Self { message, arguments: Arguments::new(arguments) }
    }

    /// The message, where the format string is `template`.
    #[inline]
    pub(crate) fn message(self, template: &'static Template) -> Message<'a> {
        let arguments = self.arguments;
        if !template.has_places(arguments.values.len()) || !arguments.kinds.are_plain() {
            return Message::Arguments(self.message);
        }
        match template.pieces() {
            Some(([], text)) => Message::Text(text.as_str()),
            _ => Message::Template(template, arguments),
        }
    }
}

/// A record's message: text, or what it is made of.
#[derive(Clone, Copy)]
pub(crate) enum Message<'a> {
    Text(&'a str),
    /// A macro's format string of plain places, and an argument for each, which is there.
    Template(&'static Template, Arguments<'a>),
    Arguments(fmt::Arguments<'a>),
    /// A record from elsewhere, with Python's `msg` and `args`.
    Percent(&'a str, &'a OwnedValue),
}

impl Message<'_> {
    #[inline(always)]
    pub(crate) fn append(&self, out: &mut String) -> Result<(), FormatError> {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Template(template, arguments) => {
                append_template(template, arguments.values, out)?
            }
            Self::Arguments(arguments) => append_arguments(*arguments, out)?,
            Self::Percent(msg, args) => interpolate(msg, Args::Value(args), out)?,
        }
        Ok(())
    }
}

fn append_arguments(arguments: fmt::Arguments<'_>, out: &mut String) -> fmt::Result {
    match arguments.as_str() {
        Some(text) => {
            out.push_str(text);
            Ok(())
        }
        None => out.write_fmt(arguments),
    }
}

/// What [`fmt::Arguments`] makes of the same, without its machinery.
fn append_template(
    template: &Template,
    arguments: &[Argument<'_>],
    out: &mut String,
) -> fmt::Result {
    let Some((before, last)) = template.pieces() else { return Ok(()) };
    let mut text = Appender::new(out);
    for (piece, argument) in before.iter().zip(arguments) {
        text.push_followed(*piece);
        match argument {
            Some(Value::UInt(v)) => text.push_integer(false, *v),
            Some(Value::Int(v)) => text.push_integer(*v < 0, v.unsigned_abs()),
            Some(Value::Str(v)) => text.push(v),
            Some(Value::Bool(v)) => text.push(if *v { "true" } else { "false" }),
            Some(Value::Float(v)) => {
                drop(text);
                write!(out, "{v}")?;
                text = Appender::new(out);
            }
            // Not an argument's kind.
            _ => {}
        }
    }
    text.push_followed(last);
    Ok(())
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.pad(text),
            Self::Arguments(arguments) => arguments.fmt(f),
            Self::Template(template, arguments) => {
                let mut text = String::new();
                append_template(template, arguments.values, &mut text)?;
                f.write_str(&text)
            }
            Self::Percent(..) => {
                let mut text = String::new();
                self.append(&mut text).map_err(|_| fmt::Error)?;
                f.pad(&text)
            }
        }
    }
}
