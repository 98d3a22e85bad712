//! What each fuzz target does with its input. The crate's own tests run them over the seeds, so this file
//! needs nothing of the fuzzer.
//!
//! Whatever the input: no panic, no hang, and of a text that is laid out no more than [`largest`].

use std::cell::RefCell;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use ferrolog::config::{self, Configuration, Syntax};
use ferrolog::format::{ColorFormatter, JsonFormatter, LogfmtFormatter, MAX_WIDTH};
use ferrolog::sink::SocketKind;
use ferrolog::{
    Format, Formatter, Handler, Level, OwnedValue, Record, RecordOwned, Rfc5424, SocketHandler,
    Style, SysLogHandler, ToValue as _, Value, Zone,
};
use serde_pickle::{DeOptions, HashableValue};

/// The longest text that one input may be laid out as: each conversion takes at least two bytes of a
/// pattern, and fills a width and a precision at most.
fn largest(input: &[u8]) -> usize {
    (input.len() + 1) * (2 * MAX_WIDTH + 4096)
}

fn pattern(style: Style, data: &[u8]) {
    // The first byte chooses among the settings, the rest is the pattern.
    let Some((&settings, pattern)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(pattern) else { return };
    let builder = Formatter::builder().style(style).pattern(text);
    let builder = builder.escape_controls(settings & 1 != 0);
    let builder = if settings & 2 != 0 {
        builder.converter(Zone::Utc)
    } else {
        builder.defaults([("user", "nobody")])
    };
    let Ok(formatter) = builder.build() else { return };
    let pairs: [(&str, Value<'_>); 7] = [
        ("n", 42.to_value()),
        ("big", u64::MAX.to_value()),
        ("x", (-2.5e-7).to_value()),
        ("nan", f64::NAN.to_value()),
        ("s", "añ\u{1b}[31m\n\u{202e}".to_value()),
        ("yes", true.to_value()),
        ("none", Value::None),
    ];
    let record = Record::new("app.db", Level::INFO, "connected {} %s $x").with_key_values(&pairs);
    let mut line = String::new();
    // An error is as good as a text: the record may not have what the pattern asks for.
    let _ = formatter.format(&record, &mut line);
    assert!(line.len() <= largest(pattern), "{} bytes", line.len());
}

pub fn percent(data: &[u8]) {
    pattern(Style::Percent, data);
}

pub fn brace(data: &[u8]) {
    pattern(Style::Brace, data);
}

pub fn dollar(data: &[u8]) {
    pattern(Style::Dollar, data);
}

/// Eight bytes of a time, then the format.
pub fn datefmt(data: &[u8]) {
    let Some((time, format)) = data.split_first_chunk::<8>() else { return };
    let Ok(format) = std::str::from_utf8(format) else { return };
    let created = f64::from_le_bytes(*time);
    for zone in [Zone::Utc, Zone::Local] {
        let builder = Formatter::builder().pattern("%(asctime)s").datefmt(format).converter(zone);
        let Ok(formatter) = builder.build() else { continue };
        let record = RecordOwned::from_attributes([
            ("msg".to_owned(), OwnedValue::Str(String::new())),
            ("created".to_owned(), OwnedValue::Float(created)),
        ]);
        let mut line = String::new();
        let _ = formatter.format(&record.as_record(), &mut line);
        assert!(line.len() <= largest(format.as_bytes()), "{} bytes", line.len());
    }
}

fn configuration(syntax: Syntax, data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(configuration) = Configuration::parse(text, syntax) {
        let told = match configuration.check() {
            Ok(warnings) => format!("{warnings:?}"),
            Err(error) => error.to_string(),
        };
        assert!(told.len() <= 1 << 20, "{} bytes of problems", told.len());
        let _ = configuration.outline().map(|outline| outline.to_string());
    }
    let _ = Syntax::sniff(text);
}

pub fn config_json(data: &[u8]) {
    configuration(Syntax::Json, data);
}

pub fn config_toml(data: &[u8]) {
    configuration(Syntax::Toml, data);
}

pub fn config_yaml(data: &[u8]) {
    configuration(Syntax::Yaml, data);
}

pub fn config_ini(data: &[u8]) {
    configuration(Syntax::Ini, data);
}

/// What `ferrolog pipe --json` makes of a line: a record of its attributes, laid out.
pub fn json_lines(data: &[u8]) {
    let formatters = [
        Formatter::new("%(asctime)s %(levelname)s %(name)s %(process)d %(threadName)s %(message)s"),
        Formatter::builder()
            .style(Style::Brace)
            .pattern("{created} {lineno:>5} {levelno!r} {message}")
            .escape_controls(true)
            .build(),
    ];
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(OwnedValue::Map(attributes)) = serde_json::from_slice(line) else { continue };
        let record = RecordOwned::from_attributes(attributes);
        for formatter in formatters.iter().flatten() {
            let mut text = String::new();
            let _ = formatter.format(&record.as_record(), &mut text);
            assert!(text.len() <= largest(line), "{} bytes", text.len());
        }
    }
}

/// Names of levels, as text and as what a configuration may hold.
pub fn levels(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match text.parse::<Level>() {
        Ok(level) => assert_eq!(level.name().parse::<Level>().ok(), Some(level)),
        Err(error) => assert!(error.to_string().len() <= 16 * text.len() + 256),
    }
    let config = OwnedValue::Map(vec![
        ("version".to_owned(), 1.to_value().to_owned()),
        (
            "root".to_owned(),
            OwnedValue::Map(vec![("level".to_owned(), OwnedValue::Str(text.to_owned()))]),
        ),
    ]);
    let _ = Configuration::from_value(config).check();
}

/// What comes in over a connection to the configuration's listener, in pieces of a size that the first byte
/// chooses.
pub fn listen(data: &[u8]) {
    struct Pieces<'d>(&'d [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let most = buffer.len().min(self.1);
            self.0.read(&mut buffer[..most])
        }
    }

    const MOST: usize = 2048;
    let Some((&size, sent)) = data.split_first() else { return };
    let plain = config::listen(0).max_bytes(MOST);
    let verified = config::listen(0).max_bytes(MOST).verify(|bytes| {
        assert!(bytes.len() <= MOST);
        bytes.strip_prefix(b"please ").map(<[u8]>::to_vec)
    });
    for listener in [plain, verified] {
        match config::received(&listener, Pieces(sent, usize::from(size) + 1)) {
            Ok(None) => assert!(sent.is_empty()),
            Ok(Some(configuration)) => {
                let announced = u32::from_be_bytes(*sent.first_chunk().unwrap()) as usize;
                assert!(announced <= MOST.min(sent.len() - 4));
                let _ = configuration.check();
            }
            Err(error) => assert!(error.to_string().len() <= 1 << 20),
        }
    }
}

