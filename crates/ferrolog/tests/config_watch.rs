//! A configuration that takes the place of another while the program goes on, by hand and by a watcher.
#![cfg(feature = "json")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use ferrolog::config::{Configuration, FileWatcher};
use ferrolog::{
    Filter, Handler, Level, Manager, NullHandler, Record, StreamHandler, info, warning,
};
use tempfile::TempDir;

const THREADS: usize = 8;

fn in_folder(folder: &TempDir, json: &str) -> String {
    json.replace("FOLDER", folder.path().to_str().unwrap())
}

fn reload(manager: &Manager, folder: &TempDir, json: &str) {
    Configuration::from_json(&in_folder(folder, json)).unwrap().reload_in(manager).unwrap();
}

fn handler(manager: &Manager, logger: &str, name: &str) -> Handler {
    let handlers = manager.get_logger(logger).handlers();
    handlers.into_iter().find(|handler| handler.name().as_deref() == Some(name)).unwrap()
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// The lines of all files in the folder whose names begin so.
fn lines(folder: &Path, prefix: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_str().unwrap().starts_with(prefix) {
            let text = fs::read_to_string(entry.path()).unwrap();
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    lines
}

#[test]
fn what_is_the_same_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::new();
    let first = r#"{
        "version": 1,
        "formatters": {"f": {"format": "%(levelname)s %(message)s"}},
        "filters": {"app": {"name": "app"}},
        "handlers": {
            "same": {"class": "logging.FileHandler", "filename": "FOLDER/same.log", "mode": "w",
                     "formatter": "f", "level": "WARNING", "filters": ["app"]},
            "other": {"class": "logging.FileHandler", "filename": "FOLDER/other.log", "mode": "w"},
            "memory": {"class": "logging.handlers.MemoryHandler", "capacity": 100, "target": "same"}
        },
        "loggers": {"app": {"level": "DEBUG", "handlers": ["same", "memory"]},
                    "lib": {"level": "ERROR", "propagate": false, "handlers": ["other"]}},
        "root": {"level": "INFO", "handlers": ["other"]}
    }"#;
    Configuration::from_json(&in_folder(&folder, first)).unwrap().apply_to(&manager).unwrap();
    let app = manager.get_logger("app");
    let (same, memory) = (handler(&manager, "app", "same"), handler(&manager, "app", "memory"));
    let other = handler(&manager, "root", "other");
    // What the program itself adds is its own.
    let own = Handler::new(StreamHandler::new(Vec::new()));
    app.add_handler(&own);
    let own_filter = Filter::new(|_: &Record<'_>| true);
    app.add_filter(own_filter.clone());
    warning!(app, "one");

    let second = r#"{
        "version": 1,
        "formatters": {"f": {"format": "%(levelname)s: %(message)s"}},
        "handlers": {
            "same": {"class": "logging.FileHandler", "filename": "FOLDER/same.log", "mode": "w",
                     "formatter": "f"},
            "other": {"class": "logging.FileHandler", "filename": "FOLDER/other.log", "mode": "w",
                      "encoding": "utf-8"},
            "memory": {"class": "logging.handlers.MemoryHandler", "capacity": 100, "target": "same"}
        },
        "loggers": {"app": {"handlers": ["memory", "same"]}},
        "root": {"level": "INFO", "handlers": ["other"]}
    }"#;
    reload(&manager, &folder, second);
    assert_eq!(handler(&manager, "app", "same"), same);
    assert_eq!(handler(&manager, "app", "memory"), memory);
    let new = handler(&manager, "root", "other");
    assert_ne!(new, other);
    assert_eq!((same.level(), same.filters().len()), (Level::NOTSET, 0));
    assert_eq!(app.handlers(), [memory.clone(), same.clone(), own.to_dyn()]);
    assert_eq!(app.filters(), [own_filter]);
    assert_eq!((app.level(), app.get_effective_level()), (Level::NOTSET, Level::INFO));
    let lib = manager.get_logger("lib");
    assert_eq!((lib.level(), lib.propagate(), lib.handlers().len()), (Level::NOTSET, true, 0));
    info!(app, "two");
    // A record that is late for the handler that went is written all the same, or counted.
    other.handle(&Record::new("app", Level::INFO, "late"));
    assert_eq!(other.counts().dropped, 1);
    memory.flush();
    assert_eq!(same.counts().delivered, 4);
    assert_eq!(read(&folder, "same.log"), "WARNING one\nINFO: two\nWARNING: one\nINFO: two\n");
    // With another encoding it is another handler, which adds to the file in spite of its mode.
    assert_eq!(read(&folder, "other.log"), "one\ntwo\n");
    assert_eq!(own.lock().stream(), b"one\ntwo\n");
}

