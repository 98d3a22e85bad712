//! Changes of many loggers at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Manager;
use crate::filter::Filter;
use crate::handler::Handler;
use crate::level::Level;
use crate::logger::{Attachment, Logger, Route};

/// What is to change about one logger; nothing where it stays as it is.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) level: Option<Level>,
    pub(crate) propagate: Option<bool>,
    pub(crate) disabled: Option<bool>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) handlers: Option<Vec<Handler>>,
}

/// Changes of many loggers of one tree, by their nodes.
#[derive(Debug, Default)]
pub(crate) struct Changes(BTreeMap<usize, (Logger, Change)>);

impl Changes {
    /// What is to change about `logger`, so far.
    pub(crate) fn of(&mut self, logger: &Logger) -> &mut Change {
        let new = || (logger.clone(), Change::default());
        &mut self.0.entry(logger.0.node).or_insert_with(new).1
    }
}

/// The ways that records took before a change; some may still be on them.
#[must_use = "records are still on their way to handlers that were taken out"]
#[derive(Debug)]
pub(crate) struct Before(Vec<Arc<Route>>);

impl Before {
    /// Waits until the records that were on their way have arrived, for `limit` at most. Does not wait for
    /// the thread that it is called on, if that is inside a handler.
    pub(crate) fn drain(self, limit: Duration) {
        if crate::handler::is_busy_here() {
            return;
        }
        let deadline = Instant::now() + limit;
        // Nothing leads to these routes any more but the records that are on them.
        while self.0.iter().any(|route| Arc::strong_count(route) > 1) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

impl Manager {
    /// Carries out all of the changes at once: each record goes the way that it would have gone before, or
    /// the way that it goes afterwards.
    ///
    /// A handler that is taken out still gets the records that were on their way to it.
    pub(crate) fn switch(&self, changes: Changes) -> Before {
        let mut tree = self.tree();
        let mut before: Vec<Arc<Route>> =
            tree.loggers().map(|logger| logger.0.route.load()).collect();
        before.sort_by_key(Arc::as_ptr);
        before.dedup_by(|a, b| Arc::ptr_eq(a, b));
        for (logger, change) in changes.0.into_values() {
            let inner = &logger.0;
            if let Some(level) = change.level {
                inner.level.store(level.value(), Ordering::Relaxed);
            }
            if let Some(propagate) = change.propagate {
                inner.propagate.store(propagate, Ordering::Relaxed);
            }
            if let Some(disabled) = change.disabled {
                inner.disabled.store(disabled, Ordering::Relaxed);
            }
            if let Some(filters) = change.filters {
                inner.filterer.set(filters);
            }
            if let Some(handlers) = change.handlers {
                let known = std::mem::take(tree.handlers_mut(inner.node));
                let attach = |handler| {
                    let same = known.iter().find(|known| known.handler == handler).cloned();
                    same.unwrap_or_else(|| {
                        Arc::new(Attachment { handler, attached: AtomicBool::new(true) })
                    })
                };
                *tree.handlers_mut(inner.node) = handlers.into_iter().map(attach).collect();
            }
        }
        let retired = tree.renew(0, self.disabled().value());
        self.tell(&tree);
        drop(tree);
        drop(retired);
        self.changed();
        Before(before)
    }
}
