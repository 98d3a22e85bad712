//! Handlers that take records from several threads at once, without the handler's lock: those that hold
//! records back and pass them on to other handlers.
//!
//! A thread that waits for room must not hold a lock that the thread which makes room may need.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Event;
use super::counts::Counters;
use crate::error::Result;
use crate::record::Record;

pub(crate) trait Unlocked: Send + Sync + 'static {
    /// Takes a record that is no more than plain values, so that nothing of others has to run for it; nothing, if it
    /// is more than that, or is to be changed on the way. Where it is dropped, says why. Does not panic, nor log.
    fn accept_plain(
        &self,
        record: &Record<'_>,
        entry: &Entry<'_>,
    ) -> Option<Result<(), &'static str>> {
        let _ = (record, entry);
        None
    }

    /// Takes one record, and sees to it that it is counted once its fate is known; an error is counted
    /// by the caller.
    fn accept(&self, event: &Event<'_>, entry: &Entry<'_>) -> Result<()>;

    /// Waits until no thread is about to take a record for a logger that has been left.
    fn settle(&self);

    /// Passes on what is held back.
    fn flush(&self) -> Result<()>;

    /// Passes on what is held back, or gives it up.
    fn close(&self) -> Result<()>;
}

/// How a record came in.
pub(crate) struct Entry<'a> {
    /// Whether the event's text was made, by a formatter of the handler's own.
    pub(super) laid_out: bool,
    pub(super) attached: Option<&'a AtomicBool>,
    pub(super) counts: &'a Arc<Counters>,
}

impl Entry<'_> {
    /// Whether the handler is still on the logger; asked under the lock that [`Unlocked::settle`] takes.
    pub(super) fn is_attached(&self) -> bool {
        self.attached.is_none_or(|attached| attached.load(Ordering::Acquire))
    }
}
