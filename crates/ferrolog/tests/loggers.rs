//! Loggers in use: adapters, contexts, errors, stacks, the record factory, calls as functions.

// As a program does it.
#![allow(clippy::disallowed_types)]

use std::error::Error;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Poll, Waker};

use ferrolog::{
    AdapterCall, Context, Emit, Event, Filter, Formatter, Handler, Level, Location, Logger,
    LoggerAdapter, Manager, OwnedValue, Record, RecordFactory, RecordOwned, Result, ToValue,
    context, exception,
};

/// Keeps the records it was given, with their texts.
#[derive(Default)]
struct Keep(Vec<(String, RecordOwned)>);

impl Emit for Keep {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.0.push((event.text().to_owned(), event.record().to_owned()));
        Ok(())
    }
}

struct Fixture {
    logger: Logger,
    kept: Handler<Keep>,
    manager: Manager,
}

fn fixture(pattern: &str) -> Fixture {
    let manager = Manager::new();
    let kept = Handler::new(Keep::default()).with_formatter(Formatter::new(pattern).unwrap());
    let logger = manager.get_logger("app.part");
    logger.set_level(Level::DEBUG);
    logger.add_handler(&kept);
    Fixture { logger, kept, manager }
}

impl Fixture {
    /// What was logged since the last time.
    fn texts(&self) -> Vec<String> {
        std::mem::take(&mut self.kept.lock().0).into_iter().map(|(text, _)| text).collect()
    }

    fn record(&self) -> RecordOwned {
        self.kept.lock().0.pop().expect("a record").1
    }
}

fn extra(record: &RecordOwned) -> Vec<(String, OwnedValue)> {
    let mut extra = Vec::new();
    record
        .as_record()
        .visit_extra(&mut |key, value| extra.push((key.to_owned(), value.to_owned())));
    extra
}

#[test]
fn adapters_add_their_attributes() {
    let fixture = fixture("%(levelname)s %(peer)s %(message)s");
    let adapter = LoggerAdapter::new(&fixture.logger, context!(peer = "a", n = 1));
    ferrolog::debug!(adapter, "one {}", 1);
    ferrolog::info!(&adapter, "two"; peer = "call");
    let merging = adapter.clone().merge_extra(true);
    ferrolog::warning!(merging, "three"; peer = "call", more = true);
    assert_eq!(extra(&fixture.kept.lock().0[1].1).len(), 2);
    assert_eq!(
        extra(&fixture.kept.lock().0[2].1),
        [
            ("peer".to_owned(), "call".into()),
            ("more".to_owned(), true.into()),
            ("n".to_owned(), 1.into())
        ]
    );
    assert_eq!(fixture.texts(), ["DEBUG a one 1", "INFO a two", "WARNING call three"]);

    let inner = merging.with_extra(context!(peer = "inner"));
    inner.error(format_args!("four"));
    inner.critical(format_args!("five"));
    inner.log(Level::new(11), format_args!("six"));
    inner.debug(format_args!("seven"));
    inner.info(format_args!("eight"));
    inner.warning(format_args!("nine"));
    assert_eq!(
        fixture.texts(),
        [
            "ERROR inner four",
            "CRITICAL inner five",
            "Level 11 inner six",
            "DEBUG inner seven",
            "INFO inner eight",
            "WARNING inner nine"
        ]
    );
    assert_eq!(inner.extra().get("peer"), Some(&"inner".into()));
    assert_eq!((inner.name(), inner.logger()), ("app.part", &fixture.logger));
    assert_eq!(format!("{inner:?}"), "<LoggerAdapter app.part (DEBUG)>");
}

