//! Records that were logged from inside a handler to that handler, or to one that another thread has at the moment.
//!
//! Python's lock is reentrant and writes a record from inside in the middle of the outer one's delivery. Here
//! it waits for the outer one, and is delivered by the same thread before its logging call returns. So does one for
//! a handler that another thread has: that thread may be logging from inside it to the handler that this one has,
//! and both would wait for ever.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::busy::Busy;
use super::registry;
use crate::record::RecordOwned;

/// How many records may wait on one thread; a handler that logs for each record it delivers would
/// otherwise never come to an end.
const MOST: usize = 1000;

/// For what a record waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Until {
    /// That this thread has left the record's handler.
    Left,
    /// That this thread is in no handler, and may wait for the record's.
    Free,
}

struct Waiting {
    handler: u64,
    record: RecordOwned,
    until: Until,
}

impl Waiting {
    /// Whether it has to wait on.
    fn waits(&self) -> bool {
        match self.until {
            Until::Free => Busy::here(),
            Until::Left => {
                registry::by_id(self.handler).is_some_and(|handler| handler.0.is_held_here())
            }
        }
    }
}

#[derive(Default)]
struct Pending {
    waiting: VecDeque<Waiting>,
    /// Whether this thread is delivering what waits.
    delivering: bool,
    /// How many were delivered since the outermost call began.
    delivered: usize,
}

thread_local! {
    /// Whether there may be something in [`PENDING`], so that where there is not nothing else is asked.
    static ANY: Cell<bool> = const { Cell::new(false) };
    static PENDING: RefCell<Option<Box<Pending>>> = const { RefCell::new(None) };
}

/// Whether a record of this thread waits for the handler with this id: those behind it wait too.
pub(super) fn any_for(handler: u64) -> bool {
    let any = PENDING.try_with(|pending| {
        let pending = pending.borrow();
        pending
            .iter()
            .flat_map(|pending| &pending.waiting)
            .any(|waiting| waiting.handler == handler)
    });
    any == Ok(true)
}

/// Keeps `record` for the handler with this id.
pub(super) fn defer(handler: u64, record: RecordOwned, until: Until) {
    let kept = PENDING.try_with(|pending| {
        let mut pending = pending.borrow_mut();
        let pending = pending.get_or_insert_default();
        ANY.set(true);
        let room = pending.waiting.len() + pending.delivered < MOST;
        if room {
            pending.waiting.push_back(Waiting { handler, record, until });
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
    if ANY.get() {
        deliver_any();
    }
}

#[cold]
fn deliver_any() {
    // A thread that logs while it ends has nothing waiting any more.
    let any =
        PENDING.try_with(|pending| pending.try_borrow().is_ok_and(|pending| pending.is_some()));
    if any == Ok(true) {
        drain();
    }
}

fn drain() {
    loop {
        let next = PENDING.with(|pending| {
            let mut slot = pending.borrow_mut();
            let pending = slot.as_mut()?;
            if pending.delivering || pending.waiting.iter().any(Waiting::waits) {
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
                    ANY.set(false);
                    None
                }
            }
        });
        let Some(Waiting { handler, record, .. }) = next else { return };
        if let Some(handler) = registry::by_id(handler) {
            handler.emit(&record.as_record(), None);
        }
        PENDING.with(|pending| {
            if let Some(pending) = pending.borrow_mut().as_mut() {
                pending.delivering = false;
            }
        });
    }
}
