//! Handlers: where records go.
//!
//! Python: *Handler Objects*, `logging.handlers`.
//!
//! A handler is a [`Handler`] around something that implements [`Emit`]: the first has what all handlers
//! share (level, filters, formatter, lock, name, error hook, counts), the second knows how to deliver
//! one record.

#[cfg(any(feature = "net", feature = "http"))]
mod attributes;
mod buffering;
mod busy;
mod counts;
mod crowd;
#[cfg(test)]
#[path = "crowd/tests.rs"]
mod crowd_tests;
#[cfg(feature = "net")]
mod datagram;
mod delivery;
mod file;
mod file_settings;
mod held;
#[cfg(feature = "http")]
mod http;
mod lines;
mod memory;
mod nt_event_log;
mod null;
mod pending;
mod queue;
mod queue_listener;
mod record_queue;
mod registry;
mod report;
mod rotating_file;
mod rotation;
#[cfg(any(feature = "http", feature = "smtp"))]
mod secret;
mod settings;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg(feature = "net")]
mod socket;
mod stream;
#[cfg(feature = "net")]
mod syslog;
mod timed_rotating_file;
mod timer;
mod unlocked;
mod watched_file;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::clock;
use crate::error::{Error, Result};
use crate::filter::{Filter, Filterer};
use crate::fork::{self, AtFork, Frozen, HeldLock};
use crate::format::{Format, Literal};
use crate::level::Level;
use crate::lock::{Lock, LockGuard};
use crate::record::Record;

pub use buffering::{BufferingHandler, BufferingHandlerBuilder};
pub use counts::Counts;
#[cfg(feature = "net")]
pub use datagram::{DatagramHandler, DatagramHandlerBuilder};
pub use file::{FileHandler, FileHandlerBuilder, FileMode};
#[cfg(feature = "http")]
pub use http::{HttpHandler, HttpHandlerBuilder, HttpMethod};
pub use lines::{EmitLines, Lines};
pub use memory::{MemoryHandler, MemoryHandlerBuilder};
pub use nt_event_log::{EventType, NtEventLogHandler, NtEventLogHandlerBuilder};
pub use null::NullHandler;
pub use queue::{QueueHandler, QueueHandlerBuilder};
pub use queue_listener::QueueListener;
pub use record_queue::{RecordQueue, RecordQueueBuilder, WhenFull};
pub use registry::{flush, get_handler_by_name, get_handler_names, shutdown};
use report::Repeats;
pub(crate) use report::report;
pub use report::{raise_exceptions, set_raise_exceptions};
pub use rotating_file::{RotatingFileHandler, RotatingFileHandlerBuilder};
#[cfg(feature = "smtp")]
pub use smtp::{SmtpHandler, SmtpHandlerBuilder, SmtpSecurity};
#[cfg(feature = "net")]
pub use socket::{SocketHandler, SocketHandlerBuilder};
pub use stream::StreamHandler;
#[cfg(feature = "net")]
pub use syslog::{Facility, Priority, Rfc5424, SysLogHandler, SysLogHandlerBuilder};
pub use timed_rotating_file::{TimedRotatingFileHandler, TimedRotatingFileHandlerBuilder};
pub use watched_file::{WatchedFileHandler, WatchedFileHandlerBuilder};

use self::busy::Busy;
use self::counts::Counters;
use self::crowd::Crowd;
use self::settings::{DEFAULT_FORMATTER, Settings, SharedSettings};
use self::unlocked::Unlocked;

/// One record on its way out of a handler.
#[derive(Debug)]
pub struct Event<'e> {
    record: &'e Record<'e>,
    line: &'e str,
    /// Where in `line` the terminator begins.
    end: usize,
    /// What is to be told besides the record's own fate.
    notice: RefCell<Option<Box<Error>>>,
}

impl<'e> Event<'e> {
    /// The record.
    pub fn record(&self) -> &'e Record<'e> {
        self.record
    }

