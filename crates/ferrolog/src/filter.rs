//! Filters: what decides, beyond levels, whether a record goes on.
//!
//! Python: *Filter Objects*.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;

use crate::record::{Record, RecordOwned};

/// What a filter says of a record.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// The record goes on.
    Keep,
    /// The record ends here.
    Drop,
    /// Another record goes on in its place.
    Replace(Box<RecordOwned>),
}

impl From<bool> for Verdict {
    fn from(keep: bool) -> Self {
        if keep { Self::Keep } else { Self::Drop }
    }
}

impl From<RecordOwned> for Verdict {
    fn from(record: RecordOwned) -> Self {
        Self::Replace(Box::new(record))
    }
}

/// A filter, shared by all who hold a clone of it.
///
/// ```
/// use ferrolog::{Filter, Level, Record};
///
/// let quiet = Filter::new(|record: &Record<'_>| record.level() < Level::ERROR);
/// let database = Filter::by_name("app.db");
/// let logger = ferrolog::get_logger("app.filters");
/// logger.add_filter(quiet.clone());
/// logger.add_filter(database);
/// logger.remove_filter(&quiet);
/// ```
///
/// Python: `logging.Filter`.
#[derive(Clone)]
pub struct Filter(Arc<dyn Fn(&Record<'_>) -> Verdict + Send + Sync>);

impl Filter {
    /// A filter by a closure, which answers with a `bool`, or with a [`Verdict`] to put another record
    /// in the place of the one it was shown.
    pub fn new<V: Into<Verdict>>(
        decide: impl Fn(&Record<'_>) -> V + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |record| decide(record).into()))
    }

    /// A filter that keeps the records of the logger `name` and of those below it; with an empty name,
    /// every record.
    pub fn by_name(name: &str) -> Self {
        let name = crate::manager::normalise(name).into_owned();
        Self::new(move |record: &Record<'_>| {
            name.is_empty()
                || record
                    .name()
                    .strip_prefix(&*name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// What the filter says of `record`.
    pub fn filter(&self, record: &Record<'_>) -> Verdict {
        (self.0)(record)
    }
}

/// Two filters are equal when they are one.
impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&Arc::as_ptr(&self.0).cast::<()>()).finish()
    }
}

/// The filters of a logger or of a handler, changed at run time while others log.
///
/// Python: `logging.Filterer`.
#[derive(Debug)]
pub(crate) struct Filterer {
    /// Whether there are any: what a record without filters pays.
    any: AtomicBool,
    filters: ArcSwap<Vec<Filter>>,
}

impl Default for Filterer {
    fn default() -> Self {
        Self { any: AtomicBool::new(false), filters: ArcSwap::from_pointee(Vec::new()) }
    }
}

impl Filterer {
    /// Adds `filter`, unless it is there already.
    pub(crate) fn add(&self, filter: Filter) {
        self.filters.rcu(|filters| {
            let mut filters = Vec::clone(filters);
            if !filters.contains(&filter) {
                filters.push(filter.clone());
            }
            filters
        });
        self.any.store(true, Ordering::Release);
    }

    /// Removes `filter`, if it is there.
    pub(crate) fn remove(&self, filter: &Filter) {
        self.filters.rcu(|filters| {
            let mut filters = Vec::clone(filters);
            filters.retain(|known| known != filter);
            filters
        });
    }

    pub(crate) fn list(&self) -> Vec<Filter> {
        Vec::clone(&self.filters.load())
    }

    /// Puts `filters` in the place of those that were there.
    pub(crate) fn set(&self, filters: Vec<Filter>) {
        self.any.store(true, Ordering::Release);
        self.filters.store(Arc::new(filters));
    }

    /// Whether there may be any.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// Calls `next` with `record`, or with the one that a filter put in its place, if every filter lets
    /// it pass; says whether.
    #[inline]
    pub(crate) fn pass(&self, record: &Record<'_>, next: impl FnOnce(&Record<'_>)) -> bool {
        if !self.any() {
            next(record);
            return true;
        }
        self.ask(record, next)
    }

    fn ask(&self, record: &Record<'_>, next: impl FnOnce(&Record<'_>)) -> bool {
        let filters = self.filters.load();
        let mut replaced: Option<Box<RecordOwned>> = None;
        for filter in filters.iter() {
            let verdict = match &replaced {
                Some(owned) => filter.filter(&owned.as_record()),
                None => filter.filter(record),
            };
            match verdict {
                Verdict::Keep => {}
                Verdict::Drop => return false,
                Verdict::Replace(other) => replaced = Some(other),
            }
        }
        match &replaced {
            Some(owned) => next(&owned.as_record()),
            None => next(record),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    fn passes(filter: &Filter, name: &str) -> bool {
        matches!(filter.filter(&Record::new(name, Level::INFO, "")), Verdict::Keep)
    }

    #[test]
    fn by_name() {
        let filter = Filter::by_name("a::b");
        for (name, pass) in [("a.b", true), ("a.b.c", true), ("a.bc", false), ("a", false)] {
            assert_eq!(passes(&filter, name), pass, "{name}");
        }
        assert!(passes(&Filter::by_name(""), "anything"));
    }

    #[test]
    fn a_filter_can_replace_the_record() {
        let filterer = Filterer::default();
        filterer.add(Filter::new(|record: &Record<'_>| {
            record.clone().with_level(Level::ERROR).to_owned()
        }));
        filterer.add(Filter::new(|record: &Record<'_>| record.level() == Level::ERROR));
        let mut seen = None;
        assert!(filterer.pass(&Record::new("a", Level::INFO, ""), |r| seen = Some(r.level())));
        assert_eq!(seen, Some(Level::ERROR));
    }
}