#[test]
fn adapters_stand_for_their_logger() {
    let fixture = fixture("%(message)s");
    let adapter = LoggerAdapter::new(&fixture.logger, Context::new());
    adapter.set_level(Level::ERROR);
    assert_eq!(fixture.logger.level(), Level::ERROR);
    assert_eq!(adapter.get_effective_level(), Level::ERROR);
    assert!(!adapter.is_enabled_for(Level::WARNING) && adapter.has_handlers());
    ferrolog::warning!(adapter, "not heard {}", unreachable_text());
    adapter.warning(format_args!("not heard"));
    adapter.log_with(Level::ERROR, format_args!("heard"), &[("stack_info", true.to_value())]);
    let record = fixture.record();
    assert!(record.as_record().stack_info().unwrap().contains("adapters_stand_for_their_logger"));
}

fn unreachable_text() -> String {
    unreachable!("a disabled call evaluates nothing")
}

#[test]
fn adapters_process_their_calls() {
    let fixture = fixture("%(message)s %(n)s");
    let adapter = LoggerAdapter::new(&fixture.logger, context!(n = 1)).with_process(
        |call: &mut AdapterCall<'_>| {
            assert!(call.message != "panic", "as asked");
            call.message.insert_str(0, "[c7] ");
            call.extra.set("n", call.key_values.len() as u64);
        },
    );
    ferrolog::info!(adapter, "{} of {}", 1, 2; a = 1, b = 2);
    ferrolog::info!(adapter, "panic");
    assert_eq!(fixture.texts(), ["[c7] 1 of 2 2", "panic 1"]);
}

