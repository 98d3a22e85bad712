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

/// Whether they are laid out here or by `std::fmt`, messages are what `format!` makes of them.
#[test]
fn messages_are_those_of_format() {
    let (log, lines) = logger("messages", "%(message)s");
    let mut expected = String::new();
    macro_rules! both {
        ($($message:tt)*) => {
            ferrolog::info!(log, $($message)*);
            expected.push_str(&format!($($message)*));
            expected.push('\n');
        };
    }
    struct Own;
    impl std::fmt::Display for Own {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.pad("own")
        }
    }
    fn generic<T: std::fmt::Display>(log: &Logger, value: T, expected: &mut String) {
        ferrolog::info!(log, "generic {}", value);
        expected.push_str(&format!("generic {value}\n"));
    }
    let (text, owned, n) = ("tëxt", String::from("owned"), 7_usize);
    both!("{}", u64::MAX);
    both!("{} {} {}", i64::MIN, -1_i8, 0_u16);
    both!("{}, {}, {}", 0.1, 1e300, f64::NAN);
    both!("{}|{}|{}", f64::INFINITY, -0.0, 1.0);
    both!("{} {} {}!", text, owned, &owned);
    both!("{} {}", &&text, &n);
    both!("{}{}", true, &false);
    both!("{}", &owned[1..]);
    both!("{}", 'c');
    both!("{} {}", 1.5_f32, u128::MAX);
    both!("{} {}", Own, 1);
    both!("{} {:>5}", 1, Own);
    both!("{{{}}}", 1);
    both!("{:03} {:?} {:#x}", 1, text, 255);
    both!("{text} {} {n}", 5);
    both!("{:1$}", 1, n);
    both!("{:.*}", 2, 1.2345);
    both!("{:>width$}", text, width = n);
    both!("{} {} {} {} {} {} {} {}", 1, 2, 3, 4, 5, 6, 7, 8);
    both!("{} {} {} {} {} {} {} {} {}", 1, 2, 3, 4, 5, 6, 7, 8, 9);
    both!("{}", format_args!("nested {}", 1));
    both!("{}", std::path::Path::new("a/b").display());
    both!("no places");
    both!("{}", "");
    generic(&log, 3_u8, &mut expected);
    generic(&log, text, &mut expected);
    generic(&log, Own, &mut expected);
    assert_eq!(self::text(&lines), expected);
}

#[test]
fn arguments_are_evaluated_once_and_in_their_order() {
    let (log, lines) = logger("evaluated", "%(message)s %(c)s");
    let mut order = Vec::new();
    let mut next = |name| {
        order.push(name);
        name
    };
    ferrolog::info!(log, "{} {}", next("a"), next("b"); c = next("c"));
    ferrolog::debug!(log, "{x}", x = next("x"); c = 1);
    log.set_level(Level::ERROR);
    ferrolog::info!(log, "{}", next("disabled"));
    assert_eq!(order, ["a", "b", "c", "x"]);
    assert_eq!(text(&lines), "a b c\nx 1\n");
}

#[test]
fn the_type_of_an_argument_may_become_known_later() {
    let (log, lines) = logger("inferred", "%(message)s");
    let address = "127.0.0.1".parse().unwrap();
    ferrolog::info!(log, "{}", address);
    let _: std::net::IpAddr = address;
    let number = "17".parse().unwrap();
    ferrolog::info!(log, "{}", number);
    let _: u8 = number;
    assert_eq!(text(&lines), "127.0.0.1\n17\n");
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
