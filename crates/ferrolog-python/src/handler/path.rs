//! What is at a path, as `os.stat` tells it.

use std::fs::{self, Metadata};

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::HandlersGlobals;
use crate::native::gil::{GilOnce, intern};
use crate::untouched;

/// What `os.stat` says of a path; the outer `None` means that `os.stat` itself has to be asked.
pub(crate) fn stat(
    globals: &HandlersGlobals,
    path: &Bound<'_, PyAny>,
) -> PyResult<Option<std::io::Result<Metadata>>> {
    if !untouched::OS.holds(globals.os.bind(path.py()))? {
        return Ok(None);
    }
    let Some(path) = text(path) else { return Ok(None) };
    Ok(Some(fs::metadata(path)))
}

/// `os.path.exists(path) and not os.path.isfile(path)`.
pub(crate) fn is_no_regular_file(
    globals: &HandlersGlobals,
    path: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    let py = path.py();
    let functions = globals.os.bind(py).getattr(intern!(py, "path"))?;
    if untouched::PATH.holds(&functions)?
        && let Some(found) = stat(globals, path)?
    {
        return Ok(found.is_ok_and(|found| !found.is_file()));
    }
    Ok(functions.call_method1(intern!(py, "exists"), (path,))?.is_truthy()?
        && !functions.call_method1(intern!(py, "isfile"), (path,))?.is_truthy()?)
}

/// The path as the operating system takes it, if that is its UTF-8 form.
fn text<'a>(path: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    static IS_UTF8: GilOnce<bool> = GilOnce::new();
    let py = path.py();
    let is_utf8 = IS_UTF8.get_or_init(py, || {
        py.import("sys")
            .and_then(|sys| sys.call_method0("getfilesystemencoding"))
            .and_then(|encoding| encoding.eq("utf-8"))
            .unwrap_or(false)
    });
    let path = path.cast_exact::<PyString>().ok()?.to_str().ok()?;
    (*is_utf8 && cfg!(unix)).then_some(path)
}
