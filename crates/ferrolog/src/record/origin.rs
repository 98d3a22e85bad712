//! The thread and the process that a record comes from.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::once::LazyLock;

use super::now;

/// Where a record comes from: from here, so that everything can still be asked for, or from a thread or
/// a process that it left, with what was stored then.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'a> {
    Here,
    Stored(&'a Stored),
}

/// What a record that left its thread took along.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) thread: u64,
    pub(super) thread_name: Arc<str>,
    pub(super) task_name: Option<String>,
    pub(super) process: u32,
    pub(super) process_name: Cow<'static, str>,
    pub(super) exc_text: Option<String>,
}

impl Stored {
    pub(super) fn here() -> Self {
        Self {
            thread: current_thread_id(),
            thread_name: shared_thread_name(),
            task_name: None,
            process: std::process::id(),
            process_name: Cow::Borrowed("MainProcess"),
            exc_text: None,
        }
    }
}

static START: LazyLock<i64> = LazyLock::new(now);

/// When logging began in this process, in nanoseconds since the epoch: at the first use of the crate.
/// A record's `relativeCreated` counts from here.
pub fn start_time() -> i64 {
    *START
}

/// The number of the current thread: unique in the process, the same for the thread's whole life.
#[inline]
pub(crate) fn current_thread_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        static ID: Cell<u64> = const { Cell::new(0) };
    }
    ID.with(|id| {
        if id.get() == 0 {
            id.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        id.get()
    })
}

/// Calls `f` with the name of the current thread: `MainThread` for the first one, `Thread-N` for one
/// without a name.
pub(crate) fn thread_name<R>(f: impl FnOnce(&str) -> R) -> R {
    let thread = std::thread::current();
    match thread.name() {
        Some("main") => f("MainThread"),
        Some(name) => f(name),
        None => f(&format!("Thread-{}", current_thread_id())),
    }
}

/// The name of the current thread, which the thread keeps.
fn shared_thread_name() -> Arc<str> {
    thread_local! {
        static NAME: OnceCell<Arc<str>> = const { OnceCell::new() };
    }
    let make = || thread_name(|name| Arc::<str>::from(name));
    // A thread that is ending has nowhere to keep it.
    NAME.try_with(|name| Arc::clone(name.get_or_init(make))).unwrap_or_else(|_| make())
}

/// Shows as the current thread's name.
pub(super) struct ThreadName;

impl fmt::Display for ThreadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        thread_name(|name| f.pad(name))
    }
}
