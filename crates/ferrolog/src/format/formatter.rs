//! The formatter of Python's logging: a pattern, the time, an error's text below.

use std::fmt;

use super::builder::FormatterBuilder;
use super::compiled::{self, Compiled, Piece, render_pieces};
use super::field::Field;
use super::head::{self, Head};
use super::{Format, FormatError, Source, Spec, Style, TimeFormat, Zone, repr, tail, unicode};
use crate::level::names_version;
use crate::record::Record;
use crate::value::{OwnedValue, Value};

/// How a time is laid out where no `datefmt` is given.
pub const DEFAULT_TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";
/// How the milliseconds are put behind the time where no `datefmt` is given.
pub const DEFAULT_MSEC_FORMAT: &str = "%s,%03d";

/// Another name of [`Zone`], after Python's `Formatter.converter`.
pub type Converter = Zone;

/// How far the lines of an error's text stand in where control characters are escaped.
const INDENT: &str = "    ";

/// Lays records out by a pattern.
///
/// The text is the pattern filled with the record's attributes, then the error's text, then the stack's,
/// each on lines of its own. Where the pattern has `%(asctime)s`, it is the time by `datefmt`, or
/// `2003-07-08 16:49:45,896` where there is no `datefmt`.
///
/// ```
/// use ferrolog::format::Style;
/// use ferrolog::{Format, Formatter, Level, Record};
///
/// let record = Record::new("app.db", Level::INFO, "connected");
/// let mut line = String::new();
/// Formatter::new("%(levelname)-8s %(name)s: %(message)s")?.format(&record, &mut line)?;
/// assert_eq!(line, "INFO     app.db: connected");
///
/// let formatter = Formatter::builder()
///     .style(Style::Brace)
///     .pattern("{levelname:>8} {user} {message!r}")
///     .defaults([("user", "nobody")])
///     .build()?;
/// line.clear();
/// formatter.format(&record, &mut line)?;
/// assert_eq!(line, "    INFO nobody 'connected'");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Cost: no allocation once warm; the calendar is computed once a second and thread. Where a pattern begins with the
/// time, or the time and the level, their text is made once a second, level and thread.
///
/// Python: *Formatter Objects*.
#[derive(Debug)]
pub struct Formatter {
    pub(super) style: Style,
    pub(super) pattern: Box<str>,
    pub(super) compiled: Compiled,
    /// What the time is in, where it is shown there and nowhere else.
    pub(super) head: Option<Head>,
    pub(super) defaults: Vec<(Field, OwnedValue)>,
    pub(super) time: TimeFormat,
    pub(super) milliseconds: Milliseconds,
    pub(super) uses_time: bool,
    pub(super) uses_message: bool,
    pub(super) escape_controls: bool,
}

/// How milliseconds follow the time.
#[derive(Clone, Debug)]
pub(super) enum Milliseconds {
    No,
    /// As [`DEFAULT_MSEC_FORMAT`] has it.
    Usual,
    /// A pattern of the time and the milliseconds.
    Pattern(Compiled),
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

    /// The style of the pattern.
    pub fn style(&self) -> Style {
        self.style
    }

    /// The pattern.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether the pattern shows the time. Python: `Formatter.usesTime`.
    pub fn uses_time(&self) -> bool {
        self.uses_time
    }

    /// Appends the time of `record`, as `%(asctime)s` shows it.
    ///
    /// # Errors
    ///
    /// A record from elsewhere whose `msecs` is not a number.
    ///
    /// Python: `Formatter.formatTime`.
    pub fn format_time(&self, record: &Record<'_>, out: &mut String) -> Result<(), FormatError> {
        match &self.milliseconds {
            Milliseconds::No => self.time.render(record.created_second(), out),
            Milliseconds::Usual => {
                let (second, ms) = record.created_parts();
                self.time.render(second, out);
                match head::milliseconds(ms).filter(|_| record.has_own_values()) {
                    Some(ms) => ms.push_to(out),
                    None => {
                        out.push(',');
                        Spec::MILLISECONDS.apply(compiled::value(&Field::Msecs, record)?, out)?;
                    }
                }
            }
            Milliseconds::Pattern(pattern) => {
                pattern.render(&Clock { formatter: self, record }, false, out)?;
            }
        }
        Ok(())
    }

    /// Appends the pattern, filled with the record's attributes, and nothing below it.
    ///
    /// # Errors
    ///
    /// An attribute that the record has not, or that does not take what the pattern asks for.
    ///
    /// Python: `Formatter.formatMessage`.
    pub fn format_message(&self, record: &Record<'_>, out: &mut String) -> Result<(), FormatError> {
        self.render(record, out)
    }

