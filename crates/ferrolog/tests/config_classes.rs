//! Every class of the crate can be named in a configuration, with what it has beyond Python.
#![cfg(all(feature = "json", feature = "net", feature = "http", feature = "smtp"))]

use std::fs;

use ferrolog::config::Configuration;
use ferrolog::{Level, Manager, info, warning};
use serde_json::{Value, json};
use tempfile::TempDir;

fn problems(config: &Value) -> Vec<String> {
    match Configuration::from_json(&config.to_string()).unwrap().check() {
        Ok(warnings) => warnings.iter().map(|warning| format!("warning: {warning}")).collect(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    }
}

fn handler_problems(handler: Value) -> Vec<String> {
    problems(&json!({
        "version": 1,
        "handlers": {"target": {"class": "logging.NullHandler"}, "h": handler},
    }))
}

fn apply(folder: &TempDir, manager: &Manager, config: &Value) {
    let json = config.to_string().replace("FOLDER", folder.path().to_str().unwrap());
    let warnings = Configuration::from_json(&json).unwrap().apply_to(manager).unwrap();
    assert_eq!(warnings, []);
}

/// What `lib.rs` exports under a name that ends so.
fn exported(file: &str, ending: &str) -> Vec<String> {
    let path = format!("{}/src/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let exports = text.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    let names = exports.flat_map(|list| list.split(|c: char| !c.is_alphanumeric()));
    names.filter(|name| name.ends_with(ending)).map(str::to_owned).collect()
}

#[test]
fn every_class_has_a_name_in_configurations() {
    let handlers = exported("lib.rs", "Handler");
    assert!(handlers.len() > 14 && handlers.contains(&"QueueHandler".to_owned()), "{handlers:?}");
    for class in handlers.iter().filter(|class| *class != "Handler") {
        let found = handler_problems(json!({"class": format!("ferrolog.{class}")}));
        assert!(!found.iter().any(|problem| problem.contains("is called")), "{found:?}");
    }
    let mut formatters = exported("format/mod.rs", "Formatter");
    assert!(formatters.len() > 4, "{formatters:?}");
    // This one lays out many records, and belongs to no handler.
    formatters.retain(|class| class != "BufferingFormatter");
    for class in formatters {
        let formatter =
            json!({"version": 1, "formatters": {"f": {"class": format!("ferrolog.{class}")}}});
        assert_eq!(problems(&formatter), [""; 0], "{class}");
    }
}

/// Every parameter of every handler in Python's documentation is a keyword of the class of that name.
#[test]
fn parameters_are_keys() {
    let mut classes = std::collections::BTreeMap::new();
    for line in include_str!("names/documented.txt").lines() {
        if let Some((class, parameter)) = line.strip_suffix(')').and_then(|l| l.split_once('('))
            && class.ends_with("Handler")
            // Python makes no handler of this class either.
            && !class.ends_with("BaseRotatingHandler")
        {
            classes.entry(class).or_insert_with(Vec::new).push(parameter);
        }
    }
    assert!(classes.len() > 13, "{classes:?}");
    for (class, parameters) in classes {
        for parameter in parameters {
            let found = handler_problems(json!({"class": class, parameter: "x"}));
            let unknown = |text: &String| {
                text.contains("has no such keyword") || text.contains("no class of")
            };
            assert!(!found.iter().any(unknown), "{class}: {parameter}: {found:?}");
        }
    }
}

#[test]
fn what_the_classes_have_beyond_python() {
    for handler in [
        json!({"class": "ferrolog.RotatingFileHandler", "filename": "a.log", "maxBytes": 9, "compress": false}),
        json!({"class": "ferrolog.TimedRotatingFileHandler", "filename": "a.log", "maxBytes": 9}),
        json!({"class": "ferrolog.MemoryHandler", "capacity": 5, "limit": 10, "target": "target"}),
        json!({"class": "ferrolog.SocketHandler", "host": "h", "port": 1, "timeout": 0.5}),
        json!({"class": "ferrolog.DatagramHandler", "host": "h", "port": 1, "timeout": 2}),
        json!({"class": "ferrolog.SysLogHandler", "timeout": 1, "octet_counting": true,
               "rfc5424": {"app_name": "app", "msg_id": "m", "proc_id": "1", "hostname": "h",
                           "structured_data_id": ""}}),
        json!({"class": "ferrolog.SysLogHandler", "rfc5424": true}),
        json!({"class": "ferrolog.HttpHandler", "host": "h", "url": "/", "timeout": 3, "secure": true,
               "root_certificates": "no/such.pem"}),
        json!({"class": "ferrolog.SmtpHandler", "mailhost": "h", "fromaddr": "a@b.c",
               "toaddrs": "d@e.f", "subject": "s", "secure": "tls", "root_certificates": "no/such.pem"}),
        json!({"class": "ferrolog.QueueHandler", "handlers": ["target"], "capacity": 10,
               "capacity_bytes": 1000, "when_full": "drop_oldest", "close_timeout": 1.5}),
        json!({"class": "ferrolog.QueueHandler", "when_full": {"block_timeout": 0.1}}),
    ] {
        assert_eq!(handler_problems(handler.clone()), [""; 0], "{handler}");
        // Under Python's own name it is refused, as Python refuses it.
        let mut python = handler.clone();
        let class = handler["class"].as_str().unwrap().replace("ferrolog.", "logging.handlers.");
        python["class"] = class.replace("Http", "HTTP").replace("Smtp", "SMTP").into();
        let found = handler_problems(python);
        let refused = |problem: &String| problem.contains("has no such keyword");
        assert!(found.iter().any(refused), "{found:?}");
    }
    for (handler, expected) in [
        (
            json!({"class": "ferrolog.SysLogHandler", "rfc5424": {"appname": "x", "msg_id": 5}}),
            &[
                "handlers.h.rfc5424.appname: there is no such field (there are hostname, app_name, \
                 proc_id, msg_id, structured_data_id); did you mean \"app_name\"?",
                "handlers.h.rfc5424.msg_id: found 5, expected a text",
            ] as &[&str],
        ),
        (
            json!({"class": "ferrolog.SocketHandler", "host": "h", "port": 1, "timeout": -1}),
            &["handlers.h.timeout: found -1, expected a number of seconds"],
        ),
        (
            json!({"class": "ferrolog.QueueHandler", "when_full": "dropoldest"}),
            &["handlers.h.when_full: found 'dropoldest', expected one of block, drop_newest, \
               drop_oldest, {\"block_timeout\": seconds}; did you mean \"drop_oldest\"?"],
        ),
        (
            json!({"class": "logging.handlers.QueueHandler", "handlers": ["taget"]}),
            &["handlers.h.handlers[0]: no handler is called \"taget\"; did you mean \"target\"?"],
        ),
        (
            json!({"class": "logging.handlers.QueueHandler", "queue": {"maxsize": "x", "size": 1}}),
            &[
                "handlers.h.queue.maxsize: found 'x', expected an integer",
                "handlers.h.queue.size: a queue has () and maxsize only",
                "handlers.h.queue.(): is missing; it names the class of the queue",
            ],
        ),
        (
            json!({"class": "logging.handlers.QueueHandler", "queue": "app.Queue", "listener": "app.L"}),
            &[
                "handlers.h.queue: found \"app.Queue\", expected one of queue.Queue, \
                 queue.SimpleQueue, multiprocessing.Queue",
                "handlers.h.listener: found app.L, expected one of logging.handlers.QueueListener, \
                 ferrolog.handlers.QueueListener, ferrolog.QueueListener",
            ],
        ),
    ] {
        assert_eq!(handler_problems(handler), expected);
    }
}

#[test]
fn a_queue_before_other_handlers() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::new();
    apply(
        &folder,
        &manager,
        &json!({
            "version": 1,
            "formatters": {"f": {"format": "%(levelname)s %(message)s"}},
            "handlers": {
                "all": {"class": "logging.FileHandler", "filename": "FOLDER/all.log", "formatter": "f"},
                "bad": {"class": "logging.FileHandler", "filename": "FOLDER/bad.log", "level": "ERROR"},
                "queue": {"class": "logging.handlers.QueueHandler", "handlers": ["all", "bad"],
                          "queue": {"()": "queue.Queue", "maxsize": 100},
                          "listener": "logging.handlers.QueueListener", "respect_handler_level": true},
            },
            "root": {"level": "INFO", "handlers": ["queue"]},
        }),
    );
    let logger = manager.get_logger("app");
    info!(logger, "fine");
    ferrolog::error!(logger, "not fine");
    let queue = &manager.root().handlers()[0];
    assert_eq!(queue.kind(), "QueueHandler");
    queue.flush();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("all.log"), "INFO fine\nERROR not fine\n");
    assert_eq!(read("bad.log"), "not fine\n");
    assert_eq!(queue.counts().delivered, 2);
}

