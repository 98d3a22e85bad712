//! Detail that is written only when something goes wrong.
//!
//! Python's cookbook: *Buffering logging messages and outputting them conditionally*.

use ferrolog::{Handler, Level, MemoryHandler, StreamHandler, debug, error, get_logger};

fn attempt(works: bool) {
    let logger = get_logger("app");
    debug!(logger, "opening the door");
    debug!(logger, "turning the key");
    if !works {
        error!(logger, "the key does not turn");
    }
}

fn main() {
    let lines = Handler::new(StreamHandler::new(Vec::new()));
    let memory = MemoryHandler::builder(1000)
        .flush_level(Level::ERROR)
        .flush_on_close(false)
        .target(&lines)
        .build();
    let logger = get_logger("app");
    logger.set_level(Level::DEBUG);
    logger.add_handler(&memory);

    attempt(false);
    attempt(true);
    memory.close();

    let text = String::from_utf8_lossy(lines.lock().stream()).into_owned();
    assert_eq!(text, "opening the door\nturning the key\nthe key does not turn\n");
}
