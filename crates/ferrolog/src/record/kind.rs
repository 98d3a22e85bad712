//! Of which kind a value is, as a number.

use super::argument::Argument;
use super::template::MOST;
use crate::value::Value;

/// The kinds stand in the order of [`Value`], so that one is made from it without a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    None,
    Bool,
    Int,
    UInt,
    /// One of those that are no more than named.
    Owned,
    Float,
    Text,
}

impl Kind {
    /// The kind of a value that is plain: one whose text is known without asking anybody.
    #[inline(always)]
    pub(super) const fn of_plain(value: &Value<'_>) -> Option<Self> {
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
    pub(super) fn numbered(byte: u8) -> Self {
        const ALL: [Kind; 7] =
            [Kind::None, Kind::Bool, Kind::Int, Kind::UInt, Kind::Owned, Kind::Float, Kind::Text];
        ALL[usize::from(byte)]
    }
}

/// Of which kinds the arguments of a message are, a byte each. Where a macro passes them, the compiler knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u64);

/// What a byte has of a text besides the kind's number, so that one look tells whether there is any.
const IS_TEXT: u8 = 0x80;
const ANY_TEXT: u64 = u64::from_ne_bytes([IS_TEXT; 8]);
const _: () = assert!(MOST <= size_of::<Kinds>());

impl Kinds {
    /// Of no arguments.
    pub(super) const NONE: Self = Self(0);

    /// Where not all are plain, or there are too many.
    const NOT_PLAIN: Self = Self(u64::MAX);

    #[inline(always)]
    pub(super) const fn of(arguments: &[Argument<'_>]) -> Self {
        if arguments.len() > MOST {
            return Self::NOT_PLAIN;
        }
        let (mut kinds, mut index) = (0, 0);
        while index < arguments.len() {
            let Some(value) = &arguments[index] else { return Self::NOT_PLAIN };
            let Some(kind) = Kind::of_plain(value) else { return Self::NOT_PLAIN };
            let is_text = if matches!(kind, Kind::Text) { IS_TEXT } else { 0 };
            kinds |= ((kind as u8 | is_text) as u64) << (8 * index);
            index += 1;
        }
        Self(kinds)
    }

    /// Whether all are plain.
    #[inline(always)]
    pub(super) const fn are_plain(self) -> bool {
        self.0 != Self::NOT_PLAIN.0
    }

    /// Whether any of them, which are plain, is a text.
    #[inline(always)]
    pub(super) const fn any_text(self) -> bool {
        self.0 & ANY_TEXT != 0
    }

    /// The kind of the argument at `index`.
    pub(super) fn at(self, index: usize) -> Kind {
        Kind::numbered((self.0 >> (8 * index)) as u8 & !IS_TEXT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_arguments() {
        let plain = [
            Some(Value::UInt(u64::MAX)),
            Some(Value::Str("x")),
            Some(Value::None),
            Some(Value::Bool(true)),
            Some(Value::Float(-0.0)),
            Some(Value::Int(-1)),
            Some(Value::Str("")),
            Some(Value::Str("y")),
        ];
        let expected = [
            Kind::UInt,
            Kind::Text,
            Kind::None,
            Kind::Bool,
            Kind::Float,
            Kind::Int,
            Kind::Text,
            Kind::Text,
        ];
        for count in 0..=MOST {
            let kinds = Kinds::of(&plain[..count]);
            assert!(kinds.are_plain());
            assert_eq!(kinds.any_text(), count > 1);
            assert!(expected[..count].iter().enumerate().all(|(at, kind)| kinds.at(at) == *kind));
        }
        assert!(Kinds::of(&[Some(Value::Str("x")); MOST]).are_plain());
        assert!(!Kinds::of(&[Some(Value::None); MOST + 1]).are_plain());
        assert!(!Kinds::of(&[plain[0], None]).are_plain());
        assert!(!Kinds::of(&[Some(Value::List(&[]))]).are_plain());
    }
}
