//! A place in a configuration: a value and the keys that lead to it, with `cfg://` and `ext://` followed.
//!
//! Python: *Access to internal objects*, *Access to external objects*.

use std::fmt;

use super::error::{Problem, Problems};
use super::registry::{External, Registry};
use crate::value::OwnedValue;

/// How many `cfg://` may lead to one another before it is taken for a circle.
const MAX_REFERENCES: usize = 32;

/// The keys from the top to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyPath(Vec<String>);

impl KeyPath {
    pub(crate) fn join(&self, key: &str) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.to_owned());
        Self(keys)
    }

    /// The place of an entry of a list.
    pub(crate) fn index(&self, index: usize) -> Self {
        let mut keys = self.0.clone();
        let last = keys.pop().unwrap_or_default();
        keys.push(format!("{last}[{index}]"));
        Self(keys)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// What stands at a place, once references are followed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    /// A value.
    Value(OwnedValue),
    /// Something that has a name and no value, such as a stream.
    Object(String),
}

/// The whole configuration, for those who read a part of it.
#[derive(Clone, Copy)]
pub(crate) struct Document<'d> {
    pub(crate) top: &'d OwnedValue,
    pub(crate) registry: &'d Registry,
}

impl Document<'_> {
    /// What `value` stands for: itself, or what a `cfg://` or an `ext://` leads to.
    pub(crate) fn follow(&self, value: &OwnedValue) -> Result<Found, Problem> {
        self.follow_at(value, 0)
    }

    fn follow_at(&self, value: &OwnedValue, depth: usize) -> Result<Found, Problem> {
        let OwnedValue::Str(text) = value else { return Ok(Found::Value(value.clone())) };
        if text.contains('\n') {
            return Ok(Found::Value(value.clone()));
        }
        if let Some(name) = text.strip_prefix("ext://") {
            return match self.registry.external(name) {
                Some(External::Value(value)) => Ok(Found::Value(value.clone())),
                Some(External::Object) => Ok(Found::Object(name.to_owned())),
                None => Err(Problem::new(
                    "",
                    format!("found {text:?}, which no registered name answers to"),
                )
                .suggest(self.registry.nearest_external(name).map(|name| format!("ext://{name}")))),
            };
        }
        match text.strip_prefix("cfg://") {
            Some(_) if depth >= MAX_REFERENCES => {
                Err(Problem::new("", format!("{text:?} leads round in a circle")))
            }
            Some(path) => self
                .walk(path, depth + 1)
                .map_err(|problem| Problem::new("", format!("cannot follow {text:?}: {problem}"))),
            None => Ok(Found::Value(value.clone())),
        }
    }

    /// Follows the path of a `cfg://`: a word, then any number of `.word` and `[index]`.
    fn walk(&self, path: &str, depth: usize) -> Result<Found, Problem> {
        let mut rest = path.trim_start();
        let first = word(rest).ok_or_else(|| {
            Problem::new("", "expected a key of the configuration, as cfg://handlers.file")
        })?;
        rest = rest[first.len()..].trim_start();
        let mut found = self.child(self.top, first, depth)?;
        while !rest.is_empty() {
            let Found::Value(value) = &found else {
                return Err(Problem::new("", format!("{rest:?} cannot be looked up in an object")));
            };
            if let Some(after) = rest.strip_prefix('.') {
                let after = after.trim_start();
                let key = word(after).ok_or_else(|| {
                    Problem::new("", format!("expected a key behind the dot at {rest:?}"))
                })?;
                rest = after[key.len()..].trim_start();
                found = self.child(value, key, depth)?;
            } else if let Some((index, after)) =
                rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
                && !index.contains('[')
            {
                found = self.entry(value, index, depth)?;
                rest = after.trim_start();
            } else {
                return Err(Problem::new("", format!("expected .key or [index] at {rest:?}")));
            }
        }
        Ok(found)
    }

    fn child(&self, value: &OwnedValue, key: &str, depth: usize) -> Result<Found, Problem> {
        let OwnedValue::Map(entries) = value else {
            return Err(Problem::new("", format!("{} has no key {key:?}", shown(value))));
        };
        match entries.iter().find(|(name, _)| name == key) {
            Some((_, value)) => self.follow_at(value, depth),
            None => {
                let known = entries.iter().map(|(name, _)| name.as_str());
                Err(Problem::new("", format!("there is no key {key:?}"))
                    .suggest(super::error::nearest(key, known)))
            }
        }
    }

    fn entry(&self, value: &OwnedValue, index: &str, depth: usize) -> Result<Found, Problem> {
        let digits = !index.is_empty() && index.chars().all(|c| c.is_ascii_digit());
        let missing = || Problem::new("", format!("{} has no entry [{index}]", shown(value)));
        if !digits {
            return self.child(value, index, depth);
        }
        let at: usize = index.parse().map_err(|_| missing())?;
        match value {
            OwnedValue::List(list) => self.follow_at(list.get(at).ok_or_else(missing)?, depth),
            OwnedValue::Str(text) => {
                let letter = text.chars().nth(at).ok_or_else(missing)?;
                Ok(Found::Value(OwnedValue::Str(letter.into())))
            }
            _ => Err(missing()),
        }
    }
}

