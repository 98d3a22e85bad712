//! Formatters: from a record to text.
//!
//! Python: *Formatter Objects*, *LogRecord attributes*.

mod brace;
mod buffering;
mod builder;
mod color;
mod compiled;
mod dollar;
pub(crate) mod error;
pub(crate) mod exception;
mod field;
mod format_spec;
mod formatter;
mod head;
pub(crate) mod number;
mod pattern;
mod percent;
pub(crate) mod push;
pub(crate) mod repr;
mod spec;
mod structured;
mod style;
pub(crate) mod tail;
mod time;
pub(crate) mod unicode;

pub use brace::BracePattern;
pub use buffering::BufferingFormatter;
pub use builder::FormatterBuilder;
pub use color::ColorFormatter;
pub use dollar::DollarPattern;
pub use error::FormatError;
pub use field::{Field, Source};
pub use formatter::{Converter, DEFAULT_MSEC_FORMAT, DEFAULT_TIME_FORMAT, Formatter};
pub use pattern::Pattern;
pub use percent::{Args, PercentPattern, interpolate};
pub use spec::{MAX_WIDTH, Spec};
pub use structured::{ExtraKeys, JsonFormatter, LogfmtFormatter, StructuredBuilder};
pub use style::Style;
pub use time::{TimeFormat, Zone};

pub(crate) use field::OWN;
pub(crate) use push::{Appender, Followed, Literal, Padded, push};

use crate::record::Record;

/// Lays a record out as text.
///
/// A handler holds one formatter and asks it once a record. Closures that take a record and append to a
/// string are formatters too:
///
/// ```
/// use ferrolog::{Format, FormatError, Record};
///
/// let shout = |record: &Record<'_>, out: &mut String| -> Result<(), FormatError> {
///     out.push_str(&record.message().to_string().to_uppercase());
///     Ok(())
/// };
/// let record = Record::new("app", ferrolog::Level::INFO, "hello");
/// let mut text = String::new();
/// shout.format(&record, &mut text).unwrap();
/// assert_eq!(text, "HELLO");
/// ```
pub trait Format: Send + Sync + 'static {
    /// Appends the text of `record` to `out`, without a line end.
    ///
    /// # Errors
    ///
    /// A record that cannot be laid out. The handler reports it and does not deliver the record; what
    /// was appended is discarded.
    fn format(&self, record: &Record<'_>, out: &mut String) -> Result<(), FormatError>;
}

impl<F> Format for F
where
    F: Fn(&Record<'_>, &mut String) -> Result<(), FormatError> + Send + Sync + 'static,
{
    fn format(&self, record: &Record<'_>, out: &mut String) -> Result<(), FormatError> {
        self(record, out)
    }
}
