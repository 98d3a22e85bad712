//! The classes and objects that every configuration can name.

mod buffering;
mod file;
mod formatter;
#[cfg(feature = "http")]
mod http;
#[cfg(any(feature = "http", feature = "smtp"))]
mod login;
#[cfg(feature = "net")]
mod network;
mod nt_event_log;
mod objects;
mod queue;
#[cfg(feature = "smtp")]
mod smtp;
mod stream;

use super::registry::Registry;
use crate::filter::Filter;

/// Adds what this crate has to the registry.
pub(super) fn register(registry: &mut Registry) {
    objects::register(registry);
    stream::register(registry);
    file::register(registry);
    buffering::register(registry);
    queue::register(registry);
    #[cfg(feature = "net")]
    network::register(registry);
    nt_event_log::register(registry);
    #[cfg(feature = "http")]
    http::register(registry);
    #[cfg(feature = "smtp")]
    smtp::register(registry);
    formatter::register(registry);
    registry.add_filter("logging.Filter", &["name"], |keywords| {
        let name = keywords.get::<String>("name").unwrap_or_default();
        Some(Filter::by_name(&name))
    });
}

/// The feature of the crate with which a class is there.
pub(super) fn feature_of(class: &str) -> Option<&'static str> {
    match class.rsplit(['.', ':']).next()? {
        "SocketHandler" | "DatagramHandler" | "SysLogHandler" => Some("net"),
        "SMTPHandler" | "SmtpHandler" => Some("smtp"),
        "HTTPHandler" | "HttpHandler" => Some("http"),
        _ => None,
    }
}
