//! env_logger's driver. It flushes after each record, whatever it writes to, and has no queue.

use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

use common::{Case, Counting, Finish, Work};
use env_logger::{Builder, Target};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

common::log_calls!();

fn builder(folder: &Path) -> Builder {
    let file = File::options().append(true).create(true).open(folder.join("log"));
    let mut builder = Builder::new();
    builder
        .filter_level(log::LevelFilter::Info)
        .format_timestamp_millis()
        .target(Target::Pipe(Box::new(file.expect("a file in the folder"))));
    builder
}

fn one_file(folder: &Path) -> Finish {
    builder(folder).init();
    Box::new(|_| ())
}

fn caller(folder: &Path) -> Finish {
    builder(folder).format_source_path(true).format_line_number(true).init();
    Box::new(|_| ())
}

fn main() -> ExitCode {
    common::main(&[
        Case { name: "disabled", set_up: one_file, work: Work::Turns(disabled) },
        Case { name: "file", set_up: one_file, work: Work::Calls(plain) },
        Case { name: "key-values", set_up: one_file, work: Work::Calls(key_values) },
        Case { name: "caller", set_up: caller, work: Work::Calls(plain) },
        Case { name: "threads-1", set_up: one_file, work: Work::Threads(1, plain) },
        Case { name: "threads-2", set_up: one_file, work: Work::Threads(2, plain) },
        Case { name: "threads-4", set_up: one_file, work: Work::Threads(4, plain) },
        Case { name: "threads-8", set_up: one_file, work: Work::Threads(8, plain) },
    ])
}
