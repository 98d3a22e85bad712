//! Patterns of any style.

use super::compiled::{Compiled, pattern_methods};
use super::{Field, FormatError, Source, Style};

/// A compiled pattern of a style that is known when the program runs.
///
/// Compiling happens once; for what rendering costs see the pattern of each style.
///
/// ```
/// use ferrolog::Value;
/// use ferrolog::format::{Field, Pattern, Source, Style};
///
/// struct Greeting;
/// impl Source for Greeting {
///     fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
///         (*field == Field::Message).then_some(Value::Str("hello"))
///     }
/// }
/// for (style, pattern) in [
///     (Style::Percent, "%(message)7s"),
///     (Style::Brace, "{message:>7}"),
///     (Style::Dollar, "  $message"),
/// ] {
///     let mut text = String::new();
///     Pattern::new(style, pattern)?.render(&Greeting, &mut text)?;
///     assert_eq!(text, "  hello");
/// }
/// # Ok::<(), ferrolog::FormatError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Compiled);

pattern_methods!(Pattern);

impl Pattern {
    /// Compiles `pattern`.
    ///
    /// # Errors
    ///
    /// Those of the style's own pattern: [`PercentPattern::new`](super::PercentPattern::new),
    /// [`BracePattern::new`](super::BracePattern::new), [`DollarPattern::new`](super::DollarPattern::new).
    pub fn new(style: Style, pattern: &str) -> Result<Self, FormatError> {
        style.compile(pattern).map(Self)
    }
}
