//! Configurations as values: reading, checking and applying them.
//!
//! Python: `logging.config.dictConfig`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::apply::{Manner, apply};
use super::error::{ConfigError, Problem};
use super::ini::IniSource;
use super::plan::Plan;
use super::registry::Registry;
use super::schema::{self, References};
use crate::error::Result;
use crate::manager::Manager;
use crate::value::OwnedValue;

/// Configures the global tree as a value of Python's dictionary schema says.
///
/// ```
/// use ferrolog::OwnedValue;
/// use ferrolog::config::dict_config;
///
/// fn table(entries: impl IntoIterator<Item = (&'static str, OwnedValue)>) -> OwnedValue {
///     OwnedValue::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
/// }
///
/// dict_config(table([
///     ("version", 1.into()),
///     ("disable_existing_loggers", false.into()),
///     ("loggers", table([("app.db", table([("level", "DEBUG".into())]))])),
/// ]))?;
/// assert!(ferrolog::get_logger("app.db").is_enabled_for(ferrolog::Level::DEBUG));
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// [`Configuration`] reads the same from files and takes a [`Registry`] of the application's own classes.
///
/// # Errors
///
/// All that is wrong with the configuration, or a handler that cannot be made. The tree is then as it
/// was, and no file was changed.
///
/// Python: `logging.config.dictConfig`.
pub fn dict_config(config: impl Into<OwnedValue>) -> Result<Vec<Problem>> {
    Configuration::from_value(config).apply()
}

/// A configuration, ready to be checked and applied.
///
/// | setting | default |
/// |---|---|
/// | `registry` | [`Registry::new`] |
/// | `disable_existing_loggers`, in the INI format | true |
///
/// Checking does nothing to the outside: it opens no file and no connection. Applying makes all handlers
/// first and only then changes loggers; where something fails, the tree stays as it was.
#[derive(Clone)]
pub struct Configuration {
    pub(super) source: Source,
    pub(super) registry: Arc<Registry>,
    pub(super) file: Option<PathBuf>,
}

/// What a configuration says.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Value(OwnedValue),
    Ini(IniSource),
}

impl Configuration {
    pub(super) fn from_source(source: Source) -> Self {
        Self { source, registry: Arc::default(), file: None }
    }

    /// A configuration from a value: a map with the key `version`.
    pub fn from_value(value: impl Into<OwnedValue>) -> Self {
        Self::from_source(Source::Value(value.into()))
    }

    /// With the application's own classes of handlers, formatters and filters.
    pub fn registry(mut self, registry: impl Into<Arc<Registry>>) -> Self {
        self.registry = registry.into();
        self
    }

    /// The file that the configuration was read from.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// In the INI format: adds keys that every section has, unless the file says otherwise, for values
    /// such as `args=('%(folder)s/app.log',)`. Other formats have no use for them.
    ///
    /// Python: `defaults` of `fileConfig`.
    pub fn defaults<K: AsRef<str>, V: AsRef<str>>(
        mut self,
        defaults: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        if let Source::Ini(ini) = &mut self.source {
            for (key, value) in defaults {
                ini.add_default(key.as_ref(), value.as_ref());
            }
        }
        self
    }

    /// In the INI format: whether loggers that are there and that the file does not name are disabled.
    /// Other formats say so themselves.
    ///
    /// Python: `disable_existing_loggers` of `fileConfig`.
    pub fn disable_existing_loggers(mut self, disable: bool) -> Self {
        if let Source::Ini(ini) = &mut self.source {
            ini.disable_existing = disable;
        }
        self
    }

    pub(super) fn plan(&self) -> Result<Plan, ConfigError> {
        match &self.source {
            Source::Value(value) => schema::read(value, &self.registry, References::Twice),
            Source::Ini(ini) => ini.plan(&self.registry),
        }
        .map_err(|error| error.in_file(self.file()))
    }

    /// Whether the configuration is valid, and the folders of its files are there. Opens no file. Says what
    /// in it has no effect.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn check(&self) -> Result<Vec<Problem>, ConfigError> {
        let plan = self.plan()?;
        let problems: Vec<Problem> =
            plan.handlers.iter().filter_map(|handler| handler.unreachable_file()).collect();
        if problems.is_empty() {
            return Ok(plan.warnings);
        }
        let error = ConfigError { file: None, problems, warnings: plan.warnings };
        Err(error.in_file(self.file()))
    }

    /// Puts the configuration in force in the global tree. Says what in it has no effect.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, or a handler that cannot be made. The tree is then as it was.
    pub fn apply(&self) -> Result<Vec<Problem>> {
        self.apply_to(Manager::global())
    }

    /// Puts the configuration in force in a tree of its own.
    ///
    /// # Errors
    ///
    /// As [`Configuration::apply`].
    pub fn apply_to(&self, manager: &Manager) -> Result<Vec<Problem>> {
        Ok(self.put_in_force(manager, Manner::Anew)?)
    }

    /// Puts the configuration in force in the global tree, in the place of the one that is, as if the
    /// program had begun with this one. [`FileWatcher`](super::FileWatcher) says what that means for
    /// handlers and loggers, and calls it when a file changes.
    ///
    /// # Errors
    ///
    /// As [`Configuration::apply`].
    pub fn reload(&self) -> Result<Vec<Problem>> {
        self.reload_in(Manager::global())
    }

    /// [`Configuration::reload`] in a tree of its own.
    ///
    /// # Errors
    ///
    /// As [`Configuration::apply`].
    pub fn reload_in(&self, manager: &Manager) -> Result<Vec<Problem>> {
        Ok(self.put_in_force(manager, Manner::Reload)?)
    }

    fn put_in_force(&self, manager: &Manager, manner: Manner) -> Result<Vec<Problem>, ConfigError> {
        apply(self.plan()?, manager, manner).map_err(|error| error.in_file(self.file()))
    }
}

/// Shows nothing of what it says, which may be a password.
impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configuration").field("file", &self.file).finish_non_exhaustive()
    }
}
