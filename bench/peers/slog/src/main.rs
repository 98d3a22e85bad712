//! slog's driver: slog-term for text, slog-json, slog-async for the queue. slog-term flushes after each
//! record, whatever it writes to.

use std::fs::File;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock};

use common::{Case, Counting, Finish, Lines, Work, eight, second};
use slog::{Drain, Level, LevelFilter, Logger, debug, info, o};
use slog_async::{Async, OverflowStrategy};
use slog_term::{FullFormat, PlainSyncDecorator};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static LOGGER: OnceLock<Logger> = OnceLock::new();

fn logger() -> &'static Logger {
    LOGGER.get().expect("the case was set up")
}

fn start<D>(drain: D) -> Finish
where
    D: Drain<Ok = (), Err = slog::Never>
        + slog::SendSyncUnwindSafeDrain<Ok = (), Err = slog::Never>
        + slog::SendSyncRefUnwindSafeDrain<Ok = (), Err = slog::Never>
        + 'static,
{
    LOGGER.get_or_init(|| Logger::root(drain, o!()));
    Box::new(|_| ())
}

fn open(folder: &Path) -> File {
    let file = File::options().append(true).create(true).open(folder.join("log"));
    file.expect("a file in the folder")
}

fn one_file(folder: &Path) -> Finish {
    let format = FullFormat::new(PlainSyncDecorator::new(open(folder))).build();
    start(LevelFilter::new(format, Level::Info).fuse())
}

fn caller(folder: &Path) -> Finish {
    let format = FullFormat::new(PlainSyncDecorator::new(open(folder))).use_file_location().build();
    start(LevelFilter::new(format, Level::Info).fuse())
}

fn json(folder: &Path) -> Finish {
    let json = slog_json::Json::new(open(folder)).add_default_keys().build();
    start(LevelFilter::new(Mutex::new(json), Level::Info).map(slog::Fuse))
}

fn queued(folder: &Path) -> Finish {
    let format = FullFormat::new(PlainSyncDecorator::new(open(folder))).build().fuse();
    let queue = Async::new(format).chan_size(10_000).overflow_strategy(OverflowStrategy::Block);
    let _ = start(LevelFilter::new(queue.build_no_guard(), Level::Info).fuse());
    let lines = Lines::of(folder.join("log"));
    Box::new(move |count| lines.wait(count))
}

fn disabled(turns: u64) {
    let logger = logger();
    for n in 0..turns {
        eight!(debug!(logger, "request {} took {} us", n, n));
    }
}

fn plain(n: u64) {
    info!(logger(), "request {} took {} us", n, second(n));
}

fn key_values(n: u64) {
    info!(
        logger(), "request {} took {} us", n, second(n);
        "user" => "ann", "id" => n, "ok" => true, "ratio" => 0.5, "path" => "/api/items"
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
        Case { name: "latency", set_up: queued, work: Work::Latency(plain) },
        Case { name: "queued", set_up: queued, work: Work::Delivered(plain) },
    ])
}
