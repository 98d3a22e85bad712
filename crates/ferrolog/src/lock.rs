//! The lock of what every record passes through.
//!
//! A usual mutex is given back by an exchange, which tells whether somebody sleeps until it is free, and waits, as all
//! such instructions do, until everything stored before is out. [`Lock`] is given back by a store and a load. That
//! these stay in their order is seen to by the [`Barrier`] of who goes to sleep, which takes that one longer; but who
//! sleeps has time.
//!
//! Most handlers and queues have one thread that comes again and again. That one becomes the lock's *favourite*, who
//! needs no such instruction to take it either: it says that it is inside by a store, and looks whether anybody visits.
//! Others take the lock among themselves, and say that they visit. One that comes all the time soon answers that it has
//! seen that; if it does not, the barrier of who seldom comes sees once more to it that either sees what the other said.
//! Where visits are as frequent as the favourite's own, there is none from then on. Such locks are known as biased ones
//! (Dice, Moir, Scherer, *Quickly Reacquirable Locks*, 2003).

use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::thread;
use std::time::Duration;

use crate::barrier::Barrier;
use crate::sync::{
    self, AtomicBool, AtomicUsize, MODEL, Mutex, MutexGuard, Ordering, PoisonError, spin_loop,
    this_thread, yield_now,
};

/// How often a thread looks whether the lock is free before it sleeps until it is told, how often before it naps between
/// looks, and how often without giving others its processor.
const LOOKS: usize = if MODEL { 0 } else { 160 };
const LOOKS_AWAKE: usize = 140;
const LOOKS_ALONE: usize = 100;
/// How long a nap is.
const NAP: Duration = Duration::from_micros(50);

/// After which time a thread that sleeps looks by itself, where the barrier was refused.
const SLEEP: Duration = Duration::from_millis(5);

/// How often in a row a thread takes the lock until it is the favourite; and how often another comes than before until
/// it is clear that there will be none.
const IN_A_ROW: u32 = if MODEL { 1 } else { 256 };
const CHANGES: u32 = 64;
/// How often the favourite has to come between two visits, or they count against it, and how many such visits there may
/// be one after the other.
const BETWEEN_VISITS: usize = 64;
const VISITS: u32 = if MODEL { 1 } else { 16 };
/// How often a visitor looks for an answer.
const LOOKS_FOR_ANSWER: usize = if MODEL { 1 } else { 64 };

/// What stands for the favourite where there is none yet, and where there will be none. Threads have other numbers.
const NOBODY: usize = 0;
const NEVER: usize = 1;

/// Gives one thread at a time access to a value. That a panic came through it shows in nothing.
#[repr(C, align(64))]
pub(crate) struct Lock<T: ?Sized> {
    door: Door,
    value: UnsafeCell<T>,
}

/// What lets one thread at a time in.
///
/// Who is the favourite is looked at first. It stands in a cache line that is seldom written, for a look at the one that
/// each passage writes would have that brought twice: to read it, and then to write it. What each passage writes stands
/// at the end, next to the value.
#[repr(C)]
struct Door {
    /// The favourite.
    favourite: AtomicUsize,
    barrier: Barrier,
    _apart: [MaybeUninit<u8>; LINE.saturating_sub(size_of::<AtomicUsize>() + size_of::<Barrier>())],
    /// The number of the last visit that the favourite has seen.
    seen: AtomicUsize,
    /// Changed by who has `taken`.
    habits: Cell<Habits>,
    /// Held by a thread that goes to sleep, until it does, and by one that wakes another.
    gate: Mutex<()>,
    free: sync::Condvar,
    /// Told when the favourite has left; a visitor may wait for it.
    left: sync::Condvar,
    /// How often the favourite has come and gone, each counted: odd while it is inside. Nobody else changes it.
    passages: AtomicUsize,
    /// The number of the visit that is made, or was made for ever, or 0.
    visited: AtomicUsize,
    /// How many threads sleep, or are about to, until the lock is free.
    sleepers: AtomicUsize,
    /// Whether somebody has the lock who did not come as the favourite.
    taken: AtomicBool,
    /// Whether one of those that sleep is being woken, so that nobody else need do that.
    waking: AtomicBool,
}

/// How many bytes processors exchange at once.
const LINE: usize = 64;

/// Who came lately.
#[derive(Clone, Copy, Default)]
struct Habits {
    /// Who came last, how often in a row, and how often it was another than before.
    last: usize,
    in_a_row: u32,
    changes: u32,
    /// How many visits there were, how often the favourite had come and gone at the last one, and how many in a row were
    /// close to each other.
    visits: usize,
    passages: usize,
    close: u32,
}

