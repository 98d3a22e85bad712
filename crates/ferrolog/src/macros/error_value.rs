//! What stands behind `:err =`: an error of whichever type.
//!
//! The macro calls `value` through as many references as there are ways to see the type; the compiler
//! takes the outermost way that the type allows.

use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;

use crate::value::Value;

/// An error given to a macro, as a [`Value`]; the traits below are in scope where it is used.
#[doc(hidden)]
#[macro_export]
macro_rules! __error_value {
    ($error:expr) => {
        (&&&&&$crate::__error_value::ErrorValue(&$error)).__value()
    };
}

/// The traits, to be brought into scope without their names.
pub mod traits {
    pub use super::{
        ViaBoxed as _, ViaDebug as _, ViaDynamic as _, ViaError as _, ViaErrorReference as _,
    };
}

/// A reference to what a macro was given.
pub struct ErrorValue<'a, T>(pub &'a T);

/// A reference to `dyn Error`.
pub trait ViaDynamic<'a> {
    fn __value(&self) -> Value<'a>;
}

/// A reference to an error.
pub trait ViaErrorReference<'a> {
    fn __value(&self) -> Value<'a>;
}

/// An error.
pub trait ViaError<'a> {
    fn __value(&self) -> Value<'a>;
}

/// A box of `dyn Error`.
pub trait ViaBoxed<'a> {
    fn __value(&self) -> Value<'a>;
}

/// Something that shows itself.
pub trait ViaDebug<'a> {
    fn __value(&self) -> Value<'a>;
}

macro_rules! dynamic {
    ($($error:ty),*) => {
        $(impl<'a> ViaDynamic<'a> for &&&&ErrorValue<'a, &'a $error> {
            fn __value(&self) -> Value<'a> {
                Value::Error(*self.0)
            }
        }

        impl<'a> ViaBoxed<'a> for &ErrorValue<'a, Box<$error>> {
            fn __value(&self) -> Value<'a> {
                Value::Error(&**self.0)
            }
        }

        impl<'a> ViaBoxed<'a> for &ErrorValue<'a, &'a Box<$error>> {
            fn __value(&self) -> Value<'a> {
                Value::Error(&***self.0)
            }
        }

        impl<'a> ViaBoxed<'a> for &ErrorValue<'a, Arc<$error>> {
            fn __value(&self) -> Value<'a> {
                Value::Error(&**self.0)
            }
        })*
    };
}

dynamic!(dyn Error + 'static, dyn Error + Send + 'static, dyn Error + Send + Sync + 'static);

impl<'a, E: Error + 'static> ViaErrorReference<'a> for &&&ErrorValue<'a, &'a E> {
    fn __value(&self) -> Value<'a> {
        Value::Error(*self.0)
    }
}

impl<'a, E: Error + 'static> ViaError<'a> for &&ErrorValue<'a, E> {
    fn __value(&self) -> Value<'a> {
        Value::Error(self.0)
    }
}

impl<'a, T: Debug> ViaDebug<'a> for ErrorValue<'a, T> {
    fn __value(&self) -> Value<'a> {
        Value::Debug(self.0)
    }
}
