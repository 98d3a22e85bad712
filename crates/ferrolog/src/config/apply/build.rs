//! Makes the handlers of a plan, or finds those that can go on.

use std::path::PathBuf;

use super::{Manner, Running, RunningFilter, State};
use crate::config::error::{ConfigError, Problem};
use crate::config::maker::{Made, Parts};
use crate::config::plan::{FilterPlan, HandlerPlan, Plan};
use crate::error::Error;
use crate::filter::Filter;
use crate::handler::Handler;

/// The parts of a configuration, ready to be put in force.
pub(super) struct Built {
    parts: Parts,
    made: Vec<(Running, Option<Made>)>,
    filters: Vec<RunningFilter>,
}

/// Makes what the plan asks for. Every handler that cannot be made is reported.
pub(super) fn build(plan: &mut Plan, state: &State, manner: Manner) -> Result<Built, ConfigError> {
    // What those that go have open is added to, and not lost.
    let in_use = match manner {
        Manner::Anew => Vec::new(),
        Manner::Reload => state.handlers.iter().flat_map(|old| old.files.clone()).collect(),
    };
    let mut parts = Parts::with_files_in_use(in_use);
    let mut made: Vec<(Running, Option<Made>)> = Vec::new();
    let mut problems = Vec::new();
    for wanted in &mut plan.handlers {
        let kept = match manner {
            Manner::Anew => None,
            Manner::Reload => {
                let old = state.handlers.iter().find(|old| is_same(old, wanted));
                // One that passes records on goes on only if those that it passes them to do.
                old.filter(|old| old.targets.iter().all(|target| is_kept(&made, target)))
            }
        };
        let maker = wanted.maker.take();
        let (handler, files, fresh) = match (kept, maker) {
            (Some(old), _) => (old.handler.clone(), old.files.clone(), None),
            (None, Some(maker)) => match crate::handler::caught(|| maker.make(&mut parts)) {
                Ok(fresh) => (fresh.handler.clone(), parts.take_files(), Some(fresh)),
                Err(error) => {
                    // One that waited for a faulty one is not at fault itself.
                    if wanted.targets.iter().all(|target| parts.handlers.contains_key(target)) {
                        let of_file = matches!(error, Error::File { .. })
                            && wanted.settings.keyword("filename").is_some();
                        let key = if of_file { ".filename" } else { "" };
                        let path = format!("handlers.{}{key}", wanted.name);
                        problems.push(Problem::new(path, error.to_string()));
                    }
                    continue;
                }
            },
            (None, None) => continue,
        };
        parts.handlers.insert(wanted.name.clone(), handler.clone());
        made.push((running(wanted, handler, files), fresh));
    }
    if !problems.is_empty() {
        return Err(ConfigError { file: None, problems, warnings: plan.warnings.clone() });
    }
    let filters = plan.filters.iter().map(|wanted| running_filter(wanted, state, manner)).collect();
    Ok(Built { parts, made, filters })
}

/// The filter of the plan, or the one before it that is the same and may remember something.
fn running_filter(wanted: &FilterPlan, state: &State, manner: Manner) -> RunningFilter {
    let is_same = |old: &&RunningFilter| {
        manner == Manner::Reload
            && (&old.name, &old.class, &old.settings)
                == (&wanted.name, &wanted.class, &wanted.settings)
    };
    state.filters.iter().find(is_same).cloned().unwrap_or_else(|| RunningFilter {
        name: wanted.name.clone(),
        class: wanted.class.clone(),
        settings: wanted.settings.clone(),
        filter: wanted.filter.clone(),
    })
}

fn is_same(old: &Running, wanted: &HandlerPlan) -> bool {
    old.name == wanted.name
        && old.class == wanted.class
        && old.settings == wanted.settings
        && old.targets == wanted.targets
}

fn is_kept(made: &[(Running, Option<Made>)], name: &str) -> bool {
    made.iter().any(|(running, fresh)| running.name == name && fresh.is_none())
}

fn running(plan: &HandlerPlan, handler: Handler, files: Vec<PathBuf>) -> Running {
    Running {
        name: plan.name.clone(),
        class: plan.class.clone(),
        settings: plan.settings.clone(),
        targets: plan.targets.clone(),
        handler,
        files,
    }
}

impl Built {
    pub(super) fn handler(&self, name: &str) -> Option<&Handler> {
        self.parts.handlers.get(name)
    }

    pub(super) fn filter(&self, name: &str) -> Option<&Filter> {
        self.filters.iter().find(|known| known.name == name).map(|known| &known.filter)
    }

    /// Gives each handler its level, formatter, filters and name. From here on nothing fails.
    pub(super) fn set_up(&self, plan: &Plan) {
        for wanted in &plan.handlers {
            let Some(handler) = self.handler(&wanted.name) else { continue };
            handler.set_level(wanted.level.unwrap_or_default());
            let formatter = wanted
                .formatter
                .as_ref()
                .and_then(|name| plan.formatters.iter().find(|formatter| formatter.name == *name));
            match formatter {
                Some(formatter) => handler.set_shared_formatter(formatter.format.clone()),
                None => handler.reset_formatter(),
            }
            if let Some(terminator) = &wanted.terminator {
                handler.set_terminator(terminator.as_str());
            }
            handler.set_filters(
                wanted.filters.iter().filter_map(|name| self.filter(name).cloned()).collect(),
            );
            handler.set_name(wanted.name.as_str());
        }
    }

    pub(super) fn running(&self) -> Vec<Running> {
        self.made.iter().map(|(running, _)| running.clone()).collect()
    }

    pub(super) fn running_filters(&self) -> Vec<RunningFilter> {
        self.filters.clone()
    }

    /// Does what could be done only when the handlers before are closed.
    pub(super) fn finish(mut self) {
        self.parts.keep_files();
        for (running, fresh) in self.made {
            if let Some(Made { then: Some(then), .. }) = fresh
                && let Err(error) = crate::handler::caught(then)
            {
                running.handler.report(&error, None);
            }
        }
    }
}