// SAFETY: it gives access to the value to one thread at a time, which may also take it away.
unsafe impl<T: ?Sized + Send> Send for Lock<T> {}
// SAFETY: the same.
unsafe impl<T: ?Sized + Send> Sync for Lock<T> {}
// SAFETY: all is atomic but the habits, which are for one thread at a time.
unsafe impl Sync for Door {}

/// Access to what a [`Lock`] guards, as long as this lives.
pub(crate) struct LockGuard<'l, T: ?Sized> {
    lock: &'l Lock<T>,
    by: By,
    /// The thread that took the lock gives it back.
    _here: PhantomData<*const ()>,
}

/// As who a thread has the lock.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Favourite,
    /// There is no favourite.
    Any,
    /// There is, but it has to stay outside; also as the favourite itself, where it came as others do.
    Visitor,
}

// SAFETY: a reference to it gives a reference to the value, and no more.
unsafe impl<T: ?Sized + Sync> Sync for LockGuard<'_, T> {}

/// The gate of a lock, held.
pub(crate) type Gate<'l> = MutexGuard<'l, ()>;

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { door: Door::new(), value: UnsafeCell::new(value) }
    }
}

impl Door {
    fn new() -> Self {
        let barrier = Barrier::default();
        Self {
            favourite: AtomicUsize::new(if barrier.is_free() { NOBODY } else { NEVER }),
            barrier,
            _apart: [MaybeUninit::uninit(); _],
            seen: AtomicUsize::new(0),
            habits: Cell::default(),
            gate: Mutex::new(()),
            free: sync::Condvar::new(),
            left: sync::Condvar::new(),
            passages: AtomicUsize::new(0),
            visited: AtomicUsize::new(0),
            sleepers: AtomicUsize::new(0),
            taken: AtomicBool::new(false),
            waking: AtomicBool::new(false),
        }
    }
}

impl<T: ?Sized> Lock<T> {
    /// The lock, if nobody has it.
    #[inline(always)]
    pub(crate) fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let by = self.door.try_enter()?;
        Some(LockGuard { lock: self, by, _here: PhantomData })
    }

    /// The lock, as soon as nobody else has it.
    #[inline(always)]
    pub(crate) fn lock(&self) -> LockGuard<'_, T> {
        LockGuard { lock: self, by: self.door.enter(), _here: PhantomData }
    }

    /// The lock, for a thread whose visits are no reason to have no favourite: it does something for many records.
    pub(crate) fn lock_for_many(&self) -> LockGuard<'_, T> {
        LockGuard { lock: self, by: self.door.enter_among_others(false), _here: PhantomData }
    }

    /// Without which nobody goes to sleep, nor is woken.
    pub(crate) fn gate(&self) -> Gate<'_> {
        self.door.gate()
    }

    /// Forgets, in the child of a fork, the threads of the parent that sleep or visit. This thread has the lock.
    pub(crate) fn forget(&self) {
        self.door.forget();
    }
}

impl Door {
    /// Lets this thread in, if nobody is.
    #[inline(always)]
    fn try_enter(&self) -> Option<By> {
        let favourite = self.favourite.load(Ordering::Relaxed);
        if favourite == NEVER {
            self.take().then_some(By::Any)
        } else if favourite == this_thread() && self.enter_as_favourite() {
            Some(By::Favourite)
        } else {
            self.try_enter_among_others()
        }
    }

    /// Lets this thread in, as soon as nobody is.
    #[inline(always)]
    fn enter(&self) -> By {
        let favourite = self.favourite.load(Ordering::Relaxed);
        if favourite == NEVER {
            if !self.take() {
                self.wait();
            }
            By::Any
        } else if favourite == this_thread() && self.enter_as_favourite() {
            By::Favourite
        } else {
            self.enter_among_others(true)
        }
    }

    /// Lets the favourite in, if nobody visits, nor is it inside already.
    #[inline(always)]
    fn enter_as_favourite(&self) -> bool {
        let passages = self.passages.load(Ordering::Relaxed);
        if passages & 1 == 1 {
            return false;
        }
        self.passages.store(passages.wrapping_add(1), Ordering::Relaxed);
        // Either a visitor sees this thread inside, or this thread sees it visit.
        Barrier::FREE.often();
        let visit = self.visited.load(Ordering::Acquire);
        if visit != 0 {
            self.leave_to(visit);
            return false;
        }
        true
    }

    /// Lets the favourite out again, which has seen that another visits.
    #[cold]
    fn leave_to(&self, visit: usize) {
        self.leave(By::Favourite);
        self.seen.store(visit, Ordering::Release);
    }

    /// Lets this thread out.
    #[inline(always)]
    fn leave(&self, by: By) {
        if self.leave_quietly(by) {
            self.tell(by);
        }
    }

