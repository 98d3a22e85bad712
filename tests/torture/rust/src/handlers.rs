//! The handlers that are put to the test, by the names that the driver gives them.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ferrolog::sink::Retry;
use ferrolog::{
    Counts, Error, FileHandler, Formatter, Handler, MemoryHandler, QueueHandler,
    RotatingFileHandler, SocketHandler, StreamHandler, TimedRotatingFileHandler,
    WatchedFileHandler, When, WhenFull,
};

use crate::Orders;

/// A handler, and the name under which it gives account.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) handler: Handler,
}

/// The handlers of the orders, `handlers=file,queue,...`, each formatted and on the root.
pub(crate) fn attach(orders: &Orders) -> Vec<Named> {
    let mut all = Vec::new();
    for name in orders.text("handlers").split(',') {
        let handler = make(name, orders).unwrap_or_else(|error| panic!("{name}: {error}"));
        ferrolog::root().add_handler(&handler);
        all.push(Named { name: name.to_owned(), handler });
    }
    ferrolog::root().set_level(ferrolog::Level::INFO);
    all
}

fn make(name: &str, orders: &Orders) -> Result<Handler, Error> {
    let path = |name: &str| orders.folder.join(orders.text("at")).join(name);
    Ok(match name {
        "file" => formatted(FileHandler::new(path("log"))?),
        "buffered" => {
            let builder = FileHandler::builder(path("buffered"));
            formatted(builder.buffer(8192).flush_interval(Duration::from_millis(200)).build()?)
        }
        "watched" => formatted(WatchedFileHandler::new(path("log"))?),
        "stderr" => formatted(Handler::new(StreamHandler::stderr())),
        "stdout" => formatted(Handler::new(StreamHandler::stdout())),
        // A slow terminal behind a queue that has little room.
        "queued-stderr" => {
            let builder = QueueHandler::builder().capacity(100).when_full(WhenFull::DropNewest);
            let target = formatted(Handler::new(StreamHandler::stderr()));
            builder.close_timeout(Duration::from_secs(30)).handler(target).build()?.to_dyn()
        }
        "socket" => {
            let retry = Retry { start: Duration::from_millis(50), ..Retry::default() };
            let address = ("127.0.0.1", orders.number::<u16>("port", 0));
            SocketHandler::builder(address).retry(retry).build().to_dyn()
        }
        "queue" => {
            let target = formatted(FileHandler::new(path("queued"))?);
            let timeout = Duration::from_millis(orders.number("close_timeout", 5000));
            let builder = QueueHandler::builder().close_timeout(timeout);
            builder.handler(slowed(target, orders)).build()?.to_dyn()
        }
        "memory" => {
            let target = formatted(FileHandler::new(path("held"))?);
            MemoryHandler::new(orders.number("capacity", 50), target).to_dyn()
        }
        rotating => formatted(rotate(rotating, &path("log"), orders)?),
    })
}

/// `sized`, `timed`, and these with `-gz`, `-shared` or both behind.
fn rotate(name: &str, path: &Path, orders: &Orders) -> Result<Handler, Error> {
    let (compress, shared) = (name.contains("-gz"), name.contains("-shared"));
    let max_bytes = orders.number("max_bytes", 4000);
    if name.starts_with("timed") {
        let mut builder = TimedRotatingFileHandler::builder(path).when(When::Second);
        if let Some(rotator) = holding(orders) {
            builder = builder.rotator(rotator);
        }
        return Ok(builder.compress(compress).shared(shared).build()?.to_dyn());
    }
    assert!(name.starts_with("sized"), "there is no handler {name}");
    let builder = RotatingFileHandler::builder(path).max_bytes(max_bytes);
    let mut builder = builder.backup_count(orders.number("backups", 1000));
    if let Some(rotator) = holding(orders) {
        builder = builder.rotator(rotator);
    }
    Ok(builder.compress(compress).shared(shared).build()?.to_dyn())
}

/// Stays in its turn at rotation `hold`, if that is asked for, until the process is killed.
fn holding(orders: &Orders) -> Option<impl Fn(&Path, &Path) -> io::Result<()> + use<>> {
    let hold: u32 = orders.number("hold", 0);
    let (holding, rotations) = (orders.folder.join("holding"), AtomicU32::new(0));
    (hold > 0).then_some(move |from: &Path, to: &Path| {
        if rotations.fetch_add(1, Ordering::Relaxed) + 1 == hold {
            std::fs::write(&holding, "")?;
            std::thread::sleep(Duration::from_secs(60));
        }
        std::fs::rename(from, to)
    })
}

fn formatted(handler: impl Into<Handler>) -> Handler {
    let pattern = "%(levelname)s:%(name)s:%(message)s";
    let formatter = Formatter::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    handler.into().with_formatter(formatter)
}

/// A handler that takes `delay` milliseconds for each record, if that is asked for.
fn slowed(handler: Handler, orders: &Orders) -> Handler {
    let delay: u64 = orders.number("delay", 0);
    if delay > 0 {
        handler.add_filter(ferrolog::Filter::new(move |_| {
            std::thread::sleep(Duration::from_millis(delay));
            true
        }));
    }
    handler
}

/// Writes what each handler says of its records, and what the caller says: `NAME CALLS COUNTS...`.
pub(crate) fn account(orders: &Orders, handlers: &[Named], calls: u64) {
    let lines: String = handlers
        .iter()
        .map(|Named { name, handler }| {
            let Counts { delivered, dropped, failed, .. } = handler.counts();
            let emitted = handler.counts().emitted();
            format!("{name} {calls} {emitted} {delivered} {dropped} {failed}\n")
        })
        .collect();
    let path = orders.folder.join(format!("account.{}", orders.who));
    std::fs::write(&path, lines).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
