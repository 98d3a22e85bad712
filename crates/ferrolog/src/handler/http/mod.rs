//! The handler that sends to a web server.

mod urlencode;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ureq::http::{HeaderValue, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::secret::Credentials;
use super::{Emit, Event, Handler, attributes};
use crate::error::{Error, Result};
use crate::format::{Field, Source};
use crate::record::Record;
use crate::sink::{Backoff, Retry};
use crate::value::Value;

/// The method of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HttpMethod {
    /// The record is in the URL.
    #[default]
    Get,
    /// The record is in the body.
    Post,
}

impl FromStr for HttpMethod {
    type Err = Error;

    /// From `GET` or `POST`, in any case.
    fn from_str(method: &str) -> Result<Self> {
        match method.to_ascii_uppercase().as_str() {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            _ => Err(Error::Invalid(format!(
                "invalid method {method:?} (expected \"GET\" or \"POST\")"
            ))),
        }
    }
}

/// What a record becomes before it is sent: calls its second argument with each key and value.
type Map = Arc<dyn Fn(&Record<'_>, &mut dyn FnMut(&str, Value<'_>)) + Send + Sync>;

/// Sends each record to a web server, as form data: the record's attributes, percent-encoded, in the
/// order in which they stand in Python's `LogRecord.__dict__`.
///
/// `msg` is the message, unless the record has Python's `args`; an error's text is in `exc_text`. The
/// formatter is not used. [`HttpHandlerBuilder::map_log_record`] chooses what is sent.
///
/// A record is delivered when the server answers with a status of 200 to 299; any other is an error, and
/// redirections are not followed. No proxy is used. While the server cannot be reached, attempts are made
/// as [`Retry`] says, each failure is reported, and records that come between the attempts are dropped;
/// how many the server missed is reported once it is back.
///
/// Cost of a record: a connection, a request and its answer, with the handler's lock held; at most the
/// timeout. Put a queue in front of it where that is too long. What the HTTP client itself logs meanwhile
/// goes to the other handlers only.
///
/// ```no_run
/// use ferrolog::{HttpHandler, HttpMethod};
///
/// let handler = HttpHandler::builder("log.example.com", "/log")
///     .method(HttpMethod::Post)
///     .secure(true)
///     .credentials("app", "secret")
///     .build()?;
/// ferrolog::root().add_handler(&handler);
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: `logging.handlers.HTTPHandler`.
pub struct HttpHandler {
    agent: ureq::Agent,
    peer: String,
    url: String,
    method: HttpMethod,
    authorization: Option<HeaderValue>,
    map: Option<Map>,
    backoff: Backoff,
    form: String,
}

impl HttpHandler {
    /// A handler that sends to `url`, a path, of `host`, a name with or without a port, by GET.
    ///
    /// # Errors
    ///
    /// Host and path make no URL.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(host: impl Into<String>, url: impl Into<String>) -> Result<Handler<Self>> {
        Self::builder(host, url).build()
    }

    /// A handler set up step by step.
    pub fn builder(host: impl Into<String>, url: impl Into<String>) -> HttpHandlerBuilder {
        HttpHandlerBuilder {
            host: host.into(),
            url: url.into(),
            method: HttpMethod::Get,
            secure: false,
            credentials: None,
            root_certificates: None,
            timeout: Duration::from_secs(5),
            retry: Retry::default(),
            map: None,
        }
    }

    fn fill_form(&mut self, record: &Record<'_>) -> Result<()> {
        let form = &mut self.form;
        form.clear();
        let mut shown = Ok(());
        let mut pair = |key: &str, value: Value<'_>| {
            shown = shown.and(urlencode::append_pair(form, key, value));
        };
        if let Some(map) = &self.map {
            map(record, &mut pair);
        } else {
            let message = record.message();
            let args = record.value(&Field::Args).unwrap_or(Value::None);
            let msg = match args {
                Value::None => Value::Display(&message),
                _ => record.value(&Field::Msg).unwrap_or(Value::None),
            };
            attributes::visit(record, msg, args, &mut pair)?;
        }
        shown.map_err(|_| Error::Invalid("an attribute of the record cannot be shown".to_owned()))
    }

    fn send(&self) -> std::result::Result<u16, ureq::Error> {
        let response = match self.method {
            HttpMethod::Get => {
                let separator = if self.url.contains('?') { '&' } else { '?' };
                let mut request = self.agent.get(format!("{}{separator}{}", self.url, self.form));
                if let Some(authorization) = &self.authorization {
                    request = request.header("Authorization", authorization);
                }
                request.call()?
            }
            HttpMethod::Post => {
                let mut request = self
                    .agent
                    .post(&self.url)
                    .header("Content-Type", "application/x-www-form-urlencoded");
                if let Some(authorization) = &self.authorization {
                    request = request.header("Authorization", authorization);
                }
                request.send(&self.form)?
            }
        };
        Ok(response.status().as_u16())
    }
}

