//! Records on their way to another thread, side by side: what of them is text stands in one buffer, so
//! that a record takes no allocation of its own, and a text that the whole program shares no copy.

use std::ops::Range;

use super::extra::Extra;
use super::origin::{Origin, Stored};
use super::{Message, Record, RecordOwned, current_thread_id};
use crate::format::FormatError;
use crate::level::Level;
use crate::location::{CallSite, Location};
use crate::value::{OwnedValue, Value};

/// One record, made ready to be packed: all that runs code of others has been run.
#[derive(Default)]
pub(crate) struct Draft {
    /// Name, message, place, error and key-values, one behind the other.
    text: String,
    pairs: Vec<Pair>,
    head: Option<Head>,
}

/// Records that are packed. It is cheap to fill, to empty and to fill again.
#[derive(Default)]
pub(crate) struct Packed {
    text: String,
    pairs: Vec<Pair>,
    heads: Vec<Head>,
    /// Where the records come from, one entry for each change of the thread.
    origins: Vec<Stored>,
}

/// What is known of a record, with the places of its texts, counted from where its first one begins.
struct Head {
    level: Level,
    created: i64,
    /// Where its texts begin, its pairs, and which origin it has.
    text: usize,
    pairs: usize,
    pair_count: usize,
    origin: usize,
    thread: u64,
    place: Place,
    name: usize,
    message: usize,
    exception: usize,
    /// A record that is more than these can say, as it stands.
    whole: Option<Box<RecordOwned>>,
}

enum Place {
    Macro(&'static CallSite),
    /// The ends of file, module, function and template, behind the message; and the line.
    Text([usize; 4], u32),
}

/// An extra attribute: the ends of key and text, behind what stands before them.
struct Pair {
    key: Range<usize>,
    value: PackedValue,
}

enum PackedValue {
    None,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(Range<usize>),
    Owned(OwnedValue),
}

/// How many key-values a record may have before they need an allocation to be looked at.
const ON_STACK: usize = 8;

/// A buffer that grew beyond this is given back rather than kept.
const KEPT_CAPACITY: usize = 256 * 1024;

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
        let text = &mut self.text;
        text.push_str(record.name);
        let name = text.len();
        if record.message.append(text).is_err() {
            // A `Display` that fails has said so far what it could.
            text.push_str(&FormatError::Display.to_string());
        }
        let message = text.len();
        let place = match record.site {
            Some(site) => Place::Macro(site),
            None => {
                let Location { file, line, module_path, function } = record.location;
                let ends = [file, module_path, function, record.template].map(|part| {
                    text.push_str(part);
                    text.len()
                });
                Place::Text(ends, line)
            }
        };
        let before = text.len();
        if record.has_exception()
            && let Err(error) = record.append_exception(text)
        {
            // Here too, what was said so far is kept.
            text.push_str(&error.to_string());
        }
        let exception = text.len() - before;
        if !record.extra.is_empty() {
            record.extra.visit(&mut |key, value| {
                if !matches!(key, "exc_info" | "exc_text") {
                    self.pairs.push(Pair::new(key, value, &mut self.text));
                }
            });
        }
        self.head = Some(Head {
            level: record.level,
            created: record.created,
            text: 0,
            pairs: 0,
            pair_count: self.pairs.len(),
            origin: 0,
            thread: current_thread_id(),
            place,
            name,
            message,
            exception,
            whole: None,
        });
    }

    /// Takes a record as it stands.
    pub(crate) fn write_whole(&mut self, record: RecordOwned) {
        self.clear();
        self.head = Some(Head {
            level: Level::NOTSET,
            created: 0,
            text: 0,
            pairs: 0,
            pair_count: 0,
            origin: 0,
            thread: 0,
            place: Place::Text([0; 4], 0),
            name: 0,
            message: 0,
            exception: 0,
            whole: Some(Box::new(record)),
        });
    }

    /// About how many bytes the record takes in memory.
    pub(crate) fn size(&self) -> usize {
        let whole = self.head.as_ref().and_then(|head| head.whole.as_ref());
        let pairs = self.pairs.iter().map(|pair| match &pair.value {
            PackedValue::Owned(value) => size_of::<Pair>() + super::owned::heap_size(value),
            _ => size_of::<Pair>(),
        });
        size_of::<Head>()
            + self.text.len()
            + pairs.sum::<usize>()
            + whole.map_or(0, |record| record.size())
    }

    fn clear(&mut self) {
        self.text.clear();
        if self.text.capacity() > KEPT_CAPACITY {
            self.text = String::new();
        }
        self.pairs.clear();
        self.head = None;
    }
}

