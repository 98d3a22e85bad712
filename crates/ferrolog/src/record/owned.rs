//! Records that own what they hold.

use std::fmt;

use super::extra::Extra;
use super::origin::{Origin, Stored};
use super::{Message, Place, Record};
use crate::clock::now;
use crate::format::FormatError;
use crate::level::Level;
use crate::location::Location;
use crate::value::{OwnedValue, Value};

/// A [`Record`] that owns what it holds: it can be kept, and sent to another thread.
///
/// Python: what `QueueHandler.prepare` makes of a record, and `logging.makeLogRecord`.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordOwned {
    name: String,
    level: Level,
    message: OwnedMessage,
    template: String,
    created: i64,
    file: String,
    line: u32,
    module_path: String,
    function: String,
    extra: Vec<(String, OwnedValue)>,
    stored: Stored,
    shadow: Vec<(String, OwnedValue)>,
}

#[derive(Clone, Debug, PartialEq)]
enum OwnedMessage {
    Text(String),
    Percent(String, OwnedValue),
}

impl RecordOwned {
    pub(super) fn capture(record: &Record<'_>) -> Self {
        let mut text = String::new();
        let message = match record.message {
            Message::Percent(msg, args) => OwnedMessage::Percent(msg.to_owned(), args.clone()),
            message => {
                if message.append(&mut text).is_err() {
                    // A `Display` that fails has said so far what it could.
                    text.push_str(&FormatError::Display.to_string());
                }
                OwnedMessage::Text(text)
            }
        };
        let mut stored = match record.origin {
            Origin::Here => Stored::here(),
            Origin::Stored(stored) => stored.clone(),
        };
        if stored.exc_text.is_none() {
            let mut text = String::new();
            stored.exc_text = match record.append_exception(&mut text) {
                Ok(false) => None,
                Ok(true) => Some(text),
                // Here too, what was said so far is kept.
                Err(error) => Some(text + &error.to_string()),
            };
        }
        let mut extra = Vec::new();
        record.extra.visit(&mut |key, value| {
            if !matches!(key, "exc_info" | "exc_text") {
                extra.push((key.to_owned(), value.to_owned()));
            }
        });
        let location = record.place.location();
        Self {
            name: record.name.to_owned(),
            level: record.level,
            message,
            template: record.place.template().to_owned(),
            created: record.created,
            file: location.file.to_owned(),
            line: location.line,
            module_path: location.module_path.to_owned(),
            function: location.function.to_owned(),
            extra,
            stored,
            shadow: record.shadow.to_vec(),
        }
    }

    /// A record from attributes, as Python's `makeLogRecord` takes them: those that are a record's own
    /// take the place of the defaults, all others are extra. An own attribute with a value of an
    /// unusual type is kept as it is. As in Python, nothing is derived: a record that is not given its
    /// `levelname` has `Level None`, and one that is given a `pathname` has no `filename` by that.
    ///
    /// ```
    /// use ferrolog::{Level, OwnedValue, RecordOwned};
    ///
    /// let record = RecordOwned::from_attributes([
    ///     ("name".to_owned(), OwnedValue::from("app")),
    ///     ("levelno".to_owned(), OwnedValue::from(30)),
    ///     ("msg".to_owned(), OwnedValue::from("%(n)d files")),
    ///     ("args".to_owned(), OwnedValue::Map(vec![("n".to_owned(), OwnedValue::from(3))])),
    ///     ("user".to_owned(), OwnedValue::from("ann")),
    /// ]);
    /// assert_eq!(record.as_record().message().to_string(), "3 files");
    /// assert_eq!(record.as_record().level(), Level::WARNING);
    /// assert_eq!(record.as_record().attribute("user"), Some(OwnedValue::from("ann")));
    /// ```
    pub fn from_attributes(attributes: impl IntoIterator<Item = (String, OwnedValue)>) -> Self {
        let mut record = Self {
            name: "None".to_owned(),
            level: Level::NOTSET,
            message: OwnedMessage::Text(String::new()),
            template: String::new(),
            created: now(),
            file: String::new(),
            line: 0,
            module_path: String::new(),
            function: String::new(),
            extra: Vec::new(),
            stored: Stored::here(),
            // What Python's record says before it is told otherwise, and does not derive afterwards.
            shadow: vec![
                ("levelname".to_owned(), "Level None".into()),
                ("filename".to_owned(), "".into()),
                ("module".to_owned(), "".into()),
                ("funcName".to_owned(), OwnedValue::None),
            ],
        };
        let mut msg = OwnedValue::from("");
        let mut args = OwnedValue::List(Vec::new());
        for (key, value) in attributes {
            record.shadow.retain(|(known, _)| *known != key);
            match (key.as_str(), &value) {
                ("msg", _) => {
                    msg = value.clone();
                    if !matches!(value, OwnedValue::Str(_)) {
                        record.shadow.push((key, value));
                    }
                }
                ("args", _) => {
                    args = value.clone();
                    record.shadow.push((key, value));
                }
                _ => record.set(key, value),
            }
        }
        let msg = msg.as_value().to_string();
        record.message =
            if is_true(&args) { OwnedMessage::Percent(msg, args) } else { OwnedMessage::Text(msg) };
        record
    }

