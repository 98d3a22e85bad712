//! What the socket and datagram handlers send, received by Python's `socketserver` and `pickle`, and
//! compared with what CPython's own handlers send.
#![cfg(all(unix, feature = "net"))]

mod peers;

use std::io::Read;
use std::net::TcpListener;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::time::{Duration, Instant};

use ferrolog::sink::Retry;
use ferrolog::{
    DatagramHandler, Error, Handler, Level, Location, Record, SocketHandler, ToValue, Value,
};
use peers::{Peer, listen};
use serde_json::json;

/// Sends records with `handler` and with CPython's, and compares what the peer made of them.
fn compare(peer: &Peer, handler: &Handler, class: &str, arguments: &serde_json::Value) {
    let mut with_error = peers::attributes("it failed");
    with_error["exc_text"] = json!("Traceback: …\n  x");
    with_error["stack_info"] = json!("Stack:\n  y");
    let mut with_args = peers::attributes("");
    with_args["msg"] = json!("%(what)s is %(n)d%% of it");
    with_args["args"] = json!({"what": "half", "n": 50});
    for attributes in
        [peers::attributes("plain"), peers::attributes("Größe\n\u{1f980}\0"), with_error, with_args]
    {
        handler.handle(&peers::record(&attributes).as_record());
        let ours = peer.line();
        peers::send_with_python(class, arguments, &attributes);
        assert_eq!(ours, peer.line(), "{attributes}");
    }
}

/// Sends a record of this language's own and looks at what arrives.
fn native(peer: &Peer, handler: &Handler) {
    let error = std::io::Error::other("disk");
    let key_values = [
        ("user", "ann".to_value()),
        ("port", 5432_u16.to_value()),
        ("exc_info", Value::Error(&error)),
        ("message", "is not sent".to_value()),
    ];
    let location =
        Location { file: "src/db.rs", line: 9, module_path: "app::db", function: "connect" };
    let name = "x";
    handler.handle(
        &Record::from_args("app.db", Level::WARNING, format_args!("no {name}: {}", 3))
            .with_template("no {name}: {}")
            .with_key_values(&key_values)
            .with_location(location),
    );
    let line: serde_json::Value = serde_json::from_str(&peer.line()).unwrap();
    assert_eq!(line["line"], "WARNING:app.db:no x: 3\nError: disk");
    let attributes = &line["attributes"];
    for (key, shown) in [
        ("msg", "'no x: 3'"),
        ("args", "None"),
        ("levelno", "30"),
        ("levelname", "'WARNING'"),
        ("exc_info", "None"),
        ("exc_text", "'Error: disk'"),
        ("stack_info", "None"),
        ("user", "'ann'"),
        ("port", "5432"),
        ("pathname", "'src/db.rs'"),
        ("filename", "'db.rs'"),
        ("module", "'db'"),
        ("funcName", "'connect'"),
        ("lineno", "9"),
    ] {
        assert_eq!(attributes[key], shown, "{key}");
    }
    assert_eq!(attributes["process"], std::process::id().to_string());
    assert!(attributes.get("message").is_none());
    let created: f64 = attributes["created"].as_str().unwrap().parse().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!((now.as_secs_f64() - created).abs() < 60.0);
}

#[test]
fn tcp() {
    let Some(peer) = Peer::python("receive.py", &["tcp"]) else { return };
    let handler = SocketHandler::new("127.0.0.1", peer.port()).to_dyn();
    compare(&peer, &handler, "SocketHandler", &json!({"host": "127.0.0.1", "port": peer.port()}));
    native(&peer, &handler);
    let long = "x".repeat(3_000_000);
    handler.handle(&Record::new("app", Level::INFO, &long));
    assert!(peer.line().contains(&long));
    assert_eq!(handler.counts().delivered, 6);
}

#[test]
fn unix_stream() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let Some(peer) = Peer::python("receive.py", &["unix", path.to_str().unwrap()]) else { return };
    let handler = SocketHandler::unix(&path).to_dyn();
    compare(&peer, &handler, "SocketHandler", &json!({"host": path, "port": null}));
    native(&peer, &handler);
}

#[test]
fn udp() {
    let Some(peer) = Peer::python("receive.py", &["udp"]) else { return };
    let handler = DatagramHandler::new("127.0.0.1", peer.port());
    let told = listen(&handler);
    let any = handler.to_dyn();
    compare(&peer, &any, "DatagramHandler", &json!({"host": "127.0.0.1", "port": peer.port()}));
    native(&peer, &any);
    // A record that fits no datagram fails alone.
    any.handle(&Record::new("app", Level::INFO, &"x".repeat(70_000)));
    let told = told.lock().unwrap().join("\n");
    assert!(told.contains("in one datagram to 127.0.0.1:"), "{told}");
    native(&peer, &any);
    let counts = any.counts();
    assert_eq!((counts.delivered, counts.dropped, counts.failed), (6, 0, 1));
}

#[test]
fn unix_datagram() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let args = ["unixgram", path.to_str().unwrap()];
    let Some(peer) = Peer::python("receive.py", &args) else { return };
    let handler = DatagramHandler::unix(&path).to_dyn();
    compare(&peer, &handler, "DatagramHandler", &json!({"host": path, "port": null}));
    native(&peer, &handler);
}

