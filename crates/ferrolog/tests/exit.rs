//! What becomes of records when a process ends, in each way it can end; each case is a process of its
//! own: this program again, told by an environment variable what to be.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::Duration;

use ferrolog::sink::{Encoding, EncodingErrors};
use ferrolog::{
    Emit, Event, FileHandler, FileMode, Formatter, Handler, Level, Result, StreamHandler, Style,
    basic_config, capture_panics, get_logger,
};

const ROLE: &str = "FERROLOG_TEST_ROLE";
const FOLDER: &str = "FERROLOG_TEST_FOLDER";

/// Keeps every text until it is flushed: what a handler that buffers risks.
struct Late(PathBuf, String);

impl Emit for Late {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.1.push_str(event.line());
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        std::fs::write(&self.0, &self.1)?;
        Ok(())
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(&std::env::var_os(FOLDER).expect("the folder is given")).join(name)
}

/// Logs to a file that is written at once, to one that is written at a flush, and to one with a buffer.
fn log_early_and_late() {
    let early = FileHandler::new(path("early")).expect("a file in the folder");
    ferrolog::root().add_handler(&early);
    ferrolog::root().add_handler(buffered());
    ferrolog::root().add_handler(Late(path("late"), String::new()));
    ferrolog::warning!("one");
    let worker = std::thread::spawn(|| ferrolog::warning!("two"));
    worker.join().expect("the thread logs and ends");
}

/// A handler that nothing but the end of the process makes write.
fn buffered() -> Handler<FileHandler> {
    let builder =
        FileHandler::builder(path("buffered")).buffer(1 << 20).flush_level(Level::CRITICAL);
    builder.flush_interval(Duration::from_secs(3600)).build().expect("a file in the folder")
}

fn roles() -> HashMap<&'static str, fn()> {
    let mut roles: HashMap<&'static str, fn()> = HashMap::new();
    roles.insert("return", log_early_and_late);
    roles.insert("exit", || {
        log_early_and_late();
        std::process::exit(3);
    });
    roles.insert("abort", || {
        log_early_and_late();
        std::process::abort();
    });
    roles.insert("shutdown", || {
        log_early_and_late();
        ferrolog::shutdown();
        ferrolog::flush();
        std::process::abort();
    });
    roles.insert("panic", || {
        capture_panics(true);
        log_early_and_late();
        panic!("in main");
    });
    roles.insert("panic in a thread", || {
        capture_panics(true);
        log_early_and_late();
        std::thread::spawn(|| panic!("in a thread")).join().expect_err("it panics");
    });
    roles.insert("log at exit", || {
        extern "C" fn last() {
            ferrolog::warning!("at exit");
        }
        unsafe extern "C" {
            fn atexit(action: extern "C" fn()) -> i32;
        }
        log_early_and_late();
        // SAFETY: `last` stays loaded, and a logging macro lets no panic out.
        assert_eq!(unsafe { atexit(last) }, 0);
    });
    #[cfg(unix)]
    roles.insert("fork", || {
        ferrolog::root().add_handler(buffered());
        ferrolog::warning!("before");
        // SAFETY: this process has only this thread.
        match unsafe { libc::fork() } {
            0 => {
                ferrolog::warning!("in the child");
                std::process::exit(0);
            }
            child => {
                let mut status = 0;
                // SAFETY: the status is written to a place of ours.
                assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
                assert_eq!((status, read("buffered").as_str()), (0, "in the child\n"));
                ferrolog::warning!("after");
            }
        }
    });
    roles.insert("last resort", || {
        ferrolog::info!("not heard");
        ferrolog::warning!("heard {}", 1);
        ferrolog::Manager::global().set_last_resort(None);
        ferrolog::warning!("not heard");
        ferrolog::error!("not heard");
    });
    roles.insert("broken streams", || {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).expect("standard input is read");
        let handlers =
            [Handler::new(StreamHandler::stdout()).to_dyn(), StreamHandler::stderr().into()];
        ferrolog::root().set_handlers(&handlers);
        for n in 0..100 {
            ferrolog::warning!("record {n}");
        }
        for handler in handlers {
            assert_eq!(handler.counts().failed, 100, "{handler:?}");
        }
        std::fs::write(path("alive"), "").expect("a file in the folder");
    });
    roles.insert("basic", || {
        basic_config().apply().expect("the defaults are valid");
        ferrolog::info!(get_logger("a.b"), "not heard");
        ferrolog::warning!(get_logger("a.b"), "to standard error");
        basic_config().filename(path("unused")).apply().expect("nothing is done");
        assert!(!path("unused").exists());

        let force = || basic_config().force(true);
        let file = || force().filename(path("basic"));
        std::fs::write(path("basic"), "old\n").expect("a file in the folder");
        file().level(Level::INFO).apply().expect("a file");
        ferrolog::info!(get_logger("a.b"), "appended");
        assert_eq!(read("basic"), "old\nINFO:a.b:appended\n");
        assert_eq!(ferrolog::BASIC_FORMAT, "%(levelname)s:%(name)s:%(message)s");
        file().filemode(FileMode::Truncate).apply().expect("a file");
        ferrolog::info!(get_logger("a.b"), "alone");
        assert_eq!(read("basic"), "INFO:a.b:alone\n");

        for (style, pattern) in [
            (Style::Percent, None),
            (Style::Brace, None),
            (Style::Dollar, None),
            (Style::Brace, Some("{levelname!r:>9} {message}")),
        ] {
            let config = file().filemode(FileMode::Truncate).style(style);
            let config = match pattern {
                Some(pattern) => config.format(pattern),
                None => config,
            };
            config.apply().expect("a style");
            ferrolog::warning!(get_logger("a.b"), "styled");
            let expected = pattern.map_or("WARNING:a.b:styled\n", |_| "'WARNING' styled\n");
            assert_eq!(read("basic"), expected, "{style}");
        }
        let ascii = || file().filemode(FileMode::Truncate).encoding(Encoding::Ascii);
        ascii().apply().expect("an encoding");
        ferrolog::warning!(get_logger("a.b"), "\u{e9}");
        assert_eq!(read("basic"), "WARNING:a.b:\\xe9\n");
        ascii().errors(EncodingErrors::Replace).apply().expect("an encoding");
        ferrolog::warning!(get_logger("a.b"), "\u{e9}");
        assert_eq!(read("basic"), "WARNING:a.b:?\n");
        let encoding = force().encoding(Encoding::Ascii).apply();
        assert!(encoding.unwrap_err().to_string().contains("encoding needs a filename"));

        let stdout = force().stream(std::io::stdout()).format("%(asctime)s|%(message)s");
        stdout.datefmt("%Y-").apply().expect("a stream");
        ferrolog::warning!("to standard output");

        let own = Formatter::new("own %(message)s").expect("a pattern");
        let with_formatter = Handler::new(StreamHandler::stdout()).with_formatter(own);
        let without = Handler::new(StreamHandler::stderr());
        force()
            .handlers([with_formatter.to_dyn(), without.to_dyn()])
            .format("%(name)s")
            .apply()
            .expect("handlers");
        ferrolog::warning!(get_logger("two"), "handlers");

        let both = force().filename(path("x")).stream(std::io::sink()).apply();
        assert!(both.unwrap_err().to_string().contains("filename and stream exclude each other"));
        let mode = force().filemode(FileMode::Append).apply();
        assert!(mode.unwrap_err().to_string().contains("filemode needs a filename"));
        assert!(force().format("%(message)").apply().is_err());
        assert!(force().filename(path("no/such/folder")).apply().is_err());
        assert_eq!(ferrolog::root().handlers().len(), 2, "what failed has changed nothing");
    });
    roles
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| format!("{name}: {error}"))
}

