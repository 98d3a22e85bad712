//! Whether functions of the interpreter's own modules are still what they were.
//!
//! Test tools replace `os.stat` or `time.time`; then they are called, and no short cut is taken.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};

use crate::native::dict;
use crate::native::gil::{GilCell, intern};

/// Functions of one module, by name, each with the module that it was defined in.
pub(crate) struct Untouched {
    module: &'static str,
    functions: &'static [(&'static str, &'static str)],
    /// The version of the module's namespace that was last looked at, and what was found.
    looked_at: GilCell<(u64, bool)>,
}

/// What tells about a file.
pub(crate) static OS: Untouched = Untouched::new("os", &[("stat", "posix")]);
/// What tells whether there is a file.
pub(crate) static PATH: Untouched =
    Untouched::new("posixpath", &[("exists", "genericpath"), ("isfile", "genericpath")]);
/// The clock of `TimedRotatingFileHandler`.
pub(crate) static TIME: Untouched = Untouched::new("time", &[("time", "time")]);

/// What copies records.
pub(crate) static COPY: Untouched =
    Untouched::new("copy", &[("copy", "copy"), ("_reconstruct", "copy")]);

impl Untouched {
    pub(crate) const fn new(
        module: &'static str,
        functions: &'static [(&'static str, &'static str)],
    ) -> Untouched {
        Untouched { module, functions, looked_at: GilCell::new((0, false)) }
    }

    /// Whether `module` is the module meant, and has its own functions.
    pub(crate) fn holds(&self, module: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = module.py();
        let Ok(module) = module.cast_exact::<PyModule>() else { return Ok(false) };
        let namespace = module.dict();
        let version = dict::version(&namespace);
        let (known, answer) = *self.looked_at.borrow(py);
        if known == version {
            return Ok(answer);
        }
        let answer = self.look(&namespace)?;
        *self.looked_at.borrow(py) = (version, answer);
        Ok(answer)
    }

    fn look(&self, namespace: &Bound<'_, PyDict>) -> PyResult<bool> {
        let py = namespace.py();
        let name = namespace.get_item(intern!(py, "__name__"))?;
        if !name.is_some_and(|name| name.eq(self.module).unwrap_or(false)) {
            return Ok(false);
        }
        for &(name, home) in self.functions {
            let Some(function) = namespace.get_item(name)? else { return Ok(false) };
            if !is_of(&function, name, home)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether a function is the one that the module `home` defines under this name.
pub(crate) fn is_of(function: &Bound<'_, PyAny>, name: &str, home: &str) -> PyResult<bool> {
    let py = function.py();
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    let Ok(home) = modules.get_item(home) else { return Ok(false) };
    if function.is_exact_instance_of::<pyo3::types::PyCFunction>() {
        let of = function.getattr(intern!(py, "__self__"))?;
        return Ok(of.is(&home) && function.getattr(intern!(py, "__name__"))?.eq(name)?);
    }
    let globals = function.getattr_opt(intern!(py, "__globals__"))?;
    let code = function.getattr_opt(intern!(py, "__code__"))?;
    match (globals, code) {
        (Some(globals), Some(code)) => {
            let own = home.getattr(intern!(py, "__dict__"))?;
            Ok(globals.is(&own) && code.getattr(intern!(py, "co_qualname"))?.eq(name)?)
        }
        _ => Ok(false),
    }
}
