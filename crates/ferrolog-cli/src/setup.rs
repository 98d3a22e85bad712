//! What several commands share: the configuration in force, and levels on the command line.

use std::path::Path;

use ferrolog::config::Configuration;
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
