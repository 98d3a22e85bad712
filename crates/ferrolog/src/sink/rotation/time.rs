//! Rotation by time.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::backups::with_suffix;
use super::size::is_regular;
use super::{Backups, Schedule, stamp};
use crate::error::{Error, Result};
use crate::sink::FileSink;

/// Backups named after the time in which they were written: `app.log.2024-02-29`.
///
/// Python: `TimedRotatingFileHandler`.
#[derive(Clone, Debug)]
pub struct Timed {
    schedule: Schedule,
    backup_count: usize,
    /// Whether a time can have several files, `app.log.2024-02-29.1` and so on: where the size decides
    /// too.
    several: bool,
    rollover_at: i64,
}

/// A backup: of which time, and which of those of that time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Backup {
    stamp: String,
    number: u64,
}

impl Timed {
    /// Rotation of the file at `path`, which may be there already: then the first rotation follows the
    /// time at which it was last written to. With a `backup_count` of 0, all backups are kept.
    pub fn new(schedule: Schedule, backup_count: usize, several: bool, path: &Path) -> Self {
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        let time = match modified.map(|time| time.duration_since(UNIX_EPOCH)) {
            Some(Ok(since)) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            // Before the epoch: any such time is long ago.
            Some(Err(_)) => 0,
            None => schedule.now(),
        };
        let rollover_at = schedule.compute_rollover(time);
        Self { schedule, backup_count, several, rollover_at }
    }

    /// The schedule.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// How many backups are kept; 0 for all.
    pub fn backup_count(&self) -> usize {
        self.backup_count
    }

    /// The time of the next rotation, in seconds since the epoch.
    ///
    /// Python: `TimedRotatingFileHandler.rolloverAt`.
    pub fn rollover_at(&self) -> i64 {
        self.rollover_at
    }

    /// Counts the time of the next rotation from now, as another process has rotated the file.
    pub fn restart(&mut self) {
        self.rollover_at = self.schedule.compute_rollover(self.schedule.now());
    }

    /// Whether the time for the next rotation has come. What is no regular file is not rotated, and is
    /// due again after the next interval.
    ///
    /// Costs a reading of the clock. Python: `TimedRotatingFileHandler.shouldRollover`.
    #[inline]
    pub fn is_due(&mut self, path: &Path) -> bool {
        let now = self.schedule.now();
        now >= self.rollover_at && self.may_roll(path, now)
    }

    #[cold]
    fn may_roll(&mut self, path: &Path, now: i64) -> bool {
        let regular = is_regular(path);
        if !regular {
            self.rollover_at = self.schedule.compute_rollover(now);
        }
        regular
    }

    /// Rotates the sink's file, which is closed; the next write opens it. Where a backup of the interval
    /// is there already, nothing is done, and the file stays open.
    ///
    /// # Errors
    ///
    /// A file cannot be moved or removed. Nothing is lost by it.
    ///
    /// Python: `TimedRotatingFileHandler.doRollover`.
    pub fn roll(&mut self, sink: &mut FileSink, backups: &Backups) -> Result<()> {
        let now = self.schedule.now();
        let stamp = self.schedule.stamp(self.rollover_at, now);
        let number = if self.several { self.next_number(&stamp, sink.path(), backups)? } else { 0 };
        let target = self.name(sink.path(), &Backup { stamp, number }, backups);
        if backups.exists(&target) {
            return Ok(());
        }
        sink.release();
        backups.rotate(sink.path(), &target)?;
        // A rotation for the size alone leaves the time as it is.
        if !self.several || now >= self.rollover_at {
            self.rollover_at = self.schedule.compute_rollover(now);
        }
        let mut result = Ok(());
        for old in self.files_to_delete(sink.path(), backups)? {
            result = result.and(backups.remove(&old));
        }
        result
    }

