//! Every record gets an attribute, wherever it is made.
//!
//! Python's cookbook: *Customizing `LogRecord`*.

use std::sync::atomic::{AtomicU64, Ordering};

use ferrolog::{Formatter, Handler, Record, RecordFactory, StreamHandler, get_logger, warning};

fn main() -> Result<(), ferrolog::Error> {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    ferrolog::set_record_factory(RecordFactory::new(|record: &Record<'_>| {
        let mut record = record.to_owned();
        record.set_attribute("number", NUMBER.fetch_add(1, Ordering::Relaxed));
        record
    }));
    let lines = Handler::new(StreamHandler::new(Vec::new()))
        .with_formatter(Formatter::new("%(number)03d %(message)s")?);
    ferrolog::root().add_handler(&lines);

    warning!(get_logger("a"), "one");
    warning!(get_logger("b"), "two");
    assert_eq!(lines.lock().stream(), b"001 one\n002 two\n");
    Ok(())
}
