//! ferrolog's driver.

use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;

use common::{Case, Counting, Finish, Work, eight, leaves, second, tree};
use ferrolog::format::JsonFormatter;
use ferrolog::{
    FileHandler, Format, Formatter, Handler, Level, Logger, QueueHandler, QueueListener,
    RecordQueue, RotatingFileHandler, debug, get_logger, info, root,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PATTERN: &str = "%(asctime)s %(levelname)s %(name)s %(message)s";

fn use_handler(handler: Handler) -> Finish {
    root().set_level(Level::INFO);
    root().add_handler(&handler);
    Box::new(move |_| handler.flush())
}

fn formatter(pattern: &str) -> Formatter {
    Formatter::new(pattern).expect("a valid pattern")
}

fn file(folder: &Path, formatter: impl Format) -> Finish {
    let handler = FileHandler::new(folder.join("log")).expect("a file in the folder");
    use_handler(handler.with_formatter(formatter).to_dyn())
}

fn one_file(folder: &Path) -> Finish {
    file(folder, formatter(PATTERN))
}

fn text_key_values(folder: &Path) -> Finish {
    let shown = "user=%(user)s id=%(id)s ok=%(ok)s ratio=%(ratio)s path=%(path)s";
    file(folder, formatter(&format!("{PATTERN} {shown}")))
}

fn json(folder: &Path) -> Finish {
    file(folder, JsonFormatter::new())
}

fn caller(folder: &Path) -> Finish {
    file(
        folder,
        formatter("%(asctime)s %(levelname)s %(pathname)s:%(lineno)d %(funcName)s %(message)s"),
    )
}

fn rotating(folder: &Path) -> Finish {
    let handler = RotatingFileHandler::builder(folder.join("log"))
        .max_bytes(common::ROTATE_AT)
        .backup_count(50)
        .build()
        .expect("a file in the folder");
    use_handler(handler.with_formatter(formatter(PATTERN)).to_dyn())
}

/// 64 KiB of records in memory, which are written together.
fn buffered(folder: &Path) -> Finish {
    let handler = FileHandler::builder(folder.join("log"))
        .buffer(64 * 1024)
        .build()
        .expect("a file in the folder");
    use_handler(handler.with_formatter(formatter(PATTERN)).to_dyn())
}

fn queued(folder: &Path) -> Finish {
    let file = FileHandler::new(folder.join("log")).expect("a file in the folder");
    let queue = QueueHandler::builder()
        .handler(file.with_formatter(formatter(PATTERN)))
        .build()
        .expect("a thread");
    use_handler(queue.to_dyn())
}

/// A queue whose listener runs only when everything is to be delivered: what a call costs by itself.
fn put(folder: &Path) -> Finish {
    let file = FileHandler::new(folder.join("log")).expect("a file in the folder");
    let queue = RecordQueue::new(10_000);
    let listener = QueueListener::new(&queue, [file.with_formatter(formatter(PATTERN)).to_dyn()]);
    let flush = use_handler(QueueHandler::new(&queue).to_dyn());
    Box::new(move |records| {
        listener.start().expect("a thread");
        flush(records);
        listener.stop();
    })
}

static LEAVES: OnceLock<Vec<Logger>> = OnceLock::new();

fn with_tree(folder: &Path) -> Finish {
    let finish = one_file(folder);
    tree().iter().for_each(|name| drop(get_logger(name)));
    LEAVES.get_or_init(|| leaves().iter().map(|name| get_logger(name)).collect());
    finish
}

fn in_tree(n: u64) {
    if let Some(leaves) = LEAVES.get() {
        let logger = &leaves[n as usize % leaves.len()];
        info!(logger, "request {} took {} us", n, second(n));
    }
}

fn change_level(n: u64) {
    root().set_level(if n.is_multiple_of(2) { Level::INFO } else { Level::WARNING });
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
        "request {} took {} us", n, second(n);
        user = "ann", id = n, ok = true, ratio = 0.5, path = "/api/items"
    );
}

fn main() -> ExitCode {
    common::main(&[
        Case { name: "disabled", set_up: one_file, work: Work::Turns(disabled) },
        Case { name: "file", set_up: one_file, work: Work::Calls(plain) },
        Case { name: "key-values", set_up: text_key_values, work: Work::Calls(key_values) },
        Case { name: "json", set_up: json, work: Work::Calls(key_values) },
        Case { name: "caller", set_up: caller, work: Work::Calls(plain) },
        Case { name: "rotating", set_up: rotating, work: Work::Calls(plain) },
        Case { name: "threads-1", set_up: one_file, work: Work::Threads(1, plain) },
        Case { name: "threads-2", set_up: one_file, work: Work::Threads(2, plain) },
        Case { name: "threads-4", set_up: one_file, work: Work::Threads(4, plain) },
        Case { name: "threads-8", set_up: one_file, work: Work::Threads(8, plain) },
        Case { name: "tree", set_up: with_tree, work: Work::Calls(in_tree) },
        Case { name: "level-change", set_up: with_tree, work: Work::Times(change_level) },
        Case { name: "buffered", set_up: buffered, work: Work::Calls(plain) },
        Case { name: "put", set_up: put, work: Work::Calls(plain) },
        Case { name: "latency", set_up: queued, work: Work::Latency(plain) },
        Case { name: "queued", set_up: queued, work: Work::Delivered(plain) },
    ])
}
