//! What threads share, from one place for the parts that a model checker tries in every order: `tests/loom`
//! compiles them with its own `sync`.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

pub(crate) use std::hint::spin_loop;
pub(crate) use std::thread::yield_now;

/// Whether this is the model checker's: no time passes there, and each look is one order more to try.
pub(crate) const MODEL: bool = false;
