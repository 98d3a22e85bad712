//! The handler that sends to a syslog daemon.

mod code;
mod rfc5424;

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use super::{Emit, Event, Handler};
use crate::error::{Error, Result};
use crate::format::{Field, Source, tail};
use crate::record::Record;
use crate::sink::{Address, Retry, SocketKind, SocketSink};
use crate::value::Value;

pub use code::{Facility, Priority};
pub use rfc5424::Rfc5424;

/// Sends each record to a syslog daemon: over UDP, TCP, or a local socket such as `/dev/log`.
///
/// A message is the priority in angle brackets, the `ident`, the text that the formatter made, and a NUL:
/// the form of RFC 3164 as Python sends it, which leaves time, host and program to the daemon or to the
/// formatter. [`SysLogHandlerBuilder::rfc5424`] chooses the newer form.
///
/// On a stream nothing but the NUL parts one message from the next; daemons expect the newer form's octet
/// counts (RFC 6587), or a line end, to be had by an `append_nul` of false and a formatter whose pattern
/// ends in one. So that no text can forge a message, a NUL in it is sent as `#000` where a NUL ends messages;
/// where a line end does, use a formatter with
/// [`escape_controls`](crate::format::FormatterBuilder::escape_controls).
///
/// The socket is opened with the first record, and anew when sending failed. While the daemon cannot be
/// reached, attempts are made as [`Retry`] says, each failure is reported, and records that come between
/// the attempts are dropped; how many the daemon missed is reported once it is back. UDP does not tell
/// whether the daemon is there.
///
/// Cost of a record: one send, with the handler's lock held; at most the timeout, when the daemon takes
/// nothing.
///
/// ```
/// use ferrolog::{Facility, Level, Record, SysLogHandler};
///
/// let daemon = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// let handler = SysLogHandler::builder(daemon.local_addr()?)
///     .facility(Facility::Daemon)
///     .ident("app: ")
///     .build();
/// handler.handle(&Record::new("app.db", Level::ERROR, "no route"));
/// let mut message = [0; 64];
/// let length = daemon.recv(&mut message)?;
/// assert_eq!(&message[..length], b"<27>app: no route\0");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Python: `logging.handlers.SysLogHandler`.
#[derive(Debug)]
pub struct SysLogHandler {
    sink: SocketSink,
    settings: SysLogHandlerBuilder,
    message: String,
    frame: Vec<u8>,
}

impl SysLogHandler {
    /// The port of syslog daemons, UDP: `logging.handlers.SYSLOG_UDP_PORT`.
    pub const UDP_PORT: u16 = 514;
    /// The port of syslog daemons, TCP: `logging.handlers.SYSLOG_TCP_PORT`.
    pub const TCP_PORT: u16 = 514;

    /// A handler that sends to the daemon at `address`, with the facility [`Facility::User`].
    #[allow(clippy::new_ret_no_self)]
    pub fn new(address: impl Into<Address>) -> Handler<Self> {
        Self::builder(address).build()
    }

    /// A handler that sends to the local socket at `path`, commonly `/dev/log`, `/var/run/syslog` on
    /// macOS.
    pub fn unix(path: impl AsRef<Path>) -> Handler<Self> {
        Self::new(path.as_ref())
    }

    /// A handler set up step by step. Python's default for the address is `("localhost", 514)`.
    pub fn builder(address: impl Into<Address>) -> SysLogHandlerBuilder {
        let map = [
            ("DEBUG", Priority::Debug),
            ("INFO", Priority::Info),
            ("WARNING", Priority::Warning),
            ("ERROR", Priority::Err),
            ("CRITICAL", Priority::Crit),
        ];
        SysLogHandlerBuilder {
            address: address.into(),
            facility: Facility::User,
            socktype: None,
            ident: String::new(),
            append_nul: None,
            priority_map: map.map(|(name, priority)| (name.to_owned(), priority)).to_vec(),
            rfc5424: None,
            octet_counting: None,
            timeout: Duration::from_secs(1),
            retry: Retry::default(),
        }
    }

    /// The number in front of a message. Python: `SysLogHandler.encodePriority`.
    pub const fn encode_priority(facility: Facility, priority: Priority) -> u8 {
        facility.code() << 3 | priority.code()
    }

    /// The priority of records whose level has this name; [`Priority::Warning`] for a name that is not
    /// in the map. Python: `SysLogHandler.mapPriority`.
    pub fn map_priority(&self, level_name: &str) -> Priority {
        let known = self.settings.priority_map.iter().find(|(name, _)| name == level_name);
        known.map_or(Priority::Warning, |(_, priority)| *priority)
    }

    /// The daemon's address.
    pub fn address(&self) -> &Address {
        self.sink.address()
    }

    /// The kind of the socket, as far as it is known.
    pub fn socktype(&self) -> Option<SocketKind> {
        self.sink.kind()
    }

    fn priority(&self, record: &Record<'_>) -> Priority {
        match record.value(&Field::LevelName) {
            Some(Value::Str(name)) => self.map_priority(name),
            _ => record.level().with_name(|name| self.map_priority(name)),
        }
    }

