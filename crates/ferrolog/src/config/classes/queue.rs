//! `QueueHandler`, with the listener that takes the records out again.

use super::super::keywords::Keywords;
use super::super::maker::HandlerMaker;
use super::super::registry::Registry;
use super::super::setting::{Mismatch, Seconds, Setting};
use crate::handler::{QueueHandler, WhenFull};
use crate::value::OwnedValue;

const QUEUE: &[&str] = &["queue", "listener", "handlers", "respect_handler_level"];
const MORE: &[&str] = &["capacity", "capacity_bytes", "when_full", "close_timeout"];

/// The queues of Python's standard library: what they have in common is the class here.
const QUEUES: &[&str] = &["queue.Queue", "queue.SimpleQueue", "multiprocessing.Queue"];
const LISTENERS: &[&str] = &[
    "logging.handlers.QueueListener",
    "ferrolog.handlers.QueueListener",
    "ferrolog.QueueListener",
];

pub(super) fn register(registry: &mut Registry) {
    for name in QUEUES.iter().chain(LISTENERS) {
        registry.add_named(name);
    }
    registry.add_handler("logging.handlers.QueueHandler", QUEUE, queue);
    // Beyond Python, under names that Python does not have.
    registry.add_handler("ferrolog.QueueHandler", &[QUEUE, MORE].concat(), queue);
}

fn queue(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let mut builder = QueueHandler::builder();
    if let Some(capacity) = maxsize(keywords).or_else(|| keywords.get("capacity")) {
        builder = builder.capacity(capacity);
    }
    if let Some(bytes) = keywords.get("capacity_bytes") {
        builder = builder.capacity_bytes(bytes);
    }
    if let Some(when_full) = keywords.get("when_full") {
        builder = builder.when_full(when_full);
    }
    if let Some(Seconds(limit)) = keywords.get("close_timeout") {
        builder = builder.close_timeout(limit);
    }
    if let Some(respect) = keywords.get("respect_handler_level") {
        builder = builder.respect_handler_level(respect);
    }
    if let Some(listener) = keywords.get_object("listener")
        && !LISTENERS.contains(&listener.as_str())
    {
        let message = format!("found {listener}, expected one of {}", LISTENERS.join(", "));
        keywords.problem("listener", message);
    }
    let handlers = match keywords.has("handlers") {
        true => keywords.handler_list("handlers")?,
        false => Vec::new(),
    };
    Some(HandlerMaker::new(move |parts| {
        let mut builder = builder;
        for handler in &handlers {
            builder = builder.handler(parts.handler(handler)?);
        }
        Ok(builder.build()?.into())
    }))
}

/// The size of the queue that Python's keyword `queue` asks for: a class, or a table that makes one. Nothing
/// where it is not limited.
fn maxsize(keywords: &mut Keywords<'_>) -> Option<usize> {
    let known = |name: &str| QUEUES.contains(&name);
    if let Some(OwnedValue::Map(entries)) = keywords.value("queue") {
        let mut size = None;
        let mut class = None;
        for (key, value) in entries {
            match (key.as_str(), &value) {
                ("()", OwnedValue::Str(name)) => {
                    class = Some(name.strip_prefix("ext://").unwrap_or(name).to_owned());
                }
                ("maxsize", value) => match i64::from_value(value) {
                    Ok(number) => size = usize::try_from(number).ok().filter(|size| *size > 0),
                    Err(mismatch) => {
                        let message =
                            format!("found {:?}, expected {}", value.as_value(), mismatch.expected);
                        keywords.problem_below("queue", "maxsize", message);
                    }
                },
                ("()", _) => keywords.problem_below("queue", "()", "expected the name of a class"),
                (other, _) => {
                    keywords.problem_below("queue", other, "a queue has () and maxsize only");
                }
            }
        }
        match class {
            Some(class) if known(&class) => {}
            Some(class) => keywords.problem_below("queue", "()", unknown_queue(&class)),
            None => {
                keywords.problem_below(
                    "queue",
                    "()",
                    "is missing; it names the class of the queue",
                );
            }
        }
        return size;
    }
    let class = keywords.get_object("queue")?;
    if !known(&class) {
        keywords.problem("queue", unknown_queue(&class));
    }
    None
}

fn unknown_queue(class: &str) -> String {
    format!("found {class:?}, expected one of {}", QUEUES.join(", "))
}

/// `"block"`, `"drop_newest"`, `"drop_oldest"`, or `{"block_timeout": seconds}`.
impl Setting for WhenFull {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let names = ["block", "drop_newest", "drop_oldest", "{\"block_timeout\": seconds}"];
        match value {
            OwnedValue::Str(name) if name == "block" => Ok(Self::Block),
            OwnedValue::Str(name) if name == "drop_newest" => Ok(Self::DropNewest),
            OwnedValue::Str(name) if name == "drop_oldest" => Ok(Self::DropOldest),
            OwnedValue::Map(entries) => match entries.as_slice() {
                [(key, limit)] if key == "block_timeout" => {
                    Seconds::from_value(limit).map(|Seconds(limit)| Self::BlockTimeout(limit))
                }
                _ => Err(Mismatch::new("{\"block_timeout\": seconds}")),
            },
            _ => Err(Mismatch::one_of(value, &names)),
        }
    }
}