    /// The backups that are to be removed, so that no more than `backup_count` stay: the oldest.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    ///
    /// Python: `TimedRotatingFileHandler.getFilesToDelete`.
    pub fn files_to_delete(&self, path: &Path, backups: &Backups) -> Result<Vec<PathBuf>> {
        if self.backup_count == 0 {
            return Ok(Vec::new());
        }
        let mut files = self.backups(path, backups)?;
        if self.several {
            files.sort_unstable_by(|a, b| a.1.cmp(&b.1));
        } else {
            files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        }
        files.truncate(files.len().saturating_sub(self.backup_count));
        Ok(files.into_iter().map(|(path, _)| path).collect())
    }

    /// Takes up what an earlier process left unfinished.
    pub(crate) fn recover(&self, path: &Path, backups: &Backups) -> Result<()> {
        if !backups.compresses() {
            return Ok(());
        }
        let files = self.backups(path, backups)?;
        backups.recover(files.into_iter().map(|(path, _)| path))
    }

    fn name(&self, path: &Path, backup: &Backup, backups: &Backups) -> PathBuf {
        let suffix = match backup.number {
            0 => format!(".{}", backup.stamp),
            number => format!(".{}.{number}", backup.stamp),
        };
        backups.name(with_suffix(path, &suffix))
    }

    /// The number of the next backup of the time `stamp`.
    fn next_number(&self, stamp: &str, path: &Path, backups: &Backups) -> Result<u64> {
        let files = self.backups(path, backups)?;
        let numbers = files.iter().filter(|(_, backup)| backup.stamp == stamp);
        Ok(numbers.map(|(_, backup)| backup.number + 1).max().unwrap_or(0))
    }

    /// All backups of the file at `path`, under their names before compression.
    fn backups(&self, path: &Path, backups: &Backups) -> Result<Vec<(PathBuf, Backup)>> {
        let (Some(folder), Some(base)) = (path.parent(), path.file_name()) else {
            return Ok(Vec::new());
        };
        let mut files = Vec::new();
        let failed = || Error::file("list", folder);
        for entry in fs::read_dir(folder).map_err(failed())? {
            let name = entry.map_err(failed())?.file_name();
            // A part is a compressed file that an earlier process did not finish.
            let plain = match name.to_str() {
                Some(text) if backups.compresses() => {
                    let text = text.strip_suffix(".part").unwrap_or(text);
                    OsStr::new(text.strip_suffix(".gz").unwrap_or(text))
                }
                _ => &name,
            };
            if let Some(backup) = self.backup(path, base, plain, backups) {
                files.push((folder.join(plain), backup));
            }
        }
        files.sort_unstable();
        files.dedup();
        Ok(files)
    }

    /// Which backup of the file `base` has the name `name`, if it is one.
    fn backup(&self, path: &Path, base: &OsStr, name: &OsStr, backups: &Backups) -> Option<Backup> {
        let shape = self.schedule.when().stamp();
        if !backups.has_namer() {
            let suffix = name.as_encoded_bytes().strip_prefix(base.as_encoded_bytes())?;
            let suffix = std::str::from_utf8(suffix).ok()?.strip_prefix('.')?;
            let (stamp, rest) = suffix.split_at_checked(shape.len())?;
            let number = self.number(rest).filter(|_| stamp::matches(shape, stamp))?;
            return Some(Backup { stamp: stamp.to_owned(), number });
        }
        // A namer puts the time where it likes; the name is one of ours if it gives it for that time.
        let text = name.to_str()?;
        stamp::find(shape, text).find_map(|stamp| {
            let mut candidates = vec![0];
            if self.several {
                let digits = text.split(|c: char| !c.is_ascii_digit());
                candidates.extend(digits.filter_map(|digits| digits.parse::<u64>().ok()));
            }
            let mut known =
                candidates.into_iter().map(|number| Backup { stamp: stamp.to_owned(), number });
            known.find(|backup| self.name(path, backup, backups).file_name() == Some(name))
        })
    }

    /// The number that stands behind the time in a name.
    fn number(&self, rest: &str) -> Option<u64> {
        match rest.strip_prefix('.') {
            None => rest.is_empty().then_some(0),
            Some(digits) if self.several && !digits.starts_with(['0', '+']) => digits.parse().ok(),
            Some(_) => None,
        }
    }
}
