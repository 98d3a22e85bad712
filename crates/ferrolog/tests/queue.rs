//! The queue between the threads that log and the one that delivers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferrolog::{
    Emit, Event, FileHandler, Formatter, Handler, Level, Manager, MemoryHandler, QueueHandler,
    QueueListener, Record, RecordQueue, Result, StreamHandler, WhenFull,
};
use proptest::prelude::*;

type Kept = Handler<StreamHandler<Vec<u8>>>;

fn stream() -> Kept {
    Handler::new(StreamHandler::new(Vec::new()))
}

fn text(handler: &Kept) -> String {
    String::from_utf8(handler.lock().stream().clone()).unwrap()
}

fn log<T: Emit>(handler: &Handler<T>, message: &str) {
    handler.handle(&Record::new("queue", Level::INFO, message));
}

/// Waits for leave before each record, and keeps what it got.
struct Gate {
    leave: Receiver<()>,
    got: Arc<Mutex<Vec<String>>>,
}

impl Emit for Gate {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        // An error means that all may pass.
        let _ = self.leave.recv();
        self.got.lock().unwrap().push(event.text().to_owned());
        Ok(())
    }
}

type Got = Arc<Mutex<Vec<String>>>;

fn gate() -> (Handler<Gate>, Sender<()>, Got) {
    let (sender, leave) = channel();
    let got = Got::default();
    (Handler::new(Gate { leave, got: Arc::clone(&got) }), sender, got)
}

/// A queue whose listener has taken one record and waits with it.
fn stuck(when_full: WhenFull, capacity: usize) -> (Handler<QueueHandler>, Sender<()>, Got) {
    let (target, leave, got) = gate();
    let handler = QueueHandler::builder()
        .handler(&target)
        .capacity(capacity)
        .when_full(when_full)
        .build()
        .unwrap();
    log(&handler, "first");
    while !handler.lock().queue().is_empty() {
        std::thread::yield_now();
    }
    (handler, leave, got)
}

#[test]
fn from_several_threads_in_the_order_of_each() {
    let target = stream();
    let handler = QueueHandler::builder().handler(&target).capacity(50).build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let handler = &handler;
            scope.spawn(move || {
                for n in 0..5000 {
                    log(handler, &format!("{thread} {n}"));
                }
            });
        }
    });
    handler.flush();
    let text = text(&target);
    for thread in 0..4 {
        let prefix = format!("{thread} ");
        let numbers =
            text.lines().filter_map(|line| line.strip_prefix(&prefix)?.parse::<usize>().ok());
        assert!(numbers.eq(0..5000), "thread {thread}");
    }
    let counts = handler.counts();
    assert_eq!((counts.delivered, counts.emitted()), (20_000, 20_000));
}

#[test]
fn drop_newest() {
    let (handler, leave, got) = stuck(WhenFull::DropNewest, 3);
    for n in 0..10 {
        log(&handler, &n.to_string());
    }
    assert_eq!((handler.counts().dropped, handler.counts().emitted()), (7, 7));
    drop(leave);
    handler.flush();
    log(&handler, "after");
    handler.flush();
    let told = "7 records were dropped here: the queue was full";
    assert_eq!(*got.lock().unwrap(), ["first", "0", "1", "2", told, "after"]);
    assert_eq!((handler.counts().delivered, handler.counts().emitted()), (5, 12));
}

#[test]
fn drop_oldest() {
    let (handler, leave, got) = stuck(WhenFull::DropOldest, 3);
    for n in 0..10 {
        log(&handler, &n.to_string());
    }
    assert_eq!((handler.counts().dropped, handler.counts().emitted()), (7, 7));
    drop(leave);
    handler.flush();
    let told = "7 records were dropped here: the queue was full";
    assert_eq!(*got.lock().unwrap(), ["first", told, "7", "8", "9"]);
    assert_eq!((handler.counts().delivered, handler.counts().emitted()), (4, 11));
}

