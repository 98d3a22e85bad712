//! What all handlers that write to a file have in common.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::sink::{Encoding, EncodingErrors, FileMode, FileSink};

/// How a file is opened and written to.
#[derive(Clone, Debug)]
pub(super) struct FileSettings {
    pub(super) path: PathBuf,
    pub(super) mode: FileMode,
    pub(super) encoding: Encoding,
    pub(super) errors: EncodingErrors,
    pub(super) delay: bool,
    /// Whether the file is opened not by the builder but by a call soon after.
    pub(super) later: bool,
}

impl FileSettings {
    pub(super) fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            mode: FileMode::Append,
            encoding: Encoding::Utf8,
            errors: EncodingErrors::Strict,
            delay: false,
            later: false,
        }
    }

    /// The file, opened unless that was delayed.
    pub(super) fn build(self) -> Result<TextFile> {
        let mut sink = FileSink::new(&self.path, self.mode)?;
        if !self.delay && !self.later {
            sink.open()?;
        }
        let Self { encoding, errors, delay, .. } = self;
        Ok(TextFile { sink, encoding, errors, delay })
    }
}

/// A file that text is written to.
#[derive(Debug)]
pub(super) struct TextFile {
    pub(super) sink: FileSink,
    pub(super) encoding: Encoding,
    pub(super) errors: EncodingErrors,
    delay: bool,
}

impl TextFile {
    /// Opens a file that was left or rotated away, unless opening is delayed.
    pub(super) fn reopen(&mut self) -> Result<()> {
        if self.delay { Ok(()) } else { self.sink.open().map(|_| ()) }
    }

    pub(super) fn is_delayed(&self) -> bool {
        self.delay
    }

    #[inline]
    pub(super) fn write(&mut self, text: &str) -> Result<()> {
        if self.encoding == Encoding::Utf8 {
            return self.sink.write(text.as_bytes());
        }
        self.sink.write(&self.encoding.encode(text, self.errors)?)
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
    };
    (mode) => {
        file_settings!();

        /// What happens to what is in the file already.
        pub fn mode(mut self, mode: FileMode) -> Self {
            self.file.mode = mode;
            self
        }
    };
}
pub(super) use file_settings;
