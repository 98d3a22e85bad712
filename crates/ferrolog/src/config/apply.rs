//! From a valid plan to the running tree: first everything is made, then it is switched over.

mod build;

use std::collections::HashSet;

use self::build::{Built, build};
use super::error::{ConfigError, Problem};
use super::plan::Settings;
use super::plan::{LoggerPlan, Plan};
use crate::filter::Filter;
use crate::handler::{Handler, get_handler_by_name};
use crate::level::Level;
use crate::logger::Logger;
use crate::manager::{Manager, normalise};

/// What a configuration has put in force in a tree.
#[derive(Debug, Default)]
pub(crate) struct State {
    handlers: Vec<Running>,
    /// The filters that it added to loggers.
    filters: Vec<(Logger, Filter)>,
    /// The loggers that it named.
    named: Vec<Logger>,
    /// The loggers that were there before it.
    existing: Vec<Logger>,
}

/// A handler that a configuration made.
#[derive(Clone, Debug)]
struct Running {
    name: String,
    class: String,
    settings: Settings,
    targets: Vec<String>,
    handler: Handler,
}

/// How a configuration takes the place of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As `dictConfig` and `fileConfig` do: all handlers are new, and what the one before did to loggers
    /// that this one does not name stays or is disabled.
    Anew,
    /// As if the program had begun with this one: handlers whose settings are the same go on, and what the
    /// one before did to loggers is undone.
    Reload,
}

/// Puts the plan in force. Where that fails, the tree is as it was.
pub(crate) fn apply(
    mut plan: Plan,
    manager: &Manager,
    manner: Manner,
) -> Result<Vec<Problem>, ConfigError> {
    let mut state = manager.configured();
    if plan.incremental {
        return increment(plan, manager, &state);
    }
    let built = build(&mut plan, &state, manner)?;
    let before = attached(manager, &state);
    let existing = match manner {
        Manner::Anew => manager.loggers(),
        Manner::Reload => std::mem::take(&mut state.existing),
    };
    built.set_up(&plan);
    let mut new = State { existing: existing.clone(), ..State::default() };
    let undone = (manner == Manner::Reload).then_some(&*state);
    for logger in &plan.loggers {
        configure(logger, manager, &built, &mut new, undone).set_disabled(false);
    }
    handle_existing(&existing, &plan, &new);
    if let Some(root) = &plan.root {
        configure(root, manager, &built, &mut new, undone);
    }
    if let Some(undone) = undone {
        forget(undone, &new);
    }
    new.handlers = built.running();
    let after: Vec<Handler> = attached(manager, &new);
    *state = new;
    // Whoever logs from a handler's `close` must not find the state locked.
    drop(state);
    for old in before.iter().rev() {
        if after.contains(old) { old.flush() } else { old.close() }
    }
    built.finish();
    Ok(plan.warnings)
}

/// The handlers in the tree and those that a configuration made, in the order they were made.
fn attached(manager: &Manager, state: &State) -> Vec<Handler> {
    let mut handlers: Vec<Handler> =
        state.handlers.iter().map(|running| running.handler.clone()).collect();
    let loggers = manager.loggers();
    for logger in loggers.iter().chain([manager.root()]) {
        for handler in logger.handlers() {
            if !handlers.contains(&handler) {
                handlers.push(handler);
            }
        }
    }
    handlers
}

