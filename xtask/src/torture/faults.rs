//! Faults: a disk that is full, a folder that vanishes or is read-only, a descriptor that others close, a pipe
//! that nobody reads, a terminal that is slow. The program goes on, what is lost is counted, and logging goes on
//! by itself when the fault has ended.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::face::{Face, Victim};
use super::records::{Lines, account_of, acknowledged, calls};
use super::row::Row;
use super::{Part, Torture};
use crate::process;

pub(super) const PARTS: &[Part] = &[
    Part { name: "disk full", run: |torture, face| disk(torture, face, "file") },
    Part { name: "disk full, rotating", run: |torture, face| disk(torture, face, "sized") },
    Part { name: "folder vanishes", run: vanish },
    Part { name: "folder read-only", run: read_only },
    Part { name: "descriptor closed", run: closed },
    Part { name: "pipe broken", run: pipe },
    Part { name: "terminal slow", run: |torture, face| terminal(torture, face, false) },
    Part { name: "terminal slow, queued", run: |torture, face| terminal(torture, face, true) },
];

/// How long each state lasts.
const A_WHILE: Duration = Duration::from_millis(400);
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that logs a record every millisecond or so until it is stopped.
fn start(face: &Face, folder: &Path, handlers: &str, more: &[&str]) -> Result<Victim> {
    let handlers = format!("handlers={handlers}");
    let mut settings = vec![&*handlers, "threads=1", "pause=1000", "until=stop"];
    settings.extend(more);
    let mut victim = face.start("log", folder, "f", &settings)?;
    wait_for_calls(&mut victim, folder)?;
    Ok(victim)
}

