//! The bridge for `tracing`: events, spans, thresholds.
#![cfg(feature = "tracing")]
#![allow(clippy::disallowed_types)]

use std::sync::Mutex;

use ferrolog::{Emit, Event, Handler, Level, OwnedValue, RecordOwned, Result, get_logger};
use tracing_core::LevelFilter;
use tracing_subscriber::prelude::*;

/// The tree and `tracing`'s dispatcher are the process's; one test at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[derive(Default)]
struct Keep(Vec<RecordOwned>);

impl Emit for Keep {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        if event.text() == "nested please" {
            tracing::error!(target: "bridged.nested", "from inside");
        }
        self.0.push(event.record().to_owned());
        Ok(())
    }
}

/// Installs the layer for the whole process and returns a handler on the logger `name`.
fn set_up(name: &str) -> (std::sync::MutexGuard<'static, ()>, Handler<Keep>) {
    let guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    static INIT: std::sync::Once = std::sync::Once::new();
    INIT.call_once(|| {
        tracing_subscriber::registry().with(ferrolog::bridge::tracing::layer()).init();
    });
    let kept = Handler::new(Keep::default());
    let logger = get_logger(name);
    logger.set_propagate(false);
    logger.set_handlers([&kept]);
    logger.set_level(Level::DEBUG);
    (guard, kept)
}

fn extra(record: &RecordOwned) -> Vec<(String, OwnedValue)> {
    let mut extra = Vec::new();
    record
        .as_record()
        .visit_extra(&mut |key, value| extra.push((key.to_owned(), value.to_owned())));
    extra
}

fn pair(key: &str, value: impl Into<OwnedValue>) -> (String, OwnedValue) {
    (key.to_owned(), value.into())
}

#[test]
fn an_event_is_a_record() {
    let (_guard, kept) = set_up("bridged.events");
    let line = line!() + 1;
    tracing::warn!(target: "bridged::events", user = "ann", n = -3, big = 7_u64, ratio = 0.5, ok = true, shown = %'c', debugged = ?Some(1), "slow {}", 1);
    let records = std::mem::take(&mut kept.lock().0);
    let record = records[0].as_record();
    assert_eq!((record.name(), record.level()), ("bridged.events", Level::WARNING));
    assert_eq!(record.message().to_string(), "slow 1");
    assert_eq!((record.file_name(), record.location().line), ("bridge_tracing.rs", line));
    assert_eq!(record.location().module_path, "bridge_tracing");
    assert_eq!(
        extra(&records[0]),
        [
            pair("user", "ann"),
            pair("n", -3),
            pair("big", 7_u64),
            pair("ratio", 0.5),
            pair("ok", true),
            pair("shown", "c"),
            pair("debugged", "Some(1)")
        ]
    );
}

#[test]
fn an_event_without_a_message_shows_its_fields() {
    let (_guard, kept) = set_up("bridged.bare");
    tracing::info!(target: "bridged::bare", answer = 42, user = "ann");
    assert_eq!(kept.lock().0[0].as_record().message().to_string(), "answer=42 user=ann");
}

#[test]
fn levels_are_those_of_the_same_name() {
    let (_guard, kept) = set_up("bridged.levels");
    get_logger("bridged.levels").set_level(Level::new(1));
    tracing::trace!(target: "bridged::levels", "t");
    tracing::debug!(target: "bridged::levels", "d");
    tracing::info!(target: "bridged::levels", "i");
    tracing::warn!(target: "bridged::levels", "w");
    tracing::error!(target: "bridged::levels", "e");
    let levels: Vec<_> = kept.lock().0.iter().map(|r| r.as_record().level().value()).collect();
    assert_eq!(levels, [5, 10, 20, 30, 40]);
    assert_eq!(ferrolog::bridge::TRACE.to_string(), "TRACE");
}

