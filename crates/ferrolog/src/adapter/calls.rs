//! An adapter's logging calls as functions.

use std::error::Error as StdError;
use std::fmt;

use super::LoggerAdapter;
use crate::level::Level;
use crate::location::Location;
use crate::record::Record;
use crate::value::Value;

macro_rules! level_methods {
    ($($name:ident $level:ident)*) => {
        $(#[doc = concat!("[`Logger::", stringify!($name), "`](crate::Logger::", stringify!($name), ") with the adapter's attributes.")]
        ///
        #[doc = concat!("Python: `LoggerAdapter.", stringify!($name), "`.")]
        #[inline]
        #[track_caller]
        pub fn $name(&self, message: fmt::Arguments<'_>) {
            self.log(Level::$level, message);
        })*
    };
}

/// The calls as functions, as on [`Logger`](crate::Logger).
impl LoggerAdapter {
    level_methods! {
        debug DEBUG
        info INFO
        warning WARNING
        error ERROR
        critical CRITICAL
    }

    /// [`Logger::log`](crate::Logger::log) with the adapter's attributes. Python: `LoggerAdapter.log`.
    #[inline]
    #[track_caller]
    pub fn log(&self, level: Level, message: fmt::Arguments<'_>) {
        self.log_with(level, message, &[]);
    }

    /// [`Logger::log_with`](crate::Logger::log_with) with the adapter's attributes.
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

    /// [`Logger::exception`](crate::Logger::exception) with the adapter's attributes.
    ///
    /// Python: `LoggerAdapter.exception`.
    #[track_caller]
    pub fn exception(&self, error: &(dyn StdError + 'static), message: fmt::Arguments<'_>) {
        self.log_with(Level::ERROR, message, &[("exc_info", Value::Error(error))]);
    }
}

/// What the functions come down to; named like what the macros come down to, for the stack's sake.
#[inline(never)]
fn __log(
    adapter: &LoggerAdapter,
    location: Location<'_>,
    level: Level,
    message: fmt::Arguments<'_>,
    key_values: &[(&str, Value<'_>)],
) {
    let record = Record::from_args(adapter.name(), level, message).with_location(location);
    adapter.send(record, key_values);
}
