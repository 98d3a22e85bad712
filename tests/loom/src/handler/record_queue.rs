//! A queue as the crate's files see it.

#[path = "../../../../crates/ferrolog/src/handler/record_queue/block.rs"]
#[allow(dead_code, reason = "not all of it is called")]
pub(super) mod block;
#[path = "../../../../crates/ferrolog/src/handler/record_queue/channel.rs"]
#[allow(dead_code, reason = "not all of it is called")]
pub(super) mod channel;

#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "no time passes")]
pub(crate) enum WhenFull {
    Block,
    BlockTimeout(std::time::Duration),
    DropNewest,
    DropOldest,
}

pub(super) fn channel(capacity: usize, when_full: WhenFull) -> crate::sync::Arc<channel::Channel> {
    channel::Channel::new(capacity, usize::MAX, when_full)
}

pub(super) fn len(channel: &channel::Channel) -> usize {
    channel.len()
}
