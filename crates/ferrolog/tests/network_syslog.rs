//! What the syslog handler sends: compared byte for byte with what CPython's own sends, and received by a
//! real rsyslog over UDP, TCP and a local socket.
#![cfg(all(unix, feature = "net"))]

mod peers;

use std::io::{Read, Seek};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ferrolog::sink::{Address, Retry, SocketKind};
use ferrolog::{
    Facility, Formatter, Handler, Level, Priority, Record, Rfc5424, SysLogHandler,
    SysLogHandlerBuilder, ToValue, add_level_name,
};
use peers::listen;
use serde_json::json;

/// The records that both sides send, each with the settings of the handler.
fn cases() -> Vec<(serde_json::Value, SysLogHandlerBuilder, serde_json::Value)> {
    let builder = || SysLogHandler::builder(("unset", 0));
    let mut cases = Vec::new();
    for (level, name) in
        [(10, "DEBUG"), (20, "INFO"), (30, "WARNING"), (40, "ERROR"), (50, "CRITICAL"), (35, "ODD")]
    {
        let mut record = peers::attributes("Größe: \u{1f980}\nzwei");
        record["levelno"] = json!(level);
        record["levelname"] = json!(name);
        cases.push((json!({}), builder(), record));
    }
    for facility in Facility::ALL {
        let settings = json!({"facility": facility.code(), "set_ident": "app: "});
        let builder = builder().facility(*facility).ident("app: ");
        cases.push((settings, builder, peers::attributes("plain")));
    }
    let mut record = peers::attributes("failed");
    record["exc_text"] = json!("Traceback\n  x");
    cases.push((json!({"set_append_nul": false}), builder().append_nul(false), record));
    cases
}

/// Sends every case with our handler and with CPython's, and compares what `receive` gets.
fn compare(
    address: &Address,
    python_address: serde_json::Value,
    kind: Option<SocketKind>,
    mut receive: impl FnMut() -> Vec<u8>,
) {
    const PATTERN: &str = "%(name)s[%(process)d] %(message)s";
    let mut ours = Vec::new();
    let mut jobs = Vec::new();
    for (mut settings, builder, attributes) in cases() {
        let builder = builder.address(address.clone());
        let builder = kind.into_iter().fold(builder, SysLogHandlerBuilder::socktype);
        let handler = builder.build().with_formatter(Formatter::new(PATTERN).unwrap());
        handler.handle(&peers::record(&attributes).as_record());
        handler.close();
        assert_eq!(handler.counts().delivered, 1);
        ours.push(receive());
        settings["address"] = python_address.clone();
        settings["set_format"] = json!(PATTERN);
        if let Some(kind) = kind {
            let name = if kind == SocketKind::Stream { "SOCK_STREAM" } else { "SOCK_DGRAM" };
            settings["socktype"] = json!(name);
        }
        jobs.push(json!(["SysLogHandler", settings, attributes]));
    }
    std::thread::scope(|scope| {
        scope.spawn(|| peers::send_all_with_python(&json!(jobs)));
        for ours in &ours {
            let theirs = receive();
            assert_eq!(String::from_utf8_lossy(ours), String::from_utf8_lossy(&theirs));
            assert_eq!(*ours, theirs);
        }
    });
    assert!(ours.len() > 30);
}

fn no_python() -> bool {
    let none = peers::python().is_none();
    if none {
        peers::skipped("Python", "python3, or name one in FERROLOG_TEST_PYTHON");
    }
    none
}

#[test]
fn the_same_bytes_as_cpython_over_udp() {
    if no_python() {
        return;
    }
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(peers::LONG)).unwrap();
    let port = receiver.local_addr().unwrap().port();
    compare(&("127.0.0.1", port).into(), json!(["127.0.0.1", port]), None, || {
        let mut message = vec![0; 4096];
        let length = receiver.recv(&mut message).unwrap();
        message.truncate(length);
        message
    });
}

#[test]
fn the_same_bytes_as_cpython_over_tcp() {
    if no_python() {
        return;
    }
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    receiver.set_nonblocking(true).unwrap();
    let port = receiver.local_addr().unwrap().port();
    let kind = Some(SocketKind::Stream);
    compare(&("127.0.0.1", port).into(), json!(["127.0.0.1", port]), kind, || {
        peers::read_connection(
            || receiver.accept().map(|(stream, _)| stream),
            |stream| stream.set_nonblocking(false),
        )
    });
}

