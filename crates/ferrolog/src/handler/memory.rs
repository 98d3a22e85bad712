//! The handler that keeps records in memory until it is time for another handler to take them.

use std::sync::{Arc, Mutex, PoisonError};

use super::held::{Held, Outlet, Taken};
use super::unlocked::{Entry, Unlocked};
use super::{Emit, Event, Handler};
use crate::error::Result;
use crate::level::Level;
use crate::record::RecordOwned;

/// Keeps records in memory, and passes them on to another handler when it holds `capacity` of them, when
/// a record of the flush level or above comes, when it is flushed, and when it is closed.
///
/// The target lays the records out; its level is not asked. Without a target, records are kept until
/// there is one, up to a limit beyond which the oldest are dropped and counted. What is held is lost when
/// the process is killed.
///
/// The thread whose record makes it time passes the records on, without a lock held. Costs an owned copy
/// of each record.
///
/// ```
/// use ferrolog::{Handler, Level, MemoryHandler, StreamHandler};
///
/// let target = Handler::new(StreamHandler::new(Vec::new()));
/// let handler = MemoryHandler::builder(100).target(&target).build();
/// let logger = ferrolog::get_logger("app.memory");
/// logger.add_handler(&handler);
/// ferrolog::warning!(logger, "first");
/// assert_eq!(target.lock().stream(), b"");
/// ferrolog::error!(logger, "second");
/// assert_eq!(target.lock().stream(), b"first\nsecond\n");
/// ```
///
/// Python: `logging.handlers.MemoryHandler`. There is no limit to what is kept without a target there.
pub struct MemoryHandler {
    shared: Arc<Shared>,
}

struct Shared {
    held: Arc<Held<Target>>,
    flush_level: Level,
    flush_on_close: bool,
}

struct Target(Mutex<Option<Handler>>);

impl Target {
    fn get(&self) -> Option<Handler> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, target: Option<Handler>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = target;
    }
}

impl Outlet for Target {
    fn is_open(&self) -> bool {
        self.get().is_some()
    }

    fn take(&self, records: &[RecordOwned]) -> Result<Taken> {
        let Some(target) = self.get() else { return Ok(Taken::Dropped) };
        for record in records {
            target.handle(&record.as_record());
        }
        Ok(Taken::Delivered)
    }
}

impl MemoryHandler {
    /// A handler that holds up to `capacity` records for `target`, and passes them on at once when an
    /// error comes.
    pub fn new(capacity: usize, target: impl Into<Handler>) -> Handler<Self> {
        Self::builder(capacity).target(target).build()
    }

    /// A handler set up step by step.
    pub fn builder(capacity: usize) -> MemoryHandlerBuilder {
        MemoryHandlerBuilder {
            capacity,
            flush_level: Level::ERROR,
            target: None,
            flush_on_close: true,
            limit: LIMIT,
        }
    }

    /// How many records are passed on together at the latest.
    pub fn capacity(&self) -> usize {
        self.shared.held.capacity
    }

    /// The level from which a record is passed on at once, with those before it.
    pub fn flush_level(&self) -> Level {
        self.shared.flush_level
    }

    /// The handler that the records go to.
    pub fn target(&self) -> Option<Handler> {
        self.shared.held.outlet.get()
    }

    /// Sets the handler that the records go to. Python: `MemoryHandler.setTarget`.
    pub fn set_target(&self, target: Option<Handler>) {
        self.shared.held.outlet.set(target);
    }

    /// A copy of the records that are held. Python: `BufferingHandler.buffer`.
    pub fn buffer(&self) -> Vec<RecordOwned> {
        self.shared.held.records()
    }
}

/// Records go the way of `Unlocked`; this is for a handler that is driven by its `Emit` alone.
impl Emit for MemoryHandler {
    fn emit(&mut self, _: &Event<'_>) -> Result<()> {
        Err(crate::Error::Dropped("it has no way in"))
    }

    fn wants_text(&self) -> bool {
        false
    }
}

impl Unlocked for Shared {
    fn accept(&self, event: &Event<'_>, entry: &Entry<'_>) -> Result<()> {
        self.held.accept(event, entry, event.record().level() >= self.flush_level)
    }

    fn settle(&self) {
        self.held.settle();
    }

    fn flush(&self) -> Result<()> {
        self.held.flush()
    }

    fn close(&self) -> Result<()> {
        let flushed = if self.flush_on_close { self.held.flush() } else { Ok(()) };
        self.held.outlet.set(None);
        self.held.give_up();
        flushed
    }
}

impl Drop for MemoryHandler {
    fn drop(&mut self) {
        if let Err(error) = self.shared.close() {
            super::report(&error, None, "MemoryHandler");
        }
    }
}

/// How many records are kept without a target, unless more are asked for.
const LIMIT: usize = 100_000;

/// Builds a [`MemoryHandler`].
///
/// | setting | default |
/// |---|---|
/// | `capacity` | given to [`MemoryHandler::builder`]; with 0, each record is passed on at once |
/// | `flush_level` | [`Level::ERROR`] |
/// | `target` | none |
/// | `flush_on_close` | true |
/// | `limit` | 100 000 records, or `capacity` if that is more |
pub struct MemoryHandlerBuilder {
    capacity: usize,
    flush_level: Level,
    target: Option<Handler>,
    flush_on_close: bool,
    limit: usize,
}

impl MemoryHandlerBuilder {
    /// The level from which a record is passed on at once, with those before it.
    pub fn flush_level(mut self, level: Level) -> Self {
        self.flush_level = level;
        self
    }

    /// The handler that the records go to.
    pub fn target(mut self, target: impl Into<Handler>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Whether closing the handler passes on what is held; if not, that is dropped and counted.
    pub fn flush_on_close(mut self, flush: bool) -> Self {
        self.flush_on_close = flush;
        self
    }

    /// How many records are kept where there is no target.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// The handler.
    pub fn build(self) -> Handler<MemoryHandler> {
        let target = Target(Mutex::new(self.target));
        let shared = Arc::new(Shared {
            held: Held::new(self.capacity, self.limit.max(self.capacity), target),
            flush_level: self.flush_level,
            flush_on_close: self.flush_on_close,
        });
        let unlocked = Arc::clone(&shared);
        Handler::with_unlocked(MemoryHandler { shared }, unlocked)
    }
}
