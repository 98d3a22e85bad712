//! `Handler` and its subclasses, one file a class.

pub(crate) mod base;
pub(crate) mod failure;
pub(crate) mod file;
pub(crate) mod lock;
pub(crate) mod null;
pub(crate) mod stream;

pub(crate) use base::handle;
