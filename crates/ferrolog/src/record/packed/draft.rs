//! Records that are more than plain values, made ready to be packed: all that runs code of others has been run.

use super::entries::Size;
use super::value;
use crate::format::FormatError;
use crate::level::Level;
use crate::location::{CallSite, Location};
use crate::record::origin::Origin;
use crate::record::owned::heap_size;
use crate::record::{Message, Place, Record, RecordOwned};
use crate::value::OwnedValue;

/// A buffer that grew beyond this is given back rather than kept.
const KEPT_CAPACITY: usize = 256 * 1024;

/// One record. It is cheap to fill again.
#[derive(Default)]
pub(crate) struct Draft {
    /// Name, message and place, and the key and the text of each attribute, one behind the other.
    pub(super) text: String,
    /// The place, if it is no macro's, and two words for each attribute.
    pub(super) words: Vec<u64>,
    /// The values that are kept apart.
    pub(super) owned: Vec<OwnedValue>,
    pub(super) ready: Option<Ready>,
}

pub(super) enum Ready {
    Parts {
        level: Level,
        created: i64,
        /// How long name and message are.
        name: u32,
        message: u32,
        /// The macro that made it; otherwise the place is in the words.
        site: Option<&'static CallSite>,
        /// The error's text, if there is an error.
        exception: Option<String>,
        size: Size,
    },
    /// A record that is more than parts can say, as it stands.
    Whole(Box<RecordOwned>),
}

/// How many words a place takes that is no macro's.
pub(super) const PLACE: usize = 3;

/// The lengths of file, module, function and template; and the line.
pub(super) fn place_words(lengths: [usize; 4], line: u32) -> [u64; PLACE] {
    let [file, module, function, template] = lengths.map(|length| length as u64);
    [file | module << 32, function | template << 32, line.into()]
}

/// What [`place_words`] was made of.
pub(super) fn place_of(words: [u64; PLACE]) -> ([u32; 4], u32) {
    let [files, functions, line] = words;
    let lengths = [files, files >> 32, functions, functions >> 32];
    (lengths.map(|length| length as u32), line as u32)
}

impl Draft {
    /// Makes `record` ready. Messages, errors and values become their texts now.
    pub(crate) fn write(&mut self, record: &Record<'_>) {
        let simple = record.shadow.is_empty()
            && matches!(record.origin, Origin::Here)
            && !matches!(record.message, Message::Percent(..));
        if !simple {
            return self.write_whole(record.to_owned());
        }
        self.clear();
        let Self { text, words, owned, .. } = self;
        text.push_str(record.name);
        let name = text.len();
        if record.message.append(text).is_err() {
            // A `Display` that fails has said so far what it could.
            text.push_str(&FormatError::Display.to_string());
        }
        let message = text.len() - name;
        let site = match record.place {
            Place::Macro(site) => Some(site),
            Place::Known(location, template) => {
                let Location { file, line, module_path, function } = location;
                let parts = [file, module_path, function, template];
                parts.iter().for_each(|part| text.push_str(part));
                words.extend(place_words(parts.map(str::len), line));
                None
            }
        };
        let exception = record.has_exception().then(|| {
            let mut text = String::new();
            if let Err(error) = record.append_exception(&mut text) {
                // Here too, what was said so far is kept.
                text.push_str(&error.to_string());
            }
            text
        });
        if !record.extra.is_empty() {
            record.extra.visit(&mut |key, value| {
                if !matches!(key, "exc_info" | "exc_text") {
                    text.push_str(key);
                    let (kind, word) = value::draft(value, text, owned);
                    words.extend([kind.with_key(key.len()), word]);
                }
            });
        }
        let Some(size) = Size::new(words.len(), text.len()) else {
            return self.write_whole(record.to_owned());
        };
        let (level, created) = (record.level, record.created);
        let (name, message) = (name as u32, message as u32);
        self.ready = Some(Ready::Parts { level, created, name, message, site, exception, size });
    }

    /// Takes a record as it stands.
    pub(crate) fn write_whole(&mut self, record: RecordOwned) {
        self.clear();
        self.ready = Some(Ready::Whole(Box::new(record)));
    }

    /// About how many bytes the record takes in memory.
    pub(crate) fn size(&self) -> usize {
        let entry = match &self.ready {
            Some(Ready::Parts { size, .. }) => *size,
            _ => Size::NUMBER,
        };
        entry.bytes() + self.size_beyond()
    }

    /// How many of these are not in its words and its text.
    pub(super) fn size_beyond(&self) -> usize {
        let ready = match &self.ready {
            Some(Ready::Whole(record)) => record.size(),
            Some(Ready::Parts { exception: Some(text), .. }) => text.len(),
            _ => 0,
        };
        let owned = self.owned.iter().map(|value| size_of::<OwnedValue>() + heap_size(value));
        ready + owned.sum::<usize>()
    }

    fn clear(&mut self) {
        self.text.clear();
        if self.text.capacity() > KEPT_CAPACITY {
            self.text = String::new();
        }
        self.words.clear();
        self.owned.clear();
        self.ready = None;
    }
}