    /// The record as the handler's formatter laid it out. Empty for a handler that wants no text.
    pub fn text(&self) -> &'e str {
        &self.line[..self.end]
    }

    /// The text with the handler's terminator.
    pub fn line(&self) -> &'e str {
        self.line
    }

    /// Tells the handler's error hook of something that came up besides this record's own fate, such as
    /// how many records were lost while a peer was away. The hook is called once the handler's lock is
    /// free; the last notice of a record counts.
    pub fn report(&self, error: Error) {
        *self.notice.borrow_mut() = Some(Box::new(error));
    }
}

/// What a handler author implements: how one record is delivered.
///
/// All methods are called with the handler's lock held, from whichever thread logs; an error goes to
/// the handler's error hook and is counted as a failure. A record that is logged to the same handler
/// from inside is delivered when the outer one is done.
///
/// ```
/// use ferrolog::{Emit, Event, Handler};
///
/// /// Keeps the last line.
/// struct Last(String);
///
/// impl Emit for Last {
///     fn emit(&mut self, event: &Event<'_>) -> ferrolog::Result<()> {
///         self.0 = event.text().to_owned();
///         Ok(())
///     }
/// }
///
/// let last = Handler::new(Last(String::new()));
/// let logger = ferrolog::get_logger("app.last");
/// logger.add_handler(&last);
/// ferrolog::warning!(logger, "disk {}% full", 93);
/// assert_eq!(last.lock().0, "disk 93% full");
/// ```
pub trait Emit: Send + 'static {
    /// Delivers one record.
    ///
    /// # Errors
    ///
    /// The record could not be delivered: it is counted as failed and the error goes to the hook. With
    /// [`Error::Dropped`], it was given up by a stated policy: it is counted as dropped, and nothing is
    /// reported.
    fn emit(&mut self, event: &Event<'_>) -> Result<()>;

    /// Passes on what is held back.
    ///
    /// # Errors
    ///
    /// Something could not be passed on.
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    /// Gives back what the handler holds, such as an open file. Called once, after a flush.
    ///
    /// # Errors
    ///
    /// Something could not be closed.
    fn close(&mut self) -> Result<()> {
        Ok(())
    }

    /// Whether the record is to be laid out as text for [`Emit::emit`]. Asked once, when the handler is
    /// made.
    fn wants_text(&self) -> bool {
        true
    }

    /// Whether records that were delivered may be held back in memory until [`Emit::flush`]. Asked once, when
    /// the handler is made; such a handler is flushed when it is taken off a logger, too.
    fn holds_back(&self) -> bool {
        false
    }

    /// This as one that takes several lines at once, where it needs no more of a record than its line.
    /// Whether it does is asked when the handler is made, and holds from then on.
    fn as_lines(&mut self) -> Option<&mut dyn EmitLines> {
        None
    }
}

