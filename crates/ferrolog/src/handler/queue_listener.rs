//! The listener that takes records out of a queue and gives them to handlers.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::record_queue::{Block, RecordQueue, Runner};
use super::{Handler, caught, report};
use crate::error::{Error, Result};
use crate::fork::{self, AtFork, Frozen};
use crate::record::Record;

/// How long a listener that is given up is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes records out of a [`RecordQueue`] and gives each to all its handlers, in a thread of its own that
/// is called `ferrolog-queue`.
///
/// A handler that fails or panics does not end it. When the listener is dropped, it delivers what is in
/// the queue first, for five seconds at most; [`stop`](QueueListener::stop) waits as long as it takes.
///
/// ```
/// use ferrolog::{Handler, QueueHandler, QueueListener, RecordQueue, StreamHandler};
///
/// let queue = RecordQueue::new(1000);
/// let target = Handler::new(StreamHandler::new(Vec::new()));
/// let listener = QueueListener::new(&queue, [&target]);
/// listener.start()?;
/// let logger = ferrolog::get_logger("app.listener");
/// logger.add_handler(QueueHandler::new(&queue));
/// ferrolog::warning!(logger, "on its way");
/// listener.stop();
/// assert_eq!(target.lock().stream(), b"on its way\n");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: `logging.handlers.QueueListener`.
pub struct QueueListener {
    shared: Arc<Shared>,
    running: Arc<Running>,
}

/// The thread of a listener.
#[derive(Default)]
struct Running(Mutex<State>);

#[derive(Default)]
struct State {
    thread: Option<JoinHandle<()>>,
    /// What it does, to do it again in the child of a fork.
    shared: Option<Arc<Shared>>,
}

#[derive(Clone)]
struct Shared {
    queue: RecordQueue,
    handlers: Vec<Handler>,
    respect_handler_level: bool,
}

impl QueueListener {
    /// A listener that gives the queue's records to these handlers, whatever their levels. It does not
    /// run yet.
    pub fn new<H: Into<Handler>>(
        queue: &RecordQueue,
        handlers: impl IntoIterator<Item = H>,
    ) -> Self {
        let shared = Shared {
            queue: queue.clone(),
            handlers: handlers.into_iter().map(Into::into).collect(),
            respect_handler_level: false,
        };
        let running = Arc::new(Running::default());
        let weak: Weak<Running> = Arc::downgrade(&running);
        fork::register_leaf(weak);
        Self { shared: Arc::new(shared), running }
    }

    /// The same listener, which gives a handler only the records of its level and above, if `respect` is
    /// true. It holds from the next start on.
    pub fn with_respect_handler_level(mut self, respect: bool) -> Self {
        Arc::make_mut(&mut self.shared).respect_handler_level = respect;
        self
    }

    /// The queue.
    pub fn queue(&self) -> &RecordQueue {
        &self.shared.queue
    }

    /// The handlers, in the order in which they get each record.
    pub fn handlers(&self) -> &[Handler] {
        &self.shared.handlers
    }

    /// Whether a handler gets only the records of its level and above.
    pub fn respect_handler_level(&self) -> bool {
        self.shared.respect_handler_level
    }

    /// Starts the thread. A listener that was stopped can be started again.
    ///
    /// # Errors
    ///
    /// The queue has a listener already, this one or another; or the thread cannot be started.
    pub fn start(&self) -> Result<()> {
        self.running.start(&self.shared)
    }

    /// Has the listener deliver what is in the queue, and waits until it has, and its thread has ended.
    /// Records that come later stay in the queue. Called from a handler of the listener, it does not wait;
    /// if the listener does not run, it does nothing.
    ///
    /// Python: `QueueListener.stop`.
    pub fn stop(&self) {
        let Some(thread) = self.running.lock().thread.take() else { return };
        self.shared.queue.0.end();
        if !self.shared.queue.0.is_listener_here() && thread.join().is_err() {
            let error = Error::Invalid("the listener's thread panicked".to_owned());
            report(&error, None, "QueueListener");
        }
    }

