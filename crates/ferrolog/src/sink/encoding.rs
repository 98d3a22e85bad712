//! Text into the bytes of an encoding.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::str::FromStr;

use crate::error::{Error, Result};

/// The encoding of a text file.
///
/// Python: the `encoding` of `open()`, as `FileHandler` takes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8: every character.
    #[default]
    Utf8,
    /// ASCII: the characters up to U+007F.
    Ascii,
    /// ISO 8859-1: the characters up to U+00FF.
    Latin1,
}

/// The names of each encoding as Python's `encodings.aliases` lists them, besides its own.
const UTF_8: &[&str] = &["utf_8", "utf8", "u8", "utf", "utf8_ucs2", "utf8_ucs4", "cp65001"];
const ASCII: &[&str] = &[
    "ascii",
    "646",
    "ansi_x3.4_1968",
    "ansi_x3_4_1968",
    "ansi_x3.4_1986",
    "cp367",
    "csascii",
    "ibm367",
    "iso646_us",
    "iso_646.irv_1991",
    "iso_ir_6",
    "us",
    "us_ascii",
];
const LATIN_1: &[&str] = &[
    "latin_1",
    "latin1",
    "latin",
    "l1",
    "8859",
    "cp819",
    "csisolatin1",
    "ibm819",
    "iso8859",
    "iso8859_1",
    "iso_8859_1",
    "iso_8859_1_1987",
    "iso_ir_100",
];

impl FromStr for Encoding {
    type Err = Error;

    /// From any of the names that Python has for it; case, and which of `-`, `_` and space stands between
    /// the parts, do not matter.
    fn from_str(name: &str) -> Result<Self> {
        let plain = normalise(name);
        let known = |names: &[&str]| names.contains(&plain.as_str());
        if known(UTF_8) {
            Ok(Self::Utf8)
        } else if known(ASCII) {
            Ok(Self::Ascii)
        } else if known(LATIN_1) {
            Ok(Self::Latin1)
        } else {
            Err(Error::Invalid(format!(
                "unknown encoding: {name:?} (expected \"utf-8\", \"ascii\" or \"latin-1\")"
            )))
        }
    }
}

/// The name with one `_` between its parts and in lower case.
fn normalise(name: &str) -> String {
    let mut plain = String::new();
    let mut between = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if between && !plain.is_empty() {
                plain.push('_');
            }
            between = false;
            plain.push(c.to_ascii_lowercase());
        } else {
            between = true;
        }
    }
    plain
}

impl Encoding {
    /// Python's name of the encoding, as its errors show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Ascii => "ascii",
            Self::Latin1 => "latin-1",
        }
    }

    /// The number of characters that the encoding has; they are the first of Unicode.
    fn limit(self) -> u32 {
        match self {
            Self::Utf8 => 0x11_0000,
            Self::Ascii => 0x80,
            Self::Latin1 => 0x100,
        }
    }

    /// The bytes of `text`, with `errors` deciding on the characters that the encoding has not.
    ///
    /// Borrows the text's own bytes for UTF-8, and for ASCII as long as the text is ASCII; otherwise
    /// allocates.
    ///
    /// # Errors
    ///
    /// A character that the encoding has not, under [`EncodingErrors::Strict`].
    pub fn encode(self, text: &str, errors: EncodingErrors) -> Result<Cow<'_, [u8]>> {
        if self == Self::Utf8 || text.is_ascii() {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        let mut bytes = Vec::with_capacity(text.len());
        let mut escaped = String::new();
        for (position, c) in text.chars().enumerate() {
            let code = u32::from(c);
            match u8::try_from(code) {
                Ok(byte) if code < self.limit() => bytes.push(byte),
                _ => {
                    escaped.clear();
                    errors.put(self, c, position, &mut escaped)?;
                    bytes.extend_from_slice(escaped.as_bytes());
                }
            }
        }
        Ok(Cow::Owned(bytes))
    }
}

