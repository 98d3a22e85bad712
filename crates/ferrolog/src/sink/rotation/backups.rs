//! The files that a log's older parts are in: how they are named, moved, compressed and removed.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "compression")]
use super::compress::Compressor;
use crate::error::{Error, Result};

/// Gives a rotated file another name than the one proposed.
pub type Namer = Arc<dyn Fn(&Path) -> PathBuf + Send + Sync>;

/// Brings a file to the place of its rotated form in another way than by renaming it.
pub type Rotator = Arc<dyn Fn(&Path, &Path) -> io::Result<()> + Send + Sync>;

/// How rotated files are named, moved and compressed.
///
/// Python: `BaseRotatingHandler`, with its `namer` and `rotator`.
#[derive(Clone, Default)]
pub struct Backups {
    namer: Option<Namer>,
    rotator: Option<Rotator>,
    #[cfg(feature = "compression")]
    compressor: Option<Arc<Compressor>>,
}

impl Backups {
    /// Rotated files that have the names proposed, and are moved there by renaming.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what names rotated files. Python: `BaseRotatingHandler.namer`.
    pub fn set_namer(&mut self, namer: impl Fn(&Path) -> PathBuf + Send + Sync + 'static) {
        self.namer = Some(Arc::new(namer));
    }

    /// Sets what moves a file to its rotated form. Python: `BaseRotatingHandler.rotator`.
    pub fn set_rotator(
        &mut self,
        rotator: impl Fn(&Path, &Path) -> io::Result<()> + Send + Sync + 'static,
    ) {
        self.rotator = Some(Arc::new(rotator));
    }

    /// Whether rotated files are compressed, by a thread of the crate's own, and get `.gz` behind their
    /// names.
    #[cfg(feature = "compression")]
    pub fn set_compression(&mut self, compress: bool) {
        self.compressor = compress.then(Compressor::new);
    }

    /// The same settings for another file, with nothing left to do from this one.
    pub(crate) fn renewed(&self) -> Self {
        Self {
            #[cfg(feature = "compression")]
            compressor: self.compressor.as_ref().map(|_| Compressor::new()),
            ..self.clone()
        }
    }

    /// The name of a rotated file. Python: `BaseRotatingHandler.rotation_filename`.
    pub fn name(&self, proposed: PathBuf) -> PathBuf {
        match &self.namer {
            Some(namer) => namer(&proposed),
            None => proposed,
        }
    }

    pub(super) fn has_namer(&self) -> bool {
        self.namer.is_some()
    }

    /// Moves `source` to `target`. A source that is not there, as its opening was delayed, is passed
    /// over. Python: `BaseRotatingHandler.rotate`.
    pub(super) fn rotate(&self, source: &Path, target: &Path) -> Result<()> {
        match &self.rotator {
            Some(rotator) => rotator(source, target).map_err(Error::file("rotate", source))?,
            None if source.exists() => {
                fs::rename(source, target).map_err(Error::file("rename", source))?;
            }
            None => return Ok(()),
        }
        #[cfg(feature = "compression")]
        if let Some(compressor) = &self.compressor {
            compressor.submit(target);
        }
        Ok(())
    }

    /// Whether there is a backup of this name, compressed or not.
    pub(super) fn exists(&self, path: &Path) -> bool {
        path.exists() || (self.compresses() && compressed(path).exists())
    }

    /// Gives a backup another name, in the place of the one that has it.
    pub(super) fn shift(&self, from: &Path, to: &Path) -> Result<()> {
        #[cfg(feature = "compression")]
        if let Some(compressor) = &self.compressor {
            return compressor.shift(from, to);
        }
        remove(to)?;
        rename(from, to)
    }

    /// Removes a backup, if it is there.
    pub(super) fn remove(&self, path: &Path) -> Result<()> {
        #[cfg(feature = "compression")]
        if let Some(compressor) = &self.compressor {
            return compressor.remove(path);
        }
        remove(path)
    }

    pub(super) fn compresses(&self) -> bool {
        #[cfg(feature = "compression")]
        return self.compressor.is_some();
        #[cfg(not(feature = "compression"))]
        return false;
    }

    /// Compresses those of these backups that are not, and removes what an earlier process left half
    /// done.
    pub(super) fn recover(&self, backups: impl Iterator<Item = PathBuf>) -> Result<()> {
        #[cfg(feature = "compression")]
        if let Some(compressor) = &self.compressor {
            for backup in backups {
                compressor.recover(&backup)?;
            }
            return Ok(());
        }
        drop(backups);
        Ok(())
    }

    /// An error that came up while a backup was compressed, if there was one since the last call. The
    /// backup stays uncompressed.
    pub(crate) fn take_error(&self) -> Option<Error> {
        #[cfg(feature = "compression")]
        return self.compressor.as_ref().and_then(|compressor| compressor.take_error());
        #[cfg(not(feature = "compression"))]
        return None;
    }

    /// Waits until all backups are compressed.
    ///
    /// # Errors
    ///
    /// One could not be compressed.
    pub fn flush(&self) -> Result<()> {
        #[cfg(feature = "compression")]
        if let Some(compressor) = &self.compressor {
            compressor.wait(None);
        }
        self.take_error().map_or(Ok(()), Err)
    }

    /// Waits until all backups are compressed, ten seconds at most: what is not done by then is taken up
    /// by the next process.
    ///
    /// # Errors
    ///
    /// One could not be compressed.
    pub fn close(&self) -> Result<()> {
        #[cfg(feature = "compression")]
        if let Some(compressor) = &self.compressor {
            compressor.wait(Some(std::time::Duration::from_secs(10)));
        }
        self.take_error().map_or(Ok(()), Err)
    }
}

impl fmt::Debug for Backups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backups")
            .field("namer", &self.namer.is_some())
            .field("rotator", &self.rotator.is_some())
            .field("compresses", &self.compresses())
            .finish()
    }
}

pub(in crate::sink) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The name of a backup that is compressed.
pub(super) fn compressed(path: &Path) -> PathBuf {
    with_suffix(path, ".gz")
}

pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::file("remove", path)(error))
        }
        _ => Ok(()),
    }
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(Error::file("rename", from))
}
