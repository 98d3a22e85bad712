//! The syntaxes that a configuration can be written in.

use std::path::Path;

use super::dict::{Configuration, Source};
use super::error::{ConfigError, Problem};
use super::ini::IniSource;
use crate::error::{Error, Result};
use crate::value::OwnedValue;

/// A syntax that a configuration can be written in.
///
/// The variants are there whatever features the crate is built with; reading a syntax without its feature
/// is an error that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Syntax {
    /// JSON, with feature `json`.
    Json,
    /// TOML, with feature `toml`.
    Toml,
    /// YAML as Python's readers take it, with `yes`, `no`, `on` and `off` for booleans; with feature
    /// `yaml`.
    Yaml,
    /// The format of Python's `fileConfig`.
    Ini,
}

impl Syntax {
    /// The syntax that a file's ending stands for: `.json`, `.toml`, `.yaml` or `.yml`, `.ini`, `.cfg` or
    /// `.conf`.
    pub fn from_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            "ini" | "cfg" | "conf" => Some(Self::Ini),
            _ => None,
        }
    }

    /// The syntax that a text looks most like.
    ///
    /// ```
    /// use ferrolog::config::Syntax;
    ///
    /// assert_eq!(Syntax::sniff("{\"version\": 1}"), Syntax::Json);
    /// assert_eq!(Syntax::sniff("version = 1\n[root]\nlevel = 'INFO'\n"), Syntax::Toml);
    /// assert_eq!(Syntax::sniff("version: 1\nroot:\n  level: INFO\n"), Syntax::Yaml);
    /// assert_eq!(Syntax::sniff("[loggers]\nkeys=root\n"), Syntax::Ini);
    /// ```
    pub fn sniff(text: &str) -> Self {
        let mut lines = text
            .trim_start_matches('\u{feff}')
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
        let first = lines.next().unwrap_or_default();
        if first.starts_with('{') {
            return Self::Json;
        }
        // These three sections every INI configuration has, and no TOML one.
        let section = |line: &str| {
            matches!(line, "[loggers]" | "[handlers]" | "[formatters]" | "[logger_root]")
        };
        if section(first) || lines.any(section) {
            return Self::Ini;
        }
        let key_value = first.split_once(['=', ':']).is_some_and(|(key, _)| {
            first.as_bytes()[key.len()] == b'=' && !key.contains(char::is_whitespace)
                || first.as_bytes()[key.len()] == b'=' && !key.trim_end().contains(' ')
        });
        if first.starts_with('[') || key_value { Self::Toml } else { Self::Yaml }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
            Self::Ini => "INI",
        }
    }
}

impl Configuration {
    /// A configuration from a file, in the syntax that its ending stands for or, failing that, that its
    /// text looks like.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or whose syntax is faulty.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        Self::read(path.as_ref(), None)
    }

    /// A configuration from a file in this syntax, whatever the file is called.
    ///
    /// # Errors
    ///
    /// As [`Configuration::from_file`].
    pub fn from_file_as(path: impl AsRef<Path>, syntax: Syntax) -> Result<Self> {
        Self::read(path.as_ref(), Some(syntax))
    }

    fn read(path: &Path, syntax: Option<Syntax>) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::file("read", path))?;
        Self::from_contents(path, &bytes, syntax)
    }

    /// A configuration from what was read from the file at `path`.
    pub(super) fn from_contents(path: &Path, bytes: &[u8], syntax: Option<Syntax>) -> Result<Self> {
        let parsed = decode(bytes).and_then(|text| {
            let syntax =
                syntax.or_else(|| Syntax::from_path(path)).unwrap_or_else(|| Syntax::sniff(text));
            Self::parse(text, syntax)
        });
        let configuration = parsed.map_err(|error| error.in_file(Some(path)))?;
        Ok(Self { file: Some(path.to_owned()), ..configuration })
    }

    /// A configuration from a text.
    ///
    /// # Errors
    ///
    /// A text whose syntax is faulty, with line and column; a syntax whose feature the crate was built
    /// without.
    pub fn parse(text: &str, syntax: Syntax) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match syntax {
            Syntax::Json => json(text),
            Syntax::Toml => toml(text),
            Syntax::Yaml => yaml(text),
            Syntax::Ini => {
                return IniSource::parse(text).map(|ini| Self::from_source(Source::Ini(ini)));
            }
        }
        .map(Self::from_value)
    }

    /// A configuration from JSON: [`Configuration::parse`].
    ///
    /// # Errors
    ///
    /// As [`Configuration::parse`].
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text, Syntax::Json)
    }

    /// A configuration from TOML: [`Configuration::parse`].
    ///
    /// # Errors
    ///
    /// As [`Configuration::parse`].
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text, Syntax::Toml)
    }

    /// A configuration in the INI format of Python's `fileConfig`: [`Configuration::parse`].
    ///
    /// # Errors
    ///
    /// As [`Configuration::parse`].
    pub fn from_ini(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text, Syntax::Ini)
    }

    /// A configuration from YAML: [`Configuration::parse`].
    ///
    /// # Errors
    ///
    /// As [`Configuration::parse`].
    pub fn from_yaml(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text, Syntax::Yaml)
    }
}

