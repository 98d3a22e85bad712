//! The handler that sends records as datagrams.

use std::path::Path;
use std::time::Duration;

use super::socket::shrink;
use super::{Emit, Event, Handler, SocketHandler};
use crate::error::Result;
use crate::sink::{Address, DatagramSink, Retry};

/// Sends each record as one datagram, UDP or Unix, in the form that [`SocketHandler`] sends.
///
/// UDP does not tell whether a datagram arrived: such a record counts as delivered. A record that does
/// not fit into a datagram (65,507 bytes with UDP over IPv4) fails. A Unix socket whose receiver is away,
/// or does not read, is tried again as [`Retry`] says, and the records between are dropped and counted.
///
/// Of a host with several addresses the first IPv4 address is taken, as Python does.
///
/// ```
/// use ferrolog::{DatagramHandler, Level, Record};
///
/// let receiver = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// let handler = DatagramHandler::new("127.0.0.1", receiver.local_addr()?.port());
/// handler.handle(&Record::new("app", Level::INFO, "hello"));
/// let length = receiver.recv(&mut [0; 2048])?;
/// assert!(length > 100);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Python: `logging.handlers.DatagramHandler`.
#[derive(Debug)]
pub struct DatagramHandler {
    sink: DatagramSink,
    frame: Vec<u8>,
}

impl DatagramHandler {
    /// The port that Python's documentation uses for this: `logging.handlers.DEFAULT_UDP_LOGGING_PORT`.
    pub const DEFAULT_PORT: u16 = 9021;

    /// A handler that sends to the UDP `port` of `host`.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(host: impl Into<String>, port: u16) -> Handler<Self> {
        Self::builder((host, port)).build()
    }

    /// A handler that sends to the Unix datagram socket at `path`: what Python's is without a port.
    pub fn unix(path: impl AsRef<Path>) -> Handler<Self> {
        Self::builder(path.as_ref()).build()
    }

    /// A handler set up step by step.
    pub fn builder(address: impl Into<Address>) -> DatagramHandlerBuilder {
        DatagramHandlerBuilder {
            address: address.into(),
            timeout: Duration::from_secs(1),
            retry: Retry::default(),
        }
    }

    /// The receiver's address.
    pub fn address(&self) -> &Address {
        self.sink.address()
    }
}

impl Emit for DatagramHandler {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.frame.clear();
        SocketHandler::make_pickle(event.record(), &mut self.frame)?;
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

/// Builds a [`DatagramHandler`].
///
/// | setting | default |
/// |---|---|
/// | `timeout` | 1 second, for resolving and sending each |
/// | `retry` | [`Retry`]: after 1 second, twice that, and so on to 30 seconds |
#[derive(Clone, Debug)]
pub struct DatagramHandlerBuilder {
    address: Address,
    timeout: Duration,
    retry: Retry,
}

impl DatagramHandlerBuilder {
    /// How long resolving the host's name, and sending a record, may last, each.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// When a receiver that is away is tried again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The handler. The socket is not opened yet.
    pub fn build(self) -> Handler<DatagramHandler> {
        let sink = DatagramSink::new(self.address, self.timeout, self.retry);
        Handler::new(DatagramHandler { sink: sink.prefer_ipv4(), frame: Vec::new() })
    }
}
