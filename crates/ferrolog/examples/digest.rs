//! Many records in one message, as for a mail: collected until there are enough, or one is urgent.
//!
//! Python's cookbook: *Sending logging messages to email, with buffering*.

use std::sync::mpsc::channel;

use ferrolog::format::BufferingFormatter;
use ferrolog::{BufferingHandler, Error, Formatter, Level, Record, error, get_logger, info};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mails, outbox) = channel();
    let layout = BufferingFormatter::new(Formatter::new("%(levelname)-8s %(message)s\n")?)
        .with_header(|records, out| {
            out.push_str(&format!("{} records:\n\n", records.len()));
            Ok(())
        })
        .with_footer(|_, out| {
            out.push_str("\nThat is all.\n");
            Ok(())
        });
    let digest = BufferingHandler::builder(100)
        .should_flush(|record: &Record<'_>| record.level() >= Level::ERROR)
        .on_flush(move |records| {
            let records: Vec<Record<'_>> = records.iter().map(|owned| owned.as_record()).collect();
            let mut text = String::new();
            layout.format(&records, &mut text)?;
            // In earnest, given to a mail library.
            mails.send(text).map_err(|error| Error::Other(error.into()))
        })
        .build();
    let logger = get_logger("app");
    logger.set_level(Level::INFO);
    logger.add_handler(&digest);

    info!(logger, "looks good");
    info!(logger, "still good");
    assert!(outbox.try_recv().is_err());
    error!(logger, "not good at all");
    let mail = outbox.recv()?;
    print!("{mail}");
    assert_eq!(
        mail,
        "3 records:\n\nINFO     looks good\nINFO     still good\nERROR    not good at all\n\nThat is all.\n"
    );
    Ok(())
}
