//! The INI format of Python's `fileConfig`, brought into the dictionary schema without evaluating anything.
//!
//! Python: *Configuration file format*.

mod literal;
mod parse;

use self::literal::Literal;
pub(crate) use self::parse::Ini;
use self::parse::{Entry, Section};
use super::error::{ConfigError, Problem, Problems, nearest};
use super::plan::Plan;
use super::registry::{External, Registry};
use super::schema::{self, References};
use crate::error::Result;
use crate::value::OwnedValue;

const SECTIONS: [&str; 3] = ["formatters", "handlers", "loggers"];

/// A configuration in the INI format, with what the program adds to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IniSource {
    pub(crate) ini: Ini,
    pub(crate) disable_existing: bool,
}

/// Configures the global tree by a file in the INI format of Python's `fileConfig`.
///
/// The values of `args`, `kwargs` and `defaults` are read as Python literals: texts, numbers, tuples,
/// lists, dictionaries, `True`, `False`, `None`, integers joined by `+`, `-` and `*`, and names that the
/// [`Registry`] knows, such as `sys.stdout` or `handlers.SYSLOG_UDP_PORT`. Nothing is evaluated.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # std::env::set_current_dir(&folder).unwrap();
/// std::fs::write("logging.ini", "
/// [loggers]
/// keys=root
///
/// [handlers]
/// keys=file
///
/// [formatters]
/// keys=brief
///
/// [logger_root]
/// level=INFO
/// handlers=file
///
/// [handler_file]
/// class=FileHandler
/// formatter=brief
/// args=('app.log', 'w')
///
/// [formatter_brief]
/// format=%(levelname)s %(message)s
/// ")?;
/// ferrolog::config::file_config("logging.ini")?;
/// ferrolog::info!("hello");
/// assert_eq!(std::fs::read_to_string("app.log")?, "INFO hello\n");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// [`Configuration::from_file`](super::Configuration::from_file) reads other formats as well, and takes
/// the `defaults` and `disable_existing_loggers` that Python's function has.
///
/// # Errors
///
/// A file that cannot be read, all that is wrong with it, or a handler that cannot be made. The tree is
/// then as it was.
///
/// Python: `logging.config.fileConfig`.
pub fn file_config(path: impl AsRef<std::path::Path>) -> Result<Vec<Problem>> {
    super::Configuration::from_file_as(path, super::Syntax::Ini)?.apply()
}

impl IniSource {
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        if text.trim().is_empty() {
            return Err(ConfigError::one(Problem::new(
                "",
                "is empty, expected [loggers] and more",
            )));
        }
        match Ini::parse(text) {
            Ok(ini) => Ok(Self { ini, disable_existing: true }),
            Err(problems) => Err(ConfigError { file: None, problems, warnings: Vec::new() }),
        }
    }

    /// Adds a key that every section has, unless the file says otherwise.
    pub(crate) fn add_default(&mut self, key: &str, value: &str) {
        let key = key.to_lowercase();
        if !self.ini.defaults.iter().any(|entry| entry.key == key) {
            self.ini.defaults.push(Entry { key, value: value.to_owned(), line: 0 });
        }
    }

    pub(crate) fn plan(&self, registry: &Registry) -> Result<Plan, ConfigError> {
        let mut reader =
            Reader { ini: &self.ini, registry, problems: Problems::default(), places: Vec::new() };
        let value = reader.configuration(self.disable_existing);
        let Reader { problems, places, .. } = reader;
        let warnings = problems.into_result(|warnings| warnings)?;
        let place = |problem: Problem| places.iter().fold(problem, |p, place| place.put(p));
        match schema::read(&value, registry, References::Free) {
            Ok(mut plan) => {
                plan.warnings = warnings;
                Ok(plan)
            }
            Err(error) => Err(ConfigError {
                file: None,
                problems: error.problems.into_iter().map(place).collect(),
                warnings,
            }),
        }
    }
}

/// A key in the dictionary schema and the key in the file that it came from.
struct Place {
    path: String,
    section: String,
    key: String,
    line: Option<usize>,
}

