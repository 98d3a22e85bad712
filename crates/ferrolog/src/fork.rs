//! What is done when the process forks.
//!
//! In a child there is no thread but the one that forked. A lock that another thread held would stay locked for
//! ever, what another thread was about to write would be written by nobody, and what waits for the parent's
//! threads in queues and buffers would be written twice. So before a fork all locks of the crate are taken, which
//! waits for records that are just being written; in the child what belongs to the parent is forgotten; and
//! then both give the locks back.
//!
//! Whoever keeps a lock for long, as a network handler whose peer has stalled, is not waited for beyond
//! [`PATIENCE`]; the child can do without that handler, and its records are counted as failed.

mod whole;

use std::cell::RefCell;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::{Duration, Instant};

use crate::lock::{Gate, Lock, LockGuard};

pub(crate) use self::whole::whole;

/// How long locks are waited for altogether.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long one lock is waited for, before those that are held already are given back for a moment: who has
/// it may wait for one of them.
const TURN: Duration = Duration::from_millis(5);

/// Something with a lock that a fork must not find locked.
pub(crate) trait AtFork: Send + Sync + 'static {
    /// Locks it, if that is possible by `deadline`.
    fn freeze(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn Frozen>>;

    /// Called in the child, where another thread kept the lock.
    fn abandon(&self) {}
}

/// Something that is locked. Dropped, it is unlocked.
pub(crate) trait Frozen {
    /// Called in the child: what belongs to the parent's threads is to be forgotten.
    fn in_child(&mut self);
}

/// A lock that is held across a fork, with what it is a part of.
pub(crate) struct Held<O: 'static, T: 'static> {
    // Dropped before the owner.
    pub(crate) guard: MutexGuard<'static, T>,
    _owner: Arc<O>,
}

impl<O, T> Held<O, T> {
    /// Takes the lock that is a part of `owner`, if that is possible by `deadline`.
    pub(crate) fn take(
        owner: Arc<O>,
        lock: impl FnOnce(&O) -> &Mutex<T>,
        deadline: Instant,
    ) -> Option<Self> {
        let guard = lock_by(lock(&owner), deadline)?;
        // SAFETY: the guard borrows from what the `Arc` keeps alive in its place, and is dropped first.
        let guard = unsafe { mem::transmute::<MutexGuard<'_, T>, MutexGuard<'static, T>>(guard) };
        Some(Self { guard, _owner: owner })
    }
}

/// A [`Lock`] that is held across a fork, with what it is a part of.
pub(crate) struct HeldLock<O: 'static, T: 'static> {
    // Dropped in this order: who gives the lock back may wake another.
    _gate: Gate<'static>,
    /// Nothing, where the thread had the lock before.
    pub(crate) guard: Option<LockGuard<'static, T>>,
    lock: fn(&O) -> &Lock<T>,
    pub(crate) owner: Arc<O>,
}

impl<O, T> HeldLock<O, T> {
    /// Takes the lock that is a part of `owner`, if that is possible by `deadline`.
    pub(crate) fn take(owner: Arc<O>, lock: fn(&O) -> &Lock<T>, deadline: Instant) -> Option<Self> {
        let guard = poll(deadline, || lock(&owner).try_lock())?;
        // SAFETY: the guard borrows from what the `Arc` keeps alive in its place, and is dropped first.
        let guard = unsafe { mem::transmute::<LockGuard<'_, T>, LockGuard<'static, T>>(guard) };
        Some(Self { guard: Some(guard), ..Self::of_taken(owner, lock) })
    }

    /// Of a lock that this thread has.
    pub(crate) fn of_taken(owner: Arc<O>, lock: fn(&O) -> &Lock<T>) -> Self {
        // SAFETY: as in `take`.
        let gate = unsafe { mem::transmute::<Gate<'_>, Gate<'static>>(lock(&owner).gate()) };
        Self { _gate: gate, guard: None, lock, owner }
    }

    /// To be called in the child: those that sleep until the lock is free are the parent's.
    pub(crate) fn in_child(&self) {
        (self.lock)(&self.owner).forget();
    }
}

/// The lock, unless another thread keeps it until `deadline`.
pub(crate) fn lock_by<T: ?Sized>(lock: &Mutex<T>, deadline: Instant) -> Option<MutexGuard<'_, T>> {
    poll(deadline, || match lock.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    })
}

/// Asks again and again, until there is an answer or `deadline` has come.
pub(crate) fn poll<R>(deadline: Instant, mut ask: impl FnMut() -> Option<R>) -> Option<R> {
    let mut asked = 0_u32;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        asked += 1;
        if asked < 100 {
            std::hint::spin_loop();
        } else if Instant::now() >= deadline {
            return None;
        } else if asked < 200 {
            std::thread::yield_now();
        } else {
            std::thread::sleep(Duration::from_micros(50));
        }
    }
}

/// What has a lock that others may hold while they take one of `leaves`: first loggers, then handlers.
static OUTER: Mutex<Vec<Weak<dyn AtFork>>> = Mutex::new(Vec::new());
/// What has a lock under which no other is taken.
static LEAVES: Mutex<Vec<Weak<dyn AtFork>>> = Mutex::new(Vec::new());

/// Has something taken care of at each fork, which other locks are taken from within.
pub(crate) fn register_outer(it: Weak<dyn AtFork>) {
    register(&OUTER, it);
}

