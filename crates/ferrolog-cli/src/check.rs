//! `ferrolog check`

use std::path::PathBuf;

use ferrolog::Error;

use crate::{Status, complain, say, setup};

/// Say whether a configuration is valid, or else what is wrong with it, and where.
///
/// Each fault is one line on standard error: the file, the keys that lead to the place or its line and column,
/// what was found, what was expected, and the nearest valid name. What has no effect is told as a warning.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The configuration; no file is opened and nothing is sent that it names.
    config: PathBuf,
}

pub(crate) fn run(options: &Options) -> Status {
    let checked = match setup::read(&options.config) {
        Ok(configuration) => configuration.check(),
        Err(status) => return status,
    };
    match checked {
        Ok(warnings) => {
            let file = options.config.display();
            let warnings = warnings.iter().map(|warning| format!("{file}: warning: {warning}\n"));
            say(warnings.chain([format!("{file}: valid\n")]).collect::<String>())
        }
        Err(error) => {
            complain(Error::from(error));
            Status::Bad
        }
    }
}
