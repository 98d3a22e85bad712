//! Fields of events and spans, as they are visited.

use std::error::Error;
use std::fmt::{Debug, Write};
use std::ops::Range;

use tracing_core::Field;
use tracing_core::field::Visit;

use crate::context::Context;
use crate::format::exception;
use crate::value::{OwnedValue, Value};

/// The fields of one event; made once a thread and used again for the next.
#[derive(Default)]
pub(super) struct Fields {
    /// All texts, one behind the other.
    text: String,
    fields: Vec<(&'static str, Kind)>,
    message: Option<Range<usize>>,
}

/// What is visited lives no longer than the visit, so that texts are copied.
enum Kind {
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(Range<usize>),
}

impl Fields {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
        self.message = None;
    }

    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, Value<'_>)> {
        self.fields.iter().map(|(name, kind)| {
            let value = match kind {
                Kind::Bool(v) => Value::Bool(*v),
                Kind::Int(v) => Value::Int(*v),
                Kind::UInt(v) => Value::UInt(*v),
                Kind::Float(v) => Value::Float(*v),
                Kind::Text(range) => Value::Str(&self.text[range.clone()]),
            };
            (*name, value)
        })
    }

    /// Where there is no message, makes one that shows the fields.
    pub(super) fn complete(&mut self) {
        if self.message.is_some() {
            return;
        }
        let mut shown = String::new();
        for (name, value) in self.iter() {
            let space = if shown.is_empty() { "" } else { " " };
            // Writing to a string does not fail.
            let _ = write!(shown, "{space}{name}={value}");
        }
        let start = self.text.len();
        self.text.push_str(&shown);
        self.message = Some(start..self.text.len());
    }

    pub(super) fn message(&self) -> &str {
        self.message.clone().map_or("", |range| &self.text[range])
    }

    fn add_text(&mut self, field: &Field, write: impl FnOnce(&mut String) -> std::fmt::Result) {
        let start = self.text.len();
        // A value whose `Debug` fails has said so far what it could.
        let _ = write(&mut self.text);
        let range = start..self.text.len();
        if field.name() == "message" {
            self.message = Some(range);
        } else {
            self.fields.push((field.name(), Kind::Text(range)));
        }
    }
}

impl Visit for Fields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.push((field.name(), Kind::Bool(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.push((field.name(), Kind::Int(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.push((field.name(), Kind::UInt(value)));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.fields.push((field.name(), Kind::Float(value)));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field, |text| text.write_str(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        // Under this name an error is shown below the message, as everywhere else.
        let chain = field.name() == "exc_info";
        self.add_text(field, |text| {
            if chain { exception::write_chain(value, text) } else { write!(text, "{value}") }
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add_text(field, |text| write!(text, "{value:?}"));
    }
}

/// Puts fields of a span into a context.
pub(super) struct IntoContext<'c>(pub(super) &'c mut Context);

impl IntoContext<'_> {
    fn add(&mut self, field: &Field, value: impl Into<OwnedValue>) {
        self.0.set(field.name(), value);
    }
}

impl Visit for IntoContext<'_> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format!("{value:?}"));
    }
}
