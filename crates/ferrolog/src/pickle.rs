//! Python's pickle format, protocol 1, as far as a record's attributes need it: only writing.
//!
//! Written here rather than by a library since it goes straight from a borrowed record into a buffer that
//! is kept, and since protocol 1 is what Python's `makePickle` sends; `serde-pickle` begins at 2.

use std::fmt::{self, Write};

use crate::value::Value;

const EMPTY_DICT: u8 = b'}';
const EMPTY_LIST: u8 = b']';
const MARK: u8 = b'(';
const SETITEMS: u8 = b'u';
const APPENDS: u8 = b'e';
const NONE: u8 = b'N';
const BINUNICODE: u8 = b'X';
const BININT: u8 = b'J';
const BINFLOAT: u8 = b'G';
const STOP: u8 = b'.';

/// A value that cannot be pickled: text of 4 GiB or more, or a `Display` that fails.
#[derive(Debug)]
pub(crate) struct Unpicklable;

/// Writes the pickle of one dictionary to the end of a buffer.
pub(crate) struct DictPickler<'b> {
    out: &'b mut Vec<u8>,
    result: Result<(), Unpicklable>,
}

impl<'b> DictPickler<'b> {
    pub(crate) fn new(out: &'b mut Vec<u8>) -> Self {
        out.extend([EMPTY_DICT, MARK]);
        Self { out, result: Ok(()) }
    }

    /// Adds an item. An error is kept until [`finish`](Self::finish).
    pub(crate) fn item(&mut self, key: &str, value: Value<'_>) {
        if self.result.is_ok() {
            self.result = text(self.out, key).and_then(|()| write(self.out, value));
        }
    }

    pub(crate) fn finish(self) -> Result<(), Unpicklable> {
        self.out.extend([SETITEMS, STOP]);
        self.result
    }
}

fn write(out: &mut Vec<u8>, value: Value<'_>) -> Result<(), Unpicklable> {
    match value {
        Value::None => out.push(NONE),
        // Protocol 1 has no opcodes for these.
        Value::Bool(v) => out.extend(if v { b"I01\n" } else { b"I00\n" }),
        Value::Int(v) => match i32::try_from(v) {
            Ok(v) => {
                out.push(BININT);
                out.extend(v.to_le_bytes());
            }
            Err(_) => long(out, v),
        },
        Value::UInt(v) => match i64::try_from(v) {
            Ok(v) => write(out, Value::Int(v))?,
            Err(_) => long(out, v),
        },
        Value::BigInt(v) => long(out, v),
        Value::Float(v) => {
            out.push(BINFLOAT);
            out.extend(v.to_be_bytes());
        }
        Value::Str(v) => text(out, v)?,
        Value::Display(_) | Value::Debug(_) | Value::Error(_) => text(out, value)?,
        Value::List(items) => {
            out.extend([EMPTY_LIST, MARK]);
            for item in items {
                write(out, item.as_value())?;
            }
            out.push(APPENDS);
        }
        Value::Map(items) => {
            out.extend([EMPTY_DICT, MARK]);
            for (key, item) in items {
                text(out, key)?;
                write(out, item.as_value())?;
            }
            out.push(SETITEMS);
        }
    }
    Ok(())
}

fn long(out: &mut Vec<u8>, value: impl fmt::Display) {
    // Writing to a vector of bytes does not fail, and neither do numbers.
    let _ = writeln!(Bytes(out), "L{value}L");
}

/// Writes what `shown` shows as, its length in front.
fn text(out: &mut Vec<u8>, shown: impl fmt::Display) -> Result<(), Unpicklable> {
    out.push(BINUNICODE);
    let start = out.len();
    out.extend([0; 4]);
    write!(Bytes(out), "{shown}").map_err(|_| Unpicklable)?;
    let length = u32::try_from(out.len() - start - 4).map_err(|_| Unpicklable)?;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

struct Bytes<'b>(&'b mut Vec<u8>);

impl Write for Bytes<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OwnedValue;

    fn pickle(value: Value<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut pickler = DictPickler::new(&mut out);
        pickler.item("k", value);
        pickler.finish().unwrap();
        out
    }

    #[test]
    fn opcodes() {
        let list = [OwnedValue::Int(-1), OwnedValue::Map(vec![("é".into(), OwnedValue::None)])];
        for (value, expected) in [
            (Value::None, &b"N"[..]),
            (Value::Bool(true), b"I01\n"),
            (Value::Int(-2), b"J\xfe\xff\xff\xff"),
            (Value::Int(1 << 40), b"L1099511627776L\n"),
            (Value::UInt(u64::MAX), b"L18446744073709551615L\n"),
            (Value::BigInt(&(-1_i128 << 64).into()), b"L-18446744073709551616L\n"),
            (Value::Float(1.5), b"G\x3f\xf8\0\0\0\0\0\0"),
            (Value::Display(&7), b"X\x01\0\0\x007"),
            (Value::List(&list), b"](J\xff\xff\xff\xff}(X\x02\0\0\0\xc3\xa9Nue"),
        ] {
            let whole = [b"}(X\x01\0\0\0k", expected, b"u."].concat();
            assert_eq!(pickle(value), whole, "{value:?}");
        }
    }

    #[test]
    fn a_display_that_fails_is_an_error() {
        struct Fails;

        impl fmt::Display for Fails {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                Err(fmt::Error)
            }
        }

        let mut out = Vec::new();
        let mut pickler = DictPickler::new(&mut out);
        pickler.item("k", Value::Display(&Fails));
        assert!(pickler.finish().is_err());
    }
}
