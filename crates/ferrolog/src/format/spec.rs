//! One `%` conversion: its flags, width, precision and type, and what it makes of a value.
//!
//! Python: *printf-style String Formatting*.

use std::fmt::Write;

use super::number::{self, FloatStyle};
use super::tail::{self, Align};
use super::{FormatError, repr};
use crate::value::Value;

/// The widest field and the longest precision that a pattern may ask for. More is an error when the
/// pattern is compiled, so that no pattern can make a record allocate without bound.
pub const MAX_WIDTH: usize = 1 << 16;

/// A conversion such as `%-8.8s`, without its field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// `-`: at the left of the width.
    pub(crate) left: bool,
    /// `0`: numbers filled up with zeros.
    pub(crate) zero: bool,
    /// `+`: a sign before positive numbers too.
    pub(crate) plus: bool,
    /// ` `: a space where a positive number has no sign.
    pub(crate) space: bool,
    /// `#`: the alternate form.
    pub(crate) alternate: bool,
    /// The least width, in characters.
    pub(crate) width: usize,
    /// Digits after the point, or the most characters of a text.
    pub(crate) precision: Option<usize>,
    /// The conversion's letter.
    pub(crate) conversion: char,
}

impl Spec {
    /// `%s`.
    pub(crate) const TEXT: Self = Self {
        left: false,
        zero: false,
        plus: false,
        space: false,
        alternate: false,
        width: 0,
        precision: None,
        conversion: 's',
    };

    /// `%03d`, as milliseconds follow a time.
    pub(crate) const MILLISECONDS: Self =
        Self { zero: true, width: 3, conversion: 'd', ..Self::TEXT };

    /// Whether the conversion takes a value's text as it is, apart from its length.
    #[inline]
    pub(crate) fn is_text(&self) -> bool {
        self.conversion == 's'
    }

    /// Whether the conversion shows a value's `repr`.
    pub(crate) fn is_repr(&self) -> bool {
        self.conversion == 'r'
    }

    /// Appends `value`, converted, to `out`.
    pub(crate) fn apply(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let start = out.len();
        match self.conversion {
            's' => {
                repr::push_text(value, out)?;
                self.fit(start, out);
                Ok(())
            }
            'r' | 'a' => {
                repr::push_repr(value, out)?;
                if self.conversion == 'a' {
                    repr::to_ascii(out, start);
                }
                self.fit(start, out);
                Ok(())
            }
            'c' => self.character(value, out),
            'd' | 'i' | 'u' => self.decimal(value, out),
            'x' | 'X' | 'o' => self.radix(value, out),
            _ => self.float(value, out),
        }
    }

    /// Cuts and fills up the text behind `start`.
    #[inline]
    pub(crate) fn fit(&self, start: usize, out: &mut String) {
        if let Some(most) = self.precision {
            tail::cut(out, start, most);
        }
        self.pad(start, out);
    }

    #[inline]
    fn pad(&self, start: usize, out: &mut String) {
        if self.width > 0 {
            let align = if self.left { Align::Left } else { Align::Right };
            tail::pad(out, start, self.width, align, ' ');
        }
    }

    fn character(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let start = out.len();
        let code = match value {
            Value::Str(_) | Value::Display(_) | Value::Debug(_) => {
                repr::push_text(value, out)?;
                if out[start..].chars().count() != 1 {
                    return Err(FormatError::Arguments("%c requires int or char".to_owned()));
                }
                self.pad(start, out);
                return Ok(());
            }
            Value::Bool(v) => u32::from(v),
            Value::Int(v) => u32::try_from(v).unwrap_or(u32::MAX),
            Value::UInt(v) => u32::try_from(v).unwrap_or(u32::MAX),
            Value::BigInt(_) => u32::MAX,
            _ => return Err(FormatError::Arguments("%c requires int or char".to_owned())),
        };
        out.push(character(code, "%c arg not in range(0x110000)")?);
        self.pad(start, out);
        Ok(())
    }

