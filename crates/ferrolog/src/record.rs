//! Records: one logging call with everything that is known of it.
//!
//! Python: *LogRecord Objects*, *LogRecord attributes*.

mod argument;
mod extra;
mod factory;
mod kind;
mod message;
mod origin;
mod owned;
mod packed;
mod prefetch;
pub(crate) mod stack;
mod template;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

pub use argument::__argument;
pub use factory::RecordFactory;
pub(crate) use message::Message;
pub use message::Said;
pub use origin::start_time;
pub(crate) use origin::{current_thread_id, thread_name};
pub use owned::RecordOwned;
pub(crate) use owned::is_true;
pub(crate) use packed::{Draft, Packed, Plain, ROOM};
pub(crate) use template::Template;

use self::extra::Extra;
use self::origin::{Origin, ThreadName};
use crate::clock::now;
use crate::context;
use crate::format::{Field, FormatError, OWN, Source, exception, push};
use crate::level::Level;
use crate::location::{CallSite, Location};
use crate::value::{OwnedValue, Value};

/// One logging call: what was said, by whom, when and where.
///
/// A record borrows from the call and lives as long as it; [`Record::to_owned`] makes a
/// [`RecordOwned`] that can cross threads.
///
/// Python: `logging.LogRecord`.
#[derive(Clone)]
pub struct Record<'a> {
    name: &'a str,
    level: Level,
    message: Message<'a>,
    /// Nanoseconds since the epoch.
    created: i64,
    place: Place<'a>,
    extra: Extra<'a>,
    origin: Origin<'a>,
    /// Attributes that stand in the place of the record's own.
    shadow: &'a [(String, OwnedValue)],
    /// Whether it comes from a bridge: what a handler's own libraries log while it delivers must not come
    /// back to it.
    bridged: bool,
}

/// Where a record was made, and the template of its message.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// By a macro, which knows both; they are looked up when they are asked for.
    Macro(&'static CallSite),
    Known(Location<'a>, &'a str),
}

impl<'a> Place<'a> {
    fn location(&self) -> Location<'a> {
        match self {
            Self::Macro(site) => site.location(),
            Self::Known(location, _) => *location,
        }
    }

    fn template(&self) -> &'a str {
        match self {
            Self::Macro(site) => site.template.text(),
            Self::Known(_, template) => template,
        }
    }
}

impl<'a> Record<'a> {
    /// A record of the logger called `name`, made now, on this thread.
    pub fn new(name: &'a str, level: Level, message: &'a str) -> Self {
        Self::with_message(name, level, Message::Text(message))
    }

    /// A record whose message is made only when somebody asks for it.
    pub fn from_args(name: &'a str, level: Level, message: fmt::Arguments<'a>) -> Self {
        Self::with_message(name, level, Message::Arguments(message))
    }

    #[inline]
    pub(crate) fn with_message(name: &'a str, level: Level, message: Message<'a>) -> Self {
        Self {
            name,
            level,
            message,
            created: now(),
            place: Place::Known(Location::default(), ""),
            extra: Extra::of_context(context::current()),
            origin: Origin::Here,
            shadow: &[],
            bridged: false,
        }
    }

    /// The same record, with another message.
    #[inline]
    pub fn with_text(mut self, message: &'a str) -> Self {
        self.message = Message::Text(message);
        self
    }

    /// The record of a macro's call.
    #[inline]
    pub(crate) fn of_macro(
        name: &'a str,
        level: Level,
        said: Said<'a>,
        site: &'static CallSite,
        key_values: &'a [(&'a str, Value<'a>)],
    ) -> Self {
        Self {
            name,
            level,
            message: said.message(&site.template),
            created: now(),
            place: Place::Macro(site),
            extra: Extra { key_values, ..Extra::of_context(context::current()) },
            origin: Origin::Here,
            shadow: &[],
            bridged: false,
        }
    }

    /// The same record, with the place it was made at.
    #[inline]
    pub fn with_location(mut self, location: Location<'a>) -> Self {
        self.place = Place::Known(location, self.place.template());
        self
    }

    /// The same record, with the template of its message.
    #[inline]
    pub fn with_template(mut self, template: &'a str) -> Self {
        self.place = Place::Known(self.place.location(), template);
        self
    }

    /// The same record, made at another time, in nanoseconds since the epoch.
    pub fn with_created(mut self, nanoseconds: i64) -> Self {
        self.created = nanoseconds;
        self
    }

    /// The same record, with these extra attributes.
    ///
    /// Three keys have the meaning that they have in a Python logging call: `exc_info` (an error, shown
    /// with its sources), `exc_text` (its text) and `stack_info` (a text).
    #[inline]
    pub fn with_key_values(mut self, key_values: &'a [(&'a str, Value<'a>)]) -> Self {
        self.extra.key_values = key_values;
        self
    }

    /// The same record, with extra attributes of an adapter: farther than the call's own key-values,
    /// nearer than the thread's [`Context`](crate::Context).
    #[inline]
    pub fn with_extra(mut self, extra: &'a crate::Context) -> Self {
        self.extra.owned = &extra.0;
        self
    }

