//! Records as JSON, a line each.

use std::fmt::Write;

use super::{Content, ExtraKeys, Plan, StructuredBuilder};
use crate::format::{Field, Format, FormatError, Source, repr, tail, unicode};
use crate::record::Record;
use crate::value::Value;

/// Lays a record out as one line of JSON.
///
/// ```
/// use ferrolog::format::{JsonFormatter, Zone};
/// use ferrolog::{Format, Level, Record, Value};
///
/// let extra = [("port", Value::Int(5432)), ("ratio", Value::Float(0.5))];
/// let record = Record::new("app.db", Level::INFO, "say \"hi\"")
///     .with_created(1_000_000_000_000_000_001)
///     .with_key_values(&extra);
/// let mut line = String::new();
/// JsonFormatter::builder().converter(Zone::Utc).build()?.format(&record, &mut line)?;
/// assert_eq!(
///     line,
///     r#"{"time":"2001-09-09T01:46:40.000000001Z","level":"INFO","logger":"app.db","message":"say \"hi\"","port":5432,"ratio":0.5}"#
/// );
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Extra values keep their types; what JSON has no number for (NaN, the infinities) is a string. Whatever
/// could end a line or drive a terminal is escaped. [`StructuredBuilder`] says what can be chosen.
///
/// Cost: no allocation once warm, but for an extra attribute whose key is taken.
#[derive(Debug)]
pub struct JsonFormatter {
    plan: Plan,
    /// What stands before the value of each entry: `{"key":` or `,"key":`, and for a fixed entry its
    /// value too.
    texts: Vec<String>,
}

impl JsonFormatter {
    /// With the default keys: `time`, `level`, `logger`, `message` and the extra attributes.
    pub fn new() -> Self {
        Self::builder().build().expect("the default keys differ")
    }

    /// A formatter set up step by step.
    pub fn builder() -> StructuredBuilder<Self> {
        StructuredBuilder::default()
    }
}

impl Default for JsonFormatter {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Plan> for JsonFormatter {
    fn from(plan: Plan) -> Self {
        let mut texts = Vec::new();
        for (i, entry) in plan.entries.iter().enumerate() {
            let mut text = String::new();
            push_key(i == 0, &entry.key, &mut text);
            if let Content::Fixed(value) = &entry.content {
                // Owned values have no way of their own to show themselves that could fail.
                let _ = push_value(value.as_value(), &mut text);
            }
            texts.push(text);
        }
        Self { plan, texts }
    }
}

impl Format for JsonFormatter {
    fn format(&self, record: &Record<'_>, out: &mut String) -> Result<(), FormatError> {
        out.push('{');
        let start = out.len();
        for (entry, text) in self.plan.entries.iter().zip(&self.texts) {
            out.push_str(text);
            if let Content::Attribute(field) = &entry.content {
                self.attribute(field, record, out)?;
            }
        }
        let is_first = |out: &String| out.len() == start;
        match &self.plan.extra {
            ExtraKeys::Left => {}
            ExtraKeys::Flat => self.plan.extra(record, &mut |key, value| {
                push_key(is_first(out), key, out);
                push_value(value, out)
            })?,
            ExtraKeys::Under(under) => {
                let mut any = false;
                self.plan.extra(record, &mut |key, value| {
                    if !any {
                        push_key(is_first(out), under, out);
                        out.push('{');
                    }
                    push_key(!any, key, out);
                    any = true;
                    push_value(value, out)
                })?;
                if any {
                    out.push('}');
                }
            }
        }
        if !self.plan.has_exception && record.has_exception() {
            push_key(is_first(out), "exc_info", out);
            self.attribute(&Field::ExcInfo, record, out)?;
        }
        if !self.plan.has_stack && record.stack_info().is_some() {
            push_key(is_first(out), "stack_info", out);
            self.attribute(&Field::StackInfo, record, out)?;
        }
        out.push('}');
        Ok(())
    }
}

impl JsonFormatter {
    fn attribute(
        &self,
        field: &Field,
        record: &Record<'_>,
        out: &mut String,
    ) -> Result<(), FormatError> {
        let start = out.len();
        out.push('"');
        let is_text = match field {
            Field::AscTime => {
                self.plan.time(record, out);
                true
            }
            Field::ExcInfo | Field::ExcText => record.append_exception(out)?,
            field => record.append(field, out)?,
        };
        if is_text {
            escape(out, start + 1);
            out.push('"');
            return Ok(());
        }
        out.truncate(start);
        match field {
            Field::ExcInfo | Field::ExcText => push_value(Value::None, out),
            field => push_value(record.value(field).unwrap_or(Value::None), out),
        }
    }
}

fn push_key(first: bool, key: &str, out: &mut String) {
    if !first {
        out.push(',');
    }
    push_str(key, out);
    out.push(':');
}

/// Appends `value` as JSON.
pub(super) fn push_value(value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
    match value {
        Value::None => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Float(v) if v.is_nan() => out.push_str("\"NaN\""),
        Value::Float(v) if v.is_infinite() => {
            out.push_str(if v > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
        }
        Value::Float(v) => repr::push_float(v, out),
        Value::Int(_) | Value::UInt(_) | Value::BigInt(_) => repr::push_repr(value, out)?,
        Value::Str(v) => push_str(v, out),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                push_value(item.as_value(), out)?;
            }
            out.push(']');
        }
        Value::Map(items) => {
            out.push('{');
            for (i, (key, item)) in items.iter().enumerate() {
                push_key(i == 0, key, out);
                push_value(item.as_value(), out)?;
            }
            out.push('}');
        }
        shown => {
            out.push('"');
            let start = out.len();
            repr::push_text(shown, out)?;
            escape(out, start);
            out.push('"');
        }
    }
    Ok(())
}

fn push_str(text: &str, out: &mut String) {
    out.push('"');
    let start = out.len();
    out.push_str(text);
    escape(out, start);
    out.push('"');
}

/// Escapes what stands behind `start` for a string of JSON.
pub(super) fn escape(out: &mut String, start: usize) {
    let plain = |b: u8| (b' '..0x7f).contains(&b) & (b != b'"') & (b != b'\\');
    // All bytes in any case: so the compiler looks at many at once.
    if out.as_bytes()[start..].iter().fold(true, |all, b| all & plain(*b)) {
        return;
    }
    tail::escape(
        out,
        start,
        |c| matches!(c, '"' | '\\') || unicode::is_control(c),
        |out, c| match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        },
    );
}
