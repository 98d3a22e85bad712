//! Panics, brought into the tree.
//!
//! Python: `logging.captureWarnings`, whose counterpart this is.

use std::backtrace::Backtrace;
use std::cell::Cell;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use crate::fork::whole;
use crate::level::Level;
use crate::location::Location;
use crate::logger::Logger;
use crate::manager::get_logger;
use crate::record::{Record, RecordOwned, stack};
use crate::value::Value;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Our hook while it is in place.
struct Installed {
    /// Where the hook is in memory: by this it is known again.
    address: usize,
    active: Arc<AtomicBool>,
    previous: Arc<Hook>,
}

static INSTALLED: Mutex<Option<Installed>> = Mutex::new(None);

/// Whether panics are, or ever were, captured: what a record pays where they never were.
static CAPTURING: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// How deep this thread is in code whose panics are reported by other means.
    static REPORTED_ELSEWHERE: Cell<usize> = const { Cell::new(0) };
}

/// How long a panic waits for its record to be delivered. Only a lock that the panicking thread holds, of
/// standard output say, makes the record late; it is then delivered as soon as the lock is free.
const PATIENCE: Duration = Duration::from_secs(1);

/// Sends panics to the logger `panic`, at level [`Level::ERROR`], with their place and the stack, and then
/// to the panic hook that was in place before; `false` takes that back.
///
/// A panic that a handler, a filter or a message causes inside a logging call is not among them: it is
/// caught, counted and goes to the handler's error hook. Does nothing when it is called from a thread
/// that is panicking.
///
/// ```
/// use ferrolog::{Handler, StreamHandler, capture_panics, get_logger};
///
/// let lines = Handler::new(StreamHandler::new(Vec::new()));
/// get_logger("panic").add_handler(&lines);
/// capture_panics(true);
/// let _ = std::panic::catch_unwind(|| panic!("no fuel"));
/// capture_panics(false);
/// let text = String::from_utf8(lines.lock().stream().clone()).unwrap();
/// assert!(text.starts_with("panicked at ") && text.contains(": no fuel\nStack "));
/// ```
///
/// Cost: a panic starts a thread, which delivers the record, so that a handler that panics in turn does
/// not abort the program, and waits for it, a second at most.
///
/// Python: `logging.captureWarnings`.
pub fn capture_panics(capture: bool) {
    if std::thread::panicking() {
        return;
    }
    whole(|| {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        match (capture, installed.take()) {
            (true, None) => *installed = Some(install()),
            (false, Some(ours)) => remove(ours),
            (_, as_it_was) => *installed = as_it_was,
        }
    });
}

fn install() -> Installed {
    CAPTURING.store(true, Ordering::Relaxed);
    let active = Arc::new(AtomicBool::new(true));
    let previous = Arc::new(std::panic::take_hook());
    let hook: Hook = Box::new({
        let (active, previous) = (Arc::clone(&active), Arc::clone(&previous));
        move |info| {
            if active.load(Ordering::Relaxed) && REPORTED_ELSEWHERE.get() == 0 {
                // An older hook of ours, further down the chain, must not log it again.
                let _reported = Elsewhere::enter();
                log(info);
                return previous(info);
            }
            previous(info);
        }
    });
    let address = address_of(&hook);
    std::panic::set_hook(hook);
    Installed { address, active, previous }
}

/// Puts the previous hook back; or, where another was put upon ours, keeps ours as a mere link to it.
fn remove(ours: Installed) {
    ours.active.store(false, Ordering::Relaxed);
    let current = std::panic::take_hook();
    if address_of(&current) == ours.address {
        let previous = ours.previous;
        drop(current);
        match Arc::try_unwrap(previous) {
            Ok(previous) => std::panic::set_hook(previous),
            // Another thread is panicking through it right now.
            Err(previous) => std::panic::set_hook(Box::new(move |info| previous(info))),
        }
    } else {
        std::panic::set_hook(current);
    }
}

fn address_of(hook: &Hook) -> usize {
    std::ptr::from_ref(&**hook).cast::<()>().addr()
}

/// Until the guard is dropped, panics of this thread are not logged.
#[inline]
pub(crate) fn reported_elsewhere() -> Option<Elsewhere> {
    CAPTURING.load(Ordering::Relaxed).then(Elsewhere::enter)
}

pub(crate) struct Elsewhere(());

impl Elsewhere {
    fn enter() -> Self {
        REPORTED_ELSEWHERE.set(REPORTED_ELSEWHERE.get() + 1);
        Self(())
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        REPORTED_ELSEWHERE.set(REPORTED_ELSEWHERE.get() - 1);
    }
}

fn log(info: &PanicHookInfo<'_>) {
    let logger = get_logger("panic");
    if !logger.is_enabled_for(Level::ERROR) {
        return;
    }
    let what = info.payload_as_str().unwrap_or("with a value that is not text");
    let message = match info.location() {
        Some(place) => format!("panicked at {place}: {what}"),
        None => format!("panicked: {what}"),
    };
    let stack =
        stack::trim(&Backtrace::force_capture().to_string(), "Stack (most recent call first):");
    let key_values = [("stack_info", Value::Str(&stack))];
    let record = Record::new(logger.name(), Level::ERROR, &message)
        .with_location(info.location().map_or_else(Location::default, Location::from))
        .with_key_values(&key_values)
        .to_owned();
    deliver(logger, record);
}

fn deliver(logger: Logger, record: RecordOwned) {
    let (done, wait) = mpsc::sync_channel(1);
    let record = Arc::new(record);
    let (for_thread, to) = (Arc::clone(&record), logger.clone());
    let spawned = std::thread::Builder::new().name("ferrolog-panic".to_owned()).spawn(move || {
        let _reported = Elsewhere::enter();
        to.dispatch(&for_thread.as_record());
        // Nobody waits any more where it took longer than that.
        let _ = done.send(());
    });
    match spawned {
        // Too late or delivered, there is nothing more to be done here.
        Ok(_) => drop(wait.recv_timeout(PATIENCE)),
        Err(_) => logger.dispatch(&record.as_record()),
    }
}