/// Called with the error, the record that was not delivered, and the handler's description.
pub type ErrorHook = Arc<dyn Fn(&Error, Option<&Record<'_>>, &str) + Send + Sync>;

/// A handler: level, filters, formatter, lock, name and error hook around an [`Emit`].
///
/// A `Handler` is a handle: its clones are one handler. `Handler<FileHandler>` knows the type of what it
/// drives and reaches it through [`Handler::lock`]; `Handler` alone is any handler.
///
/// Cost of a record, besides what the `Emit` does: the formatter runs outside the lock, into a buffer
/// that the thread keeps; nothing is allocated once that is warm.
///
/// Python: `logging.Handler`.
pub struct Handler<T: ?Sized = dyn Emit>(Arc<Inner<T>>);

struct Inner<T: ?Sized> {
    level: AtomicI32,
    wants_text: bool,
    holds_back: bool,
    closed: AtomicBool,
    /// Whether, in the child of a fork, the lock stays with a thread of the parent.
    abandoned: AtomicBool,
    filterer: Filterer,
    settings: SharedSettings,
    /// Whether a formatter was set: what a record asks that is not laid out here otherwise.
    has_formatter: AtomicBool,
    counts: Arc<Counters>,
    repeats: Repeats,
    /// How records come in, where that needs no lock.
    unlocked: Option<Arc<dyn Unlocked>>,
    kind: &'static str,
    turn: Turn,
    emit: Lock<T>,
}

/// What changes with each record, besides what is behind it. It stands apart from what a record only reads, so that a
/// thread that lays one out does not have to fetch that from the processor on which another is delivering.
#[repr(align(128))]
struct Turn {
    /// Those who wait for the lock, where others can deliver for them.
    crowd: Option<Crowd>,
    /// The thread that holds the lock, by its [`Busy::token`], or 0.
    owner: AtomicUsize,
}

thread_local! {
    /// The buffer that this thread lays records out in.
    static BUFFER: Cell<String> = const { Cell::new(String::new()) };
}

/// A buffer that grew beyond this is given back rather than kept.
const KEPT_CAPACITY: usize = 64 * 1024;

impl<T: Emit> Handler<T> {
    /// A handler around `emit`, at level [`Level::NOTSET`], without filters, with the default formatter
    /// and terminator (`\n`).
    pub fn new(emit: T) -> Self {
        Self::assemble(emit, None)
    }

    /// A handler whose records go to `unlocked`; `emit` is what [`Handler::lock`] gives access to.
    pub(crate) fn with_unlocked(emit: T, unlocked: Arc<dyn Unlocked>) -> Self {
        Self::assemble(emit, Some(unlocked))
    }

    fn assemble(mut emit: T, unlocked: Option<Arc<dyn Unlocked>>) -> Self {
        clock::prepare();
        let handler = Self(Arc::new(Inner {
            level: AtomicI32::new(Level::NOTSET.value()),
            wants_text: emit.wants_text(),
            holds_back: emit.holds_back(),
            closed: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            filterer: Filterer::default(),
            settings: SharedSettings::default(),
            has_formatter: AtomicBool::new(false),
            counts: Arc::default(),
            repeats: Repeats::default(),
            unlocked,
            kind: short_type_name::<T>(),
            turn: Turn { crowd: crowd::of(&mut emit), owner: AtomicUsize::new(0) },
            emit: Lock::new(emit),
        }));
        registry::register(&handler.to_dyn());
        let weak: Weak<Inner<T>> = Arc::downgrade(&handler.0);
        fork::register_outer(weak);
        handler
    }

    /// This handler, without the type of what it drives.
    pub fn to_dyn(&self) -> Handler {
        Handler(self.0.clone())
    }

    /// Locks the handler and gives access to what it drives. Records of other threads wait; so keep it
    /// short, and do not log from this thread meanwhile to the same handler.
    pub fn lock(&self) -> HandlerGuard<'_, T> {
        self.0.lock()
    }
}

/// `FileHandler` of `ferrolog::handler::file::FileHandler`; type parameters are left out.
fn short_type_name<T: ?Sized>() -> &'static str {
    let name = std::any::type_name::<T>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}

impl<T: ?Sized + Emit> Handler<T> {
    /// The level: records below it are passed over. Python: `Handler.level`.
    #[inline]
    pub fn level(&self) -> Level {
        Level::new(self.0.level.load(Ordering::Relaxed))
    }

    /// Sets the level. Python: `Handler.setLevel`.
    pub fn set_level(&self, level: Level) {
        self.0.level.store(level.value(), Ordering::Relaxed);
    }

    /// The same handler, at this level.
    pub fn with_level(self, level: Level) -> Self {
        self.set_level(level);
        self
    }

    /// Sets the formatter. Python: `Handler.setFormatter`.
    pub fn set_formatter(&self, formatter: impl Format) {
        self.set_shared_formatter(Arc::new(formatter));
    }

    /// Sets a formatter that others may use too.
    pub fn set_shared_formatter(&self, formatter: Arc<dyn Format>) {
        self.change(|settings| {
            settings.formatter = Arc::clone(&formatter);
        });
        self.0.has_formatter.store(true, Ordering::Release);
    }

    /// Takes the formatter away: records are laid out as their message again.
    pub(crate) fn reset_formatter(&self) {
        self.0.has_formatter.store(false, Ordering::Release);
        self.change(|settings| settings.formatter = Arc::clone(&DEFAULT_FORMATTER));
    }

    /// The same handler, with this formatter.
    pub fn with_formatter(self, formatter: impl Format) -> Self {
        self.set_formatter(formatter);
        self
    }

    /// Whether a formatter was set; without one, records are laid out as their message.
    pub fn has_formatter(&self) -> bool {
        self.0.has_formatter.load(Ordering::Acquire)
    }

