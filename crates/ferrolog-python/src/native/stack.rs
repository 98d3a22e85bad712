//! How much of the thread's stack is left.
//!
//! The interpreter counts calls of Python functions and not what native methods between them take of the
//! stack: code that logs while it is shown in a log, without end, would overrun it first. So native methods
//! refuse to begin near the end, with the exception that such code meets in the standard library.

use std::cell::Cell;

use pyo3::exceptions::PyRecursionError;
use pyo3::prelude::*;

/// What a native method and the interpreter's functions around it may take until the next native method
/// looks again.
const ROOM: usize = 256 * 1024;

thread_local! {
    /// The address below which no native method begins; 0 until the thread's first one.
    static END: Cell<usize> = const { Cell::new(0) };
    /// Where the stack ends.
    static BOTTOM: Cell<usize> = const { Cell::new(0) };
}

/// An exception when there is too little left.
#[inline]
pub(crate) fn check() -> PyResult<()> {
    let mark = 0_u8;
    let here = (&raw const mark).addr();
    let end = END.get();
    if here > end && end != 0 { Ok(()) } else { look(here) }
}

/// The thread's first look, or its end.
#[cold]
fn look(here: usize) -> PyResult<()> {
    if END.get() == 0 {
        let left = stacker::remaining_stack().unwrap_or(0);
        BOTTOM.set(here - left);
        // A thread may have been given a small stack, of which a part has to do. Where nobody knows how much
        // there is, everything is taken for room.
        END.set(if left == 0 { 1 } else { here - left + ROOM.min(left / 4) });
        return Ok(());
    }
    // A coroutine may run on a stack that it brought along, of which nothing is known.
    if here < BOTTOM.get() {
        return Ok(());
    }
    Err(PyRecursionError::new_err("maximum recursion depth exceeded"))
}
