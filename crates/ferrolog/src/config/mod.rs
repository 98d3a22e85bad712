//! Configuration of a whole program: in one call, or from a value or a file in Python's schema.
//!
//! Python: `logging.basicConfig`, `logging.config`.

mod apply;
mod basic;
mod classes;
mod dict;
mod error;
mod ini;
mod keywords;
mod listen;
mod maker;
mod node;
mod outline;
mod plan;
mod registry;
mod schema;
#[cfg(feature = "serde")]
mod serde;
mod setting;
mod syntax;
mod watch;

pub(crate) use apply::State;
pub use basic::{BASIC_FORMAT, BasicConfig, basic_config};
pub use dict::{Configuration, dict_config};
pub use error::{ConfigError, Problem};
pub use ini::file_config;
pub use keywords::{HandlerRef, Keywords};
#[doc(hidden)]
pub use listen::received;
pub use listen::{
    ConfigListener, DEFAULT_LOGGING_CONFIG_PORT, ListenBuilder, listen, stop_listening,
};
pub use maker::{HandlerMaker, Made, Parts};
pub use outline::Outline;
pub use registry::Registry;
pub use setting::{Mismatch, Setting};
pub use syntax::Syntax;
pub use watch::{FileWatcher, FileWatcherBuilder, watch_file};
