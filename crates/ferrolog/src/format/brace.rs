//! Patterns in the `{` style: `{levelname:<8} {message}`.
//!
//! Python: *Format String Syntax*, and `StrFormatStyle`.

mod parse;
mod path;

use self::parse::{Parser, RawField};
use self::path::Step;
use super::compiled::{Compiled, Show, pattern_methods, value};
use super::format_spec::FormatSpec;
use super::{Field, FormatError, Source, repr, unicode};
use crate::value::Value;

/// A compiled pattern in the style of `str.format`.
///
/// Compiling happens once; rendering neither parses nor allocates, but for what it appends, unless a
/// format specification has fields of its own (`{message:{width}}`).
///
/// ```
/// use ferrolog::format::{BracePattern, Field, Source};
/// use ferrolog::Value;
///
/// struct Job;
/// impl Source for Job {
///     fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
///         Some(match field.name() {
///             "name" => Value::Str("backup"),
///             "bytes" => Value::Int(1234567),
///             _ => return None,
///         })
///     }
/// }
/// let mut text = String::new();
/// BracePattern::new("{name:>8} {bytes:,} {{}}")?.render(&Job, &mut text)?;
/// assert_eq!(text, "  backup 1,234,567 {}");
/// # Ok::<(), ferrolog::FormatError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BracePattern(pub(crate) Compiled);

pattern_methods!(BracePattern);

impl BracePattern {
    /// Compiles `pattern`.
    ///
    /// # Errors
    ///
    /// What `str.format` refuses whatever the values are, a field without a name or with a number for one
    /// (a record has no positional values), a width or precision above
    /// [`MAX_WIDTH`](super::MAX_WIDTH): with the place in the pattern.
    pub fn new(pattern: &str) -> Result<Self, FormatError> {
        compile(pattern, 0, pattern, 0).map(Self)
    }
}

/// Compiles `text`, which stands in `pattern` at `base`.
fn compile(pattern: &str, base: usize, text: &str, depth: usize) -> Result<Compiled, FormatError> {
    let fault = |(at, problem): (usize, String)| FormatError::at(pattern, base + at, problem);
    let mut compiled = Compiled::default();
    let mut parser = Parser::new(text);
    while let Some((literal, field)) = parser.next().map_err(fault)? {
        compiled.literal(literal);
        let Some(raw) = field else { continue };
        if depth > 1 {
            return Err(fault((raw.at, "too many levels of nested fields".to_owned())));
        }
        let (name, path) = path::split(raw.name).map_err(|(at, p)| fault((raw.at + at, p)))?;
        if name.is_empty() || name.bytes().all(|b| b.is_ascii_digit()) {
            let problem =
                "a field needs a name, as in {message}: a record has no positional values";
            return Err(fault((raw.at, problem.to_owned())));
        }
        let conversion = match raw.conversion {
            None => None,
            Some((_, c @ ('r' | 's' | 'a'))) => Some(c),
            Some((at, c)) => {
                return Err(fault((at, format!("unknown conversion {c:?}; expected r, s or a"))));
            }
        };
        let spec = if raw.spec.contains('{') {
            Specification::Nested(compile(pattern, base + raw.spec_at, raw.spec, depth + 1)?)
        } else {
            let spec = FormatSpec::new(raw.spec);
            Specification::Fixed(spec.map_err(|(at, p)| fault((raw.spec_at + at, p)))?)
        };
        let replacement = Replacement { path, conversion, spec };
        let show =
            if replacement.is_text() { Show::Text } else { Show::Brace(Box::new(replacement)) };
        compiled.field(Field::new(name), show);
    }
    Ok(compiled)
}

/// A replacement field, without the name it begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replacement {
    path: Vec<Step>,
    conversion: Option<char>,
    spec: Specification,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Specification {
    Fixed(FormatSpec),
    Nested(Compiled),
}

impl Replacement {
    /// Whether it shows a value as `str()` does.
    fn is_text(&self) -> bool {
        self.path.is_empty()
            && matches!(self.conversion, None | Some('s'))
            && matches!(&self.spec, Specification::Fixed(spec) if spec.is_empty())
    }

    pub(crate) fn is_portable(&self) -> bool {
        let is_of_locale = match &self.spec {
            Specification::Fixed(spec) => spec.is_of_locale(),
            // What it asks for is seen when its fields are filled.
            Specification::Nested(_) => true,
        };
        self.conversion != Some('r') && !is_of_locale
    }

    /// The pattern inside the format specification.
    pub(crate) fn nested(&self) -> Option<&Compiled> {
        match &self.spec {
            Specification::Fixed(_) => None,
            Specification::Nested(nested) => Some(nested),
        }
    }

