//! `Logger`: one file for each stage that a call goes through.
//!
//! - `level`: `debug` ... `critical`, `log`: the gate, then the call's arguments;
//! - `enabled`: `isEnabledFor`;
//! - `make`: `_log` and `makeRecord`, from arguments to a record;
//! - `walk`: `handle` and `callHandlers`, from a record to the handlers of the tree.

pub(crate) mod enabled;
pub(crate) mod level;
pub(crate) mod make;
pub(crate) mod walk;