/// What happens with a character that an encoding has not.
///
/// Python: the `errors` of `open()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodingErrors {
    /// The record is not written; the error goes to the handler's error hook.
    #[default]
    Strict,
    /// It is left out.
    Ignore,
    /// `?` stands for it.
    Replace,
    /// It is written as `\xe9`, `\u20ac` or `\U0001f600`.
    BackslashReplace,
    /// It is written as `&#8364;`.
    XmlCharRefReplace,
}

impl EncodingErrors {
    /// Puts what stands for `c` into `out`.
    fn put(self, encoding: Encoding, c: char, position: usize, out: &mut String) -> Result<()> {
        let code = u32::from(c);
        let written = match self {
            Self::Strict => {
                return Err(Error::Invalid(format!(
                    "{name:?} cannot encode character {shown} in position {position}: it has only \
                     the characters below U+{limit:04X}",
                    name = encoding.name(),
                    shown = format_args!("U+{code:04X}"),
                    limit = encoding.limit(),
                )));
            }
            Self::Ignore => Ok(()),
            Self::Replace => out.write_char('?'),
            Self::BackslashReplace if code <= 0xff => write!(out, "\\x{code:02x}"),
            Self::BackslashReplace if code <= 0xffff => write!(out, "\\u{code:04x}"),
            Self::BackslashReplace => write!(out, "\\U{code:08x}"),
            Self::XmlCharRefReplace => write!(out, "&#{code};"),
        };
        written.map_err(|_| Error::Invalid("cannot write to a string".to_owned()))
    }
}

impl FromStr for EncodingErrors {
    type Err = Error;

    /// From Python's name. Its `surrogateescape` and `surrogatepass` are `strict` here: they differ for
    /// lone surrogates only, which no Rust text contains.
    fn from_str(name: &str) -> Result<Self> {
        match name {
            "strict" | "surrogateescape" | "surrogatepass" => Ok(Self::Strict),
            "ignore" => Ok(Self::Ignore),
            "replace" => Ok(Self::Replace),
            "backslashreplace" => Ok(Self::BackslashReplace),
            "xmlcharrefreplace" => Ok(Self::XmlCharRefReplace),
            _ => Err(Error::Invalid(format!(
                "unknown policy for encoding errors: {name:?} (expected \"strict\", \"ignore\", \
                 \"replace\", \"backslashreplace\" or \"xmlcharrefreplace\")"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_spelling() {
        for (name, encoding) in [
            ("UTF-8", Encoding::Utf8),
            ("utf8", Encoding::Utf8),
            (" Utf  8 ", Encoding::Utf8),
            ("US-ASCII", Encoding::Ascii),
            ("ANSI_X3.4-1968", Encoding::Ascii),
            ("ISO-8859-1", Encoding::Latin1),
            ("L1", Encoding::Latin1),
        ] {
            assert_eq!(name.parse::<Encoding>().unwrap(), encoding, "{name}");
        }
        for name in ["", "utf-16", "utf-9", "ascii.", "-"] {
            let error = name.parse::<Encoding>().unwrap_err().to_string();
            assert!(error.contains(&format!("{name:?}")) && error.contains("utf-8"), "{error}");
        }
    }

    #[test]
    fn what_the_encoding_has_not() {
        let text = "é€😀.";
        let encode = |encoding: Encoding, errors: &str| {
            encoding.encode(text, errors.parse().unwrap()).map(Cow::into_owned)
        };
        for (encoding, errors, bytes) in [
            (Encoding::Latin1, "ignore", &b"\xe9."[..]),
            (Encoding::Ascii, "replace", b"???."),
            (Encoding::Ascii, "backslashreplace", b"\\xe9\\u20ac\\U0001f600."),
            (Encoding::Latin1, "xmlcharrefreplace", b"\xe9&#8364;&#128512;."),
            (Encoding::Utf8, "strict", text.as_bytes()),
        ] {
            assert_eq!(encode(encoding, errors).unwrap(), bytes, "{encoding:?} {errors}");
        }
        assert_eq!(
            encode(Encoding::Latin1, "strict").unwrap_err().to_string(),
            "\"latin-1\" cannot encode character U+20AC in position 1: it has only the characters \
             below U+0100"
        );
        assert!("namereplace".parse::<EncodingErrors>().is_err());
    }
}
