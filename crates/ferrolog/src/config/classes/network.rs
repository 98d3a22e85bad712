//! `SocketHandler`, `DatagramHandler`, `SysLogHandler`.

use std::time::Duration;

use super::super::keywords::Keywords;
use super::super::maker::HandlerMaker;
use super::super::registry::Registry;
use super::super::setting::{Mismatch, Seconds, Setting};
use super::file::parsed;
use crate::handler::{DatagramHandler, Facility, Priority, Rfc5424, SocketHandler, SysLogHandler};
use crate::sink::{Address, SocketKind};
use crate::value::OwnedValue;

/// A host and a port, or the path of a Unix socket.
impl Setting for Address {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let mismatch = || Mismatch::new("[host, port], or the path of a Unix socket");
        match value {
            OwnedValue::Str(path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            OwnedValue::List(list) => match list.as_slice() {
                [OwnedValue::Str(host), port] => {
                    let port = u16::from_value(port).map_err(|_| mismatch())?;
                    Ok(Self::Inet { host: host.clone(), port })
                }
                _ => Err(mismatch()),
            },
            _ => Err(mismatch()),
        }
    }
}

/// By its name or its code.
impl Setting for Facility {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let coded = u8::from_value(value).ok().and_then(|code| Self::try_from(code).ok());
        parsed(value).or(coded).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|facility| facility.name()).collect();
            Mismatch::one_of(value, &names)
        })
    }
}

/// By the number that Python's `socket` has for it on Linux.
impl Setting for SocketKind {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match u8::from_value(value) {
            Ok(1) => Ok(Self::Stream),
            Ok(2) => Ok(Self::Datagram),
            _ => Err(Mismatch::one_of(
                value,
                &["ext://socket.SOCK_STREAM", "ext://socket.SOCK_DGRAM"],
            )),
        }
    }
}

/// The address of `SocketHandler` and `DatagramHandler`: a port of `None` makes the host a path.
fn address(keywords: &mut Keywords<'_>) -> Option<Address> {
    let host: Option<String> = keywords.required("host");
    let port: Option<Option<u16>> = keywords.required("port");
    match (host?, port?) {
        (host, Some(port)) => Some(Address::Inet { host, port }),
        (path, None) => Some(Address::Unix(path.into())),
    }
}

fn seconds(keywords: &mut Keywords<'_>, name: &str) -> Option<Duration> {
    let seconds: f64 = keywords.attribute(name)?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) => Some(duration),
        Err(error) => {
            keywords.problem(".", format!("{name}: found {seconds}, expected seconds: {error}"));
            None
        }
    }
}

const SYSLOG: &[&str] = &["address", "facility", "socktype"];
/// Beyond Python, under names that Python does not have.
const SYSLOG_MORE: &[&str] = &["timeout", "rfc5424", "octet_counting"];

pub(super) fn register(registry: &mut Registry) {
    registry.add_handler("logging.handlers.SocketHandler", &["host", "port"], socket);
    registry.add_handler("ferrolog.SocketHandler", &["host", "port", "timeout"], socket);
    registry.add_handler("logging.handlers.DatagramHandler", &["host", "port"], datagram);
    registry.add_handler("ferrolog.DatagramHandler", &["host", "port", "timeout"], datagram);
    registry.add_handler("logging.handlers.SysLogHandler", SYSLOG, syslog);
    registry.add_handler("ferrolog.SysLogHandler", &[SYSLOG, SYSLOG_MORE].concat(), syslog);
}

fn socket(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let address = address(keywords);
    let timeout = keywords.get::<Seconds>("timeout");
    let close_on_error = keywords.attribute("closeOnError");
    let start = seconds(keywords, "retryStart");
    let max = seconds(keywords, "retryMax");
    let factor = keywords.attribute("retryFactor");
    let mut builder = SocketHandler::builder(address?);
    if let Some(Seconds(timeout)) = timeout {
        builder = builder.timeout(timeout);
    }
    if let Some(close) = close_on_error {
        builder = builder.close_on_error(close);
    }
    if let Some(start) = start {
        builder = builder.retry_start(start);
    }
    if let Some(max) = max {
        builder = builder.retry_max(max);
    }
    if let Some(factor) = factor {
        builder = builder.retry_factor(factor);
    }
    Some(HandlerMaker::new(move |_| Ok(builder.build().into())))
}

fn datagram(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let address = address(keywords);
    let timeout = keywords.get::<Seconds>("timeout");
    let mut builder = DatagramHandler::builder(address?);
    if let Some(Seconds(timeout)) = timeout {
        builder = builder.timeout(timeout);
    }
    Some(HandlerMaker::new(move |_| Ok(builder.build().into())))
}

fn syslog(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let mut builder = SysLogHandler::builder(
        keywords.get("address").unwrap_or_else(|| Address::from(("localhost", 514))),
    );
    if let Some(facility) = keywords.get::<Facility>("facility") {
        builder = builder.facility(facility);
    }
    if let Some(Some(kind)) = keywords.get::<Option<SocketKind>>("socktype") {
        builder = builder.socktype(kind);
    }
    if let Some(Seconds(timeout)) = keywords.get("timeout") {
        builder = builder.timeout(timeout);
    }
    if let Some(settings) = rfc5424(keywords) {
        builder = builder.rfc5424(settings);
    }
    if let Some(count) = keywords.get("octet_counting") {
        builder = builder.octet_counting(count);
    }
    if let Some(ident) = keywords.attribute::<String>("ident") {
        builder = builder.ident(ident);
    }
    if let Some(append) = keywords.attribute("append_nul") {
        builder = builder.append_nul(append);
    }
    if let Some(map) = priority_map(keywords) {
        builder = builder.priority_map(map);
    }
    Some(HandlerMaker::new(move |_| Ok(builder.build().into())))
}

/// True for the default header, or a table of its fields.
fn rfc5424(keywords: &mut Keywords<'_>) -> Option<Rfc5424> {
    const FIELDS: [&str; 5] = ["hostname", "app_name", "proc_id", "msg_id", "structured_data_id"];
    let entries = match keywords.get::<OwnedValue>("rfc5424")? {
        OwnedValue::Map(entries) => entries,
        other => return crate::record::is_true(&other).then(Rfc5424::default),
    };
    let mut settings = Rfc5424::default();
    for (field, value) in entries {
        let text = match value {
            OwnedValue::Str(text) => text,
            other => {
                let message = format!("found {:?}, expected a text", other.as_value());
                keywords.problem_below("rfc5424", &field, message);
                continue;
            }
        };
        match field.as_str() {
            "hostname" => settings.hostname = text,
            "app_name" => settings.app_name = text,
            "proc_id" => settings.proc_id = Some(text),
            "msg_id" => settings.msg_id = text,
            "structured_data_id" => settings.structured_data_id = text,
            _ => {
                let message = format!("there is no such field (there are {})", FIELDS.join(", "));
                keywords.suggest_below("rfc5424", &field, message, &FIELDS);
            }
        }
    }
    Some(settings)
}

fn priority_map(keywords: &mut Keywords<'_>) -> Option<Vec<(String, Priority)>> {
    let map: OwnedValue = keywords.attribute("priority_map")?;
    let entries = match &map {
        OwnedValue::Map(entries) => entries
            .iter()
            .map(|(level, priority)| Some((level.clone(), parsed(priority)?)))
            .collect(),
        _ => None,
    };
    if entries.is_none() {
        let message = "priority_map: expected a table of levels' names and priorities' names";
        keywords.problem(".", message);
    }
    entries
}
