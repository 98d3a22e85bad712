//! The bridge for `log`: key-values, levels, flush.
#![cfg(feature = "log")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use ferrolog::{Emit, Event, Handler, Level, OwnedValue, RecordOwned, Result, get_logger};
use log::LevelFilter;

/// The maximum level is the process's; one test at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ferrolog::bridge::log::init().unwrap();
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct Keep {
    records: Vec<RecordOwned>,
    flushed: usize,
}

impl Emit for Keep {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        if event.text() == "nested please" {
            log::error!(target: "logged::nested", "from inside");
        }
        self.records.push(event.record().to_owned());
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.flushed += 1;
        Ok(())
    }
}

fn kept(name: &str) -> Handler<Keep> {
    let kept = Handler::new(Keep::default());
    let logger = get_logger(name);
    logger.set_propagate(false);
    logger.set_handlers([&kept]);
    kept
}

fn extra(record: &RecordOwned) -> Vec<(String, OwnedValue)> {
    let mut extra = Vec::new();
    record
        .as_record()
        .visit_extra(&mut |key, value| extra.push((key.to_owned(), value.to_owned())));
    extra
}

#[test]
fn a_record_keeps_everything() {
    let _alone = alone();
    let kept = kept("logged.all");
    let error = ferrolog::Error::Io { what: "a".to_owned(), source: std::io::Error::other("b") };
    let line = line!() + 1;
    log::warn!(target: "logged::all", user = "ann", n = -3, big = u64::MAX, ratio = 0.5, ok = true, none = None::<i32>, who:% = 'c', list:? = [1], exc_info:err = error; "slow {}", 1);
    let records = std::mem::take(&mut kept.lock().records);
    let record = records[0].as_record();
    assert_eq!((record.name(), record.level()), ("logged.all", Level::WARNING));
    assert_eq!(record.message().to_string(), "slow 1");
    assert_eq!((record.file_name(), record.location().line), ("bridge_log.rs", line));
    assert_eq!(record.location().module_path, "bridge_log");
    assert_eq!(record.exc_text(), Some("Error: a: b\nCaused by: b"));
    let pair = |key: &str, value: OwnedValue| (key.to_owned(), value);
    assert_eq!(
        extra(&records[0]),
        [
            pair("user", "ann".into()),
            pair("n", (-3).into()),
            pair("big", u64::MAX.into()),
            pair("ratio", 0.5.into()),
            pair("ok", true.into()),
            pair("none", OwnedValue::None),
            pair("who", "c".into()),
            pair("list", "[1]".into())
        ]
    );
}

#[test]
fn many_key_values_are_all_there() {
    let _alone = alone();
    let kept = kept("logged.many");
    let pairs: Vec<(String, u64)> = (0..40).map(|n| (format!("k{n}"), n)).collect();
    log::logger().log(
        &log::Record::builder()
            .target("logged.many")
            .level(log::Level::Error)
            .args(format_args!("many"))
            .key_values(&pairs)
            .build(),
    );
    let records = std::mem::take(&mut kept.lock().records);
    assert_eq!(extra(&records[0]).len(), 40);
    assert_eq!(extra(&records[0])[39], ("k39".to_owned(), 39_u64.into()));
}

#[test]
fn the_maximum_level_follows_every_change() {
    let _alone = alone();
    assert_eq!(log::max_level(), LevelFilter::Warn);
    let logger = get_logger("logged.max.deep");
    assert_eq!(log::max_level(), LevelFilter::Warn);
    logger.set_level(Level::DEBUG);
    assert_eq!(log::max_level(), LevelFilter::Debug);
    let new = get_logger("logged.max.deep.new");
    new.set_level(Level::new(1));
    assert_eq!(log::max_level(), LevelFilter::Trace);
    ferrolog::disable(Level::INFO);
    assert_eq!(log::max_level(), LevelFilter::Warn);
    ferrolog::disable(Level::CRITICAL);
    assert_eq!(log::max_level(), LevelFilter::Off);
    ferrolog::disable(Level::NOTSET);
    new.set_level(Level::NOTSET);
    logger.set_disabled(true);
    assert_eq!(log::max_level(), LevelFilter::Debug, "the logger below still wants it");
    logger.set_level(Level::NOTSET);
    assert_eq!(log::max_level(), LevelFilter::Warn);
    logger.set_disabled(false);
    // A handler changes no threshold.
    logger.add_handler(ferrolog::NullHandler);
    assert_eq!(log::max_level(), LevelFilter::Warn);
}

#[test]
fn enabled_asks_the_logger() {
    let _alone = alone();
    get_logger("logged.enabled").set_level(Level::INFO);
    let enabled = |level| log::log_enabled!(target: "logged::enabled", level);
    assert!(enabled(log::Level::Info) && !enabled(log::Level::Debug));
    get_logger("logged.enabled").set_level(Level::NOTSET);
}

#[test]
fn flush_reaches_the_handlers() {
    let _alone = alone();
    let kept = kept("logged.flush");
    log::logger().flush();
    assert_eq!(kept.lock().flushed, 1);
}

#[test]
fn what_a_handler_logs_does_not_come_back_to_it() {
    let _alone = alone();
    let kept = kept("logged.nested");
    log::error!(target: "logged::nested", "nested please");
    assert_eq!((kept.counts().delivered, kept.counts().dropped), (1, 1));
}
