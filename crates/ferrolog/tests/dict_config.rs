//! Configurations in Python's dictionary schema.
#![cfg(feature = "json")]

use std::fs;

use ferrolog::config::{Configuration, Problem};
use ferrolog::{Level, Manager, info, warning};
use tempfile::TempDir;

fn apply(manager: &Manager, json: &str) -> ferrolog::Result<Vec<Problem>> {
    Configuration::from_json(json)?.apply_to(manager)
}

fn problems(json: &str) -> Vec<String> {
    match Configuration::from_json(json).and_then(|configuration| configuration.check()) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    }
}

fn in_folder(folder: &TempDir, json: &str) -> String {
    json.replace("FOLDER", folder.path().to_str().unwrap())
}

#[test]
fn a_whole_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::new();
    let warnings = apply(
        &manager,
        &in_folder(
            &folder,
            r#"{
            "version": 1,
            "formatters": {"full": {"format": "%(levelname)s %(name)s %(message)s"}},
            "filters": {"db": {"name": "app.db"}},
            "handlers": {
                "all": {"class": "logging.FileHandler", "filename": "FOLDER/all.log", "formatter": "full",
                        ".": {"terminator": "|\n"}},
                "db": {"class": "ferrolog.FileHandler", "filename": "FOLDER/db.log", "filters": ["db"],
                       "level": "WARNING", "delay": true}
            },
            "loggers": {"app": {"level": "DEBUG"}, "app.quiet": {"propagate": false}},
            "root": {"level": "ERROR", "handlers": ["all", "db", "all"]}
        }"#,
        ),
    )
    .unwrap();
    assert_eq!(warnings, []);
    let db = manager.get_logger("app.db");
    info!(db, "one");
    warning!(db, "two");
    warning!(manager.get_logger("app.web"), "three");
    warning!(manager.get_logger("app.quiet"), "four");
    warning!(manager.get_logger("other"), "five");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("all.log"), "INFO app.db one|\nWARNING app.db two|\nWARNING app.web three|\n");
    assert_eq!(read("db.log"), "two\n");
    assert_eq!(manager.root().handlers().len(), 2);
    assert_eq!(manager.root().handlers()[0].name().as_deref(), Some("all"));
}

/// Each key of Python's schema, with what it does.
#[test]
fn every_key_of_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::new();
    let existing = manager.get_logger("existing");
    let warnings = apply(
        &manager,
        &in_folder(
            &folder,
            r#"{
            "version": 1,
            "disable_existing_loggers": false,
            "formatters": {
                "classic": {"class": "logging.Formatter", "format": "{asctime} {message} {who}",
                            "datefmt": "year %Y", "style": "{", "validate": true,
                            "defaults": {"who": "nobody"}},
                "unchecked": {"format": "no field at all", "validate": false},
                "made": {"()": "logging.Formatter", "fmt": "%(asctime)s|%(message)s",
                         ".": {"default_time_format": "at", "default_msec_format": "%s %03d"}}
            },
            "filters": {"not c": {"name": "a"}, "b": {"()": "logging.Filter", "name": "a.b"}},
            "handlers": {
                "classic": {"class": "logging.FileHandler", "filename": "FOLDER/classic",
                            "formatter": "classic", "level": "INFO", "filters": ["not c"]},
                "made": {"()": "logging.FileHandler", "filename": "FOLDER/made",
                         "formatter": "made", "filters": ["b"], ".": {"terminator": "!\n"}},
                "unchecked": {"class": "logging.FileHandler", "filename": "FOLDER/unchecked",
                              "formatter": "unchecked", "level": 50},
                "to memory": {"class": "logging.handlers.MemoryHandler", "capacity": 10,
                              "flushLevel": "ERROR", "flushOnClose": false, "target": "plain"},
                "plain": {"class": "logging.FileHandler", "filename": "FOLDER/plain"},
                "queue": {"class": "logging.handlers.QueueHandler", "handlers": ["queued"],
                          "queue": "queue.Queue", "listener": "logging.handlers.QueueListener"},
                "queued": {"class": "logging.FileHandler", "filename": "FOLDER/queued"}
            },
            "loggers": {
                "a": {"level": "DEBUG", "propagate": false,
                      "handlers": ["classic", "made", "to memory", "unchecked"]},
                "a.b": {"filters": ["b"]}
            },
            "root": {"level": "ERROR", "handlers": ["queue"], "filters": ["not c"]}
        }"#,
        ),
    )
    .unwrap();
    assert_eq!(warnings, []);
    assert!(!existing.disabled());
    let a_b = manager.get_logger("a.b");
    ferrolog::debug!(a_b, "one");
    info!(a_b, "two"; who = "ann");
    warning!(manager.get_logger("a"), "three");
    ferrolog::error!(manager.get_logger("a.c"), "four");
    ferrolog::critical!(a_b, "five");
    warning!(existing, "below the level of the root");
    ferrolog::error!(existing, "six");
    assert_eq!(manager.root().filters().len(), 1);
    manager.root().handlers()[0].flush();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let year = |text: &str| {
        text.split("year ").map(|part| part.get(4..).unwrap_or_default()).collect::<String>()
    };
    assert_eq!(year(&read("classic")), " two ann\n three nobody\n four nobody\n five nobody\n");
    let made: Vec<String> = read("made").split_terminator("!\n").map(str::to_owned).collect();
    assert_eq!(made.len(), 3);
    assert!(made[0].starts_with("at ") && made[0].ends_with("|one"), "{made:?}");
    assert_eq!(read("unchecked"), "no field at all\n");
    // `flushLevel` let it go twice.
    assert_eq!(read("plain"), "one\ntwo\nthree\nfour\nfive\n");
    assert_eq!(read("queued"), "six\n");
}