impl Emit for HttpHandler {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        if !self.backoff.is_due() {
            return Err(self.backoff.drop());
        }
        self.fill_form(event.record())?;
        match self.send() {
            Ok(status) => {
                self.backoff.succeeded();
                let count = self.backoff.take_lost();
                if count > 0 {
                    event.report(Error::Lost { peer: self.peer.clone(), count });
                }
                if (200..300).contains(&status) {
                    Ok(())
                } else {
                    Err(Error::Invalid(format!(
                        "{} answered with status {status} (expected 200 to 299)",
                        self.peer
                    )))
                }
            }
            Err(error) => {
                self.backoff.failed();
                Err(Error::io(format!("cannot send to {}", self.peer))(error.into_io()))
            }
        }
    }

    fn close(&mut self) -> Result<()> {
        match self.backoff.take_all_lost() {
            0 => Ok(()),
            count => Err(Error::Lost { peer: self.peer.clone(), count }),
        }
    }

    fn wants_text(&self) -> bool {
        false
    }
}

/// Shows neither credentials nor the path, which may be a secret itself.
impl fmt::Debug for HttpHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpHandler")
            .field("peer", &self.peer)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Builds an [`HttpHandler`].
///
/// | setting | default |
/// |---|---|
/// | `method` | [`HttpMethod::Get`] |
/// | `secure` | false |
/// | `credentials` | none |
/// | `root_certificates` | Mozilla's, as built into the program |
/// | `timeout` | 5 seconds, for all of a request |
/// | `retry` | [`Retry`]: after 1 second, twice that, and so on to 30 seconds |
/// | `map_log_record` | the record's attributes |
#[derive(Clone)]
pub struct HttpHandlerBuilder {
    host: String,
    url: String,
    method: HttpMethod,
    secure: bool,
    credentials: Option<Credentials>,
    root_certificates: Option<Vec<u8>>,
    timeout: Duration,
    retry: Retry,
    map: Option<Map>,
}

impl fmt::Debug for HttpHandlerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpHandlerBuilder")
            .field("host", &self.host)
            .field("method", &self.method)
            .field("secure", &self.secure)
            .field("credentials", &self.credentials)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl HttpHandlerBuilder {
    /// The method.
    pub fn method(mut self, method: HttpMethod) -> Self {
        self.method = method;
        self
    }

    /// Whether the connection is encrypted: `https`.
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = secure;
        self
    }

    /// The user's name and password, for basic authentication. Without `secure` they travel readably.
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some(Credentials { user: user.into(), password: password.into() });
        self
    }

    /// The certificates, in PEM, of the authorities that are trusted in the place of the built-in ones.
    /// Python: `context`.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// How long a request may last, from resolving the host's name to the answer.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// When a server that is away is tried again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// What is sent of a record: `map` calls its second argument with each key and value, which are shown
    /// as Python's `str()` shows them. Python: `HTTPHandler.mapLogRecord`.
    pub fn map_log_record(
        mut self,
        map: impl Fn(&Record<'_>, &mut dyn FnMut(&str, Value<'_>)) + Send + Sync + 'static,
    ) -> Self {
        self.map = Some(Arc::new(map));
        self
    }

    /// The handler. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// Host and path make no URL; certificates that are none, or that are given without `secure`.
    pub fn build(self) -> Result<Handler<HttpHandler>> {
        let scheme = if self.secure { "https" } else { "http" };
        let peer = format!("{scheme}://{}", self.host);
        let slash = if self.url.starts_with('/') { "" } else { "/" };
        let url = format!("{peer}{slash}{}", self.url);
        // The path may be a secret, the host must not have one.
        let valid = !self.host.contains(['@', '/', '?', '#'])
            && !self.url.contains('#')
            && url.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
        if !valid {
            return Err(Error::Invalid(format!(
                "invalid host {:?} or path (expected a host such as \"localhost:8080\" and a path \
                 such as \"/log\")",
                self.host.rsplit('@').next().unwrap_or_default()
            )));
        }
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .proxy(None)
            .timeout_global(Some(self.timeout))
            .user_agent(concat!("ferrolog/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity");
        if let Some(pem) = &self.root_certificates {
            if !self.secure {
                return Err(Error::Invalid(
                    "root_certificates only make sense with secure".to_owned(),
                ));
            }
            let roots = root_certificates(pem)?;
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        let authorization = self.credentials.as_ref().map(|Credentials { user, password }| {
            let encoded = BASE64.encode(format!("{user}:{password}"));
            let mut value = HeaderValue::try_from(format!("Basic {encoded}"))
                .expect("base64 is valid in a header");
            value.set_sensitive(true);
            value
        });
        Ok(Handler::new(HttpHandler {
            agent: config.build().into(),
            peer,
            url,
            method: self.method,
            authorization,
            map: self.map,
            backoff: Backoff::new(self.retry),
            form: String::new(),
        }))
    }
}

fn root_certificates(pem: &[u8]) -> Result<RootCerts> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(Error::Invalid(format!("root_certificates: {error}"))),
        }
    }
    if certificates.is_empty() {
        return Err(Error::Invalid("root_certificates: no certificate in PEM".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}
