//! How a command ends, and what it says.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use ferrolog::{Handler, Manager, get_handler_by_name, get_handler_names};

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Status {
    Good,
    Bad,
    Unusable,
}

impl Status {
    /// The worse of the two.
    pub(crate) fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Good => Self::SUCCESS,
            Status::Bad => Self::from(1),
            Status::Unusable => Self::from(2),
        }
    }
}

/// Says something about the command itself, on standard error.
pub(crate) fn complain(what: impl Display) {
    // Where standard error takes nothing, the exit status still tells.
    let _ = writeln!(io::stderr(), "ferrolog: {what}");
}

/// Says what was asked for, on standard output. A reader that has seen enough is no fault.
pub(crate) fn say(what: impl Display) -> Status {
    let mut out = io::stdout().lock();
    match write!(out, "{what}").and_then(|()| out.flush()) {
        Ok(()) => Status::Good,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Status::Good,
        Err(error) => {
            complain(format_args!("cannot write to standard output: {error}"));
            Status::Unusable
        }
    }
}

/// Delivers what handlers still hold, so that its errors come before the end. A record that could not be
/// delivered was reported; that it was makes the status.
pub(crate) fn deliver() -> Status {
    let named = get_handler_names();
    let mut handlers: Vec<Handler> =
        named.iter().filter_map(|name| get_handler_by_name(name)).collect();
    // Those of the last resort and of a configuration without a file have no name.
    let manager = Manager::global();
    handlers.extend(manager.root().handlers());
    handlers.extend(manager.last_resort());
    ferrolog::shutdown();
    let failed = handlers.iter().any(|handler| handler.counts().failed > 0);
    if failed { Status::Bad } else { Status::Good }
}
