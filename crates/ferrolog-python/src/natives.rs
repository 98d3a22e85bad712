//! Which of our methods an attribute of a class is, if it is one.

use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::native::gil::GilCell;

/// The native methods that others of them look for before they take a short cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub(crate) enum Native {
    /// Not one of ours.
    #[default]
    None,
    /// One of ours, of which there is only one under its name that matters.
    Plain,
    FiltererFilter,
    FilterFilter,
    LoggerHandle,
    LoggerLog,
    HandlerHandle,
    NullHandle,
    HandlerEmit,
    StreamEmit,
    FileEmit,
    NullEmit,
    HandlerFlush,
    StreamFlush,
    HandlerFormat,
    FormatterFormat,
    StyleFormat,
    PercentFormat,
    BraceFormat,
    DollarFormat,
    FormatterUsesTime,
    StyleUsesTime,
    DollarUsesTime,
    RecordInit,
    RotatingEmit,
    SizeShouldRollover,
    TimeShouldRollover,
    WatchedEmit,
    WatchedReopen,
    BufferingEmit,
    BufferingShouldFlush,
    BufferingFlush,
    MemoryShouldFlush,
    MemoryFlush,
    QueueEmit,
    QueueEnqueue,
    QueuePrepare,
    ListenerDequeue,
    ListenerPrepare,
    ListenerHandle,
    SocketEmit,
    SocketMakePickle,
    SocketSend,
    DatagramSend,
    SysLogEmit,
    AdapterIsEnabledFor,
    AdapterLog,
    AdapterUnderscoreLog,
    AdapterProcess,
}

impl Native {
    /// The code of the method `name` defined by `class`.
    pub(crate) fn of(class: &str, name: &str) -> Native {
        match (class, name) {
            ("Filterer", "filter") => Native::FiltererFilter,
            ("Filter", "filter") => Native::FilterFilter,
            ("Logger", "handle") => Native::LoggerHandle,
            ("Logger", "log") => Native::LoggerLog,
            ("Handler", "handle") => Native::HandlerHandle,
            ("NullHandler", "handle") => Native::NullHandle,
            ("Handler", "emit") => Native::HandlerEmit,
            ("StreamHandler", "emit") => Native::StreamEmit,
            ("FileHandler", "emit") => Native::FileEmit,
            ("NullHandler", "emit") => Native::NullEmit,
            ("Handler", "flush") => Native::HandlerFlush,
            ("StreamHandler", "flush") => Native::StreamFlush,
            ("Handler", "format") => Native::HandlerFormat,
            ("Formatter", "format") => Native::FormatterFormat,
            ("PercentStyle", "format") => Native::StyleFormat,
            ("PercentStyle", "_format") => Native::PercentFormat,
            ("StrFormatStyle", "_format") => Native::BraceFormat,
            ("StringTemplateStyle", "_format") => Native::DollarFormat,
            ("Formatter", "usesTime") => Native::FormatterUsesTime,
            ("PercentStyle", "usesTime") => Native::StyleUsesTime,
            ("StringTemplateStyle", "usesTime") => Native::DollarUsesTime,
            ("LogRecord", "__init__") => Native::RecordInit,
            ("BaseRotatingHandler", "emit") => Native::RotatingEmit,
            ("RotatingFileHandler", "shouldRollover") => Native::SizeShouldRollover,
            ("TimedRotatingFileHandler", "shouldRollover") => Native::TimeShouldRollover,
            ("WatchedFileHandler", "emit") => Native::WatchedEmit,
            ("WatchedFileHandler", "reopenIfNeeded") => Native::WatchedReopen,
            ("BufferingHandler", "emit") => Native::BufferingEmit,
            ("BufferingHandler", "shouldFlush") => Native::BufferingShouldFlush,
            ("BufferingHandler", "flush") => Native::BufferingFlush,
            ("MemoryHandler", "shouldFlush") => Native::MemoryShouldFlush,
            ("MemoryHandler", "flush") => Native::MemoryFlush,
            ("QueueHandler", "emit") => Native::QueueEmit,
            ("QueueHandler", "enqueue") => Native::QueueEnqueue,
            ("QueueHandler", "prepare") => Native::QueuePrepare,
            ("QueueListener", "dequeue") => Native::ListenerDequeue,
            ("QueueListener", "prepare") => Native::ListenerPrepare,
            ("QueueListener", "handle") => Native::ListenerHandle,
            ("SocketHandler", "emit") => Native::SocketEmit,
            ("SocketHandler", "makePickle") => Native::SocketMakePickle,
            ("SocketHandler", "send") => Native::SocketSend,
            ("DatagramHandler", "send") => Native::DatagramSend,
            ("SysLogHandler", "emit") => Native::SysLogEmit,
            ("LoggerAdapter", "isEnabledFor") => Native::AdapterIsEnabledFor,
            ("LoggerAdapter", "log") => Native::AdapterLog,
            ("LoggerAdapter", "_log") => Native::AdapterUnderscoreLog,
            ("LoggerAdapter", "process") => Native::AdapterProcess,
            _ => Native::Plain,
        }
    }
}

static METHODS: GilCell<Option<HashMap<usize, Native>>> = GilCell::new(None);
static CLASSES: GilCell<Option<HashMap<usize, usize>>> = GilCell::new(None);

/// Makes a method known; it must live for ever.
pub(crate) fn register(py: Python<'_>, method: &Bound<'_, PyAny>, native: Native) {
    METHODS.borrow(py).get_or_insert_default().insert(method.as_ptr() as usize, native);
}

/// Makes a method unknown again.
pub(crate) fn forget(py: Python<'_>, address: usize) {
    if let Some(methods) = METHODS.borrow(py).as_mut() {
        methods.remove(&address);
    }
}

/// Makes a class known as belonging to a facility; it must live for ever.
pub(crate) fn register_class(class: &Bound<'_, PyType>, facility: usize) {
    CLASSES.borrow(class.py()).get_or_insert_default().insert(class.as_ptr() as usize, facility);
}

/// What the object at this address is.
pub(crate) fn identify(py: Python<'_>, address: usize) -> Native {
    METHODS
        .borrow(py)
        .as_ref()
        .and_then(|methods| methods.get(&address).copied())
        .unwrap_or_default()
}

/// The facility of the first known class in the method resolution order.
pub(crate) fn facility_of(class: &Bound<'_, PyType>) -> Option<usize> {
    let mro = class.mro();
    let classes = CLASSES.borrow(class.py());
    let classes = classes.as_ref()?;
    mro.iter().find_map(|class| classes.get(&(class.as_ptr() as usize)).copied())
}
