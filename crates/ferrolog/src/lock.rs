//! The lock of what every record passes through.
//!
//! A usual mutex is given back by an exchange, which tells whether somebody sleeps until it is free, and waits, as all
//! such instructions do, until everything stored before is out. [`Lock`] is given back by a store and a load. That
//! these stay in their order is seen to by the [`Barrier`] of who goes to sleep, which takes that one longer; but who
//! sleeps has time.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::thread;
use std::time::Duration;

use crate::barrier::Barrier;
use crate::sync::{
    self, AtomicBool, AtomicUsize, MODEL, Mutex, MutexGuard, Ordering, PoisonError, spin_loop,
    yield_now,
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

/// Gives one thread at a time access to a value. That a panic came through it shows in nothing.
pub(crate) struct Lock<T: ?Sized> {
    taken: AtomicBool,
    barrier: Barrier,
    /// How many threads sleep, or are about to, until the lock is free.
    sleepers: AtomicUsize,
    /// Whether one of them is being woken, so that nobody else need do that.
    waking: AtomicBool,
    /// Held by a thread that goes to sleep, until it does, and by one that wakes another.
    gate: Mutex<()>,
    free: sync::Condvar,
    value: UnsafeCell<T>,
}

// SAFETY: it gives access to the value to one thread at a time, which may also take it away.
unsafe impl<T: ?Sized + Send> Send for Lock<T> {}
// SAFETY: the same.
unsafe impl<T: ?Sized + Send> Sync for Lock<T> {}

/// Access to what a [`Lock`] guards, as long as this lives.
pub(crate) struct LockGuard<'l, T: ?Sized> {
    lock: &'l Lock<T>,
    /// The thread that took the lock gives it back.
    _here: PhantomData<*const ()>,
}

// SAFETY: a reference to it gives a reference to the value, and no more.
unsafe impl<T: ?Sized + Sync> Sync for LockGuard<'_, T> {}

/// The gate of a lock, held.
pub(crate) type Gate<'l> = MutexGuard<'l, ()>;

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            taken: AtomicBool::new(false),
            barrier: Barrier::default(),
            sleepers: AtomicUsize::new(0),
            waking: AtomicBool::new(false),
            gate: Mutex::new(()),
            free: sync::Condvar::new(),
            value: UnsafeCell::new(value),
        }
    }
}

impl<T: ?Sized> Lock<T> {
    /// The lock, if nobody has it.
    #[inline(always)]
    pub(crate) fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let had = self.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        had.is_ok().then(|| LockGuard { lock: self, _here: PhantomData })
    }

    /// The lock, as soon as nobody else has it.
    #[inline]
    pub(crate) fn lock(&self) -> LockGuard<'_, T> {
        self.try_lock().unwrap_or_else(|| self.wait())
    }

    #[cold]
    fn wait(&self) -> LockGuard<'_, T> {
        for look in 0..LOOKS {
            if !self.taken.load(Ordering::Relaxed)
                && let Some(guard) = self.try_lock()
            {
                return guard;
            }
            if look < LOOKS_ALONE {
                spin_loop();
            } else if look < LOOKS_AWAKE {
                yield_now();
            } else {
                thread::sleep(NAP);
            }
        }
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        // Either who gives the lock back sees that somebody sleeps, or this thread sees it free.
        let told = self.barrier.seldom();
        let mut gate = self.gate();
        let guard = loop {
            // Who sees it true has given the lock back before, so that it is seen free; who comes later wakes.
            self.waking.swap(false, Ordering::AcqRel);
            if let Some(guard) = self.try_lock() {
                break guard;
            }
            gate = if told {
                self.free.wait(gate).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.free.wait_timeout(gate, SLEEP).unwrap_or_else(PoisonError::into_inner).0
            };
        };
        drop(gate);
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
        guard
    }

    /// Without which nobody goes to sleep, nor is woken.
    pub(crate) fn gate(&self) -> Gate<'_> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the lock back. Says whether somebody sleeps until then.
    #[inline(always)]
    fn give_back(&self) -> bool {
        self.taken.store(false, Ordering::Release);
        self.barrier.often();
        self.sleepers.load(Ordering::Relaxed) > 0
    }

    #[cold]
    fn wake(&self) {
        if !self.waking.swap(true, Ordering::AcqRel) {
            drop(self.gate());
            self.free.notify_one();
        }
    }

    /// Forgets, in the child of a fork, those that sleep in the parent.
    pub(crate) fn forget(&self) {
        self.sleepers.store(0, Ordering::Relaxed);
    }
}

impl<T: ?Sized> Drop for LockGuard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.lock.give_back() {
            self.lock.wake();
        }
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
        lock.lock()
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
        lock.lock()
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
    let lock = guard.lock;
    let gate = lock.gate();
    std::mem::forget(guard);
    if lock.give_back() {
        lock.free.notify_one();
    }
    gate
}
