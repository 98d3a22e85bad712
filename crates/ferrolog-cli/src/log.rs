//! `ferrolog log`

use std::path::PathBuf;

use ferrolog::{Level, Record, get_logger};

use crate::{Status, setup};

/// Log one record.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The configuration; without one, the record goes to standard error.
    #[arg(short, long)]
    config: Option<PathBuf>,
    /// The logger.
    #[arg(long, default_value = "root")]
    name: String,
    /// The level, by name or by number.
    #[arg(long, default_value = "INFO", value_parser = setup::level)]
    level: Level,
    /// The message.
    message: String,
}

pub(crate) fn run(options: &Options) -> Status {
    if let Err(status) = setup::configure(options.config.as_deref(), options.level) {
        return status;
    }
    let logger = get_logger(&options.name);
    if logger.is_enabled_for(options.level) {
        logger.handle(&Record::new(logger.name(), options.level, &options.message));
    }
    Status::Good
}
