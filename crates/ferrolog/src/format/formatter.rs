//! The formatter of Python's logging: a pattern, the time, an error's text below.

use std::fmt::{self, Write};

use super::field::Field;
use super::percent::{Args, interpolate};
use super::{Format, FormatError, PercentPattern, Source, TimeFormat, Zone};
use crate::record::Record;
use crate::value::Value;

/// How a time is laid out where no `datefmt` is given.
pub const DEFAULT_TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";
/// How the milliseconds are put behind the time where no `datefmt` is given.
pub const DEFAULT_MSEC_FORMAT: &str = "%s,%03d";

/// Another name of [`Zone`], after Python's `Formatter.converter`.
pub type Converter = Zone;

/// Lays records out by a pattern.
///
/// The text is the pattern filled with the record's attributes, then the error's text, then the stack's,
/// each on lines of its own. Where the pattern has `%(asctime)s`, it is the time by `datefmt`, or
/// `2003-07-08 16:49:45,896` where there is no `datefmt`.
///
/// ```
/// use ferrolog::{Format, Formatter, Level, Record};
///
/// let formatter = Formatter::new("%(levelname)-8s %(name)s: %(message)s")?;
/// let mut line = String::new();
/// formatter.format(&Record::new("app.db", Level::INFO, "connected"), &mut line)?;
/// assert_eq!(line, "INFO     app.db: connected");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Cost: no allocation once warm; the calendar is computed once a second and thread.
///
/// Python: *Formatter Objects*.
#[derive(Debug)]
pub struct Formatter {
    pattern: PercentPattern,
    time: TimeFormat,
    msec_format: Option<Box<str>>,
    uses_time: bool,
}

impl Formatter {
    /// A formatter by a pattern in the `%` style.
    ///
    /// # Errors
    ///
    /// A pattern that is not valid or has no field at all.
    pub fn new(pattern: &str) -> Result<Self, FormatError> {
        Self::builder().pattern(pattern).build()
    }

    /// A formatter set up step by step.
    pub fn builder() -> FormatterBuilder {
        FormatterBuilder::default()
    }

    /// Appends the time of `record`, as `%(asctime)s` shows it.
    ///
    /// Python: `Formatter.formatTime`.
    pub fn format_time(&self, record: &Record<'_>, out: &mut String) -> Result<(), FormatError> {
        let Some(msec_format) = &self.msec_format else {
            self.time.render(record.created_second(), out);
            return Ok(());
        };
        let msecs = record.created_millisecond();
        if **msec_format == *DEFAULT_MSEC_FORMAT {
            self.time.render(record.created_second(), out);
            let digits =
                [msecs / 100, msecs / 10 % 10, msecs % 10].map(|d| char::from(b'0' + d as u8));
            out.push(',');
            out.extend(digits);
            Ok(())
        } else {
            let mut time = String::new();
            self.time.render(record.created_second(), &mut time);
            let args = [Value::Str(&time), Value::Float(msecs.into())];
            interpolate(msec_format, Args::Tuple(&args), out)
        }
    }
}

/// A formatter with Python's defaults: the message alone.
impl Default for Formatter {
    fn default() -> Self {
        FormatterBuilder::default().build().expect("the default pattern is valid")
    }
}

impl Format for Formatter {
    fn format(&self, record: &Record<'_>, out: &mut String) -> Result<(), FormatError> {
        if self.uses_time {
            self.pattern.render(&Timed(AscTime { formatter: self, record }), out)?;
        } else {
            self.pattern.render(record, out)?;
        }
        if record.has_exception() {
            start_line(out);
            record.append_exception(out)?;
        }
        if let Some(stack) = record.stack_info() {
            start_line(out);
            out.write_str(stack)?;
        }
        Ok(())
    }
}

/// Begins a new line, unless `out` is at the start of one.
fn start_line(out: &mut String) {
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

/// A record whose time is shown by a formatter.
struct Timed<'a>(AscTime<'a>);

/// The time of a record as text.
struct AscTime<'a> {
    formatter: &'a Formatter,
    record: &'a Record<'a>,
}

impl fmt::Display for AscTime<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.formatter.format_time(self.record, &mut text).map_err(|_| fmt::Error)?;
        f.pad(&text)
    }
}

impl Source for Timed<'_> {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        match field {
            Field::AscTime => Some(Value::Display(&self.0)),
            other => self.0.record.value(other),
        }
    }

    fn append(&self, field: &Field, out: &mut String) -> Result<bool, FormatError> {
        match field {
            Field::AscTime => self.0.formatter.format_time(self.0.record, out).map(|()| true),
            other => self.0.record.append(other, out),
        }
    }
}