#[test]
fn fields_of_spans_come_nearest_first() {
    let (_guard, kept) = set_up("bridged.spans");
    let outer = tracing::info_span!(target: "bridged::spans", "outer", request = 7, user = "outer", late = tracing::field::Empty);
    let _outer = outer.clone().entered();
    let _inner = tracing::warn_span!(target: "bridged::spans", "inner", user = "inner").entered();
    let _below = tracing::trace_span!(target: "elsewhere", "unwanted", user = "unwanted").entered();
    outer.record("late", 1.5);
    tracing::info!(target: "bridged::spans", user = "event", "in");
    tracing::info!(target: "bridged::spans", "in");
    let records = std::mem::take(&mut kept.lock().0);
    assert_eq!(extra(&records[0]), [pair("user", "event"), pair("request", 7), pair("late", 1.5)]);
    assert_eq!(extra(&records[1]), [pair("user", "inner"), pair("request", 7), pair("late", 1.5)]);
}

#[test]
fn many_fields_and_spans_are_all_there() {
    let (_guard, kept) = set_up("bridged.many");
    fn nest(depth: u64) {
        if depth == 0 {
            return tracing::info!(target: "bridged::many", a = 1, b = 2, c = 3, "deep");
        }
        let span = tracing::info_span!("level", a0 = depth, a1 = 1, a2 = 2, a3 = 3);
        let _entered = span.entered();
        nest(depth - 1);
    }
    nest(10);
    let fields = extra(&kept.lock().0[0]);
    assert_eq!(fields.len(), 7);
    assert_eq!(fields[3], pair("a0", 1_u64));
}

#[test]
fn an_error_keeps_its_sources_under_exc_info() {
    let (_guard, kept) = set_up("bridged.errors");
    let error = ferrolog::Error::Io {
        what: "cannot start".to_owned(),
        source: std::io::Error::other("no disk"),
    };
    let error: &(dyn std::error::Error + 'static) = &error;
    tracing::error!(target: "bridged::errors", exc_info = error, plain = error, "failed");
    let records = std::mem::take(&mut kept.lock().0);
    assert_eq!(
        records[0].as_record().exc_text(),
        Some("Error: cannot start: no disk\nCaused by: no disk")
    );
    assert_eq!(extra(&records[0]), [pair("plain", "cannot start: no disk")]);
}

#[test]
fn interest_follows_the_thresholds() {
    let (_guard, kept) = set_up("bridged.changing");
    let logger = get_logger("bridged.changing");
    let log = || tracing::debug!(target: "bridged::changing", "d");
    let enabled = || tracing::enabled!(target: "bridged::changing", tracing::Level::DEBUG);
    log();
    logger.set_level(Level::INFO);
    log();
    assert!(!enabled());
    logger.set_level(Level::DEBUG);
    log();
    assert!(enabled() && LevelFilter::current() >= LevelFilter::DEBUG);
    ferrolog::disable(Level::CRITICAL);
    log();
    // Spans are still recorded.
    assert_eq!(LevelFilter::current(), LevelFilter::INFO);
    ferrolog::disable(Level::NOTSET);
    log();
    logger.set_disabled(true);
    log();
    logger.set_disabled(false);
    assert_eq!(kept.lock().0.len(), 3);
}

#[test]
fn what_a_handler_logs_does_not_come_back_to_it() {
    let (_guard, kept) = set_up("bridged.nested");
    let other = Handler::new(Keep::default());
    get_logger("bridged.nested").add_handler(&other);
    tracing::error!(target: "bridged::nested", "nested please");
    // Each handler raised one event while it delivered; the other one got it.
    let texts = |handler: &Handler<Keep>| -> Vec<String> {
        handler.lock().0.iter().map(|r| r.as_record().message().to_string()).collect()
    };
    assert_eq!(texts(&kept), ["nested please", "from inside"]);
    assert_eq!(texts(&other), ["from inside", "nested please"]);
    assert_eq!((kept.counts().dropped, other.counts().dropped), (1, 1));
}

#[test]
fn contexts_and_spans_go_together() {
    let (_guard, kept) = set_up("bridged.context");
    let _entered = ferrolog::context!(request = 7, user = "context").enter();
    let _span = tracing::info_span!("span", user = "span").entered();
    tracing::info!(target: "bridged::context", "in");
    assert_eq!(extra(&kept.lock().0[0]), [pair("user", "span"), pair("request", 7)]);
}