impl Pair {
    fn new(key: &str, value: Value<'_>, text: &mut String) -> Self {
        use std::fmt::Write as _;
        let start = text.len();
        text.push_str(key);
        let end = text.len();
        let value = match value {
            Value::None => PackedValue::None,
            Value::Bool(v) => PackedValue::Bool(v),
            Value::Int(v) => PackedValue::Int(v),
            Value::UInt(v) => PackedValue::UInt(v),
            Value::Float(v) => PackedValue::Float(v),
            Value::Str(v) => {
                text.push_str(v);
                PackedValue::Text(end..text.len())
            }
            Value::Display(_) | Value::Debug(_) | Value::Error(_) => {
                if write!(text, "{value}").is_err() {
                    text.push_str(&FormatError::Display.to_string());
                }
                PackedValue::Text(end..text.len())
            }
            Value::BigInt(_) | Value::List(_) | Value::Map(_) => {
                PackedValue::Owned(value.to_owned())
            }
        };
        Self { key: start..end, value }
    }

    /// The pair, whose texts are in `text`.
    fn get<'t>(&'t self, text: &'t str) -> (&'t str, Value<'t>) {
        let value = match &self.value {
            PackedValue::None => Value::None,
            PackedValue::Bool(v) => Value::Bool(*v),
            PackedValue::Int(v) => Value::Int(*v),
            PackedValue::UInt(v) => Value::UInt(*v),
            PackedValue::Float(v) => Value::Float(*v),
            PackedValue::Text(range) => Value::Str(&text[range.clone()]),
            PackedValue::Owned(value) => value.as_value(),
        };
        (&text[self.key.clone()], value)
    }
}

impl Packed {
    /// How many records are in it.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.heads.len()
    }

    /// How many bytes of text are in it.
    pub(crate) fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Takes the draft in. Nothing of others runs in here.
    pub(crate) fn push(&mut self, draft: &mut Draft) {
        let Some(mut head) = draft.head.take() else { return };
        head.text = self.text.len();
        head.pairs = self.pairs.len();
        if head.whole.is_none() {
            head.origin = self.origin(head.exception > 0, head.thread, draft, &head);
        }
        self.text.push_str(&draft.text);
        self.pairs.append(&mut draft.pairs);
        self.heads.push(head);
    }

    /// The entry of this thread, made if the last one is another.
    fn origin(&mut self, has_exception: bool, thread: u64, draft: &Draft, head: &Head) -> usize {
        let known = |stored: &Stored| stored.thread == thread && stored.exc_text.is_none();
        if has_exception || !self.origins.last().is_some_and(known) {
            let mut stored = Stored::here();
            if has_exception {
                let at = head.place_end();
                stored.exc_text = Some(draft.text[at..at + head.exception].to_owned());
            }
            self.origins.push(stored);
        }
        self.origins.len() - 1
    }

    /// Calls `f` with a record.
    pub(crate) fn with<R>(&self, index: usize, f: impl FnOnce(&Record<'_>) -> R) -> R {
        let head = &self.heads[index];
        if let Some(whole) = &head.whole {
            return f(&whole.as_record());
        }
        let text = &self.text[head.text..];
        let pairs = &self.pairs[head.pairs..head.pairs + head.pair_count];
        let mut few = [("", Value::None); ON_STACK];
        let many: Vec<_>;
        let key_values = if let Some(few) = few.get_mut(..pairs.len()) {
            few.iter_mut().zip(pairs).for_each(|(to, pair)| *to = pair.get(text));
            &*few
        } else {
            many = pairs.iter().map(|pair| pair.get(text)).collect();
            &many
        };
        let (location, template, site) = match head.place {
            Place::Macro(site) => (site.location(), site.template, Some(site)),
            Place::Text([file, module, function, template], line) => {
                let location = Location {
                    file: &text[head.message..file],
                    line,
                    module_path: &text[file..module],
                    function: &text[module..function],
                };
                (location, &text[function..template], None)
            }
        };
        f(&Record {
            name: &text[..head.name],
            level: head.level,
            message: Message::Text(&text[head.name..head.message]),
            template,
            created: head.created,
            location,
            site,
            extra: Extra { key_values, ..Extra::default() },
            origin: Origin::Stored(&self.origins[head.origin]),
            shadow: &[],
            bridged: false,
        })
    }

    /// Takes everything out, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        if self.text.capacity() > KEPT_CAPACITY {
            self.text = String::new();
        }
        self.pairs.clear();
        self.heads.clear();
        self.origins.clear();
    }
}

