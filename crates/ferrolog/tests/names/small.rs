//! Small items that the table names and that no other test needs.

use ferrolog::WatchedFileHandler;

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

#[cfg(feature = "net")]
mod network {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use ferrolog::{Level, Priority, Record, SocketHandler, SysLogHandler};

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
