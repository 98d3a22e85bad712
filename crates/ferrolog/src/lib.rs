//! Python's `logging`, for Rust programs: named loggers in a tree, levels, filters, records,
//! formatters, handlers, one configuration for a whole program.
//!
//! ```
//! use ferrolog::{Formatter, Handler, Level, StreamHandler, get_logger, info};
//!
//! // Each part of a program logs under a name of its own ...
//! let logger = get_logger("app.db");
//!
//! // ... and the application decides, at one place, what is heard of it and how.
//! let handler = Handler::new(StreamHandler::new(Vec::new()))
//!     .with_formatter(Formatter::new("%(levelname)s:%(name)s:%(message)s")?);
//! ferrolog::root().add_handler(&handler);
//! get_logger("app").set_level(Level::INFO);
//!
//! info!(logger, "connected to {}", "localhost"; port = 5432);
//! assert_eq!(handler.lock().stream(), b"INFO:app.db:connected to localhost\n");
//! # Ok::<(), ferrolog::Error>(())
//! ```
//!
//! Names and meaning are those of [Python's documentation](https://docs.python.org/3/library/logging.html),
//! spelled as Rust; the documentation of each item names what it is there.
//!
//! # From a record to a line
//!
//! A macro asks its logger whether the level is enabled: one relaxed load. If so, it makes a [`Record`] on
//! the stack, which passes the logger's filters and goes to the handlers of the logger and of its
//! ancestors. Each [`Handler`] compares its level, asks its filters, has its formatter lay the record
//! out, and delivers. With the handlers that write to a file or a stream, the bytes have left the process
//! when the macro returns.
//!
//! # Configuration
//!
//! [`basic_config`] is one call for one or a few handlers on the root. [`config`] reads the schema of
//! Python's `dictConfig` from a value or from JSON, TOML or YAML, and the INI format of `fileConfig`, with
//! Python's names of classes and keywords: one file configures a Python and a Rust program alike.
//!
//! # Cargo features
//!
//! - `log` (on by default): [`bridge::log`], which brings what other crates log through `log` into the tree.
//! - `tracing`: `bridge::tracing`, a layer that brings events and the fields of their spans into the tree.
//! - `net` (on by default): [`SocketHandler`], [`DatagramHandler`], [`SysLogHandler`].
//! - `json`, `toml`, `yaml`: [`config::Configuration`] from these; `serde`: from whatever serde reads.
//! - `signals` (Unix): `shutdown_on_signals`, which drains handlers before a signal ends the process.
//! - `compression`: rotated files can be compressed, with gzip.
//! - `http`: `HttpHandler`, with TLS by rustls.
//! - `smtp`: `SmtpHandler`, with TLS by rustls.

mod adapter;
mod barrier;
pub mod bridge;
mod clock;
pub mod config;
mod context;
mod error;
mod exit;
mod filter;
mod fork;
pub mod format;
#[cfg(doctest)]
mod guide;
mod handler;
mod level;
mod location;
mod lock;
#[cfg(test)]
#[path = "lock/tests.rs"]
mod lock_tests;
mod logger;
mod macros;
mod manager;
mod once;
#[cfg(feature = "net")]
mod pickle;
mod published;
mod record;
pub mod sink;
mod sync;
mod value;

pub use adapter::{AdapterCall, LoggerAdapter};
pub use bridge::panics::capture_panics;
pub use config::{BASIC_FORMAT, BasicConfig, basic_config, dict_config, file_config};
pub use context::{Context, ContextGuard, Contextual};
pub use error::{Error, Result};
#[cfg(all(unix, feature = "signals"))]
pub use exit::shutdown_on_signals;
pub use filter::{Filter, Verdict};
pub use format::{Format, FormatError, Formatter, FormatterBuilder, Style, Zone};
pub use handler::{
    BufferingHandler, BufferingHandlerBuilder, Counts, Emit, EmitLines, ErrorHook, Event,
    EventType, FileHandler, FileHandlerBuilder, FileMode, Handler, HandlerGuard, Lines,
    MemoryHandler, MemoryHandlerBuilder, NtEventLogHandler, NtEventLogHandlerBuilder, NullHandler,
    QueueHandler, QueueHandlerBuilder, QueueListener, RecordQueue, RecordQueueBuilder,
    RotatingFileHandler, RotatingFileHandlerBuilder, StreamHandler, TimedRotatingFileHandler,
    TimedRotatingFileHandlerBuilder, WatchedFileHandler, WatchedFileHandlerBuilder, WhenFull,
    flush, get_handler_by_name, get_handler_names, raise_exceptions, set_raise_exceptions,
    shutdown,
};
#[cfg(feature = "net")]
pub use handler::{
    DatagramHandler, DatagramHandlerBuilder, Facility, Priority, Rfc5424, SocketHandler,
    SocketHandlerBuilder, SysLogHandler, SysLogHandlerBuilder,
};
#[cfg(feature = "http")]
pub use handler::{HttpHandler, HttpHandlerBuilder, HttpMethod};
#[cfg(feature = "smtp")]
pub use handler::{SmtpHandler, SmtpHandlerBuilder, SmtpSecurity};
pub use level::{Level, add_level_name, get_level_name, get_level_names_mapping};
pub use location::Location;
pub use logger::Logger;
pub use manager::{Manager, disable, get_logger, get_record_factory, root, set_record_factory};
pub use record::{Record, RecordFactory, RecordOwned, start_time};
pub use sink::When;
pub use value::{BigInt, OwnedValue, ParseBigIntError, ToValue, Value};

#[doc(hidden)]
pub use location::CallSite as __CallSite;
#[doc(hidden)]
pub use macros::error_value as __error_value;
#[doc(hidden)]
pub use record::{__argument, Said as __Said};

/// What the Python package uses of the engine besides its interface.
#[doc(hidden)]
pub mod __engine {
    pub use crate::clock::system_now;
    pub use crate::format::number::push_integer;
    pub use crate::format::push::push;
}
