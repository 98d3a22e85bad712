//! The arguments of a macro's message, as far as they are plain values.

use std::any::TypeId;

use super::kind::Kinds;
use crate::value::Value;

/// An argument of a message: its value, or nothing where it is of a type that only its own `Display` can show.
pub(crate) type Argument<'a> = Option<Value<'a>>;

/// The arguments of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arguments<'a> {
    pub(super) values: &'a [Argument<'a>],
    pub(super) kinds: Kinds,
}

impl<'a> Arguments<'a> {
    pub(super) const NONE: Self = Self { values: &[], kinds: Kinds::NONE };

    #[inline(always)]
    pub(super) const fn new(values: &'a [Argument<'a>]) -> Self {
        Self { values, kinds: Kinds::of(values) }
    }
}

/// The argument as a value, where it is of one of the types whose text is known without asking them: integers of
/// up to 64 bits, `f64`, `bool`, `String`, and references to these or to `str`. Which it is, the compiler finds
/// out.
#[doc(hidden)]
#[inline(always)]
pub fn __argument<'a, T: ?Sized>(value: &'a T) -> Argument<'a> {
    let found = typeid::of::<T>();
    /// The value as a `$type`, if it is one; the second form looks through a reference.
    macro_rules! known {
        ($($type:ty => $make:expr),* $(,)?) => {$(
            if found == TypeId::of::<$type>() {
                // SAFETY: `T` is `$type`, as their ids are equal. Where that has a lifetime, ids do not tell it: it is
                // one that outlives `'a`, as there is a `&'a T`, and `'a` is the lifetime that is used.
                let value = unsafe { &*std::ptr::from_ref(value).cast::<$type>() };
                return Some($make(*value));
            }
            if found == TypeId::of::<&'static $type>() {
                // SAFETY: as above.
                let value: &'a $type = unsafe { *std::ptr::from_ref(value).cast::<&'a $type>() };
                return Some($make(*value));
            }
        )*};
    }
    known! {
        u64 => Value::UInt, i64 => Value::Int, u32 => |v| Value::UInt(u64::from(v)), i32 => |v| Value::Int(i64::from(v)),
        usize => |v| Value::UInt(v as u64), isize => |v| Value::Int(v as i64), u16 => |v| Value::UInt(u64::from(v)),
        i16 => |v| Value::Int(i64::from(v)), u8 => |v| Value::UInt(u64::from(v)), i8 => |v| Value::Int(i64::from(v)),
        f64 => Value::Float, bool => Value::Bool,
    }
    if found == TypeId::of::<&'static str>() {
        // SAFETY: as above.
        return Some(Value::Str(unsafe { *std::ptr::from_ref(value).cast::<&'a str>() }));
    }
    if found == TypeId::of::<&'static &'static str>() {
        // SAFETY: as above.
        return Some(Value::Str(unsafe { *std::ptr::from_ref(value).cast::<&'a &'a str>() }));
    }
    if found == TypeId::of::<String>() {
        // SAFETY: as above.
        return Some(Value::Str(unsafe { &*std::ptr::from_ref(value).cast::<String>() }));
    }
    if found == TypeId::of::<&'static String>() {
        // SAFETY: as above.
        return Some(Value::Str(unsafe { *std::ptr::from_ref(value).cast::<&'a String>() }));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_are_known() {
        let text = String::from("owned");
        let borrowed: &str = &text;
        let shown = |argument: Argument<'_>| argument.map(|value| format!("{value:?}"));
        for (argument, value) in [
            (__argument(&7_u8), Value::UInt(7)),
            (__argument(&-7_i16), Value::Int(-7)),
            (__argument(&&-7_i32), Value::Int(-7)),
            (__argument(&u64::MAX), Value::UInt(u64::MAX)),
            (__argument(&i64::MIN), Value::Int(i64::MIN)),
            (__argument(&&3_usize), Value::UInt(3)),
            (__argument(&0.5_f64), Value::Float(0.5)),
            (__argument(&true), Value::Bool(true)),
            (__argument(&borrowed), Value::Str("owned")),
            (__argument(&&borrowed), Value::Str("owned")),
            (__argument(&text), Value::Str("owned")),
            (__argument(&&text), Value::Str("owned")),
        ] {
            assert_eq!(shown(argument), shown(Some(value)));
        }
    }

    #[test]
    fn others_are_not() {
        assert!(__argument(&1_u128).is_none());
        assert!(__argument(&1.5_f32).is_none());
        assert!(__argument(&'c').is_none());
        assert!(__argument("unsized").is_none());
        assert!(__argument(&&&1).is_none());
        assert!(__argument(&Some(1)).is_none());
        assert!(__argument(&std::path::Path::new("x").display()).is_none());
    }

    /// A type that only borrows for a while is told apart as well.
    #[test]
    fn lifetimes_do_not_matter() {
        fn generic<T: std::fmt::Display>(value: &T) -> bool {
            __argument(value).is_some()
        }
        let text = String::from("x");
        assert!(generic(&text.as_str()) && generic(&5));
        assert!(!generic(&std::borrow::Cow::Borrowed(text.as_str())));
    }
}