pub(super) fn decode(bytes: &[u8]) -> Result<&str, ConfigError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let good = &bytes[..error.valid_up_to()];
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        ConfigError::one(Problem::at(line, None, "found bytes that are not UTF-8"))
    })
}

#[allow(unused, reason = "depends on the features")]
fn without_feature(syntax: Syntax, feature: &str) -> ConfigError {
    let name = syntax.name();
    let message = format!("{name} is read only with the feature {feature:?} of the crate ferrolog");
    ConfigError::one(Problem::new("", message))
}

#[allow(unused, reason = "depends on the features")]
fn syntax_error(
    syntax: Syntax,
    line: usize,
    column: usize,
    message: impl std::fmt::Display,
) -> ConfigError {
    let message = format!("not valid {}: {message}", syntax.name());
    ConfigError::one(Problem::at(line, Some(column), message))
}

#[cfg(feature = "json")]
fn json(text: &str) -> Result<OwnedValue, ConfigError> {
    serde_json::from_str(text).map_err(|error| {
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = error.to_string();
        let message = message.strip_suffix(&place).unwrap_or(&message);
        syntax_error(Syntax::Json, error.line(), error.column(), message)
    })
}

#[cfg(not(feature = "json"))]
fn json(_: &str) -> Result<OwnedValue, ConfigError> {
    Err(without_feature(Syntax::Json, "json"))
}

#[cfg(feature = "toml")]
fn toml(text: &str) -> Result<OwnedValue, ConfigError> {
    ::toml::from_str(text).map(plain_dates).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start).min(text.len());
        let before = &text.as_bytes()[..at];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
        syntax_error(Syntax::Toml, line, column, error.message().replace('\n', "; "))
    })
}

/// TOML's dates and times become texts: the reader hands each out as a table with one key of its own.
#[cfg(feature = "toml")]
fn plain_dates(value: OwnedValue) -> OwnedValue {
    const KEY: &str = "$__toml_private_datetime";
    match value {
        OwnedValue::Map(mut entries) => match entries.as_mut_slice() {
            [(key, date)] if key == KEY => std::mem::take(date),
            _ => {
                let entries = entries.into_iter().map(|(key, value)| (key, plain_dates(value)));
                OwnedValue::Map(entries.collect())
            }
        },
        OwnedValue::List(list) => OwnedValue::List(list.into_iter().map(plain_dates).collect()),
        other => other,
    }
}

#[cfg(not(feature = "toml"))]
fn toml(_: &str) -> Result<OwnedValue, ConfigError> {
    Err(without_feature(Syntax::Toml, "toml"))
}

/// How many values aliases may stand for in a configuration.
#[cfg(feature = "yaml")]
const MOST_FROM_ALIASES: usize = 20_000;

#[cfg(feature = "yaml")]
fn yaml(text: &str) -> Result<OwnedValue, ConfigError> {
    use serde_saphyr::{DuplicateKeyPolicy, alias_limits, options};

    let options = options! {
        // A few lines of aliases of aliases stand for millions of values otherwise.
        alias_limits: alias_limits! { max_total_replayed_events: MOST_FROM_ALIASES },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        legacy_octal_numbers: true,
        strict_booleans: false,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let message = error.to_string();
        let message = message.lines().next().unwrap_or_default();
        let (line, column) = error.location().map_or((1, 1), |at| {
            let number = |n| usize::try_from(n).unwrap_or(usize::MAX);
            (number(at.line()), number(at.column()))
        });
        syntax_error(Syntax::Yaml, line, column, message)
    })
}

#[cfg(not(feature = "yaml"))]
fn yaml(_: &str) -> Result<OwnedValue, ConfigError> {
    Err(without_feature(Syntax::Yaml, "yaml"))
}
