//! Delivery under adverse conditions: nested logging, panics, changes while others log.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use ferrolog::{Emit, Event, Filter, Handler, Level, Manager, NullHandler, Record, Result};

/// Keeps the texts it was given.
#[derive(Default)]
struct Keep(Vec<String>);

impl Emit for Keep {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.0.push(event.text().to_owned());
        Ok(())
    }
}

#[test]
fn a_record_logged_inside_a_handler_is_delivered_after_the_outer_one() {
    struct Nested(ferrolog::Logger, Vec<String>);
    impl Emit for Nested {
        fn emit(&mut self, event: &Event<'_>) -> Result<()> {
            if event.text() == "outer" {
                ferrolog::warning!(self.0, "inner");
            }
            self.1.push(event.text().to_owned());
            Ok(())
        }
    }
    let manager = Manager::new();
    let logger = manager.get_logger("nested");
    let handler = Handler::new(Nested(logger.clone(), Vec::new()));
    logger.add_handler(&handler);
    ferrolog::warning!(logger, "outer");
    assert_eq!(handler.lock().1, ["outer", "inner"]);
}

/// Two threads, each inside a handler to which the other logs at the same time: neither waits for the other.
#[test]
fn threads_inside_handlers_do_not_wait_for_each_other() {
    struct Meeting(ferrolog::Logger, Arc<Barrier>, Vec<String>);
    impl Emit for Meeting {
        fn emit(&mut self, event: &Event<'_>) -> Result<()> {
            if event.text().starts_with("outer") {
                // Both threads are inside now.
                self.1.wait();
                ferrolog::warning!(self.0, "first inside {}", event.text());
                ferrolog::warning!(self.0, "second inside {}", event.text());
            }
            self.2.push(event.text().to_owned());
            Ok(())
        }
    }
    let manager = Manager::new();
    let meet = Arc::new(Barrier::new(2));
    let (done, ended) = std::sync::mpsc::channel();
    let mut handlers = Vec::new();
    for name in ["a", "b"] {
        let handler = Handler::new(Meeting(manager.root().clone(), Arc::clone(&meet), Vec::new()));
        manager.root().add_handler(&handler);
        let logger = manager.get_logger(name);
        logger.set_propagate(false);
        logger.add_handler(&handler);
        handlers.push(handler);
        let done = done.clone();
        std::thread::spawn(move || {
            ferrolog::warning!(logger, "outer {}", logger.name());
            done.send(()).unwrap();
        });
    }
    for _ in 0..2 {
        ended.recv_timeout(Duration::from_secs(20)).expect("the threads wait for each other");
    }
    for (handler, own) in handlers.iter().zip(["outer a", "outer b"]) {
        let seen = handler.lock().2.clone();
        let at = |text: &str| seen.iter().position(|seen| seen == text).expect(text);
        at(own);
        // Each thread's in its order.
        assert!(at("first inside outer a") < at("second inside outer a"), "{seen:?}");
        assert!(at("first inside outer b") < at("second inside outer b"), "{seen:?}");
        let counts = handler.counts();
        assert_eq!((counts.delivered, counts.dropped, counts.failed), (5, 0, 0));
    }
}

#[test]
fn a_handler_that_logs_for_each_of_its_records_comes_to_an_end() {
    struct Endless(ferrolog::Logger);
    impl Emit for Endless {
        fn emit(&mut self, _: &Event<'_>) -> Result<()> {
            ferrolog::warning!(self.0, "again");
            Ok(())
        }
    }
    let manager = Manager::new();
    let logger = manager.get_logger("endless");
    let handler = Handler::new(Endless(logger.clone()));
    handler.set_error_hook(|_, _, _| {});
    logger.add_handler(&handler);
    ferrolog::warning!(logger, "first");
    let counts = handler.counts();
    assert!(counts.delivered > 100 && counts.failed == 1, "{counts:?}");
}

