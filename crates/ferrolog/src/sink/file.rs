//! Bytes into a file.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::{Error, Result};

/// What happens to what is in a file when it is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FileMode {
    /// New records come behind it: Python's `a`.
    #[default]
    Append,
    /// It is lost: Python's `w`.
    Truncate,
    /// There must be no such file: Python's `x`.
    Create,
}

impl FromStr for FileMode {
    type Err = Error;

    /// From Python's `a`, `w` or `x`; a `t` for text is allowed behind it.
    fn from_str(mode: &str) -> Result<Self> {
        match mode.replace('t', "").as_str() {
            "a" => Ok(Self::Append),
            "w" => Ok(Self::Truncate),
            "x" => Ok(Self::Create),
            _ => Err(Error::Invalid(format!(
                "invalid file mode {mode:?} (expected 'a', 'w' or 'x')"
            ))),
        }
    }
}

/// A file that is opened when it is needed and written to in whole lines.
#[derive(Debug)]
pub struct FileSink {
    path: PathBuf,
    mode: FileMode,
    file: Option<File>,
    closed: bool,
}

impl FileSink {
    /// A sink for the file at `path`, which is made absolute now, so that a later change of folder does
    /// not move the log. The file is not opened yet.
    ///
    /// # Errors
    ///
    /// An empty path, or a relative one while there is no current folder.
    pub fn new(path: &Path, mode: FileMode) -> Result<Self> {
        let path = std::path::absolute(path).map_err(Error::file("find", path))?;
        Ok(Self { path, mode, file: None, closed: false })
    }

    /// The file's absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file, unless it is open.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn open(&mut self) -> Result<&mut File> {
        match self.file {
            Some(ref mut file) => Ok(file),
            None => {
                let mut options = OpenOptions::new();
                match self.mode {
                    FileMode::Append => options.append(true).create(true),
                    FileMode::Truncate => options.write(true).create(true).truncate(true),
                    FileMode::Create => options.write(true).create_new(true),
                };
                let file = options.open(&self.path).map_err(Error::file("open", &self.path))?;
                Ok(self.file.insert(file))
            }
        }
    }

    /// Writes `bytes`, opening the file if need be.
    ///
    /// A sink that was closed opens its file once more to append to it; one that truncates does not, as
    /// that would lose what was written before, and refuses.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or written to.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.closed && self.file.is_none() && self.mode != FileMode::Append {
            return Err(Error::Invalid(format!(
                "{:?} was closed, and opening it again would lose its content",
                self.path
            )));
        }
        self.open()?.write_all(bytes).map_err(|source| Error::File {
            what: "write to",
            path: self.path.clone(),
            source,
        })
    }

    /// Closes the file.
    pub fn close(&mut self) {
        self.file = None;
        self.closed = true;
    }
}
