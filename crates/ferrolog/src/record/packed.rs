//! Records on their way to another thread, side by side: what of them is text stands in one buffer, so
//! that a record takes no allocation of its own, and a text that the whole program shares no copy. Places in
//! the buffers take 32 bits, so that little memory passes from the thread that logs to the one that delivers.

use super::argument::Argument;
use super::extra::Extra;
use super::origin::{Origin, Stored};
use super::prefetch::prefetch_behind;
use super::template::MOST;
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
    ready: Option<Ready>,
}

enum Ready {
    Parts {
        level: Level,
        created: i64,
        name: u32,
        message: u32,
        place: DraftPlace,
        /// Where the error's text stands, if there is one.
        exception: Option<Span>,
    },
    /// A record that is more than parts can say, as it stands.
    Whole(Box<RecordOwned>),
}

enum DraftPlace {
    Macro(&'static CallSite),
    Known(KnownPlace),
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
    /// Of the records that are not a macro's.
    places: Vec<KnownPlace>,
    wholes: Vec<RecordOwned>,
}

/// What is known of a record, with the ends of its texts, counted from where its first one begins.
struct Head {
    created: i64,
    level: Level,
    place: PackedPlace,
    message: PackedMessage,
    /// Where its texts begin, its pairs, and which origin it has.
    text: u32,
    pairs: u32,
    pair_count: u32,
    origin: u32,
    /// Where the name ends.
    name: u32,
}

enum PackedPlace {
    Macro(&'static CallSite),
    /// One of [`Packed::places`].
    Known(u32),
    /// All of the record is one of [`Packed::wholes`].
    Whole(u32),
}

enum PackedMessage {
    /// A text behind the name, which ends here.
    Text(u32),
    /// Made of the macro's format string and its arguments, of which the first is this one.
    Template(u32),
}

/// The ends of file, module, function and template, behind the message; and the line.
struct KnownPlace {
    ends: [u32; 4],
    line: u32,
}

/// A text among those of a record.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

/// An extra attribute.
struct Pair {
    key: Span,
    value: PackedValue,
}

enum PackedValue {
    None,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(Span),
    Owned(Box<OwnedValue>),
}

/// How many key-values a record may have before they need an allocation to be looked at.
const ON_STACK: usize = 8;

/// A buffer that grew beyond this is given back rather than kept.
const KEPT_CAPACITY: usize = 256 * 1024;

/// A record whose texts are longer is packed as a whole, so that 32 bits hold each place: those of the records
/// before it in a block take far less.
const LONGEST: usize = 1 << 31;

/// A place in a buffer, which is below twice [`LONGEST`].
#[inline]
fn place(at: usize) -> u32 {
    at as u32
}

impl Span {
    #[inline]
    fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

/// Appends to a text that begins at `start` of a buffer, and says where in it that stands.
#[inline]
fn put(text: &str, start: usize, buffer: &mut String) -> Span {
    let from = place(buffer.len() - start);
    push(buffer, text);
    Span { start: from, end: place(buffer.len() - start) }
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
        let text = &mut self.text;
        text.push_str(record.name);
        let name = place(text.len());
        if record.message.append(text).is_err() {
            // A `Display` that fails has said so far what it could.
            text.push_str(&FormatError::Display.to_string());
        }
        let message = place(text.len());
        let known = match record.place {
            Place::Macro(site) => DraftPlace::Macro(site),
            Place::Known(location, template) => {
                let Location { file, line, module_path, function } = location;
                let ends = [file, module_path, function, template].map(|part| {
                    text.push_str(part);
                    place(text.len())
                });
                DraftPlace::Known(KnownPlace { ends, line })
            }
        };
        let mut exception = None;
        if record.has_exception() {
            let start = place(text.len());
            if let Err(error) = record.append_exception(text) {
                // Here too, what was said so far is kept.
                text.push_str(&error.to_string());
            }
            exception = Some(Span { start, end: place(text.len()) });
        }
        if !record.extra.is_empty() {
            record.extra.visit(&mut |key, value| {
                if !matches!(key, "exc_info" | "exc_text") {
                    let key = put(key, 0, &mut self.text);
                    let value = PackedValue::new(value, 0, &mut self.text);
                    self.pairs.push(Pair { key, value });
                }
            });
        }
        if self.text.len() > LONGEST {
            return self.write_whole(record.to_owned());
        }
        let (level, created) = (record.level, record.created);
        self.ready = Some(Ready::Parts { level, created, name, message, place: known, exception });
    }

