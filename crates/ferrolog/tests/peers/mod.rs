//! Parties that the product did not write, run as processes of their own, which receive what handlers
//! send. Each test file uses some of this.
#![allow(dead_code)]

use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use ferrolog::{OwnedValue, RecordOwned};

/// How long anything may take; reached only when something is wrong.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// The Python that plays the peers.
pub(crate) fn python() -> Option<String> {
    let python = std::env::var("FERROLOG_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).arg("--version").output().is_ok_and(|o| o.status.success());
    found.then_some(python)
}

/// The number N of Python 3.N.
pub(crate) fn python_minor() -> u32 {
    let python = python().expect("the caller made sure of it");
    let code = "import sys; print(sys.version_info[1])";
    let output = Command::new(python).args(["-c", code]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// Says that a test was skipped, past the test harness, which hides what a passing test prints.
pub(crate) fn skipped(what: &str, install: &str) {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(io::stderr(), "skipped {name}: no {what}; install {install}");
}

/// A script of this folder, with its path.
pub(crate) fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name)
}

/// A process that announces itself as `ready ADDRESS` and then tells line by line what it received.
pub(crate) struct Peer {
    child: Child,
    lines: Receiver<String>,
    pub(crate) address: String,
}

impl Peer {
    /// Starts a script of this folder; nothing, and a word about it, where there is no Python.
    pub(crate) fn python(name: &str, args: &[&str]) -> Option<Self> {
        let Some(python) = python() else {
            skipped("Python", "python3, or name one in FERROLOG_TEST_PYTHON");
            return None;
        };
        Some(Self::start(Command::new(python).arg(script(name)).args(args)))
    }

    /// As [`Peer::python`], for a script that needs a package.
    pub(crate) fn python_with(package: &str, name: &str, args: &[&str]) -> Option<Self> {
        let Some(python) = python() else { return Self::python(name, args) };
        let code = format!("import {package}");
        let found = Command::new(&python).args(["-c", &code]).output().unwrap().status.success();
        if !found {
            skipped(package, &format!("{package} (pip install {package}) for {python}"));
            return None;
        }
        Self::python(name, args)
    }

    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (tell, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let mut peer = Self { child, lines, address: String::new() };
        let ready = peer.line();
        let address = ready.strip_prefix("ready ");
        peer.address = address.unwrap_or_else(|| panic!("the peer said {ready:?}")).to_owned();
        peer
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.parse().unwrap()
    }

    /// The next line.
    pub(crate) fn line(&self) -> String {
        match self.lines.recv_timeout(LONG) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("the peer has not received what was sent"),
            Err(RecvTimeoutError::Disconnected) => panic!("the peer ended"),
        }
    }

    /// The next line, if one comes soon.
    pub(crate) fn line_within(&self, time: Duration) -> Option<String> {
        self.lines.recv_timeout(time).ok()
    }

    /// Ends the peer and waits for it.
    pub(crate) fn stop(self) {}
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a record with CPython's own handler.
pub(crate) fn send_with_python(
    handler: &str,
    arguments: &serde_json::Value,
    record: &serde_json::Value,
) {
    send_all_with_python(&serde_json::json!([[handler, arguments, record]]));
}

/// Does a list of such jobs.
pub(crate) fn send_all_with_python(jobs: &serde_json::Value) {
    let output = Command::new(python().expect("the caller made sure of it"))
        .arg(script("send.py"))
        .arg(jobs.to_string())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "CPython's handler failed: {errors}");
}

/// A record with every attribute given, so that both languages make the same of it.
pub(crate) fn attributes(message: &str) -> serde_json::Value {
    serde_json::json!({
        "name": "app.net", "msg": message, "args": null, "levelname": "ERROR", "levelno": 40,
        "pathname": "/src/a b.py", "filename": "a b.py", "module": "a b", "lineno": 7,
        "funcName": "run", "created": 1_700_000_000.25, "msecs": 250.0, "relativeCreated": 12.5,
        "thread": 139_000_000_000_000_u64, "threadName": "MainThread",
        "processName": "MainProcess", "process": 4242, "taskName": null,
        "exc_info": null, "exc_text": null, "stack_info": null,
        "user": "Zoë & co", "count": -3, "big": 5_000_000_000_u64, "ratio": 0.1, "ok": true,
        "tags": ["a", 1, null, {"k": [false]}],
    })
}

/// `attributes` as ours takes them.
pub(crate) fn record(attributes: &serde_json::Value) -> RecordOwned {
    let attributes = attributes.as_object().unwrap();
    RecordOwned::from_attributes(attributes.iter().map(|(k, v)| (k.clone(), value(v))))
}

fn value(json: &serde_json::Value) -> OwnedValue {
    use serde_json::Value as Json;
    match json {
        Json::Null => OwnedValue::None,
        Json::Bool(v) => OwnedValue::Bool(*v),
        Json::Number(v) => match (v.as_i64(), v.as_u64(), v.as_f64()) {
            (Some(v), ..) => OwnedValue::Int(v),
            (_, Some(v), _) => OwnedValue::UInt(v),
            (.., v) => OwnedValue::Float(v.unwrap()),
        },
        Json::String(v) => OwnedValue::Str(v.clone()),
        Json::Array(v) => OwnedValue::List(v.iter().map(value).collect()),
        Json::Object(v) => OwnedValue::Map(v.iter().map(|(k, v)| (k.clone(), value(v))).collect()),
    }
}

/// Waits until `done`, and says so.
pub(crate) fn wait_for(mut done: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !done() {
        if start.elapsed() > LONG {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// Asks `accept` of a listener that does not block until there is a connection, and reads it to its end.
pub(crate) fn read_connection<S: io::Read>(
    mut accept: impl FnMut() -> io::Result<S>,
    block: impl FnOnce(&S) -> io::Result<()>,
) -> Vec<u8> {
    let mut connection = None;
    assert!(wait_for(|| {
        connection = accept().ok();
        connection.is_some()
    }));
    let mut connection = connection.unwrap();
    block(&connection).unwrap();
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).unwrap();
    bytes
}

/// The errors that a handler's hook was told.
pub(crate) type Told = std::sync::Arc<std::sync::Mutex<Vec<String>>>;

/// Collects what the handler reports.
pub(crate) fn listen<T: ?Sized + ferrolog::Emit>(handler: &ferrolog::Handler<T>) -> Told {
    let told = Told::default();
    let tell = told.clone();
    handler.set_error_hook(move |error, _, _| tell.lock().unwrap().push(error.to_string()));
    told
}
