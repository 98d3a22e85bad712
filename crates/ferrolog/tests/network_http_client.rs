//! A root logger that hears everything, with a handler whose own HTTP client logs too.
#![cfg(all(unix, feature = "http", feature = "log"))]

mod peers;

use std::time::Duration;

use ferrolog::{HttpHandler, Level};
use peers::Peer;

#[test]
fn the_clients_records_bring_forth_no_others() {
    let Some(peer) = Peer::python("web.py", &["200"]) else { return };
    let handler = HttpHandler::new(format!("localhost:{}", peer.port()), "/log").unwrap();
    ferrolog::bridge::log::init().unwrap();
    ferrolog::root().set_level(Level::NOTSET);
    ferrolog::root().add_handler(&handler);
    ferrolog::info!("one");
    log::warn!(target: "app", "two");
    for text in ["msg=one", "msg=two"] {
        let line = peer.line();
        assert!(line.contains(text), "{line}");
    }
    assert!(peer.line_within(Duration::from_millis(100)).is_none());
    let counts = handler.counts();
    assert_eq!((counts.delivered, counts.failed), (2, 0));
    assert!(counts.dropped > 0, "the client has logged nothing, and this test shows nothing");
}
