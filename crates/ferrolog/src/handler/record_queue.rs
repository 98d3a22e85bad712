//! The queue between the threads that log and the one that delivers.

mod block;
mod channel;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(super) use self::block::Block;
use self::channel::Channel;
pub(super) use self::channel::{GivenUp, Runner};

/// What happens to a record for which a queue has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// The thread that logs waits until there is room.
    ///
    /// It does not wait where nobody makes room, as no listener is running; nor where it is itself inside
    /// a handler, for which the listener may be waiting. Such a record is taken in excess of the capacity,
    /// up to a thousand of them; beyond that it is dropped.
    #[default]
    Block,
    /// As [`WhenFull::Block`], but no longer than this; then the record is dropped.
    BlockTimeout(Duration),
    /// The record is dropped.
    DropNewest,
    /// The record that has waited longest is dropped to make room.
    DropOldest,
}

/// A queue of records, bounded in their number and in their bytes; a handle, whose clones are one queue.
///
/// Any number of [`QueueHandler`](crate::QueueHandler)s put records in, and one
/// [`QueueListener`](crate::QueueListener) takes them out. Where records were dropped, the queue itself puts
/// one in their place that tells their number: a warning of the logger `ferrolog.queue`.
///
/// Python: the `queue.Queue` that `QueueHandler` and `QueueListener` share.
#[derive(Clone)]
pub struct RecordQueue(pub(super) Arc<Channel>);

impl RecordQueue {
    /// A queue for `capacity` records; a thread that finds it full waits.
    pub fn new(capacity: usize) -> Self {
        Self::builder().capacity(capacity).build()
    }

    /// A queue set up step by step.
    pub fn builder() -> RecordQueueBuilder {
        RecordQueueBuilder {
            capacity: 10_000,
            capacity_bytes: 64 * 1024 * 1024,
            when_full: WhenFull::Block,
        }
    }

    /// How many records the queue has room for, besides those that the listener is at.
    pub fn capacity(&self) -> usize {
        self.0.capacity
    }

    /// How many bytes of records the queue has room for.
    pub fn capacity_bytes(&self) -> usize {
        self.0.capacity_bytes
    }

    /// What happens to a record for which there is no room.
    pub fn when_full(&self) -> WhenFull {
        self.0.when_full
    }

    /// How many records are waiting. Python: `Queue.qsize`.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no record is waiting. Python: `Queue.empty`.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes the waiting records take.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

impl fmt::Debug for RecordQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordQueue")
            .field("len", &self.len())
            .field("capacity", &self.0.capacity)
            .field("capacity_bytes", &self.0.capacity_bytes)
            .field("when_full", &self.0.when_full)
            .finish()
    }
}

/// Builds a [`RecordQueue`].
///
/// | setting | default |
/// |---|---|
/// | `capacity` | 10 000 records |
/// | `capacity_bytes` | 64 MiB |
/// | `when_full` | [`WhenFull::Block`] |
///
/// One record is always taken, however small the capacity. The listener takes up to 256 records out at a
/// time; they do not count while it delivers them.
#[derive(Clone, Debug)]
pub struct RecordQueueBuilder {
    capacity: usize,
    capacity_bytes: usize,
    when_full: WhenFull,
}

impl RecordQueueBuilder {
    /// How many records the queue has room for.
    pub fn capacity(mut self, records: usize) -> Self {
        self.capacity = records;
        self
    }

    /// How many bytes of records the queue has room for.
    pub fn capacity_bytes(mut self, bytes: usize) -> Self {
        self.capacity_bytes = bytes;
        self
    }

    /// What happens to a record for which there is no room.
    pub fn when_full(mut self, policy: WhenFull) -> Self {
        self.when_full = policy;
        self
    }

    /// The queue.
    pub fn build(self) -> RecordQueue {
        RecordQueue(Channel::new(self.capacity, self.capacity_bytes, self.when_full))
    }
}
