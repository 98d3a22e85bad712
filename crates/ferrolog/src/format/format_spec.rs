//! One format specification of the `{}` style, and what it makes of a value.
//!
//! Python: *Format Specification Mini-Language*.

use std::fmt::Write;

use super::number::{self, FloatStyle};
use super::spec::{MAX_WIDTH, character, to_float};
use super::tail::{self, Align, Stack};
use super::{FormatError, repr};
use crate::value::Value;

/// A specification such as `>12,.2f`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FormatSpec {
    /// Nothing at all: the value as `str()` shows it.
    empty: bool,
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    /// `z`: a number that is rounded to zero has no sign.
    positive_zero: bool,
    alternate: bool,
    /// `0`: numbers filled with zeros behind the sign.
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// What is wrong with a specification, and where, in bytes from its start.
pub(crate) type Fault = (usize, String);

impl FormatSpec {
    /// Reads `text`.
    pub(crate) fn new(text: &str) -> Result<Self, Fault> {
        let mut rest = text.chars();
        let place = |rest: &std::str::Chars<'_>| text.len() - rest.as_str().len();
        let take = |rest: &mut std::str::Chars<'_>, of: &str| {
            let c = rest.clone().next().filter(|c| of.contains(*c))?;
            rest.next();
            Some(c)
        };
        let mut spec = Self { empty: text.is_empty(), ..Self::default() };
        let mut ahead = rest.clone();
        let (first, second) = (ahead.next(), ahead.next());
        if second.is_some_and(|c| "<>=^".contains(c)) {
            (spec.fill, spec.align) = (first, second);
            rest = ahead;
        } else {
            spec.align = take(&mut rest, "<>=^");
        }
        spec.sign = take(&mut rest, " +-");
        spec.positive_zero = take(&mut rest, "z").is_some();
        spec.alternate = take(&mut rest, "#").is_some();
        if spec.fill.is_none() && take(&mut rest, "0").is_some() {
            spec.zero = true;
        }
        spec.width = number(&mut rest, "width", place)?.unwrap_or(0);
        spec.grouping = take(&mut rest, ",_");
        if let Some(before) = spec.grouping
            && let Some(again) = take(&mut rest, ",_")
        {
            let at = place(&rest) - 1;
            return Err((at, format!("cannot specify both {before:?} and {again:?}")));
        }
        if take(&mut rest, ".").is_some() {
            let at = place(&rest);
            spec.precision = Some(
                number(&mut rest, "precision", place)?
                    .ok_or((at, "format specifier missing precision".to_owned()))?,
            );
        }
        let at = place(&rest);
        spec.kind = rest.next();
        match (spec.kind, rest.next()) {
            (None, _) => {}
            (Some(kind), None) if "bcdeEfFgGnosxX%".contains(kind) => {}
            (Some(kind), None) => return Err((at, format!("unknown format code {kind:?}"))),
            (Some(_), Some(_)) => {
                return Err((at, format!("invalid format specifier {:?}", &text[at..])));
            }
        }
        let groups = match spec.kind {
            None | Some('d' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => true,
            Some('b' | 'o' | 'x' | 'X') => spec.grouping == Some('_'),
            Some(_) => false,
        };
        match (spec.grouping, spec.kind) {
            (Some(grouping), Some(kind)) if !groups => {
                Err((at, format!("cannot specify {grouping:?} with {kind:?}")))
            }
            _ => Ok(spec),
        }
    }

