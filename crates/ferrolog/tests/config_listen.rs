//! Configurations sent to a running program: the protocol of Python's `logging.config.listen`.
#![cfg(feature = "json")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use ferrolog::config::{ConfigListener, ListenBuilder, listen};
use ferrolog::{Level, Manager};

/// A listener for a tree of its own, and what came of each sender.
struct Listening {
    manager: Manager,
    listener: ConfigListener,
    outcomes: Receiver<String>,
}

impl Listening {
    fn new(set_up: impl FnOnce(ListenBuilder) -> ListenBuilder) -> Self {
        let manager = Manager::new();
        let (told, outcomes) = mpsc::channel();
        let builder = listen(0).manager(&manager).on_receive(move |result| {
            let outcome = match result {
                Ok(_) => "good".to_owned(),
                Err(error) => error.to_string(),
            };
            // The test may have ended.
            let _ = told.send(outcome);
        });
        let listener = set_up(builder).start().unwrap();
        Self { manager, listener, outcomes }
    }

    fn outcome(&self) -> String {
        self.outcomes.recv_timeout(Duration::from_secs(30)).expect("each sender is heard of")
    }

    fn send(&self, config: &[u8]) -> String {
        let length = u32::try_from(config.len()).unwrap();
        self.send_raw(&[&length.to_be_bytes()[..], config].concat());
        self.outcome()
    }

    /// Sends these bytes and ends the connection.
    fn send_raw(&self, bytes: &[u8]) {
        connect(self.listener.address()).write_all(bytes).unwrap();
    }

    fn level(&self) -> Level {
        self.manager.root().level()
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).unwrap()
}

fn json(level: &str) -> String {
    format!("{{\"version\": 1, \"root\": {{\"level\": \"{level}\"}}}}")
}

#[test]
fn json_and_ini_are_put_in_force() {
    let listening = Listening::new(|builder| builder);
    assert!(listening.listener.address().ip().is_loopback());
    assert_ne!(listening.listener.port(), 0);
    assert_eq!(listening.send(json("DEBUG").as_bytes()), "good");
    assert_eq!(listening.level(), Level::DEBUG);
    let ini = "[loggers]\nkeys=root\n[handlers]\nkeys=\n[formatters]\nkeys=\n\
               [logger_root]\nlevel=ERROR\nhandlers=\n";
    assert_eq!(listening.send(ini.as_bytes()), "good");
    assert_eq!(listening.level(), Level::ERROR);
}

#[test]
fn what_is_faulty_changes_nothing_and_is_reported() {
    let listening = Listening::new(|builder| builder.max_bytes(1000));
    let manager = &listening.manager;
    manager.root().set_level(Level::CRITICAL);
    for (config, expected) in [
        (json("LOUD").into_bytes(), "root.level: found 'LOUD'"),
        (b"{\"version\": 1".to_vec(), "line 1, column 13: not valid JSON"),
        (b"level=INFO".to_vec(), "line 1: "),
        (b"\xff\xfe".to_vec(), "line 1: found bytes that are not UTF-8"),
        (Vec::new(), "is empty, expected [loggers] and more"),
        (
            vec![b' '; 1001],
            "a sender announced a configuration of 1001 bytes, which is more than the 1000",
        ),
    ] {
        let outcome = listening.send(&config);
        assert!(outcome.starts_with(expected), "{outcome}");
    }
    // Length and configuration that do not come whole.
    listening.send_raw(b"\0\0");
    let expected =
        "cannot receive the length of a configuration: got 2 of 4 bytes, then the sender closed";
    assert!(listening.outcome().starts_with(expected));
    listening.send_raw(b"\0\0\0\x10{}");
    let expected = "cannot receive a configuration: got 2 of 16 bytes, then the sender closed";
    assert!(listening.outcome().starts_with(expected));
    // Text where the length should be, as of somebody who speaks another protocol.
    listening.send_raw(b"GET / HTTP/1.1\r\n\r\n");
    assert!(
        listening.outcome().starts_with("a sender announced a configuration of 1195725856 bytes")
    );
    assert_eq!(listening.level(), Level::CRITICAL);
    // One that says nothing is no sender.
    drop(connect(listening.listener.address()));
    assert_eq!(listening.send(json("INFO").as_bytes()), "good");
    assert_eq!(listening.level(), Level::INFO);
}

#[test]
fn the_verification_may_replace_or_refuse() {
    let listening = Listening::new(|builder| {
        builder.verify(|bytes| match bytes.as_slice() {
            [b'!', ..] => None,
            [b'?', ..] => panic!("what now"),
            // A cipher of the simplest kind.
            _ => Some(bytes.iter().map(|byte| byte ^ 1).collect()),
        })
    });
    assert_eq!(listening.send(b"!"), "a configuration that was received was refused");
    assert_eq!(listening.send(b"?"), "panicked: what now");
    let sealed: Vec<u8> = json("ERROR").bytes().map(|byte| byte ^ 1).collect();
    assert_eq!(listening.send(&sealed), "good");
    assert_eq!(listening.level(), Level::ERROR);
}

#[test]
fn one_that_stalls_is_given_up_and_keeps_nobody_waiting() {
    let listening = Listening::new(|builder| builder.timeout(Duration::from_millis(600)));
    let begun = Instant::now();
    let mut stalled = connect(listening.listener.address());
    stalled.write_all(b"\0\0\0\x08abc").unwrap();
    assert_eq!(listening.send(json("DEBUG").as_bytes()), "good");
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    assert_eq!(
        listening.outcome(),
        "cannot receive a configuration: got 3 of 8 bytes in 600ms, and waited no longer"
    );
    // The connection is ended then.
    stalled.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    assert_eq!(stalled.read(&mut [0; 8]).unwrap(), 0);
    assert_eq!(listening.level(), Level::DEBUG);
}

#[test]
fn stopped_it_listens_no_more() {
    let first = Listening::new(|builder| builder);
    let (address, port) = (first.listener.address(), first.listener.port());
    let taken = listen(port).start().unwrap_err();
    assert!(taken.to_string().starts_with(&format!("cannot listen to port {port}: ")), "{taken}");
    first.listener.stop();
    assert!(TcpStream::connect(address).is_err());
    // The port is free again.
    drop(listen(port).start().unwrap());
}

#[test]
fn python_sends_to_it() {
    let listening = Listening::new(|builder| builder);
    let python = std::env::var("FERROLOG_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = "\
import json, socket, struct, sys
config = json.dumps({'version': 1, 'root': {'level': 'DEBUG'}, 'loggers': {'ü': {'level': 'ERROR'}}}).encode()
with socket.create_connection(('localhost', int(sys.argv[1]))) as sender:
    sender.sendall(struct.pack('>L', len(config)))
    sender.sendall(config)
";
    let port = listening.listener.port().to_string();
    match Command::new(&python).args(["-c", script, &port]).status() {
        Ok(status) => assert!(status.success()),
        Err(error) => {
            println!("skipped: {python} cannot be run ({error}); install python3");
            return;
        }
    }
    assert_eq!(listening.outcome(), "good");
    assert_eq!(listening.level(), Level::DEBUG);
    assert_eq!(listening.manager.get_logger("ü").level(), Level::ERROR);
}
