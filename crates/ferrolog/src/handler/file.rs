//! The handler that writes to a file.

use std::path::{Path, PathBuf};

use super::{Emit, Event, Handler};
use crate::error::Result;
pub use crate::sink::FileMode;
use crate::sink::FileSink;

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
/// Python: `logging.FileHandler`.
#[derive(Debug)]
pub struct FileHandler {
    sink: FileSink,
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
        FileHandlerBuilder { path: path.as_ref().to_owned(), mode: FileMode::Append, delay: false }
    }

    /// The file's absolute path. Python: `FileHandler.baseFilename`.
    pub fn path(&self) -> &Path {
        self.sink.path()
    }
}

impl Emit for FileHandler {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.sink.write(event.line().as_bytes())
    }

    fn close(&mut self) -> Result<()> {
        self.sink.close();
        Ok(())
    }
}

/// Builds a [`FileHandler`].
///
/// | setting | default |
/// |---|---|
/// | `mode` | [`FileMode::Append`] |
/// | `delay` | false: the file is opened when the handler is built |
#[derive(Clone, Debug)]
pub struct FileHandlerBuilder {
    path: PathBuf,
    mode: FileMode,
    delay: bool,
}

impl FileHandlerBuilder {
    /// What happens to what is in the file already.
    pub fn mode(mut self, mode: FileMode) -> Self {
        self.mode = mode;
        self
    }

    /// Whether the file is opened only when the first record comes.
    pub fn delay(mut self, delay: bool) -> Self {
        self.delay = delay;
        self
    }

    /// The handler.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, unless that was delayed.
    pub fn build(self) -> Result<Handler<FileHandler>> {
        let mut sink = FileSink::new(&self.path, self.mode)?;
        if !self.delay {
            sink.open()?;
        }
        Ok(Handler::new(FileHandler { sink }))
    }
}
