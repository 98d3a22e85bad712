//! The inside of a queue: blocks of packed records under a lock, which is held for a few instructions at a
//! time, a copy of a record's text among them.
//!
//! The listener takes a block at a time, and the block before comes back to be filled again, so that nothing
//! is allocated for a record once the queue has been as full as it gets.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::WhenFull;
use super::block::{Block, GIVEN_UP};
use crate::fork::{self, AtFork, Frozen, HeldLock};
use crate::handler::busy::Busy;
use crate::handler::unlocked::Entry;
use crate::level::Level;
use crate::lock::{Condvar, Lock, LockGuard};
use crate::record::{Packed, Record, current_thread_id};
use crate::sync::{Arc, AtomicBool, AtomicUsize, MODEL, Ordering, Weak};

/// How many records may be in excess of the capacity, where a thread must not wait.
const EXCESS: usize = 1000;

/// How many empty blocks are kept to be filled again.
const SPARE: usize = 64;

/// How long the listener naps when it has found nothing to do, before it looks again; at first, and at most.
/// A thread that logs meanwhile has nobody to wake.
const FIRST_NAP: Duration = Duration::from_micros(50);
const LONGEST_NAP: Duration = Duration::from_millis(1);
/// For how long it naps before it sleeps, from which a thread that logs wakes it.
const AWHILE: Duration = if MODEL { Duration::ZERO } else { Duration::from_millis(20) };

/// How many records may wait, and what comes of those beyond.
pub(in crate::handler) struct Channel {
    pub(super) capacity: usize,
    pub(super) capacity_bytes: usize,
    pub(super) when_full: WhenFull,
    state: Lock<State>,
    /// Told when there is something for the listener to do.
    work: Condvar,
    /// Told when there may be room.
    room: Condvar,
    /// Told when records have been dealt with, or a listener has ended.
    progress: Condvar,
    /// Whether anybody waits for progress.
    watched: AtomicBool,
    /// How many records the listener has taken and not dealt with yet, and how many of them it is delivering.
    in_hand: AtomicUsize,
    under_way: AtomicUsize,
    /// Whether it is to give them up.
    given_up: AtomicBool,
}

/// What is not delivered when a queue is given up.
pub(in crate::handler) struct GivenUp {
    /// Never will be.
    pub(in crate::handler) lost: usize,
    /// Is being delivered, as far as is known.
    pub(in crate::handler) under_way: usize,
}

/// What a thread that logs has to look at stands together at the beginning, so that it is on few cache lines.
#[derive(Default)]
#[repr(C)]
struct State {
    /// Whether the listener is to be started again, as this is the child of a fork.
    orphaned: bool,
    listening: bool,
    /// How many records are in the blocks, and how many bytes they take.
    len: usize,
    bytes: usize,
    /// The number of the record that came last, dropped or not; they are counted from 1.
    last: u64,
    /// How many records were dropped after the last one that is in the queue.
    lost: u64,
    rest: Rest,
    /// The block that is being filled, and the full ones before it.
    open: Block,
    blocks: VecDeque<Block>,
    spare: Vec<Block>,
    /// The number of the first record that the listener has taken and not dealt with yet.
    taken: Option<u64>,
    /// The listener's thread.
    listener: u64,
    /// Up to which record the listener is to go on before it ends.
    end: Option<u64>,
    blocked: usize,
    watchers: usize,
    /// The listener that runs, or, in the child of a fork, ran in the parent.
    runner: Option<Weak<dyn Runner>>,
}

/// What can start the listener of a queue again, once the child of a fork needs it.
pub(in crate::handler) trait Runner: Send + Sync {
    fn run_again(self: Arc<Self>);
}

/// What the listener does while it has nothing to do: with how many records in the queue it is to be woken.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Rest(usize);

impl Rest {
    /// It is at work.
    const AWAKE: Self = Self(usize::MAX);
    /// It sleeps until it is woken.
    const SLEEP: Self = Self(0);

    /// It looks again in a moment; to be woken only where somebody waits for it, or much is in the queue: half of
    /// what it has room for, or as much as takes the listener a while.
    fn nap(capacity: usize) -> Self {
        Self((capacity / 2).clamp(1, 1024))
    }
}

