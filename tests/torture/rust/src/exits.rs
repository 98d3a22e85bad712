//! The role `exits`: logs to handlers that hold records back, and ends in the way asked for.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::Orders;
use crate::handlers;
use crate::journal;

pub(crate) fn run(orders: &Orders) {
    let handlers = handlers::attach(orders);
    let way = orders.text("way").to_owned();
    if way == "signal" {
        ferrolog::shutdown_on_signals(&[libc::SIGTERM, libc::SIGINT])
            .unwrap_or_else(|error| panic!("the signals: {error}"));
    }
    journal::run(orders, &AtomicBool::new(false));
    // The driver may now send its signal.
    std::fs::write(orders.folder.join(format!("ready.{}", orders.who)), "")
        .unwrap_or_else(|error| panic!("cannot say that it is ready: {error}"));
    match way.as_str() {
        "return" => {}
        "exit" => std::process::exit(3),
        "panic" => panic!("on purpose"),
        "panic in a thread" => {
            let _ = std::thread::spawn(|| panic!("on purpose")).join();
            std::process::exit(0);
        }
        "drop" => {
            ferrolog::root().set_handlers::<&ferrolog::Handler>(&[]);
            drop(handlers);
            // Nothing is done at such an end: what is not written by now is lost.
            // SAFETY: ends the process.
            unsafe { libc::_exit(0) }
        }
        "signal" => std::thread::sleep(Duration::from_secs(20)),
        other => panic!("there is no way {other}"),
    }
}