#[test]
fn every_fault_is_found_with_its_place() {
    let found = problems(
        r#"{
            "version": 2,
            "formatters": {"a": {"format": "%(message)y"}, "b": {"style": "?"}, "c": 5},
            "handlers": {
                "x": {"class": "logging.FileHandler", "filname": "x.log", "level": "info"},
                "y": {"class": "logging.StreamHandlr"},
                "z": {"class": "logging.StreamHandler", "formatter": "aa", "stream": "sys.stdout"}
            },
            "loggers": {"a.b": {"level": [1], "handlers": ["xx", "y"]}},
            "root": {"handlers": "x"}
        }"#,
    );
    let expected = [
        "version: found 2, expected 1",
        "formatters.a.format: ",
        "formatters.b.style: ",
        "formatters.c: found 5, expected a table",
        "handlers.x.level: found 'info', expected a level: a number or one of",
        "handlers.x.filname: logging.FileHandler has no such keyword (it has filename, mode, encoding, delay, errors); did you mean \"filename\"?",
        "handlers.x.filename: is missing; logging.FileHandler needs it",
        "handlers.y.class: no class of handlers is called \"logging.StreamHandlr\"; did you mean \"logging.StreamHandler\"?",
        "handlers.z.formatter: no formatter is called \"aa\"; did you mean \"a\"?",
        "handlers.z.stream: found the text \"sys.stdout\", expected \"ext://sys.stdout\"",
        "loggers.a.b.level: found [1], expected a level",
        "loggers.a.b.handlers[0]: no handler is called \"xx\"; did you mean \"x\"?",
        "root.handlers: found 'x', expected a list of names",
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\nexpected {expected}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn keys_that_nothing_reads_are_told_of() {
    let manager = Manager::new();
    let warnings = apply(
        &manager,
        r#"{"version": 1, "handlrs": {}, "templates": {}, "formatters": {"f": {"fromat": "%(message)s"}},
            "loggers": {"a": {"propogate": false}}}"#,
    )
    .unwrap();
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "handlrs: is read by nothing; did you mean \"handlers\"?",
            "formatters.f.fromat: is read by nothing; did you mean \"format\"?",
            "loggers.a.propogate: is read by nothing; did you mean \"propagate\"?",
        ]
    );
}

#[test]
fn a_file_that_has_no_folder_is_found_without_opening_it() {
    let folder = tempfile::tempdir().unwrap();
    let check = |filename: &str, more: &str| {
        problems(&in_folder(
            &folder,
            &format!(
                r#"{{"version": 1, "handlers": {{"f": {{"class": "logging.FileHandler",
                    "filename": "FOLDER{filename}"{more}}}}}}}"#
            ),
        ))
    };
    assert_eq!(check("/app.log", ""), [""; 0]);
    assert!(!folder.path().join("app.log").exists());
    assert_eq!(check("/no/app.log", r#", "delay": true"#), [""; 0]);
    let found = check("/no/app.log", "");
    assert!(found[0].starts_with("handlers.f.filename: found ") && found[0].ends_with("/no\""));
    assert!(check("", "")[0].ends_with("which is a folder"));
}

#[test]
fn a_configuration_that_fails_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::new();
    let good = r#"{"version": 1,
        "handlers": {"file": {"class": "logging.FileHandler", "filename": "FOLDER/app.log", "mode": "w"}},
        "loggers": {"a": {"level": "INFO", "handlers": ["file"]}}}"#;
    apply(&manager, &in_folder(&folder, good)).unwrap();
    let a = manager.get_logger("a");
    info!(a, "before");
    // The second handler cannot be made, when the first one already was.
    let error = apply(
        &manager,
        &in_folder(
            &folder,
            r#"{"version": 1, "handlers": {
                "file": {"class": "logging.FileHandler", "filename": "FOLDER/app.log", "mode": "w"},
                "new": {"class": "logging.FileHandler", "filename": "FOLDER/new.log"},
                "one": {"class": "logging.FileHandler", "filename": "FOLDER/no/one.log"},
                "two": {"class": "logging.FileHandler", "filename": "FOLDER/no/two.log"}},
            "loggers": {"b": {"level": "DEBUG", "handlers": ["file"]}}}"#,
        ),
    )
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("handlers.one.filename: cannot open")
            && error.contains("handlers.two.filename: "),
        "{error}"
    );
    info!(a, "after");
    assert_eq!(fs::read_to_string(folder.path().join("app.log")).unwrap(), "before\nafter\n");
    assert!(!folder.path().join("new.log").exists());
    assert!(!a.disabled() && manager.find_logger("b").is_none());
    assert_eq!(a.handlers().len(), 1);
    // And again with one that succeeds: the file is begun anew.
    apply(&manager, &in_folder(&folder, good)).unwrap();
    info!(a, "anew");
    assert_eq!(fs::read_to_string(folder.path().join("app.log")).unwrap(), "anew\n");
}

