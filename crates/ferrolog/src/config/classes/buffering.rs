//! `BufferingHandler` and `MemoryHandler`.

use super::super::keywords::Keywords;
use super::super::maker::HandlerMaker;
use super::super::registry::Registry;
use crate::handler::{BufferingHandler, MemoryHandler};

/// A negative capacity is reached by any record, as 0 is.
fn capacity(capacity: i64) -> usize {
    usize::try_from(capacity).unwrap_or(0)
}

pub(super) fn register(registry: &mut Registry) {
    registry.add_handler("logging.handlers.BufferingHandler", &["capacity"], |keywords| {
        let capacity = capacity(keywords.required("capacity")?);
        Some(HandlerMaker::new(move |_| Ok(BufferingHandler::new(capacity).into())))
    });
    let parameters = ["capacity", "flushLevel", "target", "flushOnClose"];
    registry.add_handler("logging.handlers.MemoryHandler", &parameters, memory);
    // Beyond Python, under a name that Python does not have.
    let more = [&parameters[..], &["limit"]].concat();
    registry.add_handler("ferrolog.MemoryHandler", &more, memory);
}

fn memory(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let wanted = keywords.required("capacity");
    let flush_level = keywords.get("flushLevel");
    let target = keywords.handler("target");
    let flush_on_close = keywords.get("flushOnClose");
    let limit = keywords.get("limit");
    let mut builder = MemoryHandler::builder(capacity(wanted?));
    if let Some(level) = flush_level {
        builder = builder.flush_level(level);
    }
    if let Some(flush) = flush_on_close {
        builder = builder.flush_on_close(flush);
    }
    if let Some(limit) = limit {
        builder = builder.limit(limit);
    }
    Some(HandlerMaker::new(move |parts| {
        if let Some(target) = target {
            builder = builder.target(parts.handler(&target)?);
        }
        Ok(builder.build().into())
    }))
}
