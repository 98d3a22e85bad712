//! The records of the programs: which calls returned, and what is in the files.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;

/// What precedes a message in a line.
const PREFIX: &str = "INFO:root:";

/// What was found of the records of some programs.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How many had to be there.
    pub(super) expected: u64,
    pub(super) lost: u64,
    pub(super) torn: u64,
    pub(super) duplicated: u64,
    pub(super) faults: Vec<String>,
}

/// All lines of a log and its backups.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// How often each record is there: by program, thread and number.
    count: HashMap<(String, u64), HashMap<u64, u32>>,
    torn: Vec<String>,
    /// How many files they are in.
    pub(super) files: u64,
    /// Files that should not be there.
    strays: Vec<String>,
}

impl Lines {
    /// Reads the file called `log` in the folder, and those whose names are that with more behind.
    pub(super) fn read(folder: &Path, log: &str) -> Result<Self> {
        let mut lines = Self::default();
        lines.read_too(folder, log)?;
        Ok(lines)
    }

    /// The lines of a text, which was read from somewhere else.
    pub(super) fn of_text(name: &str, text: &str) -> Self {
        let mut lines = Self::default();
        lines.add_text(name, text);
        lines
    }

    /// Reads those of another folder as well.
    pub(super) fn read_too(&mut self, folder: &Path, log: &str) -> Result<()> {
        let entries =
            fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(rest) = name.strip_prefix(log) else { continue };
            if !(rest.is_empty() || rest.starts_with('.')) || rest == ".lock" {
                continue;
            }
            if rest.ends_with(".part") || rest.ends_with(".tmp") {
                self.strays.push(name);
                continue;
            }
            self.files += 1;
            let bytes = fs::read(&path).with_context(|| format!("cannot read {name}"))?;
            self.add(&name, &bytes);
        }
        Ok(())
    }

    fn add(&mut self, name: &str, bytes: &[u8]) {
        if !name.ends_with(".gz") {
            return self.add_text(name, &String::from_utf8_lossy(bytes));
        }
        let mut text = Vec::new();
        if let Err(error) = MultiGzDecoder::new(bytes).read_to_end(&mut text) {
            self.strays.push(format!("{name} is no whole compressed file ({error})"));
        }
        self.add_text(name, &String::from_utf8_lossy(&text));
    }

    fn add_text(&mut self, name: &str, text: &str) {
        for line in text.split_inclusive('\n') {
            match record_of(line) {
                Some((who, thread, n)) => {
                    let of = self.count.entry((who.to_owned(), thread)).or_default();
                    *of.entry(n).or_default() += 1;
                }
                // What else the facility has to say, as that records were dropped.
                None if line.starts_with("WARNING:") => {}
                None => self.torn.push(format!("{name}: {line:?}")),
            }
        }
    }

    /// How often the record is there.
    pub(super) fn times(&self, who: &str, thread: u64, n: u64) -> u32 {
        let of = self.count.get(&(who.to_owned(), thread));
        of.and_then(|of| of.get(&n)).copied().unwrap_or(0)
    }

    /// [`Lines::check`] for a file that has other lines too.
    pub(super) fn check_among_others(mut self, folder: &Path, whose: &[String]) -> Found {
        self.torn.clear();
        self.check(folder, whose, 0)
    }

    /// How many lines are no whole record.
    pub(super) fn torn(&self) -> usize {
        self.torn.len()
    }

    /// How many records of a program are there.
    pub(super) fn of(&self, who: &str) -> u64 {
        let whose = self.count.iter().filter(|((name, _), _)| name == who);
        whose.map(|(_, of)| of.len() as u64).sum()
    }

    /// Compares them with the calls of these programs that returned; up to `torn` lines may be torn, as so many
    /// programs were killed.
    pub(super) fn check(&self, folder: &Path, whose: &[String], torn: u64) -> Found {
        let mut found = Found {
            torn: (self.torn.len() as u64).saturating_sub(torn),
            duplicated: self.count.values().flat_map(HashMap::values).filter(|n| **n > 1).count()
                as u64,
            ..Found::default()
        };
        for who in whose {
            for (thread, calls) in (0..).zip(acknowledged(folder, who)) {
                found.expected += calls;
                found.lost +=
                    (0..calls).filter(|n| self.times(who, thread, *n) == 0).count() as u64;
            }
        }
        if found.torn > 0 {
            found.faults.push(format!("torn: {}", self.torn[0]));
        }
        found.faults.extend(self.strays.iter().map(|name| format!("left behind: {name}")));
        found
    }
}

/// How many calls of each thread of a program returned.
pub(super) fn acknowledged(folder: &Path, who: &str) -> Vec<u64> {
    let bytes = fs::read(folder.join(format!("ack.{who}"))).unwrap_or_default();
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect()
}

/// How many calls of a program returned.
pub(super) fn calls(folder: &Path, who: &str) -> u64 {
    acknowledged(folder, who).iter().sum()
}

/// Whose record a line is, if it is a whole one.
fn record_of(line: &str) -> Option<(&str, u64, u64)> {
    let message = line.strip_suffix('\n')?.strip_prefix(PREFIX)?;
    let mut parts = message.split(' ');
    let (who, thread, n) = (parts.next()?, parts.next()?, parts.next()?);
    let (thread, n) = (thread.parse().ok()?, n.parse::<u64>().ok()?);
    let filling = parts.next()?;
    let whole = filling.len() as u64 == n % 50
        && filling.bytes().all(|byte| byte == b'x')
        && parts.next() == Some("end")
        && parts.next().is_none();
    whole.then_some((who, thread, n))
}

/// What a handler says of its records.
#[derive(Debug)]
pub(super) struct Account {
    /// Which handler's it is.
    #[allow(dead_code, reason = "shown with what does not add up")]
    name: String,
    /// How many calls the caller counted.
    calls: u64,
    emitted: u64,
    delivered: u64,
    pub(super) dropped: u64,
    pub(super) failed: u64,
}

impl Account {
    /// From `name calls emitted delivered dropped failed`.
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split(' ');
        let name = parts.next()?.to_owned();
        let mut number = || parts.next()?.parse().ok();
        Some(Self {
            name,
            calls: number()?,
            emitted: number()?,
            delivered: number()?,
            dropped: number()?,
            failed: number()?,
        })
    }

    /// Whether it accounts for so many calls.
    pub(super) fn adds_up(&self, calls: u64) -> bool {
        calls == self.calls
            && calls == self.emitted
            && calls == self.delivered + self.dropped + self.failed
    }
}

/// The account of the first handler of a program.
pub(super) fn account_of(folder: &Path, who: &str) -> Option<Account> {
    let text = fs::read_to_string(folder.join(format!("account.{who}"))).ok()?;
    Account::parse(text.lines().next()?)
}

/// Compares what a program's handlers said of their records with what its caller said: what does not add up.
pub(super) fn accounts(folder: &Path, who: &str) -> Vec<String> {
    let path = folder.join(format!("account.{who}"));
    let Ok(text) = fs::read_to_string(&path) else {
        return vec![format!("{who} gave no account")];
    };
    let wrong = text
        .lines()
        .filter(|line| !Account::parse(line).is_some_and(|account| account.adds_up(account.calls)));
    wrong.map(|line| format!("the account of {who} does not add up: {line}")).collect()
}
