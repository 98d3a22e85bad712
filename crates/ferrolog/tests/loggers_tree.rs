//! Loggers, handlers and filters as a tree: what the table of names says of them.

use std::sync::{Arc, Mutex};

use ferrolog::{
    Emit, Error, Event, Filter, Formatter, Handler, Level, Manager, NullHandler, OwnedValue,
    Record, RecordOwned, Result, StreamHandler, Verdict, add_level_name, get_handler_by_name,
    get_handler_names, get_level_name, get_level_names_mapping, get_logger, raise_exceptions, root,
    set_raise_exceptions,
};

type Lines = Handler<StreamHandler<Vec<u8>>>;

fn lines(pattern: &str) -> Lines {
    Handler::new(StreamHandler::new(Vec::new())).with_formatter(Formatter::new(pattern).unwrap())
}

fn text(lines: &Lines) -> String {
    String::from_utf8(lines.lock().stream().clone()).unwrap()
}

#[test]
fn names_parents_and_children() {
    let manager = Manager::new();
    assert!(manager.root().is_root() && manager.root().parent().is_none());
    let (a, deep) = (manager.get_logger("a"), manager.get_logger("a.b.c"));
    assert_eq!((a.name(), deep.name()), ("a", "a.b.c"));
    assert_eq!(deep.parent(), Some(a.clone()));
    assert_eq!(a.get_child("b.c"), deep);
    assert_eq!(a.get_children(), std::slice::from_ref(&deep));
    let between = manager.get_logger("a.b");
    assert_eq!((deep.parent(), a.get_children()), (Some(between.clone()), vec![between.clone()]));
    assert_eq!(manager.loggers(), [a, between, deep.clone()]);
    assert_eq!(deep.manager().map(|found| found.root().clone()), Some(manager.root().clone()));
    assert_eq!(get_logger(""), *root());
    assert_eq!(get_logger("root"), *root());
}

#[test]
fn levels_disable_and_disabled() {
    let manager = Manager::new();
    let logger = manager.get_logger("a");
    assert_eq!((logger.level(), logger.get_effective_level()), (Level::NOTSET, Level::WARNING));
    manager.root().set_level(Level::INFO);
    assert!(logger.is_enabled_for(Level::INFO) && !logger.is_enabled_for(Level::DEBUG));
    logger.set_level(Level::DEBUG);
    assert!(logger.is_enabled_for(Level::DEBUG));
    manager.disable(Level::INFO);
    assert_eq!(manager.disabled(), Level::INFO);
    assert!(!logger.is_enabled_for(Level::INFO) && logger.is_enabled_for(Level::WARNING));
    manager.disable(Level::NOTSET);
    logger.set_disabled(true);
    assert!(logger.disabled() && !logger.is_enabled_for(Level::CRITICAL));
    let kept = lines("%(message)s");
    logger.add_handler(&kept);
    logger.handle(&Record::new("a", Level::CRITICAL, "not even so"));
    assert_eq!(text(&kept), "");
    ferrolog::disable(Level::NOTSET);
}

#[test]
fn records_propagate_to_the_ancestors() {
    let manager = Manager::new();
    let logger = manager.get_logger("a.b");
    let (low, high) = (lines("low %(message)s"), lines("high %(message)s"));
    assert!(!logger.has_handlers());
    manager.root().add_handler(&high);
    assert!(logger.has_handlers() && logger.handlers().is_empty() && logger.propagate());
    logger.add_handler(&low);
    // An ancestor's level does not concern what comes from below.
    manager.root().set_level(Level::CRITICAL);
    logger.set_level(Level::INFO);
    ferrolog::info!(logger, "one");
    logger.set_propagate(false);
    ferrolog::info!(logger, "two");
    logger.remove_handler(&low);
    assert!(!logger.has_handlers());
    logger.set_handlers([&low, &low]);
    ferrolog::info!(logger, "three");
    assert_eq!(text(&high), "high one\n");
    assert_eq!(text(&low), "low one\nlow two\nlow three\nlow three\n");
}

#[test]
fn filters_of_loggers_and_handlers() {
    let manager = Manager::new();
    let logger = manager.get_logger("a.b");
    let kept = lines("%(name)s %(levelname)s %(message)s");
    manager.root().add_handler(&kept);
    let no_secrets =
        Filter::new(|record: &Record<'_>| !record.message().to_string().contains("secret"));
    let louder = Filter::new(|record: &Record<'_>| -> Verdict {
        match record.extra("loud") {
            Some(_) => record.clone().with_level(Level::CRITICAL).to_owned().into(),
            None => Verdict::Keep,
        }
    });
    logger.add_filter(no_secrets.clone());
    logger.add_filter(no_secrets.clone());
    logger.set_filters(vec![no_secrets.clone(), louder.clone()]);
    assert_eq!(logger.filters(), [no_secrets.clone(), louder]);
    kept.add_filter(Filter::by_name("a"));
    ferrolog::warning!(logger, "secret");
    ferrolog::warning!(logger, "open"; loud = true);
    ferrolog::warning!(manager.get_logger("other"), "not of a");
    logger.remove_filter(&no_secrets);
    ferrolog::warning!(logger, "secret");
    assert_eq!(text(&kept), "a.b CRITICAL open\na.b WARNING secret\n");
    let filter = kept.filters().remove(0);
    assert!(matches!(filter.filter(&Record::new("b", Level::INFO, "")), Verdict::Drop));
    kept.remove_filter(&filter);
    assert!(kept.filters().is_empty());
}

