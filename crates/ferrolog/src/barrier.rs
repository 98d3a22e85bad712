//! Barriers between threads that do something all the time and one that seldom does.
//!
//! Two threads that each write one place and then read the other's must have a barrier between the two, or each
//! may miss what the other wrote. Where the operating system can make all threads of the process pass one
//! (Linux: `membarrier`), the thread that seldom comes does that, and the others need no instruction for it.

use std::sync::atomic::{Ordering, compiler_fence, fence};

use crate::once::OnceLock;

/// How the threads of this process meet; by default in the way of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barrier {
    /// Each passes a barrier of its own.
    Each,
    /// The one that seldom comes makes the others pass one.
    One,
}

impl Barrier {
    /// The way of this process, which stays the same.
    pub(crate) fn of_process() -> Self {
        static BARRIER: OnceLock<Barrier> = OnceLock::new();
        *BARRIER.get_or_init(|| if register() { Self::One } else { Self::Each })
    }

    /// That of threads that come all the time and need no instruction for it: see [`Barrier::is_free`].
    pub(crate) const FREE: Self = Self::One;

    /// Whether who comes all the time needs no instruction for it.
    pub(crate) fn is_free(self) -> bool {
        self == Self::FREE
    }

    /// Passed by a thread that comes all the time.
    #[inline(always)]
    pub(crate) fn often(self) {
        match self {
            Self::One => compiler_fence(Ordering::SeqCst),
            Self::Each => fence(Ordering::SeqCst),
        }
    }

    /// Passed by a thread that seldom comes. Any other that passes [`Barrier::often`] has passed it as a whole by
    /// then, and its writes before are seen; or it passes it afterwards, and sees what was written before this.
    ///
    /// Says whether that holds: the operating system may refuse what it allowed before.
    #[must_use]
    pub(crate) fn seldom(self) -> bool {
        fence(Ordering::SeqCst);
        let passed = match self {
            Self::One => all_threads(),
            Self::Each => true,
        };
        fence(Ordering::SeqCst);
        passed
    }
}

impl Default for Barrier {
    fn default() -> Self {
        Self::of_process()
    }
}

#[cfg(all(target_os = "linux", not(miri)))]
mod system {
    const PRIVATE_EXPEDITED: libc::c_long = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: libc::c_long = 1 << 4;

    fn membarrier(command: libc::c_long) -> bool {
        // SAFETY: the call takes numbers, and reads or writes no memory of ours.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    /// Says that this process will ask for barriers.
    pub(super) fn register() -> bool {
        membarrier(REGISTER_PRIVATE_EXPEDITED)
    }

    /// Makes all threads of the process pass a barrier.
    pub(super) fn all_threads() -> bool {
        // The child of a fork has yet to say that it will ask.
        membarrier(PRIVATE_EXPEDITED) || (register() && membarrier(PRIVATE_EXPEDITED))
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
mod system {
    pub(super) fn register() -> bool {
        false
    }

    pub(super) fn all_threads() -> bool {
        false
    }
}

use self::system::{all_threads, register};
