//! Small items that the table names and that no other test needs.

use ferrolog::sink::{Encoding, EncodingErrors};
use ferrolog::{
    BASIC_FORMAT, BufferingHandler, EventType, FileMode, Format, Formatter, Handler, Level,
    NtEventLogHandler, NullHandler, QueueHandler, QueueListener, Record, RecordQueue,
    RotatingFileHandler, StreamHandler, TimedRotatingFileHandler, WatchedFileHandler, When, Zone,
};

#[test]
fn the_basic_format() {
    let formatter = Formatter::new(BASIC_FORMAT).expect("a pattern");
    let mut text = String::new();
    formatter.format(&Record::new("a.b", Level::INFO, "m"), &mut text).expect("it has all of it");
    assert_eq!(text, "INFO:a.b:m");
}

#[test]
fn a_watched_file_with_all_its_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.log");
    std::fs::write(&path, "old").expect("a file");
    let handler = WatchedFileHandler::builder(&path)
        .mode(FileMode::Truncate)
        .encoding(Encoding::Ascii)
        .errors(EncodingErrors::Replace)
        .delay(true)
        .build()
        .expect("settings that fit");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "old");
    handler.handle(&Record::new("a", Level::INFO, "né"));
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "n?\n");
}

#[test]
fn a_buffer_holds_its_capacity() {
    let handler = BufferingHandler::builder(2).build();
    assert_eq!(handler.lock().capacity(), BufferingHandler::new(2).lock().capacity());
    for message in ["one", "two", "three"] {
        handler.handle(&Record::new("a", Level::INFO, message));
    }
    assert_eq!(handler.lock().buffer().len(), 1);
    handler.close();
    // Nobody takes what is given up, and it is counted.
    assert_eq!((handler.counts().dropped, handler.counts().emitted()), (3, 3));
}

#[test]
fn a_listener_respects_levels_when_told() {
    let queue = RecordQueue::new(10);
    let errors = Handler::new(StreamHandler::new(Vec::new())).with_level(Level::ERROR);
    let listener = QueueListener::new(&queue, [&errors]).with_respect_handler_level(true);
    assert!(listener.respect_handler_level());
    listener.start().expect("a thread");
    let handler = QueueHandler::new(&queue);
    handler.handle(&Record::new("a", Level::INFO, "info"));
    handler.handle(&Record::new("a", Level::ERROR, "error"));
    listener.stop();
    assert_eq!(errors.lock().stream(), b"error\n");
}

#[test]
fn a_watched_file_is_reopened_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.log");
    let handler = WatchedFileHandler::new(&path).expect("a file");
    assert!(!handler.lock().reopen_if_needed().expect("it can be examined"));
    std::fs::rename(&path, folder.path().join("b.log")).expect("it can be renamed");
    assert!(handler.lock().reopen_if_needed().expect("it can be opened"));
    assert!(path.exists());
}

#[test]
fn a_rotating_file_says_when_it_is_full() {
    let folder = tempfile::tempdir().expect("a folder");
    let handler = RotatingFileHandler::builder(folder.path().join("a.log"))
        .max_bytes(10)
        .backup_count(1)
        .build()
        .expect("a file");
    assert!(!handler.lock().should_rollover("an empty file is never rotated\n"));
    handler.handle(&Record::new("a", Level::INFO, "1234"));
    assert!(!handler.lock().should_rollover("56\n"));
    assert!(handler.lock().should_rollover("longer than that\n"));
}