    #[inline(always)]
    fn render(&self, record: &Record<'_>, out: &mut String) -> Result<(), FormatError> {
        let (mut pieces, escape) = (self.compiled.pieces(), self.escape_controls);
        let mut has_head = false;
        if let Some(head) = &self.head
            && record.has_own_values()
        {
            let (first, rest) = pieces.split_at(head.pieces);
            if !head.push(record, out) {
                self.make_head(head, first, record, out)?;
            }
            (pieces, has_head) = (rest, true);
        }
        if self.uses_time && !has_head || !self.defaults.is_empty() {
            let attributes = Attributes { formatter: self, record };
            render_pieces(pieces, &attributes, escape, out)
        } else {
            render_pieces(pieces, record, escape, out)
        }
    }

    /// Appends the head of the pattern, which are these pieces, and keeps it for the next record.
    #[cold]
    fn make_head(
        &self,
        head: &Head,
        pieces: &[Piece],
        record: &Record<'_>,
        out: &mut String,
    ) -> Result<(), FormatError> {
        let attributes = Attributes { formatter: self, record };
        let (start, names_version) = (out.len(), names_version());
        let mut milliseconds = None;
        for piece in pieces {
            piece.render(&attributes, self.escape_controls, out)?;
            if piece.shows(&Field::AscTime) && matches!(self.milliseconds, Milliseconds::Usual) {
                milliseconds = (out.len() - start).checked_sub(",000".len());
            }
        }
        head.keep(record, names_version, &out[start..], milliseconds);
        Ok(())
    }

    /// Makes a text of many lines, which stands behind `start`, one that belongs visibly below a record.
    fn mark(&self, start: usize, out: &mut String) {
        if self.escape_controls {
            out.insert_str(start, INDENT);
            tail::escape(out, start, unicode::is_control, |out, c| match c {
                '\n' => {
                    out.push('\n');
                    out.push_str(INDENT);
                }
                c => repr::push_escape(c, out),
            });
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
        let start = out.len();
        if !self.uses_message {
            // As in Python, a record whose message cannot be made is shown by no pattern.
            record.check_message()?;
        }
        self.render(record, out)?;
        if !record.may_have_more() {
            return Ok(());
        }
        if record.has_exception() {
            let below = start_line(start, out);
            record.append_exception(out)?;
            self.mark(below, out);
        }
        if let Some(stack) = record.stack_info() {
            let below = start_line(start, out);
            out.push_str(stack);
            self.mark(below, out);
        }
        Ok(())
    }
}

/// Begins a new line, unless the text behind `start` is at the start of one. Gives the place.
fn start_line(start: usize, out: &mut String) -> usize {
    if !out[start..].ends_with('\n') {
        out.push('\n');
    }
    out.len()
}

/// A record as a formatter's pattern sees it: with its time, and defaults for what it has not.
struct Attributes<'a> {
    formatter: &'a Formatter,
    record: &'a Record<'a>,
}

/// The time of a record as text.
impl fmt::Display for Attributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.formatter.format_time(self.record, &mut text).map_err(|_| fmt::Error)?;
        f.pad(&text)
    }
}

impl Source for Attributes<'_> {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        if *field == Field::AscTime && self.formatter.uses_time {
            return Some(Value::Display(self));
        }
        self.record.value(field).or_else(|| {
            let mut defaults = self.formatter.defaults.iter();
            defaults.find(|(key, _)| key == field).map(|(_, value)| value.as_value())
        })
    }

    #[inline(always)]
    fn append(&self, field: &Field, out: &mut String) -> Result<bool, FormatError> {
        match field {
            Field::AscTime if self.formatter.uses_time => {
                self.formatter.format_time(self.record, out).map(|()| true)
            }
            other => self.record.append(other, out),
        }
    }
}

/// The time without milliseconds, and the milliseconds: what the pattern of both takes.
struct Clock<'a> {
    formatter: &'a Formatter,
    record: &'a Record<'a>,
}

impl fmt::Display for Clock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.formatter.time.render(self.record.created_second(), &mut text);
        f.pad(&text)
    }
}

impl Source for Clock<'_> {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        match field {
            Field::AscTime => Some(Value::Display(self)),
            other => self.record.value(other),
        }
    }

    fn append(&self, field: &Field, out: &mut String) -> Result<bool, FormatError> {
        if *field == Field::AscTime {
            self.formatter.time.render(self.record.created_second(), out);
        }
        Ok(*field == Field::AscTime)
    }
}

#[cfg(test)]
mod tests;
