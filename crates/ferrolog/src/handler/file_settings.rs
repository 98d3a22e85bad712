//! What all handlers that write to a file have in common.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::timer::Timer;
use super::{Emit, Event, Handler, Lines, caught, pending, report};
use crate::error::{Error, Result};
use crate::level::Level;
use crate::sink::{Encoding, EncodingErrors, FileMode, FileSink, OpenSettings, Turns, Watch};

/// How a file is opened and written to.
#[derive(Clone, Debug)]
pub(super) struct FileSettings {
    pub(super) path: PathBuf,
    pub(super) open: OpenSettings,
    pub(super) encoding: Encoding,
    pub(super) errors: EncodingErrors,
    pub(super) delay: bool,
    /// Whether the file is opened not by the builder but by a call soon after.
    pub(super) later: bool,
    /// How many bytes of records are held in memory to be written together; 0 for none.
    pub(super) buffer: usize,
    pub(super) flush_level: Level,
    pub(super) flush_interval: Duration,
}

impl FileSettings {
    pub(super) fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            open: OpenSettings::default(),
            encoding: Encoding::Utf8,
            errors: EncodingErrors::Strict,
            delay: false,
            later: false,
            buffer: 0,
            flush_level: Level::ERROR,
            flush_interval: Duration::from_secs(1),
        }
    }

    /// The file, opened unless that was delayed.
    pub(super) fn build(self) -> Result<TextFile> {
        let Self { path, open, encoding, errors, delay, later, .. } = self;
        if open.shared && open.mode != FileMode::Append {
            return Err(Error::Invalid(
                "a file that processes share is opened to append to it: no other mode will do"
                    .to_owned(),
            ));
        }
        if open.shared && self.buffer > 0 {
            let message =
                "a file that processes share has no buffer: each record is written in its turn";
            return Err(Error::Invalid(message.to_owned()));
        }
        let mut sink = FileSink::with_settings(&path, open)?;
        sink.set_buffer(self.buffer);
        let holding = (self.buffer > 0).then(|| Holding {
            flush_level: self.flush_level,
            timer: Timer::new(self.flush_interval),
        });
        let sharing = if open.shared {
            Some(Sharing { turns: Turns::of(sink.path())?, watch: Watch::default() })
        } else {
            None
        };
        if !delay && !later {
            sink.open()?;
        }
        Ok(TextFile { sink, encoding, errors, delay, sharing, holding })
    }
}

/// A file that text is written to.
#[derive(Debug)]
pub(super) struct TextFile {
    pub(super) sink: FileSink,
    pub(super) encoding: Encoding,
    pub(super) errors: EncodingErrors,
    delay: bool,
    sharing: Option<Sharing>,
    holding: Option<Holding>,
}

/// When records that are held in memory are written.
#[derive(Debug)]
struct Holding {
    /// The level of records that do not wait, nor does what waits then.
    flush_level: Level,
    timer: Arc<Timer>,
}

/// A handler to a file, which may hold records in memory.
pub(super) trait Holds: Emit {
    fn text_file(&mut self) -> &mut TextFile;
}

/// The handler around `emit`, with the timer running by which records in memory are written.
pub(super) fn handler<T: Holds>(mut emit: T) -> Handler<T> {
    let timer = emit.text_file().holding.as_ref().map(|holding| Arc::clone(&holding.timer));
    let handler = Handler::new(emit);
    if let Some(timer) = timer {
        let weak = Arc::downgrade(&handler.0);
        timer.set_write(move || weak.upgrade().is_none_or(|inner| write_held(&Handler(inner))));
    }
    handler
}

/// Writes what the handler holds in memory, unless another thread has its lock.
fn write_held<T: Holds>(handler: &Handler<T>) -> bool {
    let Some(mut guard) = handler.0.try_lock() else { return false };
    let result = handler.count_lost(caught(|| guard.text_file().flush()));
    drop(guard);
    if let Err(error) = result {
        handler.report(&error, None);
    }
    pending::deliver();
    true
}

/// How a file is shared with other processes.
#[derive(Debug)]
struct Sharing {
    turns: Arc<Turns>,
    watch: Watch,
}

impl TextFile {
    /// The turns to be taken, where the file is shared.
    pub(super) fn turns(&self) -> Option<Arc<Turns>> {
        self.sharing.as_ref().map(|sharing| Arc::clone(&sharing.turns))
    }

    /// Makes up, in a turn, for what other processes did to the file. Says whether one of them has put a new
    /// file in its place.
    pub(super) fn follow(&mut self) -> Result<bool> {
        let Some(sharing) = &mut self.sharing else { return Ok(false) };
        let moved = sharing.watch.reopen_if_needed(&mut self.sink)?;
        self.sink.catch_up()?;
        Ok(moved)
    }

    /// Says that this process has put a new file in the place of the old one.
    pub(super) fn rotated(&mut self) {
        if let Some(sharing) = &mut self.sharing {
            sharing.watch = Watch::default();
        }
    }

    /// Opens a file that was left or rotated away, unless opening is delayed.
    pub(super) fn reopen(&mut self) -> Result<()> {
        if self.delay { Ok(()) } else { self.sink.open().map(|_| ()) }
    }

