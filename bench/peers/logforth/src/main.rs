//! logforth's driver. Its text always has the place of the call in it.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

use common::{Case, Counting, Finish, Work};
use logforth::append::asynchronous::AsyncBuilder;
use logforth::append::file::FileBuilder;
use logforth::append::{Append, File};
use logforth::layout::{JsonLayout, TextLayout};
use logforth::record::LevelFilter;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

common::log_calls!();

fn start(append: impl Into<Box<dyn Append>>) -> Finish {
    logforth::starter_log::builder()
        .dispatch(|dispatch| {
            dispatch
                .filter(LevelFilter::MoreSevereEqual(logforth::record::Level::Info))
                .append(append)
        })
        .apply();
    log::set_max_level(log::LevelFilter::Info);
    Box::new(|_| log::logger().flush())
}

fn text(folder: &Path) -> FileBuilder {
    FileBuilder::new(folder, "log").layout(TextLayout::default().no_color())
}

fn file(builder: FileBuilder) -> File {
    builder.build().expect("a file in the folder")
}

fn one_file(folder: &Path) -> Finish {
    start(file(text(folder)))
}

fn json(folder: &Path) -> Finish {
    start(file(FileBuilder::new(folder, "log").layout(JsonLayout::default())))
}

fn rotating(folder: &Path) -> Finish {
    let size = NonZeroUsize::new(common::ROTATE_AT as usize).expect("not zero");
    start(file(text(folder).rollover_size(size)))
}

fn queued(folder: &Path) -> Finish {
    start(AsyncBuilder::new("queue").append(file(text(folder))).build())
}

fn main() -> ExitCode {
    common::main(&[
        Case { name: "disabled", set_up: one_file, work: Work::Turns(disabled) },
        Case { name: "file", set_up: one_file, work: Work::Calls(plain) },
        Case { name: "key-values", set_up: one_file, work: Work::Calls(key_values) },
        Case { name: "json", set_up: json, work: Work::Calls(key_values) },
        Case { name: "caller", set_up: one_file, work: Work::Calls(plain) },
        Case { name: "rotating", set_up: rotating, work: Work::Calls(plain) },
        Case { name: "threads-1", set_up: one_file, work: Work::Threads(1, plain) },
        Case { name: "threads-2", set_up: one_file, work: Work::Threads(2, plain) },
        Case { name: "threads-4", set_up: one_file, work: Work::Threads(4, plain) },
        Case { name: "threads-8", set_up: one_file, work: Work::Threads(8, plain) },
        Case { name: "latency", set_up: queued, work: Work::Latency(plain) },
        Case { name: "queued", set_up: queued, work: Work::Delivered(plain) },
    ])
}
