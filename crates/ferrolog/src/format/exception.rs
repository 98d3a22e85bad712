//! The text of an error: its message and those of its sources.

use std::error::Error;
use std::fmt::Write;

/// Appends `error` and each of its sources, the outermost first, a line each.
pub(crate) fn write_chain(error: &(dyn Error + 'static), out: &mut String) -> std::fmt::Result {
    write!(out, "Error: {error}")?;
    let mut source = error.source();
    while let Some(error) = source {
        write!(out, "\nCaused by: {error}")?;
        source = error.source();
    }
    Ok(())
}
