//! All handlers of the process, so that they can be found by name and closed at exit.
//!
//! Python: `getHandlerByName`, `getHandlerNames`, `shutdown`.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::once::Once;

use super::{Emit, Handler, Inner};

/// How long handlers are waited for when all are closed.
const PATIENCE: Duration = Duration::from_secs(5);

static HANDLERS: Mutex<Vec<Weak<Inner<dyn Emit>>>> = Mutex::new(Vec::new());

/// The handlers that live, in the order they were made.
pub(crate) fn all() -> Vec<Handler> {
    let handlers = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
    handlers.iter().filter_map(Weak::upgrade).map(Handler).collect()
}

pub(super) fn register(handler: &Handler) {
    static AT_EXIT: Once = Once::new();
    AT_EXIT.call_once(|| {
        crate::exit::at_exit(shutdown);
        crate::fork::register_static(&HANDLERS, |_| {});
    });
    let mut handlers = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
    if handlers.len() == handlers.capacity() {
        handlers.retain(|handler| handler.strong_count() > 0);
    }
    handlers.push(Arc::downgrade(&handler.0));
}

pub(super) fn by_id(id: u64) -> Option<Handler> {
    all().into_iter().find(|handler| handler.0.counts.id() == id)
}

/// The handlers that are not closed, in the order they were made.
fn open() -> impl DoubleEndedIterator<Item = Handler> {
    all().into_iter().filter(|handler| !handler.is_closed())
}

/// The handler with this name, the newest where several have it. One that was closed is not found.
///
/// Python: `logging.getHandlerByName`.
pub fn get_handler_by_name(name: &str) -> Option<Handler> {
    open().rev().find(|handler| handler.name().as_deref() == Some(name))
}

/// The names of the handlers that have one and were not closed.
///
/// Python: `logging.getHandlerNames`.
pub fn get_handler_names() -> Vec<Arc<str>> {
    open().filter_map(|handler| handler.name()).collect()
}

/// The handlers in the order in which they are flushed and closed: first those that pass records on to
/// others, then those that others may pass records on to, the newest first.
fn all_outwards() -> Vec<Handler> {
    let (mut first, last): (Vec<_>, Vec<_>) = all().into_iter().rev().partition(Handler::passes_on);
    first.extend(last);
    first
}

/// Flushes every handler: first those that hold records back for other handlers, then these, the
/// newest first.
pub fn flush() {
    for handler in all_outwards() {
        handler.flush();
    }
}

/// Flushes and closes every handler, in the order of [`flush`]. Called by itself when the process exits by
/// returning from `main` or by `std::process::exit`.
///
/// Where another thread is delivering, it waits for that: five seconds at most, for all handlers
/// together. So a handler that is stuck does not keep the process from ending.
///
/// Python: `logging.shutdown`.
pub fn shutdown() {
    let deadline = Instant::now() + PATIENCE;
    for handler in all_outwards() {
        handler.close_by(Some(deadline));
    }
}
