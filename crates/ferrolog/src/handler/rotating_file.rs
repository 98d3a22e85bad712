//! The handler that rotates its file when it has grown to a size.

use std::io;
use std::path::{Path, PathBuf};

use super::file_settings::{self, FileSettings, Holds, TextFile, file_settings};
use super::rotation::{emit_rotating, rotating, rotation_settings};
use super::{Emit, Event, Handler};
use crate::error::Result;
use crate::sink::{Backoff, Backups, FileMode, Numbered, SizeLimit, Turns};

/// Writes to a file, and begins a new one before it grows to `max_bytes`; of the older ones,
/// `backup_count` are kept: `app.log.1` is the newest of them, `app.log.2` the one before.
///
/// A file without a record in it takes one of any length. As in Python, the length of a record is that of
/// its characters. If `max_bytes` or `backup_count` is 0, the file is not rotated.
///
/// Costs what [`FileHandler`](crate::FileHandler) costs, and a comparison; a rotation, one renaming for
/// each backup. If a rotation fails, the error is reported, the record is written to the file as it is,
/// and the rotation is tried again after a second, then at longer and longer intervals up to half a
/// minute.
///
/// ```
/// use ferrolog::RotatingFileHandler;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("app.log");
/// let handler = RotatingFileHandler::builder(&path).max_bytes(20).backup_count(2).build()?;
/// let logger = ferrolog::get_logger("app.rotating");
/// logger.add_handler(&handler);
/// for n in 1..=3 {
///     ferrolog::warning!(logger, "record number {n}");
/// }
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "record number 3\n");
/// assert_eq!(std::fs::read_to_string(folder.path().join("app.log.2")).unwrap(), "record number 1\n");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: `logging.handlers.RotatingFileHandler`.
#[derive(Debug)]
pub struct RotatingFileHandler {
    file: TextFile,
    limit: SizeLimit,
    numbered: Numbered,
    backups: Backups,
    pause: Backoff,
}

impl RotatingFileHandler {
    /// A handler that appends to the file at `path`, rotates it at `max_bytes`, and keeps `backup_count`
    /// older files.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn new(
        path: impl AsRef<Path>,
        max_bytes: u64,
        backup_count: usize,
    ) -> Result<Handler<Self>> {
        Self::builder(path).max_bytes(max_bytes).backup_count(backup_count).build()
    }

    /// A handler set up step by step.
    pub fn builder(path: impl AsRef<Path>) -> RotatingFileHandlerBuilder {
        RotatingFileHandlerBuilder {
            file: FileSettings::new(path),
            max_bytes: 0,
            backup_count: 0,
            backups: Backups::new(),
        }
    }

    /// Opens the file if the builder was told to leave that, unless it is delayed.
    pub(crate) fn open_now(&mut self) -> Result<()> {
        self.file.open_for_good()
    }

    /// The file's absolute path. Python: `FileHandler.baseFilename`.
    pub fn path(&self) -> &Path {
        self.file.sink.path()
    }

    /// The size that the file stays below; 0 for any.
    pub fn max_bytes(&self) -> u64 {
        self.limit.max_bytes
    }

    /// How many older files are kept.
    pub fn backup_count(&self) -> usize {
        self.numbered.backup_count
    }

    /// Whether the file is to be rotated before a record with this text.
    ///
    /// Python: `RotatingFileHandler.shouldRollover`.
    pub fn should_rollover(&mut self, text: &str) -> bool {
        self.limit.is_reached(&mut self.file.sink, text)
    }

    rotating!(numbered);

    /// Makes up for what other processes did to the file.
    fn follow(&mut self) -> Result<()> {
        self.file.follow().map(drop)
    }
}

impl Holds for RotatingFileHandler {
    fn text_file(&mut self) -> &mut TextFile {
        &mut self.file
    }
}

impl Emit for RotatingFileHandler {
    emit_rotating!();
}

/// Builds a [`RotatingFileHandler`].
///
/// | setting | default |
/// |---|---|
/// | `max_bytes` | 0: the file is not rotated |
/// | `backup_count` | 0: the file is not rotated |
/// | `mode` | [`FileMode::Append`], which it is in any case if there is a `max_bytes` |
/// | `encoding` | UTF-8 |
/// | `errors` | strict: a record with a character that the encoding has not is not written |
/// | `delay` | false: the file is opened when the handler is built |
/// | `buffer` | 0: each record is written before the logging call returns |
/// | `flush_level` | [`Level::ERROR`](crate::Level::ERROR), with a buffer |
/// | `flush_interval` | one second, with a buffer |
/// | `namer` | none: the backups are `app.log.1`, `app.log.2` ... |
/// | `rotator` | none: a file is rotated by renaming it |
/// | `permissions` (Unix) | what the process's mask leaves of `0o666` |
/// | `follow_symlinks` (Unix) | true |
/// | `shared` | false: only this handler writes to the file |
/// | `compress` (feature `compression`) | false |
#[derive(Clone, Debug)]
pub struct RotatingFileHandlerBuilder {
    file: FileSettings,
    max_bytes: u64,
    backup_count: usize,
    backups: Backups,
}

impl RotatingFileHandlerBuilder {
    file_settings!(mode);
    rotation_settings!();

    /// The size in bytes that the file is to stay below.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How many older files are kept.
    pub fn backup_count(mut self, count: usize) -> Self {
        self.backup_count = count;
        self
    }

    /// The handler.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, unless that was delayed.
    pub fn build(mut self) -> Result<Handler<RotatingFileHandler>> {
        if self.max_bytes > 0 {
            self.file.open.mode = FileMode::Append;
        }
        let file = self.file.build()?;
        let numbered = Numbered { backup_count: self.backup_count };
        let backups = self.backups.renewed();
        let handler = RotatingFileHandler {
            file,
            limit: SizeLimit { max_bytes: self.max_bytes },
            numbered,
            backups,
            pause: Backoff::default(),
        };
        handler.recover_in_turn()?;
        Ok(file_settings::handler(handler))
    }
}
