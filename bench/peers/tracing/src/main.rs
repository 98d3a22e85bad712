//! tracing's driver: tracing-subscriber's `fmt`, and tracing-appender for the queue.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard};

use common::{Case, Counting, Finish, Lines, Work, eight, second};
use tracing::level_filters::LevelFilter;
use tracing::{debug, info};
use tracing_appender::non_blocking::NonBlockingBuilder;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn open(folder: &Path) -> File {
    let file = File::options().append(true).create(true).open(folder.join("log"));
    file.expect("a file in the folder")
}

macro_rules! start {
    ($writer:expr $(, $setting:ident($($value:expr)?))*) => {
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(LevelFilter::INFO)
            .with_writer($writer)
            $(.$setting($($value)?))*
            .init()
    };
}

fn one_file(folder: &Path) -> Finish {
    start!(Mutex::new(open(folder)));
    Box::new(|_| ())
}

fn json(folder: &Path) -> Finish {
    start!(Mutex::new(open(folder)), json());
    Box::new(|_| ())
}

fn caller(folder: &Path) -> Finish {
    start!(Mutex::new(open(folder)), with_file(true), with_line_number(true));
    Box::new(|_| ())
}

/// A lock that is held while one record is written.
struct Locked(MutexGuard<'static, BufWriter<File>>);

impl Write for Locked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn buffered(folder: &Path) -> Finish {
    let file: &'static Mutex<_> = Box::leak(Box::new(Mutex::new(BufWriter::new(open(folder)))));
    let lock = || file.lock().expect("nobody panics with it");
    start!(move || Locked(lock()));
    Box::new(move |_| lock().flush().expect("the file takes the lines"))
}

fn queued(folder: &Path) -> Finish {
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(10_000)
        .lossy(false)
        .finish(open(folder));
    start!(writer);
    let lines = Lines::of(folder.join("log"));
    Box::new(move |count| {
        // It ends the queue when it is dropped.
        let _ = &guard;
        lines.wait(count);
    })
}

fn disabled(turns: u64) {
    for n in 0..turns {
        eight!(debug!("request {} took {} us", n, n));
    }
}

fn plain(n: u64) {
    info!("request {} took {} us", n, second(n));
}

fn key_values(n: u64) {
    info!(
        user = "ann",
        id = n,
        ok = true,
        ratio = 0.5,
        path = "/api/items",
        "request {} took {} us",
        n,
        second(n)
    );
}

fn main() -> ExitCode {
    common::main(&[
        Case { name: "disabled", set_up: one_file, work: Work::Turns(disabled) },
        Case { name: "file", set_up: one_file, work: Work::Calls(plain) },
        Case { name: "key-values", set_up: one_file, work: Work::Calls(key_values) },
        Case { name: "json", set_up: json, work: Work::Calls(key_values) },
        Case { name: "caller", set_up: caller, work: Work::Calls(plain) },
        Case { name: "threads-1", set_up: one_file, work: Work::Threads(1, plain) },
        Case { name: "threads-2", set_up: one_file, work: Work::Threads(2, plain) },
        Case { name: "threads-4", set_up: one_file, work: Work::Threads(4, plain) },
        Case { name: "threads-8", set_up: one_file, work: Work::Threads(8, plain) },
        Case { name: "buffered", set_up: buffered, work: Work::Calls(plain) },
        Case { name: "latency", set_up: queued, work: Work::Latency(plain) },
        Case { name: "queued", set_up: queued, work: Work::Delivered(plain) },
    ])
}
