//! Files that several processes write to and rotate. Most of these processes are this program again, told by
//! an environment variable what to do.
#![cfg(unix)]

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use ferrolog::{
    Emit, FileHandler, FileMode, Handler, Level, Record, RotatingFileHandler,
    TimedRotatingFileHandler, When,
};

const FOLDER: &str = "FERROLOG_TEST_SHARED_FOLDER";
const KEPT_FOLDER: &str = "FERROLOG_TEST_KEPT_FOLDER";
const NAME: &str = "FERROLOG_TEST_SHARED_NAME";
const RECORDS: u64 = 3000;

fn log<T: Emit>(handler: &Handler<T>, message: &str) {
    handler.handle(&Record::new("shared", Level::INFO, message));
}

fn sized(path: &Path) -> Handler<RotatingFileHandler> {
    let builder = RotatingFileHandler::builder(path).max_bytes(4000).backup_count(10_000);
    builder.shared(true).build().unwrap()
}

/// What a process of the tests does; a test by itself, which passes when it is not told to be one.
#[test]
fn worker() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let name = std::env::var(NAME).unwrap();
    let path = Path::new(&folder).join("log");
    let acknowledged = fs::File::create(Path::new(&folder).join(format!("ack.{name}"))).unwrap();
    // One that stays goes on until it is told to stop.
    let stop = (name == "stays").then(|| Path::new(&folder).join("stop"));
    let goes_on = |n: &u64| stop.as_ref().map_or(*n < RECORDS, |stop| !stop.exists());
    let run = |log: &dyn Fn(&str)| {
        for n in (0..).take_while(goes_on) {
            log(&format!("{name} {n} {} end", "x".repeat((n % 50) as usize)));
            acknowledged.write_at(&(n + 1).to_le_bytes(), 0).unwrap();
        }
    };
    if name.starts_with("timed") {
        let builder = TimedRotatingFileHandler::builder(&path).when(When::Second);
        let handler = builder.max_bytes(4000).shared(true).build().unwrap();
        run(&|message| log(&handler, message));
    } else {
        let handler = sized(&path);
        run(&|message| log(&handler, message));
        assert_eq!(handler.counts().failed, 0);
    }
}

fn start(folder: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker", "--quiet"])
        .env(FOLDER, folder)
        .env(NAME, name)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

/// How often each record is in the files, and the lines that are no whole record.
fn read(folder: &Path) -> (HashMap<(String, u64), u32>, Vec<String>) {
    let (mut found, mut torn) = (HashMap::new(), Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("log") || name.ends_with(".lock") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let parts: Vec<_> = line.split(' ').collect();
            match parts[..] {
                [who, n, filling, "end"] if filling.len() as u64 == n.parse().unwrap_or(0) % 50 => {
                    *found.entry((who.to_owned(), n.parse().unwrap())).or_default() += 1;
                }
                _ => torn.push(format!("{name}: {line:?}")),
            }
        }
    }
    (found, torn)
}

fn acknowledged(folder: &Path, name: &str) -> u64 {
    let bytes = fs::read(folder.join(format!("ack.{name}"))).unwrap_or_default();
    bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn check(folder: &Path, names: &[String], killed: usize) {
    let (found, torn) = read(folder);
    assert!(torn.len() <= killed, "torn: {torn:?}");
    let twice: Vec<_> = found.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "twice: {twice:?}");
    for name in names {
        let lost = (0..acknowledged(folder, name))
            .filter(|n| !found.contains_key(&(name.clone(), *n)))
            .count();
        assert_eq!(lost, 0, "lost of {name}");
    }
}

fn together(kind: &str) {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<_> = (0..4).map(|n| format!("{kind}{n}")).collect();
    let children: Vec<_> = names.iter().map(|name| start(folder.path(), name)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    for name in &names {
        assert_eq!(acknowledged(folder.path(), name), RECORDS);
    }
    check(folder.path(), &names, 0);
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert!(files > 50, "{files} files: it was rotated");
}

#[test]
fn processes_that_rotate_by_size_lose_nothing() {
    together("sized");
}

#[test]
fn processes_that_rotate_by_time_and_size_lose_nothing() {
    together("timed");
}

#[test]
fn a_process_killed_in_its_turn_stops_nobody_and_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut names = vec!["stays".to_owned()];
    let mut stays = start(folder.path(), "stays");
    let count = 20;
    for killed in 0..count {
        let name = format!("killed{killed}");
        let mut child = start(folder.path(), &name);
        let begun = Instant::now();
        while acknowledged(folder.path(), &name) < 20 + killed * 7
            && begun.elapsed() < Duration::from_secs(20)
        {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        names.push(name);
    }
    assert!(stays.try_wait().unwrap().is_none(), "it goes on");
    fs::write(folder.path().join("stop"), "").unwrap();
    assert!(stays.wait().unwrap().success());
    check(folder.path(), &names, count as usize);
}

#[test]
fn two_handlers_of_one_process_share_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let (a, b) = (sized(&path), sized(&path));
    std::thread::scope(|scope| {
        for (handler, name) in [(&a, "a"), (&b, "b")] {
            scope.spawn(move || {
                (0..500).for_each(|n| {
                    log(handler, &format!("{name} {n} {} end", "x".repeat(n % 50)));
                })
            });
        }
    });
    let (found, torn) = read(folder.path());
    assert_eq!((found.len(), torn.len()), (1000, 0));
    assert!(found.values().all(|count| *count == 1));
    b.lock().do_rollover().unwrap();
    log(&a, "a 1000  end");
    assert_eq!(fs::read_to_string(&path).unwrap(), "a 1000  end\n");
}