/// A child in the role, and the files it left.
struct Ended {
    output: Output,
    folder: tempfile::TempDir,
}

impl Ended {
    fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.path().join(name)).ok()
    }

    fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }
}

fn command(role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.env(ROLE, role).env(FOLDER, folder).stdin(Stdio::null());
    command
}

fn run(role: &str) -> Ended {
    let folder = tempfile::tempdir().expect("a folder");
    let output = command(role, folder.path()).output().expect("the child starts");
    Ended { output, folder }
}

fn everything_is_there_after_a_return() {
    let ended = run("return");
    assert!(ended.output.status.success(), "{}", ended.stderr());
    assert_eq!(ended.file("early").as_deref(), Some("one\ntwo\n"));
    assert_eq!(ended.file("late").as_deref(), Some("one\ntwo\n"));
    assert_eq!(ended.file("buffered").as_deref(), Some("one\ntwo\n"));
    assert_eq!((ended.stdout(), ended.stderr()), (String::new(), String::new()));
}

fn everything_is_there_after_exit() {
    let ended = run("exit");
    assert_eq!(ended.output.status.code(), Some(3));
    assert_eq!(ended.file("early").as_deref(), Some("one\ntwo\n"));
    assert_eq!(ended.file("late").as_deref(), Some("one\ntwo\n"));
    assert_eq!(ended.file("buffered").as_deref(), Some("one\ntwo\n"));
}

fn what_was_written_is_there_after_an_abort() {
    let ended = run("abort");
    assert_eq!(ended.output.status.code(), None);
    assert_eq!(ended.file("early").as_deref(), Some("one\ntwo\n"));
    assert_eq!(ended.file("late"), None, "nothing is flushed when a process is killed");
    assert_eq!(ended.file("buffered").as_deref(), Some(""));
}

fn everything_is_there_after_a_shutdown() {
    let ended = run("shutdown");
    assert_eq!(ended.output.status.code(), None);
    assert_eq!(ended.file("late").as_deref(), Some("one\ntwo\n"));
    assert_eq!(ended.file("buffered").as_deref(), Some("one\ntwo\n"));
}

