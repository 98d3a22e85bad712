//! The inside of a queue: a ring under a lock, which is held for a few instructions at a time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::WhenFull;
use crate::error::{Error, Result};
use crate::handler::busy::Busy;
use crate::handler::counts::Counters;
use crate::handler::unlocked::Entry;
use crate::level::Level;
use crate::record::{Record, RecordOwned, current_thread_id};

/// How many records may be in excess of the capacity, where a thread must not wait.
const EXCESS: usize = 1000;

/// How many records the listener takes at a time.
const BATCH: usize = 64;

/// How many records may wait, and what comes of those beyond.
pub(in crate::handler) struct Channel {
    pub(super) capacity: usize,
    pub(super) capacity_bytes: usize,
    pub(super) when_full: WhenFull,
    state: Mutex<State>,
    /// Told when there is something for the listener to do.
    work: Condvar,
    /// Told when there may be room.
    room: Condvar,
    /// Told when records have been dealt with, or a listener has ended.
    progress: Condvar,
    /// Whether anybody waits for progress.
    watched: AtomicBool,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    bytes: usize,
    /// The number of the record that came last, dropped or not; they are counted from 1.
    last: u64,
    /// The number of the first record that the listener has taken and not dealt with yet.
    taken: Option<u64>,
    /// How many records were dropped after the last one that is in the queue.
    lost: u64,
    listening: bool,
    /// The listener's thread.
    listener: u64,
    /// Up to which record the listener is to go on before it ends.
    end: Option<u64>,
    listener_sleeps: bool,
    blocked: usize,
    watchers: usize,
}

pub(in crate::handler) struct Item {
    number: u64,
    bytes: usize,
    /// How many records were dropped just before this one.
    lost: u64,
    record: RecordOwned,
    counts: Arc<Counters>,
}

impl State {
    /// The record up to which all have been dealt with.
    fn done(&self) -> u64 {
        let first = self.taken.or_else(|| self.items.front().map(|item| item.number));
        // That records were dropped is yet to be told, too.
        first.map_or(self.last - self.lost, |first| first - 1)
    }

    /// Counts a record that is dropped before it is in the queue.
    fn lose(&mut self) {
        self.last += 1;
        self.lost += 1;
    }
}

/// Whether the listener may be waiting for this thread, or is this thread.
fn must_not_wait(state: &State) -> bool {
    Busy::here() || state.listener == current_thread_id()
}

impl Channel {
    pub(super) fn new(capacity: usize, capacity_bytes: usize, when_full: WhenFull) -> Self {
        Self {
            capacity,
            capacity_bytes,
            when_full,
            state: Mutex::default(),
            work: Condvar::new(),
            room: Condvar::new(),
            progress: Condvar::new(),
            watched: AtomicBool::new(false),
        }
    }

