//! What several commands share: the configuration in force, and levels on the command line.

use std::path::Path;

use ferrolog::config::{Configuration, FileWatcher, Problem};
use ferrolog::{Error, Level};

use crate::{Status, complain};

/// A level by name, in capitals or not, or by number.
pub(crate) fn level(text: &str) -> Result<Level, Error> {
    match text.parse::<i32>() {
        Ok(value) => Ok(Level::new(value)),
        Err(_) => text.parse().or_else(|error| text.to_uppercase().parse().map_err(|_| error)),
    }
}

/// Reads a configuration, and says what is wrong if that fails.
pub(crate) fn read(path: &Path) -> Result<Configuration, Status> {
    Configuration::from_file(path).map_err(|error| {
        complain(&error);
        match error {
            Error::Config(_) => Status::Bad,
            _ => Status::Unusable,
        }
    })
}

/// Keeps the configuration equal to its file, as long as what is returned lives.
pub(crate) fn watch(path: &Path) -> Result<FileWatcher, Status> {
    let reloaded = |result: &ferrolog::Result<Vec<Problem>>| match result {
        Ok(warnings) => warnings.iter().for_each(complain),
        Err(error) => complain(format_args!("the configuration stays as it was:\n{error}")),
    };
    // First what can be said of a file that is no configuration, in the words of the other commands.
    read(path)?;
    FileWatcher::builder(path).on_reload(reloaded).start().map_err(|error| {
        complain(error);
        Status::Bad
    })
}

/// Puts a configuration in force; without one, records from `level` on go to standard error.
pub(crate) fn configure(path: Option<&Path>, level: Level) -> Result<(), Status> {
    let result = match path {
        Some(path) => read(path)?.apply().map(|warnings| warnings.iter().for_each(complain)),
        None => ferrolog::basic_config().level(level).apply(),
    };
    result.map_err(|error| {
        complain(error);
        Status::Bad
    })
}