impl Place {
    /// Says of a problem at this place where in the file it is.
    fn put(&self, problem: Problem) -> Problem {
        let rest = match problem.path.strip_prefix(&self.path) {
            Some(rest) if rest.is_empty() || rest.starts_with(['.', '[']) => rest,
            _ => return problem,
        };
        let path = match self.key.as_str() {
            "" => format!("[{}]", self.section),
            key => format!("[{}] {key}", self.section),
        };
        // A keyword that stands within `args` or `kwargs` is named in the message.
        let message = match rest.trim_start_matches('.') {
            "" => problem.message,
            rest if self.key.is_empty() => format!("{rest}: {}", problem.message),
            _ => problem.message,
        };
        Problem { path, message, line: problem.line.or(self.line), ..problem }
    }
}

struct Reader<'i> {
    ini: &'i Ini,
    registry: &'i Registry,
    problems: Problems,
    places: Vec<Place>,
}

type Table = Vec<(String, OwnedValue)>;

impl<'i> Reader<'i> {
    fn configuration(&mut self, disable_existing: bool) -> OwnedValue {
        let [formatters, handlers, loggers] = SECTIONS.map(|name| self.keys(name));
        let known: Vec<String> = SECTIONS
            .into_iter()
            .zip([&formatters, &handlers, &loggers])
            .flat_map(|(kind, names)| {
                let kind = kind.trim_end_matches('s');
                names.iter().map(move |name| format!("{kind}_{name}"))
            })
            .chain(SECTIONS.map(str::to_owned))
            .collect();
        for section in &self.ini.sections {
            if !known.contains(&section.name) {
                let warning = Problem::new(format!("[{}]", section.name), "is read by nothing")
                    .suggest(nearest(&section.name, known.iter().map(String::as_str)));
                self.problems.warn(Problem { line: Some(section.line), ..warning });
            }
        }
        let formatters = self.each("formatter", &formatters, Self::formatter);
        let handlers = self.each("handler", &handlers, Self::handler);
        if !loggers.iter().any(|name| name == "root") && self.ini.section("loggers").is_some() {
            let message = "names no logger \"root\", which there must be";
            self.problems.add(self.problem("loggers", "keys", message));
        }
        let mut root = OwnedValue::None;
        let mut others = Table::new();
        for name in loggers {
            let Some(section) = self.section(&format!("logger_{name}")) else { continue };
            if name == "root" {
                root = self.logger(section, "root").into();
            } else if let Some(qualname) = self.required(section, "qualname") {
                let table = self.logger(section, &format!("loggers.{qualname}"));
                others.retain(|(known, _)| *known != qualname);
                others.push((qualname, table.into()));
            }
        }
        let entries: Table = vec![
            ("version".to_owned(), 1.into()),
            ("disable_existing_loggers".to_owned(), disable_existing.into()),
            ("formatters".to_owned(), formatters.into()),
            ("handlers".to_owned(), handlers.into()),
            ("loggers".to_owned(), others.into()),
            ("root".to_owned(), root),
        ];
        entries.into()
    }

