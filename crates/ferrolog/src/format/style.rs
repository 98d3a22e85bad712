//! The three styles of patterns.

use std::fmt;
use std::str::FromStr;

use super::compiled::Compiled;
use super::{BracePattern, DollarPattern, FormatError, PercentPattern, brace, dollar, percent};

/// How a pattern names its fields.
///
/// ```
/// use ferrolog::format::Style;
///
/// let style: Style = "{".parse()?;
/// assert_eq!(style, Style::Brace);
/// assert_eq!(style.default_pattern(), "{message}");
/// style.validate("{levelname:<8} {message}")?;
/// assert!(style.validate("%(message)s").is_err());
/// # Ok::<(), ferrolog::FormatError>(())
/// ```
///
/// Python: the `style` of a `Formatter`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// `%(message)s`
    #[default]
    Percent,
    /// `{message}`
    Brace,
    /// `$message` or `${message}`
    Dollar,
}

impl Style {
    /// The pattern of a formatter that was given none: the message alone.
    pub fn default_pattern(self) -> &'static str {
        match self {
            Self::Percent => "%(message)s",
            Self::Brace => "{message}",
            Self::Dollar => "${message}",
        }
    }

    /// The pattern that `basic_config` uses: level, name and message.
    ///
    /// Python: `BASIC_FORMAT`.
    pub fn basic_pattern(self) -> &'static str {
        match self {
            Self::Percent => "%(levelname)s:%(name)s:%(message)s",
            Self::Brace => "{levelname}:{name}:{message}",
            Self::Dollar => "${levelname}:${name}:${message}",
        }
    }

    /// The sign that stands for the style: `%`, `{` or `$`.
    pub fn sign(self) -> char {
        match self {
            Self::Percent => '%',
            Self::Brace => '{',
            Self::Dollar => '$',
        }
    }

    /// Checks that `pattern` is one of this style and has a field.
    ///
    /// # Errors
    ///
    /// What Python's `Formatter` refuses, with the place where that is known.
    pub fn validate(self, pattern: &str) -> Result<(), FormatError> {
        match self {
            Self::Percent => percent::validate(pattern),
            Self::Brace => brace::validate(pattern),
            Self::Dollar => dollar::validate(pattern),
        }
    }

    pub(crate) fn compile(self, pattern: &str) -> Result<Compiled, FormatError> {
        Ok(match self {
            Self::Percent => PercentPattern::new(pattern)?.0,
            Self::Brace => BracePattern::new(pattern)?.0,
            Self::Dollar => DollarPattern::new(pattern)?.0,
        })
    }
}

impl FromStr for Style {
    type Err = FormatError;

    fn from_str(sign: &str) -> Result<Self, FormatError> {
        match sign {
            "%" => Ok(Self::Percent),
            "{" => Ok(Self::Brace),
            "$" => Ok(Self::Dollar),
            _ => Err(FormatError::Style(sign.to_owned())),
        }
    }
}

impl TryFrom<char> for Style {
    type Error = FormatError;

    fn try_from(sign: char) -> Result<Self, FormatError> {
        sign.encode_utf8(&mut [0; 4]).parse()
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.sign().encode_utf8(&mut [0; 4]))
    }
}