    fn set(&mut self, key: String, value: OwnedValue) {
        match (key.as_str(), value) {
            ("name", OwnedValue::Str(v)) => self.name = v,
            ("levelno", v) => {
                if let Some(level) = integer(&v).and_then(|v| i32::try_from(v).ok()) {
                    self.level = Level::new(level);
                }
                self.shadow.push((key, v));
            }
            ("pathname", OwnedValue::Str(v)) => {
                // Python does not derive these again when an attribute is set from outside.
                self.file = v.clone();
                self.shadow.push((key, OwnedValue::Str(v)));
            }
            ("lineno", v) => {
                self.line = integer(&v).and_then(|v| u32::try_from(v).ok()).unwrap_or(0);
                self.shadow.push((key, v));
            }
            ("funcName", OwnedValue::Str(v)) => self.function = v,
            ("created", v) => {
                if let Some(seconds) = number(&v) {
                    self.created = (seconds * 1e9).round() as i64;
                }
                self.shadow.push((key, v));
            }
            ("exc_text", v) => {
                self.stored.exc_text = None;
                match v {
                    OwnedValue::Str(v) if !v.is_empty() => self.stored.exc_text = Some(v),
                    OwnedValue::None => {}
                    v => self.shadow.push((key, v)),
                }
            }
            ("stack_info", v) => {
                self.extra.retain(|(known, _)| *known != key);
                self.extra.push((key, v));
            }
            ("threadName", OwnedValue::Str(v)) => self.stored.thread_name = v.into(),
            ("processName", OwnedValue::Str(v)) => self.stored.process_name = v.into(),
            ("taskName", OwnedValue::Str(v)) => self.stored.task_name = Some(v),
            (own, v) if crate::format::OWN.iter().any(|field| field.name() == own) => {
                self.shadow.push((key, v));
            }
            (_, v) => {
                self.extra.retain(|(known, _)| *known != key);
                self.extra.push((key, v));
            }
        }
    }

    /// Sets an attribute, one of the record's own or an extra one, in the place of the value it had.
    ///
    /// ```
    /// use ferrolog::{Level, Record};
    ///
    /// let mut record = Record::new("app", Level::INFO, "in").to_owned();
    /// record.set_attribute("user", "ann");
    /// record.set_attribute("funcName", "login");
    /// assert_eq!(record.as_record().location().function, "login");
    /// ```
    ///
    /// Python: `record.user = "ann"`.
    pub fn set_attribute(&mut self, name: impl Into<String>, value: impl Into<OwnedValue>) {
        let (name, value) = (name.into(), value.into());
        self.shadow.retain(|(known, _)| *known != name);
        match (name.as_str(), value) {
            ("msg", value) => {
                let msg = value.as_value().to_string();
                self.template.clear();
                match &mut self.message {
                    OwnedMessage::Text(text) | OwnedMessage::Percent(text, _) => *text = msg,
                }
            }
            ("args", value) => {
                let msg = match &mut self.message {
                    OwnedMessage::Text(text) | OwnedMessage::Percent(text, _) => {
                        std::mem::take(text)
                    }
                };
                self.message = if is_true(&value) {
                    OwnedMessage::Percent(msg, value.clone())
                } else {
                    OwnedMessage::Text(msg)
                };
                self.shadow.push((name, value));
            }
            (_, value) => self.set(name, value),
        }
    }

    /// The same record with `text` as its message, in which its arguments, error and stack are already:
    /// what Python's `QueueHandler.prepare` makes of it.
    pub(crate) fn laid_out(mut self, text: &str) -> Self {
        let in_text = ["msg", "args", "message", "exc_info", "exc_text", "stack_info"];
        self.message = OwnedMessage::Text(text.to_owned());
        self.template.clear();
        self.stored.exc_text = None;
        self.extra.retain(|(key, _)| !in_text.contains(&key.as_str()));
        self.shadow.retain(|(key, _)| !in_text.contains(&key.as_str()));
        self
    }