proptest! {
    /// Through queues of all sizes, by two handlers: what arrives, in which order, what is told of losses and where,
    /// and what is counted.
    #[test]
    fn what_a_queue_drops(
        oldest in any::<bool>(),
        capacity in prop_oneof![1_usize..5, 200_usize..600],
        rounds in proptest::collection::vec(0_usize..900, 1..4),
        switch in 1_usize..300,
        one_at_a_time in any::<bool>(),
    ) {
        let when_full = if oldest { WhenFull::DropOldest } else { WhenFull::DropNewest };
        let queue = RecordQueue::builder().capacity(capacity).when_full(when_full).build();
        let handlers = [QueueHandler::new(&queue), QueueHandler::new(&queue)];
        let (gate, leave, got) = gate();
        drop(leave);
        let lines = stream();
        let targets = if one_at_a_time { vec![gate.to_dyn()] } else { vec![lines.to_dyn()] };
        let listener = QueueListener::new(&queue, targets);
        let told = |lost: usize| match lost {
            1 => "1 record was dropped here: the queue was full".to_owned(),
            _ => format!("{lost} records were dropped here: the queue was full"),
        };
        let (mut expected, mut counts) = (Vec::new(), [(0, 0); 2]);
        for (round, count) in rounds.into_iter().enumerate() {
            let lost = count.saturating_sub(capacity);
            let kept = if oldest { lost..count } else { 0..count - lost };
            if oldest && lost > 0 {
                expected.push(told(lost));
            }
            for n in 0..count {
                let which = n / switch % 2;
                let message = format!("{round} {n}");
                log(&handlers[which], &message);
                if kept.contains(&n) {
                    expected.push(message);
                    counts[which].0 += 1;
                } else {
                    counts[which].1 += 1;
                }
            }
            if !oldest && lost > 0 {
                expected.push(told(lost));
            }
            prop_assert_eq!(queue.len(), count - lost);
            listener.start().unwrap();
            handlers[0].flush();
            listener.stop();
            prop_assert_eq!((queue.len(), queue.bytes()), (0, 0));
        }
        let text = text(&lines);
        let arrived = if one_at_a_time {
            got.lock().unwrap().clone()
        } else {
            text.lines().map(str::to_owned).collect()
        };
        prop_assert_eq!(arrived, expected);
        for (handler, counted) in handlers.iter().zip(counts) {
            prop_assert_eq!((handler.counts().delivered, handler.counts().dropped), counted);
        }
    }
}

/// The loss is the last that is to be told, while somebody waits for that, by a listener whose handler takes
/// lines.
#[test]
fn a_loss_at_the_end() {
    let (target, queue) = (stream(), RecordQueue::builder().capacity(1).build());
    let handler = QueueHandler::new(&queue);
    let listener = QueueListener::new(&queue, [&target]);
    for round in 1..4 {
        log(&handler, "kept");
        log(&handler, "lost");
        listener.start().unwrap();
        handler.flush();
        log(&handler, "after");
        handler.flush();
        let told = "kept\n1 record was dropped here: the queue was full\nafter\n";
        assert_eq!(text(&target), told.repeat(round));
        listener.stop();
    }
    assert_eq!((handler.counts().delivered, handler.counts().dropped), (6, 3));
}

#[test]
fn block_with_a_timeout() {
    let (handler, leave, got) = stuck(WhenFull::BlockTimeout(Duration::from_millis(50)), 1);
    log(&handler, "kept");
    let before = Instant::now();
    log(&handler, "lost");
    assert!(before.elapsed() >= Duration::from_millis(50));
    assert_eq!(handler.counts().dropped, 1);
    drop(leave);
    drop(handler);
    let told = "1 record was dropped here: the queue was full";
    assert_eq!(*got.lock().unwrap(), ["first", "kept", told]);
}

#[test]
fn block_until_there_is_room() {
    let (handler, leave, got) = stuck(WhenFull::Block, 1);
    log(&handler, "second");
    let through = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            log(&handler, "third");
            through.store(true, Ordering::SeqCst);
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(!through.load(Ordering::SeqCst));
        leave.send(()).unwrap();
    });
    drop(leave);
    handler.flush();
    assert_eq!(*got.lock().unwrap(), ["first", "second", "third"]);
    assert_eq!((handler.counts().delivered, handler.counts().emitted()), (3, 3));
}

