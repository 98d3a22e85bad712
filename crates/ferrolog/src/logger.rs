//! Loggers: what a program logs through.
//!
//! Python: *Logger Objects*.

mod calls;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use crate::filter::{Filter, Filterer};
use crate::handler::{Handler, caught, report};
use crate::level::Level;
use crate::manager::{Manager, WeakManager};
use crate::published::Published;
use crate::record::Record;

/// A named place in the tree of loggers; a handle, whose clones are one logger.
///
/// A record logged here goes to the handlers of this logger and, unless [`propagate`](Logger::propagate)
/// is false, to those of its ancestors.
///
/// Cost of a disabled call: one relaxed load and a comparison. Each logger keeps the threshold that
/// follows from its own level, its ancestors', [`Manager::disable`] and its `disabled` flag; changing one
/// of these renews the thresholds below.
///
/// Python: `logging.Logger`.
#[derive(Clone)]
pub struct Logger(pub(crate) Arc<LoggerInner>);

pub(crate) struct LoggerInner {
    /// A record is wanted if its level is greater.
    pub(crate) threshold: AtomicI32,
    pub(crate) level: AtomicI32,
    pub(crate) disabled: AtomicBool,
    pub(crate) propagate: AtomicBool,
    pub(crate) filterer: Filterer,
    /// The handlers that a record of this logger reaches, the ancestors' included.
    pub(crate) route: Published<Route>,
    pub(crate) name: Arc<str>,
    pub(crate) node: usize,
    pub(crate) manager: WeakManager,
}

/// The handlers on a record's way, in the order in which it reaches them.
pub(crate) type Route = Vec<Arc<Attachment>>;

/// A handler on a logger.
#[derive(Debug)]
pub(crate) struct Attachment {
    pub(crate) handler: Handler,
    /// False once the handler was removed from the logger, for records that are on their way.
    pub(crate) attached: AtomicBool,
}

impl Logger {
    /// The name, with `.` between its parts; `root` for the root.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The logger's own level; [`Level::NOTSET`] where it takes its parent's. Python: `Logger.level`.
    pub fn level(&self) -> Level {
        Level::new(self.0.level.load(Ordering::Relaxed))
    }

    /// Sets the logger's own level; for the root, `NOTSET` means every record.
    ///
    /// Renews the thresholds of all loggers below. Python: `Logger.setLevel`.
    pub fn set_level(&self, level: Level) {
        self.change(|inner| inner.level.store(level.value(), Ordering::Relaxed));
    }

    /// The level that counts: the logger's own, or the nearest ancestor's that has one.
    ///
    /// Python: `Logger.getEffectiveLevel`.
    pub fn get_effective_level(&self) -> Level {
        let mut logger = self.clone();
        loop {
            if logger.level() != Level::NOTSET {
                return logger.level();
            }
            match logger.parent() {
                Some(parent) => logger = parent,
                None => return Level::NOTSET,
            }
        }
    }

    /// Whether a record of this level would be made. One relaxed load. Python: `Logger.isEnabledFor`.
    #[inline]
    pub fn is_enabled_for(&self, level: Level) -> bool {
        level.value() > self.0.threshold.load(Ordering::Relaxed)
    }

    /// Whether the logger takes no records at all. Python: `Logger.disabled`.
    pub fn disabled(&self) -> bool {
        self.0.disabled.load(Ordering::Relaxed)
    }

    /// Sets whether the logger takes no records at all. Loggers below are not concerned.
    pub fn set_disabled(&self, disabled: bool) {
        self.change(|inner| inner.disabled.store(disabled, Ordering::Relaxed));
    }

    /// Whether records go on to the ancestors' handlers. Python: `Logger.propagate`.
    pub fn propagate(&self) -> bool {
        self.0.propagate.load(Ordering::Relaxed)
    }

    /// Sets whether records go on to the ancestors' handlers: true by default.
    pub fn set_propagate(&self, propagate: bool) {
        self.change(|inner| inner.propagate.store(propagate, Ordering::Relaxed));
    }

    /// The nearest ancestor that somebody asked for; nothing for the root. Python: `Logger.parent`.
    pub fn parent(&self) -> Option<Logger> {
        self.manager()?.parent_of(self)
    }

    /// The loggers directly below. Python: `Logger.getChildren`.
    pub fn get_children(&self) -> Vec<Logger> {
        self.manager().map_or_else(Vec::new, |manager| manager.children_of(self))
    }

    /// The logger called `suffix` below this one. Python: `Logger.getChild`.
    pub fn get_child(&self, suffix: &str) -> Logger {
        let Some(manager) = self.manager() else { return self.clone() };
        if self.is_root() {
            manager.get_logger(suffix)
        } else {
            manager.get_logger(&format!("{}.{suffix}", self.0.name))
        }
    }

    /// Whether this is the root of its tree.
    pub fn is_root(&self) -> bool {
        self.0.node == 0
    }

    /// The tree that the logger stands in, as long as it lives.
    pub fn manager(&self) -> Option<Manager> {
        self.0.manager.upgrade()
    }

