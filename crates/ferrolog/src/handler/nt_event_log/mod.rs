//! The handler that writes to the event log of Windows.

#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(windows), path = "elsewhere.rs")]
mod source;

use self::source::EventSource;
use super::{Emit, Event, Handler};
use crate::error::Result;
use crate::level::Level;

/// The kind of an event, as the event log shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// Information.
    Information,
}

/// Writes each record to the event log of Windows, as an event of the source that the application is
/// registered as. On other systems there is none, and making the handler is an error that says so.
///
/// The source is registered, where that is allowed, when the handler is made: a key of the application's
/// name below `SYSTEM\CurrentControlSet\Services\EventLog`. Without it, which needs an administrator once,
/// events are written all the same, and shown with a remark that their description is missing.
///
/// ```
/// use ferrolog::NtEventLogHandler;
///
/// let handler = NtEventLogHandler::new("My application");
/// if cfg!(not(windows)) {
///     assert!(handler.unwrap_err().to_string().contains("Windows"));
/// }
/// ```
///
/// Python: `logging.handlers.NTEventLogHandler`.
#[derive(Debug)]
pub struct NtEventLogHandler {
    source: EventSource,
    message_id: u32,
    category: u16,
    type_map: Vec<(Level, EventType)>,
}

impl NtEventLogHandler {
    /// A handler to the log `Application`, whose events come from `appname`.
    ///
    /// # Errors
    ///
    /// The system is not Windows, or its event log cannot be opened.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(appname: impl Into<String>) -> Result<Handler<Self>> {
        Self::builder(appname).build()
    }

    /// A handler set up step by step.
    pub fn builder(appname: impl Into<String>) -> NtEventLogHandlerBuilder {
        NtEventLogHandlerBuilder {
            appname: appname.into(),
            dllname: r"%SystemRoot%\System32\EventCreate.exe".to_owned(),
            logtype: "Application".to_owned(),
            message_id: 1,
            category: 0,
            type_map: vec![
                (Level::DEBUG, EventType::Information),
                (Level::INFO, EventType::Information),
                (Level::WARNING, EventType::Warning),
                (Level::ERROR, EventType::Error),
                (Level::CRITICAL, EventType::Error),
            ],
        }
    }

    /// The kind of event that a record of this level becomes; an error, for a level that is not in the
    /// map. Python: `NTEventLogHandler.getEventType`.
    pub fn event_type(&self, level: Level) -> EventType {
        let known = self.type_map.iter().find(|(known, _)| *known == level);
        known.map_or(EventType::Error, |(_, kind)| *kind)
    }
}

impl Emit for NtEventLogHandler {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        let kind = self.event_type(event.record().level());
        self.source.report(kind, self.category, self.message_id, event.text())
    }
}

/// Builds an [`NtEventLogHandler`].
///
/// | setting | default |
/// |---|---|
/// | `dllname` | `%SystemRoot%\System32\EventCreate.exe`, whose messages are the bare text |
/// | `logtype` | `Application` |
/// | `message_id` | 1 |
/// | `category` | 0 |
/// | `type_map` | `DEBUG` and `INFO` are information, `WARNING` a warning, all else errors |
#[derive(Clone, Debug)]
pub struct NtEventLogHandlerBuilder {
    appname: String,
    dllname: String,
    logtype: String,
    message_id: u32,
    category: u16,
    type_map: Vec<(Level, EventType)>,
}

impl NtEventLogHandlerBuilder {
    /// The file that has the texts of the messages.
    pub fn dllname(mut self, dllname: impl Into<String>) -> Self {
        self.dllname = dllname.into();
        self
    }

    /// The log: `Application`, `System` or `Security`.
    pub fn logtype(mut self, logtype: impl Into<String>) -> Self {
        self.logtype = logtype.into();
        self
    }

    /// The number of the message in the file that has the texts. Python: `getMessageID`.
    pub fn message_id(mut self, id: u32) -> Self {
        self.message_id = id;
        self
    }

    /// The category of the events. Python: `getEventCategory`.
    pub fn category(mut self, category: u16) -> Self {
        self.category = category;
        self
    }

    /// The kinds of events by level, in the place of the default. Python: `typemap`.
    pub fn type_map(mut self, map: impl IntoIterator<Item = (Level, EventType)>) -> Self {
        self.type_map = map.into_iter().collect();
        self
    }

    /// The handler.
    ///
    /// # Errors
    ///
    /// The system is not Windows, or its event log cannot be opened.
    pub fn build(self) -> Result<Handler<NtEventLogHandler>> {
        let source = EventSource::open(&self.appname, &self.dllname, &self.logtype)?;
        Ok(Handler::new(NtEventLogHandler {
            source,
            message_id: self.message_id,
            category: self.category,
            type_map: self.type_map,
        }))
    }
}