#[test]
fn bounded_in_bytes() {
    let queue =
        RecordQueue::builder().capacity_bytes(100_000).when_full(WhenFull::DropNewest).build();
    let handler = QueueHandler::new(&queue);
    log(&handler, &"a".repeat(200_000));
    assert_eq!((queue.len(), handler.counts().dropped), (1, 0));
    log(&handler, "b");
    assert_eq!((queue.len(), handler.counts().dropped), (1, 1));
    let target = stream();
    let listener = QueueListener::new(&queue, [&target]);
    listener.start().unwrap();
    listener.stop();
    for _ in 0..20 {
        log(&handler, &"c".repeat(10_000));
    }
    assert!((5..10).contains(&queue.len()), "{queue:?}");
    assert!(queue.bytes() <= 100_000);
    handler.set_error_hook(|_, _, _| {});
    handler.close();
    let counts = handler.counts();
    assert_eq!((counts.emitted(), counts.delivered), (22, 1));
    assert_eq!(queue.bytes(), 0);
}

#[test]
fn without_a_listener_nobody_waits() {
    let queue = RecordQueue::new(2);
    let handler = QueueHandler::new(&queue);
    let errors = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&errors);
    handler.set_error_hook(move |error, _, _| seen.lock().unwrap().push(error.to_string()));
    for n in 0..5 {
        log(&handler, &n.to_string());
    }
    assert_eq!((queue.len(), handler.counts().dropped), (2, 3));
    handler.flush();
    handler.close();
    assert_eq!(
        *errors.lock().unwrap(),
        [
            "flush failed: 2 records wait for a listener, and none is running",
            "close failed: 2 records in the queue were not delivered, and are lost"
        ]
    );
    assert_eq!((handler.counts().dropped, handler.counts().emitted()), (5, 5));
}

#[test]
fn start_and_stop() {
    let queue = RecordQueue::new(1000);
    let target = stream();
    let handler = QueueHandler::new(&queue);
    let listener = QueueListener::new(&queue, [&target]);
    listener.stop();
    for round in 0..3 {
        log(&handler, &format!("{round} before"));
        listener.start().unwrap();
        let other = QueueListener::new(&queue, [&target]).start().unwrap_err();
        assert!(other.to_string().contains("has a listener"), "{other}");
        assert!(listener.start().is_err());
        log(&handler, &format!("{round} while"));
        listener.stop();
        listener.stop();
        assert!(queue.is_empty());
    }
    assert_eq!(text(&target), "0 before\n0 while\n1 before\n1 while\n2 before\n2 while\n");
    log(&handler, "last");
    listener.start().unwrap();
    drop(listener);
    assert!(text(&target).ends_with("last\n"));
}

#[test]
fn the_last_handle_drains() {
    let target = stream();
    let handler = QueueHandler::builder().handler(&target).build().unwrap();
    let manager = Manager::new();
    manager.root().add_handler(&handler);
    for n in 0..5000 {
        ferrolog::warning!(manager.root(), "{n}");
    }
    drop(handler);
    drop(manager);
    assert_eq!(text(&target).lines().count(), 5000);
}

#[test]
fn levels_and_several_handlers() {
    let (all, errors) = (stream(), stream().with_level(Level::ERROR));
    let listen = |respect| {
        let handler = QueueHandler::builder()
            .handler(&all)
            .handler(&errors)
            .respect_handler_level(respect)
            .build()
            .unwrap();
        handler.handle(&Record::new("a", Level::INFO, "info"));
        handler.handle(&Record::new("a", Level::ERROR, "error"));
        handler.close();
        assert_eq!(handler.lock().listener().unwrap().respect_handler_level(), respect);
    };
    listen(true);
    assert_eq!((text(&all).as_str(), text(&errors).as_str()), ("info\nerror\n", "error\n"));
    listen(false);
    assert_eq!(text(&errors), "error\ninfo\nerror\n");
}

#[test]
fn a_panic_in_a_handler_does_not_end_the_listener() {
    struct Bomb;
    impl Emit for Bomb {
        fn emit(&mut self, _: &Event<'_>) -> Result<()> {
            panic!("as asked")
        }
    }
    let bomb = Handler::new(Bomb);
    bomb.set_error_hook(|_, _, _| panic!("here too"));
    let target = stream();
    let handler = QueueHandler::builder().handler(&bomb).handler(&target).build().unwrap();
    ferrolog::set_raise_exceptions(false);
    for n in 0..5 {
        log(&handler, &n.to_string());
    }
    handler.flush();
    ferrolog::set_raise_exceptions(true);
    assert_eq!(text(&target), "0\n1\n2\n3\n4\n");
    assert_eq!((bomb.counts().failed, handler.counts().delivered), (5, 5));
}

