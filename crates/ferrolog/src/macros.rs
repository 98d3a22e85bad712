//! The logging macros.

use std::fmt;

use crate::level::Level;
use crate::location::CallSite;
use crate::logger::Logger;
use crate::record::Record;
use crate::value::Value;

/// Makes the record and sends it on its way; what a macro calls once the level is known to be enabled.
#[doc(hidden)]
#[inline(never)]
pub fn __log(
    logger: &Logger,
    level: Level,
    site: &'static CallSite,
    message: fmt::Arguments<'_>,
    key_values: &[(&str, Value<'_>)],
) {
    let record = Record::from_args(logger.name(), level, message)
        .with_template(site.template)
        .with_location(site.location())
        .with_key_values(key_values);
    logger.handle(&record);
}

/// Logs a message at a level that is given: `log!(level, ...)` or `log!(logger, level, ...)`.
///
/// The forms are those of [`info!`](crate::info), with the level before the message.
///
/// ```
/// use ferrolog::{Level, get_logger, log};
///
/// let logger = get_logger("app");
/// log!(logger, Level::new(25), "between {} and {}", "INFO", "WARNING");
/// log!(Level::DEBUG, "through the logger of this module");
/// ```
///
/// Python: `Logger.log`.
#[macro_export]
macro_rules! log {
    ($level:expr, $format:literal $($rest:tt)*) => {
        $crate::__log!(@site module, $level, [$format] $($rest)*)
    };
    ($logger:expr, $level:expr, $format:literal $($rest:tt)*) => {
        $crate::__log!(@site ($logger), $level, [$format] $($rest)*)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    // Which logger, and whether it wants the record.
    (@site module, $level:expr, [$format:literal] $($rest:tt)*) => {{
        let site = $crate::__call_site!($format);
        let level: $crate::Level = $level;
        if site.is_enabled_for(level) {
            let logger: &$crate::Logger = site.logger();
            if logger.is_enabled_for(level) {
                $crate::__log!(@args logger, level, site, [$format] [] $($rest)*);
            }
        }
    }};
    (@site ($logger:expr), $level:expr, [$format:literal] $($rest:tt)*) => {{
        let logger: &$crate::Logger = &$logger;
        let level: $crate::Level = $level;
        if logger.is_enabled_for(level) {
            let site = $crate::__call_site!($format);
            $crate::__log!(@args logger, level, site, [$format] [] $($rest)*);
        }
    }};
    // The arguments of the message, one after the other, up to the `;` before the key-values.
    (@args $logger:ident, $level:ident, $site:ident, $format:tt [$($args:tt)*] $(,)?) => {
        $crate::__log!(@call $logger, $level, $site, $format [$($args)*] [])
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt [$($args:tt)*] $(,)? ; $($key_values:tt)*) => {
        $crate::__log!(@pairs $logger, $level, $site, $format [$($args)*] [] $($key_values)*)
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt [$($args:tt)*] , $name:ident = $value:expr) => {
        $crate::__log!(@args $logger, $level, $site, $format [$($args)* , $name = $value])
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt [$($args:tt)*] , $name:ident = $value:expr , $($rest:tt)*) => {
        $crate::__log!(@args $logger, $level, $site, $format [$($args)* , $name = $value] , $($rest)*)
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt [$($args:tt)*] , $name:ident = $value:expr ; $($rest:tt)*) => {
        $crate::__log!(@args $logger, $level, $site, $format [$($args)* , $name = $value] ; $($rest)*)
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt [$($args:tt)*] , $value:expr) => {
        $crate::__log!(@args $logger, $level, $site, $format [$($args)* , $value])
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt [$($args:tt)*] , $value:expr , $($rest:tt)*) => {
        $crate::__log!(@args $logger, $level, $site, $format [$($args)* , $value] , $($rest)*)
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt [$($args:tt)*] , $value:expr ; $($rest:tt)*) => {
        $crate::__log!(@args $logger, $level, $site, $format [$($args)* , $value] ; $($rest)*)
    };
    // The key-values, one after the other.
    (@pairs $logger:ident, $level:ident, $site:ident, $format:tt $args:tt [$($pairs:tt)*] $(,)?) => {
        $crate::__log!(@call $logger, $level, $site, $format $args [$($pairs)*])
    };
    (@pairs $logger:ident, $level:ident, $site:ident, $format:tt $args:tt [$($pairs:tt)*] $key:tt = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__log!(@pairs $logger, $level, $site, $format $args
            [$($pairs)* ($crate::__key!($key), $crate::ToValue::to_value(&$value)),] $($($rest)*)?)
    };
    (@pairs $logger:ident, $level:ident, $site:ident, $format:tt $args:tt [$($pairs:tt)*] $key:tt : % = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__log!(@pairs $logger, $level, $site, $format $args
            [$($pairs)* ($crate::__key!($key), $crate::Value::Display(&$value)),] $($($rest)*)?)
    };
    (@pairs $logger:ident, $level:ident, $site:ident, $format:tt $args:tt [$($pairs:tt)*] $key:tt : ? = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__log!(@pairs $logger, $level, $site, $format $args
            [$($pairs)* ($crate::__key!($key), $crate::Value::Debug(&$value)),] $($($rest)*)?)
    };
    (@pairs $logger:ident, $level:ident, $site:ident, $format:tt $args:tt [$($pairs:tt)*] $key:tt : err = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__log!(@pairs $logger, $level, $site, $format $args
            [$($pairs)* ($crate::__key!($key), $crate::Value::Error(&$value)),] $($($rest)*)?)
    };
    (@pairs $logger:ident, $level:ident, $site:ident, $format:tt $args:tt [$($pairs:tt)*] $key:ident $(, $($rest:tt)*)?) => {
        $crate::__log!(@pairs $logger, $level, $site, $format $args
            [$($pairs)* (stringify!($key), $crate::ToValue::to_value(&$key)),] $($($rest)*)?)
    };
    (@call $logger:ident, $level:ident, $site:ident, [$format:literal] [$($args:tt)*] [$($pairs:tt)*]) => {
        $crate::__private_log($logger, $level, $site, format_args!($format $($args)*), &[$($pairs)*])
    };
}

/// A key is an identifier or a string.
#[doc(hidden)]
#[macro_export]
macro_rules! __key {
    ($key:ident) => {
        stringify!($key)
    };
    ($key:literal) => {
        $key
    };
}

/// What is known of a macro's place at compile time, as a static.
#[doc(hidden)]
#[macro_export]
macro_rules! __call_site {
    ($format:literal) => {{
        fn here() -> &'static str {
            fn name_of<T>(_: T) -> &'static str {
                ::std::any::type_name::<T>()
            }
            name_of(here)
        }
        static SITE: $crate::__CallSite =
            $crate::__CallSite::new(file!(), line!(), module_path!(), here, $format);
        &SITE
    }};
}

macro_rules! level_macro {
    ($d:tt $name:ident, $level:ident, $python:literal) => {
        #[doc = concat!("Logs a message at [`Level::", stringify!($level), "`](crate::Level::", stringify!($level), ").")]
        ///
        /// The forms:
        ///
        /// ```
        #[doc = concat!("use ferrolog::{get_logger, ", stringify!($name), "};")]
        ///
        /// let (logger, id, port) = (get_logger("app"), 7, "eth0");
        #[doc = concat!(stringify!($name), "!(\"through the logger of this module, {}\", id);")]
        #[doc = concat!(stringify!($name), "!(logger, \"through a logger, {id}\");")]
        #[doc = concat!(stringify!($name), "!(logger, \"user {} in\", id; user = id, port);")]
        #[doc = concat!(stringify!($name), "!(\"with key-values\"; shown:% = port, debugged:? = port, \"any key\" = 1.5);")]
        /// ```
        ///
        /// The key-values are the record's extra attributes: a bare name stands for itself, `:%` takes
        /// the value by its `Display`, `:?` by its `Debug`, `:err` as an error. `exc_info:err = error`
        /// logs an error with its sources.
        ///
        /// Nothing behind the logger is evaluated unless the level is enabled. The module's logger is
        /// looked up once for each place.
        ///
        #[doc = concat!("Python: `Logger.", $python, "`.")]
        #[macro_export]
        macro_rules! $name {
            ($d format:literal $d ($d rest:tt)*) => {
                $crate::__log!(@site module, $crate::Level::$level, [$d format] $d ($d rest)*)
            };
            ($d logger:expr, $d format:literal $d ($d rest:tt)*) => {
                $crate::__log!(@site ($d logger), $crate::Level::$level, [$d format] $d ($d rest)*)
            };
        }
    };
}

level_macro!($ debug, DEBUG, "debug");
level_macro!($ info, INFO, "info");
level_macro!($ warning, WARNING, "warning");
level_macro!($ error, ERROR, "error");
level_macro!($ critical, CRITICAL, "critical");
