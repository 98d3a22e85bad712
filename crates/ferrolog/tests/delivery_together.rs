//! Records of several threads, or of a queue, that are written together: what is promised of each.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use ferrolog::{
    FileHandler, Formatter, Handler, Level, Logger, Manager, QueueHandler, Record, StreamHandler,
};

#[derive(Clone, Default)]
struct Shared {
    text: Arc<Mutex<String>>,
    writes: Arc<AtomicUsize>,
}

/// Takes a while for each write, and refuses lines with `bad` in them.
struct Slow(Shared);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::sleep(Duration::from_millis(1));
        self.0.writes.fetch_add(1, Ordering::Relaxed);
        let text = str::from_utf8(bytes).map_err(io::Error::other)?;
        let good: usize =
            text.split_inclusive('\n').take_while(|line| !line.contains("bad")).map(str::len).sum();
        if good == 0 {
            return Err(io::Error::other("not this one"));
        }
        self.0.text.lock().unwrap().push_str(&text[..good]);
        Ok(good)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const THREADS: usize = 8;
const EACH: usize = 40;

fn from_all_threads(log: impl Fn(usize, usize) + Sync) {
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (barrier, log) = (&barrier, &log);
            scope.spawn(move || {
                barrier.wait();
                (0..EACH).for_each(|n| log(thread, n));
            });
        }
    });
}

fn logger_with(handler: &Handler<StreamHandler<Slow>>) -> (Manager, Logger) {
    let manager = Manager::new();
    let logger = manager.get_logger("together");
    logger.add_handler(handler);
    (manager, logger)
}

#[test]
fn a_record_is_written_when_its_call_returns() {
    let shared = Shared::default();
    let handler = Handler::new(StreamHandler::new(Slow(shared.clone())));
    let (_manager, logger) = logger_with(&handler);
    from_all_threads(|thread, n| {
        ferrolog::warning!(logger, "{thread} {n};");
        let text = shared.text.lock().unwrap();
        assert!(text.contains(&format!("{thread} {n};\n")), "{thread} {n}");
    });
    let text = shared.text.lock().unwrap();
    for thread in 0..THREADS {
        let prefix = format!("{thread} ");
        let own = text.lines().filter_map(|line| line.strip_prefix(&prefix)?.strip_suffix(';'));
        assert!(own.map(|n| n.parse::<usize>().unwrap()).eq(0..EACH), "thread {thread}");
    }
    let records = THREADS * EACH;
    assert_eq!(handler.counts().delivered, records as u64);
    let writes = shared.writes.load(Ordering::Relaxed);
    // How many come together depends on what else the machine does.
    assert!(writes < records, "{writes} writes for {records} records");
}

#[test]
fn an_error_is_told_of_the_record_that_had_it() {
    let shared = Shared::default();
    let handler = Handler::new(StreamHandler::new(Slow(shared.clone())))
        .with_formatter(Formatter::new("%(threadName)s %(message)s").unwrap());
    let failed = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&failed);
    handler.set_error_hook(move |error, record, _| {
        let record = record.expect("it is a record's error");
        let here = thread::current().id();
        seen.lock().unwrap().push((record.message().to_string(), here, error.to_string()));
    });
    let (_manager, logger) = logger_with(&handler);
    let ours = Mutex::new(Vec::new());
    from_all_threads(|thread, n| {
        let bad = (thread + n).is_multiple_of(3);
        let message = format!("{} {thread} {n};", if bad { "bad" } else { "good" });
        ferrolog::warning!(logger, "{message}");
        assert_eq!(shared.text.lock().unwrap().contains(&message), !bad, "{message}");
        if bad {
            ours.lock().unwrap().push((message, thread::current().id()));
        }
    });
    let (mut ours, mut failed) = (ours.into_inner().unwrap(), failed.lock().unwrap().clone());
    assert!(failed.iter().all(|(_, _, error)| error.contains("not this one")));
    let mut failed: Vec<_> = failed.drain(..).map(|(message, here, _)| (message, here)).collect();
    ours.sort_by(|a, b| a.0.cmp(&b.0));
    failed.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(failed, ours);
    let counts = handler.counts();
    assert_eq!(counts.failed as usize, ours.len());
    assert_eq!(counts.emitted() as usize, THREADS * EACH);
}

/// A queue's listener writes many records at once, and counts each.
#[test]
fn a_queue_writes_many_at_once() {
    let shared = Shared::default();
    let handler = Handler::new(StreamHandler::new(Slow(shared.clone())));
    handler.add_filter(ferrolog::Filter::new(|record: &Record<'_>| record.level() != Level::DEBUG));
    let errors = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&errors);
    handler.set_error_hook(move |_, record, _| {
        seen.lock().unwrap().push(record.map(|record| record.message().to_string()));
    });
    let queue = QueueHandler::builder().handler(&handler).build().unwrap();
    for n in 0..1000 {
        let (level, what) = match n % 100 {
            7 => (Level::DEBUG, "unwanted"),
            13 => (Level::INFO, "bad"),
            _ => (Level::INFO, "good"),
        };
        queue.handle(&Record::new("queue", level, &format!("{what} {n}")));
    }
    queue.close();
    let text = shared.text.lock().unwrap();
    let numbers = text.lines().map(|line| line.strip_prefix("good ").unwrap().parse::<usize>());
    let wanted = (0..1000).filter(|n| !matches!(n % 100, 7 | 13));
    assert!(numbers.map(Result::unwrap).eq(wanted));
    let bad = (0..10).map(|hundred| Some(format!("bad {}", hundred * 100 + 13)));
    assert!(errors.lock().unwrap().iter().cloned().eq(bad), "{errors:?}");
    assert_eq!((handler.counts().delivered, handler.counts().failed), (980, 10));
    assert_eq!(queue.counts().delivered, 1000);
    let writes = shared.writes.load(Ordering::Relaxed);
    assert!(writes < 500, "{writes} writes");
}

/// Where nothing can be written, every record is counted and told by itself.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_a_queue() {
    let file = FileHandler::new("/dev/full").unwrap();
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    file.set_error_hook(move |_, _, _| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let queue = QueueHandler::builder().handler(&file).build().unwrap();
    (0..300).for_each(|_| _ = queue.handle(&Record::new("queue", Level::INFO, "x")));
    queue.close();
    assert_eq!((file.counts().failed, file.counts().delivered), (300, 0));
    assert_eq!((told.load(Ordering::Relaxed), queue.counts().delivered), (300, 300));
}
