//! The handler that sends mail.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::header::{ContentType, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Mailboxes, Message};
use lettre::transport::smtp::SmtpTransport;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, Transport};

use super::secret::Credentials;
use super::{Emit, Event, Handler};
use crate::error::{Error, Result};
use crate::record::Record;
use crate::sink::{Backoff, Retry};

/// How a connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SmtpSecurity {
    /// Not at all.
    #[default]
    None,
    /// From the STARTTLS command on, which the server must know: Python's `secure=()`.
    StartTls,
    /// From the start, commonly on port 465.
    Tls,
}

type Subject = Arc<dyn Fn(&Record<'_>) -> String + Send + Sync>;

/// Sends a mail for each record: the text that the formatter made, as plain text.
///
/// A record is delivered when the server has taken the mail. While the server cannot be reached, attempts
/// are made as [`Retry`] says, each failure is reported, and records that come between the attempts are
/// dropped; how many mails that cost is reported once the server is back. A mail that the server refuses
/// is an error of that record alone.
///
/// Cost of a record: a connection and a conversation, with the handler's lock held. Put a queue or a
/// [`MemoryHandler`](crate::MemoryHandler) in front of it.
///
/// ```no_run
/// use ferrolog::{Level, SmtpHandler, SmtpSecurity};
///
/// let handler = SmtpHandler::builder("mail.example.com", "app@example.com", ["ops@example.com"])
///     .port(587)
///     .subject("The application failed")
///     .credentials("app", "secret")
///     .secure(SmtpSecurity::StartTls)
///     .build()?
///     .with_level(Level::ERROR);
/// ferrolog::root().add_handler(&handler);
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: `logging.handlers.SMTPHandler`.
pub struct SmtpHandler {
    transport: SmtpTransport,
    peer: String,
    from: Mailbox,
    to: Mailboxes,
    subject: Subject,
    backoff: Backoff,
}

impl SmtpHandler {
    /// A handler set up step by step, which sends through `mailhost`, from `fromaddr` to each of
    /// `toaddrs`.
    pub fn builder<A: Into<String>>(
        mailhost: impl Into<String>,
        fromaddr: impl Into<String>,
        toaddrs: impl IntoIterator<Item = A>,
    ) -> SmtpHandlerBuilder {
        SmtpHandlerBuilder {
            mailhost: mailhost.into(),
            port: None,
            fromaddr: fromaddr.into(),
            toaddrs: toaddrs.into_iter().map(Into::into).collect(),
            subject: Arc::new(|_| String::new()),
            credentials: None,
            secure: SmtpSecurity::None,
            root_certificates: None,
            timeout: Duration::from_secs(5),
            retry: Retry::default(),
        }
    }

    fn compose(&self, event: &Event<'_>) -> Result<Message> {
        // A line end would begin another header.
        let subject = (self.subject)(event.record()).replace(['\r', '\n'], " ");
        let mut message = Message::builder().from(self.from.clone());
        for mailbox in self.to.iter() {
            message = message.to(mailbox.clone());
        }
        message
            .subject(subject)
            .date_now()
            .header(ContentType::TEXT_PLAIN)
            .header(MIME_VERSION_1_0)
            .body(event.text().to_owned())
            .map_err(|error| Error::Invalid(format!("the mail cannot be composed: {error}")))
    }
}

impl Emit for SmtpHandler {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        if !self.backoff.is_due() {
            return Err(self.backoff.drop());
        }
        let message = self.compose(event)?;
        let result = self.transport.send(&message);
        let what = || format!("cannot send mail through {}", self.peer);
        let refused = match result {
            Ok(_) => None,
            // The server is there.
            Err(error) if error.status().is_some() || error.is_client() => {
                Some(Error::Invalid(format!("{}: {}", what(), Sources(&error))))
            }
            Err(error) => {
                self.backoff.failed();
                return Err(Error::Invalid(format!("{}: {}", what(), Sources(&error))));
            }
        };
        self.backoff.succeeded();
        let count = self.backoff.take_lost();
        if count > 0 {
            event.report(Error::Lost { peer: self.peer.clone(), count });
        }
        refused.map_or(Ok(()), Err)
    }

    fn close(&mut self) -> Result<()> {
        match self.backoff.take_all_lost() {
            0 => Ok(()),
            count => Err(Error::Lost { peer: self.peer.clone(), count }),
        }
    }
}

/// An error with its sources, where its own text does not have them already.
struct Sources<'e>(&'e dyn std::error::Error);

impl fmt::Display for Sources<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.0.to_string();
        let mut source = self.0.source();
        while let Some(error) = source {
            let more = error.to_string();
            if !text.contains(&more) {
                text = format!("{text}: {more}");
            }
            source = error.source();
        }
        f.write_str(&text)
    }
}

impl fmt::Debug for SmtpHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpHandler")
            .field("peer", &self.peer)
            .field("from", &self.from)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// Builds an [`SmtpHandler`].
