//! The errors of the crate: what went wrong, where, and what was expected.

use std::io;
use std::path::PathBuf;

use crate::config::ConfigError;
use crate::format::FormatError;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong when logging is set up, or when a handler delivers a record.
///
/// No error reaches the caller of a logging macro: a handler's errors go to its error hook
/// ([`Handler::set_error_hook`](crate::Handler::set_error_hook)).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No level has this name.
    #[error(
        "unknown level: {name:?} (expected a name such as DEBUG, INFO, WARNING, ERROR, CRITICAL, \
         or one given by add_level_name)"
    )]
    UnknownLevel {
        /// The name that is not known.
        name: String,
    },
    /// A pattern is not valid, or a record has not what a pattern asks for.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The operating system refused something.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// The operating system refused something on a file.
    #[error("cannot {what} {path:?}: {source}", path = path.display())]
    File {
        /// What was being done, as a verb: `open`, `write to`, `rename`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A configuration that is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A combination of settings that has no meaning.
    #[error("{0}")]
    Invalid(String),
    /// A record was given up by the handler's stated policy: counted as dropped, not reported.
    #[error("dropped: {0}")]
    Dropped(&'static str),
    /// Records did not reach a peer while it was away: told once, when it is back or the handler closes.
    #[error("{count} records were lost while {peer} was away")]
    Lost {
        /// Who was away.
        peer: String,
        /// How many records were lost.
        count: u64,
    },
    /// Records that a file's handler held in memory could not be written to it, and are lost.
    #[error("{count} buffered records were lost: {source}")]
    Buffered {
        /// How many.
        count: u64,
        /// What was wrong with the first of them.
        source: Box<Self>,
    },
    /// An error of a handler, formatter or filter that is not the crate's.
    #[error(transparent)]
    Other(#[from] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Says what was being done when `source` came up.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// Says what was being done on the file at `path` when `source` came up.
    pub(crate) fn file(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Self::Io { what: "input or output failed".to_owned(), source }
    }
}
