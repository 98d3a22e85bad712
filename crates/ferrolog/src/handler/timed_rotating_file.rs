//! The handler that rotates its file at certain times.

use std::io;
use std::path::{Path, PathBuf};

use super::file_settings::{self, FileSettings, Holds, TextFile, file_settings};
use super::rotation::{emit_rotating, rotating, rotation_settings};
use super::{Emit, Event, Handler};
use crate::error::Result;
use crate::sink::{Backoff, Backups, Clock, Schedule, SizeLimit, Timed, Turns, When};

/// Writes to a file, and begins a new one at certain times; the older ones get the time at which they
/// were begun behind their names, as in `app.log.2024-02-29`, and the newest `backup_count` of them are
/// kept.
///
/// The file is rotated by the first record that comes when the time is there. If the file was there when
/// the handler was built, the time counts from when it was last written to. If there is a backup of the
/// same name already, as happens where clocks are set back by an hour, the file is not rotated, and grows
/// on.
///
/// With `max_bytes`, it is rotated by size as well; a time can then have several files, of which the
/// later ones get a number, `app.log.2024-02-29.1` and so on.
///
/// Costs what [`FileHandler`](crate::FileHandler) costs, and a reading of the clock. If a rotation fails,
/// the error is reported, the record is written to the file as it is, and the rotation is tried again
/// after a second, then at longer and longer intervals up to half a minute.
///
/// ```
/// use ferrolog::TimedRotatingFileHandler;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("app.log");
/// let handler = TimedRotatingFileHandler::builder(&path)
///     .when("midnight".parse()?)
///     .at_time(4, 30, 0)
///     .backup_count(7)
///     .build()?;
/// ferrolog::get_logger("app.timed").add_handler(&handler);
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: `logging.handlers.TimedRotatingFileHandler`, as of Python 3.13.
#[derive(Debug)]
pub struct TimedRotatingFileHandler {
    file: TextFile,
    limit: SizeLimit,
    timed: Timed,
    backups: Backups,
    pause: Backoff,
}

