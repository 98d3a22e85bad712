//! The role `nested`: logs from wherever a program can log while it logs.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ferrolog::{Emit, Event, Format, FormatError, Handler, Record, Result, capture_panics, info};

use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::prelude::*;

use crate::Orders;
use crate::handlers;
use crate::journal::Journal;

/// Which of the journal's threads stands for what.
const MAIN: u64 = 0;
const SIGNAL: u64 = 1;
const SHOWN: u64 = 2;
const EMITTED: u64 = 3;
const FORMATTED: u64 = 4;
const DROPPED: u64 = 5;
const PANICKED: u64 = 6;
const TRACED: u64 = 7;
const BENEATH: u64 = 8;

/// Logs when it is shown, and when it is dropped.
struct Chatty<'a>(&'a Journal, &'a str, u64, &'a AtomicU64);

impl fmt::Display for Chatty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It is shown once for each handler.
        self.0.log(self.1, SHOWN, self.3.fetch_add(1, Ordering::Relaxed));
        f.write_str("shown")
    }
}

impl Drop for Chatty<'_> {
    fn drop(&mut self) {
        self.0.log(self.1, DROPPED, self.2);
    }
}

/// Logs for each record that says so, when it is laid out and when it is emitted.
struct Nest {
    journal: Arc<Journal>,
    who: String,
    emitted: u64,
}

struct NestFormat {
    journal: Arc<Journal>,
    who: String,
    formatted: AtomicU64,
}

fn asks(record: &Record<'_>) -> bool {
    record.message().to_string().starts_with("nest ")
}

impl Emit for Nest {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        if asks(event.record()) {
            self.journal.log(&self.who, EMITTED, self.emitted);
            self.emitted += 1;
        }
        Ok(())
    }
}

impl Format for NestFormat {
    fn format(
        &self,
        record: &Record<'_>,
        out: &mut String,
    ) -> std::result::Result<(), FormatError> {
        if asks(record) {
            let number = self.formatted.fetch_add(1, Ordering::Relaxed);
            self.journal.log(&self.who, FORMATTED, number);
        }
        out.push_str(&record.message().to_string());
        Ok(())
    }
}

/// A handler that works through a library which tells `tracing` what it does: each record makes an event, which
/// comes back into the tree.
struct Tracing {
    journal: Arc<Journal>,
    who: String,
    traced: u64,
}

impl Emit for Tracing {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        // What the layer beneath says of an event makes no other one, or there would be no end.
        if event.record().message().to_string().split(' ').nth(1) != Some("8") {
            let (who, n) = (&self.who, self.traced);
            let filling = "x".repeat((n % 50) as usize);
            tracing::info!(target: "root", "{who} {TRACED} {n} {filling} end");
            self.journal.note(TRACED, n);
            self.traced += 1;
        }
        Ok(())
    }
}

/// A layer of the program's own beneath that of the facility, which logs each event that it sees.
struct Beneath {
    journal: Arc<Journal>,
    who: String,
    seen: AtomicU64,
}

impl<S: tracing::Subscriber> Layer<S> for Beneath {
    fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, S>) {
        self.journal.log(&self.who, BENEATH, self.seen.fetch_add(1, Ordering::Relaxed));
    }
}

/// Logs each panic from its hook, besides the record that the facility makes of it.
fn log_panics(journal: &Arc<Journal>, who: &str) {
    let (journal, who, panics) = (Arc::clone(journal), who.to_owned(), AtomicU64::new(0));
    std::panic::set_hook(Box::new(move |_| {
        journal.log(&who, PANICKED, panics.fetch_add(1, Ordering::Relaxed));
    }));
    capture_panics(true);
}

pub(crate) fn run(orders: &Orders) {
    let mut handlers = handlers::attach(orders);
    let journal = Arc::new(Journal::new(orders));
    let who = &orders.who;
    log_panics(&journal, who);
    let beneath =
        Beneath { journal: Arc::clone(&journal), who: who.clone(), seen: AtomicU64::new(0) };
    tracing_subscriber::registry().with(beneath).with(ferrolog::bridge::tracing::layer()).init();
    let tracing = Tracing { journal: Arc::clone(&journal), who: who.clone(), traced: 0 };
    ferrolog::root().add_handler(Handler::new(tracing).to_dyn());
    let nest = Nest { journal: Arc::clone(&journal), who: who.clone(), emitted: 0 };
    let format = NestFormat {
        journal: Arc::clone(&journal),
        who: who.clone(),
        formatted: AtomicU64::new(0),
    };
    let nest = Handler::new(nest).with_formatter(format).to_dyn();
    ferrolog::root().add_handler(&nest);
    let records: u64 = orders.number("records", 500);
    block_alarms();
    let (done, shown) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| alarms(&journal, who, &done));
        for n in 0..records {
            journal.log(who, MAIN, n);
            info!(ferrolog::root(), "nest {}", Chatty(&journal, who, n, &shown));
            if n % 50 == 0 {
                let _ = std::thread::spawn(|| panic!("on purpose")).join();
            }
            std::thread::sleep(std::time::Duration::from_micros(500));
        }
        done.store(true, Ordering::Relaxed);
    });
    let calls = handlers[0].handler.counts().emitted();
    ferrolog::shutdown();
    handlers.truncate(1);
    handlers::account(orders, &handlers, calls);
}

/// A signal every millisecond, which no thread takes but the one that waits for it. (What a signal interrupts may be
/// in the middle of anything, so that a function that handles signals cannot log.)
fn block_alarms() {
    // SAFETY: plain structures of the C library, filled before they are used.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGALRM);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        let millisecond = libc::timeval { tv_sec: 0, tv_usec: 1000 };
        let every = libc::itimerval { it_interval: millisecond, it_value: millisecond };
        libc::setitimer(libc::ITIMER_REAL, &raw const every, std::ptr::null_mut());
    }
}

fn alarms(journal: &Journal, who: &str, done: &AtomicBool) {
    let mut n = 0;
    while !done.load(Ordering::Relaxed) {
        let mut signal = 0;
        // SAFETY: plain structures of the C library, filled before they are used.
        unsafe {
            let mut set = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGALRM);
            libc::sigwait(&raw const set, &raw mut signal);
        }
        journal.log(who, SIGNAL, n);
        n += 1;
    }
}
