//! The hook on the making of records.

use std::fmt;
use std::sync::Arc;

use super::{Record, RecordOwned};

/// Makes, of each record that a logging call produces, the one that filters and handlers see.
///
/// ```
/// use ferrolog::{Formatter, Handler, Manager, Record, RecordFactory, StreamHandler, warning};
///
/// let manager = Manager::new();
/// let lines = Handler::new(StreamHandler::new(Vec::new()))
///     .with_formatter(Formatter::new("%(host)s %(message)s")?);
/// manager.root().add_handler(&lines);
/// manager.set_record_factory(RecordFactory::new(|record: &Record<'_>| {
///     let mut record = record.to_owned();
///     record.set_attribute("host", "db1");
///     record
/// }));
/// warning!(manager.root(), "disk full");
/// assert_eq!(lines.lock().stream(), b"db1 disk full\n");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// A factory that panics is reported as a handler's error is, and the record goes on as it was.
///
/// Cost: each record becomes one that owns what it holds. To add the same key-values to many records, a
/// [`Context`](crate::Context) or a [`LoggerAdapter`](crate::LoggerAdapter) is cheaper.
///
/// Python: `logging.setLogRecordFactory`.
#[derive(Clone)]
pub struct RecordFactory(Arc<dyn Fn(&Record<'_>) -> RecordOwned + Send + Sync>);

impl RecordFactory {
    /// A factory by a closure.
    pub fn new(make: impl Fn(&Record<'_>) -> RecordOwned + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// The record that takes the place of `record`.
    pub fn make(&self, record: &Record<'_>) -> RecordOwned {
        (self.0)(record)
    }
}

/// Two factories are equal when they are one.
impl PartialEq for RecordFactory {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for RecordFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RecordFactory").field(&Arc::as_ptr(&self.0).cast::<()>()).finish()
    }
}
