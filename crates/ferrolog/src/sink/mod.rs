//! Sinks: bytes out. They know nothing of records; rotation, reopening and reconnecting are theirs.

#[cfg(feature = "net")]
mod address;
mod clock;
#[cfg(feature = "net")]
mod datagram_socket;
mod encoding;
mod file;
mod held_lines;
mod retry;
mod rotation;
#[cfg(feature = "net")]
mod socket;
#[cfg(feature = "net")]
mod stream_socket;
mod turn;
mod watch;

#[cfg(feature = "net")]
pub use address::Address;
#[doc(hidden)]
pub use clock::Clock;
#[cfg(feature = "net")]
pub use datagram_socket::DatagramSink;
pub use encoding::{Encoding, EncodingErrors};
pub use file::{FileMode, FileSink, OpenSettings};
pub use retry::{Backoff, Retry};
pub use rotation::{Backups, Namer, Numbered, Rotator, Schedule, SizeLimit, Timed, When};
#[cfg(feature = "net")]
pub use socket::{SocketKind, SocketSink};
#[cfg(feature = "net")]
pub use stream_socket::StreamSink;
pub use turn::{Turn, Turns};
pub use watch::Watch;
