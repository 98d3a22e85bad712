//! The logging calls: what the macros come down to, and the same as functions.

use std::error::Error as StdError;
use std::fmt;

use super::Logger;
use crate::level::Level;
use crate::location::{CallSite, Location};
use crate::manager::any_record_factory;
use crate::record::{Record, Said, stack};
use crate::value::Value;

macro_rules! level_methods {
    ($($name:ident $level:ident)*) => {
        $(#[doc = concat!("Logs `message` at [`Level::", stringify!($level), "`], if that is enabled: [`Logger::log`].")]
        ///
        #[doc = concat!("Python: `Logger.", stringify!($name), "`.")]
        #[inline]
        #[track_caller]
        pub fn $name(&self, message: fmt::Arguments<'_>) {
            self.log(Level::$level, message);
        })*
    };
}

/// The calls as functions, for wrappers: the place of the record is the function's caller, and where that
/// is marked `#[track_caller]` too, its caller in turn. So a wrapper needs no count of frames, which is
/// what Python's `stacklevel` is. Module and function are not known; the macros know them.
///
/// ```
/// use ferrolog::{Formatter, Handler, Logger, StreamHandler, get_logger};
///
/// #[track_caller]
/// fn deprecated(logger: &Logger, what: &str) {
///     logger.warning(format_args!("{what} is deprecated"));
/// }
///
/// let lines = Handler::new(StreamHandler::new(Vec::new()))
///     .with_formatter(Formatter::new("%(lineno)d %(message)s")?);
/// let logger = get_logger("app.wrapper");
/// logger.add_handler(&lines);
/// deprecated(&logger, "connect");
/// let line = line!() - 1;
/// assert_eq!(lines.lock().stream(), format!("{line} connect is deprecated\n").as_bytes());
/// # Ok::<(), ferrolog::Error>(())
/// ```
impl Logger {
    level_methods! {
        debug DEBUG
        info INFO
        warning WARNING
        error ERROR
        critical CRITICAL
    }

    /// Logs `message` at `level`, if that is enabled. The arguments inside `format_args!` are evaluated
    /// in any case, but their text is made only where a handler wants it.
    ///
    /// Python: `Logger.log`.
    #[inline]
    #[track_caller]
    pub fn log(&self, level: Level, message: fmt::Arguments<'_>) {
        if self.is_enabled_for(level) {
            __log(self, Location::caller(), level, message, &[]);
        }
    }

    /// Logs `message` at `level` with key-values, if that is enabled.
    ///
    /// ```
    /// use ferrolog::{Level, ToValue, get_logger};
    ///
    /// let logger = get_logger("app");
    /// logger.log_with(Level::INFO, format_args!("in"), &[("user", "ann".to_value())]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn log_with(
        &self,
        level: Level,
        message: fmt::Arguments<'_>,
        key_values: &[(&str, Value<'_>)],
    ) {
        if self.is_enabled_for(level) {
            __log(self, Location::caller(), level, message, key_values);
        }
    }

    /// Logs an error with its sources, at level [`Level::ERROR`]. Python: `Logger.exception`.
    #[track_caller]
    pub fn exception(&self, error: &(dyn StdError + 'static), message: fmt::Arguments<'_>) {
        self.log_with(Level::ERROR, message, &[("exc_info", Value::Error(error))]);
    }

    /// Makes the record and sends it on its way; what a macro calls once the level is known to be
    /// enabled.
    #[doc(hidden)]
    #[inline(never)]
    pub fn __log(
        &self,
        level: Level,
        site: &'static CallSite,
        said: Said<'_>,
        key_values: &[(&str, Value<'_>)],
    ) {
        let record = Record::of_macro(self.name(), level, said, site, key_values);
        if key_values.iter().any(wants_stack) {
            return self.send_with_stack(record, key_values);
        }
        if any_record_factory() {
            return self.dispatch_made(&record);
        }
        self.handle_by(&record, |route| self.call_handlers(route, &record));
    }

    /// Sends a record that was made here on its way, with the key-values of its call.
    #[inline]
    pub(crate) fn send<'r>(&self, record: Record<'r>, key_values: &'r [(&'r str, Value<'r>)]) {
        if key_values.iter().any(wants_stack) {
            return self.send_with_stack(record, key_values);
        }
        self.dispatch(&record.with_key_values(key_values));
    }

    #[cold]
    fn send_with_stack(&self, record: Record<'_>, key_values: &[(&str, Value<'_>)]) {
        let text = stack::capture();
        let with_text: Vec<(&str, Value<'_>)> = key_values
            .iter()
            .map(|pair| if wants_stack(pair) { (pair.0, Value::Str(&text)) } else { *pair })
            .collect();
        self.dispatch(&record.with_key_values(&with_text));
    }

    /// [`Logger::handle`], by way of the record factory where there is one.
    #[inline]
    pub(crate) fn dispatch(&self, record: &Record<'_>) {
        if any_record_factory() {
            return self.dispatch_made(record);
        }
        self.handle(record);
    }

    #[cold]
    fn dispatch_made(&self, record: &Record<'_>) {
        match self.manager().and_then(|manager| manager.get_record_factory()) {
            None => self.handle(record),
            Some(factory) => match crate::handler::caught(|| Ok(factory.make(record))) {
                Ok(made) => self.handle(&made.as_record()),
                Err(error) => {
                    let name = format!("Record factory of logger {:?}", self.name());
                    crate::handler::report(&error, Some(record), &name);
                    self.handle(record);
                }
            },
        }
    }
}

/// What the functions come down to; named like what the macros come down to, for the stack's sake.
#[inline(never)]
fn __log(
    logger: &Logger,
    location: Location<'_>,
    level: Level,
    message: fmt::Arguments<'_>,
    key_values: &[(&str, Value<'_>)],
) {
    let record = Record::from_args(logger.name(), level, message).with_location(location);
    logger.send(record, key_values);
}

fn wants_stack((key, value): &(&str, Value<'_>)) -> bool {
    *key == "stack_info" && matches!(value, Value::Bool(true))
}
