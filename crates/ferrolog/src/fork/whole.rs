//! What no fork comes in the middle of.
//!
//! What is made when it is first needed keeps others waiting until it is made; so do small locks of what is set up.
//! A child that was forked meanwhile would wait for ever, as the thread that was at it is the parent's.

use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::time::{Duration, Instant};

use super::{poll, watch_process};

/// How many threads are in the middle of something; or less than 0, while one forks.
static INSIDE: AtomicIsize = AtomicIsize::new(0);

const FORKING: isize = -1;

thread_local! {
    /// Whether this thread is, be it that it forks.
    static HERE: Cell<bool> = const { Cell::new(false) };
}

/// How long each wait for a fork is, of as many as it takes.
const A_WHILE: Duration = Duration::from_secs(1);

/// Calls `f`, in the middle of which no other thread forks. For what is soon done, and takes no lock of a handler.
pub(crate) fn whole<R>(f: impl FnOnce() -> R) -> R {
    if HERE.get() {
        return f();
    }
    watch_process();
    let enter = || {
        let inside = INSIDE.load(Ordering::Relaxed);
        let next = (inside != FORKING).then_some(inside + 1)?;
        INSIDE.compare_exchange(inside, next, Ordering::Acquire, Ordering::Relaxed).ok()
    };
    while poll(Instant::now() + A_WHILE, enter).is_none() {}
    HERE.set(true);
    let _leave = Leave(|| {
        INSIDE.fetch_sub(1, Ordering::Release);
    });
    f()
}

/// Waits until no other thread is in the middle of anything. While what is returned lives, none begins. Nothing, where
/// that is not so by `deadline`.
pub(super) fn all_done(deadline: Instant) -> Option<AllDone> {
    if HERE.get() {
        // This thread forks in the middle of something, which the child can go on with.
        return None;
    }
    poll(deadline, || {
        INSIDE.compare_exchange(0, FORKING, Ordering::Acquire, Ordering::Relaxed).ok()
    })?;
    HERE.set(true);
    Some(AllDone(Leave(|| INSIDE.store(0, Ordering::Release))))
}

/// To be called in the child, where [`all_done`] came to nothing: those that are in the middle are the parent's.
pub(super) fn forget_others() {
    INSIDE.store(isize::from(HERE.get()), Ordering::Relaxed);
}

/// Nobody else is in the middle of anything.
pub(super) struct AllDone(#[allow(dead_code)] Leave);

struct Leave(fn());

impl Drop for Leave {
    fn drop(&mut self) {
        HERE.set(false);
        self.0();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_fork_waits_for_what_is_under_way_and_keeps_others_from_it() {
        let soon = || Instant::now() + Duration::from_millis(20);
        whole(|| {
            // One in the other.
            assert_eq!(whole(|| 1), 1);
            thread::scope(|scope| {
                assert!(scope.spawn(|| all_done(soon()).is_none()).join().unwrap());
                assert_eq!(scope.spawn(|| whole(|| 2)).join().unwrap(), 2);
            });
            assert!(all_done(soon()).is_none());
        });
        // Others of the tests may be at something.
        let all = (0..100).find_map(|_| all_done(soon())).unwrap();
        let begun = Instant::now();
        thread::scope(|scope| {
            let other = scope.spawn(|| whole(Instant::now));
            assert_eq!(whole(|| 3), 3);
            thread::sleep(Duration::from_millis(20));
            drop(all);
            assert!(other.join().unwrap() - begun >= Duration::from_millis(20));
        });
    }
}
