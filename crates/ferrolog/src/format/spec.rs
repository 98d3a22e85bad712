//! One `%` conversion: its flags, width, precision and type, and what it makes of a value.
//!
//! Python: *printf-style String Formatting*.

use std::fmt::Write;

use super::FormatError;
use super::number;
use super::repr;
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

    /// Appends `value`, converted, to `out`.
    pub(crate) fn apply(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        match self.conversion {
            's' => self.text(value, out),
            'r' | 'a' => {
                let mut text = String::new();
                repr::write_repr(&mut text, value)?;
                if self.conversion == 'a' {
                    text = repr::to_ascii(&text);
                }
                self.pad_text(&text, out);
                Ok(())
            }
            'c' => self.character(value, out),
            'd' | 'i' | 'u' => self.decimal(value, out),
            'x' | 'X' | 'o' => self.radix(value, out),
            _ => self.float(value, out),
        }
    }

    fn is_plain(&self) -> bool {
        self.width == 0 && self.precision.is_none()
    }

    fn text(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        match value {
            Value::Str(text) if self.is_plain() => out.push_str(text),
            Value::Str(text) => self.pad_text(text, out),
            value if self.is_plain() => write!(out, "{value}")?,
            value => {
                // The text is written where it is to stand, then cut and padded in place.
                let start = out.len();
                write!(out, "{value}")?;
                let text = out.split_off(start);
                self.pad_text(&text, out);
            }
        }
        Ok(())
    }

    /// Appends `text`, cut to the precision and padded to the width, both in characters.
    fn pad_text(&self, text: &str, out: &mut String) {
        let text = match self.precision {
            Some(most) => text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end]),
            None => text,
        };
        if self.width == 0 {
            return out.push_str(text);
        }
        let fill = self.width.saturating_sub(text.chars().count());
        if self.left {
            out.push_str(text);
        }
        out.extend(std::iter::repeat_n(' ', fill));
        if !self.left {
            out.push_str(text);
        }
    }

    fn character(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let code = match value {
            Value::Str(text) => {
                let mut chars = text.chars();
                return match (chars.next(), chars.next()) {
                    (Some(_), None) => {
                        Self { precision: None, ..*self }.pad_text(text, out);
                        Ok(())
                    }
                    _ => Err(FormatError::Arguments("%c requires int or char".to_owned())),
                };
            }
            Value::Bool(v) => u32::from(v),
            Value::Int(v) => u32::try_from(v).unwrap_or(u32::MAX),
            Value::UInt(v) => u32::try_from(v).unwrap_or(u32::MAX),
            _ => return Err(FormatError::Arguments("%c requires int or char".to_owned())),
        };
        let c = char::from_u32(code)
            .ok_or_else(|| FormatError::Arguments("%c arg not in range(0x110000)".to_owned()))?;
        Self { precision: None, ..*self }.pad_text(c.encode_utf8(&mut [0; 4]), out);
        Ok(())
    }

    fn decimal(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let (negative, digits) = match value {
            Value::Int(v) if self.is_plain() && !self.plus && !self.space => {
                write!(out, "{v}")?;
                return Ok(());
            }
            Value::Bool(v) => (false, u128::from(v)),
            Value::Int(v) => (v < 0, u128::from(v.unsigned_abs())),
            Value::UInt(v) => (false, u128::from(v)),
            Value::Float(v) if v.is_nan() => {
                return Err(FormatError::Arguments(
                    "cannot convert float NaN to integer".to_owned(),
                ));
            }
            Value::Float(v) if v.is_infinite() => {
                return Err(FormatError::Arguments(
                    "cannot convert float infinity to integer".to_owned(),
                ));
            }
            Value::Float(v) => {
                let v = v.trunc();
                if v.abs() < 1e38 {
                    (v < 0.0, v.abs() as u128)
                } else {
                    self.number(v < 0.0, "", &format!("{:.0}", v.abs()), out);
                    return Ok(());
                }
            }
            other => return Err(self.wants("a real number", other)),
        };
        let mut buffer = [0; 40];
        self.number(negative, "", number::decimal(digits, &mut buffer), out);
        Ok(())
    }

    fn radix(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let (negative, v) = match value {
            Value::Bool(v) => (false, u64::from(v)),
            Value::Int(v) => (v < 0, v.unsigned_abs()),
            Value::UInt(v) => (false, v),
            other => return Err(self.wants("an integer", other)),
        };
        let (digits, prefix) = match self.conversion {
            'x' => (format!("{v:x}"), "0x"),
            'X' => (format!("{v:X}"), "0X"),
            _ => (format!("{v:o}"), "0o"),
        };
        self.number(negative, if self.alternate { prefix } else { "" }, &digits, out);
        Ok(())
    }

    fn float(&self, value: Value<'_>, out: &mut String) -> Result<(), FormatError> {
        let v = match value {
            Value::Float(v) => v,
            Value::Bool(v) => f64::from(u8::from(v)),
            Value::Int(v) => v as f64,
            Value::UInt(v) => v as f64,
            Value::Str(_) | Value::Display(_) | Value::Debug(_) => {
                return Err(FormatError::Arguments(format!(
                    "must be real number, not {}",
                    value.type_name()
                )));
            }
            other => {
                return Err(FormatError::Arguments(format!(
                    "must be real number, not {}",
                    other.type_name()
                )));
            }
        };
        let digits = number::float(v.abs(), self.conversion, self.precision, self.alternate);
        let negative = v.is_sign_negative() && !v.is_nan();
        Self { precision: None, ..*self }.number(negative, "", &digits, out);
        Ok(())
    }

    /// Appends a number: sign, prefix, digits, filled up to precision and width.
    fn number(&self, negative: bool, prefix: &str, digits: &str, out: &mut String) {
        let sign = match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        };
        let zeros = self.precision.unwrap_or(0).saturating_sub(digits.len());
        let length = sign.len() + prefix.len() + zeros + digits.len();
        let fill = self.width.saturating_sub(length);
        // Infinity and not-a-number are filled with zeros like any other number, as Python does.
        let zeros = if self.zero && !self.left { zeros + fill } else { zeros };
        let spaces = if self.zero && !self.left { 0 } else { fill };
        if !self.left {
            out.extend(std::iter::repeat_n(' ', spaces));
        }
        out.push_str(sign);
        out.push_str(prefix);
        out.extend(std::iter::repeat_n('0', zeros));
        out.push_str(digits);
        if self.left {
            out.extend(std::iter::repeat_n(' ', spaces));
        }
    }

    fn wants(&self, expected: &'static str, found: Value<'_>) -> FormatError {
        FormatError::Type { conversion: self.conversion, expected, found: found.type_name() }
    }
}
