//! The section `handlers`.

use super::super::node::{Table, is_true};
use super::super::plan::{HandlerPlan, Settings};
use super::{Problem, Reader, References};
use crate::level::Level;

/// The keys of a handler that are not keywords of its class.
const KEYS: &[&str] = &["formatter", "level", "filters"];

impl<'d> Reader<'d> {
    pub(super) fn handlers(&mut self, top: &Table<'d>, references: References) -> Vec<HandlerPlan> {
        let Some(section) = top.section("handlers", &mut self.problems) else { return Vec::new() };
        let mut names: Vec<String> = section.entries.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        let plans = names.iter().filter_map(|name| self.handler(&section, name)).collect();
        self.order(&section, plans, references)
    }

    fn handler(&mut self, section: &Table<'d>, name: &str) -> Option<HandlerPlan> {
        let table = section.table(name, &mut self.problems)?;
        let formatter = self.formatter_name(&table);
        let level = self.level(&table);
        let filters = self.references(&table, "filters", "filter");
        let attributes = self.attributes(&table);
        let class_key = if Self::factory(&table) { "()" } else { "class" };
        if !table.has(class_key) {
            let message = "is missing; expected a class such as \"logging.StreamHandler\"";
            self.problems.add(Problem::new(table.path.join("class").to_string(), message));
            return None;
        }
        let class = self.class_name(&table, class_key)?;
        let keywords = self.keywords(&table, &[KEYS, &[class_key]].concat());
        let registry = self.document.registry;
        let Some(known) = registry.handler(&class) else {
            let message = match super::super::classes::feature_of(&class) {
                Some(feature) => {
                    format!(
                        "{class} is there only with the feature {feature:?} of the crate ferrolog"
                    )
                }
                None => format!("no class of handlers is called {class:?}"),
            };
            let problem = Problem::new(table.path.join(class_key).to_string(), message);
            self.problems.add(problem.suggest(registry.nearest_handler(&class)));
            return None;
        };
        let settings = Settings { keywords, attributes };
        let ((maker, terminator), targets) =
            self.make(&table, class.clone(), &settings, &[], |keywords| {
                keywords.check_names(&known.parameters);
                let terminator = keywords.attribute("terminator");
                Some(((known.make)(keywords)?, terminator))
            })?;
        Some(HandlerPlan {
            name: name.to_owned(),
            class,
            settings,
            targets,
            level,
            formatter,
            filters,
            terminator,
            maker: Some(maker),
        })
    }

    fn formatter_name(&mut self, table: &Table<'d>) -> Option<String> {
        let found = table.get("formatter", &mut self.problems).filter(is_true)?;
        let path = table.path.join("formatter");
        let name: String = self.setting(&path, &found)?;
        self.check_defined("formatters", "formatter", &path, &name).then_some(name)
    }

    /// Puts each handler behind those that it refers to.
    fn order(
        &mut self,
        section: &Table<'d>,
        mut waiting: Vec<HandlerPlan>,
        references: References,
    ) -> Vec<HandlerPlan> {
        let mut ordered: Vec<HandlerPlan> = Vec::new();
        let known: Vec<String> = waiting.iter().map(|plan| plan.name.clone()).collect();
        let mut passes = 0;
        loop {
            let before = ordered.len();
            let mut deferred = Vec::new();
            for plan in waiting {
                // A target that is faulty itself was noted, and is waited for by nobody.
                let ready = plan.targets.iter().all(|target| {
                    !known.contains(target) || ordered.iter().any(|done| done.name == *target)
                });
                if ready { ordered.push(plan) } else { deferred.push(plan) }
            }
            waiting = deferred;
            passes += 1;
            let over = match references {
                References::Twice => passes == 2,
                References::Free => ordered.len() == before,
            };
            if over || waiting.is_empty() {
                break;
            }
        }
        for plan in waiting {
            let message = format!(
                "refers to {}, which itself waits for another handler; expected a handler that \
                 refers to none, or one that is made before",
                plan.targets.join(", ")
            );
            self.problems.add(Problem::new(section.path.join(&plan.name).to_string(), message));
        }
        ordered
    }

    /// The handlers' levels, in an incremental configuration.
    pub(super) fn handler_levels(&mut self, top: &Table<'d>) -> Vec<HandlerPlan> {
        let Some(section) = top.section("handlers", &mut self.problems) else { return Vec::new() };
        let names: Vec<String> = section.entries.iter().map(|(name, _)| name.clone()).collect();
        let mut plans = Vec::new();
        for name in names {
            let Some(table) = section.table(&name, &mut self.problems) else { continue };
            let level: Option<Level> = match table.get("level", &mut self.problems) {
                // Python asks for the truth of the level here, so that 0 changes nothing.
                Some(found) if is_true(&found) => self.setting(&table.path.join("level"), &found),
                _ => None,
            };
            plans.push(HandlerPlan {
                name,
                class: String::new(),
                settings: Settings::default(),
                targets: Vec::new(),
                level,
                formatter: None,
                filters: Vec::new(),
                terminator: None,
                maker: None,
            });
        }
        plans
    }
}
