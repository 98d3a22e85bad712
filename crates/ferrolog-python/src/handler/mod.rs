//! `Handler` and its subclasses, one file a class.

pub(crate) mod base;
pub(crate) mod failure;
pub(crate) mod fifo;
pub(crate) mod file;
pub(crate) mod listener;
pub(crate) mod lock;
pub(crate) mod memory;
mod module;
pub(crate) mod null;
pub(crate) mod path;
pub(crate) mod queue;
pub(crate) mod rotating;
pub(crate) mod socket;
pub(crate) mod stream;
pub(crate) mod syslog;
pub(crate) mod timed;
pub(crate) mod watched;

pub(crate) use base::handle;
pub(crate) use module::{HandlersGlobals, Module};
