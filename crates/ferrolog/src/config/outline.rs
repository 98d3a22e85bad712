//! The tree that a configuration results in, as text.

use std::fmt::{self, Write};

use super::dict::Configuration;
use super::error::ConfigError;
use super::plan::{HandlerPlan, LoggerPlan, Plan};
use crate::level::Level;
use crate::manager::normalise;

/// The loggers, levels, handlers, filters and formatters that a configuration results in; shows as a tree.
///
/// ```
/// # #[cfg(feature = "json")] {
/// use ferrolog::config::Configuration;
///
/// let configuration = Configuration::from_json(r#"{
///     "version": 1,
///     "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}},
///     "loggers": {"app": {"level": "DEBUG"}},
///     "root": {"handlers": ["out"]}
/// }"#)?;
/// assert_eq!(configuration.outline()?.to_string(), "\
/// root: WARNING
/// ├── handler out: logging.StreamHandler(stream=sys.stdout)
/// └── app: DEBUG
/// ");
/// # }
/// # Ok::<(), ferrolog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline(Branch);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Branch {
    text: String,
    below: Vec<Branch>,
}

impl Configuration {
    /// What the configuration results in, without doing anything.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn outline(&self) -> Result<Outline, ConfigError> {
        let plan = self.plan()?;
        Ok(Outline(Outliner { plan: &plan }.root()))
    }
}

struct Outliner<'p> {
    plan: &'p Plan,
}

impl Outliner<'_> {
    fn root(&self) -> Branch {
        let named = |logger: &&LoggerPlan| is_root(&logger.name);
        let mut plans = self.plan.loggers.iter().filter(named).chain(&self.plan.root);
        // Each setting that a later section leaves out is the earlier one's.
        let level =
            plans.clone().filter_map(|plan| plan.level).next_back().unwrap_or(Level::WARNING);
        let mut below = plans.next_back().map_or_else(Vec::new, |plan| self.own(plan));
        let mut children = Vec::new();
        let mut loggers: Vec<&LoggerPlan> =
            self.plan.loggers.iter().filter(|logger| !is_root(&logger.name)).collect();
        loggers.sort_by_key(|logger| normalise(&logger.name).into_owned());
        self.loggers(&loggers, level, "the root", &mut children);
        below.append(&mut children);
        let unused: Vec<&HandlerPlan> =
            self.plan.handlers.iter().filter(|handler| !self.is_used(&handler.name)).collect();
        if !unused.is_empty() && !self.plan.incremental {
            let below_unused = unused.iter().map(|handler| self.handler(handler)).collect();
            below.push(Branch { text: "of no logger".to_owned(), below: below_unused });
        }
        if self.plan.incremental {
            below.extend(unused.iter().map(|handler| self.handler(handler)));
        }
        let changes = if self.plan.incremental { " (changes only)" } else { "" };
        Branch { text: format!("root: {level}{changes}"), below }
    }

    /// Puts those of `loggers`, sorted by name, that have no other above them into `out`, with the others
    /// below them.
    fn loggers(&self, loggers: &[&LoggerPlan], above: Level, whose: &str, out: &mut Vec<Branch>) {
        let mut rest = loggers.to_vec();
        while !rest.is_empty() {
            let logger = rest.remove(0);
            let name = normalise(&logger.name);
            let prefix = format!("{name}.");
            let (under, beside): (Vec<&LoggerPlan>, Vec<&LoggerPlan>) =
                rest.drain(..).partition(|other| normalise(&other.name).starts_with(&prefix));
            let own = logger.level.filter(|level| *level != Level::NOTSET);
            let (level, from) = match own {
                Some(level) => (level, &*name),
                None => (above, whose),
            };
            let mut text = format!("{name}: {level}");
            if own.is_none() {
                let _ = write!(text, ", of {whose}");
            }
            if logger.propagate == Some(false) {
                text += ", does not propagate";
            }
            let mut below = self.own(logger);
            self.loggers(&under, level, from, &mut below);
            out.push(Branch { text, below });
            rest = beside;
        }
    }

    /// A logger's filters and handlers.
    fn own(&self, logger: &LoggerPlan) -> Vec<Branch> {
        let mut below = self.filters(&logger.filters);
        for name in &logger.handlers {
            below.extend(self.named(name).map(|handler| self.handler(handler)));
        }
        below
    }

    fn named(&self, name: &str) -> Option<&HandlerPlan> {
        self.plan.handlers.iter().find(|handler| handler.name == name)
    }

    fn handler(&self, handler: &HandlerPlan) -> Branch {
        let mut text = format!("handler {}", handler.name);
        if !handler.class.is_empty() {
            let _ = write!(text, ": {}({})", handler.class, handler.settings);
        }
        if let Some(level) = handler.level.filter(|level| *level != Level::NOTSET) {
            let _ = write!(text, ", {level}");
        }
        let mut below = self.filters(&handler.filters);
        if let Some(name) = &handler.formatter {
            let formatters = &self.plan.formatters;
            below.extend(formatters.iter().find(|known| known.name == *name).map(|formatter| {
                Branch {
                    text: format!("formatter {name}: {}({})", formatter.class, formatter.settings),
                    below: Vec::new(),
                }
            }));
        }
        for name in &handler.targets {
            below.extend(self.named(name).map(|target| {
                let target = self.handler(target);
                Branch { text: format!("to {}", target.text), ..target }
            }));
        }
        Branch { text, below }
    }

    fn filters(&self, names: &[String]) -> Vec<Branch> {
        let filters = self.plan.filters.iter();
        filters
            .filter(|filter| names.contains(&filter.name))
            .map(|filter| Branch {
                text: format!("filter {}: {}({})", filter.name, filter.class, filter.settings),
                below: Vec::new(),
            })
            .collect()
    }

    fn is_used(&self, name: &str) -> bool {
        let loggers = self.plan.loggers.iter().chain(&self.plan.root);
        let name = &name.to_owned();
        loggers.clone().any(|logger| logger.handlers.contains(name))
            || self.plan.handlers.iter().any(|handler| handler.targets.contains(name))
    }
}

fn is_root(name: &str) -> bool {
    name.is_empty() || name == "root"
}

impl fmt::Display for Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.0.text)?;
        show(&self.0.below, "", f)
    }
}

fn show(branches: &[Branch], indent: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, branch) in branches.iter().enumerate() {
        let (knot, line) =
            if i + 1 == branches.len() { ("└── ", "    ") } else { ("├── ", "│   ") };
        // A pattern can have line ends of its own.
        writeln!(f, "{indent}{knot}{}", branch.text.replace('\n', "\\n"))?;
        show(&branch.below, &format!("{indent}{line}"), f)?;
    }
    Ok(())
}
