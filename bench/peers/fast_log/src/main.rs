//! fast_log's driver. All that it has is a queue.

use std::path::Path;
use std::process::ExitCode;

use common::{Case, Counting, Finish, Work};
use fast_log::Config;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

common::log_calls!();

fn queued(folder: &Path) -> Finish {
    let path = folder.join("log");
    let path = path.to_str().expect("a path of text");
    let config = Config::new().level(log::LevelFilter::Info).file(path);
    fast_log::init(config).expect("the first logger of the process");
    Box::new(|_| log::logger().flush())
}

fn main() -> ExitCode {
    common::main(&[
        Case { name: "disabled", set_up: queued, work: Work::Turns(disabled) },
        Case { name: "latency", set_up: queued, work: Work::Latency(plain) },
        Case { name: "queued", set_up: queued, work: Work::Delivered(plain) },
    ])
}
