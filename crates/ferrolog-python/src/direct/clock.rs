//! The clock that gives a record its time.

use pyo3::prelude::*;
use pyo3::types::PyModule;

use super::obstacle::{Found, On, Stop, What};
use crate::globals::Globals;
use crate::moment::{self, Moment};

/// Whether the time of a record is the interpreter's own clock's to say.
pub(super) fn system(
    py: Python<'_>,
    globals: &Globals,
    found: &mut impl Found,
) -> Result<(), Stop> {
    if let Ok(module) = globals.time.bind(py).cast_exact::<PyModule>() {
        found.dict(&module.dict());
        if let Some(clock) = moment::clock(py) {
            found.builtin(clock);
        }
        if Moment::is_of_system(py, globals)? {
            return Ok(());
        }
    }
    found.found(On::Record, What::Clock)
}
