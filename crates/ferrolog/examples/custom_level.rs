//! A level of one's own, with a name and a function for it.
//!
//! Python's cookbook and reference: `addLevelName`; *Custom Levels*.

use std::fmt;

use ferrolog::{Formatter, Handler, Level, Logger, StreamHandler, add_level_name, get_logger};

const NOTICE: Level = Level::new(25);

/// Marked as it is, its caller's file and line are the record's.
#[track_caller]
fn notice(logger: &Logger, message: fmt::Arguments<'_>) {
    logger.log(NOTICE, message);
}

fn main() -> Result<(), ferrolog::Error> {
    add_level_name(NOTICE, "NOTICE");
    let lines = Handler::new(StreamHandler::new(Vec::new()))
        .with_formatter(Formatter::new("%(levelname)s:%(lineno)d:%(message)s")?);
    let logger = get_logger("app");
    logger.set_level(NOTICE);
    logger.add_handler(&lines);

    let line = line!() + 1;
    notice(&logger, format_args!("{} users", 3));
    ferrolog::log!(logger, NOTICE, "the same by the macro");
    ferrolog::info!(logger, "below it");

    let text = String::from_utf8_lossy(lines.lock().stream()).into_owned();
    let next = line + 1;
    assert_eq!(text, format!("NOTICE:{line}:3 users\nNOTICE:{next}:the same by the macro\n"));
    assert_eq!("NOTICE".parse::<Level>()?, NOTICE);
    Ok(())
}