    /// About how many bytes the record takes in memory.
    pub(crate) fn size(&self) -> usize {
        let message = match &self.message {
            OwnedMessage::Text(text) => text.len(),
            OwnedMessage::Percent(text, args) => text.len() + heap_size(args),
        };
        let stored = &self.stored;
        let texts = [&self.name, &self.template, &self.file, &self.module_path, &self.function]
            .into_iter()
            .chain(&stored.exc_text)
            .chain(&stored.task_name);
        let texts: usize = texts.map(String::len).sum();
        let texts = texts + stored.thread_name.len() + stored.process_name.len();
        let values = self.extra.iter().chain(&self.shadow);
        size_of::<Self>() + message + texts + values.map(entry_size).sum::<usize>()
    }

    /// The record, borrowed from here: what handlers and formatters take.
    pub fn as_record(&self) -> Record<'_> {
        Record {
            name: &self.name,
            level: self.level,
            message: match &self.message {
                OwnedMessage::Text(text) => Message::Text(text),
                OwnedMessage::Percent(msg, args) => Message::Percent(msg, args),
            },
            created: self.created,
            place: Place::Known(
                Location {
                    file: &self.file,
                    line: self.line,
                    module_path: &self.module_path,
                    function: &self.function,
                },
                &self.template,
            ),
            extra: Extra::of_owned(&self.extra),
            origin: Origin::Stored(&self.stored),
            shadow: &self.shadow,
            bridged: false,
        }
    }
}

impl fmt::Display for RecordOwned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_record().fmt(f)
    }
}

fn entry_size((key, value): &(String, OwnedValue)) -> usize {
    size_of::<(String, OwnedValue)>() + key.len() + heap_size(value)
}

pub(super) fn heap_size(value: &OwnedValue) -> usize {
    match value {
        OwnedValue::Str(text) => text.len(),
        OwnedValue::List(list) => {
            list.iter().map(|value| size_of::<OwnedValue>() + heap_size(value)).sum()
        }
        OwnedValue::Map(map) => map.iter().map(entry_size).sum(),
        _ => 0,
    }
}

/// Python's truth of a value.
pub(crate) fn is_true(value: &OwnedValue) -> bool {
    match value.as_value() {
        Value::None => false,
        Value::Bool(v) => v,
        Value::Int(v) => v != 0,
        Value::UInt(v) => v != 0,
        Value::BigInt(v) => v.digits() != "0",
        Value::Float(v) => v != 0.0,
        Value::Str(v) => !v.is_empty(),
        Value::List(v) => !v.is_empty(),
        Value::Map(v) => !v.is_empty(),
        _ => true,
    }
}

fn integer(value: &OwnedValue) -> Option<i64> {
    match value {
        OwnedValue::Int(v) => Some(*v),
        OwnedValue::UInt(v) => i64::try_from(*v).ok(),
        OwnedValue::Bool(v) => Some((*v).into()),
        _ => None,
    }
}

fn number(value: &OwnedValue) -> Option<f64> {
    match value {
        OwnedValue::Float(v) => Some(*v),
        OwnedValue::UInt(v) => Some(*v as f64),
        OwnedValue::BigInt(v) => Some(v.to_f64()),
        other => integer(other).map(|v| v as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_left_its_thread_remembers_it() {
        let error = std::io::Error::other("gone");
        let extra = [("user", Value::Str("ann")), ("exc_info", Value::Error(&error))];
        let record = Record::new("a.b", Level::INFO, "hello").with_key_values(&extra);
        let owned = record.to_owned();
        let thread = record.attribute("threadName");
        let owned = std::thread::spawn(move || owned).join().unwrap();
        let again = owned.as_record();
        assert_eq!(again.attribute("threadName"), thread);
        assert_eq!(again.attribute("user"), Some(OwnedValue::from("ann")));
        assert_eq!(again.exc_text(), Some("Error: gone"));
        assert_eq!(again.to_owned(), owned);
        assert_eq!(again.to_string(), "<LogRecord: a.b, 20, , 0, \"hello\">");
    }

    #[test]
    fn what_is_set_takes_the_place_of_what_was() {
        let mut record = Record::new("a", Level::INFO, "m").to_owned();
        for name in ["exc_text", "stack_info", "user"] {
            record.set_attribute(name, "first");
            record.set_attribute(name, "second");
            assert_eq!(record.as_record().attribute(name), Some("second".into()), "{name}");
            record.set_attribute(name, OwnedValue::None);
            assert_eq!(record.as_record().attribute(name), Some(OwnedValue::None), "{name}");
        }
        assert!(!record.as_record().has_exception());
        assert_eq!(record.as_record().stack_info(), None);
        assert_eq!(record.extra.len(), 2);
    }
}