/// Has something taken care of at each fork.
pub(crate) fn register_leaf(it: Weak<dyn AtFork>) {
    register(&LEAVES, it);
}

/// Has a lock of the whole program taken care of at each fork; the child gets what it guards as `in_child`
/// leaves it.
pub(crate) fn register_static<T: Send>(lock: &'static Mutex<T>, in_child: fn(&mut T)) {
    struct Static<T: 'static>(&'static Mutex<T>, fn(&mut T));
    struct Locked<T: 'static>(MutexGuard<'static, T>, fn(&mut T));
    impl<T: Send> AtFork for Static<T> {
        fn freeze(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn Frozen>> {
            Some(Box::new(Locked(lock_by(self.0, deadline)?, self.1)))
        }
    }
    impl<T> Frozen for Locked<T> {
        fn in_child(&mut self) {
            self.1(&mut self.0);
        }
    }
    let it: Arc<dyn AtFork> = Arc::new(Static(lock, in_child));
    register_leaf(Arc::downgrade(&it));
    // It lives as long as the lock does.
    mem::forget(it);
}

/// Has forks taken care of from now on, and [`process`] tell a process from the child that it forks.
pub(crate) fn watch_process() {
    static HOOKED: AtomicBool = AtomicBool::new(false);
    // Nobody waits for the one who does it: a fork in the middle of this is not taken care of yet.
    if !HOOKED.load(Ordering::Relaxed) && !HOOKED.swap(true, Ordering::Relaxed) {
        hook();
    }
}

/// A number that tells a process from the child that it forks, once that was asked for.
#[inline]
pub(crate) fn process() -> u32 {
    PROCESS.load(Ordering::Relaxed)
}

static PROCESS: AtomicU32 = AtomicU32::new(1);

fn register(list: &Mutex<Vec<Weak<dyn AtFork>>>, it: Weak<dyn AtFork>) {
    watch_process();
    let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
    if list.len() == list.capacity() {
        list.retain(|it| it.strong_count() > 0);
    }
    list.push(it);
}

#[cfg(unix)]
fn hook() {
    if cfg!(miri) {
        // It knows no forks.
        return;
    }
    // SAFETY: functions of the program itself, which stay loaded, and let no panic out. A refusal (the C
    // library is out of memory for it) leaves forks as they would be without.
    unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
}

#[cfg(not(unix))]
fn hook() {}

/// What is locked while a process forks.
#[derive(Default)]
struct All {
    // In the order in which they are given back.
    lists: Vec<MutexGuard<'static, Vec<Weak<dyn AtFork>>>>,
    frozen: Vec<Box<dyn Frozen>>,
    /// What was not to be had.
    missed: Vec<Arc<dyn AtFork>>,
    /// Nothing, if other threads are still in the middle of something.
    all_done: Option<whole::AllDone>,
}

thread_local! {
    static FORKING: RefCell<Option<All>> = const { RefCell::new(None) };
}

#[cfg(unix)]
extern "C" fn before() {
    // A panic has been reported by the panic hook; it must not cross into C.
    let _ = std::panic::catch_unwind(|| {
        let all = freeze();
        // A thread that forks while it ends has nowhere to keep them.
        let _ = FORKING.try_with(|forking| forking.replace(Some(all)));
    });
}

#[cfg(unix)]
extern "C" fn in_parent() {
    let _ = std::panic::catch_unwind(|| drop(taken()));
}

#[cfg(unix)]
extern "C" fn in_child() {
    PROCESS.fetch_add(1, Ordering::Relaxed);
    let _ = std::panic::catch_unwind(|| {
        let Some(mut all) = taken() else { return };
        all.frozen.iter_mut().for_each(|frozen| frozen.in_child());
        all.missed.iter().for_each(|missed| missed.abandon());
        if all.all_done.is_none() {
            whole::forget_others();
        }
    });
}

#[cfg(unix)]
fn taken() -> Option<All> {
    FORKING.try_with(|forking| forking.take()).ok().flatten()
}

/// Takes all locks.
#[cfg(unix)]
fn freeze() -> All {
    let end = Instant::now() + PATIENCE;
    loop {
        let last = Instant::now() >= end;
        // First, as what others are in the middle of may need one of the locks.
        let mut all = All { all_done: whole::all_done(end), ..All::default() };
        // Where a drop of these would be the last one, it is not under the lists' locks.
        let everything: Vec<Arc<dyn AtFork>> = [&OUTER, &LEAVES]
            .into_iter()
            .flat_map(|list| {
                let list = list.lock().unwrap_or_else(PoisonError::into_inner);
                list.iter().filter_map(Weak::upgrade).collect::<Vec<_>>()
            })
            .collect();
        for it in everything {
            let deadline = if last { Instant::now() } else { Instant::now() + TURN };
            match Arc::clone(&it).freeze(deadline) {
                Some(frozen) => all.frozen.push(frozen),
                None => all.missed.push(it),
            }
            if !all.missed.is_empty() && !last {
                break;
            }
        }
        if all.missed.is_empty() || last {
            all.lists = [&OUTER, &LEAVES]
                .map(|list| list.lock().unwrap_or_else(PoisonError::into_inner))
                .into();
            return all;
        }
        drop(all);
        std::thread::sleep(Duration::from_micros(100));
    }
}
