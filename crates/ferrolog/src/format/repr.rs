//! Values as Python's `repr()` shows them.

use std::fmt::{self, Write};

use crate::value::Value;

/// Writes `value` as Python's `repr()` would show its counterpart.
pub(crate) fn write_repr(out: &mut impl Write, value: Value<'_>) -> fmt::Result {
    match value {
        Value::None => out.write_str("None"),
        Value::Bool(true) => out.write_str("True"),
        Value::Bool(false) => out.write_str("False"),
        Value::Int(v) => write!(out, "{v}"),
        Value::UInt(v) => write!(out, "{v}"),
        Value::Float(v) => write_float(out, v),
        Value::Str(v) => write_str(out, v),
        Value::Display(v) => write_str(out, &v.to_string()),
        Value::Debug(v) => write!(out, "{v:?}"),
        Value::Error(v) => write!(out, "{v:?}"),
        Value::List(items) => {
            out.write_char('[')?;
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.write_str(", ")?;
                }
                write_repr(out, item.as_value())?;
            }
            out.write_char(']')
        }
        Value::Map(items) => {
            out.write_char('{')?;
            for (i, (key, item)) in items.iter().enumerate() {
                if i > 0 {
                    out.write_str(", ")?;
                }
                write_str(out, key)?;
                out.write_str(": ")?;
                write_repr(out, item.as_value())?;
            }
            out.write_char('}')
        }
    }
}

/// The shortest text that reads back as `v`, in Python's spelling.
pub(crate) fn write_float(out: &mut impl Write, v: f64) -> fmt::Result {
    if v.is_nan() {
        return out.write_str("nan");
    }
    if v.is_infinite() {
        return out.write_str(if v > 0.0 { "inf" } else { "-inf" });
    }
    // Rust's `{:e}` gives the shortest digits; Python chooses the notation by the exponent.
    let scientific = format!("{v:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{v}");
        out.write_str(&plain)?;
        if !plain.contains('.') {
            out.write_str(".0")?;
        }
        Ok(())
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "{mantissa}e{sign}{:02}", exponent.abs())
    }
}

/// Text in quotes, with escapes, as Python's `repr()` of a `str`.
pub(crate) fn write_str(out: &mut impl Write, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            c if c == quote => {
                out.write_char('\\')?;
                out.write_char(c)?;
            }
            c if is_printable(c) => out.write_char(c)?,
            c => write_escape(out, c)?,
        }
    }
    out.write_char(quote)
}

/// `c` as an escape of the shortest form: `\xhh`, `\uhhhh` or `\Uhhhhhhhh`.
fn write_escape(out: &mut impl Write, c: char) -> fmt::Result {
    match u32::from(c) {
        v @ 0..=0xff => write!(out, "\\x{v:02x}"),
        v @ 0x100..=0xffff => write!(out, "\\u{v:04x}"),
        v => write!(out, "\\U{v:08x}"),
    }
}

/// Python's `ascii()`: the `repr()` with everything outside ASCII escaped.
pub(crate) fn to_ascii(repr: &str) -> String {
    let mut out = String::with_capacity(repr.len());
    for c in repr.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let _ = write_escape(&mut out, c);
        }
    }
    out
}

/// Whether Python's `repr()` leaves `c` as it is.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // Rust's own escape of a character knows what is printable; it also escapes grapheme extenders,
    // which Python prints.
    let escaped = c.escape_debug().len() > 1;
    !escaped || (!c.is_control() && c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repr(value: Value<'_>) -> String {
        let mut out = String::new();
        write_repr(&mut out, value).unwrap();
        out
    }

    #[test]
    fn floats() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.5, "1.5"),
            (1e16, "1e+16"),
            (123456789012345.6, "123456789012345.6"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (1.5e300, "1.5e+300"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(repr(Value::Float(value)), text);
        }
    }

    #[test]
    fn strings() {
        assert_eq!(repr(Value::Str("a'b")), "\"a'b\"");
        assert_eq!(repr(Value::Str("a'b\"c")), "'a\\'b\"c'");
        assert_eq!(repr(Value::Str("\u{7f}\n\u{a0}é\u{200b}")), "'\\x7f\\n\\xa0é\\u200b'");
        assert_eq!(to_ascii("'é\u{1f600}'"), "'\\xe9\\U0001f600'");
    }
}