#[test]
fn how_a_record_arrives() {
    let error = std::io::Error::other("gone");
    let extra = [
        ("user", ferrolog::Value::Str("ann")),
        ("exc_info", ferrolog::Value::Error(&error)),
        ("stack_info", ferrolog::Value::Str("the stack")),
    ];
    let record = Record::new("a.b", Level::INFO, "hello").with_key_values(&extra);
    let format = || Formatter::new("%(levelname)s|%(message)s|%(user)s|%(threadName)s").unwrap();
    let thread = std::thread::current().name().unwrap().to_owned();

    let target = stream().with_formatter(format());
    let handler = QueueHandler::builder().handler(&target).build().unwrap();
    handler.handle(&record);
    handler.flush();
    assert_eq!(text(&target), format!("INFO|hello|ann|{thread}\nError: gone\nthe stack\n"));

    // With a formatter of its own, as Python's: all is in the message.
    let target = stream().with_formatter(format());
    let handler = QueueHandler::builder().handler(&target).build().unwrap();
    handler.set_formatter(Formatter::new("%(name)s: %(message)s").unwrap());
    handler.handle(&record);
    handler.flush();
    assert_eq!(text(&target), format!("INFO|a.b: hello\nError: gone\nthe stack|ann|{thread}\n"));

    let target = stream().with_formatter(format());
    let handler = QueueHandler::builder()
        .handler(&target)
        .prepare(|record| record.clone().with_level(Level::ERROR).to_owned())
        .build()
        .unwrap();
    handler.handle(&record);
    handler.flush();
    assert!(text(&target).starts_with("ERROR|hello|ann"));
}

/// A target that logs for each record it gets, while the queue is full: the listener must not wait for
/// itself, and the nested records are not lost.
#[test]
fn a_target_that_logs_into_its_own_queue() {
    struct Echo(ferrolog::Logger, Got);
    impl Emit for Echo {
        fn emit(&mut self, event: &Event<'_>) -> Result<()> {
            self.1.lock().unwrap().push(event.text().to_owned());
            if !event.text().starts_with("echo") {
                ferrolog::warning!(self.0, "echo of {}", event.text());
                ferrolog::flush();
            }
            Ok(())
        }
    }
    let manager = Manager::new();
    let logger = manager.get_logger("echo");
    let got = Got::default();
    let target = Handler::new(Echo(logger.clone(), Arc::clone(&got)));
    let handler = QueueHandler::builder().handler(&target).capacity(2).build().unwrap();
    logger.add_handler(&handler);
    for n in 0..500 {
        ferrolog::warning!(logger, "{n}");
    }
    handler.close();
    let got = got.lock().unwrap();
    let count = |echo| got.iter().filter(|text| text.starts_with("echo") == echo).count();
    assert_eq!((count(false), count(true)), (500, 500));
    assert_eq!((handler.counts().delivered, handler.counts().emitted()), (1000, 1000));
}

/// One thread is inside the target of a full queue and logs into that queue; the listener waits for it.
#[test]
fn a_thread_inside_the_target_does_not_wait_for_the_listener() {
    struct Relay(ferrolog::Logger, usize);
    impl Emit for Relay {
        fn emit(&mut self, event: &Event<'_>) -> Result<()> {
            self.1 += 1;
            if event.text() == "direct" {
                for n in 0..20 {
                    ferrolog::warning!(self.0, "relayed {n}");
                }
            }
            Ok(())
        }
    }
    let manager = Manager::new();
    let logger = manager.get_logger("relay");
    let target = Handler::new(Relay(logger.clone(), 0));
    let handler = QueueHandler::builder().handler(&target).capacity(2).build().unwrap();
    logger.add_handler(&handler);
    std::thread::scope(|scope| {
        scope.spawn(|| (0..50).for_each(|_| log(&target, "direct")));
        scope.spawn(|| (0..2000).for_each(|_| log(&handler, "queued")));
    });
    handler.close();
    let counts = handler.counts();
    assert_eq!((counts.delivered, counts.emitted()), (3000, 3000), "{counts:?}");
    assert_eq!(target.lock().1, 3050);
}

