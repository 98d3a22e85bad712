//! Killed: while logging, and in the middle of a rotation.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

use super::face::{Face, Victim};
use super::records::{Lines, calls};
use super::row::Row;
use super::{Part, Torture};

pub(super) const PARTS: &[Part] = &[
    Part { name: "killed logging", run: |torture, face| kill(torture, face, "file", 200, 12) },
    Part { name: "killed rotating", run: |torture, face| kill(torture, face, "sized", 200, 12) },
    Part {
        name: "killed rotating, gzip",
        run: |torture, face| kill(torture, face, "sized-gz", 200, 10),
    },
    Part {
        name: "killed rotating, timed",
        run: |torture, face| kill(torture, face, "timed", 200, 3),
    },
    Part {
        name: "killed rotating, timed gz",
        run: |torture, face| kill(torture, face, "timed-gz", 200, 2),
    },
];

/// How long a program may take for what takes a moment.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many programs, one after the other, log to the same files.
const TOGETHER: u32 = 10;

fn kill(torture: &Torture, face: &Face, handler: &str, full: u32, quick: u32) -> Result<Row> {
    let mut row = Row::default();
    let mut chance = Chance::new(torture.seed);
    let timed = handler.starts_with("timed");
    let handlers = format!("handlers={handler}");
    // Small files, so that most of the time is spent in rotations.
    let settings = [&*handlers, if handler == "file" || timed { "" } else { "max_bytes=500" }];
    let mut left = torture.times(full, quick);
    let mut group = 0;
    let mut torn = 0;
    let mut files = 0;
    while left > 0 {
        let folder = torture.folder(&format!("kill-{handler}-{}", face.name))?;
        let count = left.min(TOGETHER);
        let mut whose = Vec::new();
        for number in 0..count {
            let who = format!("k{group}-{number}");
            let mut victim = face.start("log", &folder, &who, &settings)?;
            wait_for_calls(&mut victim, || calls(&folder, &who) > 0)?;
            std::thread::sleep(if timed { chance.at_the_second() } else { chance.moment() });
            if let Some(status) = victim.child.try_wait()? {
                bail!("it ended by itself, with {status}: {}", victim.said());
            }
            victim.kill()?;
            whose.push(who);
        }
        // The next start goes on, and ends in order.
        let last = format!("k{group}-last");
        let settings = [&*handlers, "threads=1", "records=20"];
        let mut victim = face.start("log", &folder, &last, &settings)?;
        let ended = victim.wait(PATIENCE)?;
        match ended {
            None => row.hung += 1,
            Some(status) if !status.success() => {
                row.faults.push(format!("the next start ended with {status}: {}", victim.said()));
            }
            Some(_) => {}
        }
        whose.push(last.clone());
        let lines = Lines::read(&folder, "log")?;
        let found = lines.check(&folder, &whose, u64::from(count));
        torn += lines.torn();
        files += lines.files;
        let good = row.add(&found) && ended.is_some();
        if face.ours {
            row.faults.extend(super::records::accounts(&folder, &last));
        }
        // What is lost of one of them shows that not all survived; of which, does not matter.
        (0..count).for_each(|_| row.count(good));
        left -= count;
        group += 1;
    }
    if handler != "file" {
        row.notes.push(format!("{files} files"));
    }
    row.notes.push(format!("{torn} last lines torn"));
    Ok(row)
}

/// Waits until a program's calls return.
fn wait_for_calls(victim: &mut Victim, mut begun: impl FnMut() -> bool) -> Result<()> {
    let start = Instant::now();
    while !begun() {
        if let Some(status) = victim.child.try_wait()? {
            bail!("it ended with {status} before it logged: {}", victim.said());
        }
        if start.elapsed() > PATIENCE {
            bail!("it does not begin to log");
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}

/// Moments that differ each time, and are the same for the same seed.
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Up to 30 milliseconds.
    fn moment(&mut self) -> Duration {
        Duration::from_micros(self.next() % 30_000)
    }

    /// Until about the next second by the clock, when files are rotated by time: up to 2 milliseconds before,
    /// or up to 8 behind.
    fn at_the_second(&mut self) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = 1_000_000 - u64::from(now.subsec_micros());
        Duration::from_micros((left + self.next() % 10_000).saturating_sub(2000))
    }
}
