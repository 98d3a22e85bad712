//! The handlers that hold records back in memory.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ferrolog::{
    BufferingHandler, Emit, Event, Handler, Level, Manager, MemoryHandler, Record, Result,
    StreamHandler,
};
use serde_json::{Value, json};

type Kept = Handler<StreamHandler<Vec<u8>>>;

fn stream() -> Kept {
    Handler::new(StreamHandler::new(Vec::new()))
}

fn text(handler: &Kept) -> String {
    String::from_utf8(handler.lock().stream().clone()).unwrap()
}

fn log<T: Emit>(handler: &Handler<T>, level: Level, message: &str) {
    handler.handle(&Record::new("memory", level, message));
}

#[test]
fn when_records_are_passed_on() {
    let target = stream().with_level(Level::CRITICAL);
    let handler = MemoryHandler::builder(3).flush_level(Level::ERROR).target(&target).build();
    log(&handler, Level::DEBUG, "1");
    log(&handler, Level::INFO, "2");
    assert_eq!((text(&target).as_str(), handler.counts().emitted()), ("", 0));
    log(&handler, Level::INFO, "3");
    assert_eq!((text(&target).as_str(), handler.counts().delivered), ("1\n2\n3\n", 3));
    log(&handler, Level::ERROR, "4");
    assert_eq!(text(&target), "1\n2\n3\n4\n");
    log(&handler, Level::INFO, "5");
    handler.flush();
    assert_eq!(text(&target), "1\n2\n3\n4\n5\n");
    log(&handler, Level::INFO, "6");
    handler.close();
    assert_eq!(text(&target), "1\n2\n3\n4\n5\n6\n");
    assert!(handler.lock().target().is_none());
}

#[test]
fn without_a_target_records_wait_up_to_a_limit() {
    let handler = MemoryHandler::builder(2).limit(5).build();
    for n in 0..8 {
        log(&handler, Level::ERROR, &n.to_string());
    }
    assert_eq!(handler.lock().buffer().len(), 5);
    assert_eq!((handler.counts().dropped, handler.counts().emitted()), (3, 3));
    let target = stream();
    handler.lock().set_target(Some(Handler::from(&target)));
    handler.flush();
    assert_eq!(text(&target), "3\n4\n5\n6\n7\n");
    assert_eq!((handler.counts().dropped, handler.counts().delivered), (3, 5));
}

#[test]
fn what_is_not_to_be_flushed_on_close_is_dropped_and_counted() {
    let target = stream();
    let handler = MemoryHandler::builder(10).target(&target).flush_on_close(false).build();
    log(&handler, Level::INFO, "lost");
    handler.close();
    assert_eq!((text(&target).as_str(), handler.counts().dropped), ("", 1));
}

#[test]
fn the_last_handle_flushes() {
    let target = stream();
    let handler = MemoryHandler::new(10, &target);
    log(&handler, Level::INFO, "kept");
    drop(handler);
    assert_eq!(text(&target), "kept\n");
}

/// Two handlers that reach each other's targets from two threads; were a lock held while records are
/// passed on, this would never end.
#[test]
fn a_target_that_logs_to_its_own_memory() {
    struct Echo(ferrolog::Logger, Arc<AtomicUsize>);
    impl Emit for Echo {
        fn emit(&mut self, event: &Event<'_>) -> Result<()> {
            self.1.fetch_add(1, Ordering::Relaxed);
            if event.text() == "outer" {
                ferrolog::error!(self.0, "inner");
            }
            Ok(())
        }
    }
    let manager = Manager::new();
    let logger = manager.get_logger("echo");
    let seen = Arc::new(AtomicUsize::new(0));
    let target = Handler::new(Echo(logger.clone(), Arc::clone(&seen)));
    let memory = MemoryHandler::new(10, &target);
    logger.add_handler(&memory);
    const EACH: usize = 2000;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..EACH).for_each(|_| ferrolog::error!(logger, "outer")));
            scope.spawn(|| {
                for _ in 0..EACH {
                    target.handle(&Record::new("direct", Level::ERROR, "outer"));
                }
            });
        }
    });
    memory.flush();
    assert_eq!(seen.load(Ordering::Relaxed), 8 * EACH);
    assert_eq!(memory.counts().delivered as usize, 6 * EACH);
    assert_eq!(memory.counts().emitted() as usize, 6 * EACH);
}

