//! From a valid plan to the running tree: first everything is made, then it is switched over.

mod build;
mod settle;

use std::time::Duration;

use self::build::build;
use self::settle::Settlement;
use super::error::{ConfigError, Problem};
use super::plan::{Plan, Settings};
use crate::filter::Filter;
use crate::handler::{Handler, get_handler_by_name};
use crate::logger::Logger;
use crate::manager::{Changes, Manager};

/// How long the records that are on their way to handlers that go are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a configuration has put in force in a tree.
#[derive(Debug, Default)]
pub(crate) struct State {
    handlers: Vec<Running>,
    filters: Vec<RunningFilter>,
    /// The filters that it added to loggers.
    added: Vec<(Logger, Filter)>,
    /// The loggers that it named.
    named: Vec<Logger>,
    /// The loggers that were there before it; nothing where there was no configuration yet.
    existing: Option<Vec<Logger>>,
}

/// A handler that a configuration made.
#[derive(Clone, Debug)]
struct Running {
    name: String,
    class: String,
    settings: Settings,
    targets: Vec<String>,
    handler: Handler,
    /// The files that it writes to.
    files: Vec<std::path::PathBuf>,
}

/// A filter that a configuration made.
#[derive(Clone, Debug)]
struct RunningFilter {
    name: String,
    class: String,
    settings: Settings,
    filter: Filter,
}

/// How a configuration takes the place of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As `dictConfig` and `fileConfig` do: all handlers are new, and what the one before did to loggers
    /// that this one does not name stays or is disabled.
    Anew,
    /// As if the program had begun with this one: handlers and filters whose settings are the same go on,
    /// what the one before did to loggers is undone, and what others did to them stays.
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
    let before = match manner {
        Manner::Anew => attached(manager, &state),
        Manner::Reload => state.handlers().collect(),
    };
    let existing = match manner {
        Manner::Anew => None,
        Manner::Reload => state.existing.take(),
    };
    let existing = existing.unwrap_or_else(|| manager.loggers());
    built.set_up(&plan);
    let settlement = Settlement {
        plan: &plan,
        manager,
        built: &built,
        undone: (manner == Manner::Reload).then_some(&*state),
    };
    let (changes, mut new) = settlement.changes(&existing);
    let on_their_way = manager.switch(changes);
    new.existing = Some(existing);
    new.handlers = built.running();
    new.filters = built.running_filters();
    let after: Vec<Handler> = match manner {
        Manner::Anew => attached(manager, &new),
        Manner::Reload => new.handlers().collect(),
    };
    *state = new;
    // Whoever logs from a handler's `close`, or configures while delivering, must not find the state locked.
    drop(state);
    on_their_way.drain(PATIENCE);
    for old in before.iter().rev() {
        if !after.contains(old) {
            old.close();
        } else if manner == Manner::Anew {
            old.flush();
        }
    }
    built.finish();
    Ok(plan.warnings)
}

/// The handlers in the tree and those that a configuration made, in the order they were made.
fn attached(manager: &Manager, state: &State) -> Vec<Handler> {
    let mut handlers: Vec<Handler> = state.handlers().collect();
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
    let mut changes = Changes::default();
    for wanted in plan.loggers.iter().chain(&plan.root) {
        let logger = manager.get_logger(&wanted.name);
        let change = changes.of(&logger);
        change.level = wanted.level.or(change.level);
        change.propagate = wanted.propagate.or(change.propagate);
        if !logger.is_root() || wanted.name != "root" {
            change.disabled = Some(false);
        }
    }
    // No handler is taken out, so that there is nothing to wait for.
    let _ = manager.switch(changes);
    Ok(plan.warnings)
}

impl State {
    fn handlers(&self) -> impl Iterator<Item = Handler> {
        self.handlers.iter().map(|running| running.handler.clone())
    }

    /// Whether the configuration made this handler.
    fn made(&self, handler: &Handler) -> bool {
        self.handlers.iter().any(|running| running.handler == *handler)
    }

    fn added(&self, logger: &Logger, filter: &Filter) -> bool {
        self.added.iter().any(|(known, added)| known == logger && added == filter)
    }
}
