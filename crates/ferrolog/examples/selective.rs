//! Another level and a further handler, for a stretch of the program only.
//!
//! Python's cookbook: *Using a context manager for selective logging*.

use ferrolog::{Handler, Level, Logger, StreamHandler, debug, get_logger};

/// Puts level and handlers of a logger back when it is dropped.
struct Restore {
    logger: Logger,
    level: Level,
    handlers: Vec<Handler>,
}

impl Restore {
    fn of(logger: &Logger) -> Self {
        Self { logger: logger.clone(), level: logger.level(), handlers: logger.handlers() }
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        self.logger.set_level(self.level);
        self.logger.set_handlers(&self.handlers);
    }
}

fn main() {
    let logger = get_logger("app");
    let lines = Handler::new(StreamHandler::new(Vec::new()));
    debug!(logger, "not heard");
    {
        let _restore = Restore::of(&logger);
        logger.set_level(Level::DEBUG);
        logger.add_handler(&lines);
        debug!(logger, "heard");
    }
    debug!(logger, "not heard");
    assert_eq!(lines.lock().stream(), b"heard\n");
    assert!(logger.handlers().is_empty());
}
