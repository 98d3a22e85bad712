//! The objects that an `ext://` of Python's configurations commonly leads to.

use super::super::registry::Registry;
use crate::level::Level;

/// Streams, functions and classes that are known by their name alone.
const NAMED: &[&str] = &[
    "sys.stdout",
    "sys.stderr",
    "sys.__stdout__",
    "sys.__stderr__",
    "time.gmtime",
    "time.localtime",
];

const NUMBERS: &[(&str, i64)] = &[
    ("logging.handlers.DEFAULT_TCP_LOGGING_PORT", 9020),
    ("logging.handlers.DEFAULT_UDP_LOGGING_PORT", 9021),
    ("logging.handlers.DEFAULT_HTTP_LOGGING_PORT", 9022),
    ("logging.handlers.DEFAULT_SOAP_LOGGING_PORT", 9023),
    ("logging.handlers.SYSLOG_UDP_PORT", 514),
    ("logging.handlers.SYSLOG_TCP_PORT", 514),
    ("socket.SOCK_STREAM", 1),
    ("socket.SOCK_DGRAM", 2),
];

/// `SysLogHandler.LOG_...`: priorities, then facilities.
const SYSLOG: &[(&str, i64)] = &[
    ("EMERG", 0),
    ("ALERT", 1),
    ("CRIT", 2),
    ("ERR", 3),
    ("WARNING", 4),
    ("NOTICE", 5),
    ("INFO", 6),
    ("DEBUG", 7),
    ("KERN", 0),
    ("USER", 1),
    ("MAIL", 2),
    ("DAEMON", 3),
    ("AUTH", 4),
    ("SYSLOG", 5),
    ("LPR", 6),
    ("NEWS", 7),
    ("UUCP", 8),
    ("CRON", 9),
    ("AUTHPRIV", 10),
    ("FTP", 11),
    ("NTP", 12),
    ("SECURITY", 13),
    ("CONSOLE", 14),
    ("SOLCRON", 15),
    ("LOCAL0", 16),
    ("LOCAL1", 17),
    ("LOCAL2", 18),
    ("LOCAL3", 19),
    ("LOCAL4", 20),
    ("LOCAL5", 21),
    ("LOCAL6", 22),
    ("LOCAL7", 23),
];

pub(super) fn register(registry: &mut Registry) {
    for name in NAMED {
        registry.add_named(name);
    }
    for (name, value) in NUMBERS {
        registry.add_value(name, *value);
    }
    for (name, value) in SYSLOG {
        registry.add_value(&format!("logging.handlers.SysLogHandler.LOG_{name}"), *value);
    }
    for (name, level) in [
        ("CRITICAL", Level::CRITICAL),
        ("FATAL", Level::FATAL),
        ("ERROR", Level::ERROR),
        ("WARNING", Level::WARNING),
        ("WARN", Level::WARN),
        ("INFO", Level::INFO),
        ("DEBUG", Level::DEBUG),
        ("NOTSET", Level::NOTSET),
    ] {
        registry.add_value(&format!("logging.{name}"), level.value());
    }
    registry.add_value("logging.BASIC_FORMAT", super::super::BASIC_FORMAT);
}
