//! From a value of the configuration to the type that a keyword takes.

use std::path::PathBuf;
use std::time::Duration;

use super::error::nearest;
use crate::level::{Level, get_level_names_mapping};
use crate::value::OwnedValue;

/// Why a value does not do: what was expected, and the nearest valid name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub(crate) expected: String,
    pub(crate) suggestion: Option<String>,
    /// Whether what was found must not be shown.
    pub(crate) secret: bool,
}

impl Mismatch {
    /// `expected` completes "found 5, expected ...".
    pub fn new(expected: impl Into<String>) -> Self {
        Self { expected: expected.into(), suggestion: None, secret: false }
    }

    /// One of some names was expected; the nearest to `found` is suggested.
    pub fn one_of(found: &OwnedValue, names: &[&str]) -> Self {
        let suggestion = match found {
            OwnedValue::Str(found) => nearest(found, names.iter().copied()).map(str::to_owned),
            _ => None,
        };
        let expected = match names {
            [one] => one.to_string(),
            _ => format!("one of {}", names.join(", ")),
        };
        Self { expected, suggestion, secret: false }
    }

    /// The same, for what may be a password: the message does not show what was found.
    pub fn secret(self) -> Self {
        Self { suggestion: None, secret: true, ..self }
    }
}

/// A type that a keyword of a handler, formatter or filter can have.
///
/// ```
/// use ferrolog::OwnedValue;
/// use ferrolog::config::{Mismatch, Setting};
///
/// #[derive(Debug, PartialEq)]
/// enum Colour { Red, Green }
///
/// impl Setting for Colour {
///     fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
///         match value {
///             OwnedValue::Str(name) if name == "red" => Ok(Self::Red),
///             OwnedValue::Str(name) if name == "green" => Ok(Self::Green),
///             _ => Err(Mismatch::one_of(value, &["red", "green"])),
///         }
///     }
/// }
/// assert_eq!(Colour::from_value(&"red".into()), Ok(Colour::Red));
/// ```
pub trait Setting: Sized {
    /// The value as this type.
    ///
    /// # Errors
    ///
    /// A value that does not do.
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch>;
}

impl Setting for OwnedValue {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        Ok(value.clone())
    }
}

/// By Python's truth: nothing, zero and what is empty are false.
impl Setting for bool {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        Ok(crate::record::is_true(value))
    }
}

impl Setting for String {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match value {
            OwnedValue::Str(text) => Ok(text.clone()),
            _ => Err(Mismatch::new("a text")),
        }
    }
}

impl Setting for PathBuf {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match value {
            OwnedValue::Str(text) if text.is_empty() => Err(Mismatch::new("a path")),
            OwnedValue::Str(text) if text.contains('\0') => {
                Err(Mismatch::new("a path without a null character"))
            }
            OwnedValue::Str(text) => Ok(text.into()),
            _ => Err(Mismatch::new("a path")),
        }
    }
}

/// A floating-point number without a fraction will do for an integer, and so will a boolean.
fn integer(value: &OwnedValue) -> Option<i128> {
    match value {
        OwnedValue::Int(v) => Some((*v).into()),
        OwnedValue::UInt(v) => Some((*v).into()),
        OwnedValue::Bool(v) => Some((*v).into()),
        OwnedValue::Float(v) if v.fract() == 0.0 && v.abs() < 1e18 => Some(*v as i128),
        _ => None,
    }
}

macro_rules! integers {
    ($($type:ty),*) => {
        $(impl Setting for $type {
            fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
                let value = integer(value).ok_or_else(|| Mismatch::new("an integer"))?;
                Self::try_from(value).map_err(|_| {
                    Mismatch::new(format!("an integer from {} to {}", Self::MIN, Self::MAX))
                })
            }
        })*
    };
}

integers!(u8, u16, u32, u64, usize, i32, i64);

impl Setting for f64 {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match value {
            OwnedValue::Float(v) => Ok(*v),
            other => match integer(other) {
                Some(v) => Ok(v as f64),
                None => Err(Mismatch::new("a number")),
            },
        }
    }
}

/// A duration, as a number of seconds.
pub(crate) struct Seconds(pub(crate) Duration);

impl Setting for Seconds {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let seconds = f64::from_value(value).ok();
        seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .map(Self)
            .ok_or_else(|| Mismatch::new("a number of seconds"))
    }
}

/// A number, or a name that a level has.
impl Setting for Level {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let number = match value {
            OwnedValue::Int(v) => Some(i128::from(*v)),
            OwnedValue::UInt(v) => Some(i128::from(*v)),
            OwnedValue::Bool(v) => Some(i128::from(*v)),
            OwnedValue::Str(name) => {
                if let Ok(level) = name.parse() {
                    return Ok(level);
                }
                None
            }
            _ => None,
        };
        if let OwnedValue::BigInt(v) = value {
            return Ok(Level::new(if v.is_negative() { i32::MIN } else { i32::MAX }));
        }
        if let Some(number) = number {
            let nearest = number.clamp(i32::MIN.into(), i32::MAX.into());
            return Ok(Level::new(i32::try_from(nearest).unwrap_or(i32::MAX)));
        }
        let names = get_level_names_mapping();
        let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let mismatch = Mismatch::one_of(value, &names);
        Err(Mismatch {
            expected: format!("a level: a number or {}", mismatch.expected),
            ..mismatch
        })
    }
}

impl<T: Setting> Setting for Option<T> {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match value {
            OwnedValue::None => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match value {
            OwnedValue::List(list) => list.iter().map(T::from_value).collect(),
            _ => Err(Mismatch::new("a list")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(u64::from_value(&OwnedValue::Float(1e6)), Ok(1_000_000));
        assert_eq!(
            u16::from_value(&OwnedValue::Int(-1)).unwrap_err().expected,
            "an integer from 0 to 65535"
        );
        assert!(u16::from_value(&OwnedValue::Float(0.5)).is_err());
        assert_eq!(f64::from_value(&OwnedValue::UInt(2)), Ok(2.0));
        assert_eq!(Option::<u8>::from_value(&OwnedValue::None), Ok(None));
    }

    #[test]
    fn levels() {
        assert_eq!(Level::from_value(&"INFO".into()), Ok(Level::INFO));
        assert_eq!(Level::from_value(&OwnedValue::Bool(true)), Ok(Level::new(1)));
        assert_eq!(Level::from_value(&OwnedValue::UInt(u64::MAX)), Ok(Level::new(i32::MAX)));
        let mismatch = Level::from_value(&"info".into()).unwrap_err();
        assert_eq!(mismatch.suggestion.as_deref(), Some("INFO"));
        assert!(Level::from_value(&OwnedValue::Float(10.0)).is_err());
    }
}