    /// [`TextFile::reopen`] for a file that others may have rotated away after the first record opened it.
    pub(super) fn open_for_good(&mut self) -> Result<()> {
        self.reopen()?;
        Watch::default().reopen_if_needed(&mut self.sink).map(drop)
    }

    /// Writes the event's line, or holds it.
    #[inline(always)]
    pub(super) fn write(&mut self, event: &Event<'_>) -> Result<()> {
        let written = self.write_line(event.line());
        if self.holding.is_some() { self.hold(event.record().level(), written) } else { written }
    }

    /// Sees to it that what is held is written when it is time to.
    #[inline(always)]
    fn hold(&mut self, level: Level, written: Result<()>) -> Result<()> {
        written?;
        match &self.holding {
            Some(holding) if self.sink.is_holding() => {
                let waits = level < holding.flush_level && holding.timer.start();
                if waits { Ok(()) } else { self.sink.flush() }
            }
            _ => Ok(()),
        }
    }

    /// Whether lines are held in memory.
    pub(super) fn has_buffer(&self) -> bool {
        self.sink.has_buffer()
    }

    /// Writes what is held.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.sink.flush()
    }

    #[inline(always)]
    fn write_line(&mut self, text: &str) -> Result<()> {
        if self.encoding == Encoding::Utf8 {
            return self.sink.write(text.as_bytes());
        }
        self.write_encoded(text)
    }

    #[inline(never)]
    fn write_encoded(&mut self, text: &str) -> Result<()> {
        self.sink.write(&self.encoding.encode(text, self.errors)?)
    }

    /// Writes several lines; an error is that of one of them, behind so many that were written.
    pub(super) fn write_lines(&mut self, lines: Lines<'_>) -> Result<(), (usize, Error)> {
        if self.encoding == Encoding::Utf8 {
            return self.sink.write_lines(lines.text().as_bytes(), lines.ends());
        }
        for (index, line) in lines.iter().enumerate() {
            self.write_line(line).map_err(|error| (index, error))?;
        }
        Ok(())
    }
}

impl Drop for TextFile {
    fn drop(&mut self) {
        // The handler is gone, and its error hook with it.
        if let Err(error) = self.flush() {
            report(&error, None, "FileHandler");
        }
    }
}

/// The settings that the builder of each such handler has: for a builder with a field `file` of
/// [`FileSettings`].
macro_rules! file_settings {
    () => {
        /// The encoding of the file.
        pub fn encoding(mut self, encoding: $crate::sink::Encoding) -> Self {
            self.file.encoding = encoding;
            self
        }

        /// Leaves it to the handler's `open_now` to open the file, which may still be another handler's.
        pub(crate) fn open_later(mut self) -> Self {
            self.file.later = true;
            self
        }

        /// What happens with a character that the encoding has not.
        pub fn errors(mut self, errors: $crate::sink::EncodingErrors) -> Self {
            self.file.errors = errors;
            self
        }

        /// Whether the file is opened only when the first record comes.
        pub fn delay(mut self, delay: bool) -> Self {
            self.file.delay = delay;
            self
        }

        /// Keeps records in memory until there are so many bytes of them, and writes them together: several times
        /// faster. 0, the default, is Python's way: each record is written before the logging call returns.
        ///
        /// What is kept is written when there is enough of it; when a record of
        /// [`flush_level`](Self::flush_level) comes, before its call returns; after
        /// [`flush_interval`](Self::flush_interval) at the latest; when the handler is flushed, closed, dropped or
        /// taken off a logger; before a rotation; and when the process ends, by returning from `main`, by a panic
        /// in it, or by `std::process::exit`. What is kept when the process is killed or aborts is lost. Records
        /// that cannot be written count as failed, and are reported together. The child of a fork leaves to its
        /// parent what that had kept.
        pub fn buffer(mut self, bytes: usize) -> Self {
            self.file.buffer = bytes;
            self
        }

        /// With a [`buffer`](Self::buffer), the level from which on a record is written at once, with those
        /// before it: [`Level::ERROR`](crate::Level::ERROR) by default.
        pub fn flush_level(mut self, level: $crate::level::Level) -> Self {
            self.file.flush_level = level;
            self
        }

        /// With a [`buffer`](Self::buffer), the time for which records are kept at most: a second by default. A
        /// thread of the crate sees to that, one for all handlers.
        pub fn flush_interval(mut self, interval: std::time::Duration) -> Self {
            self.file.flush_interval = interval;
            self
        }

        /// The permissions of files that the handler makes, as `0o640`, whatever the process's mask
        /// (`umask`) would take away. Without them, files get what the mask leaves of `0o666`. A file that is
        /// there already keeps its own.
        #[cfg(unix)]
        pub fn permissions(mut self, permissions: u32) -> Self {
            self.file.open.permissions = Some(permissions);
            self
        }

        /// Whether the file may be a symbolic link to another: true by default. If not, opening one is an
        /// error, and nobody who may write to the folder can have the log written elsewhere. Links among the
        /// folders that lead there are followed in any case.
        #[cfg(unix)]
        pub fn follow_symlinks(mut self, follow: bool) -> Self {
            self.file.open.follow_symlinks = follow;
            self
        }
    };
    (mode) => {
        file_settings!();

        /// What happens to what is in the file already.
        pub fn mode(mut self, mode: FileMode) -> Self {
            self.file.open.mode = mode;
            self
        }
    };
}
pub(super) use file_settings;
