//! `ferrolog tree`

use std::path::PathBuf;

use crate::{Status, complain, say, setup};

/// Show the loggers, handlers, filters and formatters that a configuration results in.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The configuration; no file is opened and nothing is sent that it names.
    config: PathBuf,
}

pub(crate) fn run(options: &Options) -> Status {
    let outline = match setup::read(&options.config) {
        Ok(configuration) => configuration.outline(),
        Err(status) => return status,
    };
    match outline {
        Ok(outline) => say(outline),
        Err(error) => {
            complain(error);
            Status::Bad
        }
    }
}
