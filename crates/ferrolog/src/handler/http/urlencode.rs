//! Form data as Python's `urllib.parse.urlencode` lays it out.

use std::fmt::{self, Write};

use crate::value::Value;

/// Appends `key=value`, with an `&` in front unless `out` is empty.
pub(super) fn append_pair(out: &mut String, key: &str, value: Value<'_>) -> fmt::Result {
    if !out.is_empty() {
        out.push('&');
    }
    Quoted(out).write_str(key)?;
    out.push('=');
    write!(Quoted(out), "{value}")
}

/// Writes text as `quote_plus` quotes it.
struct Quoted<'o>(&'o mut String);

impl Write for Quoted<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        for byte in text.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => {
                    self.0.push(char::from(byte));
                }
                b' ' => self.0.push('+'),
                byte => {
                    self.0.push('%');
                    self.0.push(char::from(DIGITS[usize::from(byte >> 4)]));
                    self.0.push(char::from(DIGITS[usize::from(byte & 15)]));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        let mut out = String::new();
        append_pair(&mut out, "a b", Value::Str("é/~*&=+%\n")).unwrap();
        append_pair(&mut out, "n", Value::None).unwrap();
        append_pair(&mut out, "f", Value::Float(250.0)).unwrap();
        assert_eq!(out, "a+b=%C3%A9%2F~%2A%26%3D%2B%25%0A&n=None&f=250.0");
    }
}
