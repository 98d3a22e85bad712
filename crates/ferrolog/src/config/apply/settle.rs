//! What a plan changes about the loggers of a tree.

use std::collections::HashSet;

use super::State;
use super::build::Built;
use crate::config::plan::{LoggerPlan, Plan};
use crate::filter::Filter;
use crate::handler::Handler;
use crate::level::Level;
use crate::logger::Logger;
use crate::manager::{Changes, Manager, normalise};

/// Works out what is to change.
pub(super) struct Settlement<'p> {
    pub(super) plan: &'p Plan,
    pub(super) manager: &'p Manager,
    pub(super) built: &'p Built,
    /// The configuration whose doings are taken back; nothing where they stay.
    pub(super) undone: Option<&'p State>,
}

impl Settlement<'_> {
    /// The changes, and what is to be remembered of them. `existing` are the loggers that were there
    /// before, which the plan may disable.
    pub(super) fn changes(&self, existing: &[Logger]) -> (Changes, State) {
        let mut changes = Changes::default();
        let mut new = State::default();
        for logger in &self.plan.loggers {
            let logger = self.configure(logger, &mut changes, &mut new);
            changes.of(&logger).disabled = Some(false);
        }
        self.handle_existing(existing, &mut changes, &new);
        if let Some(root) = &self.plan.root {
            self.configure(root, &mut changes, &mut new);
        }
        self.forget(&mut changes, &new);
        (changes, new)
    }

    /// Gives the logger what the plan says, in the place of what is undone.
    fn configure(&self, plan: &LoggerPlan, changes: &mut Changes, new: &mut State) -> Logger {
        let logger = self.manager.get_logger(&plan.name);
        let change = changes.of(&logger);
        let mut handlers: Vec<Handler> =
            plan.handlers.iter().filter_map(|name| self.built.handler(name)).cloned().collect();
        for handler in self.handlers_of_others(&logger) {
            if !handlers.contains(&handler) {
                handlers.push(handler);
            }
        }
        change.handlers = Some(handlers);
        let mut filters = match change.filters.take() {
            Some(filters) => filters,
            None => self.filters_of_others(&logger),
        };
        for filter in plan.filters.iter().filter_map(|name| self.built.filter(name)) {
            if !filters.contains(filter) {
                filters.push(filter.clone());
                new.added.push((logger.clone(), filter.clone()));
            }
        }
        change.filters = (filters != logger.filters()).then_some(filters);
        let had = self.undone.is_some_and(|undone| undone.named.contains(&logger));
        let level = plan.level.or(change.level);
        change.level = level.or(had.then(|| default_level(&logger)));
        let propagate = plan.propagate.or(change.propagate);
        change.propagate = propagate.or(had.then_some(true));
        new.named.push(logger.clone());
        logger
    }

    /// The logger's handlers that stay, as no configuration put them there.
    fn handlers_of_others(&self, logger: &Logger) -> Vec<Handler> {
        match self.undone {
            Some(undone) => {
                logger.handlers().into_iter().filter(|handler| !undone.made(handler)).collect()
            }
            None => Vec::new(),
        }
    }

    /// The logger's filters but those that are undone.
    fn filters_of_others(&self, logger: &Logger) -> Vec<Filter> {
        let mut filters = logger.filters();
        if let Some(undone) = self.undone {
            filters.retain(|filter| !undone.added(logger, filter));
        }
        filters
    }

    /// Loggers that were there before and are not named: those below a named one are reset, the others
    /// are disabled or enabled.
    fn handle_existing(&self, existing: &[Logger], changes: &mut Changes, new: &State) {
        let loggers = self.plan.loggers.iter();
        let named: HashSet<_> = loggers.map(|logger| normalise(&logger.name)).collect();
        for logger in existing {
            if new.named.contains(logger) {
                continue;
            }
            let mut above = logger.name();
            let mut below_named = false;
            while let Some((shorter, _)) = above.rsplit_once('.') {
                above = shorter;
                below_named |= named.contains(above);
            }
            if below_named {
                self.reset(logger, changes);
            } else {
                changes.of(logger).disabled = Some(self.plan.disable_existing);
            }
        }
    }

    fn reset(&self, logger: &Logger, changes: &mut Changes) {
        let handlers = self.handlers_of_others(logger);
        let change = changes.of(logger);
        change.level = Some(default_level(logger));
        change.handlers = Some(handlers);
        change.propagate = Some(true);
    }

    /// Takes back what the undone configuration did to loggers that the new one does not name.
    fn forget(&self, changes: &mut Changes, new: &State) {
        let Some(undone) = self.undone else { return };
        for logger in undone.named.iter().filter(|logger| !new.named.contains(logger)) {
            self.reset(logger, changes);
            let filters = self.filters_of_others(logger);
            if filters != logger.filters() {
                changes.of(logger).filters = Some(filters);
            }
        }
    }
}

fn default_level(logger: &Logger) -> Level {
    if logger.is_root() { Level::WARNING } else { Level::NOTSET }
}
