//! The handler that puts records into a queue.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::queue_listener::QueueListener;
use super::record_queue::{GivenUp, RecordQueue, RecordQueueBuilder, WhenFull};
use super::unlocked::{Entry, Unlocked};
use super::{Emit, Event, Handler, report};
use crate::error::{Error, Result};
use crate::record::{Draft, Plain, Record, RecordOwned};

/// Puts records into a queue, from which another thread takes them: the thread that logs does not wait
/// for files or networks.
///
/// A record is *delivered* when the listener has given it to its handlers. Flushing the handler waits for
/// that, for all records that came before; so does closing it, and the end of the process, for
/// [`close_timeout`](QueueHandlerBuilder::close_timeout) at most. What is in the queue is lost when the
/// process is killed.
///
/// A formatter that is set on this handler lays the record out as Python does: the text becomes the
/// message, with the error and the stack in it. Without one, a record arrives as it was, and the
/// listener's handlers lay all of it out.
///
/// Costs the text of the message, and the lock of the queue for the time of copying it in; the handler has no
/// lock of its own. Nothing is allocated once the queue has been as full as it gets. The listener looks for
/// records a few times a millisecond while there is something to do, so that a thread that logs seldom has to
/// wake it.
///
/// ```
/// use ferrolog::{Handler, QueueHandler, StreamHandler, WhenFull};
///
/// let target = Handler::new(StreamHandler::new(Vec::new()));
/// let handler = QueueHandler::builder()
///     .handler(&target)
///     .capacity(1000)
///     .when_full(WhenFull::DropOldest)
///     .build()?;
/// let logger = ferrolog::get_logger("app.queue");
/// logger.add_handler(&handler);
/// ferrolog::warning!(logger, "on its way");
/// handler.flush();
/// assert_eq!(target.lock().stream(), b"on its way\n");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: `logging.handlers.QueueHandler`. Its queue may be unlimited, and a full one raises
/// `queue.Full`; here [`WhenFull`] says what happens.
pub struct QueueHandler {
    shared: Arc<Shared>,
    listener: Option<QueueListener>,
}

thread_local! {
    /// Where this thread makes records ready for a queue.
    static DRAFT: Cell<Option<Box<Draft>>> = const { Cell::new(None) };
}

type Prepare = Box<dyn Fn(&Record<'_>) -> RecordOwned + Send + Sync>;

struct Shared {
    queue: RecordQueue,
    prepare: Option<Prepare>,
    close_timeout: Duration,
}

impl QueueHandler {
    /// A handler that puts records into `queue`, out of which somebody else's [`QueueListener`] takes
    /// them.
    pub fn new(queue: &RecordQueue) -> Handler<Self> {
        Self::assemble(queue.clone(), None, None, CLOSE_TIMEOUT)
    }

    /// A handler with a queue and a listener of its own, set up step by step.
    pub fn builder() -> QueueHandlerBuilder {
        QueueHandlerBuilder {
            queue: RecordQueue::builder(),
            handlers: Vec::new(),
            respect_handler_level: false,
            prepare: None,
            close_timeout: CLOSE_TIMEOUT,
        }
    }

    fn assemble(
        queue: RecordQueue,
        listener: Option<QueueListener>,
        prepare: Option<Prepare>,
        close_timeout: Duration,
    ) -> Handler<Self> {
        let shared = Arc::new(Shared { queue, prepare, close_timeout });
        let unlocked = Arc::clone(&shared);
        Handler::with_unlocked(Self { shared, listener }, unlocked)
    }

    /// The queue. Python: `QueueHandler.queue`.
    pub fn queue(&self) -> &RecordQueue {
        &self.shared.queue
    }

    /// The listener of the handler's own. Python: `QueueHandler.listener`.
    pub fn listener(&self) -> Option<&QueueListener> {
        self.listener.as_ref()
    }
}

/// Records go the way of `Unlocked`; this is for a handler that is driven by its `Emit` alone.
impl Emit for QueueHandler {
    fn emit(&mut self, _: &Event<'_>) -> Result<()> {
        Err(Error::Dropped("it has no way in"))
    }
}

impl Unlocked for Shared {
    fn accept_plain(
        &self,
        record: &Record<'_>,
        entry: &Entry<'_>,
    ) -> Option<Result<(), &'static str>> {
        if self.prepare.is_some() {
            return None;
        }
        let plain = Plain::new(record)?;
        Some(self.queue.0.put(plain.size(), entry, |packed| packed.push_plain(&plain)))
    }

    fn accept(&self, event: &Event<'_>, entry: &Entry<'_>) -> Result<()> {
        if self.queue.0.refuses() {
            return Err(Error::Dropped("the queue is full"));
        }
        // Taken and put back: what is logged while a message is made finds an empty one.
        let mut draft = DRAFT.try_with(Cell::take).ok().flatten().unwrap_or_default();
        if self.prepare.is_none() && !entry.laid_out {
            draft.write(event.record());
        } else {
            let record = match &self.prepare {
                Some(prepare) => prepare(event.record()),
                None => event.record().to_owned(),
            };
            let record = if entry.laid_out { record.laid_out(event.text()) } else { record };
            draft.write_whole(record);
        }
        let put = self.queue.0.put(draft.size(), entry, |packed| packed.push(&mut draft));
        // A thread that is ending has nowhere to keep it.
        let _ = DRAFT.try_with(|kept| kept.set(Some(draft)));
        put.map_err(Error::Dropped)
    }

    fn settle(&self) {
        self.queue.0.settle();
    }

    fn flush(&self) -> Result<()> {
        match self.queue.0.flush(None) {
            Ok(()) | Err(0) => Ok(()),
            Err(waiting) => Err(Error::Invalid(format!(
                "{waiting} records wait for a listener, and none is running"
            ))),
        }
    }

    fn close(&self) -> Result<()> {
        let deadline = Instant::now().checked_add(self.close_timeout);
        // Handlers may log while they deliver, and what they log then, others again.
        for _ in 0..10 {
            if self.queue.0.flush(deadline).is_err() {
                break;
            }
            if self.queue.0.is_done() {
                return Ok(());
            }
        }
        match self.queue.0.give_up() {
            GivenUp { lost: 0, under_way: 0 } => Ok(()),
            GivenUp { lost, under_way: 0 } => Err(Error::Invalid(format!(
                "{lost} records in the queue were not delivered, and are lost"
            ))),
            GivenUp { lost, under_way } => Err(Error::Invalid(format!(
                "{lost} records in the queue were not delivered, and are lost; {under_way} more were just being \
                 delivered"
            ))),
        }
    }
}

