//! Values that a record carries: the arguments and the extra attributes.

mod big;

use std::error::Error as StdError;
use std::fmt;

pub use big::{BigInt, ParseBigIntError};

/// A value attached to a record under a key, borrowed for the time of the logging call.
///
/// Numbers, booleans, strings and absence keep their types, so that a JSON formatter can write them as
/// such. Whatever else is shown through `Display`, `Debug` or as an error with its sources.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Absent: Python's `None`.
    None,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// An integer beyond 64 bits.
    BigInt(&'a BigInt),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Str(&'a str),
    /// A value shown by its `Display`.
    Display(&'a dyn fmt::Display),
    /// A value shown by its `Debug`.
    Debug(&'a dyn fmt::Debug),
    /// An error, shown by its message; formatters reach its sources.
    Error(&'a (dyn StdError + 'static)),
    /// A sequence.
    List(&'a [OwnedValue]),
    /// Keys with values, in their order.
    Map(&'a [(String, OwnedValue)]),
}

/// A [`Value`] that owns what it holds and can cross threads.
#[derive(Clone, Debug, PartialEq, Default)]
#[non_exhaustive]
pub enum OwnedValue {
    /// Absent: Python's `None`.
    #[default]
    None,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// An integer beyond 64 bits.
    BigInt(BigInt),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Str(String),
    /// A sequence.
    List(Vec<OwnedValue>),
    /// Keys with values, in their order.
    Map(Vec<(String, OwnedValue)>),
}

impl OwnedValue {
    /// The integer that `text` has in decimal digits, of the smallest kind that holds it; nothing where
    /// it is not an integer, or has more digits than [`BigInt`] takes.
    pub fn integer(text: &str) -> Option<Self> {
        if let Ok(v) = text.parse() {
            return Some(Self::Int(v));
        }
        if let Ok(v) = text.parse() {
            return Some(Self::UInt(v));
        }
        text.parse().ok().map(Self::BigInt)
    }

    /// The value, borrowed.
    pub fn as_value(&self) -> Value<'_> {
        match self {
            Self::None => Value::None,
            Self::Bool(v) => Value::Bool(*v),
            Self::Int(v) => Value::Int(*v),
            Self::UInt(v) => Value::UInt(*v),
            Self::BigInt(v) => Value::BigInt(v),
            Self::Float(v) => Value::Float(*v),
            Self::Str(v) => Value::Str(v),
            Self::List(v) => Value::List(v),
            Self::Map(v) => Value::Map(v),
        }
    }
}

impl Value<'_> {
    /// An owned copy. What is shown through `Display`, `Debug` or as an error becomes its text.
    pub fn to_owned(&self) -> OwnedValue {
        match *self {
            Self::None => OwnedValue::None,
            Self::Bool(v) => OwnedValue::Bool(v),
            Self::Int(v) => OwnedValue::Int(v),
            Self::UInt(v) => OwnedValue::UInt(v),
            Self::BigInt(v) => OwnedValue::BigInt(v.clone()),
            Self::Float(v) => OwnedValue::Float(v),
            Self::Str(v) => OwnedValue::Str(v.to_owned()),
            Self::Display(v) => OwnedValue::Str(v.to_string()),
            Self::Debug(v) => OwnedValue::Str(format!("{v:?}")),
            Self::Error(v) => OwnedValue::Str(v.to_string()),
            Self::List(v) => OwnedValue::List(v.to_vec()),
            Self::Map(v) => OwnedValue::Map(v.to_vec()),
        }
    }

    /// What Python calls the value's type, for messages.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::UInt(_) | Self::BigInt(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) | Self::Display(_) | Self::Debug(_) => "str",
            Self::Error(_) => "Exception",
            Self::List(_) => "list",
            Self::Map(_) => "dict",
        }
    }
}

/// As Python's `str()` shows it.
impl fmt::Display for OwnedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_value().fmt(f)
    }
}

