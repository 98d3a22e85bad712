//! Bridges: what others log, brought into the tree.

#[cfg(feature = "log")]
pub mod log;