/// The attributes of a record in an input: texts with a byte between them that UTF-8 has not.
fn record(data: &[u8]) -> RecordOwned {
    let mut attributes =
        vec![("levelno".to_owned(), 30.to_value().to_owned()), ("created".to_owned(), 0.into())];
    let names =
        ["msg", "name", "levelname", "threadName", "funcName", "user", "exc_text", "stack_info"];
    let mut texts = data.split(|byte| *byte == 0xff).map(|text| {
        let text = String::from_utf8_lossy(text);
        text.into_owned()
    });
    for name in names {
        if let Some(text) = texts.next() {
            attributes.push((name.to_owned(), OwnedValue::Str(text)));
        }
    }
    // What is left is pairs of an extra attribute's name and its text.
    while let (Some(name), Some(text)) = (texts.next(), texts.next()) {
        attributes.push((name, OwnedValue::Str(text)));
    }
    RecordOwned::from_attributes(attributes)
}

/// What `SocketHandler` sends: whatever a record holds, a receiver that knows nothing of this crate gets as
/// many records as were sent, each with its message.
pub fn frames(data: &[u8]) {
    let mut records = vec![record(data)];
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(OwnedValue::Map(attributes)) = serde_json::from_slice(line) {
            records.push(RecordOwned::from_attributes(attributes));
        }
    }
    let mut stream = Vec::new();
    let mut messages = Vec::new();
    for record in &records {
        let start = stream.len();
        match SocketHandler::make_pickle(&record.as_record(), &mut stream) {
            Ok(()) => messages.push(record.as_record().message().to_string()),
            // The message's arguments do not fit it.
            Err(_) => stream.truncate(start),
        }
    }
    let mut rest = stream.as_slice();
    for message in messages {
        let length = u32::from_be_bytes(*rest.first_chunk().unwrap()) as usize;
        let read = serde_pickle::value_from_slice(&rest[4..4 + length], DeOptions::new()).unwrap();
        let serde_pickle::Value::Dict(read) = read else { panic!("no dictionary") };
        let key = HashableValue::String("msg".to_owned());
        assert_eq!(read[&key], serde_pickle::Value::String(message));
        rest = &rest[4 + length..];
    }
    assert!(rest.is_empty());
}

