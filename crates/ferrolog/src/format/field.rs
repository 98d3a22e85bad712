//! The names that a pattern can ask for, and where their values come from.

use std::fmt;

use super::FormatError;
use crate::value::Value;

/// An attribute of a record, as a pattern names it.
///
/// Python: *LogRecord attributes*.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// `args`
    Args,
    /// `asctime`
    AscTime,
    /// `created`
    Created,
    /// `exc_info`
    ExcInfo,
    /// `exc_text`
    ExcText,
    /// `filename`
    FileName,
    /// `funcName`
    FuncName,
    /// `levelname`
    LevelName,
    /// `levelno`
    LevelNo,
    /// `lineno`
    LineNo,
    /// `message`
    Message,
    /// `module`
    Module,
    /// `msecs`
    Msecs,
    /// `msg`
    Msg,
    /// `name`
    Name,
    /// `pathname`
    PathName,
    /// `process`
    Process,
    /// `processName`
    ProcessName,
    /// `relativeCreated`
    RelativeCreated,
    /// `stack_info`
    StackInfo,
    /// `taskName`
    TaskName,
    /// `thread`
    Thread,
    /// `threadName`
    ThreadName,
    /// An attribute that is not a record's own: an extra one.
    Other(Box<str>),
}

macro_rules! names {
    ($($field:ident $name:literal)*) => {
        /// A record's own attributes, in the alphabetical order of their names.
        pub(crate) const OWN: &[Field] = &[$(Field::$field),*];

        impl Field {
            /// The field that a pattern calls `name`.
            pub fn new(name: &str) -> Self {
                match name {
                    $($name => Self::$field,)*
                    other => Self::Other(other.into()),
                }
            }

            /// The name that a pattern uses.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$field => $name,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

names! {
    Args "args"
    AscTime "asctime"
    Created "created"
    ExcInfo "exc_info"
    ExcText "exc_text"
    FileName "filename"
    FuncName "funcName"
    LevelName "levelname"
    LevelNo "levelno"
    LineNo "lineno"
    Message "message"
    Module "module"
    Msecs "msecs"
    Msg "msg"
    Name "name"
    PathName "pathname"
    Process "process"
    ProcessName "processName"
    RelativeCreated "relativeCreated"
    StackInfo "stack_info"
    TaskName "taskName"
    Thread "thread"
    ThreadName "threadName"
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Where a pattern finds the values of its fields: a record of either face, or anything else that has
/// named values.
pub trait Source {
    /// The value of `field`, or nothing where the source has no such attribute.
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>>;

    /// Appends the text of `field` to `out` where the source has a shorter way to it than through
    /// [`Source::value`]; says whether it did. Asked where a pattern wants the text as it is.
    ///
    /// # Errors
    ///
    /// The text cannot be made.
    fn append(&self, field: &Field, out: &mut String) -> Result<bool, FormatError> {
        let _ = (field, out);
        Ok(false)
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        (**self).value(field)
    }

    fn append(&self, field: &Field, out: &mut String) -> Result<bool, FormatError> {
        (**self).append(field, out)
    }
}
