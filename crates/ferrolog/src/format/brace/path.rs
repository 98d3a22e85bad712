//! Attributes and indices behind a field's name: `{args[0]}`, `{lineno.real}`.

use crate::format::format_spec::Fault;
use crate::format::{FormatError, repr};
use crate::value::Value;

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Attribute(Box<str>),
    /// `[9]`: a position.
    Index(usize),
    /// `[key]`
    Key(Box<str>),
}

/// The name that `text` begins with, and the steps behind it.
pub(super) fn split(text: &str) -> Result<(&str, Vec<Step>), Fault> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        let (step, after) = if let Some(attribute) = rest.strip_prefix('.') {
            let end = attribute.find(['.', '[']).unwrap_or(attribute.len());
            (Step::Attribute(attribute[..end].into()), &attribute[end..])
        } else if let Some(index) = rest.strip_prefix('[') {
            let Some(end) = index.find(']') else {
                return Err((at, "missing ']' in format string".to_owned()));
            };
            let key = &index[..end];
            let step = if !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit()) {
                match key.parse() {
                    Ok(index) => Step::Index(index),
                    Err(_) => return Err((at + 1, "too many decimal digits".to_owned())),
                }
            } else {
                Step::Key(key.into())
            };
            (step, &index[end + 1..])
        } else {
            let problem = "only '.' or '[' may follow ']' in a field";
            return Err((at, problem.to_owned()));
        };
        if matches!(&step, Step::Attribute(name) | Step::Key(name) if name.is_empty()) {
            return Err((at, "empty attribute in format string".to_owned()));
        }
        steps.push(step);
        rest = after;
    }
    Ok((name, steps))
}

/// Goes `steps` from `value`; `text` takes a value's text where a step needs it.
pub(super) fn walk<'v>(
    value: Value<'v>,
    steps: &[Step],
    text: &'v mut String,
) -> Result<Value<'v>, FormatError> {
    let mut value = value;
    let mut text = Some(text);
    for step in steps {
        if let Value::Display(_) | Value::Debug(_) = value
            && let Some(text) = text.take()
        {
            repr::push_text(value, text)?;
            value = Value::Str(text);
        }
        value = take(value, step).ok_or_else(|| missing(value, step))?;
    }
    Ok(value)
}

fn take<'v>(value: Value<'v>, step: &Step) -> Option<Value<'v>> {
    match (value, step) {
        (Value::List(items), Step::Index(at)) => items.get(*at).map(|item| item.as_value()),
        (Value::Str(text), Step::Index(at)) => {
            let (start, c) = text.char_indices().nth(*at)?;
            Some(Value::Str(&text[start..start + c.len_utf8()]))
        }
        (Value::Map(items), Step::Key(key)) => {
            items.iter().find(|(name, _)| **name == **key).map(|(_, item)| item.as_value())
        }
        (number, Step::Attribute(name)) => attribute(number, name),
        _ => None,
    }
}

/// The attributes of numbers, which are all that a value has besides methods.
fn attribute<'v>(number: Value<'v>, name: &str) -> Option<Value<'v>> {
    match (number, name) {
        (Value::Bool(v), "real" | "numerator") => Some(Value::Int(v.into())),
        (Value::Int(_) | Value::UInt(_) | Value::BigInt(_), "real" | "numerator") => Some(number),
        (Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::BigInt(_), "imag") => {
            Some(Value::Int(0))
        }
        (Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::BigInt(_), "denominator") => {
            Some(Value::Int(1))
        }
        (Value::Float(_), "real") => Some(number),
        (Value::Float(_), "imag") => Some(Value::Float(0.0)),
        _ => None,
    }
}

fn missing(value: Value<'_>, step: &Step) -> FormatError {
    let name = value.type_name();
    FormatError::Lookup(match step {
        Step::Attribute(attribute) => format!("'{name}' object has no attribute '{attribute}'"),
        Step::Index(at) => format!("'{name}' object has no item {at}"),
        Step::Key(key) => format!("'{name}' object has no item '{key}'"),
    })
}