    /// Says whether somebody may sleep until then.
    #[inline(always)]
    fn leave_quietly(&self, by: By) -> bool {
        if by == By::Favourite {
            let passages = self.passages.load(Ordering::Relaxed);
            self.passages.store(passages.wrapping_add(1), Ordering::Release);
            Barrier::FREE.often();
        } else {
            if by == By::Visitor {
                self.end_visit();
            }
            self.taken.store(false, Ordering::Release);
            self.barrier.often();
        }
        self.sleepers.load(Ordering::Relaxed) > 0
    }

    #[inline(never)]
    fn try_enter_among_others(&self) -> Option<By> {
        if !self.take() {
            return None;
        }
        let by = self.by(true);
        if by == By::Visitor && !self.has_left() {
            // Not for ever, as close as the visits may be: the favourite is still inside.
            self.visited.store(0, Ordering::Release);
            self.leave(By::Any);
            return None;
        }
        Some(by)
    }

    #[inline(never)]
    fn enter_among_others(&self, counts: bool) -> By {
        if !self.take() {
            self.wait();
        }
        let by = self.by(counts);
        if by == By::Visitor && !self.has_left() {
            self.wait_until_left();
        }
        by
    }

    /// Takes the lock from those that are not the favourite.
    #[inline(always)]
    fn take(&self) -> bool {
        let had = self.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        had.is_ok()
    }

    /// As who this thread has `taken` the lock. As a visitor, it has said so. `counts`: whether that counts for this
    /// thread as a favourite, or against another.
    #[inline(always)]
    fn by(&self, counts: bool) -> By {
        let this = this_thread();
        match self.favourite.load(Ordering::Relaxed) {
            NEVER => By::Any,
            NOBODY if !counts => By::Any,
            NOBODY => {
                let mut habits = self.habits.get();
                if habits.last == this {
                    habits.in_a_row += 1;
                } else {
                    (habits.last, habits.in_a_row) = (this, 0);
                    habits.changes += 1;
                }
                self.habits.set(habits);
                if habits.in_a_row == IN_A_ROW {
                    // From its next time on.
                    self.favourite.store(this, Ordering::Relaxed);
                    self.visit_itself();
                    return By::Visitor;
                }
                if habits.changes == CHANGES {
                    self.favourite.store(NEVER, Ordering::Relaxed);
                }
                By::Any
            }
            favourite if favourite == this => {
                self.visit_itself();
                By::Visitor
            }
            _ => {
                self.visit(counts);
                By::Visitor
            }
        }
    }

    /// Keeps this thread, which is the favourite, from having the lock twice.
    #[cold]
    fn visit_itself(&self) {
        self.visited.store(self.next_visit(), Ordering::Relaxed);
    }

    fn next_visit(&self) -> usize {
        let mut habits = self.habits.get();
        // Over 64 bits there are more than can be made, and over 32 no answer to an old one is on its way.
        habits.visits = habits.visits.wrapping_add(1).max(1);
        self.habits.set(habits);
        habits.visits
    }

    /// Says that this thread visits; then the favourite is not coming in, though it may still be inside.
    #[cold]
    fn visit(&self, counts: bool) {
        let visit = self.next_visit();
        self.visited.store(visit, Ordering::Relaxed);
        let mut habits = self.habits.get();
        let passages = self.passages.load(Ordering::Relaxed);
        let between = passages.wrapping_sub(habits.passages) / 2;
        habits.passages = passages;
        if counts {
            habits.close = if between < BETWEEN_VISITS { habits.close + 1 } else { 0 };
        }
        self.habits.set(habits);
        // One that did not come since the last visit is hardly coming now.
        if between > 0 && self.is_seen(visit) {
            return;
        }
        // Either the favourite sees that it is visited, or this thread sees it inside.
        if !self.barrier.seldom() {
            // Where the operating system refuses what it allowed before: by then every processor has let out what it
            // had stored, and has come to later instructions.
            thread::sleep(SLEEP);
        }
    }

    /// Whether the favourite answers soon.
    fn is_seen(&self, visit: usize) -> bool {
        (0..LOOKS_FOR_ANSWER).any(|_| {
            spin_loop();
            self.seen.load(Ordering::Acquire) == visit
        })
    }

    /// Whether the favourite is not inside. It does not come in while somebody visits.
    #[inline(always)]
    fn has_left(&self) -> bool {
        self.passages.load(Ordering::Acquire) & 1 == 0
    }

