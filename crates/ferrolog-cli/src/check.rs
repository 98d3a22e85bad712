//! `ferrolog check`

use std::path::PathBuf;

use ferrolog::Error;

use crate::{Status, complain, setup};

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
            for warning in warnings {
                println!("{}: {warning}", options.config.display());
            }
            println!("{}: valid", options.config.display());
            Status::Good
        }
        Err(error) => {
            complain(Error::from(error));
            Status::Bad
        }
    }
}
