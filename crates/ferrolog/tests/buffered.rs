//! Handlers to files that keep records in memory and write them together.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferrolog::sink::Encoding;
use ferrolog::{
    Emit, FileHandler, Handler, Level, Manager, Record, RotatingFileHandler, WatchedFileHandler,
};

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(3600);

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn log<T: Emit>(handler: &Handler<T>, level: Level, message: &str) {
    handler.handle(&Record::new("buffered", level, message));
}

fn log_lines<T: Emit>(handler: &Handler<T>, numbers: std::ops::Range<u32>) {
    numbers.for_each(|number| log(handler, Level::INFO, &format!("line {number:04}")));
}

fn lines(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| format!("line {number:04}\n")).collect()
}

/// The errors that the handler's hook is told from now on.
fn errors<T: Emit>(handler: &Handler<T>) -> Arc<Mutex<Vec<String>>> {
    let errors = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&errors);
    handler.set_error_hook(move |error, _, _| told.lock().unwrap().push(error.to_string()));
    errors
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn what_is_kept_is_written_when_there_is_enough_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let handler = FileHandler::builder(&path).buffer(40).flush_interval(LONG).build().unwrap();
    log_lines(&handler, 0..3);
    assert_eq!(read(&path), "");
    log_lines(&handler, 3..6);
    assert_eq!(read(&path), lines(0..4));
    handler.flush();
    assert_eq!(read(&path), lines(0..6));
    assert_eq!((handler.counts().delivered, handler.counts().emitted()), (6, 6));
}

#[test]
fn an_urgent_record_does_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    for (level, wanted) in [(None, Level::ERROR), (Some(Level::WARNING), Level::WARNING)] {
        let path = folder.path().join(wanted.to_string());
        let builder = FileHandler::builder(&path).buffer(1 << 20).flush_interval(LONG);
        let builder = level.into_iter().fold(builder, |builder, level| builder.flush_level(level));
        let handler = builder.build().unwrap();
        log(&handler, Level::INFO, "before");
        log(&handler, Level::new(wanted.value() - 1), "not yet");
        assert_eq!(read(&path), "");
        log(&handler, wanted, "now");
        assert_eq!(read(&path), "before\nnot yet\nnow\n");
    }
}

#[test]
fn nothing_waits_longer_than_the_interval() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, milliseconds| {
        let path = folder.path().join(name);
        let interval = Duration::from_millis(milliseconds);
        FileHandler::builder(path).buffer(1 << 20).flush_interval(interval).build().unwrap()
    };
    let (one, other, never) = (of("one", 20), of("other", 50), of("never", 3_600_000));
    for round in 0..3 {
        log_lines(&one, round..round + 1);
        log_lines(&other, round..round + 1);
        log_lines(&never, round..round + 1);
        for name in ["one", "other"] {
            wait_until(name, || read(&folder.path().join(name)) == lines(0..round + 1));
        }
    }
    assert_eq!(read(&folder.path().join("never")), "");
}

#[test]
fn nothing_is_kept_back_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let make = || FileHandler::builder(&path).buffer(1 << 20).flush_interval(LONG).build().unwrap();
    let closed = make();
    log_lines(&closed, 0..2);
    closed.close();
    assert_eq!(read(&path), lines(0..2));
    log_lines(&closed, 2..3);
    assert_eq!(read(&path), lines(0..3), "a closed handler keeps nothing");

    let dropped = make();
    log_lines(&dropped, 3..5);
    assert_eq!(read(&path), lines(0..3));
    drop(dropped);
    assert_eq!(read(&path), lines(0..5));

    let manager = Manager::new();
    let logger = manager.get_logger("buffered");
    let removed = make();
    logger.add_handler(&removed);
    ferrolog::warning!(logger, "line {:04}", 5);
    assert_eq!(read(&path), lines(0..5));
    logger.remove_handler(&removed);
    assert_eq!(read(&path), lines(0..6), "nothing is written for the logger later");
}