#[test]
fn references_lead_to_values_and_objects() {
    let manager = Manager::new();
    let warnings = apply(
        &manager,
        r#"{"version": 1,
            "levels": {"usual": ["DEBUG", "INFO"]},
            "stream": "ext://sys.stderr",
            "handlers": {"h": {"()": "ext://logging.StreamHandler", "stream": "cfg://stream",
                               "level": "ext://logging.ERROR"}},
            "root": {"level": "cfg://levels.usual[1]", "handlers": ["h"]}}"#,
    )
    .unwrap();
    assert_eq!(warnings, []);
    assert_eq!(manager.root().level(), Level::INFO);
    assert_eq!(manager.root().handlers()[0].level(), Level::ERROR);
    for (value, expected) in [
        (
            "cfg://levls",
            "root.level: cannot follow \"cfg://levls\": there is no key \"levls\"; did you mean \"levels\"?",
        ),
        (
            "cfg://levels.usual[2]",
            "root.level: cannot follow \"cfg://levels.usual[2]\": ['DEBUG', 'INFO'] has no entry [2]",
        ),
        ("cfg://root.level", "root.level: cannot follow"),
        (
            "ext://logging.ERORR",
            "root.level: found \"ext://logging.ERORR\", which no registered name answers to; did you mean \"ext://logging.ERROR\"?",
        ),
        ("ext://sys.stdout", "root.level: found ext://sys.stdout, expected a value, not an object"),
    ] {
        let found = problems(&format!(
            r#"{{"version": 1, "levels": {{"usual": ["DEBUG", "INFO"]}}, "root": {{"level": "{value}"}}}}"#
        ));
        assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
    }
}

#[test]
fn incremental_changes_levels_alone() {
    let manager = Manager::new();
    apply(
        &manager,
        r#"{"version": 1, "handlers": {"h": {"class": "logging.NullHandler"}},
            "loggers": {"a": {"handlers": ["h"], "propagate": false}}}"#,
    )
    .unwrap();
    apply(
        &manager,
        r#"{"version": 1, "incremental": true, "handlers": {"h": {"level": "ERROR"}},
            "loggers": {"a": {"level": 15, "handlers": ["none"]}}, "root": {"level": "DEBUG"}}"#,
    )
    .unwrap();
    let a = manager.get_logger("a");
    assert_eq!((a.level().value(), a.handlers().len()), (15, 1));
    assert_eq!(a.handlers()[0].level(), Level::ERROR);
    assert_eq!(manager.root().level(), Level::DEBUG);
    let error = apply(
        &manager,
        r#"{"version": 1, "incremental": true, "handlers": {"hh": {"level": "ERROR"}},
            "root": {"level": "INFO"}}"#,
    )
    .unwrap_err();
    assert!(error.to_string().starts_with("handlers.hh: no such handler is there"), "{error}");
    assert_eq!(manager.root().level(), Level::DEBUG);
}

#[test]
fn faults_of_syntax_have_line_and_column() {
    let error = Configuration::from_json("{\n  \"version\": 1,,\n}").unwrap_err();
    assert_eq!(error.problems()[0].line(), Some(2));
    assert_eq!(error.problems()[0].column(), Some(16));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.json");
    fs::write(&path, b"{\"version\": 1,\n\xff}").unwrap();
    let error = Configuration::from_file(&path).unwrap_err().to_string();
    assert_eq!(error, format!("{}: line 2: found bytes that are not UTF-8", path.display()));
}