fn wait_for_calls(victim: &mut Victim, folder: &Path) -> Result<()> {
    let begun = Instant::now();
    while calls(folder, "f") < 20 {
        if let Some(status) = victim.child.try_wait()? {
            bail!("it ended with {status}: {}", victim.said());
        }
        if begun.elapsed() > PATIENCE {
            bail!("it does not begin to log: {}", victim.said());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// Lets the program log for a while, which has to go on doing that.
fn let_log(row: &mut Row, folder: &Path) {
    let before = calls(folder, "f");
    let begun = Instant::now();
    std::thread::sleep(A_WHILE);
    while calls(folder, "f") < before + 20 {
        if begun.elapsed() > PATIENCE {
            row.hung += 1;
            row.faults.push("the program does not go on".to_owned());
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Stops the program, and compares what is there with what it says of its records. `resumed`: the last record
/// has to be there.
fn finish(
    row: &mut Row,
    face: &Face,
    folder: &Path,
    mut victim: Victim,
    lines: impl FnOnce() -> Result<Lines>,
    resumed: bool,
) -> Result<()> {
    fs::write(folder.join("stop"), "")?;
    let ended = victim.wait(PATIENCE)?;
    row.hung += u64::from(ended.is_none());
    let lines = lines()?;
    let made = calls(folder, "f");
    let found = lines.check(folder, &["f".to_owned()], 0);
    row.records += made;
    row.torn += found.torn;
    row.duplicated += found.duplicated;
    row.faults.extend(found.faults);
    let there = lines.of("f");
    let mut good = ended.is_some() && found.torn + found.duplicated == 0;
    if face.ours {
        let Some(account) = account_of(folder, "f") else {
            row.faults.push(format!("it gave no account: {}", victim.said()));
            row.count(false);
            return Ok(());
        };
        // The interpreter's file objects keep what a full disk refused, and write it later.
        let known = there + account.dropped + account.failed;
        let lost = made.saturating_sub(known);
        row.lost += lost;
        good &= lost == 0 && account.adds_up(made);
        if !account.adds_up(made) {
            row.faults.push(format!("the account does not add up: {made} calls, {account:?}"));
        }
        if account.failed + account.dropped == 0 {
            row.faults.push("the fault did not show".to_owned());
        }
        row.notes.push(format!("{} failed, {} dropped", account.failed, account.dropped));
    } else {
        row.lost += made - there.min(made);
    }
    let said = victim.said();
    let reports = said.matches("--- Logging error").count() as u64;
    row.notes.push(format!("{there} of {made} there, {reports} reports"));
    if face.ours && reports > 10 {
        row.faults.push(format!("{reports} reports"));
    }
    let last = acknowledged(folder, "f").first().map_or(0, |calls| calls.saturating_sub(1));
    if resumed && lines.times("f", 0, last) == 0 {
        good = false;
        row.faults.push("logging did not go on when the fault had ended".to_owned());
    }
    row.count(good && row.hung == 0);
    Ok(())
}

/// A file system that is there as long as this lives.
struct Mount<'f>(&'f Path);

impl<'f> Mount<'f> {
    fn new(at: &'f Path, options: &str) -> Result<Self, String> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", options, "ferrolog-torture"]).arg(at);
        match process::run_quietly(&mut command) {
            Ok(()) => Ok(Self(at)),
            Err(error) => {
                let error = format!("{error:#}");
                Err(format!(
                    "a file system cannot be mounted: {}",
                    error.lines().last().unwrap_or_default()
                ))
            }
        }
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        // What cannot be unmounted now is as soon as nobody uses it.
        let _ = process::run_quietly(Command::new("umount").arg("-l").arg(self.0));
    }
}

fn disk(torture: &Torture, face: &Face, handler: &str) -> Result<Row> {
    let mut row = Row::default();
    let folder = torture.folder(&format!("disk-{handler}-{}", face.name))?;
    let disk = folder.join("disk");
    fs::create_dir(&disk)?;
    let _mount = match Mount::new(&disk, "size=1m") {
        Ok(mount) => mount,
        Err(why) => return Ok(Row::skipped(why)),
    };
    let victim = start(face, &folder, handler, &["at=disk", "max_bytes=20000", "backups=50"])?;
    let filler = disk.join("filler");
    for _ in 0..torture.times(4, 2) {
        fill(&filler)?;
        let_log(&mut row, &folder);
        // Whatever space a rotation may have made.
        fill(&filler)?;
        let_log(&mut row, &folder);
        fs::remove_file(&filler)?;
        let_log(&mut row, &folder);
    }
    finish(&mut row, face, &folder, victim, || Lines::read(&disk, "log"), true)?;
    Ok(row)
}

/// Fills the file system to the last byte.
fn fill(filler: &Path) -> Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(filler)?;
    for size in [4096, 1] {
        while file.write(&vec![b'f'; size]).is_ok_and(|written| written > 0) {}
    }
    Ok(())
}

/// The handler that notices that its folder is not there. (The standard library's watched one raises an error that the
/// caller has to catch, and so ends the thread.)
fn follows(face: &Face) -> &'static str {
    if face.is_rust() { "watched" } else { "sized" }
}

fn vanish(torture: &Torture, face: &Face) -> Result<Row> {
    let mut row = Row::default();
    let folder = torture.folder(&format!("vanish-{}", face.name))?;
    let (here, away) = (folder.join("here"), folder.join("away"));
    fs::create_dir(&here)?;
    let victim = start(face, &folder, follows(face), &["at=here", "max_bytes=2000"])?;
    fs::rename(&here, &away)?;
    let_log(&mut row, &folder);
    fs::create_dir(&here)?;
    let_log(&mut row, &folder);
    let lines = || {
        let mut lines = Lines::read(&here, "log")?;
        lines.read_too(&away, "log")?;
        Ok(lines)
    };
    finish(&mut row, face, &folder, victim, lines, true)?;
    Ok(row)
}

fn read_only(torture: &Torture, face: &Face) -> Result<Row> {
    let mut row = Row::default();
    let folder = torture.folder(&format!("read-only-{}", face.name))?;
    let here = folder.join("here");
    fs::create_dir(&here)?;
    let victim = start(face, &folder, follows(face), &["at=here", "max_bytes=2000"])?;
    // A file system with open files is not remounted; one that is read-only covers it.
    {
        let _mount = match Mount::new(&here, "ro") {
            Ok(mount) => mount,
            Err(why) => return Ok(Row::skipped(why)),
        };
        let_log(&mut row, &folder);
    }
    let_log(&mut row, &folder);
    finish(&mut row, face, &folder, victim, || Lines::read(&here, "log"), true)?;
    Ok(row)
}

fn closed(torture: &Torture, face: &Face) -> Result<Row> {
    let mut row = Row::default();
    let folder = torture.folder(&format!("closed-{}", face.name))?;
    let victim = start(face, &folder, "file", &[])?;
    fs::write(folder.join("close"), "")?;
    let_log(&mut row, &folder);
    if !face.is_rust() {
        // The standard library's file handlers keep their stream, whatever its descriptor is.
        fs::write(folder.join("replace"), "")?;
        let_log(&mut row, &folder);
        row.notes.push("until the program opened it again".to_owned());
    }
    finish(&mut row, face, &folder, victim, || Lines::read(&folder, "log"), true)?;
    Ok(row)
}

const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;

fn pipe(torture: &Torture, face: &Face) -> Result<Row> {
    let mut row = Row::default();
    let folder = torture.folder(&format!("pipe-{}", face.name))?;
    let fifo = folder.join("fifo");
    process::run_quietly(Command::new("mkfifo").arg(&fifo))?;
    let read_end = || OpenOptions::new().read(true).custom_flags(NONBLOCK).open(&fifo);
    let mut reader = read_end()?;
    let settings = ["handlers=stdout", "threads=1", "pause=1000", "until=stop"];
    let mut command = face.command("log", &folder, "f", &settings);
    let writer = OpenOptions::new().write(true).open(&fifo)?;
    command.stdin(Stdio::null()).stdout(writer);
    let mut victim = Victim::spawn(command, &folder, "f")?;
    let mut text = Vec::new();
    let begun = Instant::now();
    while calls(&folder, "f") < 50 {
        drain(&mut reader, &mut text);
        if begun.elapsed() > PATIENCE {
            bail!("it does not begin to log: {}", victim.said());
        }
    }
    // It is stopped for the moment, so that nothing is in the pipe when its reader leaves.
    victim.signal("STOP")?;
    std::thread::sleep(Duration::from_millis(50));
    drain(&mut reader, &mut text);
    drop(reader);
    victim.signal("CONT")?;
    let_log(&mut row, &folder);
    victim.signal("STOP")?;
    std::thread::sleep(Duration::from_millis(50));
    let mut reader = read_end()?;
    victim.signal("CONT")?;
    let until = Instant::now() + A_WHILE;
    while Instant::now() < until {
        drain(&mut reader, &mut text);
    }
    fs::write(folder.join("stop"), "")?;
    let begun = Instant::now();
    while victim.child.try_wait()?.is_none() && begun.elapsed() < PATIENCE {
        drain(&mut reader, &mut text);
    }
    drain(&mut reader, &mut text);
    let lines = || Ok(Lines::of_text("the pipe", &String::from_utf8_lossy(&text)));
    finish(&mut row, face, &folder, victim, lines, true)?;
    Ok(row)
}

/// Reads what is there.
fn drain(reader: &mut File, text: &mut Vec<u8>) {
    let mut bytes = [0; 65536];
    while let Ok(count) = reader.read(&mut bytes) {
        if count == 0 {
            break;
        }
        text.extend(&bytes[..count]);
    }
    std::thread::sleep(Duration::from_millis(1));
}

fn terminal(torture: &Torture, face: &Face, queued: bool) -> Result<Row> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let mut row = Row::default();
    let folder = torture.folder(&format!("terminal-{queued}-{}", face.name))?;
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).context("no terminal")?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?.into_string()?;
    // Never as the terminal that controls this process, which would end with it.
    let no_control = OpenptFlags::NOCTTY.bits().cast_signed();
    let slave = OpenOptions::new().read(true).write(true).custom_flags(no_control).open(name)?;
    rustix::io::ioctl_fionbio(&master, true)?;
    let mut reader = File::from(master);
    let handlers = if queued { "handlers=queued-stderr" } else { "handlers=stderr" };
    let records = torture.times(3000, 1000);
    let count = format!("records={records}");
    let mut command = face.command("log", &folder, "f", &[handlers, "threads=1", &count]);
    command.stdin(Stdio::null()).stdout(File::create(folder.join("said.f"))?).stderr(slave);
    let mut victim = Victim::spawn_as_it_is(command, &folder, "f")?;
    let (mut text, begun, mut calls_done) = (Vec::new(), Instant::now(), None);
    // Nobody reads at first, and then little at a time.
    std::thread::sleep(Duration::from_millis(700));
    while victim.child.try_wait()?.is_none() && begun.elapsed() < Duration::from_secs(90) {
        let mut bytes = [0; 256];
        if let Ok(count) = reader.read(&mut bytes) {
            text.extend(&bytes[..count]);
        }
        std::thread::sleep(Duration::from_micros(500));
        if calls_done.is_none() && folder.join("ready.f").exists() {
            calls_done = Some(begun.elapsed());
        }
    }
    let whole = begun.elapsed();
    if victim.child.try_wait()?.is_none() {
        row.hung = 1;
        victim.kill()?;
    }
    drain(&mut reader, &mut text);
    let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
    // Where a queue was full, the standard library and what stands for it report that to the same terminal.
    let lines = Lines::of_text("the terminal", &text);
    let (made, there) = (calls(&folder, "f"), lines.of("f"));
    row.records = made;
    let mut good = row.hung == 0 && made == u64::from(records);
    if face.ours {
        let account = account_of(&folder, "f").context("it gave no account")?;
        row.lost = made.saturating_sub(there + account.dropped + account.failed);
        good &= account.adds_up(made) && row.lost == 0;
        row.notes.push(format!("{} dropped, {} failed", account.dropped, account.failed));
        if queued && face.is_rust() && !text.contains("dropped here: the queue was full") {
            row.faults.push("the loss is not told in the stream".to_owned());
        }
        if queued && account.dropped + account.failed == 0 {
            row.faults.push("the terminal was not slow enough".to_owned());
        }
    } else {
        row.lost = made - there.min(made);
    }
    let calls_done = calls_done.unwrap_or(whole);
    row.notes.push(format!(
        "{there} there, calls done after {:.1} s of {:.1}",
        calls_done.as_secs_f64(),
        whole.as_secs_f64()
    ));
    row.count(good);
    Ok(row)
}