#[test]
fn a_receiver_that_was_restarted_misses_nothing() {
    let Some(peer) = Peer::python("receive.py", &["tcp"]) else { return };
    let port = peer.address.clone();
    let handler = SocketHandler::new("localhost", peer.port());
    let told = listen(&handler);
    handler.handle(&Record::new("app", Level::INFO, "first"));
    assert!(peer.line().contains("first"));
    peer.stop();
    let again = Peer::python("receive.py", &["tcp", &port]).unwrap();
    handler.handle(&Record::new("app", Level::INFO, "second"));
    assert!(again.line().contains("second"));
    assert_eq!(handler.counts().delivered, 2);
    assert!(told.lock().unwrap().is_empty());
}

#[test]
fn what_is_lost_while_the_peer_is_away_is_counted_and_told_once() {
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let handler = SocketHandler::builder(away)
        .retry(Retry { start: Duration::from_millis(300), ..Retry::default() })
        .build();
    let told = listen(&handler);
    let start = Instant::now();
    for _ in 0..100 {
        handler.handle(&Record::new("app", Level::INFO, "into the void"));
    }
    assert!(start.elapsed() < Duration::from_millis(280), "the test was held up");
    let counts = handler.counts();
    assert_eq!((counts.delivered, counts.dropped, counts.failed), (0, 99, 1));
    assert_eq!(told.lock().unwrap().len(), 1);
    assert!(told.lock().unwrap()[0].starts_with(&format!("cannot connect to {away}: ")));

    let listener = TcpListener::bind(away).unwrap();
    std::thread::sleep(Duration::from_millis(320));
    for _ in 0..10 {
        handler.handle(&Record::new("app", Level::INFO, "there again"));
    }
    let lost = format!("100 records were lost while {away} was away");
    assert_eq!(told.lock().unwrap()[1..], [lost]);
    assert_eq!(handler.counts().delivered, 10);
    handler.close();
    let mut received = Vec::new();
    listener.accept().unwrap().0.read_to_end(&mut received).unwrap();
    assert_eq!(received.windows(11).filter(|text| text == b"there again").count(), 10);
}

#[test]
fn what_was_lost_is_told_when_the_handler_closes() {
    let folder = tempfile::tempdir().unwrap();
    for handler in [
        SocketHandler::unix(folder.path().join("none")).to_dyn(),
        DatagramHandler::unix(folder.path().join("none")).to_dyn(),
    ] {
        let told = listen(&handler);
        for _ in 0..5 {
            handler.handle(&Record::new("app", Level::INFO, "lost"));
        }
        handler.close();
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[1].contains("5 records were lost while"), "{told:?}");
        assert_eq!((handler.counts().failed, handler.counts().dropped), (1, 4));
    }
}

/// A peer that accepts and reads nothing holds the program up for one timeout, then not again before the
/// next attempt is due.
#[test]
fn a_stalled_peer_costs_one_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let _unix = UnixListener::bind(&path).unwrap();
    let gram = folder.path().join("gram");
    let _gram = UnixDatagram::bind(&gram).unwrap();
    let timeout = Duration::from_millis(200);
    let address = tcp.local_addr().unwrap();
    for handler in [
        SocketHandler::builder(address).timeout(timeout).build().to_dyn(),
        SocketHandler::builder(path.as_path()).timeout(timeout).build().to_dyn(),
        DatagramHandler::builder(gram.as_path()).timeout(timeout).build().to_dyn(),
    ] {
        let told = listen(&handler);
        let text = "x".repeat(50_000);
        let start = Instant::now();
        while handler.counts().failed == 0 {
            handler.handle(&Record::new("app", Level::INFO, &text));
            assert!(start.elapsed() < peers::LONG, "the peer never stalled");
        }
        let stalled = Instant::now();
        for _ in 0..50 {
            handler.handle(&Record::new("app", Level::INFO, &text));
        }
        assert!(stalled.elapsed() < timeout, "{handler:?} waited again");
        assert_eq!((handler.counts().failed, handler.counts().dropped), (1, 50));
        assert_eq!(told.lock().unwrap().len(), 1);
    }
}

#[test]
fn a_host_without_an_address_is_an_error_in_time() {
    let handler = SocketHandler::builder(("host.invalid", 9)).build();
    let told = listen(&handler);
    let start = Instant::now();
    handler.handle(&Record::new("app", Level::INFO, "x"));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(told.lock().unwrap()[0].starts_with("cannot connect to host.invalid:9: "));
}

#[test]
fn a_record_that_cannot_be_pickled() {
    struct Fails;

    impl std::fmt::Display for Fails {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            Err(std::fmt::Error)
        }
    }

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for close_on_error in [false, true] {
        let handler = SocketHandler::builder(address).close_on_error(close_on_error).build();
        let told = listen(&handler);
        handler.handle(&Record::new("app", Level::INFO, "fine"));
        handler.handle(&Record::from_args("app", Level::INFO, format_args!("{Fails}")));
        assert_eq!(handler.lock().is_connected(), !close_on_error);
        let counts = handler.counts();
        let expected = if close_on_error { (1, 1, 0) } else { (1, 0, 1) };
        assert_eq!((counts.delivered, counts.dropped, counts.failed), expected);
        assert_eq!(told.lock().unwrap().len(), usize::from(!close_on_error));
        let error = SocketHandler::make_pickle(
            &Record::from_args("app", Level::INFO, format_args!("{Fails}")),
            &mut Vec::new(),
        );
        assert!(matches!(error, Err(Error::Format(_))));
    }
}
