//! Values as Python's `repr()` shows them.

use std::fmt::{self, Write};

use super::number::{self, FloatStyle};
use super::{push, tail, unicode};
use crate::value::Value;

/// Appends `value` as Python's `repr()` would show its counterpart.
pub(crate) fn push_repr(value: Value<'_>, out: &mut String) -> fmt::Result {
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(v) => number::push_integer(v < 0, v.unsigned_abs(), out),
        Value::UInt(v) => number::push_integer(false, v, out),
        Value::BigInt(v) => write!(out, "{v}")?,
        Value::Float(v) => push_float(v, out),
        Value::Str(v) => push_str(v, out),
        Value::Display(v) => push_str(&v.to_string(), out),
        Value::Debug(v) => write!(out, "{v:?}")?,
        Value::Error(v) => write!(out, "{v:?}")?,
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                push_repr(item.as_value(), out)?;
            }
            out.push(']');
        }
        Value::Map(items) => {
            out.push('{');
            for (i, (key, item)) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                push_str(key, out);
                out.push_str(": ");
                push_repr(item.as_value(), out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Appends `value` as Python's `str()` shows it.
pub(crate) fn push_text(value: Value<'_>, out: &mut String) -> fmt::Result {
    match value {
        Value::Str(v) => {
            out.push_str(v);
            Ok(())
        }
        Value::Display(v) => write!(out, "{v}"),
        Value::Debug(v) => write!(out, "{v:?}"),
        Value::Error(v) => write!(out, "{v}"),
        other => push_repr(other, out),
    }
}

/// The shortest text that reads back as `v`, in Python's spelling.
pub(crate) fn push_float(v: f64, out: &mut String) {
    // Between these, both write no exponent; and up to 15 digits, there is one shortest text only.
    const PLAIN: std::ops::Range<f64> = 1e-4..1e16;
    if PLAIN.contains(&v.abs()) {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(v);
        if text.len() <= 16 {
            return push(out, text);
        }
    }
    push_any_float(v, out);
}

/// [`push_float`], for all of them.
fn push_any_float(v: f64, out: &mut String) {
    if v.is_sign_negative() && !v.is_nan() {
        out.push('-');
    }
    let style =
        FloatStyle { conversion: 'r', precision: 0, alternate: false, digit_after_point: true };
    number::float(v.abs(), style, out);
}

/// Text in quotes, with escapes, as Python's `repr()` of a `str`.
pub(crate) fn push_str(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    let start = out.len();
    out.push_str(text);
    tail::escape(
        out,
        start,
        |c| c == quote || c == '\\' || !unicode::is_printable(c),
        |out, c| {
            if c == quote || c == '\\' {
                out.push('\\');
                out.push(c);
            } else {
                push_escape(c, out);
            }
        },
    );
    out.push(quote);
}

/// `c` as an escape: `\n`, `\r`, `\t`, or the shortest of `\xhh`, `\uhhhh` and `\Uhhhhhhhh`.
pub(crate) fn push_escape(c: char, out: &mut String) {
    let _ = match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        c => match u32::from(c) {
            v @ 0..=0xff => write!(out, "\\x{v:02x}"),
            v @ 0x100..=0xffff => write!(out, "\\u{v:04x}"),
            v => write!(out, "\\U{v:08x}"),
        },
    };
}

/// Makes what stands behind `start`, a `repr()`, what Python's `ascii()` shows: all outside ASCII escaped.
pub(crate) fn to_ascii(out: &mut String, start: usize) {
    tail::escape(out, start, |c| !c.is_ascii(), |out, c| push_escape(c, out));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repr(value: Value<'_>) -> String {
        let mut out = String::new();
        push_repr(value, &mut out).unwrap();
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
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(repr(Value::Float(value)), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn floats_of_few_digits_are_as_all_are(
            digits in 0..10_000_000_000_000_000_i64,
            shorter in 0..16_u32,
            exponent in -24..24_i32,
            negative: bool,
        ) {
            let v = (digits / 10_i64.pow(shorter)) as f64 * 10_f64.powi(exponent);
            let v = if negative { -v } else { v };
            let (mut quick, mut any) = (String::new(), String::new());
            push_float(v, &mut quick);
            push_any_float(v, &mut any);
            proptest::prop_assert_eq!(quick, any);
        }
    }

    #[test]
    fn strings() {
        assert_eq!(repr(Value::Str("a'b")), "\"a'b\"");
        assert_eq!(repr(Value::Str("a'b\"c")), "'a\\'b\"c'");
        assert_eq!(repr(Value::Str("\u{7f}\n\u{a0}é\u{200b}")), "'\\x7f\\n\\xa0é\\u200b'");
        let mut ascii = "'é\u{1f600}'".to_owned();
        to_ascii(&mut ascii, 0);
        assert_eq!(ascii, "'\\xe9\\U0001f600'");
    }
}