#[test]
fn errors_and_panics_go_to_the_hook_and_are_counted() {
    struct Broken;
    impl Emit for Broken {
        fn emit(&mut self, event: &Event<'_>) -> Result<()> {
            match event.text() {
                "panic" => panic!("as asked"),
                "fail" => Err(ferrolog::Error::Invalid("refused".to_owned())),
                _ => Ok(()),
            }
        }
    }
    let manager = Manager::new();
    let handler = Handler::new(Broken);
    let errors = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&errors);
    handler.set_error_hook(move |error, record, handler| {
        let message = record.map(|record| record.message().to_string());
        seen.lock().unwrap().push(format!("{handler}: {error} ({message:?})"));
    });
    manager.root().add_handler(&handler);
    for message in ["panic", "fine", "fail"] {
        ferrolog::error!(manager.root(), "{message}");
    }
    assert_eq!(
        *errors.lock().unwrap(),
        ["Broken: panicked: as asked (Some(\"panic\"))", "Broken: refused (Some(\"fail\"))"]
    );
    let counts = handler.counts();
    assert_eq!((counts.delivered, counts.failed, counts.emitted()), (1, 2, 3));
}

#[test]
fn a_filter_or_message_that_panics_stops_its_record_only() {
    struct Bomb;
    impl std::fmt::Display for Bomb {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("shown")
        }
    }
    let manager = Manager::new();
    let handler = Handler::new(Keep::default());
    handler.set_error_hook(|_, _, _| {});
    handler.add_filter(Filter::new(|record: &Record<'_>| {
        assert!(record.level() < Level::CRITICAL, "too severe");
        true
    }));
    manager.root().add_handler(&handler);
    let logger = manager.get_logger("filtered");
    logger.add_filter(Filter::new(|_: &Record<'_>| -> bool { panic!("no") }));
    ferrolog::critical!(logger, "stopped at the logger");
    ferrolog::critical!(manager.root(), "filtered");
    ferrolog::error!(manager.root(), "{}", Bomb);
    ferrolog::error!(manager.root(), "fine");
    assert_eq!(handler.lock().0, ["fine"]);
    assert_eq!(handler.counts().failed, 2);
}

#[test]
fn a_removed_handler_writes_no_more() {
    /// Fails the test if anything is written once `removed` is set.
    struct Watched(Arc<AtomicBool>);
    impl Write for Watched {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            assert!(!self.0.load(Ordering::SeqCst), "written after the removal");
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let manager = Manager::new();
    let logger = manager.get_logger("changing");
    let kept = Handler::new(ferrolog::StreamHandler::new(Vec::new()));
    logger.add_handler(&kept);
    let stop = AtomicBool::new(false);
    let mut logged = 0;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut n = 0_u64;
                    while !stop.load(Ordering::Relaxed) {
                        ferrolog::warning!(logger, "record {n}");
                        n += 1;
                    }
                    n
                })
            })
            .collect();
        for _ in 0..300 {
            let removed = Arc::new(AtomicBool::new(false));
            let handler = Handler::new(ferrolog::StreamHandler::new(Watched(Arc::clone(&removed))));
            logger.add_handler(&handler);
            logger.add_handler(NullHandler);
            std::thread::yield_now();
            logger.remove_handler(&handler);
            removed.store(true, Ordering::SeqCst);
            assert_eq!(handler.counts().failed, 0);
            logger.set_handlers([&kept]);
        }
        stop.store(true, Ordering::Relaxed);
        logged = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    });
    assert_eq!(kept.counts().delivered, logged);
    let lines = kept.lock().stream().iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines as u64, logged);
}

#[test]
fn what_a_policy_gives_up_is_counted_and_only_notices_are_reported() {
    struct Choosy(u64);

    impl Emit for Choosy {
        fn emit(&mut self, event: &Event<'_>) -> Result<()> {
            if event.text() == "no" {
                self.0 += 1;
                return Err(ferrolog::Error::Dropped("not now"));
            }
            event.report(ferrolog::Error::Lost { peer: "here".to_owned(), count: self.0 });
            Ok(())
        }
    }

    let manager = Manager::new();
    let handler = Handler::new(Choosy(0));
    let errors = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&errors);
    handler.set_error_hook(move |error, _, _| seen.lock().unwrap().push(error.to_string()));
    manager.root().add_handler(&handler);
    for message in ["no", "no", "yes"] {
        ferrolog::error!(manager.root(), "{message}");
    }
    assert_eq!(*errors.lock().unwrap(), ["2 records were lost while here was away"]);
    let counts = handler.counts();
    assert_eq!((counts.delivered, counts.dropped, counts.failed), (1, 2, 0));
}
