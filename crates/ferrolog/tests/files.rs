//! The handlers that write to one file, and what they do in adverse conditions.

use std::fs;
use std::path::PathBuf;

use ferrolog::sink::{Encoding, EncodingErrors};
use ferrolog::{FileHandler, FileMode, Formatter, Handler, Level, Record, WatchedFileHandler};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

fn log<T: ferrolog::Emit>(handler: &Handler<T>, message: &str) {
    handler.handle(&Record::new("files", Level::INFO, message));
}

#[test]
fn the_modes() {
    let folder = Folder::new();
    let path = folder.path("log");
    fs::write(&path, "old\n").unwrap();
    let handler = FileHandler::new(&path).unwrap();
    log(&handler, "appended");
    assert_eq!(folder.read("log"), "old\nappended\n");
    let handler = FileHandler::builder(&path).mode(FileMode::Truncate).build().unwrap();
    log(&handler, "alone");
    assert_eq!(folder.read("log"), "alone\n");
    let refused = FileHandler::builder(&path).mode(FileMode::Create).build().unwrap_err();
    assert!(refused.to_string().contains(path.to_str().unwrap()), "{refused}");
    assert!("b".parse::<FileMode>().is_err() && "ab".parse::<FileMode>().is_err());
    assert_eq!("wt".parse::<FileMode>().unwrap(), FileMode::Truncate);
}

#[test]
fn a_delayed_file_is_opened_by_the_first_record() {
    let folder = Folder::new();
    let handler = FileHandler::builder(folder.path("log")).delay(true).build().unwrap();
    assert!(!folder.path("log").exists());
    handler.flush();
    assert!(!folder.path("log").exists());
    log(&handler, "here");
    assert_eq!(folder.read("log"), "here\n");
}

#[test]
fn after_the_close() {
    let folder = Folder::new();
    let appending = FileHandler::new(folder.path("a")).unwrap();
    let truncating =
        FileHandler::builder(folder.path("w")).mode(FileMode::Truncate).build().unwrap();
    let creating = FileHandler::builder(folder.path("x")).mode(FileMode::Create).build().unwrap();
    creating.set_error_hook(|_, _, _| {});
    for handler in [&appending, &truncating, &creating] {
        log(handler, "one");
        handler.close();
        log(handler, "two");
    }
    assert_eq!(folder.read("a"), "one\ntwo\n");
    assert_eq!((appending.counts().delivered, appending.counts().emitted()), (2, 2));
    assert_eq!(folder.read("w"), "one\n");
    assert_eq!((truncating.counts().dropped, truncating.counts().emitted()), (1, 2));
    assert_eq!(folder.read("x"), "one\n");
    assert_eq!((creating.counts().failed, creating.counts().emitted()), (1, 2));
}

#[test]
fn a_missing_folder_is_named() {
    let folder = Folder::new();
    let path = folder.path("none").join("log");
    let error = FileHandler::new(&path).unwrap_err().to_string();
    assert!(error.contains(path.to_str().unwrap()), "{error}");
    assert!(error.contains("there is no folder"), "{error}");
    let delayed = FileHandler::builder(&path).delay(true).build().unwrap();
    delayed.set_error_hook(|_, _, _| {});
    log(&delayed, "lost");
    fs::create_dir(folder.path("none")).unwrap();
    log(&delayed, "kept");
    assert_eq!(fs::read_to_string(&path).unwrap(), "kept\n");
    assert_eq!((delayed.counts().failed, delayed.counts().delivered), (1, 1));
}