impl Default for Rest {
    fn default() -> Self {
        Self::AWAKE
    }
}

impl State {
    /// The record up to which all have been dealt with.
    fn done(&self) -> u64 {
        let first = self.taken.or_else(|| self.first().first_number());
        // That records were dropped is yet to be told, too.
        first.map_or(self.last - self.lost, |first| first - 1)
    }

    /// Counts a record that is dropped before it is in the queue.
    fn lose(&mut self) {
        self.last += 1;
        self.lost += 1;
    }

    /// The block with the oldest records.
    fn first(&self) -> &Block {
        self.blocks.front().unwrap_or(&self.open)
    }

    fn first_mut(&mut self) -> &mut Block {
        self.blocks.front_mut().unwrap_or(&mut self.open)
    }

    /// Begins another block with the next record.
    #[cold]
    #[inline(never)]
    fn begin_block(&mut self) {
        if self.open.len() > 0 {
            let empty = self.spare.pop().unwrap_or_default();
            self.blocks.push_back(std::mem::replace(&mut self.open, empty));
        }
        self.open.begin(self.last, std::mem::take(&mut self.lost));
    }

    /// Keeps an emptied block to fill it again.
    fn keep(&mut self, block: Block) {
        if self.spare.len() < SPARE {
            self.spare.push(block);
        }
    }
}

impl AtFork for Channel {
    fn freeze(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn Frozen>> {
        struct Locked(HeldLock<Channel, State>);
        impl Frozen for Locked {
            fn in_child(&mut self) {
                self.0.in_child();
                self.0.owner.watched.store(false, Ordering::SeqCst);
                let Some(state) = self.0.guard.as_deref_mut() else { return };
                // The parent's listener delivers what is in the queue.
                *state = State {
                    last: state.last,
                    orphaned: state.listening && state.end.is_none(),
                    runner: state.runner.take(),
                    ..State::default()
                };
            }
        }
        let locked = HeldLock::take(self, |channel| &channel.state, deadline)?;
        Some(Box::new(Locked(locked)))
    }
}

/// Whether the listener may be waiting for this thread, or is this thread.
fn must_not_wait(state: &State) -> bool {
    Busy::here() || state.listener == current_thread_id()
}

impl Channel {
    pub(super) fn new(capacity: usize, capacity_bytes: usize, when_full: WhenFull) -> Arc<Self> {
        let channel = Arc::new(Self {
            capacity,
            capacity_bytes,
            when_full,
            state: Lock::new(State::default()),
            work: Condvar::default(),
            room: Condvar::default(),
            progress: Condvar::default(),
            watched: AtomicBool::new(false),
            in_hand: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            given_up: AtomicBool::new(false),
        });
        let weak: Weak<Self> = Arc::downgrade(&channel);
        fork::register_leaf(weak);
        channel
    }

    /// How many records wait.
    pub(super) fn len(&self) -> usize {
        self.lock().len
    }

    /// About how many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> LockGuard<'_, State> {
        // No foreign code runs under this lock.
        self.state.lock()
    }

