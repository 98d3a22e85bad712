//! `HTTPHandler`.

use std::path::PathBuf;

use super::super::keywords::Keywords;
use super::super::maker::HandlerMaker;
use super::super::registry::Registry;
use super::super::setting::{Mismatch, Seconds, Setting};
use super::login::{Login, certificates, checked};
use crate::handler::{HttpHandler, HttpMethod};
use crate::value::OwnedValue;

pub(super) fn register(registry: &mut Registry) {
    let parameters = ["host", "url", "method", "secure", "credentials", "context"];
    registry.add_handler("logging.handlers.HTTPHandler", &parameters, http);
    // Beyond Python, under names that Python does not have.
    let more = [&parameters[..], &["timeout", "root_certificates"]].concat();
    for name in ["ferrolog.HttpHandler", "ferrolog.HTTPHandler"] {
        registry.add_handler(name, &more, http);
    }
}

impl Setting for HttpMethod {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        super::file::parsed(value).ok_or_else(|| Mismatch::one_of(value, &["GET", "POST"]))
    }
}

fn http(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let host = keywords.required::<String>("host");
    let url = keywords.required::<String>("url");
    let method = keywords.get("method").unwrap_or(HttpMethod::Get);
    let secure = keywords.get("secure").unwrap_or(false);
    let login = keywords.get::<Option<Login>>("credentials").flatten();
    if keywords.get::<OwnedValue>("context").is_some_and(|context| context != OwnedValue::None) {
        let message =
            "expected nothing; ferrolog.HttpHandler has root_certificates for the certificates";
        keywords.problem("context", message);
    }
    let timeout = keywords.get::<Seconds>("timeout");
    let certificates_file = keywords.get::<PathBuf>("root_certificates");
    let mut builder = HttpHandler::builder(host?, url?).method(method).secure(secure);
    if let Some(Login(user, password)) = login {
        builder = builder.credentials(user, password);
    }
    if let Some(Seconds(timeout)) = timeout {
        builder = builder.timeout(timeout);
    }
    match certificates_file {
        Some(path) => Some(HandlerMaker::new(move |_| {
            Ok(builder.root_certificates(certificates(&path)?).build()?.into())
        })),
        None => checked(keywords, builder.build()),
    }
}
