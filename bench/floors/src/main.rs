//! The least that logging could cost: an atomic load and a compare; formatting alone; formatting and one write; one
//! write of a line that is there; for a buffer, reading the clock, and putting a line that is there into memory under a
//! lock, with a write when much is there; and, for a queue, reading the clock, and putting the time and two numbers into
//! memory under a lock. The line is the one that ferrolog's driver writes.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::SystemTime;

use common::{Case, Counting, Finish, Work, eight, second};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static THRESHOLD: AtomicI32 = AtomicI32::new(0);

fn no_file(_: &Path) -> Finish {
    THRESHOLD.store(black_box(30), Ordering::Relaxed);
    Box::new(|_| ())
}

#[cold]
#[inline(never)]
fn reached(turn: u64) {
    panic!("turn {turn} of a loop that must not log did");
}

fn load(turns: u64) {
    for turn in 0..turns {
        eight!(if 20 >= THRESHOLD.load(Ordering::Relaxed) {
            reached(turn);
        });
    }
}

/// The time as text, up to the second, which is known already for all but the first record of a second.
struct Second {
    second: u64,
    text: String,
}

thread_local! {
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
    static SECOND: RefCell<Second> = const { RefCell::new(Second { second: 0, text: String::new() }) };
    static FILE: RefCell<Option<File>> = const { RefCell::new(None) };
}

fn lay_out(n: u64, line: &mut String) {
    line.clear();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SECOND.with_borrow_mut(|known| {
        if known.second != now.as_secs() {
            known.second = now.as_secs();
            known.text.clear();
            let _ = write!(known.text, "{:019}", now.as_secs());
        }
        line.push_str(&known.text);
    });
    let ms = now.subsec_millis();
    let digits = [ms / 100, ms / 10 % 10, ms % 10].map(|digit| b'0' + digit as u8);
    line.push(',');
    line.push_str(str::from_utf8(&digits).unwrap_or_default());
    line.push_str(" INFO ");
    line.push_str(black_box("bench_ferrolog"));
    line.push(' ');
    let _ = write!(line, "request {} took {} us", n, second(n));
    line.push('\n');
}

fn format(n: u64) {
    LINE.with_borrow_mut(|line| {
        lay_out(n, line);
        black_box(line.as_str());
    });
}

fn open(folder: &Path) -> Finish {
    let file = File::options().append(true).create(true).open(folder.join("log"));
    FILE.set(Some(file.expect("a file in the folder")));
    Box::new(|_| ())
}

fn write(n: u64) {
    LINE.with_borrow_mut(|line| {
        lay_out(n, line);
        append(line.as_bytes());
    });
}

fn append(bytes: &[u8]) {
    FILE.with_borrow_mut(|file| {
        let file = file.as_mut().expect("it was opened");
        file.write_all(bytes).expect("the file takes them");
    });
}

/// As long as those that the others write.
const FINISHED: &str = "2003-07-08 16:49:45,896 INFO bench_ferrolog request 123456 took 123 us\n";

fn write_finished(_: u64) {
    append(black_box(FINISHED).as_bytes());
}

/// How much is written at once.
const BUFFER: usize = 64 * 1024;

static HELD: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn open_and_hold(folder: &Path) -> Finish {
    HELD.lock().expect("nobody panics").reserve(2 * BUFFER);
    let _ = open(folder);
    Box::new(|_| write_held(&mut HELD.lock().expect("nobody panics")))
}

fn write_held(held: &mut Vec<u8>) {
    append(held);
    held.clear();
}

fn hold_finished(_: u64) {
    black_box(SystemTime::now());
    let mut held = HELD.lock().expect("nobody panics");
    held.extend_from_slice(black_box(FINISHED).as_bytes());
    if held.len() >= BUFFER {
        write_held(&mut held);
    }
}

/// What is in the queue: nanoseconds and the message's two numbers.
static QUEUE: Mutex<Vec<[u64; 3]>> = Mutex::new(Vec::new());

/// As many places as there are to be, as in a queue that has been as full before.
fn no_listener(_: &Path) -> Finish {
    QUEUE.lock().expect("nobody panics").reserve(100_000);
    Box::new(|_| QUEUE.lock().expect("nobody panics").clear())
}

fn queue(n: u64) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = now.as_secs() * 1_000_000_000 + u64::from(now.subsec_nanos());
    QUEUE.lock().expect("nobody panics").push([now, n, second(n)]);
}

fn main() -> ExitCode {
    common::main(&[
        Case { name: "load", set_up: no_file, work: Work::Turns(load) },
        Case { name: "format", set_up: no_file, work: Work::Calls(format) },
        Case { name: "write", set_up: open, work: Work::Calls(write) },
        Case { name: "line", set_up: open, work: Work::Calls(write_finished) },
        Case { name: "buffer", set_up: open_and_hold, work: Work::Calls(hold_finished) },
        Case { name: "queue", set_up: no_listener, work: Work::Latency(queue) },
    ])
}