#[test]
fn contexts_nest_and_end() {
    let fixture = fixture("%(message)s");
    let log = &fixture.logger;
    let outer = context!(request = 7, user = "nobody").enter();
    {
        let user = "ann";
        let _inner = context!(user).enter();
        ferrolog::info!(log, "inner"; n = 1);
    }
    let inner = context!(late = true).enter();
    drop(outer);
    ferrolog::info!(log, "outer left first");
    drop(inner);
    ferrolog::info!(log, "none");
    context!(run = 1).run(|| ferrolog::info!(log, "run"));
    let records = std::mem::take(&mut fixture.kept.lock().0);
    let extras: Vec<_> = records
        .iter()
        .map(|(_, record)| {
            extra(record).iter().map(|(k, v)| format!("{k}={:?}", v.as_value())).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        extras,
        [vec!["n=1", "user='ann'", "request=7"], vec!["late=True"], vec![], vec!["run=1"]]
    );
}

#[test]
fn contexts_go_to_other_threads_when_asked() {
    let fixture = fixture("%(message)s");
    let _outer = context!(a = 1, b = 1).enter();
    let _inner = context!(b = 2).enter();
    let context = Context::current();
    assert_eq!(context, context!(b = 2, a = 1));
    let log = fixture.logger.clone();
    std::thread::spawn(move || {
        ferrolog::info!(log, "bare");
        let _entered = context.enter();
        ferrolog::info!(log, "entered");
    })
    .join()
    .unwrap();
    assert_eq!(extra(&fixture.record()).len(), 2);
    assert_eq!(extra(&fixture.record()).len(), 0);
}

/// Lets another task run first.
async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(move |_| {
        if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[test]
fn futures_carry_their_context_across_awaits() {
    let fixture = fixture("%(task)s %(message)s");
    let task = |name: &'static str| {
        let log = fixture.logger.clone();
        context!(task = name).wrap(async move {
            ferrolog::info!(log, "begins");
            let inside = context!(inside = name).enter();
            yield_now().await;
            ferrolog::info!(log, "goes on");
            assert_eq!(Context::current().get("inside"), Some(&name.into()));
            drop(inside);
            yield_now().await;
            assert_eq!(Context::current().get("inside"), None);
            let _ = log;
        })
    };
    let (mut a, mut b) = {
        let _outer = context!(outer = 1).enter();
        (pin!(task("a")), pin!(task("b")))
    };
    let mut cx = std::task::Context::from_waker(Waker::noop());
    for _ in 0..2 {
        assert!(a.as_mut().poll(&mut cx).is_pending());
        assert!(b.as_mut().poll(&mut cx).is_pending());
        assert!(Context::current().is_empty());
    }
    assert!(a.as_mut().poll(&mut cx).is_ready() && b.as_mut().poll(&mut cx).is_ready());
    assert!(extra(&fixture.kept.lock().0[0].1).contains(&("outer".to_owned(), 1.into())));
    assert_eq!(fixture.texts(), ["a begins", "b begins", "a goes on", "b goes on"]);
}

#[test]
fn a_future_moves_between_threads_with_its_context() {
    let fixture = fixture("%(task)s %(message)s");
    let log = fixture.logger.clone();
    let mut future = Box::pin(context!(task = 5).wrap(async move {
        yield_now().await;
        ferrolog::info!(log, "elsewhere");
    }));
    let poll = |future: &mut std::pin::Pin<Box<_>>| {
        let _ = Future::poll(
            std::pin::Pin::as_mut(future),
            &mut std::task::Context::from_waker(Waker::noop()),
        );
    };
    poll(&mut future);
    std::thread::scope(|scope| scope.spawn(|| poll(&mut future)).join().unwrap());
    assert_eq!(fixture.texts(), ["5 elsewhere"]);
}

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no port")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn outer() -> Outer {
    Outer("x".parse::<u8>().unwrap_err())
}

#[test]
fn errors_of_every_type_are_logged_with_their_sources() {
    let fixture = fixture("%(message)s");
    let log = &fixture.logger;
    let chain = "\nError: no port\nCaused by: invalid digit found in string";
    let boxed: Box<dyn Error> = Box::new(outer());
    let sendable: Box<dyn Error + Send + Sync> = Box::new(outer());
    let shared: Arc<dyn Error + Send + Sync> = Arc::new(outer());
    let error = outer();
    exception!(log, error, "{}", 1);
    exception!(log, &error, "2");
    exception!(log, boxed, "3"; n = 1);
    exception!(log, &sendable, "4 {x}", x = 1);
    exception!(log, shared, "5");
    exception!(log, boxed.as_ref(), "6");
    exception!(log, outer(), "7");
    ferrolog::info!(log, "8"; exc_info:err = boxed);
    log.exception(&error, format_args!("9"));
    for (i, text) in fixture.texts().into_iter().enumerate() {
        let extra = if i == 3 { " 1" } else { "" };
        assert_eq!(text, format!("{}{extra}{chain}", i + 1));
    }
    // What is no error by its type shows itself.
    exception!(log, vec![1, 2], "a list");
    ferrolog::error!(log, "text"; exc_info = "as it is");
    ferrolog::error!(log, "none"; exc_info = None::<&str>);
    assert_eq!(fixture.texts(), ["a list\n[1, 2]", "text\nas it is", "none"]);
}

#[test]
fn an_error_survives_the_way_to_another_thread() {
    let fixture = fixture("%(message)s");
    let boxed: Box<dyn Error> = Box::new(outer());
    exception!(fixture.logger, boxed, "failed");
    let record = fixture.record();
    assert_eq!(
        record.as_record().exc_text(),
        Some("Error: no port\nCaused by: invalid digit found in string")
    );
    assert_eq!(record.as_record().level(), Level::ERROR);
}

#[test]
fn the_stack_on_request_begins_at_the_call() {
    let fixture = fixture("%(message)s");
    let line = line!() + 1;
    ferrolog::info!(fixture.logger, "here"; stack_info = true, n = 1);
    let text = fixture.texts().remove(0);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("here"));
    assert_eq!(lines.next(), Some("Stack (most recent call first):"));
    assert!(lines.next().unwrap().ends_with("the_stack_on_request_begins_at_the_call"), "{text}");
    let place = lines.next().unwrap();
    assert!(place.contains(&format!("loggers.rs:{line}:")), "{text}");
    ferrolog::info!(fixture.logger, "not"; stack_info = false);
    assert_eq!(fixture.texts(), ["not"]);
}