///
/// | setting | default |
/// |---|---|
/// | `port` | 25; 465 with [`SmtpSecurity::Tls`] |
/// | `subject` | empty |
/// | `credentials` | none |
/// | `secure` | [`SmtpSecurity::None`] |
/// | `root_certificates` | Mozilla's, as built into the program |
/// | `timeout` | 5 seconds, for connecting and for each step of the conversation |
/// | `retry` | [`Retry`]: after 1 second, twice that, and so on to 30 seconds |
#[derive(Clone)]
pub struct SmtpHandlerBuilder {
    mailhost: String,
    port: Option<u16>,
    fromaddr: String,
    toaddrs: Vec<String>,
    subject: Subject,
    credentials: Option<Credentials>,
    secure: SmtpSecurity,
    root_certificates: Option<Vec<u8>>,
    timeout: Duration,
    retry: Retry,
}

impl fmt::Debug for SmtpHandlerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpHandlerBuilder")
            .field("mailhost", &self.mailhost)
            .field("port", &self.port)
            .field("fromaddr", &self.fromaddr)
            .field("toaddrs", &self.toaddrs)
            .field("credentials", &self.credentials)
            .field("secure", &self.secure)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl SmtpHandlerBuilder {
    /// The server's port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The subject of every mail.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        let subject = subject.into();
        self.subject_with(move |_| subject.clone())
    }

    /// The subject of each mail, by its record. Line ends in it become spaces.
    ///
    /// Python: `SMTPHandler.getSubject`.
    pub fn subject_with(
        mut self,
        subject: impl Fn(&Record<'_>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.subject = Arc::new(subject);
        self
    }

    /// The user's name and password, for the mechanisms PLAIN and LOGIN. Without `secure` they travel
    /// readably.
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some(Credentials { user: user.into(), password: password.into() });
        self
    }

    /// How the connection is encrypted, with credentials or, other than in Python, without.
    pub fn secure(mut self, secure: SmtpSecurity) -> Self {
        self.secure = secure;
        self
    }

    /// The certificates, in PEM, of the authorities that are trusted in the place of the built-in ones.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// How long connecting and each step of the conversation may last.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// When a server that is away is tried again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The handler. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// An address that is none, no recipient, a host that TLS knows no name for, or certificates that are
    /// none.
    pub fn build(self) -> Result<Handler<SmtpHandler>> {
        let from = mailbox("fromaddr", &self.fromaddr)?;
        let to: Mailboxes =
            self.toaddrs.iter().map(|to| mailbox("toaddrs", to)).collect::<Result<_>>()?;
        if self.toaddrs.is_empty() {
            return Err(Error::Invalid("toaddrs: no recipient".to_owned()));
        }
        let tls = match self.secure {
            SmtpSecurity::None if self.root_certificates.is_some() => {
                return Err(Error::Invalid(
                    "root_certificates only make sense with secure".to_owned(),
                ));
            }
            SmtpSecurity::None => Tls::None,
            SmtpSecurity::StartTls => Tls::Required(self.tls()?),
            SmtpSecurity::Tls => Tls::Wrapper(self.tls()?),
        };
        let port = self.port.unwrap_or(if self.secure == SmtpSecurity::Tls { 465 } else { 25 });
        let peer = format!("{}:{port}", self.mailhost);
        let mut transport = SmtpTransport::builder_dangerous(self.mailhost)
            .port(port)
            .timeout(Some(self.timeout))
            .tls(tls);
        if let Some(Credentials { user, password }) = self.credentials {
            transport = transport.credentials((user, password).into());
        }
        Ok(Handler::new(SmtpHandler {
            transport: transport.build(),
            peer,
            from,
            to,
            subject: self.subject,
            backoff: Backoff::new(self.retry),
        }))
    }

    fn tls(&self) -> Result<TlsParameters> {
        const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
        let mut tls = TlsParameters::builder(self.mailhost.clone());
        if let Some(pem) = &self.root_certificates {
            // What has no certificate at all is not refused by the parser.
            if !pem.windows(BEGIN.len()).any(|text| text == BEGIN) {
                return Err(Error::Invalid("root_certificates: no certificate in PEM".to_owned()));
            }
            let certificate = Certificate::from_pem(pem).map_err(|error| {
                Error::Invalid(format!("root_certificates: {}", Sources(&error)))
            })?;
            tls = tls.certificate_store(CertificateStore::None).add_root_certificate(certificate);
        }
        tls.build().map_err(|error| {
            Error::Invalid(format!("TLS to {:?}: {}", self.mailhost, Sources(&error)))
        })
    }
}

/// `name@host`, or `Name <name@host>`.
fn mailbox(what: &str, text: &str) -> Result<Mailbox> {
    let plain = text.parse::<Address>().map(Mailbox::from);
    plain.or_else(|_| text.parse()).map_err(|error| {
        Error::Invalid(format!(
            "{what}: {text:?} is no mail address: {error} (expected one such as \"app@example.com\")"
        ))
    })
}
