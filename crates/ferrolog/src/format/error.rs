//! What can be wrong with a pattern, or with what it is applied to.

/// A pattern that is not valid, or that does not fit the values it is applied to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The pattern is not valid: a `ValueError` in Python.
    #[error("invalid pattern {pattern:?}: {problem}, at byte {at}")]
    Pattern {
        /// The whole pattern.
        pattern: String,
        /// The place, in bytes from the start.
        at: usize,
        /// What is wrong there and what was expected.
        problem: String,
    },
    /// A structured formatter was given a key twice.
    #[error("key {0:?} given twice: each must be given once")]
    DuplicateKey(String),
    /// No style of patterns has this sign: a `ValueError` in Python.
    #[error("unknown style {0:?} (expected one of %, {{ and $)")]
    Style(String),
    /// The record has no such attribute: a `KeyError` in Python.
    #[error("formatting field not found in record: {0:?}")]
    MissingField(String),
    /// A value is not of the type that a conversion takes: a `TypeError` in Python.
    #[error("%{conversion} format: {expected} is required, not {found}")]
    Type {
        /// The conversion, as `d`.
        conversion: char,
        /// What it takes.
        expected: &'static str,
        /// The type that the value has.
        found: &'static str,
    },
    /// The arguments do not fit the pattern: a `TypeError` in Python.
    #[error("{0}")]
    Arguments(String),
    /// A value cannot be shown as the pattern asks for: a `ValueError` in Python.
    #[error("{0}")]
    Value(String),
    /// A number is beyond what a conversion can show: an `OverflowError` in Python.
    #[error("{0}")]
    Range(String),
    /// A path such as `{name[9]}` or `{name.real}` leads to nothing: an `IndexError`, `KeyError` or
    /// `AttributeError` in Python.
    #[error("{0}")]
    Lookup(String),
    /// A value's own way to show itself failed.
    #[error("a value's Display or Debug returned an error")]
    Display,
}

impl FormatError {
    /// An error at a place of a pattern.
    pub(crate) fn at(pattern: &str, at: usize, problem: impl Into<String>) -> Self {
        Self::Pattern { pattern: pattern.to_owned(), at, problem: problem.into() }
    }
}

impl From<std::fmt::Error> for FormatError {
    fn from(_: std::fmt::Error) -> Self {
        Self::Display
    }
}