fn everything_is_there_after_a_panic_in_main() {
    let ended = run("panic");
    assert_eq!(ended.output.status.code(), Some(101));
    for name in ["early", "late", "buffered"] {
        let text = ended.file(name).unwrap_or_default();
        assert!(text.starts_with("one\ntwo\npanicked at crates/ferrolog/tests/exit.rs:"), "{text}");
        assert!(text.contains(": in main\nStack (most recent call first):\n"), "{text}");
    }
    assert!(ended.stderr().contains("in main"), "the previous hook has its say");
}

fn a_panic_in_a_thread_is_logged_and_ends_nothing_else() {
    let ended = run("panic in a thread");
    assert!(ended.output.status.success(), "{}", ended.stderr());
    assert!(ended.file("late").unwrap_or_default().contains(": in a thread\n"));
}

fn records_of_other_exit_functions_do_no_harm() {
    let ended = run("log at exit");
    assert!(ended.output.status.success(), "{}", ended.stderr());
    // It runs before ours, being registered after it.
    assert_eq!(ended.file("early").as_deref(), Some("one\ntwo\nat exit\n"));
    assert_eq!(ended.file("late").as_deref(), Some("one\ntwo\nat exit\n"));
    assert_eq!(ended.file("buffered").as_deref(), Some("one\ntwo\nat exit\n"));
}

#[cfg(unix)]
fn a_fork_s_child_leaves_what_was_kept_to_its_parent() {
    let ended = run("fork");
    assert!(ended.output.status.success(), "{}", ended.stderr());
    assert_eq!(ended.file("buffered").as_deref(), Some("in the child\nbefore\nafter\n"));
}

fn the_last_resort_writes_warnings_to_standard_error() {
    let ended = run("last resort");
    assert_eq!(ended.stdout(), "");
    assert_eq!(ended.stderr(), "heard 1\nNo handlers could be found for logger \"exit\"\n");
}

fn basic_config_in_all_forms() {
    let ended = run("basic");
    assert!(ended.output.status.success(), "{}", ended.stderr());
    assert_eq!(ended.stderr(), "WARNING:a.b:to standard error\ntwo\n");
    let stdout = ended.stdout();
    let (year, rest) = stdout.split_once("-|").unwrap_or_default();
    assert!(year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()), "{stdout}");
    assert_eq!(rest, "to standard output\nown handlers\n");
}

/// The reading ends of both streams are gone before the child logs.
fn streams_that_nobody_reads_do_not_stop_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = command("broken streams", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the child starts");
    drop((child.stdout.take(), child.stderr.take()));
    writeln!(child.stdin.take().expect("a pipe"), "go").expect("the child reads");
    assert!(child.wait().expect("the child ends").success());
    assert!(folder.path().join("alive").exists());
}

/// As `program >/dev/full 2>/dev/full`: every write fails.
fn streams_that_take_nothing_do_not_stop_the_program() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let status = command("broken streams", folder.path())
        .stdout(full.try_clone().expect("a second handle"))
        .stderr(full)
        .status()
        .expect("the child starts");
    assert!(status.success() && folder.path().join("alive").exists());
}

/// As `program >&- 2>&-`: the runtime opens the null device in their place.
#[cfg(unix)]
fn streams_that_are_closed_do_not_stop_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = std::env::current_exe().expect("this program has a path");
    let status = Command::new("sh")
        .args(["-c", "exec \"$0\" >&- 2>&- <&-"])
        .arg(program)
        .env(ROLE, "return")
        .env(FOLDER, folder.path())
        .status()
        .expect("the shell starts");
    assert!(status.success());
    let text = std::fs::read_to_string(folder.path().join("late")).expect("the child's file");
    assert_eq!(text, "one\ntwo\n");
}

macro_rules! tests {
    ($($(#[$attribute:meta])* $name:ident)*) => {
        &[$($(#[$attribute])* (stringify!($name), $name as fn())),*]
    };
}

const TESTS: &[(&str, fn())] = tests! {
    everything_is_there_after_a_return
    everything_is_there_after_exit
    what_was_written_is_there_after_an_abort
    everything_is_there_after_a_shutdown
    everything_is_there_after_a_panic_in_main
    a_panic_in_a_thread_is_logged_and_ends_nothing_else
    records_of_other_exit_functions_do_no_harm
    the_last_resort_writes_warnings_to_standard_error
    basic_config_in_all_forms
    streams_that_nobody_reads_do_not_stop_the_program
    streams_that_take_nothing_do_not_stop_the_program
    #[cfg(unix)] a_fork_s_child_leaves_what_was_kept_to_its_parent
    #[cfg(unix)] streams_that_are_closed_do_not_stop_the_program
};

fn main() -> ExitCode {
    if let Ok(role) = std::env::var(ROLE) {
        roles()[role.as_str()]();
        return ExitCode::SUCCESS;
    }
    let filters: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    if std::env::args().any(|arg| arg == "--list") {
        TESTS.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let mut failed = 0;
    for (name, test) in TESTS {
        if filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str())) {
            let passed = std::panic::catch_unwind(test).is_ok();
            println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
            failed += usize::from(!passed);
        }
    }
    println!("\ntest result: {}. {failed} failed\n", if failed == 0 { "ok" } else { "FAILED" });
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