#[test]
fn filters_that_are_the_same_keep_what_they_remember() {
    use ferrolog::config::Registry;

    let mut registry = Registry::new();
    registry.add_filter("app.first", &["count"], |keywords| {
        let count = keywords.get("count").unwrap_or(1);
        let seen = AtomicUsize::new(0);
        Some(Filter::new(move |_: &Record<'_>| seen.fetch_add(1, Ordering::SeqCst) < count))
    });
    let registry = std::sync::Arc::new(registry);
    let manager = Manager::new();
    let sink = Handler::new(StreamHandler::new(Vec::new()));
    manager.root().add_handler(&sink);
    let load = |count: u32| {
        let json = r#"{"version": 1, "filters": {"first": {"()": "app.first", "count": COUNT}},
                       "loggers": {"app": {"level": "INFO", "filters": ["first"]}}}"#;
        let json = json.replace("COUNT", &count.to_string());
        let configuration = Configuration::from_json(&json).unwrap();
        configuration.registry(registry.clone()).reload_in(&manager).unwrap();
    };
    load(2);
    let app = manager.get_logger("app");
    info!(app, "1");
    load(2);
    info!(app, "2");
    info!(app, "3");
    load(1);
    info!(app, "4");
    info!(app, "5");
    assert_eq!(app.filters().len(), 1);
    assert_eq!(sink.lock().stream(), b"1\n2\n4\n");
}

#[test]
fn a_failed_reload_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::new();
    reload(
        &manager,
        &folder,
        r#"{"version": 1,
            "handlers": {"file": {"class": "logging.FileHandler", "filename": "FOLDER/a.log"}},
            "root": {"level": "INFO", "handlers": ["file"]}}"#,
    );
    let before = manager.root().handlers();
    let faulty = in_folder(
        &folder,
        r#"{"version": 1,
            "handlers": {"file": {"class": "logging.FileHandler", "filename": "FOLDER/b.log"},
                         "no": {"class": "logging.FileHandler", "filename": "FOLDER/no/c.log"}},
            "root": {"level": "DEBUG", "handlers": ["file"]}}"#,
    );
    let error = Configuration::from_json(&faulty).unwrap().reload_in(&manager).unwrap_err();
    assert!(error.to_string().starts_with("handlers.no.filename: "), "{error}");
    assert_eq!(manager.root().handlers(), before);
    assert_eq!(manager.root().level(), Level::INFO);
    assert!(!folder.path().join("b.log").exists());
    info!(manager.get_logger("x"), "still here");
    assert_eq!(read(&folder, "a.log"), "still here\n");
}

/// Configurations that differ in every way that a reload can meet.
const UNDER_LOAD: [&str; 4] = [
    r#"{"version": 1,
        "handlers": {
            "kept": {"class": "logging.FileHandler", "filename": "FOLDER/kept.log"},
            "rotating": {"class": "logging.handlers.RotatingFileHandler", "maxBytes": 20000,
                         "filename": "FOLDER/rotating.log", "backupCount": 5000}},
        "loggers": {"a": {"level": "INFO", "handlers": ["rotating"]}},
        "root": {"level": "WARNING", "handlers": ["kept"]}}"#,
    // Rotates otherwise, and is on the root.
    r#"{"version": 1,
        "formatters": {"f": {"format": "%(message)s"}},
        "handlers": {
            "kept": {"class": "logging.FileHandler", "filename": "FOLDER/kept.log", "formatter": "f"},
            "rotating": {"class": "logging.handlers.RotatingFileHandler", "maxBytes": 30000,
                         "filename": "FOLDER/rotating.log", "backupCount": 5000}},
        "root": {"level": "INFO", "handlers": ["rotating", "kept"]}}"#,
    // The two stand on loggers the other way round, and one is opened to lose what is in it.
    r#"{"version": 1,
        "handlers": {
            "kept": {"class": "logging.FileHandler", "filename": "FOLDER/kept.log"},
            "plain": {"class": "logging.FileHandler", "filename": "FOLDER/rotating.log", "mode": "w"}},
        "loggers": {"a": {"level": "WARNING", "handlers": ["kept", "plain"], "propagate": false}},
        "root": {"level": "ERROR"}}"#,
    // Through a handler that holds records back.
    r#"{"version": 1,
        "handlers": {
            "kept": {"class": "logging.FileHandler", "filename": "FOLDER/kept.log"},
            "plain": {"class": "logging.FileHandler", "filename": "FOLDER/rotating.log"},
            "memory": {"class": "logging.handlers.MemoryHandler", "capacity": 7, "target": "plain"}},
        "loggers": {"a.b": {"level": "INFO"}},
        "root": {"level": "WARNING", "handlers": ["memory", "kept"]}}"#,
];