    /// Gives a record to the handlers, on this thread. Python: `QueueListener.handle`.
    pub fn handle(&self, record: &Record<'_>) {
        self.shared.handle(record);
    }
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(self: &Arc<Self>, shared: &Arc<Shared>) -> Result<()> {
        let mut state = self.lock();
        let weak: Weak<Self> = Arc::downgrade(self);
        if !shared.queue.0.begin(weak) {
            return Err(Error::Invalid("the queue has a listener that runs already".to_owned()));
        }
        let runs = Arc::clone(shared);
        let started =
            std::thread::Builder::new().name("ferrolog-queue".to_owned()).spawn(move || runs.run());
        match started {
            Ok(started) => {
                *state = State { thread: Some(started), shared: Some(Arc::clone(shared)) };
                Ok(())
            }
            Err(error) => {
                shared.queue.0.ended();
                Err(Error::io("cannot start the listener's thread")(error))
            }
        }
    }
}

impl Runner for Running {
    fn run_again(self: Arc<Self>) {
        let shared = self.lock().shared.clone();
        if let Some(shared) = shared
            && let Err(error) = self.start(&shared)
        {
            report(&error, None, "QueueListener");
        }
    }
}

impl AtFork for Running {
    fn freeze(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn Frozen>> {
        struct Locked(fork::Held<Running, State>);
        impl Frozen for Locked {
            fn in_child(&mut self) {
                // The thread is the parent's: it can be neither joined nor left.
                std::mem::forget(self.0.guard.thread.take());
            }
        }
        let locked = fork::Held::take(self, |running| &running.0, deadline)?;
        Some(Box::new(Locked(locked)))
    }
}

impl Shared {
    fn handle(&self, record: &Record<'_>) {
        for handler in &self.handlers {
            if !self.respect_handler_level || record.level() >= handler.level() {
                handler.handle(record);
            }
        }
    }

    fn run(&self) {
        /// Tells the queue, however the thread ends.
        struct Listening<'q>(&'q RecordQueue);
        impl Drop for Listening<'_> {
            fn drop(&mut self) {
                self.0.0.ended();
            }
        }
        let listening = Listening(&self.queue);
        self.queue.0.listen_here();
        let mut block = Block::default();
        while let Some(lost) = listening.0.0.take(&mut block) {
            lost.tell(|record| self.deliver(record));
            self.deliver_block(&block);
        }
    }

    fn deliver_block(&self, block: &Block) {
        if self.handlers.iter().all(Handler::takes_lines) {
            if !self.queue.0.deliver(block.len()) {
                return block.give_up_from(0);
            }
            block.lost().tell(|record| self.deliver(record));
            for handler in &self.handlers {
                let least = if self.respect_handler_level { Some(handler.level()) } else { None };
                handler.handle_many(block.len(), &|index, take| {
                    block.with(index, |record| {
                        if least.is_none_or(|least| record.level() >= least) {
                            take(record);
                        }
                    });
                });
            }
            return self.queue.0.finished(block, 0, block.len());
        }
        for index in 0..block.len() {
            if !self.queue.0.deliver(1) {
                return block.give_up_from(index);
            }
            if index == 0 {
                block.lost().tell(|record| self.deliver(record));
            }
            block.with(index, |record| self.deliver(record));
            self.queue.0.finished(block, index, index + 1);
        }
    }

    /// Handlers catch panics themselves; should one come through, it must not end the thread.
    fn deliver(&self, record: &Record<'_>) {
        let delivered = caught(|| {
            self.handle(record);
            Ok(())
        });
        if let Err(error) = delivered {
            report(&error, Some(record), "QueueListener");
        }
    }
}

impl Drop for QueueListener {
    fn drop(&mut self) {
        if self.running.lock().thread.take().is_some() {
            self.shared.queue.0.end();
            if !self.shared.queue.0.is_listener_here() {
                self.shared.queue.0.wait_for_end(Instant::now().checked_add(PATIENCE));
            }
        }
    }
}

impl fmt::Debug for QueueListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueListener")
            .field("queue", &self.shared.queue)
            .field("handlers", &self.shared.handlers)
            .field("respect_handler_level", &self.shared.respect_handler_level)
            .finish_non_exhaustive()
    }
}
