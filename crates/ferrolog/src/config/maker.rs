//! From a plan of handlers to handlers: everything that can fail, before anything is switched over.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::keywords::HandlerRef;
use crate::error::{Error, Result};
use crate::handler::{Emit, Handler};
use crate::sink::{FileMode, OpenSettings};

type Make = dyn FnOnce(&mut Parts) -> Result<Made> + Send;
type Then = dyn FnOnce() -> Result<()> + Send;

/// What makes a handler, once the whole configuration was found valid.
pub struct HandlerMaker(Box<Make>);

impl HandlerMaker {
    /// `make` makes the handler.
    pub fn new(make: impl FnOnce(&mut Parts) -> Result<Made> + Send + 'static) -> Self {
        Self(Box::new(make))
    }

    pub(super) fn make(self, parts: &mut Parts) -> Result<Made> {
        (self.0)(parts)
    }
}

impl fmt::Debug for HandlerMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandlerMaker")
    }
}

/// A handler that was made, and what remains to be done once the handlers before it are closed.
pub struct Made {
    pub(super) handler: Handler,
    pub(super) then: Option<Box<Then>>,
}

impl Made {
    /// What is done when the configuration is in force and the handlers of the one before are closed,
    /// such as opening a file that one of those had open. An error is reported as one of the handler's.
    pub fn then(mut self, act: impl FnOnce() -> Result<()> + Send + 'static) -> Self {
        self.then = Some(Box::new(act));
        self
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Made").field(&self.handler).finish()
    }
}

impl<T: Emit> From<Handler<T>> for Made {
    fn from(handler: Handler<T>) -> Self {
        Self { handler: handler.to_dyn(), then: None }
    }
}

impl From<Handler> for Made {
    fn from(handler: Handler) -> Self {
        Self { handler, then: None }
    }
}

/// What a [`HandlerMaker`] can use: the handlers made before.
#[derive(Debug, Default)]
pub struct Parts {
    pub(super) handlers: HashMap<String, Handler>,
    /// Files that were made to see whether they can be.
    made: Vec<PathBuf>,
    /// Files that handlers have open which this configuration takes the place of.
    in_use: Vec<PathBuf>,
    /// The files of the handler that is being made.
    files: Vec<PathBuf>,
}

impl Parts {
    /// The handler that a keyword referred to.
    ///
    /// # Errors
    ///
    /// It could not be made.
    pub fn handler(&self, reference: &HandlerRef) -> Result<Handler> {
        self.handlers.get(&reference.0).cloned().ok_or_else(|| {
            Error::Invalid(format!("the handler {:?} could not be made", reference.0))
        })
    }

    pub(super) fn with_files_in_use(in_use: Vec<PathBuf>) -> Self {
        let mut parts = Self::default();
        parts.in_use = in_use;
        parts
    }

    /// The mode in which a handler is to open the file at `path`, where the configuration says `mode`:
    /// to append, if a handler has it open whose place this one takes while the program goes on.
    ///
    /// # Errors
    ///
    /// An empty path, or a relative one while there is no current folder.
    pub fn file_mode(&mut self, path: &Path, mode: FileMode) -> Result<FileMode> {
        let path = std::path::absolute(path).map_err(Error::file("find", path))?;
        let mode = if self.in_use.contains(&path) { FileMode::Append } else { mode };
        self.files.push(path);
        Ok(mode)
    }

    /// The files of the handler that was made last.
    pub(super) fn take_files(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.files)
    }

    /// Sees whether the file at `path` can be opened in this mode, and leaves it as it is. It may still
    /// be another handler's, so that it is opened for good only in [`Made::then`].
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub fn try_file(&mut self, path: &Path, mode: FileMode) -> Result<()> {
        self.try_open(path, OpenSettings { mode, ..OpenSettings::default() })
    }

    /// [`Parts::try_file`] for a file that is made and opened as these settings say.
    pub(super) fn try_open(&mut self, path: &Path, settings: OpenSettings) -> Result<()> {
        let path = std::path::absolute(path).map_err(Error::file("find", path))?;
        let absent = std::fs::symlink_metadata(&path).is_err();
        let mode = settings.mode;
        // Never to lose what is in it, which is still the handler's before.
        let trial = match mode {
            FileMode::Create if !self.made.contains(&path) => FileMode::Create,
            _ => FileMode::Append,
        };
        let opened = OpenSettings { mode: trial, ..settings }.open(&path);
        let opened = opened.map_err(Error::file("open", &path))?;
        drop(opened);
        if mode == FileMode::Create {
            // It must not be there when it is opened for good.
            std::fs::remove_file(&path).map_err(Error::file("remove", &path))?;
        } else if absent {
            self.made.push(path);
        }
        Ok(())
    }

    /// The files stay: what was tried is carried out.
    pub(super) fn keep_files(&mut self) {
        self.made.clear();
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        for path in &self.made {
            // Only what is still as empty as it was made; where that cannot be told, it stays.
            if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}
