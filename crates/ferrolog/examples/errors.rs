//! Errors with their sources, the stack of a call, and panics.
//!
//! Python's cookbook: *Customized exception formatting*; reference: `Logger.exception`, `captureWarnings`.

use ferrolog::{Handler, StreamHandler, capture_panics, error, exception, get_logger};

#[derive(Debug, thiserror::Error)]
#[error("no configuration")]
struct NoConfiguration(#[source] std::io::Error);

fn load() -> Result<String, NoConfiguration> {
    std::fs::read_to_string("no/such/file").map_err(NoConfiguration)
}

fn main() {
    let lines = Handler::new(StreamHandler::new(Vec::new()));
    ferrolog::root().add_handler(&lines);
    let logger = get_logger("app");

    if let Err(error) = load() {
        // The error with each of its sources, a line each. A `Box<dyn Error>` is taken, too, and an
        // `anyhow::Error`, with the backtrace it may carry.
        exception!(logger, error, "cannot start");
    }
    // How did we get here?
    error!(logger, "unexpected"; stack_info = true);

    // Panics are logged, and then reported as ever.
    capture_panics(true);
    let result = std::panic::catch_unwind(|| panic!("as asked"));
    assert!(result.is_err());
    capture_panics(false);

    let text = String::from_utf8_lossy(lines.lock().stream()).into_owned();
    println!("{text}");
    assert!(text.starts_with("cannot start\nError: no configuration\nCaused by: "));
    assert!(text.contains("unexpected\nStack (most recent call first):\n"));
    assert!(text.contains("panicked at ") && text.contains(": as asked\n"));
}