#[test]
fn handlers_have_level_name_formatter_and_terminator() {
    let kept = lines("%(message)s").with_level(Level::ERROR).with_name("the name");
    assert_eq!((kept.level(), kept.name().as_deref()), (Level::ERROR, Some("the name")));
    assert_eq!(get_handler_by_name("the name"), Some(kept.to_dyn()));
    assert!(get_handler_names().iter().any(|name| **name == *"the name"));
    assert!(kept.has_formatter() && kept.kind() == "StreamHandler");
    let manager = Manager::new();
    manager.root().add_handler(&kept);
    ferrolog::warning!(manager.root(), "below its level");
    ferrolog::error!(manager.root(), "a");
    kept.set_terminator("|");
    kept.set_level(Level::NOTSET);
    kept.set_formatter(Formatter::new("<%(message)s>").unwrap());
    ferrolog::warning!(manager.root(), "b");
    assert_eq!(text(&kept), "a\n<b>|");
    // The level is the logger's to check.
    kept.set_level(Level::CRITICAL);
    assert!(kept.handle(&Record::new("x", Level::DEBUG, "c")));
    let old = kept.lock().set_stream(Vec::new()).unwrap();
    assert_eq!(old, b"a\n<b>|<c>|");
    kept.flush();
    kept.set_name("");
}

#[test]
fn a_null_handler_is_silent_and_the_last_resort_is_not() {
    let manager = Manager::new();
    let logger = manager.get_logger("library");
    let resort = lines("resort %(message)s");
    assert_eq!(manager.last_resort().map(|handler| handler.level()), Some(Level::WARNING));
    manager.set_last_resort(Some(resort.to_dyn()));
    ferrolog::warning!(logger, "no handler");
    logger.add_handler(NullHandler);
    ferrolog::warning!(logger, "silent");
    assert_eq!(text(&resort), "resort no handler\n");
}

#[test]
fn errors_are_reported_as_asked() {
    struct Broken;
    impl Emit for Broken {
        fn emit(&mut self, _: &Event<'_>) -> Result<()> {
            Err(Error::Invalid("broken".to_owned()))
        }
    }
    let manager = Manager::new();
    let broken = Handler::new(Broken);
    manager.root().add_handler(&broken);
    assert!(raise_exceptions());
    set_raise_exceptions(false);
    ferrolog::error!(manager.root(), "counted, and not reported");
    set_raise_exceptions(true);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let by_hook = Arc::clone(&seen);
    broken.set_error_hook(move |error, _, _| by_hook.lock().unwrap().push(error.to_string()));
    ferrolog::error!(manager.root(), "told to the hook");
    assert_eq!(broken.counts().failed, 2);
    assert_eq!(*seen.lock().unwrap(), ["broken"]);
    broken.close();
}

#[test]
fn level_names() {
    add_level_name(Level::new(26), "SPECIAL");
    assert_eq!(get_level_name(Level::new(26)), "SPECIAL");
    assert_eq!(get_level_name(Level::new(27)), "Level 27");
    assert!(get_level_names_mapping().contains(&("SPECIAL", Level::new(26))));
    assert_eq!("FATAL".parse::<Level>().unwrap(), Level::FATAL);
    assert_eq!("WARN".parse::<Level>().unwrap(), Level::WARN);
    assert_eq!(
        [Level::NOTSET, Level::DEBUG, Level::INFO, Level::WARNING, Level::ERROR, Level::CRITICAL]
            .map(Level::value),
        [0, 10, 20, 30, 40, 50]
    );
}

#[test]
fn every_attribute_of_a_record() {
    let error = std::io::Error::other("no disk");
    let extra = [
        ("exc_info", ferrolog::Value::Error(&error)),
        ("stack_info", ferrolog::Value::Str("the stack")),
        ("user", ferrolog::Value::Str("ann")),
    ];
    let location = ferrolog::Location {
        file: "/src/app/main.rs",
        line: 7,
        module_path: "app",
        function: "run",
    };
    let files = 3;
    let message = format_args!("{} files", files);
    let record = Record::from_args("a.b", Level::INFO, message)
        .with_template("{} files")
        .with_location(location)
        .with_key_values(&extra)
        .with_created(1_500_000_000_123_456_789);
    let kept: RecordOwned = record.to_owned();
    let kept = kept.as_record();
    let both = |name: &str| {
        let now = record.attribute(name);
        assert_eq!(now, kept.attribute(name), "{name}");
        now
    };
    for (name, value) in [
        ("name", OwnedValue::from("a.b")),
        ("levelno", 20.into()),
        ("levelname", "INFO".into()),
        ("msg", "{} files".into()),
        ("message", "3 files".into()),
        ("pathname", "/src/app/main.rs".into()),
        ("filename", "main.rs".into()),
        ("module", "main".into()),
        ("lineno", 7.into()),
        ("funcName", "run".into()),
        ("created", 1_500_000_000.123_456_8.into()),
        ("msecs", 123.0.into()),
        ("process", std::process::id().into()),
        ("processName", "MainProcess".into()),
        ("threadName", "every_attribute_of_a_record".into()),
        ("stack_info", "the stack".into()),
        ("taskName", OwnedValue::None),
        ("args", OwnedValue::None),
        ("user", "ann".into()),
    ] {
        assert_eq!(both(name), Some(value), "{name}");
    }
    assert!(both("relativeCreated").is_some() && both("thread").is_some());
    assert_eq!(
        (record.exc_info().map(ToString::to_string), record.exc_text()),
        (Some("no disk".to_owned()), None)
    );
    assert_eq!(kept.exc_text(), Some("Error: no disk"));
    assert_eq!(record.attribute("asctime"), None, "a formatter makes it");
    assert_eq!(
        (record.template(), record.file_name(), record.module()),
        ("{} files", "main.rs", "main")
    );
    let mut message = String::new();
    record.append_message(&mut message).unwrap();
    assert_eq!((message.as_str(), record.stack_info()), ("3 files", Some("the stack")));
    assert!(ferrolog::start_time() > 0);
}
