//! Bytes into a stream socket, TCP or Unix.

use std::io;
use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use super::{Address, Backoff, Retry};
use crate::error::{Error, Result};

/// A connection that is made when it is needed, and made anew when the peer comes back.
///
/// What is written has been handed to the operating system when [`write`](StreamSink::write) returns;
/// the peer may still not have read it. A connection that broke is replaced at once, so that a peer which
/// was restarted misses nothing that was written since; while the peer cannot be reached, attempts are
/// made as [`Retry`] says, and what is written between them is dropped and counted.
#[derive(Debug)]
pub struct StreamSink {
    address: Address,
    timeout: Duration,
    backoff: Backoff,
    connection: Option<Connection>,
}

#[derive(Debug)]
struct Connection {
    socket: Socket,
    /// The process that made the connection: a child must not write into the midst of its parent's.
    process: u32,
}

impl StreamSink {
    /// A sink to `address`. The `timeout` holds for each step of a `write`:
    /// resolving the host's name, connecting, sending. The connection is not made yet.
    pub fn new(address: Address, timeout: Duration, retry: Retry) -> Self {
        Self { address, timeout, backoff: Backoff::new(retry), connection: None }
    }

    /// The peer's address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whether there is a connection, as far as is known.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Writes `bytes`, connecting if need be.
    ///
    /// # Errors
    ///
    /// The peer could not be reached, or did not take the bytes in time; or [`Error::Dropped`], while the
    /// next attempt is not due. Either way the bytes are lost to the peer, whole or from some point on.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if let Some(connection) = self.connection.take_if(|connection| connection.is_usable()) {
            match send_all(&connection.socket, bytes, self.timeout) {
                Ok(()) => {
                    self.connection = Some(connection);
                    return Ok(());
                }
                // It would make the next one wait as well.
                Err(error) if is_timeout(&error) => return Err(self.failed("send to", error)),
                Err(_) => {}
            }
        }
        self.connection = None;
        if !self.backoff.is_due() {
            return Err(self.backoff.drop());
        }
        let socket = self.connect().map_err(|error| self.failed("connect to", error))?;
        let sent = send_all(&socket, bytes, self.timeout);
        sent.map_err(|error| self.failed("send to", error))?;
        self.connection = Some(Connection { socket, process: std::process::id() });
        self.backoff.succeeded();
        Ok(())
    }

    /// How many writes were lost while the peer was away; once it is back, and once only.
    pub fn take_lost(&mut self) -> Option<Error> {
        let count = self.backoff.take_lost();
        self.lost(count)
    }

    /// Closes the connection. A later `write` makes a new one.
    pub fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Closes the connection for good; an error tells what was lost and not told of yet.
    ///
    /// # Errors
    ///
    /// [`Error::Lost`].
    pub fn close(&mut self) -> Result<()> {
        self.connection = None;
        let count = self.backoff.take_all_lost();
        self.lost(count).map_or(Ok(()), Err)
    }

    /// Takes over what was lost before it was known that the peer wants a stream.
    pub(super) fn absorb_lost(&mut self, count: u64) {
        self.backoff.absorb_lost(count);
    }

    fn lost(&self, count: u64) -> Option<Error> {
        (count > 0).then(|| Error::Lost { peer: self.address.to_string(), count })
    }

    fn failed(&mut self, what: &str, error: io::Error) -> Error {
        self.backoff.failed();
        Error::io(format!("cannot {what} {}", self.address))(error)
    }

    fn connect(&self) -> io::Result<Socket> {
        let addresses = self.address.resolve(self.timeout)?;
        let deadline = Instant::now() + self.timeout;
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in &addresses {
            let left = deadline.saturating_duration_since(Instant::now());
            match connect(address, left) {
                Ok(socket) => {
                    socket.set_write_timeout(Some(self.timeout))?;
                    return Ok(socket);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

impl Connection {
    /// Whether the connection is this process's and the peer has not closed it. What was sent into a
    /// connection that the peer has closed would be lost without an error, hence the look.
    fn is_usable(&self) -> bool {
        self.process == std::process::id() && !is_closed_by_peer(&self.socket)
    }
}

#[cfg(unix)]
fn is_closed_by_peer(socket: &Socket) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    match socket.recv_with_flags(&mut byte, libc::MSG_PEEK | libc::MSG_DONTWAIT) {
        Ok(count) => count == 0,
        Err(error) => !is_timeout(&error),
    }
}

#[cfg(not(unix))]
fn is_closed_by_peer(socket: &Socket) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    let seen = socket.set_nonblocking(true).and_then(|()| socket.peek(&mut byte));
    let usable = match seen {
        Ok(count) => count > 0,
        Err(error) => is_timeout(&error),
    };
    !(usable && socket.set_nonblocking(false).is_ok())
}

fn connect(address: &SockAddr, timeout: Duration) -> io::Result<Socket> {
    if timeout.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let socket = Socket::new(address.domain(), Type::STREAM, None)?;
    if address.domain() == Domain::UNIX {
        // Such a socket waits for room in the listener's queue no longer than for sending.
        socket.set_write_timeout(Some(timeout))?;
        socket.connect(address)?;
    } else {
        socket.connect_timeout(address, timeout)?;
        socket.set_tcp_nodelay(true)?;
    }
    Ok(socket)
}

/// Where writing to a closed socket would raise a signal, it is told not to.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(super) const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(super) const NO_SIGNAL: i32 = 0;

/// Sends all of `bytes`; `timeout` is that of the socket, and holds for the whole.
fn send_all(socket: &Socket, mut bytes: &[u8], timeout: Duration) -> io::Result<()> {
    let deadline = Instant::now() + timeout;
    let mut narrowed = false;
    loop {
        match socket.send_with_flags(bytes, NO_SIGNAL) {
            Ok(0) if !bytes.is_empty() => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) => return Err(error),
        }
        if bytes.is_empty() {
            break;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        socket.set_write_timeout(Some(left))?;
        narrowed = true;
    }
    if narrowed {
        socket.set_write_timeout(Some(timeout))?;
    }
    Ok(())
}

/// A timeout of a socket shows as either of these, depending on the system.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// What a forked child sees: a connection that another process made.
    #[test]
    fn another_processs_connection_is_left_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut sink = StreamSink::new(address.into(), Duration::from_secs(5), Retry::default());
        sink.write(b"parent").unwrap();
        sink.connection.as_mut().unwrap().process = 0;
        sink.write(b"child").unwrap();
        assert_eq!(sink.connection.as_ref().unwrap().process, std::process::id());
        sink.close().unwrap();
        for expected in ["parent", "child"] {
            let text = io::read_to_string(listener.accept().unwrap().0).unwrap();
            assert_eq!(text, expected);
        }
    }

    /// However small the room that the peer makes, the whole is sent, once.
    #[test]
    fn a_slow_reader_gets_all_of_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let reader = std::thread::spawn(move || {
            let mut connection = listener.accept().unwrap().0;
            let mut bytes = Vec::<u8>::new();
            let mut part = [0; 60_000];
            loop {
                match io::Read::read(&mut connection, &mut part).unwrap() {
                    0 => return bytes,
                    count => bytes.extend(&part[..count]),
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let mut sink = StreamSink::new(address.into(), Duration::from_secs(20), Retry::default());
        let bytes: Vec<u8> = (0..8_000_000_u32).map(|n| (n % 251) as u8).collect();
        sink.write(&bytes).unwrap();
        sink.write(b"end").unwrap();
        sink.close().unwrap();
        let received = reader.join().unwrap();
        assert!(received == [&bytes[..], b"end"].concat());
    }
}
