//! Records as logfmt: `key=value` pairs on a line.

use super::{Content, ExtraKeys, Plan, StructuredBuilder, json};
use crate::format::{Field, Format, FormatError, Source, repr};
use crate::record::Record;
use crate::value::Value;

/// Lays a record out as `key=value` pairs, with quotes where a value needs them.
///
/// ```
/// use ferrolog::format::{LogfmtFormatter, Zone};
/// use ferrolog::{Format, Level, Record, Value};
///
/// let extra = [("port", Value::Int(5432)), ("who", Value::Str("a=b"))];
/// let record = Record::new("app.db", Level::INFO, "two words").with_created(0).with_key_values(&extra);
/// let mut line = String::new();
/// LogfmtFormatter::builder().converter(Zone::Utc).build()?.format(&record, &mut line)?;
/// assert_eq!(
///     line,
///     r#"time=1970-01-01T00:00:00.000000000Z level=INFO logger=app.db message="two words" port=5432 who="a=b""#
/// );
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Lists and maps are JSON in quotes. In keys, what a key cannot hold becomes `_`. Whatever could end a
/// line or drive a terminal is escaped. [`StructuredBuilder`] says what can be chosen.
///
/// Cost: no allocation once warm, but for an extra attribute whose key is taken.
#[derive(Debug)]
pub struct LogfmtFormatter {
    plan: Plan,
    /// What stands before the value of each entry: `key=`, and for a fixed entry its value too.
    texts: Vec<String>,
}

impl LogfmtFormatter {
    /// With the default keys: `time`, `level`, `logger`, `message` and the extra attributes.
    pub fn new() -> Self {
        Self::builder().build().expect("the default keys differ")
    }

    /// A formatter set up step by step.
    pub fn builder() -> StructuredBuilder<Self> {
        StructuredBuilder::default()
    }
}

impl Default for LogfmtFormatter {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Plan> for LogfmtFormatter {
    fn from(plan: Plan) -> Self {
        let mut texts = Vec::new();
        for entry in &plan.entries {
            let mut text = String::new();
            push_key("", &entry.key, &mut text);
            if let Content::Fixed(value) = &entry.content {
                // Owned values have no way of their own to show themselves that could fail.
                let _ = push_value(value.as_value(), &mut text);
            }
            texts.push(text);
        }
        Self { plan, texts }
    }
}

impl Format for LogfmtFormatter {
    fn format(&self, record: &Record<'_>, out: &mut String) -> Result<(), FormatError> {
        let start = out.len();
        let space = |out: &mut String| {
            if out.len() > start {
                out.push(' ');
            }
        };
        for (entry, text) in self.plan.entries.iter().zip(&self.texts) {
            let before = out.len();
            space(out);
            out.push_str(text);
            if let Content::Attribute(field) = &entry.content
                && !self.attribute(field, record, out)?
            {
                out.truncate(before);
            }
        }
        let prefix = match &self.plan.extra {
            ExtraKeys::Under(under) => Some(under.as_str()),
            ExtraKeys::Flat => Some(""),
            ExtraKeys::Left => None,
        };
        if let Some(prefix) = prefix {
            self.plan.extra(record, &mut |key, value| {
                space(out);
                push_key(prefix, key, out);
                push_value(value, out)
            })?;
        }
        for (field, wanted) in [
            (Field::ExcInfo, !self.plan.has_exception && record.has_exception()),
            (Field::StackInfo, !self.plan.has_stack && record.stack_info().is_some()),
        ] {
            if wanted {
                space(out);
                push_key("", field.name(), out);
                self.attribute(&field, record, out)?;
            }
        }
        Ok(())
    }
}

impl LogfmtFormatter {
    /// Appends the attribute's value, or says that there is none.
    fn attribute(
        &self,
        field: &Field,
        record: &Record<'_>,
        out: &mut String,
    ) -> Result<bool, FormatError> {
        let start = out.len();
        let is_text = match field {
            Field::AscTime => {
                self.plan.time(record, out);
                true
            }
            Field::ExcInfo | Field::ExcText => {
                if !record.append_exception(out)? {
                    return Ok(false);
                }
                true
            }
            field => record.append(field, out)?,
        };
        if is_text {
            quote(start, out);
            return Ok(true);
        }
        match record.value(field) {
            None | Some(Value::None) => Ok(false),
            Some(value) => push_value(value, out).map(|()| true),
        }
    }
}

fn push_key(prefix: &str, key: &str, out: &mut String) {
    let push = |text: &str, out: &mut String| {
        out.extend(text.chars().map(|c| if needs_quotes(c) { '_' } else { c }));
    };
    if !prefix.is_empty() {
        push(prefix, out);
        out.push('.');
    }
    if key.is_empty() {
        out.push('_');
    }
    push(key, out);
    out.push('=');
}

fn push_value(value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
    let start = out.len();
    match value {
        Value::List(_) | Value::Map(_) | Value::None | Value::Bool(_) => {
            json::push_value(value, out)?;
        }
        value => repr::push_text(value, out)?,
    }
    quote(start, out);
    Ok(())
}

/// Whether a value with `c` in it stands in quotes.
fn needs_quotes(c: char) -> bool {
    c <= ' ' || matches!(c, '=' | '"') || c.is_whitespace() || crate::format::unicode::is_control(c)
}

/// Puts what stands behind `start` into quotes, where it needs them.
fn quote(start: usize, out: &mut String) {
    let plain = |b: &u8| b.is_ascii_graphic() && *b != b'=' && *b != b'"';
    if out.len() > start && out.as_bytes()[start..].iter().all(plain) {
        return;
    }
    if out.len() == start || out[start..].contains(needs_quotes) {
        json::escape(out, start);
        out.insert(start, '"');
        out.push('"');
    }
}
