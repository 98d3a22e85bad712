//! Where in the source a record was made.

use std::sync::atomic::{AtomicI32, Ordering};

use crate::level::Level;
use crate::logger::Logger;
use crate::manager::{Manager, get_logger};
use crate::once::OnceLock;
use crate::record::Template;

/// A place in the source: file, line, module and function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Location<'a> {
    /// The file's path as the compiler was given it, or empty where it is not known.
    pub file: &'a str,
    /// The line, from 1; 0 where it is not known.
    pub line: u32,
    /// The path of the module, as `myapp::db`.
    pub module_path: &'a str,
    /// The name of the function, without its path; empty where it is not known.
    pub function: &'a str,
}

impl Location<'static> {
    /// The place of the caller; in a function that is marked `#[track_caller]`, of that one's caller.
    /// Module and function are not known.
    ///
    /// ```
    /// use ferrolog::Location;
    ///
    /// #[track_caller]
    /// fn wrapper() -> Location<'static> {
    ///     Location::caller()
    /// }
    ///
    /// assert_eq!(wrapper().line, line!());
    /// ```
    ///
    /// Python: what `stacklevel` is for.
    #[track_caller]
    pub fn caller() -> Self {
        std::panic::Location::caller().into()
    }
}

impl<'a> From<&'a std::panic::Location<'_>> for Location<'a> {
    fn from(place: &'a std::panic::Location<'_>) -> Self {
        Self { file: place.file(), line: place.line(), module_path: "", function: "" }
    }
}

/// One use of a logging macro: what is known of it at compile time, and its module's logger once that
/// was asked for.
#[doc(hidden)]
#[derive(Debug)]
pub struct CallSite {
    file: &'static str,
    line: u32,
    module_path: &'static str,
    /// The name of an item declared inside the function, which carries the function's path.
    item: fn() -> &'static str,
    function: OnceLock<&'static str>,
    /// The message's template.
    pub(crate) template: Template,
    logger: OnceLock<Logger>,
    /// The logger's threshold, kept here too so that a disabled call loads nothing else. Until the
    /// logger is resolved every level passes, and the call asks the logger itself.
    threshold: AtomicI32,
}

impl CallSite {
    /// `padded_template` is the format string, and sixteen bytes more.
    pub const fn new(
        file: &'static str,
        line: u32,
        module_path: &'static str,
        item: fn() -> &'static str,
        padded_template: &'static str,
    ) -> Self {
        Self {
            file,
            line,
            module_path,
            item,
            function: OnceLock::new(),
            template: Template::new(padded_template, 16),
            logger: OnceLock::new(),
            threshold: AtomicI32::new(i32::MIN),
        }
    }

    /// Whether [`logger`](Self::logger) may want a record of this level: false is certain.
    #[inline]
    pub fn is_enabled_for(&self, level: Level) -> bool {
        level.value() > self.threshold.load(Ordering::Relaxed)
    }

    /// The logger of the module that the macro stands in, resolved at the first use.
    pub fn logger(&'static self) -> &'static Logger {
        self.logger.get_or_init(|| {
            let logger = get_logger(self.module_path);
            Manager::global().follow(&logger, &self.threshold);
            logger
        })
    }

    pub(crate) fn location(&self) -> Location<'static> {
        Location {
            file: self.file,
            line: self.line,
            module_path: self.module_path,
            function: self.function.get_or_init(|| function_name((self.item)())),
        }
    }
}

/// The function's own name from the path of an item inside it: `a::b::run::{{closure}}::f` is in `run`.
fn function_name(item: &'static str) -> &'static str {
    item.rsplit("::").skip(1).find(|part| *part != "{{closure}}").unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_functions() {
        assert_eq!(function_name("a::b::run::{{closure}}::{{closure}}::f"), "run");
        assert_eq!(function_name("a::main::f"), "main");
        assert_eq!(function_name("f"), "");
    }
}