impl Head {
    /// Where the texts of the record's place end.
    fn place_end(&self) -> usize {
        match self.place {
            Place::Macro(_) => self.message,
            Place::Text([.., end], _) => end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, context};

    fn through(record: &Record<'_>) -> RecordOwned {
        let (mut draft, mut packed) = (Draft::default(), Packed::default());
        // Others before it, so that it does not stand where all counting begins.
        for message in ["before", ""] {
            draft.write(&Record::new("other", Level::ERROR, message));
            packed.push(&mut draft);
        }
        draft.write(record);
        assert!(draft.size() > size_of::<Head>());
        packed.push(&mut draft);
        draft.write(&Record::new("behind", Level::ERROR, "behind"));
        packed.push(&mut draft);
        assert_eq!(packed.len(), 4);
        packed.with(2, |record| record.to_owned())
    }

    #[test]
    fn what_comes_out_is_what_went_in() {
        let error = std::io::Error::other("gone");
        let list = [OwnedValue::from(1), OwnedValue::from("x")];
        let values = [
            ("user", Value::Str("ann")),
            ("exc_info", Value::Error(&error)),
            ("stack_info", Value::Str("the stack")),
            ("none", Value::None),
            ("yes", Value::Bool(true)),
            ("int", Value::Int(-3)),
            ("uint", Value::UInt(3)),
            ("float", Value::Float(0.5)),
            ("list", Value::List(&list)),
            ("shown", Value::Display(&"shown")),
            ("user", Value::Str("twice")),
        ];
        let location = Location { file: "a/b.rs", line: 7, module_path: "a::b", function: "f" };
        let plain = Record::new("app.db", Level::INFO, "héllo");
        let _context: Context = context!(request = 7);
        let _entered = context!(request = 7, user = "outer").enter();
        let in_context = Record::new("app", Level::INFO, "x").with_key_values(&values[..1]);
        for record in [
            plain.clone(),
            plain.clone().with_text("").with_template("{}").with_location(location),
            plain.clone().with_key_values(&values[..3]),
            plain.clone().with_key_values(&values),
            in_context,
            Record::from_args("app", Level::DEBUG, format_args!("{} {}", 1, "two")),
        ] {
            assert_eq!(through(&record), record.to_owned());
        }
        let owned = plain.with_key_values(&values).to_owned();
        assert_eq!(through(&owned.as_record()), owned);
        let made = RecordOwned::from_attributes([
            ("msg".to_owned(), OwnedValue::from("%d files")),
            ("args".to_owned(), OwnedValue::List(vec![OwnedValue::from(3)])),
        ]);
        assert_eq!(through(&made.as_record()), made);
    }

    #[test]
    fn a_packed_record_remembers_its_thread() {
        let (mut draft, mut packed) = (Draft::default(), Packed::default());
        let mut names = Vec::new();
        for name in ["one", "two", "two", "one"] {
            let run = || {
                draft.write(&Record::new("app", Level::INFO, name));
                packed.push(&mut draft);
            };
            std::thread::scope(|scope| {
                let thread = std::thread::Builder::new().name(name.to_owned());
                thread.spawn_scoped(scope, run).unwrap().join().unwrap();
            });
        }
        for index in 0..packed.len() {
            packed.with(index, |record| {
                assert_eq!(record.attribute("threadName"), record.attribute("message"));
                names.push(record.message().to_string());
            });
        }
        assert_eq!(names, ["one", "two", "two", "one"]);
        packed.clear();
        assert_eq!((packed.len(), packed.text_len()), (0, 0));
    }
}