/// Builds a [`Formatter`].
///
/// | setting | default |
/// |---|---|
/// | `pattern` | `%(message)s` |
/// | `datefmt` | none: [`DEFAULT_TIME_FORMAT`] and [`DEFAULT_MSEC_FORMAT`] |
/// | `converter` | [`Zone::Local`] |
/// | `validate` | true |
#[derive(Clone, Debug)]
pub struct FormatterBuilder {
    pattern: Option<String>,
    datefmt: Option<String>,
    default_time_format: String,
    default_msec_format: Option<String>,
    converter: Zone,
    validate: bool,
}

impl Default for FormatterBuilder {
    fn default() -> Self {
        Self {
            pattern: None,
            datefmt: None,
            default_time_format: DEFAULT_TIME_FORMAT.to_owned(),
            default_msec_format: Some(DEFAULT_MSEC_FORMAT.to_owned()),
            converter: Zone::Local,
            validate: true,
        }
    }
}

impl FormatterBuilder {
    /// The pattern.
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.pattern = Some(pattern.into());
        self
    }

    /// How `%(asctime)s` shows the time: a `strftime` pattern.
    pub fn datefmt(mut self, datefmt: impl Into<String>) -> Self {
        self.datefmt = Some(datefmt.into());
        self
    }

    /// The `strftime` pattern used where there is no `datefmt`.
    pub fn default_time_format(mut self, format: impl Into<String>) -> Self {
        self.default_time_format = format.into();
        self
    }

    /// How time and milliseconds are joined where there is no `datefmt`: a pattern of two conversions,
    /// or `None` for no milliseconds.
    pub fn default_msec_format(mut self, format: Option<&str>) -> Self {
        self.default_msec_format = format.map(Into::into);
        self
    }

    /// The clock: local time or UTC.
    pub fn converter(mut self, zone: Zone) -> Self {
        self.converter = zone;
        self
    }

    /// Whether a pattern without any field is refused. A faulty pattern is refused always.
    pub fn validate(mut self, validate: bool) -> Self {
        self.validate = validate;
        self
    }

    /// The formatter.
    ///
    /// # Errors
    ///
    /// A pattern that is not valid, with the place; or one that has no field, unless that was allowed.
    pub fn build(self) -> Result<Formatter, FormatError> {
        let text = self.pattern.as_deref().unwrap_or("%(message)s");
        let pattern = PercentPattern::new(text)?;
        if self.validate && pattern.fields().next().is_none() {
            return Err(FormatError::at(text, 0, "no field such as %(message)s"));
        }
        let uses_time = pattern.uses(&Field::AscTime);
        let (time, msec_format) = match self.datefmt {
            Some(datefmt) => (datefmt, None),
            None => (self.default_time_format, self.default_msec_format),
        };
        Ok(Formatter {
            pattern,
            time: TimeFormat::new(&time, self.converter),
            msec_format: msec_format.map(Into::into),
            uses_time,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    fn format(formatter: &Formatter, record: &Record<'_>) -> String {
        let mut out = String::new();
        formatter.format(record, &mut out).unwrap();
        out
    }

    #[test]
    fn the_time() {
        let record = Record::new("n", Level::INFO, "m").with_created(1_000_000_000_012_999_999);
        for (builder, text) in [
            (Formatter::builder(), "2001-09-09 01:46:40,012"),
            (Formatter::builder().datefmt("%H.%M"), "01.46"),
            (
                Formatter::builder().default_msec_format(Some("%s.%03dZ")),
                "2001-09-09 01:46:40.012Z",
            ),
            (Formatter::builder().default_msec_format(None), "2001-09-09 01:46:40"),
            (Formatter::builder().default_time_format("%d"), "09,012"),
        ] {
            let formatter = builder.converter(Zone::Utc).pattern("%(asctime)s").build().unwrap();
            assert_eq!(format(&formatter, &record), text);
        }
    }

    #[test]
    fn an_error_and_a_stack_stand_below() {
        let error = std::io::Error::other("disk");
        let extra =
            [("exc_info", Value::Error(&error)), ("stack_info", Value::Str("Stack:\n  here"))];
        let record = Record::new("n", Level::ERROR, "failed").with_key_values(&extra);
        assert_eq!(format(&Formatter::default(), &record), "failed\nError: disk\nStack:\n  here");
    }

    #[test]
    fn a_pattern_without_a_field_is_refused() {
        assert!(Formatter::new("plain").is_err());
        assert!(Formatter::builder().pattern("plain").validate(false).build().is_ok());
        assert!(Formatter::builder().pattern("%(x)").validate(false).build().is_err());
    }
}