    /// The name. Python: `Handler.get_name`.
    pub fn name(&self) -> Option<Arc<str>> {
        self.0.settings.load().name.clone()
    }

    /// Sets the name, under which [`get_handler_by_name`] finds the handler. Python: `Handler.set_name`.
    pub fn set_name(&self, name: impl Into<Arc<str>>) {
        let name = name.into();
        self.change(|settings| settings.name = Some(Arc::clone(&name)));
    }

    /// The same handler, with this name.
    pub fn with_name(self, name: impl Into<Arc<str>>) -> Self {
        self.set_name(name);
        self
    }

    /// Sets what is put behind each record's text: `\n` by default. Python: `StreamHandler.terminator`.
    pub fn set_terminator(&self, terminator: impl Into<Arc<str>>) {
        let terminator = Literal::of(&terminator.into());
        self.change(|settings| settings.terminator = terminator.clone());
    }

    /// Sets what is called with each error, in the place of the report on standard error.
    ///
    /// The hook is called without the handler's lock. Python: `Handler.handleError`.
    pub fn set_error_hook(
        &self,
        hook: impl Fn(&Error, Option<&Record<'_>>, &str) + Send + Sync + 'static,
    ) {
        let hook: ErrorHook = Arc::new(hook);
        self.change(|settings| settings.error_hook = Some(Arc::clone(&hook)));
    }

    /// Adds a filter, unless it is there already. Python: `Handler.addFilter`.
    pub fn add_filter(&self, filter: Filter) {
        self.0.filterer.add(filter);
    }

    /// Removes a filter, if it is there. Python: `Handler.removeFilter`.
    pub fn remove_filter(&self, filter: &Filter) {
        self.0.filterer.remove(filter);
    }

    /// The filters, in their order.
    pub fn filters(&self) -> Vec<Filter> {
        self.0.filterer.list()
    }

    /// Puts `filters` in the place of those that were there.
    pub fn set_filters(&self, filters: Vec<Filter>) {
        self.0.filterer.set(filters);
    }

    /// What became of the records that the handler accepted.
    pub fn counts(&self) -> Counts {
        self.0.counts.read()
    }

    /// How many records the handler gave up, by the policies that it names: what [`Counts::dropped`] consists of.
    pub fn dropped_by(&self) -> Vec<(&'static str, u64)> {
        self.0.counts.dropped_by()
    }

    /// The name of the type that delivers, as `FileHandler`.
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }

    fn change(&self, change: impl Fn(&mut Settings)) {
        self.0.settings.change(change);
    }

    /// Delivers `record` if the filters let it pass; the level is the caller's to check. Says whether
    /// the record was accepted.
    ///
    /// Python: `Handler.handle`.
    pub fn handle(&self, record: &Record<'_>) -> bool {
        self.handle_while(record, None)
    }

    /// Passes on what is held back. Errors go to the error hook. Python: `Handler.flush`.
    pub fn flush(&self) {
        self.attend("flush", None, |unlocked| unlocked.flush(), |emit| emit.flush());
    }

    /// Flushes and closes; a second call does nothing. Errors go to the error hook.
    ///
    /// Python: `Handler.close`.
    pub fn close(&self) {
        self.close_by(None);
    }

    /// [`Handler::close`], which gives up at `deadline` if another thread has the lock.
    fn close_by(&self, deadline: Option<Instant>) {
        if !self.0.closed.swap(true, Ordering::AcqRel) {
            self.attend(
                "close",
                deadline,
                |unlocked| unlocked.close(),
                |emit| {
                    let flushed = emit.flush();
                    emit.close().and(flushed)
                },
            );
            if self.0.settings.load().error_hook.is_none() {
                self.0.repeats.tell_last(self.0.kind);
            }
        }
    }

