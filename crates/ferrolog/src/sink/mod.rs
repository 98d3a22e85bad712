//! Sinks: bytes out. They know nothing of records; rotation, reopening and reconnecting are theirs.

mod file;

pub use file::{FileMode, FileSink};