#[test]
fn calls_as_functions_know_their_caller() {
    #[track_caller]
    fn wrapper(log: &Logger) {
        log.log_with(Level::INFO, format_args!("wrapped"), &[("n", 3.to_value())]);
    }
    let fixture = fixture("%(filename)s %(lineno)d %(levelname)s %(message)s");
    let log = &fixture.logger;
    let first = line!() + 1;
    log.debug(format_args!("a"));
    log.info(format_args!("b {}", 1));
    log.warning(format_args!("c"));
    log.error(format_args!("d"));
    log.critical(format_args!("e"));
    log.log(Level::new(15), format_args!("f"));
    wrapper(log);
    log.set_level(Level::CRITICAL);
    log.error(format_args!("disabled"));
    let expected: Vec<_> =
        ["DEBUG a", "INFO b 1", "WARNING c", "ERROR d", "CRITICAL e", "Level 15 f"]
            .iter()
            .chain(&["INFO wrapped"])
            .enumerate()
            .map(|(i, text)| format!("loggers.rs {} {text}", first + i as u32))
            .collect();
    assert_eq!(fixture.texts(), expected);
    let place = std::panic::Location::caller();
    assert_eq!(Location::from(place).line, place.line());
}

#[test]
fn the_record_factory_makes_what_is_seen() {
    let fixture = fixture("%(host)s %(levelname)s %(message)s");
    let log = &fixture.logger;
    let factory = RecordFactory::new(|record: &Record<'_>| {
        assert!(record.message().to_string() != "panic", "as asked");
        let mut made = record.to_owned();
        made.set_attribute("host", "db1");
        made.set_attribute("msg", "made %s");
        made.set_attribute("args", OwnedValue::List(vec![record.level().value().into()]));
        made
    });
    fixture.manager.set_record_factory(factory.clone());
    assert_eq!(fixture.manager.get_record_factory(), Some(factory));
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let by_filter = Arc::clone(&seen);
    log.add_filter(Filter::new(move |record: &Record<'_>| {
        by_filter.lock().unwrap().push(record.extra("host").is_some());
        true
    }));
    ferrolog::info!(log, "as logged");
    log.error(format_args!("as logged"));
    assert_eq!(fixture.texts().len(), 2);
    assert_eq!(*seen.lock().unwrap(), [true, true]);

    ferrolog::info!(log, "panic"; host = "its own");
    assert_eq!(fixture.texts(), ["its own INFO panic"]);
    fixture.manager.set_record_factory(None);
    ferrolog::info!(log, "plain"; host = 0);
    assert_eq!(fixture.texts(), ["0 INFO plain"]);
    assert_eq!(ferrolog::get_record_factory(), None);
    ferrolog::set_record_factory(None);
}

#[test]
fn attributes_can_be_set_on_an_owned_record() {
    let mut record = Record::new("a", Level::INFO, "m").to_owned();
    for (name, value) in [
        ("name", OwnedValue::from("b")),
        ("levelno", 40.into()),
        ("msg", "%(x)d!".into()),
        ("args", OwnedValue::Map(vec![("x".to_owned(), 3.into())])),
        ("lineno", 9.into()),
        ("user", "ann".into()),
        ("user", "eve".into()),
    ] {
        record.set_attribute(name, value);
    }
    let record = record.as_record();
    assert_eq!((record.name(), record.level(), record.location().line), ("b", Level::ERROR, 9));
    assert_eq!(record.message().to_string(), "3!");
    assert_eq!(record.attribute("user"), Some("eve".into()));
}

#[test]
fn a_logger_may_stand_behind_anything() {
    static LOG: LazyLock<Logger> = LazyLock::new(|| ferrolog::get_logger("behind"));
    let kept = Handler::new(Keep::default());
    LOG.add_handler(&kept);
    let shared = Arc::new(LOG.clone());
    ferrolog::warning!(LOG, "static");
    ferrolog::warning!(shared, "arc");
    ferrolog::warning!(&&shared, "references");
    ferrolog::warning!(ferrolog::get_logger("behind"), "temporary");
    assert_eq!(kept.counts().delivered, 4);
}
