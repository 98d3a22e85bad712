//! The handler that collects records in memory, for what is built on it.

use std::sync::{Arc, Mutex, TryLockError};

use super::held::{Held, Outlet, Taken};
use super::unlocked::{Entry, Unlocked};
use super::{Emit, Event, Handler};
use crate::error::{Error, Result};
use crate::record::{Record, RecordOwned};

/// Collects records in memory, and hands them to a function when it holds `capacity` of them, when it is
/// flushed, and when it is closed.
///
/// Without such a function they are given up then, and counted as dropped, so that the handler always
/// has the last few records.
///
/// ```
/// use std::sync::mpsc;
///
/// use ferrolog::BufferingHandler;
///
/// let (sender, receiver) = mpsc::channel();
/// let handler = BufferingHandler::builder(2)
///     .on_flush(move |records| {
///         let messages: Vec<_> =
///             records.iter().map(|record| record.as_record().message().to_string()).collect();
///         sender.send(messages).map_err(|error| ferrolog::Error::Other(error.into()))
///     })
///     .build();
/// let logger = ferrolog::get_logger("app.buffering");
/// logger.add_handler(&handler);
/// for n in 1..=3 {
///     ferrolog::warning!(logger, "number {n}");
/// }
/// assert_eq!(receiver.recv().unwrap(), ["number 1", "number 2"]);
/// assert_eq!(handler.lock().buffer().len(), 1);
/// ```
///
/// Python: `logging.handlers.BufferingHandler`, whose subclasses override `shouldFlush` and `flush`.
pub struct BufferingHandler {
    shared: Arc<Shared>,
}

type ShouldFlush = Box<dyn Fn(&Record<'_>) -> bool + Send + Sync>;
type OnFlush = Box<dyn FnMut(&[RecordOwned]) -> Result<()> + Send>;

struct Shared {
    held: Arc<Held<Function>>,
    should_flush: Option<ShouldFlush>,
}

struct Function(Option<Mutex<OnFlush>>);

impl Outlet for Function {
    fn is_open(&self) -> bool {
        true
    }

    fn take(&self, records: &[RecordOwned]) -> Result<Taken> {
        match &self.0 {
            // Only one thread at a time passes records on, and what it is told meanwhile waits.
            Some(function) => {
                let mut function = match function.try_lock() {
                    Ok(function) => function,
                    Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                    Err(TryLockError::WouldBlock) => {
                        return Err(Error::Invalid(
                            "another thread was passing records on when the process forked".into(),
                        ));
                    }
                };
                function(records).map(|()| Taken::Delivered)
            }
            None => Ok(Taken::Dropped),
        }
    }
}

impl BufferingHandler {
    /// A handler that holds up to `capacity` records and then gives them up.
    pub fn new(capacity: usize) -> Handler<Self> {
        Self::builder(capacity).build()
    }

    /// A handler set up step by step.
    pub fn builder(capacity: usize) -> BufferingHandlerBuilder {
        BufferingHandlerBuilder { capacity, should_flush: None, on_flush: None }
    }

    /// How many records are held at most.
    pub fn capacity(&self) -> usize {
        self.shared.held.capacity
    }

    /// A copy of the records that are held. Python: `BufferingHandler.buffer`.
    pub fn buffer(&self) -> Vec<RecordOwned> {
        self.shared.held.records()
    }
}

/// Records go the way of `Unlocked`; this is for a handler that is driven by its `Emit` alone.
impl Emit for BufferingHandler {
    fn emit(&mut self, _: &Event<'_>) -> Result<()> {
        Err(Error::Dropped("it has no way in"))
    }

    fn wants_text(&self) -> bool {
        false
    }
}

impl Unlocked for Shared {
    fn accept(&self, event: &Event<'_>, entry: &Entry<'_>) -> Result<()> {
        let urgent = self.should_flush.as_ref().is_some_and(|decide| decide(event.record()));
        self.held.accept(event, entry, urgent)
    }

    fn settle(&self) {
        self.held.settle();
    }

    fn flush(&self) -> Result<()> {
        self.held.flush()
    }

    fn close(&self) -> Result<()> {
        self.held.flush()
    }
}

impl Drop for BufferingHandler {
    fn drop(&mut self) {
        if let Err(error) = self.shared.close() {
            super::report(&error, None, "BufferingHandler");
        }
    }
}

/// Builds a [`BufferingHandler`].
///
/// | setting | default |
/// |---|---|
/// | `capacity` | given to [`BufferingHandler::builder`]; with 0, each record is handed on at once |
/// | `should_flush` | never: the capacity alone decides |
/// | `on_flush` | none: what is held is given up |
pub struct BufferingHandlerBuilder {
    capacity: usize,
    should_flush: Option<ShouldFlush>,
    on_flush: Option<OnFlush>,
}

impl BufferingHandlerBuilder {
    /// Which records have everything handed on at once, beyond what the capacity asks for.
    pub fn should_flush(
        mut self,
        decide: impl Fn(&Record<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.should_flush = Some(Box::new(decide));
        self
    }

    /// What takes the records, in their order. It is called without the handler's lock, by one thread
    /// at a time. Its error goes to the error hook, and the records count as failed.
    pub fn on_flush(
        mut self,
        take: impl FnMut(&[RecordOwned]) -> Result<()> + Send + 'static,
    ) -> Self {
        self.on_flush = Some(Box::new(take));
        self
    }

    /// The handler.
    pub fn build(self) -> Handler<BufferingHandler> {
        let function = Function(self.on_flush.map(Mutex::new));
        let shared = Arc::new(Shared {
            held: Held::new(self.capacity, self.capacity, function),
            should_flush: self.should_flush,
        });
        let unlocked = Arc::clone(&shared);
        Handler::with_unlocked(BufferingHandler { shared }, unlocked)
    }
}