#[test]
fn no_record_is_lost_or_doubled_under_load() {
    let records = std::env::var("FERROLOG_TEST_RECORDS")
        .map_or(40_000, |text| text.parse().expect("FERROLOG_TEST_RECORDS is a number of records"))
        / THREADS;
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::new();
    reload(&manager, &folder, UNDER_LOAD[0]);
    let loggers = ["a", "a.b", "a.b.c"].map(|name| manager.get_logger(name));
    let running = AtomicUsize::new(THREADS);
    let mut rounds = 0;
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let logger = loggers[thread % loggers.len()].clone();
            let running = &running;
            scope.spawn(move || {
                for n in 0..records {
                    warning!(logger, "{thread} {n}");
                }
                running.fetch_sub(1, Ordering::SeqCst);
            });
        }
        while running.load(Ordering::SeqCst) > 0 {
            rounds += 1;
            reload(&manager, &folder, UNDER_LOAD[rounds % UNDER_LOAD.len()]);
        }
    });
    reload(&manager, &folder, UNDER_LOAD[0]);
    for file in ["kept.log", "rotating.log"] {
        let mut times: HashMap<String, usize> = HashMap::new();
        for line in lines(folder.path(), file) {
            *times.entry(line).or_default() += 1;
        }
        let missing = (0..THREADS)
            .flat_map(|thread| (0..records).map(move |n| format!("{thread} {n}")))
            .filter(|line| !times.contains_key(line))
            .count();
        let doubled = times.values().filter(|times| **times > 1).count();
        assert_eq!((missing, doubled), (0, 0), "{file}, after {rounds} reloads");
        assert_eq!(times.len(), records * THREADS, "{file} has torn lines");
    }
    println!("{} records through {rounds} reloads", records * THREADS);
    assert!(rounds > 3);
}

/// A watched file, and what its reloads came to.
struct Watched {
    _folder: TempDir,
    path: PathBuf,
    manager: Manager,
    watcher: FileWatcher,
    outcomes: Receiver<String>,
}

impl Watched {
    fn new(name: &str, content: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let manager = Manager::new();
        let (told, outcomes) = mpsc::channel();
        let watcher = FileWatcher::builder(&path)
            .interval(Duration::from_millis(20))
            .manager(&manager)
            .on_reload(move |result| {
                let outcome = match result {
                    Ok(_) => "good".to_owned(),
                    Err(error) => error.to_string(),
                };
                // The test may have ended.
                let _ = told.send(outcome);
            })
            .start()
            .unwrap();
        Self { _folder: folder, path, manager, watcher, outcomes }
    }

    fn write(&self, content: &str) {
        fs::write(&self.path, content).unwrap();
    }

    fn outcome(&self) -> String {
        self.outcomes.recv_timeout(Duration::from_secs(30)).expect("the file is loaded again")
    }

    /// Nothing was loaded for a while.
    fn is_quiet(&self) -> bool {
        self.outcomes.recv_timeout(Duration::from_millis(400)).is_err()
    }

    fn level(&self) -> Level {
        self.manager.root().level()
    }
}

fn level(name: &str) -> String {
    format!("{{\"version\": 1, \"root\": {{\"level\": \"{name}\"}}}}")
}