    /// Takes a record as it stands.
    pub(crate) fn write_whole(&mut self, record: RecordOwned) {
        self.clear();
        self.ready = Some(Ready::Whole(Box::new(record)));
    }

    /// About how many bytes the record takes in memory.
    pub(crate) fn size(&self) -> usize {
        let whole = match &self.ready {
            Some(Ready::Whole(record)) => record.size(),
            _ => 0,
        };
        let pairs = self.pairs.iter().map(|pair| match &pair.value {
            PackedValue::Owned(value) => size_of::<Pair>() + super::owned::heap_size(value),
            _ => size_of::<Pair>(),
        });
        size_of::<Head>() + self.text.len() + pairs.sum::<usize>() + whole
    }

    fn clear(&mut self) {
        self.text.clear();
        if self.text.capacity() > KEPT_CAPACITY {
            self.text = String::new();
        }
        self.pairs.clear();
        self.ready = None;
    }
}

impl PackedValue {
    /// `value`, whose text, if it is one, is appended to the texts that begin at `start` of `buffer`.
    #[inline]
    fn new(value: Value<'_>, start: usize, buffer: &mut String) -> Self {
        match value {
            Value::None => Self::None,
            Value::Bool(v) => Self::Bool(v),
            Value::Int(v) => Self::Int(v),
            Value::UInt(v) => Self::UInt(v),
            Value::Float(v) => Self::Float(v),
            Value::Str(v) => Self::Text(put(v, start, buffer)),
            shown => Self::shown(shown, start, buffer),
        }
    }

    #[cold]
    fn shown(value: Value<'_>, start: usize, buffer: &mut String) -> Self {
        use std::fmt::Write as _;
        match value {
            Value::BigInt(_) | Value::List(_) | Value::Map(_) => {
                Self::Owned(Box::new(value.to_owned()))
            }
            shown => {
                let from = place(buffer.len() - start);
                if write!(buffer, "{shown}").is_err() {
                    buffer.push_str(&FormatError::Display.to_string());
                }
                Self::Text(Span { start: from, end: place(buffer.len() - start) })
            }
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
            Self::Text(span) => Value::Str(span.of(text)),
            Self::Owned(value) => value.as_value(),
        }
    }
}

impl Pair {
    /// The pair, whose texts are in `text`.
    fn get<'t>(&'t self, text: &'t str) -> (&'t str, Value<'t>) {
        (self.key.of(text), self.value.get(text))
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
    (size <= LONGEST).then_some(size)
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
        let (text, pairs) = (place(self.text.len()), place(self.pairs.len()));
        let head = match draft.ready.take() {
            None => return,
            Some(Ready::Whole(record)) => {
                self.wholes.push(*record);
                Head {
                    created: 0,
                    level: Level::NOTSET,
                    place: PackedPlace::Whole(place(self.wholes.len() - 1)),
                    message: PackedMessage::Text(0),
                    text,
                    pairs,
                    pair_count: 0,
                    origin: 0,
                    name: 0,
                }
            }
            Some(Ready::Parts { level, created, name, message, place: known, exception }) => Head {
                created,
                level,
                place: match known {
                    DraftPlace::Macro(site) => PackedPlace::Macro(site),
                    DraftPlace::Known(known) => {
                        self.places.push(known);
                        PackedPlace::Known(place(self.places.len() - 1))
                    }
                },
                message: PackedMessage::Text(message),
                text,
                pairs,
                pair_count: place(draft.pairs.len()),
                origin: self.origin(exception.map(|span| span.of(&draft.text))),
                name,
            },
        };
        self.text.push_str(&draft.text);
        self.pairs.append(&mut draft.pairs);
        self.heads.push(head);
    }

