//! Numbers as C's and Python's conversions write them.

use std::fmt::Write;

use super::Appender;
use super::tail::Stack;

/// Appends `magnitude`, below zero if `negative`.
#[inline(always)]
pub fn push_integer(negative: bool, magnitude: u64, out: &mut String) {
    Appender::new(out).push_integer(negative, magnitude);
}

/// How a floating-point number is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FloatStyle {
    /// `e`, `f`, `g` or their capitals; `r` is the shortest text that reads back as the number.
    pub(crate) conversion: char,
    /// Not used with `r`.
    pub(crate) precision: usize,
    /// Keep the point and, with `g`, trailing zeros.
    pub(crate) alternate: bool,
    /// With `g` and `r`: at least one digit behind the point.
    pub(crate) digit_after_point: bool,
}

/// A double has no more significant digits than this; all beyond are zeros. (Rust's own formatting takes
/// a precision of 16 bits only.)
const ALL_DIGITS: usize = 1100;

/// Appends `v`, which is not negative.
pub(crate) fn float(v: f64, style: FloatStyle, out: &mut String) {
    let start = out.len();
    if v.is_nan() {
        out.push_str("nan");
    } else if v.is_infinite() {
        out.push_str("inf");
    } else {
        match style.conversion.to_ascii_lowercase() {
            'f' => {
                fixed(v, style.precision, out);
                point(style.alternate, start, out);
            }
            'e' => {
                let exponent = mantissa(v, style.precision, out);
                point(style.alternate, start, out);
                write_exponent(exponent, out);
            }
            'r' => shortest(v, style, out),
            _ => general(v, style, out),
        }
    }
    if style.conversion.is_ascii_uppercase() {
        out[start..].make_ascii_uppercase();
    }
}

/// Appends `v` with `precision` digits behind the point.
fn fixed(v: f64, precision: usize, out: &mut String) {
    let digits = precision.min(ALL_DIGITS);
    let _ = write!(out, "{v:.digits$}");
    out.extend(std::iter::repeat_n('0', precision - digits));
}

/// Appends the mantissa of `v` with `precision` digits behind the point; gives the exponent.
fn mantissa(v: f64, precision: usize, out: &mut String) -> i32 {
    let digits = precision.min(ALL_DIGITS);
    let _ = write!(out, "{v:.digits$e}");
    let exponent = take_exponent(out);
    out.extend(std::iter::repeat_n('0', precision - digits));
    exponent
}

/// Takes the exponent, as Rust writes it, off the end of `out`.
fn take_exponent(out: &mut String) -> i32 {
    match out.rfind('e') {
        Some(at) => {
            let exponent = out[at + 1..].parse().unwrap_or(0);
            out.truncate(at);
            exponent
        }
        None => 0,
    }
}

fn write_exponent(exponent: i32, out: &mut String) {
    let _ = write!(out, "e{exponent:+03}");
}

/// Ends digits without a point with one, where that is wanted.
fn point(wanted: bool, start: usize, out: &mut String) {
    if wanted && !out[start..].contains('.') {
        out.push('.');
    }
}

/// Takes zeros off the end of digits with a point, and then the point.
fn trim_zeros(start: usize, out: &mut String) {
    if out[start..].contains('.') {
        let kept = out.trim_end_matches('0').trim_end_matches('.').len();
        out.truncate(kept.max(start));
    }
}

/// `precision` significant digits, in the shorter notation; trailing zeros go, unless alternate.
fn general(v: f64, style: FloatStyle, out: &mut String) {
    let precision = style.precision.max(1);
    let start = out.len();
    let exponent = mantissa(v, precision - 1, out);
    let limit = precision as i64 - i64::from(style.digit_after_point);
    let scientific = exponent < -4 || i64::from(exponent) >= limit;
    if !scientific {
        out.truncate(start);
        fixed(v, (precision as i64 - 1 - i64::from(exponent)).max(0) as usize, out);
    }
    if style.alternate {
        point(true, start, out);
    } else {
        trim_zeros(start, out);
    }
    if scientific {
        write_exponent(exponent, out);
    } else {
        end_with_digit(style, start, out);
    }
}

/// The shortest digits that read back as `v`; Python chooses the notation by the exponent.
fn shortest(v: f64, style: FloatStyle, out: &mut String) {
    let start = out.len();
    let text = shortest_digits(v);
    let (digits, exponent) = text.as_str().split_once('e').unwrap_or((text.as_str(), "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..16).contains(&exponent) {
        out.push_str(digits);
        point(style.alternate, start, out);
        return write_exponent(exponent, out);
    }
    let (first, others) = digits.split_once('.').unwrap_or((digits, ""));
    match usize::try_from(exponent) {
        Ok(whole) => {
            let whole_digits = whole.min(others.len());
            out.push_str(first);
            out.push_str(&others[..whole_digits]);
            out.extend(std::iter::repeat_n('0', whole - whole_digits));
            if whole_digits < others.len() {
                out.push('.');
                out.push_str(&others[whole_digits..]);
            }
        }
        Err(_) => {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', exponent.unsigned_abs() as usize - 1));
            out.push_str(first);
            out.push_str(others);
        }
    }
    end_with_digit(style, start, out);
    point(style.alternate, start, out);
}

/// The shortest digits that read back as `v`, as mantissa and exponent. Where two texts are as short and as
/// near, which takes 16 digits at least, Python has the one that ends even and Rust may have the other.
fn shortest_digits(v: f64) -> Stack<32> {
    let mut text = Stack::<32>::new();
    // The shortest form of a double has 17 digits at most.
    let _ = write!(text, "{v:e}");
    let behind_point = text.as_str().split('e').next().map_or(0, |m| m.len().saturating_sub(2));
    if behind_point >= 15 {
        let mut even = Stack::<32>::new();
        let _ = write!(even, "{v:.behind_point$e}");
        if even.as_str().parse() == Ok(v) {
            return even;
        }
    }
    text
}

fn end_with_digit(style: FloatStyle, start: usize, out: &mut String) {
    if style.digit_after_point {
        point(true, start, out);
        if out.ends_with('.') {
            out.push('0');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(v: f64, conversion: char, precision: usize, alternate: bool) -> String {
        let mut out = "<".to_owned();
        let style = FloatStyle { conversion, precision, alternate, digit_after_point: false };
        float(v, style, &mut out);
        out.split_off(1)
    }

    #[test]
    fn as_c_writes_them() {
        for (v, conversion, precision, expected) in [
            (1234.5678, 'f', 2, "1234.57"),
            (0.5, 'f', 0, "0"),
            (1234.5678, 'e', 6, "1.234568e+03"),
            (0.00001234, 'g', 6, "1.234e-05"),
            (100000.0, 'g', 6, "100000"),
            (1000000.0, 'g', 6, "1e+06"),
            (999999.5, 'g', 6, "1e+06"),
            (f64::INFINITY, 'F', 6, "INF"),
        ] {
            assert_eq!(text(v, conversion, precision, false), expected);
        }
        assert_eq!(text(22_460_819_858_659.313, 'r', 0, false), "22460819858659.312");
        assert_eq!(text(0.00012345678901234567, 'r', 0, false), "0.00012345678901234567");
        assert_eq!(text(3.0, 'g', 6, true), "3.00000");
        assert_eq!(text(3.0, 'f', 0, true), "3.");
        assert_eq!(text(0.1, 'f', 1 << 16, false).len(), (1 << 16) + 2);
        let mut out = String::new();
        push_integer(false, u64::MAX, &mut out);
        push_integer(true, 0, &mut out);
        assert_eq!(out, "18446744073709551615-0");
    }
}
