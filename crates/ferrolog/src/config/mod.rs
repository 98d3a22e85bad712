//! Configuration of a whole program.
//!
//! Python: `logging.basicConfig`, `logging.config`.

mod basic;

pub use basic::{BASIC_FORMAT, BasicConfig, basic_config};
