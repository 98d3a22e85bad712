//! What a configuration asks for, found valid as far as that can be said without doing anything.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::error::Problem;
use super::maker::HandlerMaker;
use super::node::{Found, is_true};
use crate::filter::Filter;
use crate::format::Format;
use crate::level::Level;
use crate::value::OwnedValue;

/// A configuration that was read and found valid.
pub(crate) struct Plan {
    pub(crate) incremental: bool,
    pub(crate) disable_existing: bool,
    pub(crate) formatters: Vec<FormatterPlan>,
    pub(crate) filters: Vec<FilterPlan>,
    /// In the order in which they are made: each after those that it refers to.
    pub(crate) handlers: Vec<HandlerPlan>,
    pub(crate) loggers: Vec<LoggerPlan>,
    pub(crate) root: Option<LoggerPlan>,
    pub(crate) warnings: Vec<Problem>,
}

pub(crate) struct FormatterPlan {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) settings: Settings,
    pub(crate) format: Arc<dyn Format>,
}

pub(crate) struct FilterPlan {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) settings: Settings,
    pub(crate) filter: Filter,
}

pub(crate) struct HandlerPlan {
    pub(crate) name: String,
    pub(crate) class: String,
    /// Keywords and attributes: what makes the handler another one when it changes.
    pub(crate) settings: Settings,
    /// The handlers that it passes records on to.
    pub(crate) targets: Vec<String>,
    pub(crate) level: Option<Level>,
    pub(crate) formatter: Option<String>,
    pub(crate) filters: Vec<String>,
    pub(crate) terminator: Option<String>,
    /// Nothing in an incremental configuration.
    pub(crate) maker: Option<HandlerMaker>,
}

impl HandlerPlan {
    /// What can be said of a handler's file without opening it: that there is no folder for it.
    pub(crate) fn unreachable_file(&self) -> Option<Problem> {
        let is_ours = self.class.starts_with("logging.") || self.class.starts_with("ferrolog.");
        let delayed = self.settings.keyword("delay").is_some_and(is_true);
        if delayed || !is_ours || !self.class.ends_with("FileHandler") {
            return None;
        }
        let Some(Found::Value(OwnedValue::Str(name))) = self.settings.keyword("filename") else {
            return None;
        };
        let path = Path::new(name);
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let message = match folder {
            _ if path.is_dir() => format!("found {name:?}, which is a folder"),
            Some(folder) if !folder.is_dir() => {
                format!("found {name:?}, but there is no folder {:?}", folder.display())
            }
            _ => return None,
        };
        Some(Problem::new(format!("handlers.{}.filename", self.name), message))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct LoggerPlan {
    pub(crate) name: String,
    pub(crate) level: Option<Level>,
    pub(crate) propagate: Option<bool>,
    pub(crate) handlers: Vec<String>,
    pub(crate) filters: Vec<String>,
}

/// Keywords and attributes as they were given.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    pub(crate) keywords: Vec<(String, Found)>,
    pub(crate) attributes: Vec<(String, Found)>,
}

impl Settings {
    pub(crate) fn keyword(&self, name: &str) -> Option<&Found> {
        self.keywords.iter().find(|(key, _)| key == name).map(|(_, found)| found)
    }
}

/// As a list of `key=value`.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keywords = self.keywords.iter().map(|(key, found)| ("", key, found));
        let attributes = self.attributes.iter().map(|(key, found)| (".", key, found));
        for (i, (dot, key, found)) in keywords.chain(attributes).enumerate() {
            let separator = if i > 0 { ", " } else { "" };
            match found {
                _ if is_secret(key) => write!(f, "{separator}{dot}{key}=...")?,
                Found::Value(value) => write!(f, "{separator}{dot}{key}={:?}", value.as_value())?,
                Found::Object(object) => write!(f, "{separator}{dot}{key}={object}")?,
            }
        }
        Ok(())
    }
}

/// Whether a keyword by its name holds what must not be shown.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["credentials", "password", "secret", "token"].iter().any(|word| key.contains(word))
}
