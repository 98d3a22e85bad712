//! Everything goes to a file, and what matters to the console, each in its own layout.
//!
//! Python's cookbook: *Multiple handlers and formatters*, *Logging to multiple destinations*.

use ferrolog::{FileHandler, Formatter, Handler, Level, StreamHandler, get_logger};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("app.log");

    let file = FileHandler::new(&path)?
        .with_formatter(Formatter::new("%(asctime)s %(name)-8s %(levelname)-8s %(message)s")?);
    let console = Handler::new(StreamHandler::stderr())
        .with_level(Level::WARNING)
        .with_formatter(Formatter::new("%(levelname)s: %(message)s")?);
    ferrolog::root().set_level(Level::DEBUG);
    ferrolog::root().set_handlers([file.to_dyn(), console.to_dyn()]);

    let logger = get_logger("app.part");
    ferrolog::debug!(logger, "only in the file");
    ferrolog::warning!(logger, "in both");

    let text = std::fs::read_to_string(&path)?;
    assert!(text.lines().count() == 2 && text.contains("app.part DEBUG    only in the file"));
    assert_eq!((file.counts().delivered, console.counts().delivered), (2, 1));
    Ok(())
}
