//! The sections `formatters` and `filters`.

use super::super::keywords::Keywords;
use super::super::node::{Found, Table};
use super::super::plan::{FilterPlan, FormatterPlan, Settings};
use super::{Problem, Reader};
use crate::value::OwnedValue;

/// A formatter's keys and the keywords of its class that they stand for.
const FORMAT_KEYS: &[(&str, &str)] = &[
    ("fmt", "format"),
    ("datefmt", "datefmt"),
    ("style", "style"),
    ("validate", "validate"),
    ("defaults", "defaults"),
];

impl<'d> Reader<'d> {
    pub(super) fn formatters(&mut self, top: &Table<'d>) -> Vec<FormatterPlan> {
        let Some(section) = top.section("formatters", &mut self.problems) else {
            return Vec::new();
        };
        let names: Vec<String> = section.entries.iter().map(|(name, _)| name.clone()).collect();
        names.iter().filter_map(|name| self.formatter(&section, name)).collect()
    }

    fn formatter(&mut self, section: &Table<'d>, name: &str) -> Option<FormatterPlan> {
        let table = section.table(name, &mut self.problems)?;
        let mut spellings = FORMAT_KEYS;
        let mut attributes = Vec::new();
        let (class, class_key, mut items) = if Self::factory(&table) {
            attributes = self.attributes(&table);
            let class = self.class_name(&table, "()")?;
            let mut items = self.keywords(&table, &["()"]);
            // The factory may know the pattern by either name.
            match items.iter_mut().find(|(key, _)| key == "format") {
                Some((key, _)) if !table.has("fmt") => *key = "fmt".to_owned(),
                _ => spellings = &[],
            }
            (class, "()", items)
        } else {
            let class = match table.get("class", &mut self.problems) {
                Some(Found::Value(value)) if !crate::record::is_true(&value) => None,
                Some(_) => Some(self.class_name(&table, "class")?),
                None if table.has("class") => return None,
                None => None,
            };
            let class = class.unwrap_or_else(|| "logging.Formatter".to_owned());
            (class, "class", self.keywords(&table, &["class"]))
        };
        let registry = self.document.registry;
        let Some(known) = registry.formatter(&class) else {
            let problem = Problem::new(
                table.path.join(class_key).to_string(),
                format!("no class of formatters is called {class:?}"),
            );
            self.problems.add(problem.suggest(registry.nearest_formatter(&class)));
            return None;
        };
        if class_key == "class" {
            // Python reads these keys and no others; what else the class has is this crate's own.
            for (key, _) in &mut items {
                if key == "format" {
                    *key = "fmt".to_owned();
                } else if key == "fmt" {
                    *key = String::new();
                }
            }
            // `defaults` that are absent are not passed on.
            items.retain(|(key, found)| {
                (key != "defaults" || *found != Found::Value(OwnedValue::None))
                    && known.parameters.contains(key)
            });
            let mut read: Vec<&str> = FORMAT_KEYS.iter().map(|(_, key)| *key).collect();
            read.push("class");
            read.extend(known.parameters.iter().map(String::as_str).filter(|key| *key != "fmt"));
            table.warn_unread(&read, &mut self.problems);
        }
        let settings = Settings { keywords: items, attributes };
        let (format, _) = self.make(&table, class.clone(), &settings, spellings, |keywords| {
            keywords.check_names(&known.parameters);
            (known.make)(keywords)
        })?;
        Some(FormatterPlan { name: name.to_owned(), class, settings, format })
    }

    /// Has `make` read the settings; nothing where there was a problem. The second part are the handlers
    /// that were referred to.
    pub(super) fn make<T>(
        &mut self,
        table: &Table<'d>,
        class: String,
        settings: &Settings,
        spellings: &[(&str, &str)],
        make: impl FnOnce(&mut Keywords<'_>) -> Option<T>,
    ) -> Option<(T, Vec<String>)> {
        let before = self.problems.problems.len();
        let mut keywords = Keywords {
            path: table.path.clone(),
            class,
            items: settings.keywords.clone(),
            attributes: settings.attributes.clone(),
            read: Vec::new(),
            problems: &mut self.problems,
            document: self.document,
            handlers: Vec::new(),
            spellings,
        };
        let made = make(&mut keywords);
        keywords.check_attributes();
        let handlers = keywords.handlers;
        let sound = self.problems.problems.len() == before;
        made.filter(|_| sound).map(|made| (made, handlers))
    }

    pub(super) fn filters(&mut self, top: &Table<'d>) -> Vec<FilterPlan> {
        let Some(section) = top.section("filters", &mut self.problems) else { return Vec::new() };
        let names: Vec<String> = section.entries.iter().map(|(name, _)| name.clone()).collect();
        names.iter().filter_map(|name| self.filter(&section, name)).collect()
    }

    fn filter(&mut self, section: &Table<'d>, name: &str) -> Option<FilterPlan> {
        let table = section.table(name, &mut self.problems)?;
        let (class, settings) = if Self::factory(&table) {
            let attributes = self.attributes(&table);
            let class = self.class_name(&table, "()")?;
            (class, Settings { keywords: self.keywords(&table, &["()"]), attributes })
        } else {
            table.warn_unread(&["name"], &mut self.problems);
            let mut keywords = self.keywords(&table, &[]);
            keywords.retain(|(key, _)| key == "name");
            ("logging.Filter".to_owned(), Settings { keywords, attributes: Vec::new() })
        };
        let registry = self.document.registry;
        let Some(known) = registry.filter(&class) else {
            let problem = Problem::new(
                table.path.join("()").to_string(),
                format!("no factory of filters is called {class:?}"),
            );
            self.problems.add(problem.suggest(registry.nearest_filter(&class)));
            return None;
        };
        let (filter, _) = self.make(&table, class.clone(), &settings, &[], |keywords| {
            keywords.check_names(&known.parameters);
            (known.make)(keywords)
        })?;
        Some(FilterPlan { name: name.to_owned(), class, settings, filter })
    }
}
