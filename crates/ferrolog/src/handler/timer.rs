//! Seeing to it that lines which are held in memory do not wait longer than they may.
//!
//! One thread does that for all handlers. It is started by the first line that waits, and sleeps while there is
//! none.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::fork::{process, register_static, watch_process};
use crate::once::{Once, OnceLock};

/// After which time the thread comes back to a handler that others keep busy.
const AGAIN: Duration = Duration::from_millis(10);

/// What writes a handler's lines. Says whether it could: it does not wait for the handler's lock.
type Write = Box<dyn Fn() -> bool + Send + Sync>;

/// The timer of one handler.
pub(super) struct Timer {
    interval: Duration,
    /// The process in which the thread has been asked to come; 0 while it has not.
    asked_in: AtomicU32,
    write: OnceLock<Write>,
}

/// What the thread has to do.
struct Agenda {
    visits: Vec<(Instant, Arc<Timer>)>,
    has_thread: bool,
}

impl Agenda {
    const NEW: Self = Self { visits: Vec::new(), has_thread: false };
}

static AGENDA: Mutex<Agenda> = Mutex::new(Agenda::NEW);
static CHANGED: Condvar = Condvar::new();

fn agenda() -> MutexGuard<'static, Agenda> {
    // No foreign code runs under this lock.
    AGENDA.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Timer {
    pub(super) fn new(interval: Duration) -> Arc<Self> {
        watch_process();
        Arc::new(Self { interval, asked_in: AtomicU32::new(0), write: OnceLock::new() })
    }

    /// Says what is to be done when lines have waited long enough.
    pub(super) fn set_write(&self, write: impl Fn() -> bool + Send + Sync + 'static) {
        _ = self.write.set(Box::new(write));
    }

    /// Has the lines written that wait now, at the end of the interval. Says whether that can be.
    #[inline]
    pub(super) fn start(self: &Arc<Self>) -> bool {
        self.asked_in.load(Ordering::Relaxed) == process() || self.ask()
    }

    #[cold]
    fn ask(self: &Arc<Self>) -> bool {
        // An interval without an end is one that nobody waits for.
        let Some(time) = Instant::now().checked_add(self.interval) else { return true };
        static AT_FORK: Once = Once::new();
        // What the parent of a process has to do is its own, and its thread.
        AT_FORK.call_once(|| register_static(&AGENDA, |agenda| *agenda = Agenda::NEW));
        let mut agenda = agenda();
        if !agenda.has_thread {
            let thread = std::thread::Builder::new().name("ferrolog-timer".to_owned());
            if thread.spawn(run).is_err() {
                return false;
            }
            agenda.has_thread = true;
        }
        self.asked_in.store(process(), Ordering::Relaxed);
        agenda.visits.push((time, Arc::clone(self)));
        CHANGED.notify_one();
        true
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("interval", &self.interval).finish_non_exhaustive()
    }
}

/// The thread.
fn run() {
    let mut agenda = agenda();
    loop {
        let now = Instant::now();
        let Some(next) = agenda.visits.iter().map(|(time, _)| *time).min() else {
            agenda = CHANGED.wait(agenda).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        if let Some(early) = next.checked_duration_since(now).filter(|early| !early.is_zero()) {
            let woken = CHANGED.wait_timeout(agenda, early);
            agenda = woken.unwrap_or_else(PoisonError::into_inner).0;
            continue;
        }
        let mut due = Vec::new();
        agenda.visits.retain(|(time, timer)| {
            let later = *time > now;
            if !later {
                due.push(Arc::clone(timer));
            }
            later
        });
        drop(agenda);
        due.retain(|timer| {
            // What comes from here on asks again.
            timer.asked_in.store(0, Ordering::Relaxed);
            timer.write.get().is_some_and(|write| !write())
        });
        agenda = self::agenda();
        agenda.visits.extend(due.into_iter().map(|timer| (now + AGAIN, timer)));
    }
}
