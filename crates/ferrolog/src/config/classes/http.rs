//! `HTTPHandler`.

use super::super::keywords::Keywords;
use super::super::maker::HandlerMaker;
use super::super::registry::Registry;
use super::super::setting::{Mismatch, Setting};
use super::login::{Login, checked};
use crate::handler::{HttpHandler, HttpMethod};
use crate::value::OwnedValue;

pub(super) fn register(registry: &mut Registry) {
    let parameters = &["host", "url", "method", "secure", "credentials", "context"];
    for name in ["logging.handlers.HTTPHandler", "ferrolog.HttpHandler"] {
        registry.add_handler(name, parameters, http);
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
            "expected nothing: certificates are set by HttpHandlerBuilder::root_certificates";
        keywords.problem("context", message);
    }
    let mut builder = HttpHandler::builder(host?, url?).method(method).secure(secure);
    if let Some(Login(user, password)) = login {
        builder = builder.credentials(user, password);
    }
    checked(keywords, builder.build())
}
