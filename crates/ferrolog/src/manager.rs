//! The tree of loggers.
//!
//! Python: `logging.Manager`, and the module-level functions `getLogger`, `disable`.

mod switch;
mod tree;

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use arc_swap::{ArcSwap, ArcSwapOption};

pub(crate) use self::switch::Changes;
use self::tree::Tree;
use crate::fork::{self, AtFork, Frozen, Held};
use crate::handler::{Handler, StreamHandler, raise_exceptions};
use crate::level::Level;
use crate::logger::{Logger, Route};
use crate::once::LazyLock;
use crate::record::{Record, RecordFactory};

/// A tree of loggers. A program has one, [`Manager::global`]; further ones stand alone, for tests say.
///
/// A manager is a handle, whose clones are one tree.
///
/// Python: `logging.Manager`.
#[derive(Clone)]
pub struct Manager(Arc<Inner>);

struct Inner {
    root: Logger,
    tree: Mutex<Tree>,
    disable: AtomicI32,
    last_resort: ArcSwapOption<Handler>,
    warned: AtomicBool,
    record_factory: ArcSwapOption<RecordFactory>,
    watchers: Mutex<Vec<Watcher>>,
    /// Called after each change, without a lock.
    listeners: ArcSwap<Vec<fn()>>,
    /// What a configuration has put in force.
    configured: Mutex<crate::config::State>,
}

/// Called with the least severe level that any logger wants, less one.
type Watcher = Box<dyn Fn(i32) + Send>;

/// A manager as its loggers know it.
#[derive(Clone)]
pub(crate) struct WeakManager(Weak<Inner>);

impl WeakManager {
    pub(crate) fn upgrade(&self) -> Option<Manager> {
        self.0.upgrade().map(Manager)
    }
}

static GLOBAL: LazyLock<Manager> = LazyLock::new(|| {
    crate::record::start_time();
    Manager::new()
});

/// Whether any tree ever had a record factory: what a record pays where none has.
static ANY_RECORD_FACTORY: AtomicBool = AtomicBool::new(false);

#[inline]
pub(crate) fn any_record_factory() -> bool {
    ANY_RECORD_FACTORY.load(Ordering::Relaxed)
}

static LAST_RESORT: LazyLock<Handler> =
    LazyLock::new(|| Handler::new(StreamHandler::stderr()).with_level(Level::WARNING).to_dyn());

impl AtFork for Inner {
    fn freeze(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn Frozen>> {
        struct Locked {
            _tree: Held<Inner, Tree>,
            _watchers: Held<Inner, Vec<Watcher>>,
        }
        impl Frozen for Locked {
            fn in_child(&mut self) {}
        }
        let tree = Held::take(Arc::clone(&self), |inner| &inner.tree, deadline)?;
        let watchers = Held::take(self, |inner| &inner.watchers, deadline)?;
        Some(Box::new(Locked { _tree: tree, _watchers: watchers }))
    }
}

impl Manager {
    /// A tree of its own, with a root at level [`Level::WARNING`] and no handlers.
    pub fn new() -> Self {
        let manager = Self(Arc::new_cyclic(|weak| {
            let tree = Tree::new(WeakManager(weak.clone()));
            Inner {
                root: tree.root().clone(),
                tree: Mutex::new(tree),
                disable: AtomicI32::new(Level::NOTSET.value()),
                last_resort: ArcSwapOption::from_pointee(LAST_RESORT.clone()),
                warned: AtomicBool::new(false),
                record_factory: ArcSwapOption::empty(),
                watchers: Mutex::new(Vec::new()),
                listeners: ArcSwap::from_pointee(Vec::new()),
                configured: Mutex::default(),
            }
        }));
        let weak: Weak<Inner> = Arc::downgrade(&manager.0);
        fork::register_outer(weak);
        manager
    }

    /// The tree that the macros and the functions of the crate use.
    pub fn global() -> &'static Self {
        &GLOBAL
    }

    /// Whether this is the tree that the macros use.
    pub(crate) fn is_global(&self) -> bool {
        Arc::ptr_eq(&self.0, &GLOBAL.0)
    }

    /// The root of the tree.
    pub fn root(&self) -> &Logger {
        &self.0.root
    }

    /// The logger called `name`, made if this is the first call for it. `.` and `::` both separate the
    /// parts of a name. The empty name and `root` are the root's.
    ///
    /// Costs a lock and a look-up: keep the logger where speed counts. Python: `logging.getLogger`.
    pub fn get_logger(&self, name: &str) -> Logger {
        let name = normalise(name);
        if name.is_empty() || name == "root" {
            return self.0.root.clone();
        }
        self.tree().get_or_add(&name)
    }

    /// The logger called `name`, if anybody asked for it already.
    pub fn find_logger(&self, name: &str) -> Option<Logger> {
        let name = normalise(name);
        if name.is_empty() || name == "root" {
            return Some(self.0.root.clone());
        }
        self.tree().get(&name)
    }

