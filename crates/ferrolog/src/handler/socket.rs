//! The handler that sends records over a stream socket.

use std::path::Path;
use std::time::Duration;

use super::{Emit, Event, Handler, attributes};
use crate::error::{Error, Result};
use crate::pickle::DictPickler;
use crate::record::Record;
use crate::sink::{Address, Retry, StreamSink};
use crate::value::Value;

/// Sends each record over a TCP or Unix stream socket, in the form that Python's own receivers read: four
/// bytes of length, the highest first, then the pickled dictionary of the record's attributes, from which
/// `logging.makeLogRecord` makes the record again.
///
/// The message travels as `msg`, made from its arguments; `args` and `exc_info` are `None`; an error's
/// text is in `exc_text`. The formatter is not used.
///
/// The connection is made with the first record. If it breaks, the record at hand makes a new one; while
/// the peer cannot be reached, attempts are made as [`Retry`] says and each failure is reported. Records
/// that come between the attempts are dropped; how many the peer missed is reported once it is back, or
/// when the handler is closed. A record counts as delivered when the operating system has taken it.
///
/// Cost of a record: a look at whether the peer is still there and one send, with the handler's lock held;
/// at most the timeout, when the peer takes nothing.
///
/// ```
/// use ferrolog::{Level, Record, SocketHandler};
/// use std::io::Read;
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let handler = SocketHandler::new("127.0.0.1", listener.local_addr()?.port());
/// handler.handle(&Record::new("app", Level::INFO, "hello"));
/// let mut length = [0; 4];
/// listener.accept()?.0.read_exact(&mut length)?;
/// assert!(u32::from_be_bytes(length) > 100);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Python: `logging.handlers.SocketHandler`.
#[derive(Debug)]
pub struct SocketHandler {
    sink: StreamSink,
    close_on_error: bool,
    frame: Vec<u8>,
}

impl SocketHandler {
    /// The port that Python's documentation uses for this: `logging.handlers.DEFAULT_TCP_LOGGING_PORT`.
    pub const DEFAULT_PORT: u16 = 9020;

    /// A handler that sends to `port` of `host`.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(host: impl Into<String>, port: u16) -> Handler<Self> {
        Self::builder((host, port)).build()
    }

    /// A handler that sends to the Unix stream socket at `path`: what Python's is without a port.
    pub fn unix(path: impl AsRef<Path>) -> Handler<Self> {
        Self::builder(path.as_ref()).build()
    }

    /// A handler set up step by step.
    pub fn builder(address: impl Into<Address>) -> SocketHandlerBuilder {
        SocketHandlerBuilder {
            address: address.into(),
            timeout: Duration::from_secs(1),
            retry: Retry::default(),
            close_on_error: false,
        }
    }

    /// The peer's address. Python: `SocketHandler.address`.
    pub fn address(&self) -> &Address {
        self.sink.address()
    }

    /// Whether there is a connection, as far as is known.
    pub fn is_connected(&self) -> bool {
        self.sink.is_connected()
    }

    /// Appends the frame of `record` to `out`: length and pickle.
    ///
    /// # Errors
    ///
    /// The message cannot be made, or the record is too long for a frame: 4 GiB.
    ///
    /// Python: `SocketHandler.makePickle`.
    pub fn make_pickle(record: &Record<'_>, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        out.extend([0; 4]);
        let message = record.message();
        let mut pickler = DictPickler::new(out);
        attributes::visit(record, Value::Display(&message), Value::None, &mut |key, value| {
            pickler.item(key, value);
        })?;
        let finished = pickler.finish();
        let length = u32::try_from(out.len() - start - 4);
        let (Ok(()), Ok(length)) = (finished, length) else {
            // The likely cause is the message, which then says more.
            record.append_message(&mut String::new())?;
            return Err(Error::Invalid("the record cannot be pickled".to_owned()));
        };
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
        Ok(())
    }
}

impl Emit for SocketHandler {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.frame.clear();
        if let Err(error) = Self::make_pickle(event.record(), &mut self.frame) {
            if self.close_on_error {
                self.sink.disconnect();
                return Err(Error::Dropped("the record cannot be pickled"));
            }
            return Err(error);
        }
        let result = self.sink.write(&self.frame);
        shrink(&mut self.frame);
        if let Some(lost) = self.sink.take_lost() {
            event.report(lost);
        }
        result
    }

    fn close(&mut self) -> Result<()> {
        self.sink.close()
    }

    fn wants_text(&self) -> bool {
        false
    }
}

/// Gives back a buffer that one large record made grow.
pub(super) fn shrink(buffer: &mut Vec<u8>) {
    if buffer.capacity() > super::KEPT_CAPACITY {
        *buffer = Vec::new();
    }
}

/// Builds a [`SocketHandler`].
///
/// | setting | default |
/// |---|---|
/// | `timeout` | 1 second, for resolving, connecting and sending each |
/// | `retry` | [`Retry`]: after 1 second, twice that, and so on to 30 seconds |
/// | `close_on_error` | false |
#[derive(Clone, Debug)]
pub struct SocketHandlerBuilder {
    address: Address,
    timeout: Duration,
    retry: Retry,
    close_on_error: bool,
}

impl SocketHandlerBuilder {
    /// How long resolving the host's name, connecting, and sending a record may last, each.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// When a peer that is away is tried again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The first pause between attempts. Python: `SocketHandler.retryStart`.
    pub fn retry_start(mut self, start: Duration) -> Self {
        self.retry.start = start;
        self
    }

    /// The longest pause between attempts. Python: `SocketHandler.retryMax`.
    pub fn retry_max(mut self, max: Duration) -> Self {
        self.retry.max = max;
        self
    }

    /// By how much pauses grow. Python: `SocketHandler.retryFactor`.
    pub fn retry_factor(mut self, factor: f64) -> Self {
        self.retry.factor = factor;
        self
    }

    /// Whether a record that cannot be sent for a fault of its own closes the connection and counts as
    /// dropped, rather than being reported. Python: `SocketHandler.closeOnError`.
    pub fn close_on_error(mut self, close: bool) -> Self {
        self.close_on_error = close;
        self
    }

    /// The handler. Nothing is connected yet.
    pub fn build(self) -> Handler<SocketHandler> {
        Handler::new(SocketHandler {
            sink: StreamSink::new(self.address, self.timeout, self.retry),
            close_on_error: self.close_on_error,
            frame: Vec::new(),
        })
    }
}