    /// How many records wait.
    pub(super) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// About how many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No foreign code runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_full(&self, state: &State, bytes: usize) -> bool {
        // One record is taken however large it is.
        !state.items.is_empty()
            && (state.items.len() >= self.capacity
                || state.bytes.saturating_add(bytes) > self.capacity_bytes)
    }

    /// Whether a record would be dropped in any case: then it need not even be made.
    pub(in crate::handler) fn refuses(&self) -> bool {
        self.when_full == WhenFull::DropNewest && {
            let mut state = self.lock();
            let full = self.is_full(&state, 0);
            if full {
                state.lose();
            }
            full
        }
    }

    /// Puts a record in.
    pub(in crate::handler) fn put(&self, record: RecordOwned, entry: &Entry<'_>) -> Result<()> {
        let bytes = record.size();
        let mut state = self.lock();
        if self.is_full(&state, bytes) {
            state = self.make_room(state, bytes)?;
        }
        if !entry.is_attached() {
            return Ok(());
        }
        state.last += 1;
        state.bytes += bytes;
        let lost = std::mem::take(&mut state.lost);
        let (number, counts) = (state.last, Arc::clone(entry.counts));
        state.items.push_back(Item { number, bytes, lost, record, counts });
        self.wake(state);
        Ok(())
    }

    /// Does what the policy says; an error, if there is no room for `bytes` then.
    fn make_room<'s>(
        &self,
        mut state: MutexGuard<'s, State>,
        bytes: usize,
    ) -> Result<MutexGuard<'s, State>> {
        let why = match self.when_full {
            WhenFull::DropOldest => {
                self.evict(&mut state, bytes);
                return Ok(state);
            }
            WhenFull::DropNewest => "the queue is full",
            WhenFull::Block | WhenFull::BlockTimeout(_) if must_not_wait(&state) => {
                if state.items.len() < self.capacity.saturating_add(EXCESS) {
                    return Ok(state);
                }
                "the queue is full, and this thread must not wait"
            }
            WhenFull::Block => {
                state = self.wait_for_room(state, bytes, None);
                "the queue is full, and has no listener"
            }
            WhenFull::BlockTimeout(limit) => {
                // A time beyond all clocks is no limit.
                state = self.wait_for_room(state, bytes, Instant::now().checked_add(limit));
                "the queue is still full"
            }
        };
        if self.is_full(&state, bytes) {
            state.lose();
            return Err(Error::Dropped(why));
        }
        Ok(state)
    }

    /// Wakes the listener, if it sleeps.
    fn wake(&self, mut state: MutexGuard<'_, State>) {
        if std::mem::take(&mut state.listener_sleeps) {
            drop(state);
            self.work.notify_one();
        }
    }

    fn wait_for_room<'s>(
        &self,
        mut state: MutexGuard<'s, State>,
        bytes: usize,
        deadline: Option<Instant>,
    ) -> MutexGuard<'s, State> {
        state.blocked += 1;
        while state.listening && self.is_full(&state, bytes) {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let waited = self.room.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.room.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        state.blocked -= 1;
        state
    }

    /// Makes room for `bytes` at the cost of those that have waited longest.
    fn evict(&self, state: &mut State, bytes: usize) {
        while self.is_full(state, bytes) {
            let Some(item) = state.items.pop_front() else { return };
            item.counts.dropped();
            state.bytes -= item.bytes;
            let lost = item.lost + 1;
            match state.items.front_mut() {
                Some(next) => next.lost += lost,
                None => state.lost += lost,
            }
        }
        self.report_progress(state);
    }

    fn report_progress(&self, state: &State) {
        if state.watchers > 0 {
            self.progress.notify_all();
        }
    }

    pub(in crate::handler) fn settle(&self) {
        drop(self.lock());
    }

    /// Waits until `until`, but not beyond `deadline`, and not where waiting would be for ever. Says
    /// whether it came to be.
    fn watch(&self, deadline: Option<Instant>, until: impl Fn(&State) -> bool) -> bool {
        let mut state = self.lock();
        state.watchers += 1;
        self.watched.store(true, Ordering::SeqCst);
        while !until(&state) && state.listening {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let waited = self.progress.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.progress.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        state.watchers -= 1;
        self.watched.store(state.watchers > 0, Ordering::SeqCst);
        until(&state)
    }

    /// Waits until all that is in the queue now has been dealt with, unless this thread is inside a
    /// handler. Without a listener, or beyond the deadline, it gives up, and says how many wait.
    pub(in crate::handler) fn flush(&self, deadline: Option<Instant>) -> Result<(), usize> {
        let state = self.lock();
        if must_not_wait(&state) {
            return Ok(());
        }
        let last = state.last;
        drop(state);
        if self.watch(deadline, |state| state.done() >= last) { Ok(()) } else { Err(self.len()) }
    }

    /// Whether nothing waits and nothing is being delivered.
    pub(in crate::handler) fn is_done(&self) -> bool {
        let state = self.lock();
        state.done() >= state.last
    }

    /// Gives up all that is waiting, unless this thread is the listener, or what the listener waits for.
    pub(in crate::handler) fn give_up(&self) -> usize {
        let mut state = self.lock();
        if state.listening && must_not_wait(&state) {
            return 0;
        }
        let items = std::mem::take(&mut state.items);
        state.bytes = 0;
        self.report_progress(&state);
        drop(state);
        items.iter().for_each(|item| item.counts.dropped());
        items.len()
    }

    /// Says that a listener begins; false, if there is one.
    pub(in crate::handler) fn begin(&self) -> bool {
        let mut state = self.lock();
        let free = !std::mem::replace(&mut state.listening, true);
        if free {
            state.end = None;
        }
        free
    }

    /// Says that this thread is the listener's.
    pub(in crate::handler) fn listen_here(&self) {
        self.lock().listener = current_thread_id();
    }

    /// Whether this thread is the listener's.
    pub(in crate::handler) fn is_listener_here(&self) -> bool {
        self.lock().listener == current_thread_id()
    }

    /// Says that the listener has ended.
    pub(in crate::handler) fn ended(&self) {
        let mut state = self.lock();
        state.listening = false;
        state.listener = 0;
        state.taken = None;
        drop(state);
        self.progress.notify_all();
        self.room.notify_all();
    }

    /// Tells the listener to end once it has dealt with all that is in the queue now.
    pub(in crate::handler) fn end(&self) {
        let mut state = self.lock();
        let last = state.last;
        state.end.get_or_insert(last);
        self.wake(state);
    }

    /// Waits until the listener has ended; says whether it has.
    pub(in crate::handler) fn wait_for_end(&self, deadline: Option<Instant>) -> bool {
        self.watch(deadline, |state| !state.listening)
    }

    /// The next records for the listener, in `batch`, which is empty before, or how many records were
    /// dropped; waits for either. Nothing when the listener is to end.
    pub(in crate::handler) fn take(&self, batch: &mut VecDeque<Item>) -> Option<Lost> {
        let mut state = self.lock();
        state.taken = None;
        self.report_progress(&state);
        while state.items.is_empty() {
            if state.lost > 0 {
                let lost = std::mem::take(&mut state.lost);
                state.taken = Some(state.last - lost + 1);
                return Some(Lost(lost));
            }
            if state.end.is_some() {
                return None;
            }
            state.listener_sleeps = true;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        // Those that handlers log while they deliver the last ones are delivered too, up to a point.
        let first = state.items.front().map_or(0, |item| item.number);
        if state.end.is_some_and(|end| first > end.saturating_add(EXCESS as u64)) {
            return None;
        }
        let count = state.items.len().min(BATCH);
        batch.extend(state.items.drain(..count));
        state.bytes -= batch.iter().map(|item| item.bytes).sum::<usize>();
        state.taken = Some(first);
        if state.blocked > 0 {
            self.room.notify_all();
        }
        Some(Lost(0))
    }

    /// Says that the listener has dealt with `item`, if anybody wants to know.
    pub(in crate::handler) fn finished(&self, item: &Item) {
        item.counts.passed_on();
        if self.watched.load(Ordering::SeqCst) {
            let mut state = self.lock();
            state.taken = Some(item.number + 1);
            self.report_progress(&state);
        }
    }
}

/// How many records were dropped.
pub(in crate::handler) struct Lost(u64);

impl Lost {
    /// The record that tells of it, if there is anything to tell.
    pub(in crate::handler) fn tell(&self, tell: impl FnOnce(&Record<'_>)) {
        if self.0 > 0 {
            let text = match self.0 {
                1 => "1 record was dropped here: the queue was full".to_owned(),
                many => format!("{many} records were dropped here: the queue was full"),
            };
            tell(&Record::new("ferrolog.queue", Level::WARNING, &text));
        }
    }
}

impl Item {
    pub(in crate::handler) fn lost(&self) -> Lost {
        Lost(self.lost)
    }

    pub(in crate::handler) fn record(&self) -> Record<'_> {
        self.record.as_record()
    }
}