    fn each(
        &mut self,
        kind: &str,
        names: &[String],
        read: impl Fn(&mut Self, &'i Section, &str) -> Table,
    ) -> Table {
        let mut tables = Table::new();
        for name in names {
            if let Some(section) = self.section(&format!("{kind}_{name}"))
                && !tables.iter().any(|(known, _)| known == name)
            {
                let table = read(self, section, &format!("{kind}s.{name}"));
                tables.push((name.clone(), table.into()));
            }
        }
        tables
    }

    fn formatter(&mut self, section: &'i Section, path: &str) -> Table {
        self.warn_unread(section, &["format", "datefmt", "style", "class", "defaults"]);
        let mut table = Table::new();
        // The patterns have `%` of their own, which is left alone.
        for key in ["format", "datefmt", "style"] {
            if let Some(entry) = self.ini.raw(section, key) {
                self.place(&format!("{path}.{key}"), section, key);
                table.push((key.to_owned(), entry.value.as_str().into()));
            }
        }
        if let Some(class) = self.get(section, "class").filter(|class| !class.is_empty()) {
            self.place(&format!("{path}.class"), section, "class");
            table.push(("class".to_owned(), class.into()));
        }
        if let Some(entry) = self.ini.raw(section, "defaults")
            && let Some(defaults) = self.literal(section, "defaults", &entry.value)
        {
            self.place(&format!("{path}.defaults"), section, "defaults");
            table.push(("defaults".to_owned(), defaults));
        }
        self.place(path, section, "");
        table
    }

    fn handler(&mut self, section: &'i Section, path: &str) -> Table {
        let known = ["class", "level", "formatter", "args", "kwargs", "target"];
        self.warn_unread(section, &known);
        let mut table = Table::new();
        let Some(class) = self.required(section, "class") else { return table };
        // Names are looked up in `logging` first.
        let class = [format!("logging.{class}"), class.clone()]
            .into_iter()
            .find(|name| self.registry.handler(name).is_some())
            .unwrap_or(class);
        self.place(&format!("{path}.class"), section, "class");
        let parameters =
            self.registry.handler(&class).map(|class| class.parameters.clone()).unwrap_or_default();
        table.push(("class".to_owned(), class.into()));
        for key in ["level", "formatter"] {
            if let Some(value) = self.get(section, key) {
                self.place(&format!("{path}.{key}"), section, key);
                table.push((key.to_owned(), value.into()));
            }
        }
        self.arguments(section, &parameters, &mut table);
        if let Some(target) = self.get(section, "target").filter(|target| !target.is_empty()) {
            if parameters.iter().any(|name| name == "target") {
                self.place(&format!("{path}.target"), section, "target");
                table.retain(|(key, _)| key != "target");
                table.push(("target".to_owned(), target.into()));
            } else {
                let warning =
                    self.problem(&section.name, "target", "is read by nothing in this class");
                self.problems.warn(warning);
            }
        }
        self.place(path, section, "");
        table
    }

    /// `args` and `kwargs`, as keywords.
    fn arguments(&mut self, section: &'i Section, parameters: &[String], table: &mut Table) {
        let args = self.get(section, "args").unwrap_or_else(|| "()".to_owned());
        let mut given: Table = Vec::new();
        match self.literal(section, "args", &args) {
            Some(OwnedValue::List(values)) => {
                // A class that is not known was reported, or will be.
                if values.len() > parameters.len() && !parameters.is_empty() {
                    let message = format!(
                        "found {} values, expected at most {}: {}",
                        values.len(),
                        parameters.len(),
                        parameters.join(", ")
                    );
                    self.problems.add(self.problem(&section.name, "args", &message));
                }
                given.extend(parameters.iter().cloned().zip(values));
            }
            Some(other) => {
                let other = other.as_value().type_name();
                let message = format!("found {other}, expected a tuple such as (value,)");
                self.problems.add(self.problem(&section.name, "args", &message));
            }
            None => {}
        }
        let kwargs = self.get(section, "kwargs").unwrap_or_else(|| "{}".to_owned());
        match self.literal(section, "kwargs", &kwargs) {
            Some(OwnedValue::Map(values)) => {
                for (key, value) in values {
                    if given.iter().any(|(known, _)| *known == key) {
                        let message = format!("{key:?} is given in args already");
                        self.problems.add(self.problem(&section.name, "kwargs", &message));
                    } else {
                        given.push((key, value));
                    }
                }
            }
            Some(other) => {
                let message =
                    format!("found {}, expected a dictionary", other.as_value().type_name());
                self.problems.add(self.problem(&section.name, "kwargs", &message));
            }
            None => {}
        }
        // Without a target the class has none yet.
        given.retain(|(key, value)| key != "target" || *value != OwnedValue::None);
        table.extend(given);
    }

    fn logger(&mut self, section: &'i Section, path: &str) -> Table {
        self.warn_unread(
            section,
            &["level", "handlers", "qualname", "propagate", "channel", "parent"],
        );
        let mut table = Table::new();
        if let Some(level) = self.get(section, "level") {
            self.place(&format!("{path}.level"), section, "level");
            table.push(("level".to_owned(), level.into()));
        }
        if let Some(handlers) = self.required(section, "handlers") {
            self.place(&format!("{path}.handlers"), section, "handlers");
            let handlers: Vec<OwnedValue> = split(&handlers).map(OwnedValue::from).collect();
            table.push(("handlers".to_owned(), handlers.into()));
        }
        if path != "root" {
            let propagate = self.get(section, "propagate").map_or(Some(1), |text| {
                let number = text.trim().replace('_', "").parse::<i64>().ok();
                if number.is_none() {
                    let message = format!("found {text:?}, expected 0 or 1");
                    self.problems.add(self.problem(&section.name, "propagate", &message));
                }
                number
            });
            table.push(("propagate".to_owned(), propagate.unwrap_or(1).into()));
        }
        self.place(path, section, "");
        table
    }

    /// The names in the key `keys` of a section.
    fn keys(&mut self, name: &str) -> Vec<String> {
        let Some(section) = self.section(name) else { return Vec::new() };
        self.warn_unread(section, &["keys"]);
        match self.required(section, "keys") {
            Some(keys) => split(&keys).map(str::to_owned).collect(),
            None => Vec::new(),
        }
    }

    fn section(&mut self, name: &str) -> Option<&'i Section> {
        let section = self.ini.section(name);
        if section.is_none() {
            let known = self.ini.sections.iter().map(|section| section.name.as_str());
            let problem = Problem::new(format!("[{name}]"), "there is no such section")
                .suggest(nearest(name, known).map(|name| format!("[{name}]")));
            self.problems.add(problem);
        }
        section
    }