    /// Adds a handler, unless it is there already. Python: `Logger.addHandler`.
    ///
    /// Takes a [`Handler`], or what implements [`Emit`](crate::Emit).
    pub fn add_handler(&self, handler: impl Into<Handler>) {
        let handler = handler.into();
        if let Some(manager) = self.manager() {
            manager.change_handlers(self, |handlers| {
                if !handlers.iter().any(|known| known.handler == handler) {
                    handlers
                        .push(Arc::new(Attachment { handler, attached: AtomicBool::new(true) }));
                }
            });
        }
    }

    /// Removes a handler, if it is there. When this returns, the handler delivers no further record for
    /// this logger, not even one that another thread was about to. Python: `Logger.removeHandler`.
    pub fn remove_handler(&self, handler: impl Into<Handler>) {
        let handler = handler.into();
        self.replace_handlers(|handlers| handlers.retain(|known| known.handler != handler));
    }

    /// Puts `handlers` in the place of those that were there, at once: each record sees either these or
    /// those.
    pub fn set_handlers<H: Into<Handler>>(&self, handlers: impl IntoIterator<Item = H>) {
        let new: Vec<Handler> = handlers.into_iter().map(Into::into).collect();
        self.replace_handlers(|handlers| {
            let known = std::mem::take(handlers);
            for handler in new {
                let attachment = known.iter().find(|known| known.handler == handler).cloned();
                handlers.push(attachment.unwrap_or_else(|| {
                    Arc::new(Attachment { handler, attached: AtomicBool::new(true) })
                }));
            }
        });
    }

    /// Changes the list of handlers, and sees to it that those taken out deliver nothing more.
    fn replace_handlers(&self, change: impl FnOnce(&mut Route)) {
        let Some(manager) = self.manager() else { return };
        let mut removed = Vec::new();
        manager.change_handlers(self, |handlers| {
            let before = handlers.clone();
            change(handlers);
            removed = before;
            removed.retain(|old| !handlers.iter().any(|new| Arc::ptr_eq(old, new)));
        });
        for attachment in removed {
            attachment.attached.store(false, Ordering::Release);
            attachment.handler.settle();
        }
    }

    /// The logger's own handlers, in their order. Python: `Logger.handlers`.
    pub fn handlers(&self) -> Vec<Handler> {
        self.manager().map_or_else(Vec::new, |manager| manager.handlers_of(self))
    }

    /// Whether a record logged here would reach any handler. Python: `Logger.hasHandlers`.
    pub fn has_handlers(&self) -> bool {
        self.0.route.with(|route| !route.is_empty())
    }

    /// Adds a filter, unless it is there already. It sees records logged here, not those of loggers
    /// below. Python: `Logger.addFilter`.
    pub fn add_filter(&self, filter: Filter) {
        self.0.filterer.add(filter);
    }

    /// Removes a filter, if it is there. Python: `Logger.removeFilter`.
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

    /// Sends a record on its way: the logger's filters, then the handlers. Its level is not compared
    /// with the logger's. Python: `Logger.handle`.
    pub fn handle(&self, record: &Record<'_>) {
        self.handle_by(record, |route| self.call_handlers(route, record));
    }

    /// [`Logger::handle`], where `call` calls the handlers. It is the caller's, so that all of it can stand there.
    #[inline(always)]
    fn handle_by(&self, record: &Record<'_>, call: impl FnOnce(&Route)) {
        if self.disabled() {
            return;
        }
        if self.0.filterer.any() {
            return self.filter_and_handle(record);
        }
        // Handlers catch what comes up in them.
        self.0.route.with(call);
    }

    #[inline(never)]
    fn filter_and_handle(&self, record: &Record<'_>) {
        let result = caught(|| {
            self.0.filterer.pass(record, |record| {
                self.0.route.with(|route| self.call_handlers(route, record));
            });
            Ok(())
        });
        if let Err(error) = result {
            // This was a filter of the logger.
            report(&error, Some(record), &format!("Filter of logger {:?}", self.name()));
        }
    }

    #[inline(always)]
    fn call_handlers(&self, route: &Route, record: &Record<'_>) {
        if route.is_empty() {
            return self.no_handler(record);
        }
        for attachment in route {
            let handler = &attachment.handler;
            if record.level() >= handler.level() {
                handler.handle_while(record, Some(&attachment.attached));
            }
        }
    }

    #[cold]
    fn no_handler(&self, record: &Record<'_>) {
        if let Some(manager) = self.manager() {
            manager.no_handler(record);
        }
    }

    fn change(&self, change: impl FnOnce(&LoggerInner)) {
        match self.manager() {
            Some(manager) => manager.change(self, || change(&self.0)),
            None => change(&self.0),
        }
    }
}

/// What a panic leaves behind in a logger, a filter's or a handler's, is caught and put right by it.
impl UnwindSafe for Logger {}
impl RefUnwindSafe for Logger {}

/// Two loggers are equal when they are one.
impl PartialEq for Logger {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Logger {}

/// As Python shows one: `<Logger app.db (WARNING)>`.
impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = if self.is_root() { "RootLogger" } else { "Logger" };
        write!(f, "<{class} {} ({})>", self.name(), self.get_effective_level())
    }
}
