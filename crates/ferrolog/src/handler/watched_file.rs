//! The handler that follows its file when another program moves it away.

use std::path::Path;

use super::file_settings::{self, FileSettings, Holds, TextFile, file_settings};
use super::{Emit, Event, Handler};
use crate::error::Result;
use crate::sink::{FileMode, Watch};

/// Writes to a file as [`FileHandler`](crate::FileHandler) does, and opens it anew when the path has come
/// to lead to another file, or to none: for logs that `logrotate` or `newsyslog` move away.
///
/// Costs a `stat` of the path for each record. On systems that do not let an open file be moved, such as
/// Windows, it is a `FileHandler`.
///
/// ```
/// use ferrolog::WatchedFileHandler;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("app.log");
/// let handler = WatchedFileHandler::new(&path)?;
/// let logger = ferrolog::get_logger("app.watched");
/// logger.add_handler(&handler);
/// ferrolog::warning!(logger, "before");
/// # if cfg!(unix) {
/// std::fs::rename(&path, path.with_extension("old")).unwrap();
/// ferrolog::warning!(logger, "after");
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "after\n");
/// # }
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: `logging.handlers.WatchedFileHandler`. There, a file in mode `w` whose opening was delayed is
/// opened twice, and loses its first record; here it is not.
#[derive(Debug)]
pub struct WatchedFileHandler {
    file: TextFile,
    watch: Watch,
}

impl WatchedFileHandler {
    /// A handler that appends to the file at `path`, which is opened, or made, now.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn new(path: impl AsRef<Path>) -> Result<Handler<Self>> {
        Self::builder(path).build()
    }

    /// A handler set up step by step.
    pub fn builder(path: impl AsRef<Path>) -> WatchedFileHandlerBuilder {
        WatchedFileHandlerBuilder { file: FileSettings::new(path) }
    }

    /// Opens the file if the builder was told to leave that, unless it is delayed.
    pub(crate) fn open_now(&mut self) -> Result<()> {
        self.watch = Watch::default();
        self.file.open_for_good()
    }

    /// The file's absolute path. Python: `FileHandler.baseFilename`.
    pub fn path(&self) -> &Path {
        self.file.sink.path()
    }

    /// Opens the file anew if need be, as each record does before it is written. Says whether it was.
    ///
    /// # Errors
    ///
    /// The file cannot be examined or opened.
    ///
    /// Python: `WatchedFileHandler.reopenIfNeeded`.
    pub fn reopen_if_needed(&mut self) -> Result<bool> {
        self.watch.reopen_if_needed(&mut self.file.sink)
    }
}

impl Holds for WatchedFileHandler {
    fn text_file(&mut self) -> &mut TextFile {
        &mut self.file
    }
}

impl Emit for WatchedFileHandler {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        if let Err(error) = self.reopen_if_needed() {
            if self.file.sink.file().is_none() {
                return Err(error);
            }
            event.report(error);
        }
        self.file.write(event)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }

    fn holds_back(&self) -> bool {
        self.file.has_buffer()
    }

    fn close(&mut self) -> Result<()> {
        self.file.sink.close();
        Ok(())
    }
}

/// Builds a [`WatchedFileHandler`].
///
/// | setting | default |
/// |---|---|
/// | `mode` | [`FileMode::Append`] |
/// | `encoding` | UTF-8 |
/// | `errors` | strict: a record with a character that the encoding has not is not written |
/// | `delay` | false: the file is opened when the handler is built |
/// | `buffer` | 0: each record is written before the logging call returns |
/// | `flush_level` | [`Level::ERROR`](crate::Level::ERROR), with a buffer |
/// | `flush_interval` | one second, with a buffer |
#[derive(Clone, Debug)]
pub struct WatchedFileHandlerBuilder {
    file: FileSettings,
}

impl WatchedFileHandlerBuilder {
    file_settings!(mode);

    /// The handler.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, unless that was delayed.
    pub fn build(self) -> Result<Handler<WatchedFileHandler>> {
        let file = self.file.build()?;
        Ok(file_settings::handler(WatchedFileHandler { file, watch: Watch::default() }))
    }
}
