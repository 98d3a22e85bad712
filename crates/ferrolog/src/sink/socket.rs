//! Bytes into a socket of either kind.

use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::{Address, DatagramSink, Retry, StreamSink};
use crate::error::{Error, Result};

/// The kind of a socket. Python: `socktype`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SocketKind {
    /// Whole messages, UDP or Unix: Python's `SOCK_DGRAM`.
    Datagram,
    /// A connection, TCP or Unix: Python's `SOCK_STREAM`.
    Stream,
}

/// A socket of either kind; on a Unix socket, of the kind that is found there.
#[derive(Debug)]
pub struct SocketSink {
    /// Nothing as long as it is not known.
    kind: Option<SocketKind>,
    timeout: Duration,
    datagram: DatagramSink,
    stream: StreamSink,
}

impl SocketSink {
    /// A sink to `address`. Without a `kind`, a host is sent datagrams, and a Unix socket what it takes,
    /// datagrams if it takes them; that is found out with the first write that reaches it.
    pub fn new(
        address: Address,
        kind: Option<SocketKind>,
        timeout: Duration,
        retry: Retry,
    ) -> Self {
        let kind = match address {
            Address::Inet { .. } => Some(kind.unwrap_or(SocketKind::Datagram)),
            Address::Unix(_) => kind,
        };
        Self {
            kind,
            timeout,
            datagram: DatagramSink::new(address.clone(), timeout, retry),
            stream: StreamSink::new(address, timeout, retry),
        }
    }

    /// The peer's address.
    pub fn address(&self) -> &Address {
        self.stream.address()
    }

    /// The kind of the socket, as far as it is known.
    pub fn kind(&self) -> Option<SocketKind> {
        self.kind
    }

    /// Finds out the kind of the socket, unless it is known; supposes datagrams where nobody listens.
    pub fn find_kind(&mut self) -> SocketKind {
        if self.kind.is_none() && self.datagram.is_due() {
            self.kind = [SocketKind::Datagram, SocketKind::Stream]
                .into_iter()
                .find(|kind| takes(self.stream.address(), *kind, self.timeout));
        }
        self.kind.unwrap_or(SocketKind::Datagram)
    }

    /// Writes `bytes`, as one datagram or into the connection.
    ///
    /// # Errors
    ///
    /// Those of [`DatagramSink::write`] and [`StreamSink::write`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self.find_kind() {
            SocketKind::Datagram => self.datagram.write(bytes),
            SocketKind::Stream => self.stream.write(bytes),
        }
    }

    /// How many writes were lost while the peer was away; once it is back, and once only.
    pub fn take_lost(&mut self) -> Option<Error> {
        if self.kind == Some(SocketKind::Stream) {
            self.stream.absorb_lost(self.datagram.take_all_lost());
        }
        self.stream.take_lost().or_else(|| self.datagram.take_lost())
    }

    /// Closes the socket for good; an error tells what was lost and not told of yet.
    ///
    /// # Errors
    ///
    /// [`Error::Lost`].
    pub fn close(&mut self) -> Result<()> {
        self.stream.close().and(self.datagram.close())
    }
}

/// Whether a Unix socket of this kind listens at `address`.
fn takes(address: &Address, kind: SocketKind, timeout: Duration) -> bool {
    let Address::Unix(path) = address else { return false };
    let kind = match kind {
        SocketKind::Datagram => Type::DGRAM,
        SocketKind::Stream => Type::STREAM,
    };
    let connect = || {
        let socket = Socket::new(Domain::UNIX, kind, None)?;
        socket.set_write_timeout(Some(timeout))?;
        socket.connect(&SockAddr::unix(path)?)
    };
    connect().is_ok()
}