#[test]
fn rotation_makes_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let files = |name: &str, buffer: usize| {
        let folder = folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        let handler = RotatingFileHandler::builder(folder.join("log"))
            .max_bytes(200)
            .backup_count(5)
            .buffer(buffer)
            .flush_interval(LONG)
            .build()
            .unwrap();
        for number in 0..100_usize {
            log(&handler, Level::INFO, &"x\u{e9}".repeat(number * 7 % 40));
        }
        handler.close();
        let names = (1..7).map(|number| folder.join(format!("log.{number}")));
        let paths: Vec<PathBuf> = names.chain([folder.join("log")]).collect();
        paths.iter().map(|path| fs::read_to_string(path).ok()).collect::<Vec<_>>()
    };
    let expected = files("at once", 0);
    assert!(expected[4].is_some() && expected[5].is_none(), "{expected:?}");
    for buffer in [1, 100, 1000, 1 << 20] {
        assert_eq!(files(&format!("buffer of {buffer}"), buffer), expected, "{buffer}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_kept_belongs_to_the_file_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("log"), folder.path().join("moved"));
    let builder = WatchedFileHandler::builder(&path).buffer(1 << 20).flush_interval(LONG);
    let handler = builder.build().unwrap();
    log_lines(&handler, 0..3);
    fs::rename(&path, &moved).unwrap();
    log_lines(&handler, 3..5);
    handler.flush();
    assert_eq!((read(&moved), read(&path)), (lines(0..3), lines(3..5)));
}

/// `/dev/full` takes no byte.
#[cfg(target_os = "linux")]
#[test]
fn records_that_cannot_be_written_are_counted_and_reported_together() {
    let make = |size| {
        let builder = FileHandler::builder("/dev/full").buffer(size);
        let handler = builder.flush_interval(LONG).build().unwrap();
        let errors = errors(&handler);
        (handler, errors)
    };
    let told = |count| {
        format!("{count} buffered records were lost: cannot write to \"/dev/full\": No space left")
    };
    // By the record that fills the buffer, by an urgent one, and by a flush.
    let (handler, errors) = make(40);
    log_lines(&handler, 0..4);
    log_lines(&handler, 4..6);
    log(&handler, Level::ERROR, "urgent");
    log_lines(&handler, 7..8);
    assert_eq!((handler.counts().delivered, handler.counts().failed), (1, 7));
    handler.flush();
    assert_eq!((handler.counts().delivered, handler.counts().failed), (0, 8));
    let errors = errors.lock().unwrap();
    assert_eq!(errors.len(), 3, "{errors:?}");
    for (error, count) in errors.iter().zip([4, 3, 1]) {
        assert!(error.starts_with(&told(count)), "{error}");
    }

    // By the timer.
    let builder = FileHandler::builder("/dev/full").buffer(1 << 20);
    let handler = builder.flush_interval(Duration::from_millis(10)).build().unwrap();
    let errors = self::errors(&handler);
    log_lines(&handler, 0..5);
    wait_until("the report", || handler.counts().failed == 5 && !errors.lock().unwrap().is_empty());
    assert_eq!(handler.counts().emitted(), 5);
}

#[test]
fn a_line_that_cannot_be_encoded_is_its_own_record_s_failure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let builder = FileHandler::builder(&path).buffer(1 << 20).encoding(Encoding::Ascii);
    let handler = builder.flush_interval(LONG).build().unwrap();
    let errors = errors(&handler);
    log(&handler, Level::INFO, "plain");
    log(&handler, Level::INFO, "caf\u{e9}");
    log(&handler, Level::ERROR, "plain again");
    assert_eq!(read(&path), "plain\nplain again\n");
    assert_eq!((handler.counts().delivered, handler.counts().failed), (2, 1));
    assert_eq!(errors.lock().unwrap().len(), 1);
}

#[test]
fn a_file_that_cannot_be_opened_fails_each_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("log");
    let builder = FileHandler::builder(&path).buffer(1 << 20).delay(true);
    let handler = builder.flush_interval(LONG).build().unwrap();
    let errors = errors(&handler);
    log_lines(&handler, 0..2);
    assert_eq!((handler.counts().failed, errors.lock().unwrap().len()), (2, 2));
    fs::create_dir(folder.path().join("missing")).unwrap();
    log_lines(&handler, 2..4);
    handler.flush();
    assert_eq!(read(&path), lines(2..4));
}

#[test]
fn threads_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let handler = FileHandler::builder(&path).buffer(500).build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let handler = &handler;
            scope.spawn(move || {
                for number in 0..1000 {
                    log(handler, Level::INFO, &format!("{thread} {number}"));
                    if number % 97 == 0 {
                        handler.flush();
                    }
                }
            });
        }
    });
    handler.close();
    let text = read(&path);
    for thread in 0..4 {
        let own: Vec<_> =
            text.lines().filter(|line| line.starts_with(&format!("{thread} "))).collect();
        let expected: Vec<_> = (0..1000).map(|number| format!("{thread} {number}")).collect();
        assert_eq!(own, expected);
    }
    assert_eq!(text.lines().count(), 4000);
    assert_eq!(handler.counts().delivered, 4000);
}

#[cfg(unix)]
#[test]
fn a_shared_file_has_no_buffer() {
    let folder = tempfile::tempdir().unwrap();
    let builder = RotatingFileHandler::builder(folder.path().join("log")).shared(true);
    let refused = builder.buffer(100).build().unwrap_err();
    assert!(refused.to_string().contains("has no buffer"), "{refused}");
}

#[cfg(feature = "json")]
#[test]
fn configured() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let configure = |settings: &str| {
        let manager = Manager::new();
        let text = format!(
            r#"{{"version": 1, "root": {{"level": "INFO", "handlers": ["file"]}}, "handlers": {{"file":
            {{"class": "ferrolog.FileHandler", "filename": {:?}, {settings}}}}}}}"#,
            path.to_str().unwrap()
        );
        let configured = ferrolog::config::Configuration::from_json(&text)?.apply_to(&manager);
        configured.map(|_| manager)
    };
    let settings = r#""buffer": 1000, "flushLevel": "WARNING", "flushInterval": 3600"#;
    let manager = configure(settings).unwrap();
    ferrolog::info!(manager.get_logger("a"), "kept");
    assert_eq!(read(&path), "");
    ferrolog::warning!(manager.get_logger("a"), "urgent");
    assert_eq!(read(&path), "kept\nurgent\n");
    let refused = configure(r#""buffer": 1000, "flushInterval": -1"#).unwrap_err().to_string();
    assert!(refused.contains("flushInterval") && refused.contains("seconds"), "{refused}");
}
