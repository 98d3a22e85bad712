//! The keywords that a configuration gives to a class.

use std::fmt;
use std::sync::Arc;

use super::error::{Problem, Problems, nearest};
use super::node::{Document, Found, KeyPath, shown};
use super::registry::OpenStream;
use super::setting::{Mismatch, Setting};
use crate::value::OwnedValue;

/// The keywords that a configuration gives to a class, and the attributes that it sets (`.`).
///
/// Whoever makes an object reads them here, by name and as the type it needs; what is missing or wrong is
/// noted with its place, and reading goes on, so that all faults are found at once. Keywords that the
/// class does not have are noted by themselves.
pub struct Keywords<'k> {
    pub(super) path: KeyPath,
    pub(super) class: String,
    pub(super) items: Vec<(String, Found)>,
    pub(super) attributes: Vec<(String, Found)>,
    /// The attributes that somebody asked for.
    pub(super) read: Vec<String>,
    pub(super) problems: &'k mut Problems,
    pub(super) document: Document<'k>,
    /// The handlers that are referred to.
    pub(super) handlers: Vec<String>,
    /// Keywords that the configuration knows by another name, with that name.
    pub(super) spellings: &'k [(&'k str, &'k str)],
}

impl fmt::Debug for Keywords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keywords")
            .field("class", &self.class)
            .field("keywords", &self.items)
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}

/// A handler that another one refers to: [`Parts::handler`](super::Parts::handler) has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerRef(pub(super) String);

/// A stream that a handler writes to.
pub(super) enum Stream {
    Stdout,
    Stderr,
    Other(Arc<OpenStream>),
}