#[test]
fn a_file_rotated_by_time_says_what_is_due() {
    let folder = tempfile::tempdir().expect("a folder");
    let handler = TimedRotatingFileHandler::new(folder.path().join("a.log"), When::Midnight, 1)
        .expect("a file");
    for day in ["2001-09-08", "2001-09-09"] {
        std::fs::write(folder.path().join(format!("a.log.{day}")), "").expect("a file");
    }
    assert!(!handler.lock().should_rollover("not before midnight"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time");
    let wait = handler.lock().rollover_at() - now.as_secs() as i64;
    assert!((0..=90_000).contains(&wait), "{wait} seconds");
    handler.handle(&Record::new("a", Level::INFO, "m"));
    assert_eq!(std::fs::read_to_string(folder.path().join("a.log")).expect("the file"), "m\n");
    let old = handler.lock().get_files_to_delete().expect("the folder can be read");
    assert_eq!(old, [folder.path().join("a.log.2001-09-08")]);
}

#[test]
fn a_formatter_shows_the_pattern_alone() {
    let error = std::io::Error::other("no disk");
    let extra = [("exc_info", ferrolog::Value::Error(&error))];
    let record = Record::new("a", Level::INFO, "m").with_key_values(&extra);
    let formatter = Formatter::new("<%(message)s>").expect("a pattern");
    let mut text = String::new();
    formatter.format_message(&record, &mut text).expect("the record has a message");
    assert_eq!((text.as_str(), formatter.uses_time()), ("<m>", false));
    formatter.format(&record, &mut text).expect("the record has a message");
    assert_eq!(text, "<m><m>\nError: no disk");
    text.clear();
    assert!(record.append_exception(&mut text).expect("the error shows itself"));
    assert_eq!(text, "Error: no disk");

    let formatter = Formatter::builder().pattern("%(asctime)s").datefmt("%Y");
    let formatter = formatter.converter(Zone::Utc).build().expect("a pattern");
    text.clear();
    formatter.format_time(&record.with_created(0), &mut text).expect("the time shows itself");
    assert_eq!((text.as_str(), formatter.uses_time()), ("1970", true));
}

#[test]
fn a_queue_between_handler_and_listener() {
    let handler = QueueHandler::builder().handler(NullHandler).build().expect("settings that fit");
    let guard = handler.lock();
    let listener = guard.listener().expect("the builder made one");
    assert_eq!(listener.handlers().len(), 1);
    let queued = guard.queue().len();
    assert_eq!(queued, 0);
}

/// There is a Windows event log on Windows only.
#[test]
fn events_of_windows_elsewhere() {
    let builder = NtEventLogHandler::builder("app")
        .dllname("app.dll")
        .logtype("Application")
        .message_id(1)
        .category(0)
        .type_map([(Level::INFO, EventType::Information)]);
    match builder.build() {
        Ok(handler) => {
            assert_eq!(handler.lock().event_type(Level::INFO), EventType::Information);
        }
        Err(error) => assert!(!cfg!(windows) && error.to_string().contains("Windows"), "{error}"),
    }
    assert_eq!(NtEventLogHandler::new("app").is_ok(), cfg!(windows));
}

#[cfg(feature = "net")]
mod network {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use ferrolog::{Level, Priority, Record, SocketHandler, SysLogHandler};

    #[test]
    fn the_ports_of_syslog() {
        let handler = SysLogHandler::new(("localhost", SysLogHandler::UDP_PORT));
        assert_eq!(handler.lock().address().to_string(), "localhost:514");
        assert_eq!(SysLogHandler::TCP_PORT, 514);
    }

    #[test]
    fn handlers_know_their_addresses() {
        let receiver = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = receiver.local_addr().expect("an address");
        let syslog = SysLogHandler::builder(address).build();
        assert_eq!(syslog.lock().address().to_string(), address.to_string());
        syslog.handle(&Record::new("a", Level::INFO, "m"));
        syslog.close();
        let mut message = [0; 16];
        let length = receiver.recv(&mut message).expect("it was sent");
        assert_eq!(&message[..length], b"<14>m\0");

        let receiver = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = receiver.local_addr().expect("an address");
        let socket = SocketHandler::new("127.0.0.1", address.port());
        assert_eq!(socket.lock().address().to_string(), address.to_string());
        socket.handle(&Record::new("a", Level::INFO, "m"));
        socket.close();
        let mut bytes = Vec::new();
        let (mut stream, _) = receiver.accept().expect("it is connected");
        std::io::Read::read_to_end(&mut stream, &mut bytes).expect("it was closed");
        assert_eq!(u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize, bytes.len() - 4);

        let local = SysLogHandler::unix("/no/such/socket");
        assert_eq!(local.lock().address().to_string(), "/no/such/socket");
    }

    #[test]
    fn a_pickle_stands_behind_its_length() {
        let mut frame = Vec::new();
        SocketHandler::make_pickle(&Record::new("a", Level::INFO, "hello"), &mut frame)
            .expect("the record can be pickled");
        let (length, pickle) = frame.split_at(4);
        assert_eq!(u32::from_be_bytes(length.try_into().unwrap()) as usize, pickle.len());
        assert!(pickle.windows(5).any(|bytes| bytes == b"hello"));
    }

    /// Nobody listens; the second record falls into the pause that the settings ask for.
    #[test]
    fn attempts_to_connect_pause_as_set() {
        let unused = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr();
        let port = unused.expect("an address").port();
        let builder = SocketHandler::builder(("127.0.0.1", port))
            .retry_start(Duration::from_secs(600))
            .retry_max(Duration::from_secs(900))
            .retry_factor(1.5);
        let handler = builder.build();
        let told = Arc::new(Mutex::new(Vec::new()));
        let by_hook = Arc::clone(&told);
        handler.set_error_hook(move |error, _, _| by_hook.lock().unwrap().push(error.to_string()));
        let logger = ferrolog::get_logger("small");
        logger.add_handler(&handler);
        ferrolog::error!(logger, "first");
        ferrolog::error!(logger, "second");
        let counts = handler.counts();
        assert_eq!((counts.delivered, counts.failed + counts.dropped), (0, 2));
        assert!(told.lock().unwrap().len() <= 1, "{told:?}");
    }

    #[test]
    fn levels_have_the_priorities_of_the_map() {
        let syslog = SysLogHandler::builder(("127.0.0.1", 9))
            .priority_map([("NOTICE", Priority::Notice)])
            .build();
        assert_eq!(syslog.lock().map_priority("NOTICE"), Priority::Notice);
        assert_eq!(syslog.lock().map_priority("CRITICAL"), Priority::Warning);
    }
}