    /// All loggers but the root, sorted by name. Python: `Manager.loggerDict`.
    pub fn loggers(&self) -> Vec<Logger> {
        let mut loggers: Vec<_> = self.tree().loggers().skip(1).cloned().collect();
        loggers.sort_by(|a, b| a.name().cmp(b.name()));
        loggers
    }

    /// The level at and below which all loggers are disabled, whatever their own: `NOTSET` by default.
    pub fn disabled(&self) -> Level {
        Level::new(self.0.disable.load(Ordering::Relaxed))
    }

    /// Disables all loggers at `level` and below it; [`Level::NOTSET`] takes that back.
    ///
    /// Python: `logging.disable`.
    pub fn disable(&self, level: Level) {
        self.change(self.root(), || self.0.disable.store(level.value(), Ordering::Relaxed));
    }

    /// The handler that takes records which meet no other. Python: `logging.lastResort`.
    pub fn last_resort(&self) -> Option<Handler> {
        self.0.last_resort.load().as_deref().cloned()
    }

    /// Sets the handler that takes records which meet no other: by default one that writes the message
    /// of warnings and above to standard error.
    pub fn set_last_resort(&self, handler: Option<Handler>) {
        self.0.last_resort.store(handler.map(Arc::new));
    }

    /// Sets what makes the records of the tree's loggers; `None` takes it away again.
    ///
    /// Python: `logging.setLogRecordFactory`, `Manager.setLogRecordFactory`.
    pub fn set_record_factory(&self, factory: impl Into<Option<RecordFactory>>) {
        let factory = factory.into();
        if factory.is_some() {
            ANY_RECORD_FACTORY.store(true, Ordering::Relaxed);
        }
        self.0.record_factory.store(factory.map(Arc::new));
    }

    /// What makes the records of the tree's loggers, where that was set.
    ///
    /// Python: `logging.getLogRecordFactory`.
    pub fn get_record_factory(&self) -> Option<RecordFactory> {
        self.0.record_factory.load().as_deref().cloned()
    }

    pub(crate) fn no_handler(&self, record: &Record<'_>) {
        match &*self.0.last_resort.load() {
            Some(handler) => {
                if record.level() >= handler.level() {
                    handler.handle(record);
                }
            }
            None => {
                if raise_exceptions() && !self.0.warned.swap(true, Ordering::Relaxed) {
                    use std::io::Write;
                    // Where standard error takes nothing, there is nobody to tell.
                    let _ = writeln!(
                        std::io::stderr(),
                        "No handlers could be found for logger \"{}\"",
                        record.name()
                    );
                }
            }
        }
    }

    /// What a configuration has put in force; held while another one takes its place.
    pub(crate) fn configured(&self) -> MutexGuard<'_, crate::config::State> {
        self.0.configured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn parent_of(&self, logger: &Logger) -> Option<Logger> {
        self.tree().parent(logger.0.node)
    }

    pub(crate) fn children_of(&self, logger: &Logger) -> Vec<Logger> {
        self.tree().children(logger.0.node)
    }

    pub(crate) fn handlers_of(&self, logger: &Logger) -> Vec<Handler> {
        self.tree().handlers(logger.0.node).iter().map(|known| known.handler.clone()).collect()
    }

    /// Makes a change to `logger` known to those below it.
    pub(crate) fn change(&self, logger: &Logger, change: impl FnOnce()) {
        let mut tree = self.tree();
        change();
        let retired = tree.renew(logger.0.node, self.disabled().value());
        self.tell(&tree);
        drop(tree);
        drop(retired);
        self.changed();
    }

    /// Keeps `threshold` equal to the logger's own, from now on.
    pub(crate) fn follow(&self, logger: &Logger, threshold: &'static AtomicI32) {
        self.tree().follow(logger.0.node, threshold);
    }

    pub(crate) fn change_handlers(&self, logger: &Logger, change: impl FnOnce(&mut Route)) {
        let mut tree = self.tree();
        change(tree.handlers_mut(logger.0.node));
        let retired = tree.renew(logger.0.node, self.disabled().value());
        drop(tree);
        drop(retired);
    }

    /// Has `watcher` called now and whenever the tree's least threshold may have changed.
    #[cfg(feature = "log")]
    pub(crate) fn watch(&self, watcher: impl Fn(i32) + Send + 'static) {
        let tree = self.tree();
        watcher(tree.least_threshold());
        self.watchers().push(Box::new(watcher));
    }

    /// Has `listener` called after each change of a threshold, without any lock of the tree.
    #[cfg(feature = "tracing")]
    pub(crate) fn on_change(&self, listener: fn()) {
        self.0.listeners.rcu(|listeners| {
            let mut listeners = Vec::clone(listeners);
            listeners.push(listener);
            listeners
        });
    }

    fn changed(&self) {
        for listener in self.0.listeners.load().iter() {
            listener();
        }
    }

