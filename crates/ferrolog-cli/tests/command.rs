//! The command, run as a user runs it.

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ferrolog"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    match child.stdin.take().unwrap().write_all(input) {
        // Not every command reads it.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const CONFIG: &str = r#"{
    "version": 1,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"out": {"class": "logging.FileHandler", "filename": "app.log", "formatter": "line"}},
    "root": {"level": "INFO", "handlers": ["out"]}
}"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.json"), CONFIG).unwrap();
    folder
}

#[test]
fn lines_become_records() {
    let folder = folder();
    let input = b"first\n\nl\xe9st";
    let done = run(folder.path(), &["pipe", "-c", "log.json", "--name", "app.web"], input);
    assert!(done.status.success(), "{done:?}");
    let log = std::fs::read_to_string(folder.path().join("app.log")).unwrap();
    assert_eq!(log, "INFO app.web first\nINFO app.web \nINFO app.web l\u{fffd}st\n");
}

#[test]
fn a_bad_line_is_reported_and_costs_no_other() {
    let folder = folder();
    let input = concat!(
        "{\"name\": \"a\", \"levelno\": 20, \"levelname\": \"INFO\", \"msg\": \"%s\", \"args\": [1]}\n",
        "not json\n",
        "[1]\n",
        "\n",
        "{\"name\": \"a\", \"levelno\": 10, \"levelname\": \"DEBUG\", \"msg\": \"too low\"}\n",
        "{\"levelname\": \"ERROR\", \"msg\": \"by default\"}",
    );
    let done = run(folder.path(), &["pipe", "-c", "log.json", "--json"], input.as_bytes());
    assert_eq!(done.status.code(), Some(1));
    let log = std::fs::read_to_string(folder.path().join("app.log")).unwrap();
    assert_eq!(log, "INFO a [1]\nERROR root by default\n");
    let said = text(&done.stderr);
    for part in
        ["line 2: not JSON", "line 3: expected a JSON object, found [1]", "line 4: empty", "3 of 6"]
    {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
}

#[test]
fn without_a_configuration_records_go_to_standard_error() {
    let folder = folder();
    let done =
        run(folder.path(), &["log", "--name", "job", "--level", "warning", "low on space"], b"");
    assert_eq!(
        (text(&done.stderr), done.status.code()),
        ("WARNING:job:low on space\n".into(), Some(0))
    );
    let done = run(folder.path(), &["pipe", "--level", "7"], b"x\n");
    assert_eq!(text(&done.stderr), "Level 7:root:x\n");
}

#[test]
fn configurations_are_checked_and_shown_without_being_used() {
    let folder = folder();
    let done = run(folder.path(), &["check", "log.json"], b"");
    assert_eq!((text(&done.stdout), done.status.code()), ("log.json: valid\n".into(), Some(0)));
    let done = run(folder.path(), &["tree", "log.json"], b"");
    assert!(text(&done.stdout).starts_with("root: INFO\n"), "{done:?}");
    assert!(!folder.path().join("app.log").exists());
    let faulty = CONFIG.replace("\"handlers\": [\"out\"]", "\"handlers\": [\"uot\"]");
    std::fs::write(folder.path().join("faulty.json"), faulty).unwrap();
    let done = run(folder.path(), &["check", "faulty.json"], b"");
    assert_eq!(done.status.code(), Some(1));
    let said = text(&done.stderr);
    assert!(said.contains("faulty.json") && said.contains("root.handlers"), "{said}");
    assert_eq!(run(folder.path(), &["check", "nowhere.json"], b"").status.code(), Some(2));
    assert_eq!(run(folder.path(), &["check"], b"").status.code(), Some(2));
}

#[test]
fn each_command_explains_itself() {
    let folder = folder();
    for (arguments, part) in [
        (&["--help"] as &[&str], "Exit status: 0 all went well"),
        (&["pipe", "--help"], "as Python's logging.makeLogRecord takes them"),
        (&["check", "--help"], "nearest valid name"),
        (&["tree", "--help"], "no file is opened"),
        (&["log", "--help"], "--level <LEVEL>"),
        (&["--version"], "ferrolog "),
    ] {
        let done = run(folder.path(), arguments, b"");
        assert_eq!(done.status.code(), Some(0), "{arguments:?}");
        let said = text(&done.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    for arguments in [
        &[] as &[&str],
        &["pipe", "--watch"],
        &["log"],
        &["log", "--level", "loud", "x"],
        &["tidy"],
        &["pipe", "-c", "nowhere.json"],
    ] {
        assert_eq!(run(folder.path(), arguments, b"").status.code(), Some(2), "{arguments:?}");
    }
}

const TOML: &str = "\
version = 1
formatters.line.format = '%(levelname)s %(name)s %(message)s'
root = { level = 'INFO', handlers = ['out'] }
[handlers.out]
class = 'logging.FileHandler'
filename = 'app.log'
formatter = 'line'
";

const YAML: &str = "\
version: 1
formatters:
  line: {format: '%(levelname)s %(name)s %(message)s'}
handlers:
  out: {class: logging.FileHandler, filename: app.log, formatter: line}
root: {level: INFO, handlers: [out]}
";

const INI: &str = "\
[loggers]
keys=root
[handlers]
keys=out
[formatters]
keys=line
[logger_root]
level=INFO
handlers=out
[handler_out]
class=FileHandler
formatter=line
args=('app.log',)
[formatter_line]
format=%(levelname)s %(name)s %(message)s
";

#[test]
fn every_syntax_serves_every_command() {
    for (name, content) in [
        ("log.json", CONFIG),
        ("log.toml", TOML),
        ("log.yaml", YAML),
        ("log.yml", YAML),
        ("log.ini", INI),
        ("log.conf", INI),
        // By what is in it.
        ("logging", TOML),
        ("logging.d", YAML),
        ("logging.bak", INI),
        ("logging.old", CONFIG),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), content).unwrap();
        for arguments in [
            &["check", name] as &[&str],
            &["tree", name],
            &["pipe", "-c", name, "--name", "a"],
            &["log", "-c", name, "--name", "b", "second"],
        ] {
            let done = run(folder.path(), arguments, b"first\n");
            assert!(done.status.success() && done.stderr.is_empty(), "{name}: {done:?}");
        }
        let log = std::fs::read_to_string(folder.path().join("app.log")).unwrap();
        assert_eq!(log, "INFO a first\nINFO b second\n", "{name}");
    }
}

#[test]
fn every_fault_of_a_configuration_is_told() {
    let folder = folder();
    let faulty = "version = 1\n[handlers.file]\nclass = 'logging.FileHandler'\nfilname = 'a.log'\n\
                  [loggers.app]\nhandlers = ['flie']\npropogate = false\nlevel = 'INOF'\n";
    std::fs::write(folder.path().join("faulty.toml"), faulty).unwrap();
    let done = run(folder.path(), &["check", "faulty.toml"], b"");
    assert_eq!(done.status.code(), Some(1));
    let said = text(&done.stderr);
    for part in [
        "faulty.toml: handlers.file.filname: logging.FileHandler has no such keyword",
        "did you mean \"filename\"?",
        "faulty.toml: handlers.file.filename: is missing",
        "faulty.toml: loggers.app.handlers[0]: no handler is called \"flie\"; did you mean \"file\"?",
        "faulty.toml: loggers.app.level: found 'INOF'",
        "did you mean \"INFO\"?",
        "faulty.toml: warning: loggers.app.propogate: is read by nothing; did you mean \"propagate\"?",
    ] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    std::fs::write(folder.path().join("torn.toml"), "version = 1\nroot = {\n").unwrap();
    for command in [&["check", "torn.toml"] as &[&str], &["pipe", "-c", "torn.toml"]] {
        let done = run(folder.path(), command, b"");
        let said = text(&done.stderr);
        assert!(said.contains("torn.toml: line ") && said.contains("not valid TOML"), "{said}");
        assert_eq!(done.status.code(), Some(1));
    }
}

#[test]
fn numbers_are_what_they_were() {
    let folder = folder();
    let config = CONFIG.replace("%(message)s", "%(message)s %(big)d %(ratio)s");
    std::fs::write(folder.path().join("log.json"), config).unwrap();
    let input = concat!(
        "{\"levelno\": 20, \"levelname\": \"INFO\", \"msg\": \"%d\", ",
        "\"args\": 1180591620717411303424, \"big\": -99999999999999999999, \"ratio\": 1e16}\n",
        "{\"levelno\": 20.0, \"levelname\": \"INFO\", \"msg\": \"x\", \"big\": 0, \"ratio\": 1e999}\n",
    );
    let done = run(folder.path(), &["pipe", "-c", "log.json", "--json"], input.as_bytes());
    assert!(done.status.success(), "{done:?}");
    let log = std::fs::read_to_string(folder.path().join("app.log")).unwrap();
    let first = "INFO root 1180591620717411303424 -99999999999999999999 1e+16";
    assert_eq!(log, format!("{first}\nINFO root x 0 inf\n"));
}

#[test]
fn a_line_that_is_too_long_is_told_of_once() {
    let folder = folder();
    let mut input = b"{\"levelno\": 20, \"levelname\": \"INFO\", \"msg\": \"".to_vec();
    input.resize(40 * 1024 * 1024, b'x');
    input.extend(b"\"}\n{\"levelno\": 20, \"levelname\": \"INFO\", \"msg\": \"next\"}\n");
    let done = run(folder.path(), &["pipe", "-c", "log.json", "--json"], &input);
    assert_eq!(done.status.code(), Some(1));
    let said = text(&done.stderr);
    assert_eq!(said.matches("line 1: longer than 16777216 bytes").count(), 1, "{said}");
    assert!(said.contains("1 of 2 lines"), "{said}");
    let log = std::fs::read_to_string(folder.path().join("app.log")).unwrap();
    assert_eq!(log, "INFO root next\n");
    // As text it is logged, in pieces.
    let done = run(folder.path(), &["pipe", "-c", "log.json"], &[b'y'; 20 * 1024 * 1024]);
    assert!(done.status.success());
    let log = std::fs::read_to_string(folder.path().join("app.log")).unwrap();
    assert_eq!(log.matches('y').count(), 20 * 1024 * 1024);
}

#[test]
fn what_could_not_be_delivered_makes_the_status() {
    let folder = folder();
    let config = CONFIG.replace("%(message)s", "%(message)s %(user)s");
    std::fs::write(folder.path().join("log.json"), config).unwrap();
    let done = run(folder.path(), &["log", "-c", "log.json", "no user"], b"");
    assert_eq!(done.status.code(), Some(1));
    assert!(text(&done.stderr).contains("formatting field not found in record"), "{done:?}");
}

/// Runs the command with its standard output closed by the reader, before anything is said.
fn without_reader(folder: &Path, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ferrolog"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    // A command that reads nothing may have ended already.
    let sent = child.stdin.take().unwrap().write_all(b"one\ntwo\n");
    assert!(sent.as_ref().err().is_none_or(|e| e.kind() == ErrorKind::BrokenPipe), "{sent:?}");
    child.wait_with_output().unwrap()
}

#[test]
fn a_reader_that_is_gone_is_no_panic() {
    let folder = folder();
    for arguments in [&["check", "log.json"] as &[&str], &["tree", "log.json"]] {
        let done = without_reader(folder.path(), arguments);
        assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    }
    // For records it is: they are lost, and that is told.
    let config = CONFIG
        .replace("logging.FileHandler", "logging.StreamHandler")
        .replace("\"filename\": \"app.log\"", "\"stream\": \"ext://sys.stdout\"");
    std::fs::write(folder.path().join("out.json"), config).unwrap();
    let done = without_reader(folder.path(), &["pipe", "-c", "out.json"]);
    assert_eq!(done.status.code(), Some(1));
    let said = text(&done.stderr);
    assert!(said.contains("StreamHandler \"out\"") && !said.contains("panicked"), "{said}");
}

#[test]
fn a_configuration_is_followed_while_lines_come() {
    use std::time::{Duration, Instant};

    let folder = folder();
    let path = folder.path().join("log.json");
    let mut child = Command::new(env!("CARGO_BIN_EXE_ferrolog"))
        .args(["pipe", "-c", "log.json", "--watch", "--level", "DEBUG"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let log = || std::fs::read_to_string(folder.path().join("app.log")).unwrap_or_default();
    // The line comes through once the level lets it.
    let mut send_until_logged = |line: &str| {
        let begun = Instant::now();
        while !log().contains(line) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{line} is not in {}", log());
            writeln!(input, "{line}").unwrap();
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    std::fs::write(&path, CONFIG.replace("\"INFO\"", "\"DEBUG\"")).unwrap();
    send_until_logged("first");
    std::fs::write(&path, CONFIG.replace("\"INFO\"", "\"LOUD\"")).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    send_until_logged("second");
    drop(input);
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    let said = text(&done.stderr);
    assert!(said.contains("the configuration stays as it was:\nlog.json: root.level"), "{said}");
}
