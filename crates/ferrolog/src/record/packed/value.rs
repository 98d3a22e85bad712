//! Values in packed records. Each is a kind and a word; of a text the word is the length, and the text itself
//! stands among those of the record, in the order of the values.

use super::entries::Room;
use crate::format::FormatError;
use crate::record::argument::Argument;
use crate::record::kind::Kind;
use crate::value::{OwnedValue, Value};

impl Kind {
    /// The word for an attribute of this kind, whose key is so long.
    #[inline(always)]
    pub(super) fn with_key(self, key: usize) -> u64 {
        (self as u64) << 32 | key as u64
    }

    /// What [`Kind::with_key`] was made of.
    pub(super) fn and_key(word: u64) -> (Self, u32) {
        (Self::numbered((word >> 32) as u8), word as u32)
    }
}

/// The word of a value that is plain.
fn word_of_plain(value: &Value<'_>) -> u64 {
    match *value {
        Value::Int(v) => v as u64,
        Value::UInt(v) => v,
        Value::Float(v) => v.to_bits(),
        Value::Bool(v) => v.into(),
        Value::Str(v) => v.len() as u64,
        _ => 0,
    }
}

impl Room<'_> {
    /// Writes values that are plain, and no texts.
    #[inline(always)]
    pub(super) fn numbers(&mut self, values: &[Argument<'_>]) {
        #[cold]
        #[inline(never)]
        fn word_of_other(value: &Argument<'_>) -> u64 {
            value.as_ref().map_or(0, word_of_plain)
        }
        // These three have their words at the same place; so one look tells them from the others.
        self.words(values, |value| match *value {
            Some(Value::Int(v)) => v as u64,
            Some(Value::UInt(v)) => v,
            Some(Value::Float(v)) => v.to_bits(),
            _ => word_of_other(value),
        });
    }

    /// Writes a value that is plain.
    pub(super) fn value(&mut self, value: &Value<'_>) {
        if let Value::Str(v) = value {
            self.text(v);
        }
        self.word(word_of_plain(value));
    }
}

/// Makes any value a kind and a word, with its text behind `text`, or the value in `owned`.
pub(super) fn draft(
    value: Value<'_>,
    text: &mut String,
    owned: &mut Vec<OwnedValue>,
) -> (Kind, u64) {
    use std::fmt::Write as _;
    if let Some(kind) = Kind::of_plain(&value) {
        if let Value::Str(v) = value {
            text.push_str(v);
        }
        return (kind, word_of_plain(&value));
    }
    if let Value::BigInt(_) | Value::List(_) | Value::Map(_) = value {
        owned.push(value.to_owned());
        return (Kind::Owned, owned.len() as u64 - 1);
    }
    let start = text.len();
    if write!(text, "{value}").is_err() {
        // What it has said before it failed is kept.
        text.push_str(&FormatError::Display.to_string());
    }
    (Kind::Text, (text.len() - start) as u64)
}

/// The value of this kind and word, the next one of `texts`.
pub(super) fn read<'p>(
    kind: Kind,
    word: u64,
    texts: &mut Texts<'p>,
    owned: &'p [OwnedValue],
) -> Value<'p> {
    match kind {
        Kind::None => Value::None,
        Kind::Bool => Value::Bool(word != 0),
        Kind::Int => Value::Int(word as i64),
        Kind::UInt => Value::UInt(word),
        Kind::Float => Value::Float(f64::from_bits(word)),
        Kind::Text => Value::Str(texts.next(word as u32)),
        Kind::Owned => owned[word as usize].as_value(),
    }
}

/// The texts of a record, one behind the other.
pub(super) struct Texts<'p>(pub(super) &'p str);

impl<'p> Texts<'p> {
    /// The next one, which is so long.
    pub(super) fn next(&mut self, len: u32) -> &'p str {
        let (text, rest) = self.0.split_at(len as usize);
        self.0 = rest;
        text
    }
}