    /// The level at and below which no logger wants records.
    #[cfg(feature = "tracing")]
    pub(crate) fn least_threshold(&self) -> i32 {
        self.tree().least_threshold()
    }

    fn tell(&self, tree: &Tree) {
        let watchers = self.watchers();
        if !watchers.is_empty() {
            let least = tree.least_threshold();
            watchers.iter().for_each(|watcher| watcher(least));
        }
    }

    fn watchers(&self) -> MutexGuard<'_, Vec<Watcher>> {
        self.0.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.0.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Manager {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager")
            .field("root", &self.0.root)
            .field("disabled", &self.disabled())
            .finish_non_exhaustive()
    }
}

/// `name` with `.` between its parts.
pub(crate) fn normalise(name: &str) -> Cow<'_, str> {
    if name.contains("::") { Cow::Owned(name.replace("::", ".")) } else { Cow::Borrowed(name) }
}

/// The logger called `name` in the global tree: [`Manager::get_logger`].
///
/// ```
/// let logger = ferrolog::get_logger("app::db");
/// assert_eq!(logger.name(), "app.db");
/// assert_eq!(logger, ferrolog::get_logger("app.db"));
/// ```
///
/// Python: `logging.getLogger`.
pub fn get_logger(name: &str) -> Logger {
    Manager::global().get_logger(name)
}

/// The root of the global tree. Python: `logging.getLogger()`.
pub fn root() -> &'static Logger {
    Manager::global().root()
}

/// Disables all loggers of the global tree at `level` and below it: [`Manager::disable`].
///
/// Python: `logging.disable`.
pub fn disable(level: Level) {
    Manager::global().disable(level);
}

/// Sets what makes the records of the global tree's loggers: [`Manager::set_record_factory`].
///
/// Python: `logging.setLogRecordFactory`.
pub fn set_record_factory(factory: impl Into<Option<RecordFactory>>) {
    Manager::global().set_record_factory(factory);
}

/// What makes the records of the global tree's loggers, where that was set.
///
/// Python: `logging.getLogRecordFactory`.
pub fn get_record_factory() -> Option<RecordFactory> {
    Manager::global().get_record_factory()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_families() {
        let manager = Manager::new();
        let deep = manager.get_logger("a::b::c.d");
        assert_eq!(deep.parent().as_ref(), Some(manager.root()));
        let middle = manager.get_logger("a.b");
        assert_eq!(deep.parent(), Some(middle.clone()));
        assert_eq!(middle.get_children(), vec![deep.clone()]);
        assert_eq!(middle.get_child("c.d"), deep);
        assert_eq!(manager.root().get_child("a.b"), middle);
        assert_eq!(manager.get_logger("root"), *manager.root());
        assert_eq!(format!("{middle:?}"), "<Logger a.b (WARNING)>");
        assert_eq!(manager.find_logger("a.b.c"), None);
        assert_eq!(manager.loggers(), vec![middle, deep]);
    }

    #[test]
    fn thresholds_follow_levels() {
        let manager = Manager::new();
        let (a, b) = (manager.get_logger("a"), manager.get_logger("a.x.b"));
        assert!(!b.is_enabled_for(Level::INFO) && b.is_enabled_for(Level::WARNING));
        a.set_level(Level::DEBUG);
        assert!(b.is_enabled_for(Level::DEBUG));
        assert_eq!(b.get_effective_level(), Level::DEBUG);
        b.set_level(Level::ERROR);
        assert!(!b.is_enabled_for(Level::WARNING));
        manager.disable(Level::ERROR);
        assert!(!b.is_enabled_for(Level::ERROR) && b.is_enabled_for(Level::CRITICAL));
        manager.disable(Level::NOTSET);
        b.set_disabled(true);
        assert!(!b.is_enabled_for(Level::new(i32::MAX)) && a.is_enabled_for(Level::DEBUG));
        manager.root().set_level(Level::NOTSET);
        let new = manager.get_logger("new");
        assert!(new.is_enabled_for(Level::new(1)) && !new.is_enabled_for(Level::NOTSET));
    }

    #[test]
    fn routes_follow_handlers_and_propagation() {
        let manager = Manager::new();
        let (a, b) = (manager.get_logger("a"), manager.get_logger("a.b"));
        let (low, high) = (Handler::from(crate::NullHandler), Handler::from(crate::NullHandler));
        manager.root().add_handler(&high);
        manager.root().add_handler(&high);
        b.add_handler(&low);
        let route = |logger: &Logger| -> Vec<Handler> {
            logger.0.route.load().iter().map(|known| known.handler.clone()).collect()
        };
        assert_eq!(route(&b), [low.clone(), high.clone()]);
        assert_eq!(route(&a), std::slice::from_ref(&high));
        b.set_propagate(false);
        assert_eq!(route(&b), std::slice::from_ref(&low));
        b.remove_handler(&low);
        assert!(!b.has_handlers());
        b.set_propagate(true);
        b.set_handlers([&low, &high]);
        assert_eq!(route(&b), [low, high.clone(), high]);
    }
}
