//! Where a record was logged: `Logger.findCaller` without frames of our own.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::globals::Globals;
use crate::native::frame::Frame;

/// The place of a logging call.
pub(crate) struct Caller<'py> {
    pub(crate) pathname: Bound<'py, PyAny>,
    pub(crate) line: i32,
    pub(crate) function: Bound<'py, PyAny>,
    pub(crate) stack_info: Bound<'py, PyAny>,
}

impl<'py> Caller<'py> {
    /// What a record says when callers are not looked for.
    pub(crate) fn unknown(py: Python<'py>) -> Self {
        Caller {
            pathname: intern!(py, "(unknown file)").clone().into_any(),
            line: 0,
            function: intern!(py, "(unknown function)").clone().into_any(),
            stack_info: py.None().into_bound(py),
        }
    }

    /// The `stacklevel`-th frame outward that is not one of the facility or of the import system;
    /// the outermost if there are fewer. `None` when there is no Python frame at all.
    pub(crate) fn find(
        py: Python<'py>,
        globals: &Globals,
        stack_info: bool,
        stacklevel: i64,
    ) -> PyResult<Option<Self>> {
        let Some(mut frame) = Frame::current(py) else { return Ok(None) };
        let mut wanted = stacklevel;
        loop {
            let code = frame.code();
            if !is_internal(&code.filename()?, globals)? {
                wanted -= 1;
            }
            if wanted <= 0 {
                break;
            }
            match frame.back() {
                Some(back) => frame = back,
                None => break,
            }
        }
        let code = frame.code();
        Ok(Some(Caller {
            pathname: code.filename()?,
            line: frame.line(),
            function: code.name()?,
            stack_info: if stack_info { printed_stack(&frame)? } else { py.None().into_bound(py) },
        }))
    }
}

/// Whether a file is the facility's own source or the import system's.
fn is_internal(filename: &Bound<'_, PyAny>, globals: &Globals) -> PyResult<bool> {
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

/// The stack as `stack_info` shows it.
fn printed_stack<'py>(frame: &Frame<'py>) -> PyResult<Bound<'py, PyAny>> {
    let object = frame.object();
    let py = object.py();
    let text = py.import("io")?.call_method0("StringIO")?;
    text.call_method1("write", ("Stack (most recent call last):\n",))?;
    py.import("traceback")?.call_method1("print_stack", (object, py.None(), &text))?;
    let text = text.call_method0("getvalue")?;
    match text.extract::<&str>()?.strip_suffix('\n') {
        Some(stripped) => Ok(PyString::new(py, stripped).into_any()),
        None => Ok(text),
    }
}