    pub(crate) fn render(
        &self,
        field: &Field,
        source: &(impl Source + ?Sized),
        out: &mut String,
    ) -> Result<(), FormatError> {
        let start = out.len();
        let value = value(field, source)?;
        let mut text = String::new();
        let value = path::walk(value, &self.path, &mut text)?;
        let mut nested = String::new();
        let spec = match &self.spec {
            Specification::Fixed(spec) => *spec,
            Specification::Nested(pattern) => {
                pattern.render(&source as &dyn Source, false, &mut nested)?;
                if self.conversion.is_none() {
                    FormatSpec::check(value, nested.is_empty())?;
                }
                FormatSpec::new(&nested).map_err(|(at, p)| FormatError::at(&nested, at, p))?
            }
        };
        match self.conversion {
            None | Some('s') => {
                let is_text = matches!(value, Value::Str(_) | Value::Display(_) | Value::Debug(_));
                if self.conversion.is_none() && !is_text {
                    return spec.apply(value, out);
                }
                if !(self.path.is_empty() && source.append(field, out)?) {
                    repr::push_text(value, out)?;
                }
            }
            Some(conversion) => {
                repr::push_repr(value, out)?;
                if conversion == 'a' {
                    repr::to_ascii(out, start);
                }
            }
        }
        if spec.is_empty() { Ok(()) } else { spec.fit_text(start, out) }
    }
}

/// Checks what `StrFormatStyle.validate` checks: names, conversions and specifications of the usual form,
/// and that there is a field at all.
pub(crate) fn validate(pattern: &str) -> Result<(), FormatError> {
    let fault = |(at, problem): (usize, String)| FormatError::at(pattern, at, problem);
    let mut parser = Parser::new(pattern);
    let mut fields = 0;
    while let Some((_, field)) = parser.next().map_err(fault)? {
        let Some(RawField { at, name, conversion, spec_at, spec }) = field else { continue };
        if !name.is_empty() {
            if !with_line_end(name, is_field_name) {
                return Err(fault((at, format!("invalid field name/expression: {name:?}"))));
            }
            fields += 1;
        }
        if let Some((at, c)) = conversion
            && !matches!(c, 'r' | 's' | 'a')
        {
            return Err(fault((at, format!("invalid conversion: {c:?}; expected r, s or a"))));
        }
        if !spec.is_empty() && !with_line_end(spec, is_specification) {
            return Err(fault((spec_at, format!("bad specifier: {spec:?}"))));
        }
    }
    if fields == 0 {
        return Err(fault((0, "no fields; expected one such as {message}".to_owned())));
    }
    Ok(())
}

/// Whether `matches` holds for `text`, or for it without a line end: a `$` in a regular expression stands
/// before one too.
fn with_line_end(text: &str, matches: impl Fn(&str) -> bool) -> bool {
    matches(text) || text.strip_suffix('\n').is_some_and(matches)
}

/// A word, then attributes and indices.
fn is_field_name(text: &str) -> bool {
    let word = |text: &str| {
        let rest = text.trim_start_matches(unicode::is_word);
        text.len() - rest.len()
    };
    let mut at = word(text);
    if at == 0 {
        return false;
    }
    while at < text.len() {
        let rest = &text[at..];
        let length = if let Some(name) = rest.strip_prefix('.') {
            word(name)
        } else if rest.starts_with('[') {
            rest.find(']').unwrap_or(0).saturating_sub(1)
        } else {
            0
        };
        if length == 0 {
            return false;
        }
        at += 1 + length + usize::from(rest.starts_with('['));
    }
    true
}

/// A specification of the usual form, in which width and precision may be fields.
fn is_specification(text: &str) -> bool {
    let mut chars = text.chars();
    let (first, second) = (chars.next(), chars.next());
    let is_align = |c: Option<char>| matches!(c, Some('<' | '>' | '=' | '^'));
    let mut rest = if is_align(second) && first != Some('\n') {
        chars.as_str()
    } else {
        text.strip_prefix(['<', '>', '=', '^']).unwrap_or(text)
    };
    rest = rest.strip_prefix(['+', ' ', '-']).unwrap_or(rest);
    rest = rest.strip_prefix('#').unwrap_or(rest);
    rest = rest.strip_prefix('0').unwrap_or(rest);
    rest = amount(rest).unwrap_or(rest);
    rest = rest.strip_prefix([',', '_']).unwrap_or(rest);
    if let Some(precision) = rest.strip_prefix('.') {
        let Some(after) = amount(precision) else { return false };
        rest = after;
    }
    rest =
        rest.strip_prefix(|c: char| "bcdefgnosx%".contains(c.to_ascii_lowercase())).unwrap_or(rest);
    rest.is_empty()
}

/// What follows the digits, or the field in braces, that `text` begins with.
fn amount(text: &str) -> Option<&str> {
    if let Some(field) = text.strip_prefix('{') {
        let rest = field.trim_start_matches(unicode::is_word);
        return if rest.len() < field.len() { rest.strip_prefix('}') } else { None };
    }
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < text.len()).then_some(rest)
}

#[cfg(test)]
mod tests;
