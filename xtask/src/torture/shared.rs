//! Many processes that write to one file and rotate it, one of which is killed while it has the turn.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::face::Face;
use super::records::{Lines, accounts};
use super::row::Row;
use super::{Part, Torture};

pub(super) const PARTS: &[Part] = &[
    Part { name: "shared, by size", run: |torture, face| share(torture, face, "sized-shared") },
    Part { name: "shared, by time", run: |torture, face| share(torture, face, "timed-shared") },
    Part {
        name: "shared, compressed",
        run: |torture, face| share(torture, face, "sized-gz-shared"),
    },
];

const PROCESSES: u32 = 8;
const PATIENCE: Duration = Duration::from_secs(300);

fn share(torture: &Torture, face: &Face, handler: &str) -> Result<Row> {
    let mut row = Row::default();
    let folder = torture.folder(&format!("{handler}-{}", face.name))?;
    let timed = handler.starts_with("timed");
    // Of the standard library it is the plain handler, without compression: it has no other.
    let handler = match (face.ours, timed) {
        (true, _) => handler,
        (false, true) => "timed",
        (false, false) => "sized",
    };
    let handlers = format!("handlers={handler}");
    let (full, quick) = match (timed, handler.contains("-gz")) {
        // Long enough for the one that is killed to get the turn at a full second.
        (true, _) => (3000, 800),
        (_, true) => (1000, 40),
        _ => (1000, 150),
    };
    let records = format!("records={}", torture.times(full, quick));
    // About one rotation for forty records, or several seconds.
    let pace = if timed { "pause=2000" } else { "max_bytes=2000" };
    let settings = [&*handlers, &records, pace, "threads=1", "backups=5000"];
    let mut victims = Vec::new();
    let mut whose = Vec::new();
    for number in 0..PROCESSES {
        let who = format!("p{number}");
        victims.push(face.start("log", &folder, &who, &settings)?);
        whose.push(who);
    }
    // One more, which stays in its first rotation until it is killed.
    let mut killed = 0;
    if !handler.contains("-gz") {
        // By time, who logs first behind the second rotates; it logs more often than the others.
        let pace = if timed { "pause=100" } else { pace };
        let settings = [&*handlers, "until=stop", pace, "threads=1", "backups=5000", "hold=1"];
        let mut victim = face.start("log", &folder, "holds", &settings)?;
        let begun = Instant::now();
        while !folder.join("holding").exists() && begun.elapsed() < Duration::from_secs(50) {
            std::thread::sleep(Duration::from_millis(2));
        }
        if folder.join("holding").exists() {
            std::thread::sleep(Duration::from_millis(300));
            row.notes.push("one killed in its turn".to_owned());
        } else {
            row.faults.push("none came into its turn".to_owned());
        }
        victim.kill()?;
        whose.push("holds".to_owned());
        killed = 1;
    }
    for (victim, who) in victims.iter_mut().zip(&whose) {
        let ended = victim.wait(PATIENCE)?;
        match ended {
            None => row.hung += 1,
            Some(status) if !status.success() => {
                row.faults.push(format!("{who} ended with {status}: {}", victim.said()));
            }
            Some(_) => {}
        }
        row.count(ended.is_some());
    }
    if face.ours {
        whose[..PROCESSES as usize]
            .iter()
            .for_each(|who| row.faults.extend(accounts(&folder, who)));
    }
    let lines = Lines::read(&folder, "log")?;
    row.notes.push(format!("{} files", lines.files));
    row.add(&lines.check(&folder, &whose, killed));
    Ok(row)
}
