//! Records that can be told apart, from several threads, and the journal of the calls that returned.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;
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
        self.note(thread, n);
    }

    /// Notes that the call of record `n` of a thread has returned.
    pub(crate) fn note(&self, thread: u64, n: u64) {
        let written = self.file.write_at(&(n + 1).to_le_bytes(), thread * 8);
        assert_eq!(written.ok(), Some(8), "the journal cannot be written");
    }
}

/// Logs record `n` of a thread: its length differs from that of its neighbours.
pub(crate) fn say(who: &str, thread: u64, n: u64) {
    let filling = "x".repeat((n % 50) as usize);
    info!(ferrolog::root(), "{who} {thread} {n} {filling} end{}", padding());
}

/// What is put behind each message, to make it large.
fn padding() -> &'static str {
    PADDING.get().map_or("", String::as_str)
}

static PADDING: OnceLock<String> = OnceLock::new();

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
    let pad: usize = orders.number("pad", 0);
    if pad > 0 {
        PADDING.get_or_init(|| format!(" {}", "y".repeat(pad)));
    }
    let stop = AtomicBool::new(false);
    let calls = if orders.text("until").is_empty() {
        run(orders, &stop)
    } else {
        std::thread::scope(|scope| {
            let running = scope.spawn(|| run(orders, &stop));
            let begun = Instant::now();
            while !orders.folder.join("stop").exists() && begun.elapsed() < LONGEST {
                std::thread::sleep(Duration::from_millis(2));
                if orders.folder.join("close").exists() {
                    close_log(orders);
                    let _ = std::fs::remove_file(orders.folder.join("close"));
                }
            }
            stop.store(true, Ordering::Relaxed);
            running.join().unwrap_or_else(|_| panic!("a thread that logs panicked"))
        })
    };
    // The driver may go on, while what is held back is written.
    let _ = std::fs::write(orders.folder.join(format!("ready.{}", orders.who)), "");
    ferrolog::shutdown();
    handlers::account(orders, &handlers, calls);
}

/// How long it logs if nobody stops it.
const LONGEST: Duration = Duration::from_secs(60);

/// Closes the descriptor of the log, as a mistake elsewhere in a program may do.
fn close_log(orders: &Orders) {
    let log = orders.folder.join(orders.text("at")).join("log");
    for number in 3..256 {
        if std::fs::read_link(format!("/proc/self/fd/{number}")).is_ok_and(|path| path == log) {
            // SAFETY: that it is not this function's to close is what the handler has to live with.
            unsafe { libc::close(number) };
        }
    }
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
