//! What all handlers that write to a file have in common.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Lines;
use crate::error::{Error, Result};
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
        }
    }

    /// The file, opened unless that was delayed.
    pub(super) fn build(self) -> Result<TextFile> {
        let Self { path, open, encoding, errors, delay, later } = self;
        if open.shared && open.mode != FileMode::Append {
            return Err(Error::Invalid(
                "a file that processes share is opened to append to it: no other mode will do"
                    .to_owned(),
            ));
        }
        let mut sink = FileSink::with_settings(&path, open)?;
        let sharing = if open.shared {
            Some(Sharing { turns: Turns::of(sink.path())?, watch: Watch::default() })
        } else {
            None
        };
        if !delay && !later {
            sink.open()?;
        }
        Ok(TextFile { sink, encoding, errors, delay, sharing })
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

    #[inline]
    pub(super) fn write(&mut self, text: &str) -> Result<()> {
        if self.encoding == Encoding::Utf8 {
            return self.sink.write(text.as_bytes());
        }
        self.sink.write(&self.encoding.encode(text, self.errors)?)
    }

    /// Writes several lines; an error is that of one of them, behind so many that were written.
    pub(super) fn write_lines(&mut self, lines: Lines<'_>) -> Result<(), (usize, Error)> {
        if self.encoding == Encoding::Utf8 {
            return self.sink.write_lines(lines.text().as_bytes(), lines.ends());
        }
        for (index, line) in lines.iter().enumerate() {
            self.write(line).map_err(|error| (index, error))?;
        }
        Ok(())
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
