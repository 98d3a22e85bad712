//! Names of levels.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::facility::Facility;
use crate::globals::Globals;
use crate::names;

/// `getLevelName(level)`.
pub(crate) fn level_name<'py>(
    facility: &Facility,
    globals: &Globals,
    level: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = level.py();
    if globals.level_names_untouched
        && let Ok(names) = globals.level_to_name.bind(py).cast_exact::<PyDict>()
        && let Some(name) = names.get_item(level)?
        && !name.is_none()
    {
        return Ok(name);
    }
    match facility.dict.bind(py).get_item(names::G_GET_LEVEL_NAME.get(py))? {
        Some(function) => function.call1((level,)),
        None => Err(pyo3::exceptions::PyNameError::new_err("name 'getLevelName' is not defined")),
    }
}
