//! A handler of one's own implements one method; level, filters, formatter, lock, name, counts and error
//! hook come with it.
//!
//! Python's reference: *Handler Objects*.

use std::sync::mpsc::{Receiver, Sender, channel};

use ferrolog::{Emit, Error, Event, Formatter, Handler, Level, Result, error, get_logger, info};

/// Sends the lines to whoever holds the other end, a window say.
struct ChannelHandler(Sender<String>);

impl ChannelHandler {
    fn new() -> (Handler<Self>, Receiver<String>) {
        let (lines, receiver) = channel();
        (Handler::new(Self(lines)), receiver)
    }
}

impl Emit for ChannelHandler {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        let sent = self.0.send(event.text().to_owned());
        sent.map_err(|_| Error::Invalid("nobody holds the other end".to_owned()))
    }
}

fn main() -> Result<()> {
    let (handler, window) = ChannelHandler::new();
    handler.set_level(Level::ERROR);
    handler.set_formatter(Formatter::new("%(levelname)s %(message)s")?);
    handler.set_error_hook(|error, _record, handler| println!("{handler}: {error}"));
    let logger = get_logger("app");
    logger.add_handler(&handler);

    info!(logger, "below its level");
    error!(logger, "disk {}% full", 97);
    assert_eq!(window.recv().as_deref(), Ok("ERROR disk 97% full"));

    // What goes wrong in a handler never reaches the one who logs; it is counted, and told to the hook.
    drop(window);
    error!(logger, "nobody listens");
    assert_eq!((handler.counts().delivered, handler.counts().failed), (1, 1));
    Ok(())
}
