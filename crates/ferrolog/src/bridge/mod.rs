//! Bridges: what others log, brought into the tree.

#[cfg(feature = "log")]
pub mod log;
pub(crate) mod panics;
#[cfg(any(feature = "log", feature = "tracing"))]
mod targets;
#[cfg(feature = "tracing")]
pub mod tracing;

/// The level of what `log` and `tracing` call trace: 5, named `TRACE` once a bridge is in use.
#[cfg(any(feature = "log", feature = "tracing"))]
pub const TRACE: crate::Level = crate::Level::new(5);
