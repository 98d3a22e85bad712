//! The command, run as a user runs it.

use std::io::Write;
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
    child.stdin.take().unwrap().write_all(input).unwrap();
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