#[test]
fn the_same_bytes_as_cpython_over_local_sockets() {
    if no_python() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("datagram");
    let receiver = UnixDatagram::bind(&path).unwrap();
    receiver.set_read_timeout(Some(peers::LONG)).unwrap();
    compare(&path.as_path().into(), json!(path), None, || {
        let mut message = vec![0; 4096];
        let length = receiver.recv(&mut message).unwrap();
        message.truncate(length);
        message
    });
    let path = folder.path().join("stream");
    let receiver = UnixListener::bind(&path).unwrap();
    receiver.set_nonblocking(true).unwrap();
    compare(&path.as_path().into(), json!(path), None, || {
        loop {
            // The look at which kind of socket it is makes a connection without a message.
            let message = peers::read_connection(
                || receiver.accept().map(|(stream, _)| stream),
                |stream| stream.set_nonblocking(false),
            );
            if !message.is_empty() {
                return message;
            }
        }
    });
}

/// rsyslogd with a configuration of its own, in the foreground, writing what it receives as JSON lines.
struct Rsyslog {
    child: Child,
    folder: tempfile::TempDir,
    udp: u16,
    tcp: u16,
    read: u64,
}

impl Rsyslog {
    fn start() -> Option<Self> {
        let program = ["rsyslogd", "/usr/sbin/rsyslogd", "/usr/local/sbin/rsyslogd"]
            .into_iter()
            .find(|program| Command::new(program).arg("-v").output().is_ok());
        let Some(program) = program else {
            peers::skipped("rsyslogd", "rsyslog (apt-get install rsyslog)");
            return None;
        };
        // Another process may take a port before rsyslogd does; then it is tried with others.
        (0..5).find_map(|_| Self::try_start(program)).or_else(|| panic!("rsyslogd does not start"))
    }

