//! Formatters that write keys with values: JSON lines and logfmt.

mod builder;
mod json;
mod logfmt;

pub use builder::{ExtraKeys, StructuredBuilder};
pub use json::JsonFormatter;
pub use logfmt::LogfmtFormatter;

use std::borrow::Cow;

use super::{Field, FormatError, TimeFormat, tail};
use crate::record::Record;
use crate::value::OwnedValue;

/// What a structured formatter writes, in its order.
#[derive(Debug)]
pub(crate) struct Plan {
    entries: Vec<Entry>,
    /// How long the entries' keys are, and the names of their attributes.
    lengths: Lengths,
    extra: ExtraKeys,
    time: TimeFormat,
    /// Whether the time has nanoseconds put into it.
    nanoseconds: bool,
    /// Whether the error's and the stack's text are among the entries.
    has_exception: bool,
    has_stack: bool,
}

/// Lengths of texts, of which one that is of another need not be compared with any.
#[derive(Clone, Copy, Debug, Default)]
struct Lengths(u64);

impl Lengths {
    fn bit(text: &str) -> u64 {
        1 << text.len().min(63)
    }

    fn add(&mut self, text: &str) {
        self.0 |= Self::bit(text);
    }

    #[inline]
    fn contain_that_of(self, text: &str) -> bool {
        self.0 & Self::bit(text) != 0
    }
}

#[derive(Debug)]
struct Entry {
    key: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Attribute(Field),
    Fixed(OwnedValue),
}

/// `2003-07-08T16:49:45`, behind which the nanoseconds stand.
const TO_THE_SECOND: usize = 19;

impl Plan {
    fn has_key(&self, key: &str) -> bool {
        (self.lengths.contain_that_of(key) && self.entries.iter().any(|entry| entry.key == key))
            || (!self.has_exception && key == "exc_info")
            || (!self.has_stack && key == "stack_info")
    }

    /// Whether the extra attribute is among the entries under a name that was chosen for it.
    fn is_chosen(&self, attribute: &str) -> bool {
        self.lengths.contain_that_of(attribute)
            && self.entries.iter().any(|entry| match &entry.content {
                Content::Attribute(field) => field.name() == attribute,
                Content::Fixed(_) => false,
            })
    }

    /// Appends the time of `record`.
    fn time(&self, record: &Record<'_>, out: &mut String) {
        let start = out.len();
        self.time.render(record.created_second(), out);
        if self.nanoseconds {
            let mut text = tail::Stack::<10>::new();
            let nanoseconds = record.created().rem_euclid(1_000_000_000);
            // A point and nine digits.
            let _ = std::fmt::Write::write_fmt(&mut text, format_args!(".{nanoseconds:09}"));
            out.insert_str((start + TO_THE_SECOND).min(out.len()), text.as_str());
        }
    }

    /// Calls `write` with each extra attribute of `record` that is not among the entries, under a key that
    /// none of them has.
    fn extra(
        &self,
        record: &Record<'_>,
        write: &mut dyn FnMut(&str, crate::value::Value<'_>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let mut result = Ok(());
        record.visit_extra(&mut |key, value| {
            if result.is_ok() && !self.is_chosen(key) {
                let key = match self.extra {
                    ExtraKeys::Flat => self.free_key(key, record),
                    _ => Cow::Borrowed(key),
                };
                result = write(&key, value);
            }
        });
        result
    }

    fn free_key<'k>(&self, key: &'k str, record: &Record<'_>) -> Cow<'k, str> {
        let mut key = Cow::Borrowed(key);
        let given = key.len();
        while self.has_key(&key) || (key.len() > given && record.extra(&key).is_some()) {
            key.to_mut().push('_');
        }
        key
    }
}
