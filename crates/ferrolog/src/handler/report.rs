//! The report of an error in a handler, on standard error.
//!
//! Python: `Handler.handleError`, `logging.raiseExceptions`.

#[cfg(not(unix))]
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::record::Record;

static RAISE_EXCEPTIONS: AtomicBool = AtomicBool::new(true);

/// Whether errors in handlers are reported on standard error. Python: `logging.raiseExceptions`.
pub fn raise_exceptions() -> bool {
    RAISE_EXCEPTIONS.load(Ordering::Relaxed)
}

/// Sets whether errors in handlers are reported on standard error: true by default. They are counted
/// in any case.
pub fn set_raise_exceptions(report: bool) {
    RAISE_EXCEPTIONS.store(report, Ordering::Relaxed);
}

/// After which time an error that comes again and again is reported again.
const INTERVAL: Duration = Duration::from_secs(10);

/// The errors of one handler: the same one is reported once, and then at intervals, with the number of those in
/// between. So a disk that is full costs a few lines and not one a record.
#[derive(Debug, Default)]
pub(super) struct Repeats(Mutex<Option<Last>>);

#[derive(Debug)]
struct Last {
    text: String,
    reported: Instant,
    /// How often it came since.
    more: u64,
}

impl Repeats {
    fn lock(&self) -> Option<MutexGuard<'_, Option<Last>>> {
        match self.0.try_lock() {
            Ok(last) => Some(last),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            // Another thread is at it, or, in the child of a fork, was.
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(super) fn report(&self, error: &Error, record: Option<&Record<'_>>, handler: &str) {
        let text = error.to_string();
        let mut before = 0;
        if let Some(mut last) = self.lock() {
            match &mut *last {
                Some(known) if known.text == text && known.reported.elapsed() < INTERVAL => {
                    known.more += 1;
                    return;
                }
                known => {
                    before = known.as_ref().map_or(0, |known| known.more);
                    *known = Some(Last { text, reported: Instant::now(), more: 0 });
                }
            }
        }
        tell(error, record, handler, before);
    }

    /// Tells how often the last error came after it was reported.
    pub(super) fn tell_last(&self, handler: &str) {
        let last = self.lock().and_then(|mut last| last.take());
        if let Some(Last { text, more, .. }) = last
            && more > 0
            && raise_exceptions()
        {
            write(
                format!("--- Logging error ---\n{handler}: {more} times more: {text}\n").as_bytes(),
            );
        }
    }
}

/// Reports `error` in one write. Where standard error takes nothing either, there is nobody to tell.
pub(crate) fn report(error: &Error, record: Option<&Record<'_>>, handler: &str) {
    tell(error, record, handler, 0);
}

/// [`report`], and that there were so many more `before` which were not reported.
fn tell(error: &Error, record: Option<&Record<'_>>, handler: &str, before: u64) {
    if !raise_exceptions() {
        return;
    }
    let mut text = format!("--- Logging error ---\n{handler}: {error}\n");
    if before > 0 {
        text += &format!("({before} errors since the last report were not reported.)\n");
    }
    if let Some(record) = record {
        let location = record.location();
        text += &format!(
            "Logged by {:?} at level {}, {}:{}\nMessage: {:?}\n",
            record.name(),
            record.level(),
            location.file,
            location.line,
            record.template(),
        );
    }
    write(text.as_bytes());
}

/// Writes to standard error, without the lock of Rust's own stream: in the child of a fork another thread of the
/// parent may have it for ever.
#[cfg(unix)]
fn write(mut text: &[u8]) {
    while !text.is_empty() {
        match rustix::io::write(rustix::stdio::stderr(), text) {
            Ok(written) if written > 0 => text = &text[written..],
            Err(rustix::io::Errno::INTR) => {}
            _ => return,
        }
    }
}

#[cfg(not(unix))]
fn write(text: &[u8]) {
    let _ = std::io::stderr().write_all(text);
}