#[test]
fn a_watched_file_is_loaded_when_it_changes() {
    let watched = Watched::new("log.json", &level("INFO"));
    assert_eq!(watched.level(), Level::INFO);
    watched.write(&level("DEBUG"));
    assert_eq!((watched.outcome().as_str(), watched.level()), ("good", Level::DEBUG));
    // Written again without a change; and with the time and the length of the one before.
    watched.write(&level("DEBUG"));
    assert!(watched.is_quiet());
    let modified = fs::metadata(&watched.path).unwrap().modified().unwrap();
    watched.write(&level("ERROR"));
    fs::File::options().write(true).open(&watched.path).unwrap().set_modified(modified).unwrap();
    assert_eq!((watched.outcome().as_str(), watched.level()), ("good", Level::ERROR));
    // As editors do it: another file under the name.
    let beside = watched.path.with_extension("new");
    fs::write(&beside, level("CRITICAL")).unwrap();
    fs::rename(&beside, &watched.path).unwrap();
    assert_eq!((watched.outcome().as_str(), watched.level()), ("good", Level::CRITICAL));
}

#[test]
fn a_faulty_file_is_reported_once_and_changes_nothing() {
    let watched = Watched::new("log.json", &level("INFO"));
    let file = watched.path.display().to_string();
    watched.write("{\"version\": 1, \"root\": {\"level\": \"LOUD\"}, \"handlers\": 5}");
    let outcome = watched.outcome();
    assert!(outcome.starts_with(&format!("{file}: handlers: found 5")), "{outcome}");
    assert!(outcome.contains(&format!("\n{file}: root.level: found 'LOUD'")), "{outcome}");
    assert!(watched.is_quiet());
    assert_eq!(watched.level(), Level::INFO);
    watched.write("{\"version\": 1,");
    let outcome = watched.outcome();
    assert!(outcome.contains("line 1, column 14: not valid JSON"), "{outcome}");
    fs::remove_file(&watched.path).unwrap();
    let outcome = watched.outcome();
    assert!(outcome.starts_with(&format!("cannot read \"{file}\": ")), "{outcome}");
    assert!(watched.is_quiet());
    watched.write(&level("INFO"));
    assert_eq!((watched.outcome().as_str(), watched.level()), ("good", Level::INFO));
}

#[test]
fn a_file_that_is_being_written_is_waited_for() {
    use std::io::Write;

    let ini = |level: &str| {
        format!(
            "[loggers]\nkeys=root\n[handlers]\nkeys=\n[formatters]\nkeys=\n\
             [logger_root]\nhandlers=\nlevel={level}\n"
        )
    };
    let watched = Watched::new("log.ini", &ini("INFO"));
    // Each part of it is a text of its own; the watcher takes none of them for the file.
    let mut file = fs::File::create(&watched.path).unwrap();
    for part in ini("ERROR").as_bytes().chunks(12) {
        file.write_all(part).unwrap();
        std::thread::sleep(Duration::from_millis(30));
    }
    assert_eq!((watched.outcome().as_str(), watched.level()), ("good", Level::ERROR));
    assert!(watched.is_quiet());
}

#[test]
fn by_hand_and_stopped() {
    let watched = Watched::new("log.json", &level("INFO"));
    let own = Handler::from(NullHandler);
    watched.manager.root().add_handler(&own);
    watched.manager.root().set_level(Level::CRITICAL);
    // The program's own change of the level goes, its handler stays.
    assert_eq!(watched.watcher.reload().unwrap(), []);
    assert_eq!((watched.level(), watched.manager.root().handlers()), (Level::INFO, vec![own]));
    let Watched { _folder, path, manager, watcher, outcomes } = watched;
    watcher.stop();
    fs::write(&path, level("DEBUG")).unwrap();
    // The hook is gone with the watcher.
    assert_eq!(
        outcomes.recv_timeout(Duration::from_secs(1)),
        Err(mpsc::RecvTimeoutError::Disconnected)
    );
    assert_eq!(manager.root().level(), Level::INFO);
}

#[test]
fn a_file_that_is_faulty_at_the_start_is_not_watched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.json");
    let missing = FileWatcher::builder(&path).manager(&Manager::new()).start().unwrap_err();
    assert!(missing.to_string().starts_with("cannot read "), "{missing}");
    fs::write(&path, "{\"version\": 2}").unwrap();
    let faulty = FileWatcher::builder(&path).manager(&Manager::new()).start().unwrap_err();
    assert!(faulty.to_string().contains("version: found 2, expected 1"), "{faulty}");
}