    fn try_start(program: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = folder.path().display();
        let properties: String = [
            ("pri", "pri"),
            ("facility", "syslogfacility-text"),
            ("severity", "syslogseverity-text"),
            ("protocol", "protocol-version"),
            ("time", "timereported\" dateFormat=\"rfc3339"),
            ("host", "hostname"),
            ("app", "app-name"),
            ("procid", "procid"),
            ("msgid", "msgid"),
            ("data", "structured-data"),
            ("msg", "msg"),
            ("raw", "rawmsg"),
            ("input", "inputname"),
        ]
        .map(|(key, name)| {
            format!("property(outname=\"{key}\" name=\"{name}\" format=\"jsonf\")\n")
        })
        .concat();
        let config = format!(
            "global(workDirectory=\"{dir}\")
module(load=\"imudp\")
module(load=\"imtcp\")
module(load=\"imuxsock\" SysSock.Use=\"off\")
input(type=\"imudp\" address=\"127.0.0.1\" port=\"{udp}\")
input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{tcp}\" AddtlFrameDelimiter=\"0\")
input(type=\"imuxsock\" Socket=\"{dir}/log\" CreatePath=\"off\" RateLimit.Interval=\"0\")
template(name=\"json\" type=\"list\" option.jsonf=\"on\") {{
{properties}}}
action(type=\"omfile\" file=\"{dir}/out\" template=\"json\")
"
        );
        let config_path = folder.path().join("config");
        std::fs::write(&config_path, config).unwrap();
        let child = Command::new(program)
            .arg("-n")
            .arg("-f")
            .arg(&config_path)
            .arg("-i")
            .arg(folder.path().join("pid"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut rsyslog = Self { child, folder, udp, tcp, read: 0 };
        // It takes its inputs up one after the other; it is ready when a message through each came out.
        let ready = peers::wait_for(|| {
            if rsyslog.child.try_wait().unwrap().is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
            let Ok(probe) = UnixDatagram::unbound() else { return false };
            TcpStream::connect(("127.0.0.1", tcp)).is_ok()
                && probe.send_to(b"<7>probe: local", rsyslog.folder.path().join("log")).is_ok()
                && UdpSocket::bind("127.0.0.1:0")
                    .and_then(|socket| socket.send_to(b"<7>probe: udp", ("127.0.0.1", udp)))
                    .is_ok()
                && std::fs::read_to_string(rsyslog.folder.path().join("out"))
                    .is_ok_and(|out| out.contains("probe: udp") && out.contains("probe: local"))
        });
        (ready && rsyslog.child.try_wait().unwrap().is_none()).then_some(rsyslog)
    }

    fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join("log")
    }

    /// The next `count` messages that were not the probe's, in the order of their arrival.
    fn received(&mut self, count: usize) -> Vec<serde_json::Value> {
        let mut messages: Vec<serde_json::Value> = Vec::new();
        let mut text = String::new();
        let mut file = std::fs::File::open(self.folder.path().join("out")).unwrap();
        file.seek(std::io::SeekFrom::Start(self.read)).unwrap();
        let done = peers::wait_for(|| {
            file.read_to_string(&mut text).unwrap();
            while let Some((line, rest)) = text.split_once('\n') {
                self.read += line.len() as u64 + 1;
                if !line.contains("<7>probe: ") && !line.contains("rsyslogd") {
                    messages.push(serde_json::from_str(line).unwrap());
                }
                text = rest.to_owned();
            }
            messages.len() >= count
        });
        assert!(done, "rsyslog received {} of {count}: {messages:?}", messages.len());
        messages
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every facility and priority, then awkward texts.
fn send_all(build: impl Fn(Facility) -> Handler<SysLogHandler>) -> Vec<(u8, String)> {
    let levels = [
        (10, Priority::Debug),
        (20, Priority::Info),
        (25, Priority::Notice),
        (30, Priority::Warning),
        (40, Priority::Err),
        (50, Priority::Crit),
        (60, Priority::Alert),
        (70, Priority::Emerg),
    ];
    add_level_name(Level::new(25), "NOTICE");
    add_level_name(Level::new(60), "ALERT");
    add_level_name(Level::new(70), "EMERGENCY");
    let mut sent = Vec::new();
    for facility in Facility::ALL {
        let handler = build(*facility);
        for (level, priority) in levels {
            let text = format!("{} at {level}", facility.name());
            handler.handle(&Record::new("app", Level::new(level), &text));
            sent.push((SysLogHandler::encode_priority(*facility, priority), text));
        }
        assert_eq!(handler.counts().delivered, levels.len() as u64);
        handler.close();
    }
    let handler = build(Facility::User);
    for text in ["Größe \u{1f980}", "with \"quotes\" and \\", "%d {} $x"] {
        handler.handle(&Record::new("app", Level::ERROR, text));
        sent.push((11, text.to_owned()));
    }
    handler.close();
    sent
}

fn builder(address: impl Into<Address>) -> SysLogHandlerBuilder {
    SysLogHandler::builder(address).ident("app[7]: ").priority_map([
        ("DEBUG", Priority::Debug),
        ("INFO", Priority::Info),
        ("NOTICE", Priority::Notice),
        ("ERROR", Priority::Err),
        ("CRITICAL", Priority::Crit),
        ("ALERT", Priority::Alert),
        ("EMERGENCY", Priority::Emerg),
    ])
}

fn check(received: &[serde_json::Value], sent: &[(u8, String)], input: &str) {
    // Connections are taken up at the same time, so their messages come in any order.
    let mut received: Vec<_> = received
        .iter()
        .map(|message| {
            assert_eq!(message["input"], input);
            assert_eq!(message["app"], "app");
            assert_eq!(message["procid"], "7");
            let number: u8 = message["pri"].as_str().unwrap().parse().unwrap();
            assert_eq!(message["facility"], rsyslog_name(number >> 3), "{message}");
            (number, message["msg"].as_str().unwrap().trim_start().to_owned())
        })
        .collect();
    let mut sent = sent.to_vec();
    received.sort();
    sent.sort();
    assert_eq!(received, sent);
}

/// rsyslog has its own names for three facilities.
fn rsyslog_name(code: u8) -> &'static str {
    match Facility::try_from(code).unwrap() {
        Facility::Security => "audit",
        Facility::Console => "alert",
        Facility::SolarisCron => "clock",
        other => other.name(),
    }
}

#[test]
fn rsyslog_receives_rfc_3164_over_udp_tcp_and_the_local_socket() {
    let Some(mut rsyslog) = Rsyslog::start() else { return };
    let udp = ("127.0.0.1", rsyslog.udp);
    let sent = send_all(|facility| builder(udp).facility(facility).build());
    check(&rsyslog.received(sent.len()), &sent, "imudp");
    let tcp = ("127.0.0.1", rsyslog.tcp);
    let stream = || builder(tcp).socktype(SocketKind::Stream);
    let sent = send_all(|facility| stream().facility(facility).build());
    check(&rsyslog.received(sent.len()), &sent, "imtcp");
    let sent = send_all(|facility| {
        stream().facility(facility).octet_counting(true).append_nul(false).build()
    });
    check(&rsyslog.received(sent.len()), &sent, "imtcp");
    let socket = rsyslog.socket();
    let sent = send_all(|facility| builder(socket.as_path()).facility(facility).build());
    check(&rsyslog.received(sent.len()), &sent, "imuxsock");
}

#[test]
fn rsyslog_reads_rfc_5424() {
    let Some(mut rsyslog) = Rsyslog::start() else { return };
    let settings = Rfc5424 {
        hostname: "host.example".to_owned(),
        app_name: "myapp".to_owned(),
        msg_id: "ID47".to_owned(),
        ..Rfc5424::default()
    };
    let udp: Address = ("127.0.0.1", rsyslog.udp).into();
    let tcp: Address = ("127.0.0.1", rsyslog.tcp).into();
    for (builder, input) in [
        (SysLogHandler::builder(udp), "imudp"),
        (SysLogHandler::builder(tcp).socktype(SocketKind::Stream), "imtcp"),
    ] {
        let handler = builder.rfc5424(settings.clone()).facility(Facility::Local3).build();
        let extra = [("user", "Zoë \"]\\".to_value()), ("n", 3.to_value())];
        let record = Record::new("app", Level::WARNING, "first line\nsecond line")
            .with_created(1_700_000_000_123_456_789)
            .with_key_values(&extra);
        handler.handle(&record);
        handler.handle(&Record::new("app", Level::INFO, "without data"));
        let received = rsyslog.received(2);
        for (key, expected) in [
            ("input", input),
            ("protocol", "1"),
            ("facility", "local3"),
            ("severity", "warning"),
            ("time", "2023-11-14T22:13:20.123456Z"),
            ("host", "host.example"),
            ("app", "myapp"),
            ("procid", &std::process::id().to_string()),
            ("msgid", "ID47"),
            ("data", "[extra@32473 user=\"Zoë \\\"\\]\\\\\" n=\"3\"]"),
            // rsyslog's own way of showing a line end.
            ("msg", "first line#012second line"),
        ] {
            assert_eq!(received[0][key], expected, "{key}: {}", received[0]);
        }
        assert_eq!(
            (&received[1]["data"], &received[1]["msg"]),
            (&json!("-"), &json!("without data"))
        );
    }
}

#[test]
fn a_daemon_that_comes_back_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let handler = SysLogHandler::builder(path.as_path())
        .retry(Retry { start: Duration::from_millis(100), ..Retry::default() })
        .build();
    let told = listen(&handler);
    let log = |text| handler.handle(&Record::new("app", Level::INFO, text));
    log("lost");
    log("lost too");
    assert_eq!((handler.counts().failed, handler.counts().dropped), (1, 1));
    assert_eq!(handler.lock().socktype(), None);
    let read = |daemon: &UnixDatagram| {
        daemon.set_read_timeout(Some(peers::LONG)).unwrap();
        let mut message = [0; 100];
        let length = daemon.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..length]).into_owned()
    };
    let daemon = UnixDatagram::bind(&path).unwrap();
    std::thread::sleep(Duration::from_millis(120));
    log("there");
    assert_eq!(read(&daemon), "<14>there\0");
    assert_eq!(handler.lock().socktype(), Some(SocketKind::Datagram));
    // A daemon that was restarted misses nothing.
    drop(daemon);
    std::fs::remove_file(&path).unwrap();
    let daemon = UnixDatagram::bind(&path).unwrap();
    log("there again");
    assert_eq!(read(&daemon), "<14>there again\0");
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[1], format!("2 records were lost while {} was away", path.display()));
}

#[test]
fn the_local_socket_may_be_a_stream() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let daemon = UnixListener::bind(&path).unwrap();
    let handler = SysLogHandler::unix(&path);
    handler.handle(&Record::new("app", Level::INFO, "one"));
    handler.handle(&Record::new("app", Level::INFO, "two"));
    assert_eq!(handler.lock().socktype(), Some(SocketKind::Stream));
    handler.close();
    let mut received = Vec::new();
    while received.is_empty() {
        daemon.accept().unwrap().0.read_to_end(&mut received).unwrap();
    }
    assert_eq!(received, b"<14>one\0<14>two\0");
}