#[test]
fn through_memory_and_two_queues_nothing_is_lost() {
    let target = stream();
    let second = QueueHandler::builder().handler(&target).capacity(10).build().unwrap();
    let first = QueueHandler::builder().handler(&second).capacity(10).build().unwrap();
    let memory = MemoryHandler::new(3000, &first);
    for n in 0..10_000 {
        log(&memory, &n.to_string());
    }
    for handler in [Handler::from(&memory), Handler::from(&first), Handler::from(&second)] {
        handler.flush();
        assert_eq!((handler.counts().delivered, handler.counts().emitted()), (10_000, 10_000));
    }
    assert!(text(&target).lines().map(|line| line.parse::<usize>().unwrap()).eq(0..10_000));
}

/// Under each policy, from several threads: what was not delivered is told in the stream, to the number.
#[test]
fn accounting() {
    const EACH: u64 = 20_000;
    for policy in [
        WhenFull::Block,
        WhenFull::BlockTimeout(Duration::from_micros(10)),
        WhenFull::DropNewest,
        WhenFull::DropOldest,
    ] {
        let target = stream();
        let handler = QueueHandler::builder()
            .handler(&target)
            .capacity(20)
            .when_full(policy)
            .build()
            .unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..EACH).for_each(|_| log(&handler, "x")));
            }
        });
        handler.close();
        let text = text(&target);
        let seen = text.lines().filter(|line| *line == "x").count() as u64;
        let told: u64 =
            text.lines().filter_map(|line| line.split_once(" record")?.0.parse::<u64>().ok()).sum();
        let counts = handler.counts();
        println!("{policy:?}: {counts:?}");
        assert_eq!(counts.emitted(), 4 * EACH, "{policy:?}");
        assert_eq!((counts.delivered, counts.dropped), (seen, told), "{policy:?}");
        assert_eq!(counts.failed, 0);
        assert_eq!(policy == WhenFull::Block, told == 0, "{policy:?}");
    }
}

#[test]
fn after_its_removal_a_handler_takes_nothing_more() {
    let target = stream();
    let handler = QueueHandler::builder().handler(&target).capacity(5).build().unwrap();
    let manager = Manager::new();
    let logger = manager.get_logger("changing");
    let stop = AtomicBool::new(false);
    logger.add_handler(ferrolog::NullHandler);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    ferrolog::warning!(logger, "record");
                }
            });
        }
        for _ in 0..200 {
            logger.add_handler(&handler);
            std::thread::yield_now();
            logger.remove_handler(&handler);
            handler.flush();
            let delivered = handler.counts().delivered;
            std::thread::yield_now();
            handler.flush();
            assert_eq!(handler.counts().delivered, delivered);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(handler.counts().emitted(), handler.counts().delivered);
}

/// At the end of the process the queue is drained into its file, whichever of the two was made first.
#[test]
fn at_exit() {
    const CHILD: &str = "FERROLOG_TEST_EXIT";
    if let Ok(path) = std::env::var(CHILD) {
        let queue = RecordQueue::new(100_000);
        let handler = QueueHandler::new(&queue);
        let file = FileHandler::new(&path).unwrap();
        let listener = QueueListener::new(&queue, [&file]);
        listener.start().unwrap();
        for n in 0..20_000 {
            log(&handler, &n.to_string());
        }
        std::process::exit(7);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "at_exit"])
        .env(CHILD, &path)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(7));
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.lines().map(|line| line.parse::<usize>().unwrap()).eq(0..20_000));
}

/// A target that is stuck does not keep the process from ending; what is lost is told.
#[test]
fn at_exit_with_a_target_that_is_stuck() {
    const CHILD: &str = "FERROLOG_TEST_STUCK";
    struct Stuck;
    impl Emit for Stuck {
        fn emit(&mut self, _: &Event<'_>) -> Result<()> {
            std::thread::sleep(Duration::from_secs(3600));
            Ok(())
        }
    }
    if std::env::var(CHILD).is_ok() {
        let handler = QueueHandler::builder()
            .handler(Stuck)
            .close_timeout(Duration::from_millis(300))
            .build()
            .unwrap();
        log(&handler, "taken");
        while !handler.lock().queue().is_empty() {
            std::thread::yield_now();
        }
        for _ in 0..10 {
            log(&handler, "waiting");
        }
        std::process::exit(7);
    }
    let begin = Instant::now();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "at_exit_with_a_target_that_is_stuck"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert!(begin.elapsed() < Duration::from_secs(30));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("10 records in the queue were not delivered"), "{told}");
    assert!(told.contains("Stuck: close failed: another thread is still delivering"), "{told}");
}
