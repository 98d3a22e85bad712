//! Which request, which user, which connection: three ways of saying it once rather than in each call.
//!
//! Python's cookbook: *Adding contextual information to your logging output*, *Use of contextvars*.

use ferrolog::{
    Context, Formatter, Handler, LoggerAdapter, StreamHandler, context, get_logger, warning,
};

fn main() -> Result<(), ferrolog::Error> {
    let lines = Handler::new(StreamHandler::new(Vec::new())).with_formatter(
        Formatter::builder()
            .pattern("[%(request)s %(user)s] %(message)s")
            // For records that belong to no request.
            .defaults([("request", "-"), ("user", "-")])
            .build()?,
    );
    let logger = get_logger("app");
    logger.add_handler(&lines);

    // 1. A context of the thread: every record made in the scope carries it, whoever makes it.
    {
        let _request = context!(request = 7, user = "ann").enter();
        warning!(logger, "slow");

        // A thread starts without; hand it on.
        let context = Context::current();
        let for_thread = logger.clone();
        let worker = std::thread::spawn(move || {
            let _entered = context.enter();
            warning!(for_thread, "from a worker");
        });
        worker.join().expect("the worker logs and ends");
    }

    // 2. A context of a future goes along, whichever thread polls it: `context!(...).wrap(future)`.
    let for_task = logger.clone();
    let task = context!(request = 8).wrap(async move { warning!(for_task, "in a task") });
    run_to_the_end(task);

    // 3. An adapter, for an object that logs much about itself.
    let connection = LoggerAdapter::new(&logger, context!(user = "bob"));
    warning!(connection, "closed");

    // 4. The call's own key-values, nearest of all.
    warning!(logger, "no more tries"; request = 9, user = "eve");

    let text = String::from_utf8_lossy(lines.lock().stream()).into_owned();
    print!("{text}");
    assert_eq!(
        text,
        "[7 ann] slow\n[7 ann] from a worker\n[8 -] in a task\n[- bob] closed\n[9 eve] no more tries\n"
    );
    Ok(())
}

/// What a runtime does, for a future that never has to wait.
fn run_to_the_end(future: impl Future<Output = ()>) {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(std::pin::pin!(future).as_mut().poll(&mut cx).is_ready());
}
