//! `ferrolog tree`

use std::path::PathBuf;

use crate::{Status, complain, setup};

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
        Ok(outline) => {
            print!("{outline}");
            Status::Good
        }
        Err(error) => {
            complain(error);
            Status::Bad
        }
    }
}
