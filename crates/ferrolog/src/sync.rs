//! What threads share, from one place for the parts that a model checker tries in every order: `tests/loom`
//! compiles them with its own `sync`.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

pub(crate) use std::hint::spin_loop;
pub(crate) use std::thread::{sleep, yield_now};

/// A number of the current thread that no other has while this one lives; none is so low as 2.
#[inline(always)]
pub(crate) fn this_thread() -> usize {
    thread_local! {
        static HERE: u32 = const { 0 };
    }
    HERE.with(|here| std::ptr::from_ref(here).addr())
}

/// Whether this is the model checker's: no time passes there, and each look is one order more to try.
pub(crate) const MODEL: bool = false;
