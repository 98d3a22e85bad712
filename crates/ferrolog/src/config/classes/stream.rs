//! `StreamHandler` and `NullHandler`.

use super::super::keywords::Stream;
use super::super::maker::HandlerMaker;
use super::super::registry::Registry;
use crate::handler::{Handler, NullHandler, StreamHandler};

pub(super) fn register(registry: &mut Registry) {
    registry.add_handler("logging.StreamHandler", &["stream"], |keywords| {
        let stream = keywords.stream("stream").unwrap_or(Stream::Stderr);
        Some(HandlerMaker::new(move |_| {
            Ok(match stream {
                Stream::Stdout => Handler::new(StreamHandler::stdout()).into(),
                Stream::Stderr => Handler::new(StreamHandler::stderr()).into(),
                Stream::Other(open) => Handler::new(StreamHandler::new(open())).into(),
            })
        }))
    });
    // Python's class passes its arguments on to `Handler`.
    registry.add_handler("logging.NullHandler", &["level"], |_| {
        Some(HandlerMaker::new(|_| Ok(Handler::new(NullHandler).into())))
    });
}
