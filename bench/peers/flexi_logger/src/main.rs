//! flexi_logger's driver.

use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;

use common::{Case, Counting, Finish, Lines, Work, leaves, second, tree};
use flexi_logger::{
    Cleanup, Criterion, FileSpec, FormatFunction, LogSpecification, Logger, LoggerHandle, Naming,
    WriteMode,
};
use log::LevelFilter;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

common::log_calls!();

static HANDLE: OnceLock<LoggerHandle> = OnceLock::new();
static LEAVES: OnceLock<Vec<String>> = OnceLock::new();

fn logger(folder: &Path, format: FormatFunction, mode: WriteMode) -> Logger {
    let file = FileSpec::default().directory(folder).basename("log").suppress_timestamp();
    Logger::with(LevelFilter::Info).log_to_file(file).format(format).write_mode(mode)
}

fn start(logger: Logger) -> Finish {
    HANDLE.get_or_init(|| logger.start().expect("the first logger of the process"));
    Box::new(|_| HANDLE.get().into_iter().for_each(LoggerHandle::flush))
}

fn one_file(folder: &Path) -> Finish {
    start(logger(folder, flexi_logger::opt_format, WriteMode::Direct))
}

fn with_key_values(folder: &Path) -> Finish {
    start(logger(folder, flexi_logger::default_format, WriteMode::Direct))
}

fn json(folder: &Path) -> Finish {
    start(logger(folder, flexi_logger::json_format, WriteMode::Direct))
}

fn rotating(folder: &Path) -> Finish {
    let logger = logger(folder, flexi_logger::opt_format, WriteMode::Direct);
    start(logger.rotate(Criterion::Size(common::ROTATE_AT), Naming::Numbers, Cleanup::Never))
}

fn buffered(folder: &Path) -> Finish {
    start(logger(folder, flexi_logger::opt_format, WriteMode::BufferDontFlush))
}

fn queued(folder: &Path) -> Finish {
    let ask = start(logger(folder, flexi_logger::opt_format, WriteMode::Async));
    let lines = Lines::of(folder.join("log.log"));
    Box::new(move |count| {
        ask(count);
        lines.wait(count);
    })
}

fn specification(level: LevelFilter) -> LogSpecification {
    let mut builder = LogSpecification::builder();
    builder.default(level);
    for name in tree() {
        builder.module(name.replace('.', "::"), level);
    }
    builder.build()
}

fn with_tree(folder: &Path) -> Finish {
    let file = FileSpec::default().directory(folder).basename("log").suppress_timestamp();
    LEAVES.get_or_init(|| leaves().iter().map(|name| name.replace('.', "::")).collect());
    let logger = Logger::with(specification(LevelFilter::Info)).log_to_file(file);
    start(logger.format(flexi_logger::opt_format))
}

fn in_tree(n: u64) {
    if let Some(leaves) = LEAVES.get() {
        let target = &*leaves[n as usize % leaves.len()];
        log::info!(target: target, "request {} took {} us", n, second(n));
    }
}

fn change_level(n: u64) {
    let level = if n.is_multiple_of(2) { LevelFilter::Info } else { LevelFilter::Warn };
    if let Some(handle) = HANDLE.get() {
        handle.set_new_spec(specification(level));
    }
}

fn main() -> ExitCode {
    common::main(&[
        Case { name: "disabled", set_up: one_file, work: Work::Turns(disabled) },
        // Its format with the time has the place of the call in it.
        Case { name: "file", set_up: one_file, work: Work::Calls(plain) },
        Case { name: "key-values", set_up: with_key_values, work: Work::Calls(key_values) },
        Case { name: "json", set_up: json, work: Work::Calls(key_values) },
        Case { name: "caller", set_up: one_file, work: Work::Calls(plain) },
        Case { name: "rotating", set_up: rotating, work: Work::Calls(plain) },
        Case { name: "threads-1", set_up: one_file, work: Work::Threads(1, plain) },
        Case { name: "threads-2", set_up: one_file, work: Work::Threads(2, plain) },
        Case { name: "threads-4", set_up: one_file, work: Work::Threads(4, plain) },
        Case { name: "threads-8", set_up: one_file, work: Work::Threads(8, plain) },
        Case { name: "tree", set_up: with_tree, work: Work::Calls(in_tree) },
        Case { name: "level-change", set_up: with_tree, work: Work::Times(change_level) },
        Case { name: "buffered", set_up: buffered, work: Work::Calls(plain) },
        Case { name: "latency", set_up: queued, work: Work::Latency(plain) },
        Case { name: "queued", set_up: queued, work: Work::Delivered(plain) },
    ])
}
