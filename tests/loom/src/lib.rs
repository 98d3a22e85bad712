//! The parts of ferrolog in which threads meet, in every order that they can meet in.
//!
//! `lock.rs`, `handler/crowd.rs`, `handler/record_queue/channel.rs`, `block.rs` and `published/readers.rs` are the
//! crate's own files. What they stand on is here as small as it can be: the model checker's locks and atomics for
//! `sync`, a handler that writes lines into a list, records that are a number.
//!
//! Started by `cargo xtask loom`.
#![cfg(test)]

/// As the crate's module of that name, but loom's.
mod sync {
    pub(crate) use loom::hint::spin_loop;
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence,
    };
    pub(crate) use loom::sync::{Mutex, MutexGuard};
    pub(crate) use loom::thread::yield_now;
    pub(crate) use std::sync::{Arc, PoisonError, Weak};

    pub(crate) const MODEL: bool = true;

    loom::lazy_static! {
        static ref NAP: Mutex<()> = Mutex::new(());
    }

    /// No time passes, but others go on: one thread naps at a time, or two would have only each other go on.
    pub(crate) fn sleep(_: std::time::Duration) {
        let _nap = NAP.lock();
        yield_now();
    }

    /// A number of the current thread.
    pub(crate) fn this_thread() -> usize {
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(2);
        loom::thread_local! {
            static HERE: usize = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        HERE.with(|here| *here)
    }

    /// No time passes: whoever waits must be woken.
    #[derive(Default)]
    pub(crate) struct Condvar(loom::sync::Condvar);

    impl Condvar {
        pub(crate) fn new() -> Self {
            Self::default()
        }

        pub(crate) fn notify_one(&self) {
            self.0.notify_one();
        }

        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }

        pub(crate) fn wait<'g, T>(
            &self,
            guard: MutexGuard<'g, T>,
        ) -> std::sync::LockResult<MutexGuard<'g, T>> {
            self.0.wait(guard)
        }

        pub(crate) fn wait_timeout<'g, T>(
            &self,
            guard: MutexGuard<'g, T>,
            _: std::time::Duration,
        ) -> std::sync::LockResult<(MutexGuard<'g, T>, ())> {
            match self.0.wait(guard) {
                Ok(guard) => Ok((guard, ())),
                Err(error) => Err(PoisonError::new((error.into_inner(), ()))),
            }
        }
    }
}

/// Both sides pass a barrier of their own, which is what the operating system does for one of them elsewhere.
mod barrier {
    use crate::sync::{Ordering, fence};

    #[derive(Clone, Copy, Default)]
    pub(crate) struct Barrier;

    impl Barrier {
        pub(crate) const FREE: Self = Self;

        /// Locks have favourites.
        pub(crate) fn is_free(self) -> bool {
            true
        }

        pub(crate) fn often(self) {
            fence(Ordering::SeqCst);
        }

        pub(crate) fn seldom(self) -> bool {
            fence(Ordering::SeqCst);
            true
        }
    }
}

#[path = "../../../crates/ferrolog/src/lock.rs"]
#[allow(dead_code, reason = "what belongs to forks is not called")]
mod lock;

mod lock_models;

mod error {
    use std::fmt;

    #[derive(Debug)]
    pub(crate) enum Error {
        Invalid(String),
    }

    impl fmt::Display for Error {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Debug::fmt(self, f)
        }
    }

    pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;
}

mod level {
    pub(crate) struct Level;

    impl Level {
        pub(crate) const WARNING: Self = Self;
    }
}

mod fork {
    use std::time::Instant;

    use crate::lock::{Lock, LockGuard};
    use crate::sync::{Arc, Weak};

    pub(crate) trait AtFork: Send + Sync + 'static {
        #[allow(dead_code, reason = "nothing forks here")]
        fn freeze(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn Frozen>>;
    }

    pub(crate) trait Frozen {
        #[allow(dead_code, reason = "nothing forks here")]
        fn in_child(&mut self);
    }

    pub(crate) struct HeldLock<O: 'static, T: 'static> {
        pub(crate) guard: Option<LockGuard<'static, T>>,
        pub(crate) owner: Arc<O>,
    }

    impl<O, T> HeldLock<O, T> {
        pub(crate) fn take(_: Arc<O>, _: fn(&O) -> &Lock<T>, _: Instant) -> Option<Self> {
            None
        }

        pub(crate) fn in_child(&self) {}
    }

    pub(crate) fn register_leaf<T: AtFork>(_: Weak<T>) {}
}

mod record {
    use std::cell::Cell;

    use crate::level::Level;

    loom::thread_local! {
        pub(crate) static THREAD: Cell<u64> = Cell::new(0);
    }

    pub(crate) fn current_thread_id() -> u64 {
        THREAD.with(Cell::get)
    }

    pub(crate) const ROOM: usize = 1024;

    #[derive(Default)]
    pub(crate) struct Packed(Vec<u64>);

    impl Packed {
        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }

        pub(crate) fn size(&self, _: usize) -> usize {
            1
        }

        pub(crate) fn push(&mut self, number: u64) {
            self.0.push(number);
        }

        pub(crate) fn with<R>(&self, index: usize, f: impl FnOnce(&Record<'_>) -> R) -> R {
            f(&Record { number: self.0[index], text: "" })
        }

        pub(crate) fn clear(&mut self) {
            self.0.clear();
        }
    }

    pub(crate) struct Record<'a> {
        pub(crate) number: u64,
        #[allow(dead_code, reason = "only the crate shows it")]
        pub(crate) text: &'a str,
    }

    impl<'a> Record<'a> {
        pub(crate) fn new(_: &str, _: Level, text: &'a str) -> Self {
            Self { number: 0, text }
        }
    }
}

mod handler;
mod published;