/// A syslog handler and the daemon at the other end of its connection.
struct Daemon {
    handler: Handler<SysLogHandler>,
    stream: TcpStream,
}

#[derive(Clone, Copy, Debug)]
enum Framing {
    OctetCounts,
    Nul,
    LineEnds,
}

impl Daemon {
    fn new(framing: Framing) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let builder = SysLogHandler::builder(listener.local_addr().unwrap())
            .socktype(SocketKind::Stream)
            .timeout(Duration::from_secs(10));
        let header = Rfc5424 {
            hostname: "host".to_owned(),
            app_name: "fuzz".to_owned(),
            ..Rfc5424::default()
        };
        let (builder, pattern) = match framing {
            Framing::OctetCounts => (builder.rfc5424(header), "%(name)s %(message)s"),
            Framing::Nul => (builder, "%(name)s %(message)s"),
            Framing::LineEnds => {
                (builder.rfc5424(header).octet_counting(false), "%(name)s %(message)s\n")
            }
        };
        let lines = matches!(framing, Framing::LineEnds);
        let formatter = Formatter::builder().pattern(pattern).escape_controls(lines).build();
        let handler = builder.build().with_formatter(formatter.unwrap());
        // Makes the connection.
        handler.handle(&Record::new("app", Level::INFO, "hello"));
        let stream = listener.accept().unwrap().0;
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut daemon = Self { handler, stream };
        daemon.messages(framing, "hello");
        daemon
    }

    /// The messages that arrive, up to one that ends in `last`.
    fn messages(&mut self, framing: Framing, last: &str) -> usize {
        let mut bytes = Vec::new();
        let mut piece = [0; 16 * 1024];
        let end = [last.as_bytes(), b"\n", b"\0"];
        let ends: Vec<Vec<u8>> = match framing {
            Framing::OctetCounts => vec![end[0].to_vec()],
            Framing::Nul => vec![[end[0], end[2]].concat()],
            Framing::LineEnds => vec![[end[0], end[1]].concat()],
        };
        while !ends.iter().any(|end| bytes.ends_with(end)) {
            match self.stream.read(&mut piece).unwrap() {
                0 => panic!("the handler closed the connection"),
                count => bytes.extend_from_slice(&piece[..count]),
            }
        }
        match framing {
            Framing::Nul => bytes.split(|byte| *byte == 0).count() - 1,
            Framing::LineEnds => bytes.split(|byte| *byte == b'\n').count() - 1,
            Framing::OctetCounts => {
                let mut rest = bytes.as_slice();
                let mut count = 0;
                while !rest.is_empty() {
                    let space = rest.iter().position(|byte| *byte == b' ').unwrap();
                    let length = std::str::from_utf8(&rest[..space]).unwrap();
                    let (message, after) =
                        rest[space + 1..].split_at(length.parse::<usize>().unwrap());
                    assert!(message.starts_with(b"<"));
                    rest = after;
                    count += 1;
                }
                count
            }
        }
    }
}

