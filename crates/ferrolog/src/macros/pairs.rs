//! Key-values as the macros take them.

/// Key-values in the forms that the macros take, as an array of pairs, behind those that stand in the
/// brackets; `@context` makes a context of them.
#[doc(hidden)]
#[macro_export]
macro_rules! __pairs {
    (@context [] $($key_values:tt)*) => {{
        #[allow(unused_imports, reason = "needed where an error is given")]
        use $crate::__error_value::traits::*;
        $crate::Context::__of(&$crate::__pairs!(@array [] $($key_values)*))
    }};
    (@array [$($pairs:tt)*] $(,)?) => {
        [$($pairs)*]
    };
    (@array [$($pairs:tt)*] $key:tt = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__pairs!(@array
            [$($pairs)* ($crate::__key!($key), $crate::ToValue::to_value(&$value)),] $($($rest)*)?)
    };
    (@array [$($pairs:tt)*] $key:tt : % = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__pairs!(@array
            [$($pairs)* ($crate::__key!($key), $crate::Value::Display(&$value)),] $($($rest)*)?)
    };
    (@array [$($pairs:tt)*] $key:tt : ? = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__pairs!(@array
            [$($pairs)* ($crate::__key!($key), $crate::Value::Debug(&$value)),] $($($rest)*)?)
    };
    (@array [$($pairs:tt)*] $key:tt : err = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__pairs!(@array
            [$($pairs)* ($crate::__key!($key), $crate::__error_value!($value)),] $($($rest)*)?)
    };
    (@array [$($pairs:tt)*] $key:ident $(, $($rest:tt)*)?) => {
        $crate::__pairs!(@array
            [$($pairs)* (stringify!($key), $crate::ToValue::to_value(&$key)),] $($($rest)*)?)
    };
}

/// A key is an identifier or a string.
#[doc(hidden)]
#[macro_export]
macro_rules! __key {
    ($key:ident) => {
        stringify!($key)
    };
    ($key:literal) => {
        $key
    };
}
