//! Loggers with extra attributes of their own.
//!
//! Python: *LoggerAdapter Objects*.

mod calls;

use std::fmt;
use std::sync::Arc;

use crate::context::Context;
use crate::level::Level;
use crate::location::CallSite;
use crate::logger::Logger;
use crate::record::{Record, Said};
use crate::value::Value;

/// A logger that adds extra attributes to what is logged through it; the macros take it like a logger.
///
/// ```
/// use ferrolog::{Formatter, Handler, LoggerAdapter, StreamHandler, context, get_logger, warning};
///
/// let lines = Handler::new(StreamHandler::new(Vec::new()))
///     .with_formatter(Formatter::new("%(peer)s: %(message)s")?);
/// let logger = get_logger("app.adapter");
/// logger.add_handler(&lines);
///
/// let connection = LoggerAdapter::new(&logger, context!(peer = "10.0.0.7"));
/// warning!(connection, "closed after {} s", 12);
/// assert_eq!(lines.lock().stream(), b"10.0.0.7: closed after 12 s\n");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// As in Python, key-values of a single call are **not** merged with the adapter's: they are passed over,
/// unless [`merge_extra`](LoggerAdapter::merge_extra) is set; then the call's count before the adapter's.
/// An error or a stack that is logged with a call is always kept.
///
/// Cost: a disabled call is one relaxed load; the adapter's attributes are borrowed by each record.
///
/// Python: `logging.LoggerAdapter`.
#[derive(Clone)]
pub struct LoggerAdapter {
    logger: Logger,
    extra: Arc<Context>,
    merge_extra: bool,
    process: Option<Process>,
}

type Process = Arc<dyn Fn(&mut AdapterCall<'_>) + Send + Sync>;

/// One logging call on its way through [`LoggerAdapter::with_process`].
#[derive(Debug)]
pub struct AdapterCall<'c> {
    /// The message, its arguments filled in.
    pub message: String,
    /// The extra attributes that the record gets besides the call's own: at first, the adapter's.
    pub extra: Context,
    /// The key-values of the call itself.
    pub key_values: &'c [(&'c str, Value<'c>)],
}

impl LoggerAdapter {
    /// An adapter that adds `extra` to what is logged to `logger` through it.
    pub fn new(logger: &Logger, extra: Context) -> Self {
        Self { logger: logger.clone(), extra: Arc::new(extra), merge_extra: false, process: None }
    }

    /// Whether the key-values of a call are kept beside the adapter's: false by default.
    ///
    /// Python: the parameter `merge_extra`.
    pub fn merge_extra(mut self, merge: bool) -> Self {
        self.merge_extra = merge;
        self
    }

    /// Has `process` called for each enabled call, to change the message and the extra attributes.
    ///
    /// ```
    /// use ferrolog::{AdapterCall, LoggerAdapter, context, get_logger, info};
    ///
    /// let logger = get_logger("app");
    /// let adapter = LoggerAdapter::new(&logger, context!(peer = "10.0.0.7"))
    ///     .with_process(|call: &mut AdapterCall<'_>| call.message.insert_str(0, "[10.0.0.7] "));
    /// info!(adapter, "closed"); // is logged as: [10.0.0.7] closed
    /// ```
    ///
    /// Costs the making of the message's text before the handlers' levels and filters are asked. A hook
    /// that panics is reported as a handler's error is, and the call goes on as it was.
    ///
    /// Python: `LoggerAdapter.process`.
    pub fn with_process(
        mut self,
        process: impl Fn(&mut AdapterCall<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.process = Some(Arc::new(process));
        self
    }

    /// An adapter like this with further attributes, which count before those of this one.
    pub fn with_extra(&self, further: Context) -> Self {
        let mut extra = Context::clone(&self.extra);
        for (key, value) in further.0 {
            extra.set(key, value);
        }
        Self { extra: Arc::new(extra), ..self.clone() }
    }

    /// The logger behind the adapter. Python: `LoggerAdapter.logger`.
    pub fn logger(&self) -> &Logger {
        &self.logger
    }

    /// The attributes that the adapter adds. Python: `LoggerAdapter.extra`.
    pub fn extra(&self) -> &Context {
        &self.extra
    }

    /// The logger's name. Python: `LoggerAdapter.name`.
    pub fn name(&self) -> &str {
        self.logger.name()
    }

    /// Whether a record of this level would be made. One relaxed load.
    ///
    /// Python: `LoggerAdapter.isEnabledFor`.
    #[inline]
    pub fn is_enabled_for(&self, level: Level) -> bool {
        self.logger.is_enabled_for(level)
    }

    /// [`Logger::set_level`] of the logger. Python: `LoggerAdapter.setLevel`.
    pub fn set_level(&self, level: Level) {
        self.logger.set_level(level);
    }

    /// [`Logger::get_effective_level`] of the logger. Python: `LoggerAdapter.getEffectiveLevel`.
    pub fn get_effective_level(&self) -> Level {
        self.logger.get_effective_level()
    }

    /// [`Logger::has_handlers`] of the logger. Python: `LoggerAdapter.hasHandlers`.
    pub fn has_handlers(&self) -> bool {
        self.logger.has_handlers()
    }

    #[doc(hidden)]
    #[inline(never)]
    pub fn __log(
        &self,
        level: Level,
        site: &'static CallSite,
        said: Said<'_>,
        key_values: &[(&str, Value<'_>)],
    ) {
        self.send(Record::of_macro(self.name(), level, said, site, &[]), key_values);
    }

    fn send(&self, record: Record<'_>, key_values: &[(&str, Value<'_>)]) {
        // Python passes an error and a stack apart from `extra`, so that merging does not concern them.
        let special: Vec<_>;
        let kept = if self.merge_extra {
            key_values
        } else {
            special = key_values.iter().filter(|(key, _)| is_special(key)).copied().collect();
            &special
        };
        let Some(process) = &self.process else {
            return self.logger.send(record.with_extra(&self.extra), kept);
        };
        let processed = crate::handler::caught(|| {
            let message = record.message().to_string();
            let extra = Context::clone(&self.extra);
            let mut call = AdapterCall { message, extra, key_values };
            process(&mut call);
            Ok(call)
        });
        match processed {
            Ok(call) => {
                self.logger.send(record.with_text(&call.message).with_extra(&call.extra), kept);
            }
            Err(error) => {
                let name = format!("Adapter of logger {:?}", self.name());
                crate::handler::report(&error, Some(&record), &name);
                self.logger.send(record.with_extra(&self.extra), kept);
            }
        }
    }
}

fn is_special(key: &str) -> bool {
    matches!(key, "exc_info" | "exc_text" | "stack_info")
}

/// As Python shows one: `<LoggerAdapter app.db (WARNING)>`.
impl fmt::Debug for LoggerAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<LoggerAdapter {} ({})>", self.name(), self.get_effective_level())
    }
}
