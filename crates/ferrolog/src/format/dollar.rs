//! Patterns in the `$` style: `$levelname ${message}`.
//!
//! Python: `string.Template`, and `StringTemplateStyle`.

use super::compiled::{Compiled, Show, pattern_methods};
use super::{Field, FormatError, Source};

/// A compiled pattern in the style of `string.Template`: `$name`, `${name}`, and `$$` for a dollar sign.
///
/// Compiling happens once; rendering neither parses nor allocates, but for what it appends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DollarPattern(pub(crate) Compiled);

pattern_methods!(DollarPattern);

impl DollarPattern {
    /// Compiles `pattern`.
    ///
    /// # Errors
    ///
    /// A dollar sign with neither a name, a name in braces nor another one behind it: with its place.
    pub fn new(pattern: &str) -> Result<Self, FormatError> {
        let mut compiled = Compiled::default();
        let mut rest = pattern;
        while let Some(at) = rest.find('$') {
            compiled.literal(&rest[..at]);
            let place = pattern.len() - rest.len() + at;
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                compiled.literal("$");
                rest = after;
                continue;
            }
            let braced = rest.strip_prefix('{');
            let text = braced.unwrap_or(rest);
            let name = &text[..identifier(text)];
            let after = &text[name.len()..];
            let after = if braced.is_some() { after.strip_prefix('}') } else { Some(after) };
            match after {
                Some(after) if !name.is_empty() => {
                    compiled.field(Field::new(name), Show::Text);
                    rest = after;
                }
                _ => {
                    let problem = "invalid placeholder; expected $name, ${name} or $$";
                    return Err(FormatError::at(pattern, place, problem));
                }
            }
        }
        compiled.literal(rest);
        Ok(Self(compiled))
    }
}

/// How many bytes of `text` are an identifier, of ASCII letters, digits and `_`.
fn identifier(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count()
}

/// Checks what `StringTemplateStyle.validate` checks: no stray dollar sign, and a field at all.
pub(crate) fn validate(pattern: &str) -> Result<(), FormatError> {
    match DollarPattern::new(pattern)?.fields().next() {
        Some(_) => Ok(()),
        None => Err(FormatError::at(pattern, 0, "no fields; expected one such as ${message}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;
    use proptest::prelude::*;

    struct Fixed;

    impl Source for Fixed {
        fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
            match field {
                Field::LineNo => Some(Value::Int(42)),
                Field::Message => Some(Value::Str("hi")),
                _ => None,
            }
        }
    }

    fn render(pattern: &str) -> Result<String, FormatError> {
        let mut out = String::new();
        DollarPattern::new(pattern)?.render(&Fixed, &mut out)?;
        Ok(out)
    }

    #[test]
    fn placeholders() {
        for (pattern, text) in [
            ("$message ${lineno}th $$5", "hi 42th $5"),
            ("${message}s$lineno.x", "his42.x"),
            ("$lineno-é", "42-é"),
            ("", ""),
        ] {
            assert_eq!(render(pattern).unwrap(), text, "{pattern}");
        }
        for (pattern, place) in [("a $", 2), ("$1", 0), ("x${message", 1), ("${}", 0), ("$é", 0)] {
            match DollarPattern::new(pattern) {
                Err(FormatError::Pattern { at, .. }) => assert_eq!(at, place, "{pattern}"),
                other => panic!("{pattern}: {other:?}"),
            }
        }
        assert_eq!(render("$messages"), Err(FormatError::MissingField("messages".into())));
    }

    proptest! {
        #[test]
        fn no_pattern_panics(pattern in "([${}a-z]|message|\\PC)*") {
            let _ = validate(&pattern);
            let _ = render(&pattern);
        }

        #[test]
        fn text_with_doubled_dollars_is_itself(text in "\\PC*") {
            prop_assert_eq!(render(&text.replace('$', "$$")), Ok(text));
        }
    }
}