/// The word that `text` begins with.
fn word(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

/// A value as messages show it, cut where it is long.
pub(crate) fn shown(value: &OwnedValue) -> String {
    const LONGEST: usize = 60;
    let value = value.as_value();
    let text = format!("{value:?}");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}... ({})", &text[..end], value.type_name()),
        None => text,
    }
}

/// Python's truth of a value.
pub(crate) fn is_true(found: &Found) -> bool {
    match found {
        Found::Object(_) => true,
        Found::Value(value) => crate::record::is_true(value),
    }
}

/// A table of the configuration.
#[derive(Clone)]
pub(crate) struct Table<'d> {
    pub(crate) document: Document<'d>,
    pub(crate) path: KeyPath,
    pub(crate) entries: Vec<(String, OwnedValue)>,
}

impl<'d> Table<'d> {
    /// What stands at `key`, references followed; a reference that leads nowhere is a problem, and
    /// nothing stands there then.
    pub(crate) fn get(&self, key: &str, problems: &mut Problems) -> Option<Found> {
        let (_, value) = self.entries.iter().find(|(name, _)| name == key)?;
        match self.document.follow(value) {
            Ok(found) => Some(found),
            Err(problem) => {
                problems.add(Problem { path: self.path.join(key).to_string(), ..problem });
                None
            }
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name == key)
    }

    /// [`Table::get`], with an absent value for `None`.
    pub(crate) fn get_some(&self, key: &str, problems: &mut Problems) -> Option<Found> {
        self.get(key, problems).filter(|found| *found != Found::Value(OwnedValue::None))
    }

    /// The truth of what stands at `key`.
    pub(crate) fn truth(&self, key: &str, default: bool, problems: &mut Problems) -> bool {
        let found = self.get(key, problems);
        if let Some(Found::Value(value @ OwnedValue::Str(text))) = &found
            && matches!(text.to_lowercase().as_str(), "no" | "off" | "false" | "0" | "none")
        {
            let warning =
                format!("found {}, which is true, as any text that is not empty", shown(value));
            problems.warn(Problem::new(self.path.join(key).to_string(), warning));
        }
        found.map_or(default, |found| is_true(&found))
    }

    /// The table at `key`. Anything else is a problem.
    pub(crate) fn table(&self, key: &str, problems: &mut Problems) -> Option<Table<'d>> {
        let found = self.get(key, problems)?;
        let path = self.path.join(key);
        match found {
            Found::Value(OwnedValue::Map(entries)) => {
                Some(Table { document: self.document, path, entries })
            }
            Found::Value(other) => {
                let message = format!("found {}, expected a table of settings", shown(&other));
                problems.add(Problem::new(path.to_string(), message));
                None
            }
            Found::Object(name) => {
                let message = format!("found ext://{name}, expected a table of settings");
                problems.add(Problem::new(path.to_string(), message));
                None
            }
        }
    }

    /// The tables in the section at `key`, by name. Where there is no such section, or an empty one of
    /// another kind, there are none.
    pub(crate) fn section(&self, key: &str, problems: &mut Problems) -> Option<Table<'d>> {
        match self.get(key, problems)? {
            Found::Value(OwnedValue::List(list)) if list.is_empty() => None,
            Found::Value(OwnedValue::Str(text)) if text.is_empty() => None,
            _ => self.table(key, problems),
        }
    }

    /// Warns of keys that nothing reads.
    pub(crate) fn warn_unread(&self, known: &[&str], problems: &mut Problems) {
        for (key, _) in &self.entries {
            if !known.contains(&key.as_str()) {
                let warning = Problem::new(self.path.join(key).to_string(), "is read by nothing")
                    .suggest(super::error::nearest(key, known.iter().copied()));
                problems.warn(warning);
            }
        }
    }

    /// The names in the list at `key`, each with its place.
    pub(crate) fn names(
        &self,
        key: &str,
        problems: &mut Problems,
    ) -> Option<Vec<(KeyPath, String)>> {
        let found = self.get(key, problems).filter(is_true)?;
        let path = self.path.join(key);
        let list = match found {
            Found::Value(OwnedValue::List(list)) => list,
            Found::Value(other) => {
                let message = format!("found {}, expected a list of names", shown(&other));
                problems.add(Problem::new(path.to_string(), message));
                return None;
            }
            Found::Object(name) => {
                let message = format!("found ext://{name}, expected a list of names");
                problems.add(Problem::new(path.to_string(), message));
                return None;
            }
        };
        let mut names = Vec::new();
        for (i, entry) in list.into_iter().enumerate() {
            match entry {
                OwnedValue::Str(name) => names.push((path.index(i), name)),
                other => {
                    let message = format!("found {}, expected a name", shown(&other));
                    problems.add(Problem::new(path.index(i).to_string(), message));
                }
            }
        }
        Some(names)
    }
}
