//! Records that can be told apart, from several threads, and the journal of the calls that returned.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ferrolog::info;

use crate::Orders;
use crate::handlers;

/// Which calls have returned: for each thread their number, in a file that outlives the process.
pub(crate) struct Journal {
    file: File,
}

impl Journal {
    pub(crate) fn new(orders: &Orders) -> Self {
        let path = orders.folder.join(format!("ack.{}", orders.who));
        let file = File::create(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        Self { file }
    }

    /// Logs record `n` of a thread, and notes that the call has returned.
    pub(crate) fn log(&self, who: &str, thread: u64, n: u64) {
        say(who, thread, n);
        let written = self.file.write_at(&(n + 1).to_le_bytes(), thread * 8);
        assert_eq!(written.ok(), Some(8), "the journal cannot be written");
    }
}

/// Logs record `n` of a thread: its length differs from that of its neighbours.
pub(crate) fn say(who: &str, thread: u64, n: u64) {
    let filling = "x".repeat((n % 50) as usize);
    info!(ferrolog::root(), "{who} {thread} {n} {filling} end");
}

/// Logs from `threads` threads, until each has made `records` calls or `until` says so; how many calls
/// that were.
pub(crate) fn run(orders: &Orders, until: &AtomicBool) -> u64 {
    let journal = Journal::new(orders);
    let threads: u64 = orders.number("threads", 4);
    let records: u64 = orders.number("records", u64::MAX);
    let pause = Duration::from_micros(orders.number("pause", 0));
    let calls = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (journal, calls) = (&journal, &calls);
            scope.spawn(move || {
                for n in 0..records {
                    if until.load(Ordering::Relaxed) {
                        break;
                    }
                    journal.log(&orders.who, thread, n);
                    calls.fetch_add(1, Ordering::Relaxed);
                    if !pause.is_zero() {
                        std::thread::sleep(pause);
                    }
                }
            });
        }
    });
    calls.into_inner()
}

/// The role `log`: logs until it is killed, or has logged all.
pub(crate) fn log(orders: &Orders) {
    let handlers = handlers::attach(orders);
    let calls = run(orders, &AtomicBool::new(false));
    ferrolog::flush();
    handlers::account(orders, &handlers, calls);
}

/// Waits for something, ten seconds at most; says whether it came to be.
pub(crate) fn wait_for(mut something: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if something() {
            return true;
        }
        if start.elapsed() > Duration::from_secs(10) {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}
