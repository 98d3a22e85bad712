//! Rotation by size.

use std::path::{Path, PathBuf};

use super::Backups;
use super::backups::with_suffix;
use crate::error::Result;
use crate::sink::FileSink;

/// How large a file may grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SizeLimit {
    /// In bytes; 0 for any size.
    pub max_bytes: u64,
}

impl SizeLimit {
    /// Whether the file would reach its limit with the line `text`, which is given without its end.
    ///
    /// As in Python, an empty file takes a line of any length, and a line is as long as it has characters,
    /// with one for its end; what is no regular file has no limit. Costs a look at the file only where
    /// the limit seems reached. A file that cannot be opened has no limit either: the write that follows
    /// meets the error itself.
    ///
    /// Python: `RotatingFileHandler.shouldRollover`.
    #[inline]
    pub fn is_reached(self, sink: &mut FileSink, text: &str) -> bool {
        if self.max_bytes == 0 || (sink.file().is_none() && sink.open().is_err()) {
            return false;
        }
        // No text has more characters than bytes.
        if sink.position().saturating_add(text.len() as u64) < self.max_bytes - 1 {
            return false;
        }
        self.is_really_reached(sink, text)
    }

    #[cold]
    fn is_really_reached(self, sink: &mut FileSink, text: &str) -> bool {
        let position = sink.refresh_position();
        let line = text.chars().count() as u64 + 1;
        position > 0 && position.saturating_add(line) >= self.max_bytes && is_regular(sink.path())
    }
}

/// Whether what is at `path`, if anything, can be rotated.
pub(super) fn is_regular(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) || !path.exists()
}

/// Backups with numbers: `app.log.1` is the newest, and moves to `app.log.2` when the next comes.
///
/// Python: `RotatingFileHandler.doRollover`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbered {
    /// How many backups are kept. With 0, the file is not rotated, but opened anew and grows on.
    pub backup_count: usize,
}

impl Numbered {
    /// Rotates the sink's file, which is closed; the next write opens it.
    ///
    /// # Errors
    ///
    /// A file cannot be moved or removed. What was done until then stays done, and nothing is lost.
    pub fn roll(self, sink: &mut FileSink, backups: &Backups) -> Result<()> {
        sink.release();
        if self.backup_count == 0 {
            return Ok(());
        }
        for number in (1..self.backup_count).rev() {
            let from = self.name(sink.path(), number, backups);
            if backups.exists(&from) {
                backups.shift(&from, &self.name(sink.path(), number + 1, backups))?;
            }
        }
        let newest = self.name(sink.path(), 1, backups);
        backups.remove(&newest)?;
        backups.rotate(sink.path(), &newest)
    }

    /// Takes up what an earlier process left unfinished.
    pub(crate) fn recover(self, path: &Path, backups: &Backups) -> Result<()> {
        if !backups.compresses() {
            return Ok(());
        }
        let names = (1..=self.backup_count).map(|number| self.name(path, number, backups));
        backups.recover(names)
    }

    fn name(self, base: &Path, number: usize, backups: &Backups) -> PathBuf {
        backups.name(with_suffix(base, &format!(".{number}")))
    }
}