impl Keywords<'_> {
    /// The class, or the factory, as the configuration names it.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// Whether the keyword is given.
    pub fn has(&self, name: &str) -> bool {
        self.found(name).is_some()
    }

    /// The keyword `name`; nothing where it is not given, and where it is wrong, which is noted.
    pub fn get<T: Setting>(&mut self, name: &str) -> Option<T> {
        let found = self.found(name)?.clone();
        self.read_as(&self.place(name), &found)
    }

    /// The keyword `name`, which must be given.
    pub fn required<T: Setting>(&mut self, name: &str) -> Option<T> {
        if !self.has(name) {
            let problem = format!("is missing; {} needs it", self.class);
            self.problem(name, problem);
            return None;
        }
        self.get(name)
    }

    /// The attribute `name`, set below the key `.`.
    pub fn attribute<T: Setting>(&mut self, name: &str) -> Option<T> {
        self.read.push(name.to_owned());
        let found = self.attributes.iter().find(|(key, _)| key == name)?.1.clone();
        self.read_as(&self.path.join(".").join(name), &found)
    }

    /// The handler that the keyword `name` names.
    pub fn handler(&mut self, name: &str) -> Option<HandlerRef> {
        let handler = self.get::<String>(name)?;
        self.refer(&self.place(name), handler)
    }

    /// The handlers that the list at keyword `name` names.
    pub fn handler_list(&mut self, name: &str) -> Option<Vec<HandlerRef>> {
        let names = self.get::<Vec<String>>(name)?;
        let path = self.place(name);
        let handlers = names.into_iter().enumerate();
        handlers.map(|(i, handler)| self.refer(&path.index(i), handler)).collect()
    }

    /// Notes that the keyword `name` is wrong; `message` says what was found and what was expected.
    pub fn problem(&mut self, name: &str, message: impl Into<String>) {
        self.problems.add(Problem::new(self.place(name).to_string(), message));
    }

    /// Notes that what stands at `key` in the table at keyword `name` is wrong.
    pub(super) fn problem_below(&mut self, name: &str, key: &str, message: impl Into<String>) {
        let path = self.place(name).join(key).to_string();
        self.problems.add(Problem::new(path, message));
    }

    /// Notes that the table at keyword `name` has a key that is none of `known`.
    #[cfg(feature = "net")]
    pub(super) fn suggest_below(
        &mut self,
        name: &str,
        key: &str,
        message: impl Into<String>,
        known: &[&str],
    ) {
        let path = self.place(name).join(key).to_string();
        let suggestion = nearest(key, known.iter().copied());
        self.problems.add(Problem::new(path, message).suggest(suggestion));
    }

    /// Notes that the keywords do not go together; `message` says why.
    pub fn refuse(&mut self, message: impl Into<String>) {
        self.problems.add(Problem::new(self.path.to_string(), message));
    }

    /// Notes that the keyword `name` is of no effect.
    pub fn warning(&mut self, name: &str, message: impl Into<String>) {
        self.problems.warn(Problem::new(self.place(name).to_string(), message));
    }

    /// Where the keyword `name` stands.
    pub(super) fn place(&self, name: &str) -> KeyPath {
        let spelling = self.spellings.iter().find(|(keyword, _)| *keyword == name);
        self.path.join(spelling.map_or(name, |(_, spelling)| spelling))
    }

    /// The value at keyword `name`; nothing where it is not given, or an object.
    pub(super) fn value(&self, name: &str) -> Option<OwnedValue> {
        match self.found(name)? {
            Found::Value(value) => Some(value.clone()),
            Found::Object(_) => None,
        }
    }

    /// The name of the object at keyword `name`, with `ext://` before it or not.
    pub(super) fn get_object(&mut self, name: &str) -> Option<String> {
        match self.found(name)?.clone() {
            Found::Object(object) | Found::Value(OwnedValue::Str(object)) => Some(object),
            Found::Value(other) => {
                let message = format!("found {}, expected the name of an object", shown(&other));
                self.problem(name, message);
                None
            }
        }
    }

    /// The stream at keyword `name`: nothing where it is not given.
    pub(super) fn stream(&mut self, name: &str) -> Option<Stream> {
        let message = match self.found(name)?.clone() {
            Found::Value(OwnedValue::None) => return None,
            Found::Object(object) => {
                match (object.as_str(), self.document.registry.stream(&object)) {
                    ("sys.stdout" | "sys.__stdout__", _) => return Some(Stream::Stdout),
                    ("sys.stderr" | "sys.__stderr__", _) => return Some(Stream::Stderr),
                    (_, Some(open)) => return Some(Stream::Other(open)),
                    (_, None) => format!("found ext://{object}, which is not a stream"),
                }
            }
            Found::Value(OwnedValue::Str(text)) if text.starts_with("sys.std") => {
                format!("found the text {text:?}, expected \"ext://{text}\"")
            }
            Found::Value(other) => {
                format!("found {}, expected a stream such as \"ext://sys.stdout\"", shown(&other))
            }
        };
        self.problem(name, message);
        None
    }

    /// The name of the object at keyword or attribute `name`, without `ext://`.
    pub(super) fn object_attribute(&mut self, name: &str) -> Option<String> {
        self.read.push(name.to_owned());
        match &self.attributes.iter().find(|(key, _)| key == name)?.1 {
            Found::Object(object) => Some(object.clone()),
            Found::Value(value) => {
                let message = format!("found {}, expected an object (ext://...)", shown(value));
                let path = self.path.join(".").join(name).to_string();
                self.problems.add(Problem::new(path, message));
                None
            }
        }
    }

    pub(super) fn found(&self, name: &str) -> Option<&Found> {
        self.items.iter().find(|(key, _)| key == name).map(|(_, found)| found)
    }

    fn read_as<T: Setting>(&mut self, path: &KeyPath, found: &Found) -> Option<T> {
        read_as(self.problems, path, found)
    }

    fn refer(&mut self, path: &KeyPath, handler: String) -> Option<HandlerRef> {
        let known = match self.document.top {
            OwnedValue::Map(entries) => entries.iter().find(|(key, _)| key == "handlers"),
            _ => None,
        };
        let known: Vec<&str> = match known {
            Some((_, OwnedValue::Map(handlers))) => {
                handlers.iter().map(|(name, _)| name.as_str()).collect()
            }
            _ => Vec::new(),
        };
        if known.contains(&handler.as_str()) {
            self.handlers.push(handler.clone());
            return Some(HandlerRef(handler));
        }
        let problem = Problem::new(path.to_string(), format!("no handler is called {handler:?}"))
            .suggest(nearest(&handler, known));
        self.problems.add(problem);
        None
    }

    /// Notes the keywords that the class does not have.
    pub(super) fn check_names(&mut self, parameters: &[String]) {
        let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
        for (name, _) in &self.items {
            if !parameters.contains(&name.as_str()) {
                let known = match parameters.as_slice() {
                    [] => "no keywords".to_owned(),
                    known => known.join(", "),
                };
                let message = format!("{} has no such keyword (it has {known})", self.class);
                let problem = Problem::new(self.place(name).to_string(), message)
                    .suggest(nearest(name, parameters.iter().copied()));
                self.problems.add(problem);
            }
        }
    }

    /// Warns of the attributes that nobody asked for.
    pub(super) fn check_attributes(&mut self) {
        for (name, _) in &self.attributes {
            if !self.read.contains(name) {
                let path = self.path.join(".").join(name).to_string();
                let message = format!("is read by nothing in {}", self.class);
                let warning = Problem::new(path, message)
                    .suggest(nearest(name, self.read.iter().map(String::as_str)));
                self.problems.warn(warning);
            }
        }
    }
}

/// What was found, as the type that is needed; where it does not do, that is noted.
pub(super) fn read_as<T: Setting>(
    problems: &mut Problems,
    path: &KeyPath,
    found: &Found,
) -> Option<T> {
    let (shown, mismatch) = match found {
        Found::Object(name) => (format!("ext://{name}"), Mismatch::new("a value, not an object")),
        Found::Value(value) => match T::from_value(value) {
            Ok(setting) => return Some(setting),
            Err(mismatch) if mismatch.secret => {
                (format!("a {} that is not shown", value.as_value().type_name()), mismatch)
            }
            Err(mismatch) => (shown(value), mismatch),
        },
    };
    let message = format!("found {shown}, expected {}", mismatch.expected);
    problems.add(Problem::new(path.to_string(), message).suggest(mismatch.suggestion));
    None
}