    /// Takes in a record that has a [`plain_size`]. Nothing of others runs in here.
    #[inline]
    pub(crate) fn push_plain(&mut self, record: &Record<'_>) {
        let Place::Macro(site) = record.place else { return };
        let origin = self.origin(None);
        let start = self.text.len();
        let name = put(record.name, start, &mut self.text).end;
        let message = match record.message {
            Message::Template(_, arguments) => {
                let first = place(self.arguments.len());
                for value in arguments.iter().flatten() {
                    let value = PackedValue::new(*value, start, &mut self.text);
                    self.arguments.push(value);
                }
                PackedMessage::Template(first)
            }
            Message::Text(text) => PackedMessage::Text(put(text, start, &mut self.text).end),
            _ => return,
        };
        let pairs = place(self.pairs.len());
        for (key, value) in record.extra.key_values {
            let key = put(key, start, &mut self.text);
            let value = PackedValue::new(*value, start, &mut self.text);
            self.pairs.push(Pair { key, value });
        }
        self.heads.push(Head {
            created: record.created,
            level: record.level,
            place: PackedPlace::Macro(site),
            message,
            text: place(start),
            pairs,
            pair_count: place(record.extra.key_values.len()),
            origin,
            name,
        });
        // The listener, on another processor, had these places last; the next record finds them here.
        prefetch_behind(&self.heads);
        prefetch_behind(&self.arguments);
        prefetch_behind(self.text.as_bytes());
    }

    /// The entry of this thread, made if the last one is another, or the record has an error.
    #[inline]
    fn origin(&mut self, exception: Option<&str>) -> u32 {
        let thread = current_thread_id();
        let known = |stored: &Stored| stored.thread == thread && stored.exc_text.is_none();
        if exception.is_some() || !self.origins.last().is_some_and(known) {
            let exc_text = exception.map(str::to_owned);
            self.origins.push(Stored { exc_text, ..Stored::here() });
        }
        place(self.origins.len() - 1)
    }

    /// Calls `f` with a record.
    pub(crate) fn with<R>(&self, index: usize, f: impl FnOnce(&Record<'_>) -> R) -> R {
        let head = &self.heads[index];
        let text = &self.text[head.text as usize..];
        let between = |from: u32, to: u32| Span { start: from, end: to }.of(text);
        let mut arguments: [Argument<'_>; MOST] = [None; MOST];
        let message = match head.message {
            PackedMessage::Text(end) => Message::Text(between(head.name, end)),
            PackedMessage::Template(first) => {
                let PackedPlace::Macro(site) = head.place else {
                    unreachable!("a template is a macro's")
                };
                let count = site.template.pieces().map_or(0, |(before, _)| before.len());
                let arguments = &mut arguments[..count];
                for (to, value) in arguments.iter_mut().zip(&self.arguments[first as usize..]) {
                    *to = Some(value.get(text));
                }
                Message::Template(&site.template, arguments)
            }
        };
        let place = match head.place {
            PackedPlace::Whole(index) => return f(&self.wholes[index as usize].as_record()),
            PackedPlace::Macro(site) => Place::Macro(site),
            PackedPlace::Known(index) => {
                let KnownPlace { ends: [file, module, function, template], line } =
                    self.places[index as usize];
                let PackedMessage::Text(message) = head.message else {
                    unreachable!("a template is a macro's")
                };
                let location = Location {
                    file: between(message, file),
                    line,
                    module_path: between(file, module),
                    function: between(module, function),
                };
                Place::Known(location, between(function, template))
            }
        };
        let pairs = &self.pairs[head.pairs as usize..][..head.pair_count as usize];
        let mut few = [("", Value::None); ON_STACK];
        let many: Vec<_>;
        let key_values = if let Some(few) = few.get_mut(..pairs.len()) {
            few.iter_mut().zip(pairs).for_each(|(to, pair)| *to = pair.get(text));
            &*few
        } else {
            many = pairs.iter().map(|pair| pair.get(text)).collect();
            &many
        };
        f(&Record {
            name: between(0, head.name),
            level: head.level,
            message,
            created: head.created,
            place,
            extra: Extra { key_values, ..Extra::default() },
            origin: Origin::Stored(&self.origins[head.origin as usize]),
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
        self.places.clear();
        self.wholes.clear();
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
