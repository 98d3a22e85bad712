//! Numbers as C's and Python's conversions write them.

/// The decimal digits of `v`, written at the end of `buffer`.
pub(crate) fn decimal(mut v: u128, buffer: &mut [u8; 40]) -> &str {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (v % 10) as u8;
        v /= 10;
        if v == 0 {
            break;
        }
    }
    std::str::from_utf8(&buffer[at..]).unwrap_or_default()
}

/// A non-negative `v` by one of the conversions `e`, `f`, `g` and their capitals.
pub(crate) fn float(v: f64, conversion: char, precision: Option<usize>, alternate: bool) -> String {
    let precision = precision.unwrap_or(6);
    let text = if v.is_nan() {
        "nan".to_owned()
    } else if v.is_infinite() {
        "inf".to_owned()
    } else {
        match conversion.to_ascii_lowercase() {
            'f' => with_point(format!("{v:.precision$}"), alternate),
            'e' => exponential(v, precision, alternate),
            _ => general(v, precision.max(1), alternate),
        }
    };
    if conversion.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text }
}

/// Ends digits without a point with one, in the alternate form.
fn with_point(mut digits: String, alternate: bool) -> String {
    if alternate && !digits.contains('.') {
        digits.push('.');
    }
    digits
}

/// Mantissa and exponent of `v`, rounded to `precision` digits after the point.
fn parts(v: f64, precision: usize) -> (String, i32) {
    let text = format!("{v:.precision$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa.to_owned(), exponent.parse().unwrap_or(0)),
        None => (text, 0),
    }
}

fn with_exponent(mantissa: String, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn exponential(v: f64, precision: usize, alternate: bool) -> String {
    let (mantissa, exponent) = parts(v, precision);
    with_exponent(with_point(mantissa, alternate), exponent)
}

/// `precision` significant digits, in the shorter notation; trailing zeros go, unless alternate.
fn general(v: f64, precision: usize, alternate: bool) -> String {
    let (mantissa, exponent) = parts(v, precision - 1);
    let trim = |digits: String| {
        if alternate {
            with_point(digits, true)
        } else if digits.contains('.') {
            digits.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            digits
        }
    };
    if exponent < -4 || exponent >= precision as i32 {
        with_exponent(trim(mantissa), exponent)
    } else {
        let after_point = (precision as i32 - 1 - exponent).max(0) as usize;
        trim(format!("{v:.after_point$}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_c_writes_them() {
        for (v, conversion, precision, text) in [
            (1234.5678, 'f', Some(2), "1234.57"),
            (0.5, 'f', Some(0), "0"),
            (1234.5678, 'e', None, "1.234568e+03"),
            (0.00001234, 'g', None, "1.234e-05"),
            (100000.0, 'g', None, "100000"),
            (1000000.0, 'g', None, "1e+06"),
            (999999.5, 'g', None, "1e+06"),
            (f64::INFINITY, 'F', None, "INF"),
        ] {
            assert_eq!(float(v, conversion, precision, false), text);
        }
        assert_eq!(float(3.0, 'g', None, true), "3.00000");
        assert_eq!(float(3.0, 'f', Some(0), true), "3.");
        assert_eq!(decimal(u128::MAX, &mut [0; 40]), "340282366920938463463374607431768211455");
        assert_eq!(decimal(0, &mut [0; 40]), "0");
    }
}