#[test]
fn structured_and_coloured_lines() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::new();
    let file = |name: &str| json!({"class": "logging.FileHandler", "filename": format!("FOLDER/{name}"), "formatter": name});
    apply(
        &folder,
        &manager,
        &json!({
            "version": 1,
            "formatters": {
                "json": {"class": "ferrolog.JsonFormatter", "fields": ["levelname", "message"],
                         "fixed": {"service": "shop"}, "extra": {"under": "context"}},
                "logfmt": {"()": "ferrolog.LogfmtFormatter", "fields": {"at": "asctime", "msg": "message"},
                           "datefmt": "%%", "utc": true},
                "color": {"class": "ferrolog.ColorFormatter", "format": "{levelname} {message}",
                          "style": "{", "colors": {"WARNING": "35"}, "stream": "ext://sys.stdout"},
                "more": {"class": "ferrolog.Formatter", "format": "$message $user", "style": "$",
                         "defaults": {"user": "nobody"}, "validate": true, "escape_controls": true},
            },
            "handlers": {"json": file("json"), "logfmt": file("logfmt"), "color": file("color"), "more": file("more")},
            "root": {"handlers": ["json", "logfmt", "color", "more"]},
        }),
    );
    warning!(manager.get_logger("app"), "two\nlines"; order = 7);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let line = "{\"levelname\":\"WARNING\",\"message\":\"two\\nlines\",\"service\":\"shop\",\"context\":{\"order\":7}}\n";
    assert_eq!(read("json"), line);
    assert_eq!(read("logfmt"), "at=% msg=\"two\\nlines\" order=7\n");
    // Colours are for terminals, which a test's standard output is not, or may be.
    assert_eq!(
        read("color").replace("\u{1b}[35m", "").replace("\u{1b}[0m", ""),
        "WARNING two\nlines\n"
    );
    assert_eq!(read("more"), "two\\nlines nobody\n");
    assert_eq!(manager.root().level(), Level::WARNING);
}

#[test]
fn a_factory_knows_the_pattern_by_either_name() {
    for key in ["fmt", "format"] {
        let formatter = json!({"()": "logging.Formatter", key: "%(message)s %(nothing"});
        let found = problems(&json!({"version": 1, "formatters": {"f": formatter}}));
        assert!(found[0].starts_with(&format!("formatters.f.{key}: ")), "{found:?}");
    }
    // With a class, Python reads `format` and no other key.
    let formatter = json!({"class": "logging.Formatter", "fmt": "%(message)s"});
    let found = problems(&json!({"version": 1, "formatters": {"f": formatter}}));
    assert!(found[0].starts_with("warning: formatters.f.fmt: is read by nothing"), "{found:?}");
}
