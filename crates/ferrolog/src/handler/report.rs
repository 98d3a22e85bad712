//! The report of an error in a handler, on standard error.
//!
//! Python: `Handler.handleError`, `logging.raiseExceptions`.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Reports `error` in one write. Where standard error takes nothing either, there is nobody to tell.
pub(crate) fn report(error: &Error, record: Option<&Record<'_>>, handler: &str) {
    if !raise_exceptions() {
        return;
    }
    let mut text = format!("--- Logging error ---\n{handler}: {error}\n");
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
    let _ = std::io::stderr().write_all(text.as_bytes());
}
