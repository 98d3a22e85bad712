//! Records that were logged to a handler from inside that handler, on the thread that holds its lock.
//!
//! Python's lock is reentrant and writes such a record in the middle of the outer one's delivery. Here
//! it waits for the outer one, and is delivered by the same thread before its logging call returns.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::registry;
use crate::record::RecordOwned;

/// How many records may wait on one thread; a handler that logs for each record it delivers would
/// otherwise never come to an end.
const MOST: usize = 1000;

#[derive(Default)]
struct Pending {
    waiting: VecDeque<(u64, RecordOwned)>,
    /// Whether this thread is delivering what waits.
    delivering: bool,
    /// How many were delivered since the outermost call began.
    delivered: usize,
}

thread_local! {
    static PENDING: RefCell<Option<Box<Pending>>> = const { RefCell::new(None) };
}

/// Keeps `record` until the lock of the handler with this id is free.
pub(super) fn defer(handler: u64, record: RecordOwned) {
    let kept = PENDING.try_with(|pending| {
        let mut pending = pending.borrow_mut();
        let pending = pending.get_or_insert_default();
        let room = pending.waiting.len() + pending.delivered < MOST;
        if room {
            pending.waiting.push_back((handler, record));
        }
        room
    });
    if kept != Ok(true)
        && let Some(handler) = registry::by_id(handler)
    {
        handler.0.counts.failed();
    }
}

/// Delivers what waits, if this is the outermost delivery of the thread.
#[inline]
pub(super) fn deliver() {
    // A thread that logs while it ends has nothing waiting any more.
    let any =
        PENDING.try_with(|pending| pending.try_borrow().is_ok_and(|pending| pending.is_some()));
    if any == Ok(true) {
        drain();
    }
}

#[cold]
fn drain() {
    loop {
        let next = PENDING.with(|pending| {
            let mut slot = pending.borrow_mut();
            let pending = slot.as_mut()?;
            let busy = |(id, _): &(u64, RecordOwned)| {
                registry::by_id(*id).is_some_and(|handler| handler.0.is_held_here())
            };
            if pending.delivering || pending.waiting.iter().any(busy) {
                return None;
            }
            match pending.waiting.pop_front() {
                Some(next) => {
                    pending.delivering = true;
                    pending.delivered += 1;
                    Some(next)
                }
                None => {
                    *slot = None;
                    None
                }
            }
        });
        let Some((id, record)) = next else { return };
        if let Some(handler) = registry::by_id(id) {
            handler.emit(&record.as_record(), None);
        }
        PENDING.with(|pending| {
            if let Some(pending) = pending.borrow_mut().as_mut() {
                pending.delivering = false;
            }
        });
    }
}
