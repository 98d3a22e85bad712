//! The nodes of the tree: loggers, and names that only stand between loggers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use super::WeakManager;
use crate::filter::Filterer;
use crate::level::Level;
use crate::logger::{Logger, LoggerInner, Route};
use crate::published::{Published, Retired};

/// All nodes; the first is the root. A node is never taken out.
pub(super) struct Tree {
    nodes: Vec<Node>,
    by_name: HashMap<Arc<str>, usize>,
    manager: WeakManager,
}

struct Node {
    /// Nothing where the name only stands between loggers: Python's `PlaceHolder`.
    logger: Option<Logger>,
    parent: usize,
    children: Vec<usize>,
    handlers: Route,
    /// Copies of the logger's threshold, at the macros that use it without naming it.
    followers: Vec<&'static AtomicI32>,
}

impl Tree {
    pub(super) fn new(manager: WeakManager) -> Self {
        let mut tree = Self { nodes: Vec::new(), by_name: HashMap::new(), manager };
        let root = tree.new_logger("root".into(), 0, Arc::default());
        root.0.level.store(Level::WARNING.value(), Ordering::Relaxed);
        tree.nodes.push(Node {
            logger: Some(root),
            parent: 0,
            children: Vec::new(),
            handlers: Route::new(),
            followers: Vec::new(),
        });
        drop(tree.renew(0, Level::NOTSET.value()));
        tree
    }

    pub(super) fn root(&self) -> &Logger {
        self.nodes[0].logger.as_ref().expect("the root is a logger")
    }

    fn new_logger(&self, name: Arc<str>, node: usize, route: Arc<Route>) -> Logger {
        Logger(Arc::new(LoggerInner {
            threshold: AtomicI32::new(0),
            level: AtomicI32::new(Level::NOTSET.value()),
            disabled: AtomicBool::new(false),
            propagate: AtomicBool::new(true),
            filterer: Filterer::default(),
            route: Published::new(route),
            name,
            node,
            manager: self.manager.clone(),
        }))
    }

    pub(super) fn get(&self, name: &str) -> Option<Logger> {
        self.nodes[*self.by_name.get(name)?].logger.clone()
    }

    pub(super) fn get_or_add(&mut self, name: &str) -> Logger {
        if let Some(logger) = self.get(name) {
            return logger;
        }
        let at = self.node(name);
        // A new logger changes nothing for those below: what it hands down is what it inherits.
        let parent = self.parent(at).expect("all but the root have a parent");
        let logger = self.new_logger(name.into(), at, parent.0.route.load());
        self.nodes[at].logger = Some(logger.clone());
        let disable = self.manager.upgrade().map_or(0, |manager| manager.disabled().value());
        logger
            .0
            .threshold
            .store(threshold(&parent.get_level_from(self), disable), Ordering::Relaxed);
        logger
    }

    /// The node called `name`, made if need be with those above it.
    fn node(&mut self, name: &str) -> usize {
        // The nearest node above that is there already, then down again.
        let mut missing = vec![name];
        let mut parent = 0;
        let mut above = name;
        if let Some(&at) = self.by_name.get(name) {
            return at;
        }
        while let Some((shorter, _)) = above.rsplit_once('.') {
            above = shorter;
            if let Some(&at) = self.by_name.get(above) {
                parent = at;
                break;
            }
            missing.push(above);
        }
        for name in missing.into_iter().rev() {
            let at = self.nodes.len();
            self.nodes.push(Node {
                logger: None,
                parent,
                children: Vec::new(),
                handlers: Route::new(),
                followers: Vec::new(),
            });
            self.nodes[parent].children.push(at);
            self.by_name.insert(name.into(), at);
            parent = at;
        }
        parent
    }

    /// The nearest logger above.
    pub(super) fn parent(&self, mut at: usize) -> Option<Logger> {
        while at != 0 {
            at = self.nodes[at].parent;
            if let Some(logger) = &self.nodes[at].logger {
                return Some(logger.clone());
            }
        }
        None
    }

