//! Records of crates that log through the `log` crate.
//!
//! The target, which is the module's path unless it is given, is the name of the logger. `log`'s levels
//! are ours of the same name; `trace` is 5. The `log` crate's own maximum level is kept at the least
//! severe that any logger wants, so that a disabled record costs what it costs without any logger.
//!
//! Key-values keep their types; up to 16 of them cost no allocation. What a library logs while a handler
//! delivers through it does not come back to that handler, which counts it as dropped; other handlers get
//! it.

use log::kv::{Key, Source, Value as LogValue, VisitSource, VisitValue};
use log::{LevelFilter, Metadata, SetLoggerError};

pub use super::TRACE;
use super::targets::with_logger;
use crate::fork::whole;
use crate::level::{Level, add_level_name};
use crate::location::Location;
use crate::logger::Logger;
use crate::manager::Manager;
use crate::record::Record;
use crate::value::Value;

/// Makes the global tree the home of what is logged through `log`. Called by
/// [`basic_config`](crate::basic_config); a second call does nothing.
///
/// # Errors
///
/// The program has given `log` another logger already.
pub fn init() -> Result<(), SetLoggerError> {
    whole(set_logger)
}

fn set_logger() -> Result<(), SetLoggerError> {
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
    let location = Location {
        file: record.file().unwrap_or_default(),
        line: record.line().unwrap_or_default(),
        module_path: record.module_path().unwrap_or_default(),
        function: "",
    };
    let ours =
        Record::from_args(logger.name(), level, *record.args()).with_location(location).bridged();
    let source = record.key_values();
    match source.count() {
        0 => logger.send(ours, &[]),
        1..=FEW => {
            let mut pairs = [const { None }; FEW];
            let pairs = collect(source, &mut pairs);
            let mut key_values = [("", Value::None); FEW];
            let key_values = typed(pairs, &mut key_values);
            logger.send(ours, key_values);
        }
        many => {
            let mut pairs = vec![None; many];
            let pairs = collect(source, &mut pairs);
            let mut key_values = vec![("", Value::None); many];
            let key_values = typed(pairs, &mut key_values);
            logger.send(ours, key_values);
        }
    }
}

/// So many key-values are passed on without an allocation.
const FEW: usize = 16;

/// A key-value of `log`.
type Pair<'kvs> = Option<(Key<'kvs>, LogValue<'kvs>)>;

/// The key-values of `source`, as many as there is room for.
fn collect<'p, 'kvs>(source: &'kvs dyn Source, room: &'p mut [Pair<'kvs>]) -> &'p [Pair<'kvs>] {
    let mut collected = Collect { room, len: 0 };
    // The visitor itself never fails; a source that does has passed on what it could.
    let _ = source.visit(&mut collected);
    let Collect { room, len } = collected;
    &room[..len]
}

struct Collect<'p, 'kvs> {
    room: &'p mut [Pair<'kvs>],
    len: usize,
}

impl<'kvs> VisitSource<'kvs> for Collect<'_, 'kvs> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: LogValue<'kvs>) -> Result<(), log::kv::Error> {
        if let Some(place) = self.room.get_mut(self.len) {
            *place = Some((key, value));
            self.len += 1;
        }
        Ok(())
    }
}

/// The key-values as ours, with their types.
fn typed<'p>(
    pairs: &'p [Pair<'_>],
    room: &'p mut [(&'p str, Value<'p>)],
) -> &'p [(&'p str, Value<'p>)] {
    for (place, (key, value)) in room.iter_mut().zip(pairs.iter().flatten()) {
        *place = (key.as_str(), value_of(value));
    }
    &room[..pairs.len()]
}

/// Borrows from `value`; what has no type of ours shows itself.
fn value_of<'v>(value: &'v LogValue<'_>) -> Value<'v> {
    if let Some(text) = value.to_borrowed_str() {
        return Value::Str(text);
    }
    if let Some(error) = value.to_borrowed_error() {
        return Value::Error(error);
    }
    let mut kind = Kind(None);
    // The visitor itself never fails.
    let _ = value.visit(&mut kind);
    kind.0.unwrap_or(Value::Display(value))
}

/// A number, a boolean or absence.
struct Kind(Option<Value<'static>>);

impl<'v> VisitValue<'v> for Kind {
    fn visit_any(&mut self, _: LogValue<'_>) -> Result<(), log::kv::Error> {
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), log::kv::Error> {
        self.0 = Some(Value::None);
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), log::kv::Error> {
        self.0 = Some(Value::UInt(value));
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), log::kv::Error> {
        self.0 = Some(Value::Int(value));
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), log::kv::Error> {
        self.0 = Some(Value::Float(value));
        Ok(())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), log::kv::Error> {
        self.0 = Some(Value::Bool(value));
        Ok(())
    }
}
