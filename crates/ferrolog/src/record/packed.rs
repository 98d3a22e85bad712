//! Records on their way to another thread, side by side: what of them is text stands in one buffer, so
//! that a record takes no allocation of its own, and a text that the whole program shares no copy.

use std::ops::Range;

use super::argument::Argument;
use super::extra::Extra;
use super::origin::{Origin, Stored};
use super::template::{MOST, Template};
use super::{Message, Place, Record, RecordOwned, current_thread_id};
use crate::format::{FormatError, push};
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
    /// What the messages that are made where they arrive are made of.
    arguments: Vec<PackedValue>,
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
    place: PackedPlace,
    name: usize,
    /// Where the message ends. Where that is made of a template, it is empty, and the template's arguments begin
    /// at this place among the others.
    message: usize,
    template: Option<(&'static Template, usize)>,
    exception: usize,
    /// A record that is more than these can say, as it stands.
    whole: Option<Box<RecordOwned>>,
}

enum PackedPlace {
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
        let place = match record.place {
            Place::Macro(site) => PackedPlace::Macro(site),
            Place::Known(location, template) => {
                let Location { file, line, module_path, function } = location;
                let ends = [file, module_path, function, template].map(|part| {
                    text.push_str(part);
                    text.len()
                });
                PackedPlace::Text(ends, line)
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
            template: None,
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
            place: PackedPlace::Text([0; 4], 0),
            name: 0,
            message: 0,
            template: None,
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

impl PackedValue {
    /// `value`, whose text, if it is one, is put behind `text`.
    #[inline]
    fn new(value: Value<'_>, text: &mut String) -> Self {
        use std::fmt::Write as _;
        let start = text.len();
        match value {
            Value::None => Self::None,
            Value::Bool(v) => Self::Bool(v),
            Value::Int(v) => Self::Int(v),
            Value::UInt(v) => Self::UInt(v),
            Value::Float(v) => Self::Float(v),
            Value::Str(v) => {
                text.push_str(v);
                Self::Text(start..text.len())
            }
            Value::Display(_) | Value::Debug(_) | Value::Error(_) => {
                if write!(text, "{value}").is_err() {
                    text.push_str(&FormatError::Display.to_string());
                }
                Self::Text(start..text.len())
            }
            Value::BigInt(_) | Value::List(_) | Value::Map(_) => Self::Owned(value.to_owned()),
        }
    }

    /// A plain value, whose text, if it is one, is put behind `text`; its place is counted from `start`.
    #[inline]
    fn within(value: Value<'_>, start: usize, text: &mut String) -> Self {
        match Self::new(value, text) {
            Self::Text(range) => Self::Text(range.start - start..range.end - start),
            other => other,
        }
    }

    /// The value, whose text is in `text`.
    fn get<'t>(&'t self, text: &'t str) -> Value<'t> {
        match self {
            Self::None => Value::None,
            Self::Bool(v) => Value::Bool(*v),
            Self::Int(v) => Value::Int(*v),
            Self::UInt(v) => Value::UInt(*v),
            Self::Float(v) => Value::Float(*v),
            Self::Text(range) => Value::Str(&text[range.clone()]),
            Self::Owned(value) => value.as_value(),
        }
    }
}

impl Pair {
    fn new(key: &str, value: Value<'_>, text: &mut String) -> Self {
        let start = text.len();
        text.push_str(key);
        Self { key: start..text.len(), value: PackedValue::new(value, text) }
    }

    /// The pair, whose texts are in `text`.
    fn get<'t>(&'t self, text: &'t str) -> (&'t str, Value<'t>) {
        (&text[self.key.clone()], self.value.get(text))
    }
}

/// About how many bytes `record` takes when it is packed, if it is so plain that nothing of others has to run for
/// that; then no draft is needed.
#[inline]
pub(crate) fn plain_size(record: &Record<'_>) -> Option<usize> {
    let simple = record.shadow.is_empty()
        && matches!(record.origin, Origin::Here)
        && record.extra.owned.is_empty()
        && record.extra.context.is_none();
    if !simple {
        return None;
    }
    let Place::Macro(_) = record.place else { return None };
    let message = match record.message {
        Message::Text(text) => text.len(),
        Message::Template(_, arguments) => {
            let sizes = arguments.iter().map(|argument| match argument {
                Some(Value::Str(text)) => size_of::<PackedValue>() + text.len(),
                _ => size_of::<PackedValue>(),
            });
            sizes.sum()
        }
        _ => return None,
    };
    let mut size = size_of::<Head>() + record.name.len() + message;
    for (key, value) in record.extra.key_values {
        size += size_of::<Pair>() + key.len();
        match value {
            Value::None | Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_) => {}
            Value::Str(text) if !matches!(*key, "exc_info" | "exc_text") => size += text.len(),
            _ => return None,
        }
    }
    Some(size)
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
            let at = head.place_end();
            let exception = (head.exception > 0).then(|| &draft.text[at..at + head.exception]);
            head.origin = self.origin(head.thread, exception);
        }
        self.text.push_str(&draft.text);
        self.pairs.append(&mut draft.pairs);
        self.heads.push(head);
    }

    /// Takes in a record that has a [`plain_size`]. Nothing of others runs in here.
    #[inline]
    pub(crate) fn push_plain(&mut self, record: &Record<'_>) {
        let Place::Macro(site) = record.place else { return };
        let thread = current_thread_id();
        let origin = self.origin(thread, None);
        let start = self.text.len();
        push(&mut self.text, record.name);
        let name = self.text.len() - start;
        let mut template = None;
        let message = match record.message {
            Message::Text(text) => {
                self.text.push_str(text);
                self.text.len() - start
            }
            Message::Template(known, arguments) => {
                template = Some((known, self.arguments.len()));
                for value in arguments.iter().flatten() {
                    let value = PackedValue::within(*value, start, &mut self.text);
                    self.arguments.push(value);
                }
                name
            }
            _ => return,
        };
        let pairs = self.pairs.len();
        for (key, value) in record.extra.key_values {
            let at = self.text.len() - start;
            push(&mut self.text, key);
            let key = at..self.text.len() - start;
            let value = PackedValue::within(*value, start, &mut self.text);
            self.pairs.push(Pair { key, value });
        }
        self.heads.push(Head {
            level: record.level,
            created: record.created,
            text: start,
            pairs,
            pair_count: record.extra.key_values.len(),
            origin,
            thread,
            place: PackedPlace::Macro(site),
            name,
            message,
            template,
            exception: 0,
            whole: None,
        });
    }

    /// The entry of this thread, made if the last one is another, or the record has an error.
    #[inline]
    fn origin(&mut self, thread: u64, exception: Option<&str>) -> usize {
        let known = |stored: &Stored| stored.thread == thread && stored.exc_text.is_none();
        if exception.is_some() || !self.origins.last().is_some_and(known) {
            let exc_text = exception.map(str::to_owned);
            self.origins.push(Stored { exc_text, ..Stored::here() });
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
        let place = match head.place {
            PackedPlace::Macro(site) => Place::Macro(site),
            PackedPlace::Text([file, module, function, template], line) => {
                let location = Location {
                    file: &text[head.message..file],
                    line,
                    module_path: &text[file..module],
                    function: &text[module..function],
                };
                Place::Known(location, &text[function..template])
            }
        };
        let mut arguments: [Argument<'_>; MOST] = [None; MOST];
        let message = match head.template {
            None => Message::Text(&text[head.name..head.message]),
            Some((template, first)) => {
                let count = template.pieces().map_or(0, |(before, _)| before.len());
                let arguments = &mut arguments[..count];
                for (to, value) in arguments.iter_mut().zip(&self.arguments[first..]) {
                    *to = Some(value.get(text));
                }
                Message::Template(template, arguments)
            }
        };
        f(&Record {
            name: &text[..head.name],
            level: head.level,
            message,
            created: head.created,
            place,
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
        self.arguments.clear();
        self.pairs.clear();
        self.heads.clear();
        self.origins.clear();
    }
}

impl Head {
    /// Where the texts of the record's place end.
    fn place_end(&self) -> usize {
        match self.place {
            PackedPlace::Macro(_) => self.message,
            PackedPlace::Text([.., end], _) => end,
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
