//! Noticing that a file was moved away or replaced by another program.

use std::fs::Metadata;
use std::io;

use super::FileSink;
use crate::error::{Error, Result};

/// Remembers which file a [`FileSink`] has open, and opens it anew when its path leads elsewhere.
///
/// Python: what `WatchedFileHandler.reopenIfNeeded` does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch {
    identity: Option<(u64, u64)>,
}

impl Watch {
    /// Opens the sink's file anew, if another file, or none, is at its path by now. A file that is not
    /// open is left alone. Says whether it was opened anew.
    ///
    /// Costs a `stat` of the path.
    ///
    /// # Errors
    ///
    /// The file cannot be asked about, or not be opened.
    pub fn reopen_if_needed(&mut self, sink: &mut FileSink) -> Result<bool> {
        let Some(file) = sink.file() else {
            self.identity = None;
            return Ok(false);
        };
        if self.identity.is_none() {
            let metadata = file.metadata().map_err(Error::file("examine", sink.path()))?;
            self.identity = Some(identity(&metadata));
        }
        let same = match std::fs::metadata(sink.path()) {
            Ok(metadata) => Some(identity(&metadata)) == self.identity,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(Error::file("examine", sink.path())(error)),
        };
        if !same {
            self.identity = None;
            sink.release();
            let metadata = sink.open()?.metadata().map_err(Error::file("examine", sink.path()))?;
            self.identity = Some(identity(&metadata));
        }
        Ok(!same)
    }
}

/// The device and the number of the file on it.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// On systems where an open file can be neither moved nor removed, there is nothing to notice.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}