#[test]
fn several_threads_and_one_order_each() {
    let target = stream();
    let handler = MemoryHandler::builder(7).target(&target).build();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let handler = &handler;
            scope.spawn(move || {
                for n in 0..500 {
                    log(handler, Level::INFO, &format!("{thread} {n}"));
                }
            });
        }
    });
    handler.close();
    let text = text(&target);
    for thread in 0..4 {
        let seen: Vec<usize> = text
            .lines()
            .filter_map(|line| line.strip_prefix(&format!("{thread} "))?.parse().ok())
            .collect();
        assert_eq!(seen, (0..500).collect::<Vec<_>>());
    }
}

#[test]
fn buffering_hands_over_in_batches() {
    let batches = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&batches);
    let handler = BufferingHandler::builder(3)
        .should_flush(|record| record.level() >= Level::CRITICAL)
        .on_flush(move |records| {
            let messages: Vec<_> =
                records.iter().map(|record| record.as_record().message().to_string()).collect();
            match messages[0].as_str() {
                "refused" => Err(ferrolog::Error::Invalid("no".to_owned())),
                "panic" => panic!("as asked"),
                _ => {
                    sink.lock().unwrap().push(messages);
                    Ok(())
                }
            }
        })
        .build();
    let errors = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&errors);
    handler.set_error_hook(move |error, _, _| seen.lock().unwrap().push(error.to_string()));
    for (level, message) in [
        (Level::INFO, "1"),
        (Level::INFO, "2"),
        (Level::INFO, "3"),
        (Level::CRITICAL, "4"),
        (Level::CRITICAL, "refused"),
        (Level::CRITICAL, "panic"),
        (Level::INFO, "5"),
    ] {
        log(&handler, level, message);
    }
    handler.close();
    assert_eq!(*batches.lock().unwrap(), [vec!["1", "2", "3"], vec!["4"], vec!["5"]]);
    assert_eq!(*errors.lock().unwrap(), ["no", "panicked: as asked"]);
    let counts = handler.counts();
    assert_eq!((counts.delivered, counts.failed, counts.dropped), (5, 2, 0));
}

#[test]
fn buffering_alone_gives_up_what_it_holds() {
    let handler = BufferingHandler::new(3);
    for n in 0..4 {
        log(&handler, Level::INFO, &n.to_string());
    }
    assert_eq!(handler.lock().buffer().len(), 1);
    assert_eq!(handler.counts().dropped, 3);
}

/// Step by step, what has arrived and how many records are held, beside the standard library's.
#[test]
fn as_the_standard_library_does() {
    let Some(python) = common::python() else { return };
    let mut random = common::Random::new();
    let cases: Vec<Value> = (0..300)
        .map(|_| {
            let steps: Vec<Value> = (0..random.below(30))
                .map(|_| match random.below(12) {
                    0 => json!(["flush", null]),
                    1 => json!(["target", random.chance(6)]),
                    _ => json!(["log", random.pick(&[0, 10, 20, 25, 30, 40, 50])]),
                })
                .collect();
            json!({
                "capacity": random.below(8),
                "flush_level": random.pick(&[0, 25, 40, 60]),
                "flush_on_close": random.chance(5),
                "target": random.chance(8),
                "steps": steps,
            })
        })
        .collect();
    let answer = common::run(&python, include_str!("python/memory.py"), &json!(cases));
    for (case, expected) in cases.iter().zip(answer.as_array().unwrap()) {
        let target = stream();
        let mut builder = MemoryHandler::builder(case["capacity"].as_u64().unwrap() as usize)
            .flush_level(Level::new(case["flush_level"].as_i64().unwrap() as i32))
            .flush_on_close(case["flush_on_close"].as_bool().unwrap());
        if case["target"].as_bool().unwrap() {
            builder = builder.target(&target);
        }
        let handler = builder.build();
        let mut seen = Vec::new();
        for step in case["steps"].as_array().unwrap() {
            match step[0].as_str().unwrap() {
                "log" => {
                    let level = Level::new(step[1].as_i64().unwrap() as i32);
                    log(&handler, level, &seen.len().to_string());
                }
                "flush" => handler.flush(),
                _ => {
                    let there = step[1].as_bool().unwrap();
                    handler.lock().set_target(there.then(|| Handler::from(&target)));
                }
            }
            let held = handler.lock().buffer().len();
            seen.push(json!([text(&target), held]));
        }
        handler.close();
        seen.push(json!([text(&target), 0]));
        assert_eq!(json!(seen), *expected, "{case}");
    }
}
