//! spdlog-rs' driver.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use common::{Case, Counting, Finish, Lines, Work, eight, second};
use spdlog::formatter::{Formatter, FullFormatter, JsonFormatter};
use spdlog::sink::{AsyncPoolSink, FileSink, RotatingFileSink, RotationPolicy, Sink};
use spdlog::{Level, LevelFilter, Logger, ThreadPool, debug, info};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn start(sink: Arc<dyn Sink>, flush: LevelFilter) -> Finish {
    let logger = Logger::builder()
        .name("bench_spdlog")
        .sink(sink)
        .level_filter(LevelFilter::MoreSevereEqual(Level::Info))
        .flush_level_filter(flush)
        .build_arc()
        .expect("a valid name");
    spdlog::set_default_logger(Arc::clone(&logger));
    Box::new(move |_| logger.flush())
}

fn text() -> FullFormatter {
    FullFormatter::builder().source_location(false).build()
}

fn file(folder: &Path, formatter: impl Formatter + 'static) -> Arc<dyn Sink> {
    let sink = FileSink::builder().path(folder.join("log")).formatter(formatter).build_arc();
    sink.expect("a file in the folder")
}

fn one_file(folder: &Path) -> Finish {
    start(file(folder, text()), LevelFilter::All)
}

fn json(folder: &Path) -> Finish {
    start(file(folder, JsonFormatter::new()), LevelFilter::All)
}

fn caller(folder: &Path) -> Finish {
    start(file(folder, FullFormatter::builder().build()), LevelFilter::All)
}

fn rotating(folder: &Path) -> Finish {
    let sink = RotatingFileSink::builder()
        .base_path(folder.join("log"))
        .rotation_policy(RotationPolicy::FileSize(common::ROTATE_AT))
        .max_files(50)
        .formatter(text())
        .build_arc();
    start(sink.expect("a file in the folder"), LevelFilter::All)
}

fn buffered(folder: &Path) -> Finish {
    start(file(folder, text()), LevelFilter::Off)
}

fn queued(folder: &Path) -> Finish {
    let pool = ThreadPool::builder()
        .capacity(NonZeroUsize::new(10_000).expect("not zero"))
        .build_arc()
        .expect("a thread");
    let sink = AsyncPoolSink::builder().sink(file(folder, text())).thread_pool(pool).build_arc();
    let flush = start(sink.expect("a valid sink"), LevelFilter::Off);
    let lines = Lines::of(folder.join("log"));
    Box::new(move |count| {
        flush(count);
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
        "request {} took {} us", n, second(n),
        kv: { user = "ann", id = n, ok = true, ratio = 0.5, path = "/api/items" }
    );
}

fn main() -> ExitCode {
    common::main(&[
        Case { name: "disabled", set_up: one_file, work: Work::Turns(disabled) },
        Case { name: "file", set_up: one_file, work: Work::Calls(plain) },
        Case { name: "key-values", set_up: one_file, work: Work::Calls(key_values) },
        Case { name: "json", set_up: json, work: Work::Calls(key_values) },
        Case { name: "caller", set_up: caller, work: Work::Calls(plain) },
        Case { name: "rotating", set_up: rotating, work: Work::Calls(plain) },
        Case { name: "threads-1", set_up: one_file, work: Work::Threads(1, plain) },
        Case { name: "threads-2", set_up: one_file, work: Work::Threads(2, plain) },
        Case { name: "threads-4", set_up: one_file, work: Work::Threads(4, plain) },
        Case { name: "threads-8", set_up: one_file, work: Work::Threads(8, plain) },
        Case { name: "buffered", set_up: buffered, work: Work::Calls(plain) },
        Case { name: "latency", set_up: queued, work: Work::Latency(plain) },
        Case { name: "queued", set_up: queued, work: Work::Delivered(plain) },
    ])
}