    fn required(&mut self, section: &'i Section, key: &str) -> Option<String> {
        if self.ini.raw(section, key).is_none() {
            let keys = section.entries.iter().map(|entry| entry.key.as_str());
            let problem =
                self.problem(&section.name, key, "is missing").suggest(nearest(key, keys));
            self.problems.add(problem);
        }
        self.get(section, key)
    }

    fn get(&mut self, section: &'i Section, key: &str) -> Option<String> {
        match self.ini.get(section, key)? {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.add(problem);
                None
            }
        }
    }

    fn literal(&mut self, section: &Section, key: &str, text: &str) -> Option<OwnedValue> {
        let read = literal::parse(text).map_err(|(_, message)| message);
        match read.and_then(|literal| self.value(literal)) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problems.add(self.problem(&section.name, key, &message));
                None
            }
        }
    }

    fn value(&self, literal: Literal) -> Result<OwnedValue, String> {
        Ok(match literal {
            Literal::Value(value) => value,
            Literal::Tuple(list) | Literal::List(list) => {
                let values: Result<Vec<_>, _> = list.into_iter().map(|l| self.value(l)).collect();
                OwnedValue::List(values?)
            }
            Literal::Dict(entries) => {
                let mut map = Table::new();
                for (key, value) in entries {
                    let OwnedValue::Str(key) = self.value(key)? else {
                        return Err("found a key that is not a text".to_owned());
                    };
                    map.retain(|(known, _)| *known != key);
                    map.push((key, self.value(value)?));
                }
                OwnedValue::Map(map)
            }
            Literal::Name(name) => {
                let spellings = [format!("logging.{name}"), name.clone()];
                let found = spellings
                    .iter()
                    .find_map(|name| self.registry.external(name).map(|found| (name, found)));
                match found {
                    Some((_, External::Value(value))) => value,
                    Some((name, External::Object)) => format!("ext://{name}").as_str().into(),
                    None => {
                        let mut message = format!("the name {name} stands for nothing here");
                        let nearest =
                            spellings.iter().find_map(|name| self.registry.nearest_external(name));
                        if let Some(nearest) = nearest {
                            let nearest = nearest.strip_prefix("logging.").unwrap_or(nearest);
                            message += &format!("; did you mean {nearest}?");
                        }
                        return Err(message);
                    }
                }
            }
        })
    }

    fn problem(&self, section: &str, key: &str, message: &str) -> Problem {
        let line = self.ini.section(section).map(|section| {
            let entry = section.entries.iter().find(|entry| entry.key == key);
            entry.map_or(section.line, |entry| entry.line)
        });
        Problem { line, ..Problem::new(format!("[{section}] {key}"), message) }
    }

    fn place(&mut self, path: &str, section: &Section, key: &str) {
        let line = self.problem(&section.name, key, "").line;
        self.places.push(Place {
            path: path.to_owned(),
            section: section.name.clone(),
            key: key.to_owned(),
            line,
        });
    }

    fn warn_unread(&mut self, section: &Section, known: &[&str]) {
        for entry in &section.entries {
            if !known.contains(&entry.key.as_str()) {
                // A section often has keys for others to refer to.
                if let Some(nearest) = nearest(&entry.key, known.iter().copied()) {
                    let warning = self.problem(&section.name, &entry.key, "is read by nothing");
                    self.problems.warn(warning.suggest(Some(nearest)));
                }
            }
        }
    }
}

/// Names with commas between.
fn split(names: &str) -> impl Iterator<Item = &str> {
    names.split(',').map(str::trim).filter(move |_| !names.is_empty())
}
