//! The loggers of the targets that others name, as each thread remembers them.

use std::cell::RefCell;

use crate::logger::Logger;
use crate::manager::get_logger;

/// How many targets a thread remembers.
const REMEMBERED: usize = 64;

/// A target with its logger.
type Remembered = Option<(Box<str>, Logger)>;

thread_local! {
    static LOGGERS: RefCell<Vec<Remembered>> = const { RefCell::new(Vec::new()) };
}

/// Calls `f` with the logger of `target`, remembered by this thread.
pub(super) fn with_logger<R>(target: &str, f: impl FnOnce(&Logger) -> R) -> R {
    // The place in memory of a target tells most of them apart; its text tells for sure.
    let slot = (target.as_ptr() as usize / 8) % REMEMBERED;
    let known = LOGGERS.try_with(|loggers| {
        let mut loggers = loggers.try_borrow_mut().ok()?;
        if loggers.is_empty() {
            loggers.resize(REMEMBERED, None);
        }
        match &loggers[slot] {
            Some((name, logger)) if **name == *target => Some(logger.clone()),
            _ => {
                let logger = get_logger(target);
                loggers[slot] = Some((target.into(), logger.clone()));
                Some(logger)
            }
        }
    });
    match known {
        Ok(Some(logger)) => f(&logger),
        _ => f(&get_logger(target)),
    }
}
