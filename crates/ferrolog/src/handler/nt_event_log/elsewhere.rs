//! Where there is no event log.

use super::EventType;
use crate::error::{Error, Result};

/// There is none.
#[derive(Debug)]
pub(super) enum EventSource {}

impl EventSource {
    pub(super) fn open(_appname: &str, _dllname: &str, _logtype: &str) -> Result<Self> {
        Err(Error::Invalid(format!(
            "NTEventLogHandler needs the event log of Windows, which {} has not (a SysLogHandler is its \
             counterpart)",
            std::env::consts::OS
        )))
    }

    pub(super) fn report(&self, _: EventType, _: u16, _: u32, _: &str) -> Result<()> {
        match *self {}
    }
}
