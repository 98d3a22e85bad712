//! One configuration off a connection: four bytes of length, then as many of configuration.

use std::io::{self, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// A connection, as far as one is read from here.
pub(super) trait Sender: Read {
    /// How long the next read may wait.
    fn wait_at_most(&mut self, limit: Duration) -> io::Result<()>;
}

impl Sender for &TcpStream {
    fn wait_at_most(&mut self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))
    }
}

/// What the sender sends; nothing if the connection ends before anything came. It has until `timeout` for
/// all of it, and may send `max_bytes` at most.
pub(super) fn receive(
    mut sender: impl Sender,
    max_bytes: usize,
    timeout: Duration,
) -> Result<Option<Vec<u8>>> {
    let deadline = Instant::now() + timeout;
    let mut length = [0; 4];
    match fill(&mut sender, &mut length, deadline) {
        Ok(()) => {}
        Err(Short { received: 0, why: Why::End }) => return Ok(None),
        Err(short) => return Err(short.error("the length of a configuration", 4, timeout)),
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > max_bytes {
        return Err(Error::Invalid(format!(
            "a sender announced a configuration of {length} bytes, which is more than the {max_bytes} \
             allowed (is it preceded by its length in four bytes, the first of which counts most?)"
        )));
    }
    // Grows with what comes, and not by what is announced.
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let before = bytes.len();
        bytes.resize(length.min(before + 64 * 1024), 0);
        if let Err(short) = fill(&mut sender, &mut bytes[before..], deadline) {
            let short = Short { received: before + short.received, ..short };
            return Err(short.error("a configuration", length, timeout));
        }
    }
    Ok(Some(bytes))
}

/// Why less came than there should have been.
struct Short {
    received: usize,
    why: Why,
}

enum Why {
    End,
    Late,
    Broken(io::Error),
}

impl Short {
    fn error(self, what: &str, expected: usize, timeout: Duration) -> Error {
        let received = self.received;
        let got = format!("cannot receive {what}: got {received} of {expected} bytes");
        match self.why {
            Why::End => Error::Invalid(format!("{got}, then the sender closed the connection")),
            Why::Late => Error::Invalid(format!("{got} in {timeout:?}, and waited no longer")),
            Why::Broken(error) => Error::io(got)(error),
        }
    }
}

fn fill(
    sender: &mut impl Sender,
    buffer: &mut [u8],
    deadline: Instant,
) -> std::result::Result<(), Short> {
    let mut received = 0;
    while received < buffer.len() {
        let short = |why| Err(Short { received, why });
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return short(Why::Late);
        }
        if let Err(error) = sender.wait_at_most(left) {
            return short(Why::Broken(error));
        }
        match sender.read(&mut buffer[received..]) {
            Ok(0) => return short(Why::End),
            Ok(count) => received += count,
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return short(Why::Late),
                _ => return short(Why::Broken(error)),
            },
        }
    }
    Ok(())
}
