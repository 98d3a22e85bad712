//! `SMTPHandler`.

use std::path::PathBuf;

use super::super::keywords::Keywords;
use super::super::maker::HandlerMaker;
use super::super::registry::Registry;
use super::super::setting::{Mismatch, Seconds, Setting};
use super::login::{Login, certificates, checked};
use crate::handler::{SmtpHandler, SmtpSecurity};
use crate::value::OwnedValue;

pub(super) fn register(registry: &mut Registry) {
    let parameters =
        ["mailhost", "fromaddr", "toaddrs", "subject", "credentials", "secure", "timeout"];
    registry.add_handler("logging.handlers.SMTPHandler", &parameters, smtp);
    // Beyond Python, under names that Python does not have.
    let more = [&parameters[..], &["root_certificates"]].concat();
    for name in ["ferrolog.SmtpHandler", "ferrolog.SMTPHandler"] {
        registry.add_handler(name, &more, smtp);
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

/// Python's tuple: nothing in it for a connection that is encrypted by STARTTLS. Beyond Python by name.
impl Setting for SmtpSecurity {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let names = ["[] or \"starttls\", for STARTTLS", "\"tls\", for TLS from the start"];
        match value {
            OwnedValue::List(list) if list.is_empty() => Ok(Self::StartTls),
            OwnedValue::Str(name) if name == "starttls" => Ok(Self::StartTls),
            OwnedValue::Str(name) if name == "tls" => Ok(Self::Tls),
            _ => Err(Mismatch::one_of(value, &names)),
        }
    }
}

fn smtp(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let mailhost = keywords.required::<MailHost>("mailhost");
    let fromaddr = keywords.required::<String>("fromaddr");
    let toaddrs = keywords.required::<Addresses>("toaddrs");
    let subject = keywords.required::<String>("subject");
    let login = keywords.get::<Option<Login>>("credentials").flatten();
    let secure = keywords.get::<Option<SmtpSecurity>>("secure").flatten();
    let timeout = keywords.get::<Seconds>("timeout");
    let certificates_file = keywords.get::<PathBuf>("root_certificates");
    let MailHost(host, port) = mailhost?;
    let mut builder = SmtpHandler::builder(host, fromaddr?, toaddrs?.0).subject(subject?);
    if let Some(Seconds(timeout)) = timeout {
        builder = builder.timeout(timeout);
    }
    if let Some(port) = port {
        builder = builder.port(port);
    }
    if let Some(secure) = secure {
        builder = builder.secure(secure);
    }
    if let Some(Login(user, password)) = login {
        builder = builder.credentials(user, password);
    }
    match certificates_file {
        Some(path) => Some(HandlerMaker::new(move |_| {
            Ok(builder.root_certificates(certificates(&path)?).build()?.into())
        })),
        None => checked(keywords, builder.build()),
    }
}