/// Changes levels and propagation and nothing else.
fn increment(plan: Plan, manager: &Manager, state: &State) -> Result<Vec<Problem>, ConfigError> {
    let mut problems = Vec::new();
    let mut levels = Vec::new();
    let there = attached(manager, state);
    for wanted in &plan.handlers {
        let named = |handler: &&Handler| handler.name().as_deref() == Some(&wanted.name);
        let own = there.iter().find(named).cloned();
        let handler = match own {
            None if manager.is_global() => get_handler_by_name(&wanted.name),
            own => own,
        };
        match handler {
            Some(handler) => levels.extend(wanted.level.map(|level| (handler, level))),
            None => {
                let known = state.handlers.iter().map(|running| running.name.as_str());
                let message = "no such handler is there; an incremental configuration changes the \
                               handlers that are";
                let problem = Problem::new(format!("handlers.{}", wanted.name), message)
                    .suggest(super::error::nearest(&wanted.name, known));
                problems.push(problem);
            }
        }
    }
    if !problems.is_empty() {
        return Err(ConfigError { file: None, problems, warnings: plan.warnings });
    }
    for (handler, level) in levels {
        handler.set_level(level);
    }
    for wanted in plan.loggers.iter().chain(&plan.root) {
        let logger = manager.get_logger(&wanted.name);
        set_level(&logger, wanted);
        if !logger.is_root() || wanted.name != "root" {
            logger.set_disabled(false);
        }
        if let Some(propagate) = wanted.propagate {
            logger.set_propagate(propagate);
        }
    }
    Ok(plan.warnings)
}

fn set_level(logger: &Logger, plan: &LoggerPlan) {
    if let Some(level) = plan.level {
        logger.set_level(level);
    }
}

/// Gives the logger what the plan says; with `undone`, in the place of what that one gave it. Each setting
/// changes once, so that no record meets a state between the two.
fn configure(
    plan: &LoggerPlan,
    manager: &Manager,
    built: &Built,
    new: &mut State,
    undone: Option<&State>,
) -> Logger {
    let logger = manager.get_logger(&plan.name);
    logger.set_handlers(plan.handlers.iter().filter_map(|name| built.handler(name)));
    let mut filters = logger.filters();
    if let Some(undone) = undone {
        filters.retain(|filter| !undone.added(&logger, filter));
    }
    for filter in plan.filters.iter().filter_map(|name| built.filter(name)) {
        if !filters.contains(filter) {
            filters.push(filter.clone());
            new.filters.push((logger.clone(), filter.clone()));
        }
    }
    if filters != logger.filters() {
        logger.set_filters(filters);
    }
    let had = undone.is_some_and(|undone| undone.named.contains(&logger));
    if let Some(level) = plan.level.or(had.then(|| default_level(&logger))) {
        logger.set_level(level);
    }
    if let Some(propagate) = plan.propagate.or(had.then_some(true)) {
        logger.set_propagate(propagate);
    }
    new.named.push(logger.clone());
    logger
}

fn default_level(logger: &Logger) -> Level {
    if logger.is_root() { Level::WARNING } else { Level::NOTSET }
}

/// Loggers that were there before and are not named: those below a named one are reset, the others are
/// disabled or enabled.
fn handle_existing(existing: &[Logger], plan: &Plan, state: &State) {
    let named: HashSet<_> = plan.loggers.iter().map(|logger| normalise(&logger.name)).collect();
    for logger in existing {
        if state.named.contains(logger) {
            continue;
        }
        let mut above = logger.name();
        let mut below_named = false;
        while let Some((shorter, _)) = above.rsplit_once('.') {
            above = shorter;
            below_named |= named.contains(above);
        }
        if below_named {
            reset(logger);
        } else {
            logger.set_disabled(plan.disable_existing);
        }
    }
}

fn reset(logger: &Logger) {
    logger.set_level(default_level(logger));
    logger.set_handlers(Vec::<Handler>::new());
    logger.set_propagate(true);
}

/// Takes back what the configuration before did to loggers that the new one does not name.
fn forget(undone: &State, new: &State) {
    for (logger, filter) in &undone.filters {
        if !new.named.contains(logger) {
            logger.remove_filter(filter);
        }
    }
    for logger in undone.named.iter().filter(|logger| !new.named.contains(logger)) {
        reset(logger);
    }
}

impl State {
    fn added(&self, logger: &Logger, filter: &Filter) -> bool {
        self.filters.iter().any(|(known, added)| known == logger && added == filter)
    }
}