    /// The loggers below that have no other between.
    pub(super) fn children(&self, at: usize) -> Vec<Logger> {
        let mut found = Vec::new();
        let mut waiting = self.nodes[at].children.clone();
        while let Some(at) = waiting.pop() {
            match &self.nodes[at].logger {
                Some(logger) => found.push(logger.clone()),
                None => waiting.extend(&self.nodes[at].children),
            }
        }
        found.sort_by(|a, b| a.name().cmp(b.name()));
        found
    }

    pub(super) fn handlers(&self, at: usize) -> &Route {
        &self.nodes[at].handlers
    }

    pub(super) fn handlers_mut(&mut self, at: usize) -> &mut Route {
        &mut self.nodes[at].handlers
    }

    pub(super) fn follow(&mut self, at: usize, threshold: &'static AtomicI32) {
        let node = &mut self.nodes[at];
        if let Some(logger) = &node.logger {
            threshold.store(logger.0.threshold.load(Ordering::Relaxed), Ordering::Relaxed);
            node.followers.push(threshold);
        }
    }

    pub(super) fn loggers(&self) -> impl Iterator<Item = &Logger> {
        self.nodes.iter().filter_map(|node| node.logger.as_ref())
    }

    /// A level above which some logger wants records, and below which none does.
    #[cfg_attr(
        not(any(feature = "log", feature = "tracing")),
        allow(dead_code, reason = "only bridges ask")
    )]
    pub(super) fn least_threshold(&self) -> i32 {
        self.loggers()
            .map(|logger| logger.0.threshold.load(Ordering::Relaxed))
            .min()
            .unwrap_or(i32::MAX)
    }

    /// Renews thresholds and routes at the node and below it. The routes that were there before are to be dropped when
    /// the tree's lock is free: a handler may go with one, and handlers may ask the tree for loggers.
    #[must_use = "it is to be kept for longer than the tree's lock"]
    pub(super) fn renew(&mut self, at: usize, disable: i32) -> Retired {
        let (level, route) = match self.parent(at) {
            Some(parent) => (parent.get_level_from(self), parent.0.route.load()),
            None => (Level::NOTSET, Arc::new(Route::new())),
        };
        let mut retired = Retired::default();
        let mut waiting = vec![(at, level, route)];
        while let Some((at, mut level, mut route)) = waiting.pop() {
            let node = &self.nodes[at];
            if let Some(logger) = &node.logger {
                let inner = &logger.0;
                if logger.level() != Level::NOTSET {
                    level = logger.level();
                }
                let limit = if logger.disabled() { i32::MAX } else { threshold(&level, disable) };
                inner.threshold.store(limit, Ordering::Relaxed);
                for follower in &node.followers {
                    follower.store(limit, Ordering::Relaxed);
                }
                if !logger.propagate() {
                    route = Arc::new(node.handlers.clone());
                } else if !node.handlers.is_empty() {
                    route = Arc::new(node.handlers.iter().chain(route.iter()).cloned().collect());
                }
                inner.route.replace(Arc::clone(&route), &mut retired);
            }
            waiting.extend(node.children.iter().map(|child| (*child, level, Arc::clone(&route))));
        }
        retired
    }
}

impl Logger {
    /// [`Logger::get_effective_level`], with the tree at hand.
    fn get_level_from(&self, tree: &Tree) -> Level {
        let mut at = self.0.node;
        loop {
            match &tree.nodes[at].logger {
                Some(logger) if logger.level() != Level::NOTSET => return logger.level(),
                _ if at == 0 => return Level::NOTSET,
                _ => at = tree.nodes[at].parent,
            }
        }
    }
}

/// The value that a record's level must exceed.
fn threshold(effective: &Level, disable: i32) -> i32 {
    effective.value().saturating_sub(1).max(disable)
}
