//! The sections `loggers` and `root`.

use super::super::node::{Table, is_true};
use super::super::plan::LoggerPlan;
use super::Reader;

const KEYS: &[&str] = &["level", "propagate", "filters", "handlers"];

impl<'d> Reader<'d> {
    pub(super) fn loggers(&mut self, top: &Table<'d>, incremental: bool) -> Vec<LoggerPlan> {
        let Some(section) = top.section("loggers", &mut self.problems) else { return Vec::new() };
        let names: Vec<String> = section.entries.iter().map(|(name, _)| name.clone()).collect();
        let mut plans = Vec::new();
        for name in names {
            if let Some(table) = section.table(&name, &mut self.problems) {
                plans.push(self.logger(&name, &table, incremental));
            }
        }
        plans
    }

    /// The root; nothing where it is left as it is.
    pub(super) fn root(&mut self, top: &Table<'d>, incremental: bool) -> Option<LoggerPlan> {
        top.get("root", &mut self.problems).filter(is_true)?;
        let mut table = top.table("root", &mut self.problems)?;
        // There is nothing above the root that its records could go on to.
        table.entries.retain(|(key, _)| key != "propagate");
        Some(self.logger("root", &table, incremental))
    }

    fn logger(&mut self, name: &str, table: &Table<'d>, incremental: bool) -> LoggerPlan {
        table.warn_unread(KEYS, &mut self.problems);
        let level = self.level(table);
        let propagate = table
            .get_some("propagate", &mut self.problems)
            .map(|_| table.truth("propagate", true, &mut self.problems));
        let mut plan = LoggerPlan {
            name: name.to_owned(),
            level,
            propagate,
            handlers: Vec::new(),
            filters: Vec::new(),
        };
        if !incremental {
            plan.handlers = self.references(table, "handlers", "handler");
            plan.filters = self.references(table, "filters", "filter");
        }
        plan
    }
}
