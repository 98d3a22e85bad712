//! Sinks: bytes out. They know nothing of records; rotation, reopening and reconnecting are theirs.

#[cfg(feature = "net")]
mod address;
#[cfg(feature = "net")]
mod datagram_socket;
mod encoding;
mod file;
mod retry;
#[cfg(feature = "net")]
mod socket;
#[cfg(feature = "net")]
mod stream_socket;
mod watch;

#[cfg(feature = "net")]
pub use address::Address;
#[cfg(feature = "net")]
pub use datagram_socket::DatagramSink;
pub use encoding::{Encoding, EncodingErrors};
pub use file::{FileMode, FileSink};
pub use retry::{Backoff, Retry};
#[cfg(feature = "net")]
pub use socket::{SocketKind, SocketSink};
#[cfg(feature = "net")]
pub use stream_socket::StreamSink;
pub use watch::Watch;