    /// Whether the handler was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    fn attend(
        &self,
        what: &str,
        deadline: Option<Instant>,
        act_unlocked: impl FnOnce(&dyn Unlocked) -> Result<()>,
        act: impl FnOnce(&mut T) -> Result<()>,
    ) {
        let result = if let Some(unlocked) = &self.0.unlocked {
            caught(|| act_unlocked(&**unlocked))
        } else if self.0.is_held_here() {
            return;
        } else {
            caught(|| {
                let mut guard = self.0.lock_by(deadline)?;
                if let Some(crowd) = &self.0.turn.crowd {
                    crowd.write(&mut *guard, &self.0.counts);
                }
                self.count_lost(act(&mut guard))
            })
        };
        match result {
            Ok(()) => {}
            Err(error @ Error::Buffered { .. }) => self.report(&error, None),
            Err(error) => self.report(&Error::Invalid(format!("{what} failed: {error}")), None),
        }
        pending::deliver();
    }

    /// Waits until no other thread is delivering; does not wait for this one.
    pub(crate) fn settle(&self) {
        if let Some(unlocked) = &self.0.unlocked {
            unlocked.settle();
        } else if !self.0.is_held_here()
            && let Ok(guard) = self.0.lock_if_kept()
        {
            drop(guard);
            if self.0.holds_back {
                self.flush();
            }
        }
    }

    /// Counts records that were taken for delivered before, with the lock held.
    fn count_lost(&self, result: Result<()>) -> Result<()> {
        if let Err(Error::Buffered { count, .. }) = &result {
            self.0.counts.lost(*count);
        }
        result
    }

    /// Whether records may wait here for another handler to take them.
    fn passes_on(&self) -> bool {
        self.0.unlocked.is_some()
    }

    /// Tells the error hook, or, at intervals where it is one error again and again, standard error.
    pub(crate) fn report(&self, error: &Error, record: Option<&Record<'_>>) {
        let settings = self.0.settings.load();
        let name = match &settings.name {
            Some(name) => format!("{} {name:?}", self.0.kind),
            None => self.0.kind.to_owned(),
        };
        let told = caught(|| {
            match &settings.error_hook {
                Some(hook) => hook(error, record, &name),
                None => self.0.repeats.report(error, record, &name),
            }
            Ok(())
        });
        if let Err(panic) = told {
            report(&panic, record, &name);
        }
    }
}

/// Whether this thread is inside a handler, holding its lock.
pub(crate) fn is_busy_here() -> bool {
    Busy::here()
}

/// The error that `f` comes to; a panic in it becomes one. What is moved is a pointer, for most records pass through
/// here without one.
#[inline]
fn failure_of(f: impl FnOnce() -> Option<Box<Error>>) -> Option<Box<Error>> {
    let _reported_here = crate::bridge::panics::reported_elsewhere();
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| Some(Box::new(panicked(&*panic))))
}

/// The error that a panic becomes.
#[cold]
fn panicked(panic: &(dyn Any + Send)) -> Error {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::Invalid(format!("panicked: {message}"))
}

/// What `f` returns; a panic in it becomes an error.
pub(crate) fn caught<R>(f: impl FnOnce() -> Result<R>) -> Result<R> {
    let _reported_here = crate::bridge::panics::reported_elsewhere();
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

impl<T: ?Sized> Inner<T> {
    fn lock(&self) -> HandlerGuard<'_, T> {
        // A panic under the lock was caught and reported; what it left behind is still the handler.
        self.held(self.emit.lock())
    }

    fn held<'h>(&'h self, guard: LockGuard<'h, T>) -> HandlerGuard<'h, T> {
        self.turn.owner.store(Busy::token(), Ordering::Relaxed);
        HandlerGuard { owner: &self.turn.owner, _busy: Busy::enter(), guard }
    }

    /// The lock, if nobody has it.
    #[inline]
    fn try_lock(&self) -> Option<HandlerGuard<'_, T>> {
        self.emit.try_lock().map(|guard| self.held(guard))
    }

    /// An error, if a thread of the parent has kept the lock when this process was forked.
    fn check_kept(&self) -> Result<()> {
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(Error::Invalid(
                "another thread was delivering when the process forked".into(),
            ));
        }
        Ok(())
    }

    /// The lock, unless nobody will ever give it back.
    #[inline]
    fn lock_if_kept(&self) -> Result<HandlerGuard<'_, T>> {
        match self.try_lock() {
            Some(guard) => Ok(guard),
            None => self.check_kept().map(|()| self.lock()),
        }
    }

    /// The lock, unless another thread keeps it until `deadline`.
    fn lock_by(&self, deadline: Option<Instant>) -> Result<HandlerGuard<'_, T>> {
        let Some(deadline) = deadline else { return self.lock_if_kept() };
        loop {
            match self.try_lock() {
                Some(guard) => return Ok(guard),
                None if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(1)),
                None => {
                    return Err(Error::Invalid("another thread is still delivering".to_owned()));
                }
            }
        }
    }

    #[inline]
    fn is_held_here(&self) -> bool {
        // A token is never 0.
        self.turn.owner.load(Ordering::Relaxed) == Busy::token()
    }

    /// A token by which the handler can be found again when its lock is free.
    fn defer(&self) -> u64 {
        self.counts.id()
    }
}