/// As Python's `str()` shows it.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(v) => v.fmt(f),
            Self::UInt(v) => v.fmt(f),
            Self::Str(v) => f.pad(v),
            Self::Display(v) => v.fmt(f),
            Self::Debug(v) => v.fmt(f),
            Self::Error(v) => v.fmt(f),
            other => fmt::Debug::fmt(other, f),
        }
    }
}

/// As Python's `repr()` shows it.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        crate::format::repr::push_repr(*self, &mut text)?;
        f.pad(&text)
    }
}

/// What can be attached to a record as `key = value`.
///
/// For the types that have no implementation of their own, attach them by how they show:
/// `key:% = value` by `Display`, `key:? = value` by `Debug`, `key:err = value` as an error.
pub trait ToValue {
    /// The value to attach.
    fn to_value(&self) -> Value<'_>;
}

macro_rules! to_value {
    ($($type:ty => |$v:ident| $value:expr;)*) => {
        $(impl ToValue for $type {
            #[inline]
            fn to_value(&self) -> Value<'_> {
                let $v = self;
                $value
            }
        }
        impl From<$type> for OwnedValue {
            fn from(value: $type) -> Self {
                value.to_value().to_owned()
            }
        })*
    };
}

to_value! {
    bool => |v| Value::Bool(*v);
    i8 => |v| Value::Int((*v).into());
    i16 => |v| Value::Int((*v).into());
    i32 => |v| Value::Int((*v).into());
    i64 => |v| Value::Int(*v);
    isize => |v| Value::Int(*v as i64);
    u8 => |v| Value::UInt((*v).into());
    u16 => |v| Value::UInt((*v).into());
    u32 => |v| Value::UInt((*v).into());
    u64 => |v| Value::UInt(*v);
    usize => |v| Value::UInt(*v as u64);
    i128 => |v| i64::try_from(*v).map_or(Value::Display(v), Value::Int);
    u128 => |v| u64::try_from(*v).map_or(Value::Display(v), Value::UInt);
    f32 => |v| Value::Float((*v).into());
    f64 => |v| Value::Float(*v);
    char => |v| Value::Display(v);
    String => |v| Value::Str(v);
    std::borrow::Cow<'_, str> => |v| Value::Str(v);
    Box<str> => |v| Value::Str(v);
    std::sync::Arc<str> => |v| Value::Str(v);
    () => |_v| Value::None;
}

impl ToValue for str {
    fn to_value(&self) -> Value<'_> {
        Value::Str(self)
    }
}

impl From<BigInt> for OwnedValue {
    fn from(value: BigInt) -> Self {
        Self::BigInt(value)
    }
}

impl ToValue for BigInt {
    fn to_value(&self) -> Value<'_> {
        Value::BigInt(self)
    }
}

impl<T: Into<OwnedValue>> From<Vec<T>> for OwnedValue {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<OwnedValue>> From<Option<T>> for OwnedValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl From<&str> for OwnedValue {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

impl From<Vec<(String, OwnedValue)>> for OwnedValue {
    fn from(entries: Vec<(String, OwnedValue)>) -> Self {
        Self::Map(entries)
    }
}

impl ToValue for fmt::Arguments<'_> {
    fn to_value(&self) -> Value<'_> {
        Value::Display(self)
    }
}

impl ToValue for OwnedValue {
    fn to_value(&self) -> Value<'_> {
        self.as_value()
    }
}

impl ToValue for Value<'_> {
    fn to_value(&self) -> Value<'_> {
        *self
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::None, ToValue::to_value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_show_as_python_shows_them() {
        let list = [OwnedValue::Int(1), OwnedValue::Str("it's".into()), OwnedValue::None];
        assert_eq!(Value::List(&list).to_string(), r#"[1, "it's", None]"#);
        assert_eq!(Value::Bool(true).to_string(), "True");
        assert_eq!(Value::Float(1.0).to_string(), "1.0");
        assert_eq!(Value::Str("plain").to_string(), "plain");
        assert_eq!(format!("{:?}", Value::Str("plain")), "'plain'");
        assert_eq!(Some(3_u8).to_value().to_owned(), OwnedValue::UInt(3));
        assert_eq!(None::<i32>.to_value().to_owned(), OwnedValue::None);
    }
}