#[test]
fn a_line_that_somebody_left_unfinished_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, "whole\nhal").unwrap();
    let plain = FileHandler::new(&path).unwrap();
    log(&plain, "next");
    assert_eq!(fs::read_to_string(&path).unwrap(), "whole\nhal\nnext\n");
    // What has other ends of lines goes on as it is.
    fs::write(&path, "whole\0").unwrap();
    let zero = FileHandler::new(&path).unwrap();
    zero.set_terminator("\0");
    log(&zero, "next");
    assert_eq!(fs::read_to_string(&path).unwrap(), "whole\0next\0");

    let shared = sized(&folder.path().join("shared"));
    log(&shared, "one");
    let mut other = fs::OpenOptions::new().append(true).open(shared.lock().path()).unwrap();
    std::io::Write::write_all(&mut other, b"hal").unwrap();
    log(&shared, "two");
    assert_eq!(fs::read_to_string(shared.lock().path()).unwrap(), "one\nhal\ntwo\n");
}

/// The lock that a process keeps for most of the time, and for eleven seconds at first.
#[test]
fn keeper() {
    let Some(folder) = std::env::var_os(KEPT_FOLDER) else { return };
    let lock = fs::OpenOptions::new().write(true).open(Path::new(&folder).join("log.lock"));
    let lock = lock.unwrap();
    let mut log = fs::OpenOptions::new().append(true).open(Path::new(&folder).join("log")).unwrap();
    let set = |kind: i32| {
        // SAFETY: a plain structure of the C library, for which zeros mean the whole file.
        let mut whole: libc::flock = unsafe { std::mem::zeroed() };
        whole.l_type = kind as i16;
        // SAFETY: the descriptor is open, and the structure lives.
        assert_eq!(unsafe { libc::fcntl(lock.as_raw_fd(), libc::F_SETLKW, &raw const whole) }, 0);
    };
    set(libc::F_WRLCK);
    fs::write(Path::new(&folder).join("kept"), "").unwrap();
    std::thread::sleep(Duration::from_secs(11));
    while !Path::new(&folder).join("enough").exists() {
        writeln!(log, "kept").unwrap();
        std::thread::sleep(Duration::from_millis(20));
        set(libc::F_UNLCK);
        std::thread::sleep(Duration::from_millis(2));
        set(libc::F_WRLCK);
    }
}

/// Who has waited in vain once waits again, when others have their turns.
#[test]
fn a_turn_that_came_too_late_once_costs_no_other_record() {
    let folder = tempfile::tempdir().unwrap();
    let handler = sized(&folder.path().join("log"));
    handler.set_error_hook(|_, _, _| {});
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "keeper"]).env(KEPT_FOLDER, folder.path());
    let mut keeper = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while !folder.path().join("kept").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(1));
    }
    log(&handler, "too late");
    assert_eq!(handler.counts().failed, 1);
    while handler.counts().emitted() < 40 {
        if fs::metadata(folder.path().join("log")).unwrap().len() > 0 {
            log(&handler, "in time");
        }
    }
    fs::write(folder.path().join("enough"), "").unwrap();
    assert!(keeper.wait().unwrap().success());
    let counts = handler.counts();
    assert_eq!((counts.delivered, counts.failed), (39, 1));
}

#[test]
fn a_shared_file_is_appended_to() {
    let folder = tempfile::tempdir().unwrap();
    let builder = RotatingFileHandler::builder(folder.path().join("log"));
    let error = builder.mode(FileMode::Truncate).shared(true).build().unwrap_err();
    assert!(error.to_string().contains("append"), "{error}");
}