#[test]
fn encodings() {
    let folder = Folder::new();
    let build = |name: &str, encoding, errors| {
        let builder = FileHandler::builder(folder.path(name)).encoding(encoding).errors(errors);
        builder.build().unwrap().with_formatter(Formatter::new("%(message)s").unwrap())
    };
    let strict = build("strict", Encoding::Ascii, EncodingErrors::Strict);
    strict.set_error_hook(|error, _, _| assert!(error.to_string().contains("U+00E9"), "{error}"));
    let latin = build("latin", Encoding::Latin1, EncodingErrors::BackslashReplace);
    for handler in [&strict, &latin] {
        log(handler, "caf\u{e9} \u{20ac}");
        log(handler, "plain");
    }
    assert_eq!(folder.read("strict"), "plain\n");
    assert_eq!(strict.counts().failed, 1);
    assert_eq!(fs::read(folder.path("latin")).unwrap(), b"caf\xe9 \\u20ac\nplain\n");
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_counted() {
    let full = FileHandler::new("/dev/full").unwrap();
    full.set_error_hook(|error, record, handler| {
        assert!(error.to_string().contains("cannot write to \"/dev/full\""), "{error}");
        assert!(record.is_some() && handler == "FileHandler");
    });
    log(&full, "nowhere");
    assert_eq!((full.counts().failed, full.counts().delivered), (1, 0));
}

/// A file that may not grow beyond a limit takes the beginning of the last line only. The limit is one
/// of the process, so that this runs in a process of its own.
#[cfg(unix)]
#[test]
fn no_line_stays_half_written() {
    const LIMITED: &str = "FERROLOG_TEST_LIMITED";
    if let Ok(path) = std::env::var(LIMITED) {
        let handler = FileHandler::new(path).unwrap();
        handler.set_error_hook(|_, _, _| {});
        // SAFETY: both calls only change how this process meets a file-size limit.
        unsafe {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            libc::setrlimit(libc::RLIMIT_FSIZE, &libc::rlimit { rlim_cur: 100, rlim_max: 1000 });
        }
        log(&handler, &"a".repeat(79));
        log(&handler, &"b".repeat(79));
        // SAFETY: as above.
        unsafe {
            libc::setrlimit(libc::RLIMIT_FSIZE, &libc::rlimit { rlim_cur: 1000, rlim_max: 1000 });
        }
        log(&handler, "c");
        assert_eq!((handler.counts().failed, handler.counts().delivered), (1, 2));
        return;
    }
    let folder = Folder::new();
    // Its output goes through a pipe: into a file, the limit would meet it as well.
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "no_line_stays_half_written"])
        .env(LIMITED, folder.path("log"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(folder.read("log"), format!("{}\nc\n", "a".repeat(79)));
}

#[cfg(unix)]
#[test]
fn a_watched_file_is_followed() {
    let folder = Folder::new();
    let path = folder.path("log");
    let handler =
        WatchedFileHandler::builder(&path).mode(FileMode::Truncate).delay(true).build().unwrap();
    log(&handler, "one");
    log(&handler, "two");
    fs::rename(&path, folder.path("moved")).unwrap();
    log(&handler, "three");
    fs::remove_file(&path).unwrap();
    log(&handler, "four");
    fs::write(folder.path("other"), "other\n").unwrap();
    fs::rename(folder.path("other"), &path).unwrap();
    log(&handler, "five");
    assert_eq!(folder.read("moved"), "one\ntwo\n");
    assert_eq!(folder.read("log"), "five\n");
    assert!(!handler.lock().reopen_if_needed().unwrap());
    assert_eq!(handler.counts().delivered, 5);
}

#[cfg(unix)]
#[test]
fn a_watched_file_whose_folder_goes_and_comes() {
    let folder = Folder::new();
    fs::create_dir(folder.path("in")).unwrap();
    let path = folder.path("in").join("log");
    let handler = WatchedFileHandler::new(&path).unwrap();
    handler.set_error_hook(|_, _, _| {});
    log(&handler, "one");
    fs::remove_dir_all(folder.path("in")).unwrap();
    log(&handler, "two");
    fs::create_dir(folder.path("in")).unwrap();
    log(&handler, "three");
    assert_eq!(fs::read_to_string(&path).unwrap(), "three\n");
    assert_eq!((handler.counts().delivered, handler.counts().failed), (2, 1));
}
