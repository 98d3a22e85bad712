//! Signals that end the process, once its records are out.

use std::io::Read;
use std::os::fd::IntoRawFd;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use signal_hook::low_level::{emulate_default_handler, register};

use crate::error::{Error, Result};
use crate::fork::whole;

/// Where the signals are written to, and the process whose thread reads them: a child of a fork has the first and
/// not the second.
static PIPE: AtomicI32 = AtomicI32::new(-1);
static OWNER: AtomicU32 = AtomicU32::new(0);
/// Whether a signal has come already.
static DRAINING: AtomicBool = AtomicBool::new(false);

/// The signals that are waited for.
static KNOWN: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// Has each of these signals flush and close all handlers, as [`shutdown`](crate::shutdown) does, before the
/// process ends by it as it would have without.
///
/// By default `SIGTERM` and `SIGINT` end a process at once: what queues and buffers hold is lost. A thread of the
/// crate does what is to be done, so that it does not matter what the signal interrupts. A second signal ends the
/// process at once. A child of a fork is ended at once by such a signal, unless it calls this function itself.
///
/// ```
/// # #[cfg(unix)] {
/// const SIGINT: i32 = 2;
/// const SIGTERM: i32 = 15;
/// ferrolog::shutdown_on_signals(&[SIGINT, SIGTERM])?;
/// # }
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// # Errors
///
/// A signal that cannot be waited for, or a thread that cannot be started.
///
/// Python: a handler set with `signal.signal` that raises `SystemExit`.
pub fn shutdown_on_signals(signals: &[i32]) -> Result<()> {
    whole(|| wait_for(signals))
}

fn wait_for(signals: &[i32]) -> Result<()> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if OWNER.load(Ordering::SeqCst) != std::process::id() {
        listen()?;
    }
    for &signal in signals {
        if signal_hook::consts::FORBIDDEN.contains(&signal) {
            return Err(Error::Invalid(format!("signal {signal} cannot be waited for")));
        }
        if known.contains(&signal) {
            continue;
        }
        // SAFETY: `arrived` does only what is allowed in a signal handler.
        unsafe { register(signal, move || arrived(signal)) }
            .map_err(Error::io("cannot wait for a signal"))?;
        known.push(signal);
    }
    Ok(())
}

/// Starts the thread that does what is to be done.
fn listen() -> Result<()> {
    let failed = || Error::io("cannot start the thread that waits for signals");
    let (mut reads, writes) = std::io::pipe().map_err(failed())?;
    let started =
        std::thread::Builder::new().name("ferrolog-signals".to_owned()).spawn(move || {
            let mut signal = [0];
            // It ends only where nobody writes any more.
            if reads.read_exact(&mut signal).is_ok() {
                crate::handler::shutdown();
                // Where even that fails, the process goes on without its handlers.
                let _ = emulate_default_handler(i32::from(signal[0]));
            }
        });
    started.map_err(failed())?;
    // A parent's pipe is left alone: its own end would be closed in vain.
    PIPE.store(writes.into_raw_fd(), Ordering::SeqCst);
    DRAINING.store(false, Ordering::SeqCst);
    OWNER.store(std::process::id(), Ordering::SeqCst);
    Ok(())
}

/// The signal handler.
fn arrived(signal: i32) {
    let mine = OWNER.load(Ordering::SeqCst) == std::process::id();
    if mine && !DRAINING.swap(true, Ordering::SeqCst) {
        let byte = signal as u8;
        // SAFETY: writes one byte that is there; the descriptor stays open.
        if unsafe { libc::write(PIPE.load(Ordering::SeqCst), (&raw const byte).cast(), 1) } == 1 {
            return;
        }
    }
    let _ = emulate_default_handler(signal);
}
