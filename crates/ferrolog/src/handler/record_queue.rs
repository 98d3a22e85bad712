//! The queue between the threads that log and the one that delivers.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::busy::Busy;
use super::counts::Counters;
use super::unlocked::Entry;
use crate::error::{Error, Result};
use crate::level::Level;
use crate::record::{Record, RecordOwned, current_thread_id};

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

/// How many records may be in excess of the capacity, where a thread must not wait.
const EXCESS: usize = 1000;

/// How many records the listener takes at a time.
const BATCH: usize = 64;

/// A queue of records, bounded in their number and in their bytes; a handle, whose clones are one queue.
///
/// Any number of [`QueueHandler`](crate::QueueHandler)s put records in, and one
/// [`QueueListener`](crate::QueueListener) takes them out. Where records were dropped, the queue itself puts
/// one in their place that tells their number: a warning of the logger `ferrolog.queue`.
///
/// Python: the `queue.Queue` that `QueueHandler` and `QueueListener` share.
#[derive(Clone)]
pub struct RecordQueue(Arc<Inner>);

struct Inner {
    capacity: usize,
    capacity_bytes: usize,
    when_full: WhenFull,
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

pub(super) struct Item {
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
        self.lock().items.len()
    }

    /// Whether no record is waiting. Python: `Queue.empty`.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes the waiting records take.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No foreign code runs under this lock.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_full(&self, state: &State, bytes: usize) -> bool {
        // One record is taken however large it is.
        !state.items.is_empty()
            && (state.items.len() >= self.0.capacity
                || state.bytes.saturating_add(bytes) > self.0.capacity_bytes)
    }

    /// Whether a record would be dropped in any case: then it need not even be made.
    pub(super) fn refuses(&self) -> bool {
        self.0.when_full == WhenFull::DropNewest && {
            let mut state = self.lock();
            let full = self.is_full(&state, 0);
            if full {
                state.lose();
            }
            full
        }
    }

    /// Puts a record in.
    pub(super) fn put(&self, record: RecordOwned, entry: &Entry<'_>) -> Result<()> {
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
        let why = match self.0.when_full {
            WhenFull::DropOldest => {
                self.evict(&mut state, bytes);
                return Ok(state);
            }
            WhenFull::DropNewest => "the queue is full",
            WhenFull::Block | WhenFull::BlockTimeout(_) if must_not_wait(&state) => {
                if state.items.len() < self.0.capacity.saturating_add(EXCESS) {
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
            self.0.work.notify_one();
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
                    let waited = self.0.room.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.0.room.wait(state).unwrap_or_else(PoisonError::into_inner),
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
            self.0.progress.notify_all();
        }
    }

    pub(super) fn settle(&self) {
        drop(self.lock());
    }

    /// Waits until `until`, but not beyond `deadline`, and not where waiting would be for ever. Says
    /// whether it came to be.
    fn watch(&self, deadline: Option<Instant>, until: impl Fn(&State) -> bool) -> bool {
        let mut state = self.lock();
        state.watchers += 1;
        self.0.watched.store(true, Ordering::SeqCst);
        while !until(&state) && state.listening {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let waited = self.0.progress.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.0.progress.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        state.watchers -= 1;
        self.0.watched.store(state.watchers > 0, Ordering::SeqCst);
        until(&state)
    }

    /// Waits until all that is in the queue now has been dealt with, unless this thread is inside a
    /// handler. Without a listener, or beyond the deadline, it gives up, and says how many wait.
    pub(super) fn flush(&self, deadline: Option<Instant>) -> Result<(), usize> {
        let state = self.lock();
        if must_not_wait(&state) {
            return Ok(());
        }
        let last = state.last;
        drop(state);
        if self.watch(deadline, |state| state.done() >= last) { Ok(()) } else { Err(self.len()) }
    }

    /// Whether nothing waits and nothing is being delivered.
    pub(super) fn is_done(&self) -> bool {
        let state = self.lock();
        state.done() >= state.last
    }

    /// Gives up all that is waiting, unless this thread is the listener, or what the listener waits for.
    pub(super) fn give_up(&self) -> usize {
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
    pub(super) fn begin(&self) -> bool {
        let mut state = self.lock();
        let free = !std::mem::replace(&mut state.listening, true);
        if free {
            state.end = None;
        }
        free
    }

    /// Says that this thread is the listener's.
    pub(super) fn listen_here(&self) {
        self.lock().listener = current_thread_id();
    }

    /// Whether this thread is the listener's.
    pub(super) fn is_listener_here(&self) -> bool {
        self.lock().listener == current_thread_id()
    }

    /// Says that the listener has ended.
    pub(super) fn ended(&self) {
        let mut state = self.lock();
        state.listening = false;
        state.listener = 0;
        state.taken = None;
        drop(state);
        self.0.progress.notify_all();
        self.0.room.notify_all();
    }

    /// Tells the listener to end once it has dealt with all that is in the queue now.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        let last = state.last;
        state.end.get_or_insert(last);
        self.wake(state);
    }

    /// Waits until the listener has ended; says whether it has.
    pub(super) fn wait_for_end(&self, deadline: Option<Instant>) -> bool {
        self.watch(deadline, |state| !state.listening)
    }

    /// The next records for the listener, in `batch`, which is empty before, or how many records were
    /// dropped; waits for either. Nothing when the listener is to end.
    pub(super) fn take(&self, batch: &mut VecDeque<Item>) -> Option<Lost> {
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
            state = self.0.work.wait(state).unwrap_or_else(PoisonError::into_inner);
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
            self.0.room.notify_all();
        }
        Some(Lost(0))
    }

    /// Says that the listener has dealt with `item`, if anybody wants to know.
    pub(super) fn finished(&self, item: &Item) {
        item.counts.passed_on();
        if self.0.watched.load(Ordering::SeqCst) {
            let mut state = self.lock();
            state.taken = Some(item.number + 1);
            self.report_progress(&state);
        }
    }
}

/// How many records were dropped.
pub(super) struct Lost(u64);

impl Lost {
    /// The record that tells of it, if there is anything to tell.
    pub(super) fn tell(&self, tell: impl FnOnce(&Record<'_>)) {
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
    pub(super) fn lost(&self) -> Lost {
        Lost(self.lost)
    }

    pub(super) fn record(&self) -> Record<'_> {
        self.record.as_record()
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
/// One record is always taken, however small the capacity. The listener takes up to 64 records out at a
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
        RecordQueue(Arc::new(Inner {
            capacity: self.capacity,
            capacity_bytes: self.capacity_bytes,
            when_full: self.when_full,
            state: Mutex::default(),
            work: Condvar::new(),
            room: Condvar::new(),
            progress: Condvar::new(),
            watched: AtomicBool::new(false),
        }))
    }
}
