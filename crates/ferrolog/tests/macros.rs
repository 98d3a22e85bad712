//! The logging macros in all their forms.

use std::sync::atomic::{AtomicUsize, Ordering};

use ferrolog::{Formatter, Handler, Level, Logger, StreamHandler, get_logger};

type Lines = Handler<StreamHandler<Vec<u8>>>;

fn logger(name: &str, format: &str) -> (Logger, Lines) {
    let handler = Handler::new(StreamHandler::new(Vec::new()))
        .with_formatter(Formatter::new(format).unwrap());
    let logger = get_logger(name);
    logger.set_propagate(false);
    logger.set_level(Level::DEBUG);
    logger.add_handler(&handler);
    (logger, handler)
}

fn text(handler: &Lines) -> String {
    String::from_utf8(handler.lock().stream().clone()).unwrap()
}

#[test]
fn arguments_of_every_form() {
    let (log, lines) = logger("forms", "%(levelname)s %(message)s");
    let (a, b) = (1, "two");
    ferrolog::debug!(log, "plain");
    ferrolog::info!(log, "{} {}", a, b);
    ferrolog::warning!(log, "{a} {b:?}",);
    ferrolog::error!(log, "{x} {}", a, x = a + 1);
    ferrolog::critical!(log, "{x}|{}", if a == 1 { "one" } else { "more" }, x = b; key = a);
    ferrolog::log!(log, Level::new(35), "{{}} {0}{0}", a; key = a,);
    assert_eq!(
        text(&lines),
        "DEBUG plain\nINFO 1 two\nWARNING 1 \"two\"\nERROR 2 1\nCRITICAL two|one\nLevel 35 {} 11\n"
    );
}

#[test]
fn key_values_are_extra_attributes() {
    let (log, lines) =
        logger("pairs", "%(user)s %(n)03d %(ratio).1f %(shown)s %(debugged)s %(dashed-key)s");
    #[derive(Debug)]
    struct Opaque;
    let user = "ann";
    ferrolog::info!(log, "in"; user, n = 7_u8, ratio = 0.25_f32, shown:% = 'c', debugged:? = Opaque, "dashed-key" = None::<i32>);
    assert_eq!(text(&lines), "ann 007 0.2 c Opaque None\n");
}

mod above {
    pub(super) mod here {
        pub(crate) fn log(n: i32) {
            ferrolog::info!("turn {}", n);
        }
    }
}

#[test]
fn a_call_without_a_logger_follows_its_modules_logger() {
    use above::here;

    // First met while disabled by the root's level, then under every kind of change.
    here::log(0);
    let (log, lines) = logger(concat!(module_path!(), "::above::here"), "%(message)s");
    here::log(1);
    log.set_level(Level::WARNING);
    here::log(2);
    log.set_level(Level::NOTSET);
    let parent = get_logger(concat!(module_path!(), "::above"));
    parent.set_level(Level::INFO);
    here::log(3);
    log.set_disabled(true);
    here::log(4);
    log.set_disabled(false);
    here::log(5);
    parent.set_level(Level::WARNING);
    here::log(6);
    assert_eq!(text(&lines), "turn 1\nturn 3\nturn 5\n");
}

#[test]
fn the_place_of_the_call() {
    let (_, lines) =
        logger(module_path!(), "%(name)s %(filename)s %(module)s %(funcName)s %(lineno)d %(msg)s");
    let line = line!() + 1;
    Some(1).into_iter().for_each(|n| ferrolog::info!("at {}", n));
    assert_eq!(
        text(&lines),
        format!("macros macros.rs macros the_place_of_the_call {line} at {{}}\n")
    );
}

#[test]
fn nothing_is_evaluated_unless_enabled() {
    let (log, lines) = logger("lazy", "%(message)s");
    let calls = AtomicUsize::new(0);
    let count = || calls.fetch_add(1, Ordering::Relaxed);
    log.set_level(Level::ERROR);
    ferrolog::info!(log, "{}", count(); n = count() as u64);
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    ferrolog::error!(log, "{}", count(); n = count() as u64);
    assert_eq!((calls.load(Ordering::Relaxed), text(&lines)), (2, "0\n".to_owned()));
}

#[test]
fn an_error_shows_its_sources() {
    let (log, lines) = logger("errors", "%(message)s");
    let error = ferrolog::Error::Io {
        what: "cannot start".to_owned(),
        source: std::io::Error::other("no disk"),
    };
    ferrolog::error!(log, "failed"; exc_info:err = error);
    assert_eq!(text(&lines), "failed\nError: cannot start: no disk\nCaused by: no disk\n");
}