    /// The same for the listener, who deals with many records at a time.
    fn lock_as_listener(&self) -> LockGuard<'_, State> {
        self.state.lock_for_many()
    }

    fn is_full(&self, state: &State, bytes: usize) -> bool {
        // One record is taken however large it is.
        (state.len >= self.capacity || state.bytes.saturating_add(bytes) > self.capacity_bytes)
            && state.len > 0
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

    /// Puts a record of so many bytes in, which `pack` adds to the others; or says why it is dropped. `pack` is called
    /// with the queue locked, so that nothing of others may run in it.
    #[inline(always)]
    pub(in crate::handler) fn put(
        &self,
        bytes: usize,
        entry: &Entry<'_>,
        pack: impl FnOnce(&mut Packed),
    ) -> Result<(), &'static str> {
        let mut state = self.lock();
        if state.orphaned || self.is_full(&state, bytes) {
            state = self.prepare(state, bytes)?;
        }
        if !entry.is_attached() {
            return Ok(());
        }
        if state.lost > 0 || !state.open.goes_on_with(bytes) {
            state.begin_block();
        }
        state.last += 1;
        state.len += 1;
        state.bytes += bytes;
        state.open.push(bytes, entry.counts, pack);
        if state.len >= state.rest.0 {
            self.wake(state);
        }
        Ok(())
    }

    /// Sees to it that there is a listener, and room.
    #[cold]
    #[inline(never)]
    fn prepare<'s>(
        &'s self,
        mut state: LockGuard<'s, State>,
        bytes: usize,
    ) -> Result<LockGuard<'s, State>, &'static str> {
        if state.orphaned {
            state = self.adopt(state);
        }
        if self.is_full(&state, bytes) {
            state = self.make_room(state, bytes)?;
        }
        Ok(state)
    }

    /// Has the listener started again, in the child of a fork.
    fn adopt<'s>(&'s self, mut state: LockGuard<'s, State>) -> LockGuard<'s, State> {
        state.orphaned = false;
        let Some(runner) = state.runner.as_ref().and_then(Weak::upgrade) else { return state };
        drop(state);
        runner.run_again();
        self.lock()
    }

    /// Does what the policy says; if there is no room for `bytes` then, says why.
    fn make_room<'s>(
        &self,
        mut state: LockGuard<'s, State>,
        bytes: usize,
    ) -> Result<LockGuard<'s, State>, &'static str> {
        let why = match self.when_full {
            WhenFull::DropOldest => {
                self.evict(&mut state, bytes);
                return Ok(state);
            }
            WhenFull::DropNewest => "the queue is full",
            WhenFull::Block | WhenFull::BlockTimeout(_) if must_not_wait(&state) => {
                if state.len < self.capacity.saturating_add(EXCESS) {
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
            return Err(why);
        }
        Ok(state)
    }

    /// Wakes the listener, if it is at rest.
    fn wake(&self, mut state: LockGuard<'_, State>) {
        if std::mem::take(&mut state.rest) != Rest::AWAKE {
            drop(state);
            self.work.notify_one(&self.state);
        }
    }

    /// [`Channel::wake`], with the lock kept.
    fn stir(&self, state: &mut State) {
        if std::mem::take(&mut state.rest) != Rest::AWAKE {
            self.work.notify_one(&self.state);
        }
    }

    fn wait_for_room<'s>(
        &self,
        mut state: LockGuard<'s, State>,
        bytes: usize,
        deadline: Option<Instant>,
    ) -> LockGuard<'s, State> {
        state.blocked += 1;
        self.stir(&mut state);
        while state.listening && self.is_full(&state, bytes) {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => break,
                Some(left) => self.room.wait_timeout(state, left),
                None => self.room.wait(state),
            };
        }
        state.blocked -= 1;
        state
    }

    /// Makes room for `bytes` at the cost of those that have waited longest.
    fn evict(&self, state: &mut State, bytes: usize) {
        while self.is_full(state, bytes) {
            let block = state.first_mut();
            let Some(gone) = block.pop("the queue is full, and the oldest makes room") else {
                return;
            };
            if block.len() == 0 {
                block.clear();
                if let Some(block) = state.blocks.pop_front() {
                    state.keep(block);
                }
            }
            state.len -= 1;
            state.bytes -= gone.bytes;
            let lost = gone.lost + 1;
            match state.first_mut() {
                next if next.len() > 0 => next.lose(lost),
                _ => state.lost += lost,
            }
        }
        self.report_progress(state);
    }

    fn report_progress(&self, state: &State) {
        if state.watchers > 0 {
            self.progress.notify_all(&self.state);
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
        self.stir(&mut state);
        self.watched.store(true, Ordering::SeqCst);
        while !until(&state) && state.listening {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => break,
                Some(left) => self.progress.wait_timeout(state, left),
                None => self.progress.wait(state),
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
    pub(in crate::handler) fn give_up(&self) -> GivenUp {
        let mut state = self.lock();
        if state.listening && must_not_wait(&state) {
            return GivenUp { lost: 0, under_way: 0 };
        }
        let mut blocks = std::mem::take(&mut state.blocks);
        blocks.push_back(std::mem::take(&mut state.open));
        let waiting = std::mem::take(&mut state.len);
        let in_hand = self.in_hand.load(Ordering::SeqCst);
        let under_way = self.under_way.load(Ordering::SeqCst).min(in_hand);
        self.given_up.store(in_hand > 0, Ordering::SeqCst);
        state.bytes = 0;
        self.report_progress(&state);
        drop(state);
        for block in &mut blocks {
            while block.pop(GIVEN_UP).is_some() {}
        }
        GivenUp { lost: waiting + in_hand - under_way, under_way }
    }

    /// Says that a listener begins; false, if there is one.
    pub(in crate::handler) fn begin(&self, runner: Weak<dyn Runner>) -> bool {
        let mut state = self.lock();
        let free = !std::mem::replace(&mut state.listening, true);
        if free {
            state.end = None;
            state.runner = Some(runner);
            state.orphaned = false;
        }
        free
    }

    /// Says that this thread is the listener's.
    pub(in crate::handler) fn listen_here(&self) {
        self.lock_as_listener().listener = current_thread_id();
    }

    /// Whether this thread is the listener's.
    pub(in crate::handler) fn is_listener_here(&self) -> bool {
        self.lock().listener == current_thread_id()
    }

    /// Says that the listener has ended.
    pub(in crate::handler) fn ended(&self) {
        let mut state = self.lock_as_listener();
        state.listening = false;
        state.listener = 0;
        state.taken = None;
        drop(state);
        self.progress.notify_all(&self.state);
        self.room.notify_all(&self.state);
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

    /// The next records for the listener, in `block`, or how many records were dropped; waits for either.
    /// Nothing when the listener is to end. What was in the block has been dealt with.
    pub(in crate::handler) fn take(&self, block: &mut Block) -> Option<Lost> {
        block.clear();
        self.in_hand.store(0, Ordering::SeqCst);
        self.under_way.store(0, Ordering::SeqCst);
        let mut state = self.lock_as_listener();
        self.given_up.store(false, Ordering::SeqCst);
        state.taken = None;
        self.report_progress(&state);
        let mut nap = FIRST_NAP;
        let mut napped = Duration::ZERO;
        while state.len == 0 {
            if state.lost > 0 {
                let lost = std::mem::take(&mut state.lost);
                state.taken = Some(state.last - lost + 1);
                return Some(Lost(lost));
            }
            if state.end.is_some() {
                return None;
            }
            state = if napped < AWHILE {
                state.rest = Rest::nap(self.capacity);
                let state = self.work.wait_timeout(state, nap);
                napped += nap;
                nap = (nap * 2).min(LONGEST_NAP);
                state
            } else {
                state.rest = Rest::SLEEP;
                self.work.wait(state)
            };
            state.rest = Rest::AWAKE;
        }
        // Those that handlers log while they deliver the last ones are delivered too, up to a point.
        let first = state.first().first_number().unwrap_or(0);
        if state.end.is_some_and(|end| first > end.saturating_add(EXCESS as u64)) {
            return None;
        }
        match state.blocks.pop_front() {
            Some(next) => {
                let emptied = std::mem::replace(block, next);
                state.keep(emptied);
            }
            None => std::mem::swap(block, &mut state.open),
        }
        state.len -= block.len();
        self.in_hand.store(block.len(), Ordering::SeqCst);
        state.bytes -= block.bytes();
        state.taken = Some(first);
        if state.blocked > 0 {
            self.room.notify_all(&self.state);
        }
        Some(Lost(0))
    }

    /// Says how many records the listener is about to deliver; false, if it is to give them up instead.
    pub(in crate::handler) fn deliver(&self, count: usize) -> bool {
        self.under_way.store(count, Ordering::SeqCst);
        !self.given_up.load(Ordering::SeqCst)
    }

    /// Says that the listener has dealt with the records of the block from `from` to `to`.
    pub(in crate::handler) fn finished(&self, block: &Block, from: usize, to: usize) {
        if from == to {
            // The listener was told of nothing but a loss.
            return;
        }
        block.passed_on(from, to);
        self.in_hand.store(block.len() - to, Ordering::SeqCst);
        if self.watched.load(Ordering::SeqCst) {
            let mut state = self.lock_as_listener();
            state.taken = Some(block.number(to - 1) + 1);
            self.report_progress(&state);
        }
    }
}

/// How many records were dropped.
pub(in crate::handler) struct Lost(pub(super) u64);

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
