//! The dictionary schema: from values to a [`Plan`], noting every fault on the way.
//!
//! Python: *Configuration dictionary schema*. What is refused there is refused here.

mod formatters;
mod handlers;
mod loggers;

use super::error::{ConfigError, Problem, Problems, nearest};
use super::node::{Document, Found, KeyPath, Table, is_true, shown};
use super::plan::Plan;
use super::registry::Registry;
use crate::value::OwnedValue;

const KEYS: &[&str] = &[
    "version",
    "formatters",
    "filters",
    "handlers",
    "loggers",
    "root",
    "incremental",
    "disable_existing_loggers",
];

/// How handlers may refer to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum References {
    /// As `dictConfig` resolves them: handlers are made in the order of their names, then those that had
    /// to wait for another, in the same order.
    Twice,
    /// In any order without circles: `fileConfig` sets targets when all handlers are there.
    Free,
}

/// What [`read`] carries along.
pub(super) struct Reader<'d> {
    pub(super) document: Document<'d>,
    pub(super) problems: Problems,
}

/// Reads a configuration.
pub(crate) fn read(
    top: &OwnedValue,
    registry: &Registry,
    references: References,
) -> Result<Plan, ConfigError> {
    let mut reader = Reader { document: Document { top, registry }, problems: Problems::default() };
    let OwnedValue::Map(entries) = top else {
        let message = format!("found {}, expected a table with the key \"version\"", shown(top));
        return Err(ConfigError::one(Problem::new("", message)));
    };
    let top =
        Table { document: reader.document, path: KeyPath::default(), entries: entries.clone() };
    reader.version(&top);
    top.warn_unread(KEYS, &mut reader.problems);
    drop_warnings_of_own_keys(&mut reader.problems);
    let incremental = top.truth("incremental", false, &mut reader.problems);
    let plan =
        if incremental { reader.incremental(&top) } else { reader.complete(&top, references) };
    reader.problems.into_result(|warnings| Plan { warnings, ..plan })
}

/// A key of the user's own at the top is what `cfg://` is for; only one that looks like a misspelling
/// is worth a warning.
fn drop_warnings_of_own_keys(problems: &mut Problems) {
    problems.warnings.retain(|warning| warning.suggestion.is_some());
}

impl<'d> Reader<'d> {
    fn version(&mut self, top: &Table<'d>) {
        let message = match top.get("version", &mut self.problems) {
            Some(Found::Value(value)) => match value {
                OwnedValue::Int(1) | OwnedValue::UInt(1) | OwnedValue::Bool(true) => return,
                OwnedValue::Float(1.0) => return,
                other => format!("found {}, expected 1, the only version there is", shown(&other)),
            },
            Some(Found::Object(_)) => "expected 1, the only version there is".to_owned(),
            None if top.has("version") => return,
            None => "is missing; expected 1, the only version there is".to_owned(),
        };
        self.problems.add(Problem::new("version", message));
    }

    fn complete(&mut self, top: &Table<'d>, references: References) -> Plan {
        let disable_existing = top.truth("disable_existing_loggers", true, &mut self.problems);
        let formatters = self.formatters(top);
        let filters = self.filters(top);
        let handlers = self.handlers(top, references);
        let loggers = self.loggers(top, false);
        let root = self.root(top, false);
        Plan {
            incremental: false,
            disable_existing,
            formatters,
            filters,
            handlers,
            loggers,
            root,
            warnings: Vec::new(),
        }
    }

    fn incremental(&mut self, top: &Table<'d>) -> Plan {
        Plan {
            incremental: true,
            disable_existing: false,
            formatters: Vec::new(),
            filters: Vec::new(),
            handlers: self.handler_levels(top),
            loggers: self.loggers(top, true),
            root: self.root(top, true),
            warnings: Vec::new(),
        }
    }

    /// The names defined in a section; nothing where the section is no table, which was noted.
    fn defined(&self, section: &str) -> Option<Vec<String>> {
        let OwnedValue::Map(top) = self.document.top else { return None };
        match top.iter().find(|(key, _)| key == section) {
            None => Some(Vec::new()),
            Some((_, value)) => match self.document.follow(value) {
                Ok(Found::Value(OwnedValue::Map(entries))) => {
                    Some(entries.into_iter().map(|(name, _)| name).collect())
                }
                Ok(Found::Value(value)) if !crate::record::is_true(&value) => Some(Vec::new()),
                _ => None,
            },
        }
    }

    /// Notes that `name` is not defined in `section`, if so.
    fn check_defined(&mut self, section: &str, what: &str, path: &KeyPath, name: &str) -> bool {
        let Some(known) = self.defined(section) else { return false };
        if known.iter().any(|known| known == name) {
            return true;
        }
        let problem = Problem::new(path.to_string(), format!("no {what} is called {name:?}"))
            .suggest(nearest(name, known.iter().map(String::as_str)));
        self.problems.add(problem);
        false
    }

    /// The names of filters or handlers in the list at `key`, all of which must be defined in the section
    /// of that name.
    fn references(&mut self, table: &Table<'d>, key: &str, what: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (path, name) in table.names(key, &mut self.problems).unwrap_or_default() {
            // What is given twice is added once.
            if self.check_defined(key, what, &path, &name) && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// A level; nothing where none is given.
    fn level(&mut self, table: &Table<'d>) -> Option<crate::level::Level> {
        let found = table.get_some("level", &mut self.problems)?;
        self.setting(&table.path.join("level"), &found)
    }

    fn setting<T: super::setting::Setting>(&mut self, path: &KeyPath, found: &Found) -> Option<T> {
        super::keywords::read_as(&mut self.problems, path, found)
    }

    /// Whether the table is made by a factory, rather than a class.
    fn factory(table: &Table<'d>) -> bool {
        table.has("()")
    }

    /// The name of the class or factory at `key`.
    fn class_name(&mut self, table: &Table<'d>, key: &str) -> Option<String> {
        let found = table.get(key, &mut self.problems)?;
        match found {
            Found::Object(name) | Found::Value(OwnedValue::Str(name)) => Some(name),
            Found::Value(other) => {
                let message = format!("found {}, expected the name of a class", shown(&other));
                self.problems.add(Problem::new(table.path.join(key).to_string(), message));
                None
            }
        }
    }

    /// The entries of `table` but those in `without`, references followed.
    fn keywords(&mut self, table: &Table<'d>, without: &[&str]) -> Vec<(String, Found)> {
        let mut keywords = Vec::new();
        for (key, _) in &table.entries {
            if key != "."
                && !without.contains(&key.as_str())
                && let Some(found) = table.get(key, &mut self.problems)
            {
                keywords.push((key.clone(), found));
            }
        }
        keywords
    }

    /// What is below the key `.`.
    fn attributes(&mut self, table: &Table<'d>) -> Vec<(String, Found)> {
        match table.get(".", &mut self.problems) {
            Some(found) if is_true(&found) => match table.table(".", &mut self.problems) {
                Some(attributes) => self.keywords(&attributes, &[]),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}