    /// Lays the message out in `self.message`.
    fn compose(&mut self, event: &Event<'_>) -> std::fmt::Result {
        let record = event.record();
        let number = Self::encode_priority(self.settings.facility, self.priority(record));
        let local_stream = matches!(self.sink.address(), Address::Unix(_))
            && self.sink.find_kind() == SocketKind::Stream;
        self.message.clear();
        write!(self.message, "<{number}>")?;
        if let Some(rfc5424) = &self.settings.rfc5424 {
            rfc5424.write_header(record, &mut self.message)?;
        }
        self.message.push_str(&self.settings.ident);
        let start = self.message.len();
        self.message.push_str(event.text());
        let nul = self.settings.append_nul;
        if nul.unwrap_or(self.settings.rfc5424.is_none() || local_stream) {
            if self.sink.kind() == Some(SocketKind::Stream) && !self.counts_octets() {
                // It would end the message before its end, and begin another.
                tail::escape(
                    &mut self.message,
                    start,
                    |c| c == '\0',
                    |out, _| out.push_str("#000"),
                );
            }
            self.message.push('\0');
        }
        Ok(())
    }

    fn counts_octets(&self) -> bool {
        self.sink.kind() == Some(SocketKind::Stream)
            && self.settings.octet_counting.unwrap_or_else(|| {
                self.settings.rfc5424.is_some()
                    && matches!(self.sink.address(), Address::Inet { .. })
            })
    }
}

impl Emit for SysLogHandler {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.compose(event)
            .map_err(|_| Error::Invalid("an extra attribute cannot be shown".to_owned()))?;
        let result = if self.counts_octets() {
            self.frame.clear();
            self.frame.extend(self.message.len().to_string().as_bytes());
            self.frame.push(b' ');
            self.frame.extend(self.message.as_bytes());
            self.sink.write(&self.frame)
        } else {
            self.sink.write(self.message.as_bytes())
        };
        if self.message.capacity() > super::KEPT_CAPACITY {
            self.message = String::new();
            self.frame = Vec::new();
        }
        if let Some(lost) = self.sink.take_lost() {
            event.report(lost);
        }
        result
    }

    fn close(&mut self) -> Result<()> {
        self.sink.close()
    }
}

/// Builds a [`SysLogHandler`].
///
/// | setting | default |
/// |---|---|
/// | `facility` | [`Facility::User`] |
/// | `socktype` | datagrams to a host; to a local socket, whichever it takes |
/// | `ident` | empty |
/// | `append_nul` | true; with `rfc5424`, only on a local stream socket |
/// | `priority_map` | the five standard levels' names to the priorities that correspond |
/// | `rfc5424` | none: RFC 3164 as Python sends it |
/// | `octet_counting` | with `rfc5424` on TCP |
/// | `timeout` | 1 second, for resolving, connecting and sending each |
/// | `retry` | [`Retry`]: after 1 second, twice that, and so on to 30 seconds |
#[derive(Clone, Debug)]
pub struct SysLogHandlerBuilder {
    address: Address,
    facility: Facility,
    socktype: Option<SocketKind>,
    ident: String,
    append_nul: Option<bool>,
    priority_map: Vec<(String, Priority)>,
    rfc5424: Option<Rfc5424>,
    octet_counting: Option<bool>,
    timeout: Duration,
    retry: Retry,
}

impl SysLogHandlerBuilder {
    /// The daemon's address, in the place of the one the builder was made with.
    pub fn address(mut self, address: impl Into<Address>) -> Self {
        self.address = address.into();
        self
    }

    /// The facility.
    pub fn facility(mut self, facility: Facility) -> Self {
        self.facility = facility;
        self
    }

    /// The kind of the socket.
    pub fn socktype(mut self, kind: SocketKind) -> Self {
        self.socktype = Some(kind);
        self
    }

    /// What stands before each message, such as `app: `. Python: `SysLogHandler.ident`.
    pub fn ident(mut self, ident: impl Into<String>) -> Self {
        self.ident = ident.into();
        self
    }

    /// Whether a NUL ends each message. Python: `SysLogHandler.append_nul`.
    pub fn append_nul(mut self, append: bool) -> Self {
        self.append_nul = Some(append);
        self
    }

    /// Which priority the records of each level have, by the level's name; in the place of the default
    /// map. Python: `SysLogHandler.priority_map`.
    pub fn priority_map<N: Into<String>>(
        mut self,
        map: impl IntoIterator<Item = (N, Priority)>,
    ) -> Self {
        self.priority_map =
            map.into_iter().map(|(name, priority)| (name.into(), priority)).collect();
        self
    }

    /// Sends messages in the form of RFC 5424, with these settings for its header.
    pub fn rfc5424(mut self, settings: Rfc5424) -> Self {
        self.rfc5424 = Some(settings);
        self
    }

    /// Whether messages on a stream have their length in front, as in RFC 6587.
    pub fn octet_counting(mut self, count: bool) -> Self {
        self.octet_counting = Some(count);
        self
    }

    /// How long resolving the host's name, connecting, and sending a record may last, each.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// When a daemon that is away is tried again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The handler. The socket is not opened yet.
    pub fn build(self) -> Handler<SysLogHandler> {
        let sink = SocketSink::new(self.address.clone(), self.socktype, self.timeout, self.retry);
        Handler::new(SysLogHandler {
            sink,
            settings: self,
            message: String::new(),
            frame: Vec::new(),
        })
    }
}
