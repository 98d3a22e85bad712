//! The number of this process, asked for once.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// The number; 0 before it is known.
static ID: AtomicU32 = AtomicU32::new(0);

/// The number of this process.
#[inline]
pub(crate) fn id() -> u32 {
    match ID.load(Ordering::Relaxed) {
        0 => ask(),
        id => id,
    }
}

#[cold]
fn ask() -> u32 {
    static FORKS: Once = Once::new();
    static TOLD: AtomicU32 = AtomicU32::new(0);
    FORKS.call_once(|| {
        // SAFETY: the function only stores a number, and stays loaded as long as the process lasts.
        let told = unsafe { libc::pthread_atfork(None, None, Some(forked)) };
        TOLD.store(u32::from(told == 0), Ordering::Relaxed);
    });
    let id = std::process::id();
    // Where forks are not told of, it is asked for each time.
    if TOLD.load(Ordering::Relaxed) == 1 {
        ID.store(id, Ordering::Relaxed);
    }
    id
}

/// In the child of a fork.
extern "C" fn forked() {
    ID.store(0, Ordering::Relaxed);
}