    /// The same record under another logger's name.
    pub fn with_name(mut self, name: &'a str) -> Self {
        self.name = name;
        self
    }

    /// The same record at another level.
    pub fn with_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    #[cfg(any(feature = "log", feature = "tracing"))]
    pub(crate) fn bridged(mut self) -> Self {
        self.bridged = true;
        self
    }

    pub(crate) fn is_bridged(&self) -> bool {
        self.bridged
    }

    /// The name of the logger.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The level.
    #[inline]
    pub fn level(&self) -> Level {
        self.level
    }

    /// The message. Each showing of it makes its text anew.
    pub fn message(&self) -> impl fmt::Display + '_ {
        self.message
    }

    /// Appends the message to `out`. Python: `LogRecord.getMessage`.
    ///
    /// # Errors
    ///
    /// A message that cannot be made from its arguments.
    pub fn append_message(&self, out: &mut String) -> Result<(), FormatError> {
        self.message.append(out)
    }

    /// Whether the message can be made from its arguments; that of a macro always can.
    pub(crate) fn check_message(&self) -> Result<(), FormatError> {
        match self.message {
            Message::Percent(..) => self.message.append(&mut String::new()),
            Message::Text(_) | Message::Template(..) | Message::Arguments(_) => Ok(()),
        }
    }

    /// The message before its arguments were put in: Python's `msg`. Empty where that is not known.
    pub fn template(&self) -> &'a str {
        match self.message {
            Message::Percent(msg, _) => msg,
            Message::Text(text) if self.place.template().is_empty() => text,
            _ => self.place.template(),
        }
    }

    /// When the record was made, in nanoseconds since the epoch: the system's time, to within some ten
    /// nanoseconds where that is read off the processor's counter, which follows a clock that is set within a
    /// millisecond.
    pub fn created(&self) -> i64 {
        self.created
    }

    /// The whole seconds of [`Record::created`].
    pub(crate) fn created_second(&self) -> i64 {
        self.created.div_euclid(1_000_000_000)
    }

    /// The milliseconds of [`Record::created`], 0 to 999.
    pub(crate) fn created_millisecond(&self) -> u32 {
        self.created_parts().1
    }

    /// [`Record::created_second`] and [`Record::created_millisecond`].
    #[inline]
    pub(crate) fn created_parts(&self) -> (i64, u32) {
        let second = self.created_second();
        // What is left is below a second, also where the product wraps.
        let rest = self.created.wrapping_sub(second.wrapping_mul(1_000_000_000));
        (second, rest as u32 / 1_000_000)
    }

    /// Whether no other values stand in the place of the record's own.
    #[inline]
    pub(crate) fn has_own_values(&self) -> bool {
        self.shadow.is_empty()
    }

    /// Where in the source the record was made.
    pub fn location(&self) -> Location<'a> {
        self.place.location()
    }

    /// The file's name without its folders: Python's `filename`.
    pub fn file_name(&self) -> &'a str {
        self.location().file.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// The file's name without its ending: Python's `module`.
    pub fn module(&self) -> &'a str {
        let name = self.file_name();
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => name,
        }
    }

    /// The error that was logged with the record: Python's `exc_info`.
    pub fn exc_info(&self) -> Option<&(dyn StdError + 'static)> {
        match self.extra.get_own("exc_info") {
            Some(Value::Error(error)) => Some(error),
            _ => None,
        }
    }

    /// The text of the error that was logged with the record, where it was already made.
    pub fn exc_text(&self) -> Option<&str> {
        if let Origin::Stored(stored) = self.origin
            && let Some(text) = &stored.exc_text
        {
            return Some(text);
        }
        match self.extra.get_own("exc_text") {
            Some(Value::Str(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether there may be more to show than a pattern does: an error or a stack.
    #[inline]
    pub(crate) fn may_have_more(&self) -> bool {
        let has_text = matches!(self.origin, Origin::Stored(stored) if stored.exc_text.is_some());
        has_text || !self.extra.has_none_of_its_own()
    }

    /// Whether an error, or an error's text, was logged with the record.
    pub(crate) fn has_exception(&self) -> bool {
        match self.origin {
            Origin::Here if self.extra.has_none_of_its_own() => false,
            _ => {
                self.exc_text().is_some()
                    || matches!(
                        self.extra.get_own("exc_info"),
                        Some(Value::Error(_) | Value::Debug(_) | Value::Display(_) | Value::Str(_))
                    )
            }
        }
    }

    /// The stack that was logged with the record.
    pub fn stack_info(&self) -> Option<&str> {
        match self.extra.get_own("stack_info") {
            Some(Value::Str(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Appends the text of the error that was logged with the record, and says whether there was one: the
    /// text that was made already; or the error with each of its sources on a line of its own; or what
    /// was given as `exc_info:? = error`, as it shows itself, which for an `anyhow::Error` and its like
    /// includes the backtrace it carries.
    ///
    /// # Errors
    ///
    /// The error's own `Display` or `Debug` fails.
    ///
    /// Python: `Formatter.formatException`.
    pub fn append_exception(&self, out: &mut String) -> Result<bool, FormatError> {
        if let Some(text) = self.exc_text() {
            out.push_str(text);
            return Ok(true);
        }
        match self.extra.get_own("exc_info") {
            Some(Value::Error(error)) => exception::write_chain(error, out)?,
            Some(value @ (Value::Debug(_) | Value::Display(_) | Value::Str(_))) => {
                fmt::Write::write_fmt(out, format_args!("{value}"))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The extra attribute `key`.
    pub fn extra(&self, key: &str) -> Option<Value<'_>> {
        self.extra.get(key)
    }

    /// Calls `visit` with each extra attribute; where a key comes more than once, only the first counts:
    /// the call's own before those of an adapter, and these before those of the context.
    pub fn visit_extra(&self, visit: &mut dyn FnMut(&str, Value<'_>)) {
        self.extra.visit(&mut |key, value| {
            if !matches!(key, "exc_info" | "exc_text" | "stack_info") {
                visit(key, value);
            }
        });
    }

    /// The attribute called `name`, the record's own or an extra one.
    ///
    /// Python: `getattr(record, name)`.
    pub fn attribute(&self, name: &str) -> Option<OwnedValue> {
        self.value(&Field::new(name)).map(|value| value.to_owned())
    }

    /// The fields of a record, in the alphabetical order of their names.
    pub fn own_fields() -> &'static [Field] {
        OWN
    }

    /// A record that owns all that this one borrows. The message and an error's text are made now.
    pub fn to_owned(&self) -> RecordOwned {
        RecordOwned::capture(self)
    }

    fn created_float(&self) -> f64 {
        self.created as f64 / 1e9
    }
}

impl Source for Record<'_> {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        // The message is always made anew, as a formatter does in Python before it shows it.
        if !self.shadow.is_empty()
            && *field != Field::Message
            && let Some((_, value)) = self.shadow.iter().find(|(key, _)| key == field.name())
        {
            return Some(value.as_value());
        }
        let stored = match self.origin {
            Origin::Here => None,
            Origin::Stored(stored) => Some(stored),
        };
        Some(match field {
            Field::Name => Value::Str(self.name),
            Field::Msg => Value::Str(self.template()),
            Field::Args => match self.message {
                Message::Percent(_, args) => args.as_value(),
                _ => Value::None,
            },
            Field::LevelNo => Value::Int(self.level.value().into()),
            Field::LevelName => match self.level.name() {
                Cow::Borrowed(name) => Value::Str(name),
                Cow::Owned(_) => Value::Display(&self.level),
            },
            Field::PathName => Value::Str(self.location().file),
            Field::FileName => Value::Str(self.file_name()),
            Field::Module => Value::Str(self.module()),
            Field::LineNo => Value::Int(self.location().line.into()),
            Field::FuncName => Value::Str(self.location().function),
            Field::Created => Value::Float(self.created_float()),
            Field::Msecs => Value::Float(self.created_millisecond().into()),
            Field::RelativeCreated => Value::Float((self.created - start_time()) as f64 / 1e6),
            Field::Thread => {
                Value::UInt(stored.map_or_else(current_thread_id, |stored| stored.thread))
            }
            Field::ThreadName => match stored {
                Some(stored) => Value::Str(&stored.thread_name),
                None => Value::Display(&ThreadName),
            },
            Field::TaskName => match stored.and_then(|stored| stored.task_name.as_deref()) {
                Some(name) => Value::Str(name),
                None => Value::None,
            },
            Field::Process => {
                Value::UInt(stored.map_or_else(std::process::id, |stored| stored.process).into())
            }
            Field::ProcessName => {
                Value::Str(stored.map_or("MainProcess", |stored| &stored.process_name))
            }
            Field::Message => Value::Display(&self.message),
            Field::AscTime => return self.extra.get("asctime"),
            Field::ExcInfo => self.extra.get("exc_info").unwrap_or(Value::None),
            Field::ExcText => self.exc_text().map_or(Value::None, Value::Str),
            Field::StackInfo => match self.extra.get_own("stack_info") {
                Some(text @ Value::Str(_)) => text,
                _ => Value::None,
            },
            Field::Other(name) => return self.extra.get(name),
        })
    }

    #[inline(always)]
    fn append(&self, field: &Field, out: &mut String) -> Result<bool, FormatError> {
        match field {
            Field::Message => self.message.append(out)?,
            _ if !self.shadow.is_empty() => return Ok(false),
            Field::LevelName => self.level.with_name(|name| push(out, name)),
            Field::Name => push(out, self.name),
            Field::ThreadName if matches!(self.origin, Origin::Here) => {
                thread_name(|name| out.push_str(name));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("name", &self.name)
            .field("level", &self.level)
            .field("message", &format_args!("{:?}", self.message.to_string()))
            .field("created", &self.created)
            .field("location", &self.location())
            .finish_non_exhaustive()
    }
}

/// As Python shows one: `<LogRecord: name, level, path, line, "message">`.
impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<LogRecord: {}, {}, {}, {}, \"{}\">",
            self.name,
            self.level.value(),
            self.location().file,
            self.location().line,
            self.template()
        )
    }
}
