//! Bytes into a datagram socket, UDP or Unix.

use std::io;
use std::time::{Duration, Instant};

use socket2::{SockAddr, Socket, Type};

use super::stream_socket::{NO_SIGNAL, is_timeout};
use super::{Address, Backoff, Retry};
use crate::error::{Error, Result};

/// A datagram socket that is opened when it is needed, and anew when sending failed.
///
/// Each `write` is one datagram. UDP tells nobody whether it arrived; on a Unix socket a missing receiver
/// is noticed, and one that does not read makes the sender wait, here at most for the timeout. While the
/// receiver is away, attempts are made as [`Retry`] says, and what is written between them is dropped and
/// counted. The host's name is resolved when the socket is opened.
#[derive(Debug)]
pub struct DatagramSink {
    address: Address,
    timeout: Duration,
    prefer_ipv4: bool,
    backoff: Backoff,
    socket: Option<(Socket, SockAddr)>,
}

impl DatagramSink {
    /// A sink to `address`. The socket is not opened yet.
    pub fn new(address: Address, timeout: Duration, retry: Retry) -> Self {
        Self { address, timeout, prefer_ipv4: false, backoff: Backoff::new(retry), socket: None }
    }

    /// The same sink, sending to the first IPv4 address of a host that has several addresses, rather
    /// than to the first of all.
    pub fn prefer_ipv4(mut self) -> Self {
        self.prefer_ipv4 = true;
        self
    }

    /// The receiver's address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whether the socket is open.
    pub fn is_open(&self) -> bool {
        self.socket.is_some()
    }

    /// Whether a `write` would be tried: the socket is open, or the next attempt is due.
    pub fn is_due(&self) -> bool {
        self.socket.is_some() || self.backoff.is_due()
    }

    /// Sends `bytes` as one datagram, opening the socket if need be.
    ///
    /// # Errors
    ///
    /// The bytes are too many for a datagram, or the receiver could not be reached or did not take them
    /// in time; or [`Error::Dropped`], while the next attempt is not due.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if let Some((socket, address)) = &self.socket {
            match send(socket, address, bytes, self.timeout) {
                Ok(()) => return Ok(()),
                Err(error) if is_timeout(&error) => return Err(self.failed(error)),
                Err(error) if is_too_long(&error) => return Err(self.too_long(bytes, error)),
                Err(_) => self.socket = None,
            }
        }
        if !self.backoff.is_due() {
            return Err(self.backoff.drop());
        }
        let (socket, address) = self.open().map_err(|error| self.failed(error))?;
        match send(&socket, &address, bytes, self.timeout) {
            Ok(()) => {}
            Err(error) if is_too_long(&error) => return Err(self.too_long(bytes, error)),
            Err(error) => return Err(self.failed(error)),
        }
        self.socket = Some((socket, address));
        self.backoff.succeeded();
        Ok(())
    }

    /// How many writes were lost while the receiver was away; once it is back, and once only.
    pub fn take_lost(&mut self) -> Option<Error> {
        let count = self.backoff.take_lost();
        self.lost(count)
    }

    /// Closes the socket. A later `write` opens a new one.
    pub fn disconnect(&mut self) {
        self.socket = None;
    }

    /// Closes the socket for good; an error tells what was lost and not told of yet.
    ///
    /// # Errors
    ///
    /// [`Error::Lost`].
    pub fn close(&mut self) -> Result<()> {
        self.socket = None;
        let count = self.backoff.take_all_lost();
        self.lost(count).map_or(Ok(()), Err)
    }

    /// How many writes were lost and not told of yet.
    pub(super) fn take_all_lost(&mut self) -> u64 {
        self.backoff.take_all_lost()
    }

    fn lost(&self, count: u64) -> Option<Error> {
        (count > 0).then(|| Error::Lost { peer: self.address.to_string(), count })
    }

    fn failed(&mut self, error: io::Error) -> Error {
        self.socket = None;
        self.backoff.failed();
        Error::io(format!("cannot send to {}", self.address))(error)
    }

    /// The fault is the record's, not the receiver's.
    fn too_long(&self, bytes: &[u8], error: io::Error) -> Error {
        Error::io(format!("cannot send {} bytes in one datagram to {}", bytes.len(), self.address))(
            error,
        )
    }

    fn open(&self) -> io::Result<(Socket, SockAddr)> {
        let mut addresses = self.address.resolve(self.timeout)?;
        let ipv4 = addresses.iter().position(SockAddr::is_ipv4).filter(|_| self.prefer_ipv4);
        let address = addresses.swap_remove(ipv4.unwrap_or(0));
        let socket = Socket::new(address.domain(), Type::DGRAM, None)?;
        socket.set_write_timeout(Some(self.timeout))?;
        Ok((socket, address))
    }
}

/// Sends `bytes`; `timeout` is that of the socket, and holds however often a signal interrupts.
fn send(socket: &Socket, address: &SockAddr, bytes: &[u8], timeout: Duration) -> io::Result<()> {
    let deadline = Instant::now() + timeout;
    loop {
        match socket.send_to_with_flags(bytes, address, NO_SIGNAL) {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            Err(_) if Instant::now() >= deadline => return Err(io::ErrorKind::TimedOut.into()),
            Err(_) => {}
        }
    }
}

fn is_too_long(error: &io::Error) -> bool {
    #[cfg(unix)]
    const TOO_LONG: i32 = libc::EMSGSIZE;
    #[cfg(not(unix))]
    const TOO_LONG: i32 = 10040;
    error.raw_os_error() == Some(TOO_LONG)
}
