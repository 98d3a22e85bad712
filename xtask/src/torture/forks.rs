//! Forked, while eight threads log.

use std::time::Duration;

use anyhow::{Context, Result};

use super::face::Face;
use super::records::{Lines, accounts};
use super::row::Row;
use super::{Part, Torture};

pub(super) const PARTS: &[Part] = &[
    Part { name: "forked", run: |torture, face| run(torture, face, "os.fork", 60) },
    Part {
        name: "forked, multiprocessing",
        run: |torture, face| multiprocessing(torture, face, "fork", 15),
    },
    Part {
        name: "forked, forkserver",
        run: |torture, face| multiprocessing(torture, face, "forkserver", 4),
    },
    Part { name: "forked, spawn", run: |torture, face| multiprocessing(torture, face, "spawn", 4) },
];

/// How many children there are in the full form.
const FULL: u32 = 1000;

/// By a start method of Python's `multiprocessing`.
fn multiprocessing(torture: &Torture, face: &Face, method: &str, quick: u32) -> Result<Row> {
    if face.is_rust() {
        return Ok(Row::skipped("it is Python's"));
    }
    run(torture, face, method, quick)
}

/// The handlers, and the files that they end in. Files with a buffer of their own are the Rust crate's alone.
const HANDLERS: &[(&str, &str)] = &[
    ("file", "log"),
    ("queue", "queued"),
    ("memory", "held"),
    ("stderr", "err"),
    ("buffered", "buffered"),
];

fn handlers(face: &Face) -> &'static [(&'static str, &'static str)] {
    if face.is_rust() { HANDLERS } else { &HANDLERS[..4] }
}

fn run(torture: &Torture, face: &Face, method: &str, quick: u32) -> Result<Row> {
    let mut row = Row::default();
    // Many of the standard library's children hang, and are not waited for as long.
    let (full, patience) = if face.ours { (FULL, 20) } else { (FULL.min(200), 2) };
    let forks = torture.times(full, quick);
    // Children that begin as new interpreters take so long that the threads log enough meanwhile.
    let forks_itself = ["os.fork", "fork"].contains(&method);
    let pause = if forks_itself { "pause=500" } else { "pause=20000" };
    let folder = torture.folder(&format!("fork-{method}-{}", face.name))?;
    let names: Vec<_> = handlers(face).iter().map(|(name, _)| *name).collect();
    let settings = [
        format!("handlers={}", names.join(",")),
        format!("forks={forks}"),
        format!("method={method}"),
        "threads=8".to_owned(),
        pause.to_owned(),
        format!("patience={patience}"),
    ];
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let mut command = face.command("forks", &folder, "parent", &settings);
    let (err, out) = (folder.join("err"), folder.join("said.parent"));
    command.stdin(std::process::Stdio::null());
    command.stderr(std::fs::File::create(&err)?).stdout(std::fs::File::create(&out)?);
    let mut child = command.spawn().context("cannot start it")?;
    let limit = Duration::from_secs(120 + u64::from(forks) * 2);
    let start = std::time::Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let said = std::fs::read_to_string(&out).unwrap_or_default();
    row.tried = u64::from(forks);
    let hung = said.split("hung=").nth(1).and_then(|number| number.trim().parse::<u64>().ok());
    match (status, hung) {
        (Some(status), Some(hung)) if status.success() => {
            row.hung = hung;
            row.survived = row.tried - hung;
        }
        (Some(status), _) => row.faults.push(format!("it ended with {status}: {said}")),
        (None, _) => {
            row.hung = 1;
            row.faults.push("the parent hung".to_owned());
        }
    }
    let mut whose = vec!["parent".to_owned()];
    let prefix = if method == "os.fork" { "c" } else { method };
    whose.extend((0..forks).map(|number| format!("{prefix}{number}")));
    for (name, file) in handlers(face) {
        let lines = Lines::read(&folder, file)?;
        let mut found = lines.check(&folder, &whose, 0);
        found.faults.iter_mut().for_each(|fault| *fault = format!("{name}: {fault}"));
        if found.lost + found.duplicated > 0 {
            let (lost, twice) = (found.lost, found.duplicated);
            row.notes.push(format!("{name} ({method}): {lost} lost, {twice} duplicated"));
        }
        row.add(&found);
    }
    if face.ours {
        row.faults.extend(accounts(&folder, "parent"));
    }
    Ok(row)
}
