//! The logging macros.

#[doc(hidden)]
pub mod error_value;
mod pairs;

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
        $crate::__log!(@site module, $level, [$format] [] $($rest)*)
    };
    ($logger:expr, $level:expr, $format:literal $($rest:tt)*) => {
        $crate::__log!(@site ($logger), $level, [$format] [] $($rest)*)
    };
}

/// Logs an error with its sources: `exception!(error, ...)` or `exception!(logger, error, ...)`, at level
/// [`Level::ERROR`](crate::Level::ERROR).
///
/// The forms behind the error are those of [`error!`](crate::error). It is the short form of
/// `error!(...; exc_info:err = error)`.
///
/// ```
/// use ferrolog::{Handler, StreamHandler, exception, get_logger};
///
/// let lines = Handler::new(StreamHandler::new(Vec::new()));
/// let logger = get_logger("app.exception");
/// logger.add_handler(&lines);
/// if let Err(error) = "many".parse::<u8>() {
///     exception!(logger, error, "cannot read {}", "the number"; line = 7);
/// }
/// assert_eq!(
///     lines.lock().stream(),
///     b"cannot read the number\nError: invalid digit found in string\n"
/// );
/// ```
///
/// What is an error here: whatever implements [`std::error::Error`], a reference to it, a box or an `Arc`
/// of `dyn Error`: shown with its sources, a line each. Anything else is shown by its `Debug`, which is
/// right for `anyhow::Error` and its like: it has the sources, and the backtrace where one was taken.
///
/// Python: `Logger.exception`.
#[macro_export]
macro_rules! exception {
    ($error:expr, $format:literal $($rest:tt)*) => {
        $crate::__log!(@site module, $crate::Level::ERROR, [$format]
            [("exc_info", $crate::__error_value!($error)),] $($rest)*)
    };
    ($logger:expr, $error:expr, $format:literal $($rest:tt)*) => {
        $crate::__log!(@site ($logger), $crate::Level::ERROR, [$format]
            [("exc_info", $crate::__error_value!($error)),] $($rest)*)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    // Which logger, and whether it wants the record; then the format, the key-values known so far, and
    // the rest of what the macro was given.
    (@site module, $level:expr, [$format:literal] $pairs:tt $($rest:tt)*) => {{
        #[allow(unused_imports, reason = "needed where an error is given")]
        use $crate::__error_value::traits::*;
        let site = $crate::__call_site!($format);
        let level: $crate::Level = $level;
        if site.is_enabled_for(level) {
            // So that the code is laid out for a disabled call, which then takes no branch.
            ::std::hint::cold_path();
            let logger: &$crate::Logger = site.logger();
            if logger.is_enabled_for(level) {
                $crate::__log!(@args logger, level, site, [$format] $pairs [] {} $($rest)*);
            }
        }
    }};
    (@site ($logger:expr), $level:expr, [$format:literal] $pairs:tt $($rest:tt)*) => {{
        #[allow(unused_imports, reason = "needed where an error is given")]
        use $crate::__error_value::traits::*;
        // A logger, an adapter, or what leads to one.
        let logger = &$logger;
        let level: $crate::Level = $level;
        if logger.is_enabled_for(level) {
            ::std::hint::cold_path();
            let site = $crate::__call_site!($format);
            $crate::__log!(@args logger, level, site, [$format] $pairs [] {} $($rest)*);
        }
    }};
    // The arguments of the message, one after the other, up to the `;` before the key-values. Each is evaluated once
    // and called `arg`, which is another name each time; the braces take it as a value, where it is one.
    (@args $logger:ident, $level:ident, $site:ident, $format:tt $pairs:tt [$($args:tt)*] {$($values:tt)*} $(,)?) => {
        $crate::__log!(@call $logger, $level, $site, $format $pairs [$($args)*] {$($values)*})
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt $pairs:tt [$($args:tt)*] {$($values:tt)*} $(,)? ; $($key_values:tt)*) => {
        $crate::__log!(@call $logger, $level, $site, $format $pairs [$($args)*] {$($values)*} $($key_values)*)
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt $pairs:tt [$($args:tt)*] {$($values:tt)*} , $name:ident = $value:expr $(, $($rest:tt)*)?) => {
        match &$value {
            arg => $crate::__log!(@args $logger, $level, $site, $format $pairs
                [$($args)* , $name = *arg] {$($values)*} $(, $($rest)*)?),
        }
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt $pairs:tt [$($args:tt)*] {$($values:tt)*} , $name:ident = $value:expr ; $($key_values:tt)*) => {
        match &$value {
            arg => $crate::__log!(@call $logger, $level, $site, $format $pairs
                [$($args)* , $name = *arg] {$($values)*} $($key_values)*),
        }
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt $pairs:tt [$($args:tt)*] {$($values:tt)*} , $value:expr $(, $($rest:tt)*)?) => {
        match &$value {
            arg => $crate::__log!(@args $logger, $level, $site, $format $pairs
                [$($args)* , *arg] {$($values)* $crate::__argument(arg),} $(, $($rest)*)?),
        }
    };
    (@args $logger:ident, $level:ident, $site:ident, $format:tt $pairs:tt [$($args:tt)*] {$($values:tt)*} , $value:expr ; $($key_values:tt)*) => {
        match &$value {
            arg => $crate::__log!(@call $logger, $level, $site, $format $pairs
                [$($args)* , *arg] {$($values)* $crate::__argument(arg),} $($key_values)*),
        }
    };
    (@call $logger:ident, $level:ident, $site:ident, [$format:literal] $pairs:tt [$($args:tt)*] {$($values:tt)*} $($key_values:tt)*) => {
        $logger.__log(
            $level,
            $site,
            $crate::__Said::new(format_args!($format $($args)*), &[$($values)*]),
            &$crate::__pairs!(@array $pairs $($key_values)*),
        )
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
        static SITE: $crate::__CallSite = $crate::__CallSite::new(
            file!(),
            line!(),
            module_path!(),
            here,
            // So that its pieces can be copied sixteen bytes at a time.
            concat!($format, "                "),
        );
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
        /// the value by its `Display`, `:?` by its `Debug`, `:err` as an error. Two keys have a meaning of
        /// their own: `exc_info:err = error` logs an error with its sources
        /// ([`exception!`](crate::exception!) is shorter), and `stack_info = true` the stack of the call.
        ///
        /// The logger is a [`Logger`](crate::Logger), a [`LoggerAdapter`](crate::LoggerAdapter), or what
        /// leads to one, such as a reference or a `LazyLock`.
        ///
        /// Nothing behind the logger is evaluated unless the level is enabled. The module's logger is
        /// looked up once for each place.
        ///
        #[doc = concat!("Python: `Logger.", $python, "`.")]
        #[macro_export]
        macro_rules! $name {
            ($d format:literal $d ($d rest:tt)*) => {
                $crate::__log!(@site module, $crate::Level::$level, [$d format] [] $d ($d rest)*)
            };
            ($d logger:expr, $d format:literal $d ($d rest:tt)*) => {
                $crate::__log!(@site ($d logger), $crate::Level::$level, [$d format] [] $d ($d rest)*)
            };
        }
    };
}

level_macro!($ debug, DEBUG, "debug");
level_macro!($ info, INFO, "info");
level_macro!($ warning, WARNING, "warning");
level_macro!($ error, ERROR, "error");
level_macro!($ critical, CRITICAL, "critical");
