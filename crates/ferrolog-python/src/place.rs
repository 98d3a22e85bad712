//! Places of logging calls: what is known of a path, once it was looked at.

use pyo3::exceptions::{PyAttributeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::globals::Globals;
use crate::native::gil::{GilCell, intern};

/// A path that was looked at, kept so that the same address is the same text.
struct Known {
    path: Py<PyString>,
    filename: Py<PyString>,
    module: Py<PyString>,
    /// For which `_srcfile` it was asked whether the path is the facility's own, and the answer.
    internal: Option<(Option<Py<PyAny>>, bool)>,
}

const SLOTS: usize = 256;

/// Recently met paths.
static PATHS: GilCell<Vec<Option<Known>>> = GilCell::new(Vec::new());

/// Has a path that was looked at tell something. `None` for what is no text in UTF-8.
fn with<T>(path: &Bound<'_, PyAny>, ask: impl FnOnce(&mut Known) -> T) -> Option<T> {
    let py = path.py();
    let path = path.cast_exact::<PyString>().ok()?;
    let slot = (path.as_ptr() as usize >> 4 ^ path.as_ptr() as usize >> 12) % SLOTS;
    let mut paths = PATHS.borrow(py);
    if paths.is_empty() {
        paths.resize_with(SLOTS, || None);
    }
    if !paths[slot].as_ref().is_some_and(|known| known.path.is(path)) {
        let text = path.to_str().ok()?;
        let filename = text.rsplit_once('/').map_or(text, |(_, name)| name);
        let known = Known {
            path: path.clone().unbind(),
            filename: PyString::new(py, filename).unbind(),
            module: PyString::new(py, without_extension(filename)).unbind(),
            internal: None,
        };
        // Texts, so that dropping what was there runs no other code.
        paths[slot] = Some(known);
    }
    paths[slot].as_mut().map(ask)
}

/// `filename` and `module` of a path, if it is one whose parts are known without asking `os.path`.
pub(crate) fn known_names<'py>(
    pathname: &Bound<'py, PyAny>,
) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let py = pathname.py();
    let told = |known: &mut Known| {
        (known.filename.bind(py).clone().into_any(), known.module.bind(py).clone().into_any())
    };
    if cfg!(unix) { with(pathname, told) } else { None }
}

/// `filename` and `module` of a path.
pub(crate) fn file_and_module<'py>(
    globals: &Globals,
    pathname: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let py = pathname.py();
    if let Some(names) = known_names(pathname) {
        return Ok(names);
    }
    let split = || -> PyResult<_> {
        let path = globals.os.bind(py).getattr(intern!(py, "path"))?;
        let filename = path.call_method1(intern!(py, "basename"), (pathname,))?;
        let module = path.call_method1(intern!(py, "splitext"), (&filename,))?.get_item(0)?;
        Ok((filename, module))
    };
    match split() {
        Err(error)
            if error.is_instance_of::<PyTypeError>(py)
                || error.is_instance_of::<PyValueError>(py)
                || error.is_instance_of::<PyAttributeError>(py) =>
        {
            Ok((pathname.clone(), intern!(py, "Unknown module").clone().into_any()))
        }
        other => other,
    }
}

/// Whether a file is the facility's own source or the import system's.
pub(crate) fn is_internal(filename: &Bound<'_, PyAny>, globals: &Globals) -> PyResult<bool> {
    let srcfile = globals.srcfile.as_ref();
    let known = with(filename, |known| match &known.internal {
        Some((of, internal)) if of.as_ref().map(Py::as_ptr) == srcfile.map(Py::as_ptr) => {
            Some(*internal)
        }
        _ => None,
    });
    if let Some(Some(internal)) = known {
        return Ok(internal);
    }
    let internal = looks_internal(filename, globals)?;
    let py = filename.py();
    // What is no plain text might change its mind.
    if srcfile.is_none_or(|srcfile| srcfile.bind(py).is_exact_instance_of::<PyString>()) {
        let of = srcfile.map(|srcfile| srcfile.clone_ref(py));
        let before = with(filename, |known| known.internal.replace((of, internal)));
        drop(before);
    }
    Ok(internal)
}

fn looks_internal(filename: &Bound<'_, PyAny>, globals: &Globals) -> PyResult<bool> {
    let py = filename.py();
    if let Some(srcfile) = &globals.srcfile {
        if srcfile.is(filename) {
            return Ok(true);
        }
        let normal;
        let filename = if cfg!(windows) {
            normal = py.import("os.path")?.call_method1("normcase", (filename,))?;
            &normal
        } else {
            filename
        };
        if filename.eq(srcfile.bind(py))? {
            return Ok(true);
        }
    }
    let Ok(filename) = filename.cast::<PyString>() else { return Ok(false) };
    let filename = filename.to_string_lossy();
    Ok(filename.contains("importlib") && filename.contains("_bootstrap"))
}

/// A file name without its last extension; leading dots do not begin one.
pub(crate) fn without_extension(filename: &str) -> &str {
    let leading = filename.len() - filename.trim_start_matches('.').len();
    match filename[leading..].rfind('.') {
        Some(dot) => &filename[..leading + dot],
        None => filename,
    }
}
