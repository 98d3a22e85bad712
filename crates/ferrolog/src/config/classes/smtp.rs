//! `SMTPHandler`.

use std::time::Duration;

use super::super::keywords::Keywords;
use super::super::maker::HandlerMaker;
use super::super::registry::Registry;
use super::super::setting::{Mismatch, Setting};
use super::login::{Login, checked};
use crate::handler::{SmtpHandler, SmtpSecurity};
use crate::value::OwnedValue;

pub(super) fn register(registry: &mut Registry) {
    let parameters =
        &["mailhost", "fromaddr", "toaddrs", "subject", "credentials", "secure", "timeout"];
    for name in ["logging.handlers.SMTPHandler", "ferrolog.SmtpHandler"] {
        registry.add_handler(name, parameters, smtp);
    }
}

/// A host, or a host and a port.
struct MailHost(String, Option<u16>);

impl Setting for MailHost {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let mismatch = || Mismatch::new("a host, or [host, port]");
        match value {
            OwnedValue::Str(host) => Ok(Self(host.clone(), None)),
            OwnedValue::List(list) => match list.as_slice() {
                [OwnedValue::Str(host), port] => {
                    let port = u16::from_value(port).map_err(|_| mismatch())?;
                    Ok(Self(host.clone(), (port != 0).then_some(port)))
                }
                _ => Err(mismatch()),
            },
            _ => Err(mismatch()),
        }
    }
}

/// An address, or a list of them.
struct Addresses(Vec<String>);

impl Setting for Addresses {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match value {
            OwnedValue::Str(address) => Ok(Self(vec![address.clone()])),
            _ => Vec::from_value(value)
                .map(Self)
                .map_err(|_| Mismatch::new("an address, or a list of addresses")),
        }
    }
}

/// Python's tuple: nothing in it for a connection that is encrypted by STARTTLS.
struct Secure;

impl Setting for Secure {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        match value {
            OwnedValue::List(list) if list.is_empty() => Ok(Self),
            _ => Err(Mismatch::new("[], for STARTTLS without a certificate of one's own")),
        }
    }
}

fn smtp(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let mailhost = keywords.required::<MailHost>("mailhost");
    let fromaddr = keywords.required::<String>("fromaddr");
    let toaddrs = keywords.required::<Addresses>("toaddrs");
    let subject = keywords.required::<String>("subject");
    let login = keywords.get::<Option<Login>>("credentials").flatten();
    let secure = keywords.get::<Option<Secure>>("secure").flatten();
    let timeout = keywords.get::<f64>("timeout").unwrap_or(5.0);
    let timeout = Duration::try_from_secs_f64(timeout);
    if let Err(error) = &timeout {
        keywords.problem("timeout", format!("expected seconds: {error}"));
    }
    let MailHost(host, port) = mailhost?;
    let mut builder =
        SmtpHandler::builder(host, fromaddr?, toaddrs?.0).subject(subject?).timeout(timeout.ok()?);
    if let Some(port) = port {
        builder = builder.port(port);
    }
    if secure.is_some() {
        builder = builder.secure(SmtpSecurity::StartTls);
    }
    if let Some(Login(user, password)) = login {
        builder = builder.credentials(user, password);
    }
    checked(keywords, builder.build())
}
