//! The handler that writes to a file.

use std::path::Path;

use super::file_settings::{self, FileSettings, Holds, TextFile, file_settings};
use super::{Emit, EmitLines, Event, Handler, Lines};
use crate::error::{Error, Result};
pub use crate::sink::FileMode;

/// Writes each record to a file, in one write: when the logging call returns, the operating system has
/// the record, and the end of the process cannot lose it.
///
/// ```
/// use ferrolog::{FileHandler, Formatter};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("app.log");
/// let handler = FileHandler::new(&path)?.with_formatter(Formatter::new("%(levelname)s %(message)s")?);
/// let logger = ferrolog::get_logger("app.file");
/// logger.add_handler(&handler);
/// ferrolog::warning!(logger, "low on space");
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "WARNING low on space\n");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// A record that comes after the handler was closed opens the file once more, to append to it; with
/// [`FileMode::Truncate`] it is dropped and counted, as opening the file would lose what is in it.
///
/// Of a record that the operating system could take only in part (a full disk), the part is taken out of
/// the file again.
///
/// Python: `logging.FileHandler`.
#[derive(Debug)]
pub struct FileHandler {
    file: TextFile,
}

impl FileHandler {
    /// A handler that appends to the file at `path`, which is opened, or made, now.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn new(path: impl AsRef<Path>) -> Result<Handler<Self>> {
        Self::builder(path).build()
    }

    /// A handler set up step by step.
    pub fn builder(path: impl AsRef<Path>) -> FileHandlerBuilder {
        FileHandlerBuilder { file: FileSettings::new(path) }
    }

    /// Opens the file if the builder was told to leave that, unless it is delayed.
    pub(crate) fn open_now(&mut self) -> Result<()> {
        self.file.open_for_good()
    }

    /// The file's absolute path. Python: `FileHandler.baseFilename`.
    pub fn path(&self) -> &Path {
        self.file.sink.path()
    }
}

impl Holds for FileHandler {
    fn text_file(&mut self) -> &mut TextFile {
        &mut self.file
    }
}

impl Emit for FileHandler {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.file.write(event)
    }

    fn as_lines(&mut self) -> Option<&mut dyn EmitLines> {
        // What is held in memory needs no other thread to write it, and whether it may wait says its level.
        if self.file.has_buffer() { None } else { Some(self) }
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

impl EmitLines for FileHandler {
    fn emit_lines(&mut self, lines: Lines<'_>) -> Result<(), (usize, Error)> {
        self.file.write_lines(lines)
    }
}

/// Builds a [`FileHandler`].
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
pub struct FileHandlerBuilder {
    file: FileSettings,
}

impl FileHandlerBuilder {
    file_settings!(mode);

    /// The handler.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, unless that was delayed.
    pub fn build(self) -> Result<Handler<FileHandler>> {
        Ok(file_settings::handler(FileHandler { file: self.file.build()? }))
    }
}
