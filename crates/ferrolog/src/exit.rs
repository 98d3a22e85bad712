//! What is done when the process exits.

#[cfg(all(unix, feature = "signals"))]
mod signals;

use std::sync::{Mutex, PoisonError};

use crate::fork::whole;

#[cfg(all(unix, feature = "signals"))]
pub use signals::shutdown_on_signals;

static ACTIONS: Mutex<Vec<fn()>> = Mutex::new(Vec::new());

/// Calls `action` when the process exits by returning from `main` or by `std::process::exit`.
pub(crate) fn at_exit(action: fn()) {
    let first = with_actions(|actions| {
        actions.push(action);
        actions.len() == 1
    });
    // miri knows no functions that are called then.
    if first && !cfg!(miri) {
        // SAFETY: `run` is a function of the program itself, which stays loaded, and lets no panic out.
        // A refusal (the C library is out of memory for it) leaves the handlers unflushed at exit; they
        // write each record when it is made, so that nothing is lost by it.
        unsafe { libc::atexit(run) };
    }
}

fn with_actions<R>(f: impl FnOnce(&mut Vec<fn()>) -> R) -> R {
    whole(|| f(&mut ACTIONS.lock().unwrap_or_else(PoisonError::into_inner)))
}

extern "C" fn run() {
    for action in with_actions(|actions| actions.clone()) {
        // A panic has been reported by the panic hook; it must not cross into C.
        let _ = std::panic::catch_unwind(action);
    }
}