    /// For a visitor: waits until the favourite is not inside.
    #[cold]
    fn wait_until_left(&self) {
        if self.looks(|| self.has_left()) {
            return;
        }
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        let told = self.barrier.seldom();
        let mut gate = self.gate();
        while !self.has_left() {
            gate = self.sleep(&self.left, gate, told);
        }
        drop(gate);
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Looks for a while whether it is so.
    fn looks(&self, mut is_so: impl FnMut() -> bool) -> bool {
        for look in 0..LOOKS {
            if is_so() {
                return true;
            }
            if look < LOOKS_ALONE {
                spin_loop();
            } else if look < LOOKS_AWAKE {
                yield_now();
            } else {
                thread::sleep(NAP);
            }
        }
        false
    }

    /// Waits until this thread has `taken` the lock.
    #[cold]
    fn wait(&self) {
        if self.looks(|| !self.taken.load(Ordering::Relaxed) && self.take()) {
            return;
        }
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        // Either who gives the lock back sees that somebody sleeps, or this thread sees it free.
        let told = self.barrier.seldom();
        let mut gate = self.gate();
        loop {
            // Who sees it true has given the lock back before, so that it is seen free; who comes later wakes.
            self.waking.swap(false, Ordering::AcqRel);
            if self.take() {
                break;
            }
            gate = self.sleep(&self.free, gate, told);
        }
        drop(gate);
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Sleeps until it is told; where the barrier was refused, nobody may tell.
    fn sleep<'l>(&self, until: &sync::Condvar, gate: Gate<'l>, told: bool) -> Gate<'l> {
        if told {
            until.wait(gate).unwrap_or_else(PoisonError::into_inner)
        } else {
            until.wait_timeout(gate, SLEEP).unwrap_or_else(PoisonError::into_inner).0
        }
    }

    fn gate(&self) -> Gate<'_> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the visit of this thread, which has been inside: the favourite is not.
    #[cold]
    fn end_visit(&self) {
        if self.habits.get().close > VISITS {
            // It is visited for ever: one that was the favourite, and does not know yet that it no longer is, sees that.
            self.favourite.store(NEVER, Ordering::Relaxed);
        } else {
            self.visited.store(0, Ordering::Release);
        }
    }

    /// Tells one of those that may sleep until a thread has left that it has.
    #[cold]
    fn tell(&self, by: By) {
        if by == By::Favourite || !self.waking.swap(true, Ordering::AcqRel) {
            drop(self.gate());
            self.awaited(by).notify_one();
        }
    }

    /// What is told when a thread has left.
    fn awaited(&self, by: By) -> &sync::Condvar {
        if by == By::Favourite { &self.left } else { &self.free }
    }

    fn forget(&self) {
        self.sleepers.store(0, Ordering::Relaxed);
        let is_favourite = self.favourite.load(Ordering::Relaxed) == this_thread();
        if is_favourite && !self.has_left() {
            // Another may have been about to come in.
            self.visited.store(0, Ordering::Relaxed);
            self.taken.store(false, Ordering::Release);
        }
    }
}

impl<T: ?Sized> Drop for LockGuard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.lock.door.leave(self.by);
    }
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: this thread has the lock, and changes the value only through this guard.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this thread has the lock, and this guard is borrowed alone.
        unsafe { &mut *self.lock.value.get() }
    }
}

/// What threads wait for that a [`Lock`] guards. It belongs to one lock.
#[derive(Default)]
pub(crate) struct Condvar(sync::Condvar);

impl Condvar {
    /// Gives the lock back, and takes it again when this has been notified, or, as may be, before.
    pub(crate) fn wait<'l, T: ?Sized>(&self, guard: LockGuard<'l, T>) -> LockGuard<'l, T> {
        let lock = guard.lock;
        drop(self.0.wait(give_back_behind_gate(guard)).unwrap_or_else(PoisonError::into_inner));
        lock.lock_for_many()
    }

    /// [`Condvar::wait`], for no longer than `time`.
    pub(crate) fn wait_timeout<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        time: Duration,
    ) -> LockGuard<'l, T> {
        let lock = guard.lock;
        let gate = give_back_behind_gate(guard);
        drop(self.0.wait_timeout(gate, time).unwrap_or_else(PoisonError::into_inner));
        lock.lock_for_many()
    }

    /// Wakes one of those that wait, with the lock or without.
    pub(crate) fn notify_one<T: ?Sized>(&self, lock: &Lock<T>) {
        drop(lock.gate());
        self.0.notify_one();
    }

    /// Wakes all that wait, with the lock or without.
    pub(crate) fn notify_all<T: ?Sized>(&self, lock: &Lock<T>) {
        drop(lock.gate());
        self.0.notify_all();
    }
}

/// Gives the lock back, but keeps others from notifying anybody as long as they are not let through the gate.
fn give_back_behind_gate<'l, T: ?Sized>(guard: LockGuard<'l, T>) -> Gate<'l> {
    let (door, by) = (&guard.lock.door, guard.by);
    let gate = door.gate();
    std::mem::forget(guard);
    if door.leave_quietly(by) {
        // Behind the gate, where nobody is about to sleep.
        door.awaited(by).notify_one();
    }
    gate
}
