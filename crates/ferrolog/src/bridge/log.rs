//! Records of crates that log through the `log` crate.
//!
//! The target, which is the module's path unless it is given, is the name of the logger. `log`'s levels
//! are ours of the same name; `trace` is 5. The `log` crate's own maximum level is kept at the least
//! severe that any logger wants, so that a disabled record costs what it costs without any logger.

use std::cell::RefCell;

use log::kv::{Key, Value as LogValue, VisitSource, VisitValue};
use log::{LevelFilter, Metadata, SetLoggerError};

use crate::level::{Level, add_level_name};
use crate::location::Location;
use crate::logger::Logger;
use crate::manager::{Manager, get_logger};
use crate::record::Record;
use crate::value::{OwnedValue, Value};

/// The level of `log::trace!`: 5, named `TRACE` once the bridge is in use.
pub const TRACE: Level = Level::new(5);

/// Makes the global tree the home of what is logged through `log`. Called by
/// [`basic_config`](crate::basic_config); a second call does nothing.
///
/// # Errors
///
/// The program has given `log` another logger already.
pub fn init() -> Result<(), SetLoggerError> {
    static INSTALLED: std::sync::Mutex<bool> = std::sync::Mutex::new(false);
    let mut installed = INSTALLED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !*installed {
        log::set_logger(&Bridge)?;
        *installed = true;
        add_level_name(TRACE, "TRACE");
        Manager::global().watch(|threshold| log::set_max_level(most_verbose(threshold)));
    }
    Ok(())
}

/// The levels of `log` above `threshold`.
fn most_verbose(threshold: i32) -> LevelFilter {
    [
        LevelFilter::Trace,
        LevelFilter::Debug,
        LevelFilter::Info,
        LevelFilter::Warn,
        LevelFilter::Error,
    ]
    .into_iter()
    .find(|filter| filter.to_level().is_some_and(|level| level_of(level).value() > threshold))
    .unwrap_or(LevelFilter::Off)
}

/// Our level for one of `log`'s.
pub fn level_of(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::ERROR,
        log::Level::Warn => Level::WARNING,
        log::Level::Info => Level::INFO,
        log::Level::Debug => Level::DEBUG,
        log::Level::Trace => TRACE,
    }
}

struct Bridge;

impl log::Log for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        with_logger(metadata.target(), |logger| logger.is_enabled_for(level_of(metadata.level())))
    }

    fn log(&self, record: &log::Record<'_>) {
        let level = level_of(record.level());
        with_logger(record.target(), |logger| {
            if logger.is_enabled_for(level) {
                deliver(logger, level, record);
            }
        });
    }

    fn flush(&self) {
        crate::handler::flush();
    }
}

fn deliver(logger: &Logger, level: Level, record: &log::Record<'_>) {
    let mut collected = Collect(Vec::new());
    // The visitor itself never fails; a source that does has passed on what it could.
    let _ = record.key_values().visit(&mut collected);
    let key_values: Vec<(&str, Value<'_>)> =
        collected.0.iter().map(|(key, value)| (key.as_str(), value.as_value())).collect();
    let location = Location {
        file: record.file().unwrap_or_default(),
        line: record.line().unwrap_or_default(),
        module_path: record.module_path().unwrap_or_default(),
        function: "",
    };
    let ours = Record::from_args(logger.name(), level, *record.args())
        .with_location(location)
        .with_key_values(&key_values);
    logger.handle(&ours);
}

/// The key-values of one record, with their types.
struct Collect(Vec<(String, OwnedValue)>);

impl<'kvs> VisitSource<'kvs> for Collect {
    fn visit_pair(&mut self, key: Key<'kvs>, value: LogValue<'kvs>) -> Result<(), log::kv::Error> {
        let mut typed = Typed(OwnedValue::None);
        value.visit(&mut typed)?;
        self.0.push((key.as_str().to_owned(), typed.0));
        Ok(())
    }
}

struct Typed(OwnedValue);

impl<'v> VisitValue<'v> for Typed {
    fn visit_any(&mut self, value: LogValue<'_>) -> Result<(), log::kv::Error> {
        self.0 = OwnedValue::Str(value.to_string());
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), log::kv::Error> {
        self.0 = OwnedValue::None;
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), log::kv::Error> {
        self.0 = OwnedValue::UInt(value);
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), log::kv::Error> {
        self.0 = OwnedValue::Int(value);
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), log::kv::Error> {
        self.0 = OwnedValue::Float(value);
        Ok(())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), log::kv::Error> {
        self.0 = OwnedValue::Bool(value);
        Ok(())
    }

    fn visit_str(&mut self, value: &str) -> Result<(), log::kv::Error> {
        self.0 = OwnedValue::Str(value.to_owned());
        Ok(())
    }
}

/// How many targets a thread remembers.
const REMEMBERED: usize = 64;

/// A target with its logger.
type Remembered = Option<(Box<str>, Logger)>;

thread_local! {
    static LOGGERS: RefCell<Vec<Remembered>> = const { RefCell::new(Vec::new()) };
}

/// Calls `f` with the logger of `target`, remembered by this thread.
fn with_logger<R>(target: &str, f: impl FnOnce(&Logger) -> R) -> R {
    // The place in memory of a target tells most of them apart; its text tells for sure.
    let slot = (target.as_ptr() as usize / 8) % REMEMBERED;
    let known = LOGGERS.try_with(|loggers| {
        let mut loggers = loggers.try_borrow_mut().ok()?;
        if loggers.is_empty() {
            loggers.resize(REMEMBERED, None);
        }
        match &loggers[slot] {
            Some((name, logger)) if **name == *target => Some(logger.clone()),
            _ => {
                let logger = get_logger(target);
                loggers[slot] = Some((target.into(), logger.clone()));
                Some(logger)
            }
        }
    });
    match known {
        Ok(Some(logger)) => f(&logger),
        _ => f(&get_logger(target)),
    }
}
