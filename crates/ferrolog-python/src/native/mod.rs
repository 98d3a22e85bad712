//! The wall round everything unsafe: what CPython keeps inside its objects, read directly.
//!
//! The rest of the crate is safe code over PyO3. What is here, and why it cannot be there:
//!
//! - [`method`]: methods in CPython's fastest calling convention, which PyO3's macros do not offer, for
//!   ordinary Python classes, for which PyO3 has none at all;
//! - [`layout`]: where an instance keeps its attribute values, for each CPython version;
//! - [`shape`]: what is known of a class, and reading an instance's attributes by position;
//! - [`fields`]: the attributes of records, set all at once;
//! - [`text`]: texts that are copies of ours;
//! - [`truth`]: whether an object's truth is for its own code to say;
//! - [`watch`]: whether everything that was looked at is still as it was;
//! - [`text_file`], [`rlock`], [`lock`]: the inside of text files, of reentrant locks and of plain ones;
//! - [`gate`]: the decision "is this level enabled", in a few nanoseconds;
//! - [`dict`]: version tags of dictionaries;
//! - [`function`]: native functions that pass for the Python functions that they stand for;
//! - [`noop`]: a method that does nothing, to measure against;
//! - [`frame`]: the Python frames of the caller;
//! - [`handling`]: the exception being handled;
//! - [`stack`]: how much of the thread's stack is left;
//! - [`builtin`]: what runs behind the functions of the `time` module;
//! - [`local_time`]: the C library's local time;
//! - [`process`]: the number of the process;
//! - [`gil`]: state guarded by the GIL; [`interpreter`]: which interpreter runs.

pub(crate) mod builtin;
pub(crate) mod dict;
pub(crate) mod fields;
pub(crate) mod frame;
pub(crate) mod function;
pub(crate) mod gate;
pub(crate) mod gil;
pub(crate) mod handling;
pub(crate) mod interpreter;
mod layout;
pub(crate) mod local_time;
pub(crate) mod lock;
pub(crate) mod method;
pub(crate) mod noop;
pub(crate) mod process;
pub(crate) mod rlock;
pub(crate) mod shape;
mod stack;
pub(crate) mod text;
pub(crate) mod text_file;
pub(crate) mod truth;
pub(crate) mod watch;
mod word;

pub(crate) use layout::verify as verify_layout;