/// What `SysLogHandler` sends over a stream: a daemon gets as many messages as were sent, in each of the
/// ways of parting them, whatever the records hold.
pub fn syslog(data: &[u8]) {
    thread_local! {
        static DAEMONS: RefCell<Vec<(Framing, Daemon)>> = const { RefCell::new(Vec::new()) };
    }
    let record = record(data);
    DAEMONS.with_borrow_mut(|daemons| {
        if daemons.is_empty() {
            let all = [Framing::OctetCounts, Framing::Nul, Framing::LineEnds];
            daemons.extend(all.map(|framing| (framing, Daemon::new(framing))));
        }
        for (framing, daemon) in daemons {
            // The record's own text cannot end like this one: it is not known to whoever made it.
            let last = format!("last {:p} of these", &raw const record);
            // The error's text and the stack's are lines of their own, that is what they are for.
            let mut record = record.clone();
            for name in ["exc_text", "stack_info"] {
                if matches!(framing, Framing::LineEnds) {
                    record.set_attribute(name, OwnedValue::None);
                }
            }
            let before = daemon.handler.counts().failed;
            daemon.handler.handle(&record.as_record());
            daemon.handler.handle(&Record::new("app", Level::INFO, &last));
            // A message whose arguments do not fit it cannot be laid out, and is not sent.
            let failed = daemon.handler.counts().failed - before;
            let laid_out = record.as_record().append_message(&mut String::new()).is_ok();
            assert_eq!(failed, u64::from(!laid_out), "{framing:?}");
            let sent = 2 - usize::from(!laid_out);
            assert_eq!(daemon.messages(*framing, &last), sent, "{framing:?}");
        }
    });
}

/// Whether a character can end a line, drive a terminal or change the direction in which text is shown: as
/// Unicode's tables have it, written down apart from the crate's.
fn is_dangerous(c: char) -> bool {
    matches!(
        u32::from(c),
        0..=0x1f
            | 0x7f..=0x9f
            | 0x61c
            | 0x200e
            | 0x200f
            | 0x2028..=0x202e
            | 0x2066..=0x2069
    )
}

/// Every formatter that makes text, with control characters escaped: no record can forge a line or drive a
/// terminal.
pub fn escape(data: &[u8]) {
    let record = record(data);
    let pattern = |style, pattern| {
        Formatter::builder().style(style).pattern(pattern).escape_controls(true).build().unwrap()
    };
    let percent =
        || pattern(Style::Percent, "%(levelname)s %(name)10.80s %(threadName)r %(message)s");
    let brace = pattern(Style::Brace, "{levelname:.9}|{name!r}|{message:>30}|{funcName}");
    let dollar = pattern(Style::Dollar, "$levelname $name ${threadName} $message");
    let mut text = String::new();
    for formatter in [percent(), brace, dollar] {
        text.clear();
        if formatter.format(&record.as_record(), &mut text).is_err() {
            continue;
        }
        for (number, line) in text.split('\n').enumerate() {
            assert!(!line.contains(is_dangerous), "{line:?}");
            // Whatever is below the record's line is visibly that.
            assert!(number == 0 || line.starts_with("    "), "{line:?}");
        }
    }
    let json = JsonFormatter::new();
    let logfmt = LogfmtFormatter::new();
    let one_line: [&dyn Fn(&mut String) -> bool; 2] =
        [&|out| json.format(&record.as_record(), out).is_ok(), &|out| {
            logfmt.format(&record.as_record(), out).is_ok()
        }];
    for format in one_line {
        text.clear();
        if format(&mut text) {
            assert!(!text.contains(is_dangerous), "{text:?}");
        }
    }
    text.clear();
    if ColorFormatter::always(percent()).format(&record.as_record(), &mut text).is_ok() {
        let inside = text.strip_prefix("\x1b[33m").and_then(|text| text.strip_suffix("\x1b[0m"));
        let inside = inside.expect("the colour's own sequences");
        assert!(!inside.contains(|c| c != '\n' && is_dangerous(c)), "{inside:?}");
    }
}