impl TimedRotatingFileHandler {
    /// A handler that appends to the file at `path`, rotates it each `when`, and keeps `backup_count`
    /// older files; all, if that is 0.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn new(path: impl AsRef<Path>, when: When, backup_count: usize) -> Result<Handler<Self>> {
        Self::builder(path).when(when).backup_count(backup_count).build()
    }

    /// A handler set up step by step.
    pub fn builder(path: impl AsRef<Path>) -> TimedRotatingFileHandlerBuilder {
        TimedRotatingFileHandlerBuilder {
            file: FileSettings::new(path),
            when: When::Hour,
            interval: 1,
            backup_count: 0,
            utc: false,
            at_time: None,
            max_bytes: 0,
            backups: Backups::new(),
            clock: Clock::default(),
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

    /// When the file is rotated. Python: `TimedRotatingFileHandler.computeRollover` is a method of it.
    pub fn schedule(&self) -> &Schedule {
        self.timed.schedule()
    }

    /// The time of the next rotation, in seconds since the epoch.
    ///
    /// Python: `TimedRotatingFileHandler.rolloverAt`.
    pub fn rollover_at(&self) -> i64 {
        self.timed.rollover_at()
    }

    /// How many older files are kept; 0 for all.
    pub fn backup_count(&self) -> usize {
        self.timed.backup_count()
    }

    /// Whether the file is to be rotated before a record with this text, which matters with `max_bytes`
    /// only.
    ///
    /// Python: `TimedRotatingFileHandler.shouldRollover`.
    pub fn should_rollover(&mut self, text: &str) -> bool {
        self.timed.is_due(self.file.sink.path()) || self.limit.is_reached(&mut self.file.sink, text)
    }

    rotating!(timed);

    /// The files that the next rotation would remove.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    ///
    /// Python: `TimedRotatingFileHandler.getFilesToDelete`.
    pub fn get_files_to_delete(&self) -> Result<Vec<PathBuf>> {
        self.timed.files_to_delete(self.file.sink.path(), &self.backups)
    }

    /// Makes up for what other processes did to the file. One that another has rotated is rotated again
    /// when its own time has come.
    fn follow(&mut self) -> Result<()> {
        if self.file.follow()? {
            self.timed.restart();
        }
        Ok(())
    }
}

impl Holds for TimedRotatingFileHandler {
    fn text_file(&mut self) -> &mut TextFile {
        &mut self.file
    }
}

impl Emit for TimedRotatingFileHandler {
    emit_rotating!();
}

/// Builds a [`TimedRotatingFileHandler`].
///
/// | setting | default |
/// |---|---|
/// | `when` | [`When::Hour`] |
/// | `interval` | 1 |
/// | `backup_count` | 0: all older files are kept |
/// | `utc` | false: local time |
/// | `at_time` | midnight; counts for [`When::Midnight`] and [`When::Weekday`] only |
/// | `max_bytes` | 0: the file is rotated by time alone |
/// | `encoding` | UTF-8 |
/// | `errors` | strict: a record with a character that the encoding has not is not written |
/// | `delay` | false: the file is opened when the handler is built |
/// | `buffer` | 0: each record is written before the logging call returns |
/// | `flush_level` | [`Level::ERROR`](crate::Level::ERROR), with a buffer |
/// | `flush_interval` | one second, with a buffer |
/// | `namer` | none: the backups are `app.log.2024-02-29` and so on |
/// | `rotator` | none: a file is rotated by renaming it |
/// | `permissions` (Unix) | what the process's mask leaves of `0o666` |
/// | `follow_symlinks` (Unix) | true |
/// | `shared` | false: only this handler writes to the file |
/// | `compress` (feature `compression`) | false |
#[derive(Clone, Debug)]
pub struct TimedRotatingFileHandlerBuilder {
    file: FileSettings,
    when: When,
    interval: u32,
    backup_count: usize,
    utc: bool,
    at_time: Option<(u8, u8, u8)>,
    max_bytes: u64,
    backups: Backups,
    clock: Clock,
}

impl TimedRotatingFileHandlerBuilder {
    file_settings!();
    rotation_settings!();

    /// The unit of the interval.
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// How many units there are between two rotations.
    pub fn interval(mut self, interval: u32) -> Self {
        self.interval = interval;
        self
    }

    /// How many older files are kept; 0 for all.
    pub fn backup_count(mut self, count: usize) -> Self {
        self.backup_count = count;
        self
    }

    /// Whether days and the times in names go by UTC.
    pub fn utc(mut self, utc: bool) -> Self {
        self.utc = utc;
        self
    }

    /// The time of day at which the file is rotated, for [`When::Midnight`] and [`When::Weekday`].
    pub fn at_time(mut self, hour: u8, minute: u8, second: u8) -> Self {
        self.at_time = Some((hour, minute, second));
        self
    }

    /// The size in bytes that the file is to stay below.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    #[doc(hidden)]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The handler.
    ///
    /// # Errors
    ///
    /// An interval of 0, a time that is not one of a day; the file cannot be opened, unless that was
    /// delayed.
    pub fn build(self) -> Result<Handler<TimedRotatingFileHandler>> {
        let schedule = Schedule::new(self.when, self.interval, self.utc, self.at_time)?;
        let schedule = schedule.with_clock(self.clock);
        let file = self.file.build()?;
        let limit = SizeLimit { max_bytes: self.max_bytes };
        let several = self.max_bytes > 0;
        let timed = Timed::new(schedule, self.backup_count, several, file.sink.path());
        let backups = self.backups.renewed();
        let handler =
            TimedRotatingFileHandler { file, limit, timed, backups, pause: Backoff::default() };
        handler.recover_in_turn()?;
        Ok(file_settings::handler(handler))
    }
}