    fn decimal(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let mut buffer = itoa::Buffer::new();
        match value {
            Value::Bool(v) => self.number(false, "", if v { "1" } else { "0" }, out),
            Value::Int(v) => {
                let digits = buffer.format(v.unsigned_abs());
                self.number(v < 0, "", digits, out);
            }
            Value::UInt(v) => self.number(false, "", buffer.format(v), out),
            Value::BigInt(v) => self.number(v.is_negative(), "", v.digits(), out),
            Value::Float(v) if v.is_nan() => {
                return Err(FormatError::Value("cannot convert float NaN to integer".to_owned()));
            }
            Value::Float(v) if v.is_infinite() => {
                let problem = "cannot convert float infinity to integer";
                return Err(FormatError::Range(problem.to_owned()));
            }
            Value::Float(v) if v.abs() < 1e15 => {
                let digits = buffer.format(v.abs() as u64);
                self.number(v <= -1.0, "", digits, out);
            }
            Value::Float(v) => {
                // A double has at most 309 digits before the point.
                let mut digits = tail::Stack::<320>::new();
                let _ = write!(digits, "{:.0}", v.trunc().abs());
                self.number(v <= -1.0, "", digits.as_str(), out);
            }
            other => return Err(self.wants("a real number", other)),
        }
        Ok(())
    }

    fn radix(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let (bits, prefix) = match self.conversion {
            'x' => (4, "0x"),
            'X' => (4, "0X"),
            _ => (3, "0o"),
        };
        let prefix = if self.alternate { prefix } else { "" };
        let (negative, v) = match value {
            Value::Bool(v) => (false, u64::from(v)),
            Value::Int(v) => (v < 0, v.unsigned_abs()),
            Value::UInt(v) => (false, v),
            Value::BigInt(v) => {
                let mut digits = v.radix_digits(bits);
                if self.conversion == 'X' {
                    digits.make_ascii_uppercase();
                }
                self.number(v.is_negative(), prefix, &digits, out);
                return Ok(());
            }
            other => return Err(self.wants("an integer", other)),
        };
        let mut digits = tail::Stack::<24>::new();
        let _ = match self.conversion {
            'x' => write!(digits, "{v:x}"),
            'X' => write!(digits, "{v:X}"),
            _ => write!(digits, "{v:o}"),
        };
        self.number(negative, prefix, digits.as_str(), out);
        Ok(())
    }

    fn float(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let v = to_float(value)?.ok_or_else(|| {
            FormatError::Arguments(format!("must be real number, not {}", value.type_name()))
        })?;
        let start = out.len();
        let negative = v.is_sign_negative() && !v.is_nan();
        out.push_str(self.sign(negative));
        let digits = out.len();
        let style = FloatStyle {
            conversion: self.conversion,
            precision: self.precision.unwrap_or(6),
            alternate: self.alternate,
            digit_after_point: false,
        };
        number::float(v.abs(), style, out);
        if self.zero && !self.left {
            // Infinity and not-a-number are filled with zeros like any other number.
            let zeros = self.width.saturating_sub(out.len() - start);
            tail::insert_repeated(out, digits, '0', zeros);
        } else {
            self.pad(start, out);
        }
        Ok(())
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }

    /// Appends a whole number: sign, prefix, digits, filled up to precision and width.
    fn number(&self, negative: bool, prefix: &str, digits: &str, out: &mut String) {
        let start = out.len();
        out.push_str(self.sign(negative));
        out.push_str(prefix);
        let mut zeros = self.precision.unwrap_or(0).saturating_sub(digits.len());
        if self.zero && !self.left {
            zeros = zeros.max(self.width.saturating_sub(out.len() - start + digits.len()));
        }
        out.extend(std::iter::repeat_n('0', zeros));
        out.push_str(digits);
        self.pad(start, out);
    }

    fn wants(&self, expected: &'static str, found: Value<'_>) -> FormatError {
        FormatError::Type { conversion: self.conversion, expected, found: found.type_name() }
    }
}

/// The character with this code. A lone surrogate, which Python has and Rust has not, is an error too.
pub(crate) fn character(code: u32, problem: &str) -> Result<char, FormatError> {
    char::from_u32(code).ok_or_else(|| FormatError::Range(problem.to_owned()))
}

/// A number as a floating-point one; nothing for what is not a number.
pub(crate) fn to_float(value: Value<'_>) -> Result<Option<f64>, FormatError> {
    Ok(Some(match value {
        Value::Float(v) => v,
        Value::Bool(v) => f64::from(u8::from(v)),
        Value::Int(v) => v as f64,
        Value::UInt(v) => v as f64,
        Value::BigInt(v) => {
            let float = v.to_f64();
            if float.is_infinite() {
                return Err(FormatError::Range("int too large to convert to float".to_owned()));
            }
            float
        }
        _ => return Ok(None),
    }))
}
