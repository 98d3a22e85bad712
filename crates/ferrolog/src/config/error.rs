//! What is wrong with a configuration: every fault, each with its place.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong with a configuration, or that has no effect in it.
///
/// ```
/// use ferrolog::config::Configuration;
///
/// let faulty = Configuration::from_value(vec![("version".to_owned(), 2.into())]);
/// let error = faulty.check().unwrap_err();
/// assert_eq!(error.problems()[0].path(), "version");
/// assert_eq!(error.to_string(), "version: found 2, expected 1, the only version there is");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(crate) path: String,
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
            suggestion: None,
            line: None,
            column: None,
        }
    }

    /// A fault at a place of the text: line and column from 1, in characters.
    pub(crate) fn at(line: usize, column: Option<usize>, message: impl Into<String>) -> Self {
        Self { line: Some(line), column, ..Self::new("", message) }
    }

    pub(crate) fn suggest(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }

    /// Where it is: the keys from the top, as `handlers.file.maxBytes` or `loggers.app.db.handlers[0]`;
    /// in an INI file the section and the key, as `[handler_file] args`. Empty where the whole is meant.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was found and what was expected.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The valid name that is nearest to the one that was found.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// The line, from 1, where it is known.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The column, from 1, where it is known.
    pub fn column(&self) -> Option<usize> {
        self.column
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "line {line}, column {column}: ")?,
            (Some(line), None) => write!(f, "line {line}: ")?,
            _ => {}
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean {suggestion:?}?"),
            None => Ok(()),
        }
    }
}

/// A configuration that is refused, with all that is wrong with it. What was configured before goes on
/// as it was.
///
/// It shows one line for each problem, with the file's name where there is one; what has no effect in
/// the configuration follows, as a misspelt key is often the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub(crate) file: Option<PathBuf>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Problem>,
}

impl ConfigError {
    pub(crate) fn one(problem: Problem) -> Self {
        Self { file: None, problems: vec![problem], warnings: Vec::new() }
    }

    pub(crate) fn in_file(mut self, file: Option<&Path>) -> Self {
        if self.file.is_none() {
            self.file = file.map(Path::to_owned);
        }
        self
    }

    /// The file that the configuration was read from.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What is wrong; at least one problem.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What has no effect, such as a key that nothing reads.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.problems.iter().map(|problem| ("", problem));
        let notes = self.warnings.iter().map(|warning| ("warning: ", warning));
        for (i, (kind, line)) in lines.chain(notes).enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            if let Some(file) = &self.file {
                write!(f, "{}: ", file.display())?;
            }
            write!(f, "{kind}{line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Collects problems while a configuration is read.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Problem>,
}

impl Problems {
    pub(crate) fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn warn(&mut self, warning: Problem) {
        self.warnings.push(warning);
    }

    pub(crate) fn into_result<T>(
        self,
        value: impl FnOnce(Vec<Problem>) -> T,
    ) -> Result<T, ConfigError> {
        let Self { problems, warnings } = self;
        let (problems, warnings) = (without_repetitions(problems), without_repetitions(warnings));
        if problems.is_empty() {
            Ok(value(warnings))
        } else {
            Err(ConfigError { file: None, problems, warnings })
        }
    }
}

/// A place may have been looked at more than once.
fn without_repetitions(problems: Vec<Problem>) -> Vec<Problem> {
    let mut kept = Vec::with_capacity(problems.len());
    for problem in problems {
        if !kept.contains(&problem) {
            kept.push(problem);
        }
    }
    kept
}

/// The one of `known` that `name` is most likely a misspelling of.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = name.to_lowercase();
    let allowed = (wanted.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|known| (strsim::osa_distance(&wanted, &known.to_lowercase()), known))
        .filter(|(distance, known)| *distance <= allowed && *known != name)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name() {
        let known = ["filename", "mode", "maxBytes", "backupCount"];
        for (name, expected) in [
            ("maxbytes", Some("maxBytes")),
            ("file_name", Some("filename")),
            ("backupcounts", Some("backupCount")),
            ("colour", None),
            ("mode", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }

    #[test]
    fn a_problem_shows_its_place() {
        let problem = Problem::new("a.b", "found 1").suggest(Some("c"));
        assert_eq!(problem.to_string(), "a.b: found 1; did you mean \"c\"?");
        let error = ConfigError {
            file: Some("x.json".into()),
            problems: vec![Problem::at(3, Some(7), "expected ','"), problem],
            warnings: vec![Problem::new("c", "is read by nothing")],
        };
        assert_eq!(
            error.to_string(),
            "x.json: line 3, column 7: expected ','\n\
             x.json: a.b: found 1; did you mean \"c\"?\n\
             x.json: warning: c: is read by nothing"
        );
    }
}
