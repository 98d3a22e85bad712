//! Values in packed records. Each is a kind and a word; of a text the word is the length, and the text itself
//! stands among those of the record, in the order of the values.

use super::entries::Room;
use crate::format::FormatError;
use crate::value::{OwnedValue, Value};

/// The kinds stand in the order of [`Value`], so that one is made from it without a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    None,
    Bool,
    Int,
    UInt,
    /// The word says which one it is of those that are kept apart.
    Owned,
    Float,
    Text,
}

impl Kind {
    /// The kind of a value that is plain: one whose text is known without asking anybody.
    #[inline(always)]
    pub(super) fn of_plain(value: &Value<'_>) -> Option<Self> {
        Some(match value {
            Value::None => Self::None,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::UInt(_) => Self::UInt,
            Value::Float(_) => Self::Float,
            Value::Str(_) => Self::Text,
            _ => return None,
        })
    }

    /// The kind whose number this byte is.
    fn numbered(byte: u8) -> Self {
        const ALL: [Kind; 7] =
            [Kind::None, Kind::Bool, Kind::Int, Kind::UInt, Kind::Owned, Kind::Float, Kind::Text];
        ALL[usize::from(byte)]
    }

    /// The kind at `index` among several, a byte each.
    pub(super) fn among(kinds: u64, index: usize) -> Self {
        Self::numbered((kinds >> (8 * index)) as u8)
    }

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
#[inline(always)]
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
    /// Writes a value that is plain.
    #[inline(always)]
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
