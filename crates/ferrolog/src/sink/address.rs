//! Where a network sink sends to.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use socket2::SockAddr;

/// The address of a peer: a host with a port, or the path of a Unix socket.
///
/// ```
/// use ferrolog::sink::Address;
///
/// assert_eq!(Address::from(("localhost", 514)).to_string(), "localhost:514");
/// assert_eq!(Address::from(("::1", 514)).to_string(), "[::1]:514");
/// assert_eq!(Address::from(std::path::Path::new("/dev/log")).to_string(), "/dev/log");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A host, by name or by number, and a port.
    Inet {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// The path of a Unix socket. Elsewhere than on Unix, every attempt to reach it fails.
    Unix(PathBuf),
}

impl Address {
    /// The socket addresses that this stands for, in the resolver's order. A name is asked for in a
    /// thread of its own, since the system's resolver knows no timeout.
    pub(super) fn resolve(&self, timeout: Duration) -> io::Result<Vec<SockAddr>> {
        let (host, port) = match self {
            Self::Inet { host, port } => (host.clone(), *port),
            Self::Unix(path) => return Ok(vec![SockAddr::unix(path)?]),
        };
        if let Ok(number) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(number, port).into()]);
        }
        let (tell, hear) = mpsc::channel();
        std::thread::Builder::new().name("ferrolog-resolver".to_owned()).spawn(move || {
            let found = (host.as_str(), port).to_socket_addrs().map(Vec::from_iter);
            // Nobody hears it if it came too late.
            let _ = tell.send(found);
        })?;
        let found = hear.recv_timeout(timeout).map_err(|_| {
            io::Error::new(io::ErrorKind::TimedOut, "the host's name was not resolved in time")
        })??;
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the host has no address"));
        }
        Ok(found.into_iter().map(SockAddr::from).collect())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Inet { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

impl<H: Into<String>> From<(H, u16)> for Address {
    fn from((host, port): (H, u16)) -> Self {
        Self::Inet { host: host.into(), port }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        (address.ip().to_string(), address.port()).into()
    }
}

impl From<PathBuf> for Address {
    fn from(path: PathBuf) -> Self {
        Self::Unix(path)
    }
}

impl From<&Path> for Address {
    fn from(path: &Path) -> Self {
        Self::Unix(path.to_owned())
    }
}
