//! Builds formatters.

use super::compiled::Show;
use super::formatter::{DEFAULT_MSEC_FORMAT, DEFAULT_TIME_FORMAT, Formatter, Milliseconds};
use super::head::Head;
use super::{Field, FormatError, Style, TimeFormat, Zone, percent};
use crate::value::OwnedValue;

/// Builds a [`Formatter`].
///
/// | setting | default |
/// |---|---|
/// | `pattern` | the message alone |
/// | `style` | [`Style::Percent`] |
/// | `datefmt` | none: [`DEFAULT_TIME_FORMAT`] and [`DEFAULT_MSEC_FORMAT`] |
/// | `converter` | [`Zone::Local`] |
/// | `defaults` | none |
/// | `validate` | true |
/// | `escape_controls` | false |
///
/// An empty text counts as none for the patterns of line and time, as in Python.
#[derive(Clone, Debug)]
pub struct FormatterBuilder {
    pattern: Option<String>,
    style: Style,
    datefmt: Option<String>,
    default_time_format: String,
    default_msec_format: Option<String>,
    converter: Zone,
    defaults: Vec<(Field, OwnedValue)>,
    validate: bool,
    escape_controls: bool,
}

impl Default for FormatterBuilder {
    fn default() -> Self {
        Self {
            pattern: None,
            style: Style::Percent,
            datefmt: None,
            default_time_format: DEFAULT_TIME_FORMAT.to_owned(),
            default_msec_format: Some(DEFAULT_MSEC_FORMAT.to_owned()),
            converter: Zone::Local,
            defaults: Vec::new(),
            validate: true,
            escape_controls: false,
        }
    }
}

impl FormatterBuilder {
    /// The pattern.
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.pattern = Some(pattern.into());
        self
    }

    /// The style that the pattern is in.
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// How `%(asctime)s` shows the time: a `strftime` pattern (see [`TimeFormat`]).
    pub fn datefmt(mut self, datefmt: impl Into<String>) -> Self {
        self.datefmt = Some(datefmt.into());
        self
    }

    /// The `strftime` pattern used where there is no `datefmt`.
    pub fn default_time_format(mut self, format: impl Into<String>) -> Self {
        self.default_time_format = format.into();
        self
    }

    /// How time and milliseconds are joined where there is no `datefmt`: a pattern of two `%` conversions,
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

    /// Values for attributes that a record has not. Added to those given before.
    pub fn defaults<K: Into<String>, V: Into<OwnedValue>>(
        mut self,
        defaults: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        for (key, value) in defaults {
            let key = Field::new(&key.into());
            self.defaults.retain(|(known, _)| *known != key);
            self.defaults.push((key, value.into()));
        }
        self
    }

    /// Whether a pattern is refused that Python's `Formatter` refuses: one without a field, say. What
    /// could never be shown is refused in any case.
    pub fn validate(mut self, validate: bool) -> Self {
        self.validate = validate;
        self
    }

    /// Whether control characters in attributes are shown as escapes (`\n`, `\x1b`), so that no message
    /// can forge a line of the log or drive a terminal. The pattern's own are left alone; of the texts
    /// below a record each line is indented by four spaces. Beyond Python.
    ///
    /// Costs a pass over the text.
    pub fn escape_controls(mut self, escape: bool) -> Self {
        self.escape_controls = escape;
        self
    }

    /// The formatter.
    ///
    /// # Errors
    ///
    /// A pattern that is not valid, with the place; or one that has no field, unless that was allowed; a
    /// `default_msec_format` that does not take a text and a number.
    pub fn build(self) -> Result<Formatter, FormatError> {
        let given = self.pattern.filter(|pattern| !pattern.is_empty());
        let pattern = given.unwrap_or_else(|| self.style.default_pattern().to_owned());
        if self.validate {
            self.style.validate(&pattern)?;
        }
        let compiled = self.style.compile(&pattern)?;
        let uses_time = compiled.uses(&Field::AscTime);
        let uses_message = compiled.uses(&Field::Message);
        let (time, milliseconds) = match self.datefmt.filter(|datefmt| !datefmt.is_empty()) {
            Some(datefmt) => (datefmt, Milliseconds::No),
            None => {
                let milliseconds = match self.default_msec_format.as_deref() {
                    None | Some("") => Milliseconds::No,
                    Some(DEFAULT_MSEC_FORMAT) => Milliseconds::Usual,
                    Some(pattern) => Milliseconds::Pattern(percent::compile_msecs(pattern)?),
                };
                (self.default_time_format, milliseconds)
            }
        };
        let head = Head::of(&compiled, |show| {
            matches!(milliseconds, Milliseconds::No | Milliseconds::Usual) && *show == Show::Text
        });
        Ok(Formatter {
            style: self.style,
            pattern: pattern.into(),
            compiled,
            head,
            defaults: self.defaults,
            time: TimeFormat::new(&time, self.converter),
            milliseconds,
            uses_time,
            uses_message,
            escape_controls: self.escape_controls,
        })
    }
}