    /// Whether it leaves the value's text as it is.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.empty
    }

    /// Whether a number is shown as the locale has it.
    pub(crate) fn is_of_locale(&self) -> bool {
        self.kind == Some('n')
    }

    /// Appends `value`, shown by the specification.
    pub(crate) fn apply(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let start = out.len();
        match value {
            value if self.empty => repr::push_text(value, out)?,
            Value::Str(_) | Value::Display(_) | Value::Debug(_) => {
                repr::push_text(value, out)?;
                self.fit_text(start, out)?;
            }
            Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::BigInt(_) => match self.kind {
                None | Some('d' | 'n' | 'b' | 'o' | 'x' | 'X' | 'c') => self.integer(value, out)?,
                Some('s') => return Err(self.unknown(value)),
                Some(_) => self.float(value, out)?,
            },
            Value::Float(_) => match self.kind {
                None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') => {
                    self.float(value, out)?;
                }
                Some(_) => return Err(self.unknown(value)),
            },
            other => Self::check(other, false)?,
        }
        Ok(())
    }

    /// Whether `value` is of a type that takes a specification, unless that is empty.
    pub(crate) fn check(value: Value<'_>, empty: bool) -> Result<(), FormatError> {
        match value {
            Value::None | Value::List(_) | Value::Map(_) | Value::Error(_) if !empty => {
                let name = value.type_name();
                let problem = format!("unsupported format string passed to {name}.__format__");
                Err(FormatError::Arguments(problem))
            }
            _ => Ok(()),
        }
    }

    /// Cuts and fills up the text behind `start`, by a specification that is not empty.
    pub(crate) fn fit_text(&self, start: usize, out: &mut String) -> Result<(), FormatError> {
        let problem = match self {
            Self { kind: Some(kind), .. } if *kind != 's' => {
                return Err(self.unknown(Value::Str("")));
            }
            Self { sign: Some(' '), .. } => "space not allowed in string format specifier",
            Self { sign: Some(_), .. } => "sign not allowed in string format specifier",
            Self { positive_zero: true, .. } => {
                "negative zero coercion (z) not allowed in string format specifier"
            }
            Self { alternate: true, .. } => {
                "alternate form (#) not allowed in string format specifier"
            }
            Self { align: Some('='), .. } => "'=' alignment not allowed in string format specifier",
            Self { grouping: Some(_), .. } => "no grouping with 's'",
            _ => "",
        };
        if !problem.is_empty() {
            return Err(FormatError::Value(problem.to_owned()));
        }
        if let Some(most) = self.precision {
            tail::cut(out, start, most);
        }
        let align = match self.align {
            Some('>') => Align::Right,
            Some('^') => Align::Center,
            _ => Align::Left,
        };
        tail::pad(out, start, self.width, align, self.fill());
        Ok(())
    }

    fn fill(&self) -> char {
        self.fill.unwrap_or(if self.zero { '0' } else { ' ' })
    }

    fn unknown(&self, value: Value<'_>) -> FormatError {
        let (kind, name) = (self.kind.unwrap_or('s'), value.type_name());
        FormatError::Value(format!("unknown format code {kind:?} for object of type '{name}'"))
    }

    fn integer(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let problem = if self.precision.is_some() {
            "precision not allowed in integer format specifier"
        } else if self.positive_zero {
            "negative zero coercion (z) not allowed in integer format specifier"
        } else if self.kind == Some('c') && self.sign.is_some() {
            "sign not allowed with integer format specifier 'c'"
        } else if self.kind == Some('c') && self.alternate {
            "alternate form (#) not allowed with integer format specifier 'c'"
        } else {
            ""
        };
        if !problem.is_empty() {
            return Err(FormatError::Value(problem.to_owned()));
        }
        let (negative, v) = match value {
            Value::Int(v) => (v < 0, v.unsigned_abs()),
            Value::UInt(v) => (false, v),
            Value::Bool(v) => (false, u64::from(v)),
            Value::BigInt(v) => return self.big(v, out),
            _ => (false, 0),
        };
        let mut digits = Stack::<64>::new();
        // 64 binary digits fit.
        let _ = match self.kind {
            Some('b') => write!(digits, "{v:b}"),
            Some('o') => write!(digits, "{v:o}"),
            Some('x') => write!(digits, "{v:x}"),
            Some('X') => write!(digits, "{v:X}"),
            Some('c') => {
                let code = if negative { u32::MAX } else { u32::try_from(v).unwrap_or(u32::MAX) };
                let c = character(code, "%c arg not in range(0x110000)")?;
                let start = out.len();
                out.push(c);
                self.lay_out(start, start, start, out);
                return Ok(());
            }
            _ => write!(digits, "{v}"),
        };
        self.digits(negative, digits.as_str(), out);
        Ok(())
    }

    fn big(&self, v: &crate::value::BigInt, out: &mut String) -> Result<(), FormatError> {
        let digits = match self.kind {
            Some('b') => v.radix_digits(1),
            Some('o') => v.radix_digits(3),
            Some('x') => v.radix_digits(4),
            Some('X') => v.radix_digits(4).to_ascii_uppercase(),
            Some('c') => {
                character(u32::MAX, "Python int too large to convert to C long")?;
                return Ok(());
            }
            _ => {
                self.digits(v.is_negative(), v.digits(), out);
                return Ok(());
            }
        };
        self.digits(v.is_negative(), &digits, out);
        Ok(())
    }

    fn digits(&self, negative: bool, digits: &str, out: &mut String) {
        let start = out.len();
        self.push_sign(negative, out);
        if self.alternate {
            out.push_str(match self.kind {
                Some('b') => "0b",
                Some('o') => "0o",
                Some('x') => "0x",
                Some('X') => "0X",
                _ => "",
            });
        }
        let body = out.len();
        out.push_str(digits);
        self.lay_out(start, body, out.len(), out);
    }

    fn float(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let Some(mut v) = to_float(value)? else { return Err(self.unknown(value)) };
        let start = out.len();
        let mut style = FloatStyle {
            conversion: self.kind.unwrap_or('g'),
            precision: self.precision.unwrap_or(6),
            alternate: self.alternate,
            digit_after_point: self.kind.is_none(),
        };
        match (self.kind, self.precision) {
            (None, None) => style.conversion = 'r',
            (Some('n'), _) => style.conversion = 'g',
            (Some('%'), _) => {
                style.conversion = 'f';
                v *= 100.0;
            }
            _ => {}
        }
        let negative = v.is_sign_negative() && !v.is_nan();
        self.push_sign(negative, out);
        let mut body = out.len();
        number::float(v.abs(), style, out);
        if negative && self.positive_zero && is_zero(&out[body..]) {
            out.truncate(start);
            self.push_sign(false, out);
            body = out.len();
            number::float(v.abs(), style, out);
        }
        if self.kind == Some('%') {
            out.push('%');
        }
        let whole = out[body..].bytes().take_while(u8::is_ascii_digit).count();
        self.lay_out(start, body, body + whole, out);
        Ok(())
    }

    fn push_sign(&self, negative: bool, out: &mut String) {
        match (negative, self.sign) {
            (true, _) => out.push('-'),
            (false, Some('+')) => out.push('+'),
            (false, Some(' ')) => out.push(' '),
            _ => {}
        }
    }

    /// Groups and fills up a number whose sign and prefix begin at `start`, its whole digits at `body`
    /// and what follows them at `end`.
    fn lay_out(&self, start: usize, body: usize, end: usize, out: &mut String) {
        let align = self.align.unwrap_or(if self.zero { '=' } else { '>' });
        let fill = self.fill();
        let digits = end - body;
        let group = match self.kind {
            Some('b' | 'o' | 'x' | 'X') => 4,
            _ => 3,
        };
        if digits > 0
            && let Some(separator) = self.grouping
        {
            // Zeros that fill up are grouped as well, and no separator comes first.
            let around = out[start..].chars().count() - digits;
            let least =
                if align == '=' && fill == '0' { self.width.saturating_sub(around) } else { 0 };
            let mut count = digits;
            while count + (count - 1) / group < least {
                count += 1;
            }
            tail::insert_repeated(out, body, '0', count - digits);
            let mut at = body + count;
            for _ in 0..(count - 1) / group {
                at -= group;
                out.insert(at, separator);
            }
        }
        match align {
            '<' => tail::pad(out, start, self.width, Align::Left, fill),
            '^' => tail::pad(out, start, self.width, Align::Center, fill),
            '=' => {
                let missing = self.width.saturating_sub(out[start..].chars().count());
                tail::insert_repeated(out, body, fill, missing);
            }
            _ => tail::pad(out, start, self.width, Align::Right, fill),
        }
    }
}

/// Whether the digits of a number, up to its exponent, are all zero.
fn is_zero(digits: &str) -> bool {
    digits.split(['e', 'E']).next().is_some_and(|m| m.bytes().all(|b| matches!(b, b'0' | b'.')))
}

/// Reads a number of at most [`MAX_WIDTH`].
fn number(
    rest: &mut std::str::Chars<'_>,
    what: &str,
    place: impl Fn(&std::str::Chars<'_>) -> usize,
) -> Result<Option<usize>, Fault> {
    let text = rest.as_str();
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return Ok(None);
    }
    match text[..length].parse() {
        Ok(value) if value <= MAX_WIDTH => {
            *rest = text[length..].chars();
            Ok(Some(value))
        }
        _ => Err((place(rest), format!("{what} too large (at most {MAX_WIDTH})"))),
    }
}