impl Drop for QueueHandler {
    fn drop(&mut self) {
        // With a listener of somebody else's, the queue goes on without this handler.
        if self.listener.is_some()
            && let Err(error) = self.shared.close()
        {
            report(&error, None, "QueueHandler");
        }
    }
}

impl fmt::Debug for QueueHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueHandler")
            .field("queue", &self.shared.queue)
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}

/// How long a queue is waited for when its handler is closed, unless another time is set.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Builds a [`QueueHandler`] with a queue and a listener of its own.
///
/// | setting | default |
/// |---|---|
/// | `handler` | none: records are taken out of the queue, and reach nobody |
/// | `respect_handler_level` | false: each handler gets all records |
/// | `capacity` | 10 000 records |
/// | `capacity_bytes` | 64 MiB |
/// | `when_full` | [`WhenFull::Block`] |
/// | `prepare` | an owned copy of the record |
/// | `close_timeout` | 5 seconds |
pub struct QueueHandlerBuilder {
    queue: RecordQueueBuilder,
    handlers: Vec<Handler>,
    respect_handler_level: bool,
    prepare: Option<Prepare>,
    close_timeout: Duration,
}

impl QueueHandlerBuilder {
    /// One more handler that the listener gives the records to.
    pub fn handler(mut self, handler: impl Into<Handler>) -> Self {
        self.handlers.push(handler.into());
        self
    }

    /// Whether the listener gives a handler only the records of its level and above.
    pub fn respect_handler_level(mut self, respect: bool) -> Self {
        self.respect_handler_level = respect;
        self
    }

    /// How many records the queue has room for.
    pub fn capacity(mut self, records: usize) -> Self {
        self.queue = self.queue.capacity(records);
        self
    }

    /// How many bytes of records the queue has room for.
    pub fn capacity_bytes(mut self, bytes: usize) -> Self {
        self.queue = self.queue.capacity_bytes(bytes);
        self
    }

    /// What happens to a record for which there is no room.
    pub fn when_full(mut self, policy: WhenFull) -> Self {
        self.queue = self.queue.when_full(policy);
        self
    }

    /// What makes of a record the one that is put into the queue, on the thread that logs.
    ///
    /// Python: `QueueHandler.prepare`.
    pub fn prepare(
        mut self,
        prepare: impl Fn(&Record<'_>) -> RecordOwned + Send + Sync + 'static,
    ) -> Self {
        self.prepare = Some(Box::new(prepare));
        self
    }

    /// How long the queue is waited for when the handler is closed, dropped, or the process ends. What is
    /// not delivered by then is dropped, counted, and reported.
    pub fn close_timeout(mut self, limit: Duration) -> Self {
        self.close_timeout = limit;
        self
    }

    /// The handler; its listener runs.
    ///
    /// # Errors
    ///
    /// The listener's thread cannot be started.
    pub fn build(self) -> Result<Handler<QueueHandler>> {
        let queue = self.queue.build();
        let listener = QueueListener::new(&queue, self.handlers)
            .with_respect_handler_level(self.respect_handler_level);
        listener.start()?;
        Ok(QueueHandler::assemble(queue, Some(listener), self.prepare, self.close_timeout))
    }
}