impl<T: Emit> AtFork for Inner<T> {
    fn freeze(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn Frozen>> {
        if self.is_held_here() {
            // This thread forks from inside the handler, and gives the lock back in both.
            let lock = HeldLock::of_taken(Arc::clone(&self), |inner| &inner.emit);
            return Some(Box::new(Locked { owned: None, lock }));
        }
        let lock = HeldLock::take(Arc::clone(&self), |inner| &inner.emit, deadline)?;
        self.turn.owner.store(Busy::token(), Ordering::Relaxed);
        let owned = Some(Owned(Arc::clone(&self), Busy::enter()));
        Some(Box::new(Locked { owned, lock }))
    }

    fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }
}

/// A handler that is locked while the process forks.
struct Locked<T: Emit> {
    // Dropped in this order: nobody owns the lock any more when it is given back.
    #[expect(dead_code, reason = "held")]
    owned: Option<Owned<T>>,
    lock: HeldLock<Inner<T>, T>,
}

struct Owned<T: Emit>(Arc<Inner<T>>, #[allow(dead_code, reason = "held")] Busy);

impl<T: Emit> Drop for Owned<T> {
    fn drop(&mut self) {
        self.0.turn.owner.store(0, Ordering::Relaxed);
    }
}

impl<T: Emit> Frozen for Locked<T> {
    fn in_child(&mut self) {
        self.lock.in_child();
        if let Some(crowd) = &self.lock.owner.turn.crowd {
            crowd.forget();
        }
    }
}

/// Access to what a handler drives; the handler is locked as long as this lives.
pub struct HandlerGuard<'h, T: ?Sized> {
    owner: &'h AtomicUsize,
    _busy: Busy,
    guard: LockGuard<'h, T>,
}

impl<T: ?Sized> std::ops::Deref for HandlerGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> std::ops::DerefMut for HandlerGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: ?Sized> Drop for HandlerGuard<'_, T> {
    fn drop(&mut self) {
        self.owner.store(0, Ordering::Relaxed);
    }
}

impl<T: ?Sized> Clone for Handler<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// What a panic leaves behind under the lock is still the handler.
impl<T: ?Sized> std::panic::UnwindSafe for Handler<T> {}
impl<T: ?Sized> std::panic::RefUnwindSafe for Handler<T> {}

/// Two handlers are equal when they are one.
impl<T: ?Sized, U: ?Sized> PartialEq<Handler<U>> for Handler<T> {
    fn eq(&self, other: &Handler<U>) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.0), Arc::as_ptr(&other.0))
    }
}

impl<T: ?Sized + Emit> fmt::Debug for Handler<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.0.kind)?;
        if let Some(name) = self.name() {
            write!(f, " {name}")?;
        }
        write!(f, " ({})>", self.level())
    }
}

impl<T: Emit> From<T> for Handler {
    fn from(emit: T) -> Self {
        Handler::new(emit).to_dyn()
    }
}

impl<T: Emit> From<Handler<T>> for Handler {
    fn from(handler: Handler<T>) -> Self {
        handler.to_dyn()
    }
}

impl<T: Emit> From<&Handler<T>> for Handler {
    fn from(handler: &Handler<T>) -> Self {
        handler.to_dyn()
    }
}

impl From<&Handler> for Handler {
    fn from(handler: &Handler) -> Self {
        handler.clone()
    }
}
