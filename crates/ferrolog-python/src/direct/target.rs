//! A handler that takes a line: one of ours that writes to a stream of the interpreter's own.

use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyList, PyString, PyType};

use super::clock;
use super::pattern::{self, Compiled};
use crate::globals::Globals;
use crate::names;
use crate::native::method;
use crate::native::shape::View;
use crate::natives::Native;

/// What a handler is to a call.
pub(super) enum Fit<'py> {
    /// Its level is above the call's, or it does nothing.
    Below,
    /// It takes a line.
    Takes(Target<'py>),
    /// It has to be given a record.
    Foreign,
}

/// A handler that takes a line.
pub(super) struct Target<'py> {
    pub(super) handler: Bound<'py, PyAny>,
    pub(super) compiled: Rc<Compiled>,
    lock: Bound<'py, PyAny>,
    stream: Bound<'py, PyAny>,
    pub(super) terminator: Bound<'py, PyString>,
    is_text_file: bool,
}

impl<'py> Target<'py> {
    pub(super) fn of(
        globals: &Globals,
        handler: Bound<'py, PyAny>,
        number: i64,
    ) -> PyResult<Fit<'py>> {
        let py = handler.py();
        let Some(view) = View::of(&handler) else { return Ok(Fit::Foreign) };
        let Some(Ok(level)) = view.own(names::A_LEVEL).map(Bound::cast_into_exact::<PyInt>) else {
            return Ok(Fit::Foreign);
        };
        let Ok(level) = level.extract::<i64>() else { return Ok(Fit::Foreign) };
        if number < level {
            return Ok(Fit::Below);
        }
        let native = |name| view.shape.native(name);
        match native(names::M_HANDLE) {
            Native::NullHandle => return Ok(Fit::Below),
            Native::HandlerHandle => {}
            _ => return Ok(Fit::Foreign),
        }
        let untouched = matches!(native(names::M_EMIT), Native::StreamEmit | Native::FileEmit)
            && native(names::M_FORMAT) == Native::HandlerFormat
            && native(names::M_FLUSH) == Native::StreamFlush
            && native(names::M_ACQUIRE) == Native::Plain
            && native(names::M_RELEASE) == Native::Plain
            && native(names::M_FILTER) == Native::FiltererFilter;
        if !untouched {
            return Ok(Fit::Foreign);
        }
        let (Some(filters), Some(formatter), Some(lock), Some(stream)) = (
            view.own(names::A_FILTERS),
            view.own(names::A_FORMATTER),
            view.own(names::A_LOCK),
            view.own(names::A_STREAM),
        ) else {
            return Ok(Fit::Foreign);
        };
        let types = Types::get(py);
        let is_text_file = stream.get_type().is(types.text_file.bind(py));
        if !filters.cast_exact::<PyList>().is_ok_and(|filters| filters.is_empty())
            || !lock.get_type().is(types.lock.bind(py))
            || !(is_text_file || stream.get_type().is(types.string_file.bind(py)))
        {
            return Ok(Fit::Foreign);
        }
        let Some(Ok(terminator)) =
            view.class_value(names::M_TERMINATOR).map(Bound::cast_into_exact::<PyString>)
        else {
            return Ok(Fit::Foreign);
        };
        let formatter = if formatter.is_none() {
            globals.default_formatter.bind(py).clone()
        } else {
            formatter
        };
        let Some(compiled) = compiled_of(globals, &formatter)? else { return Ok(Fit::Foreign) };
        drop(view);
        Ok(Fit::Takes(Target { handler, compiled, lock, stream, terminator, is_text_file }))
    }

    /// Writes a line that ends with the terminator, under the handler's lock.
    pub(super) fn write(&self, line: &Bound<'py, PyAny>) -> PyResult<PyResult<()>> {
        let py = line.py();
        method::call_method(names::M_ACQUIRE.get(py), [&self.lock])?;
        let written = self.write_locked(line);
        method::call_method(names::M_RELEASE.get(py), [&self.lock])?;
        Ok(written)
    }

    fn write_locked(&self, line: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = line.py();
        method::call_method(names::N_WRITE.get(py), [&self.stream, line])?;
        if self.is_text_file {
            method::call_method(names::M_FLUSH.get(py), [&self.stream])?;
        }
        Ok(())
    }
}

/// The compiled pattern of a formatter, if it formats by one of those alone.
fn compiled_of(globals: &Globals, formatter: &Bound<'_, PyAny>) -> PyResult<Option<Rc<Compiled>>> {
    let py = formatter.py();
    let Some(view) = View::of(formatter) else { return Ok(None) };
    let native = |name| view.shape.native(name);
    let untouched = native(names::M_FORMAT) == Native::FormatterFormat
        && native(names::M_USES_TIME) == Native::FormatterUsesTime
        && native(names::M_FORMAT_TIME) == Native::Plain
        && native(names::M_FORMAT_MESSAGE) == Native::Plain
        && view.shape.plainly_true();
    if !untouched {
        return Ok(None);
    }
    let Some(style) = view.own(names::A_STYLE) else { return Ok(None) };
    let Some(style_view) = View::of(&style) else { return Ok(None) };
    let native = |name| style_view.shape.native(name);
    let untouched = native(names::M_FORMAT) == Native::StyleFormat
        && native(names::M_STYLE_FORMAT) == Native::PercentFormat
        && native(names::M_USES_TIME) == Native::StyleUsesTime;
    if !untouched || !own_asctime_search(&style_view) {
        return Ok(None);
    }
    let no_defaults = match style_view.own(names::A_DEFAULTS) {
        Some(defaults) => defaults.is_none(),
        None => false,
    };
    let Some(Ok(fmt)) = style_view.own(names::A_FMT).map(Bound::cast_into_exact::<PyString>) else {
        return Ok(None);
    };
    if !no_defaults {
        return Ok(None);
    }
    let Some(compiled) = pattern::compiled(&fmt) else { return Ok(None) };
    if compiled.time {
        let datefmt = view.own(names::A_DATEFMT).is_some_and(|datefmt| datefmt.is_none());
        if !datefmt || !clock::is_standard(py, globals, &view)? {
            return Ok(None);
        }
    }
    Ok(Some(compiled))
}

/// Whether the style looks for the time where its class of the standard library does.
fn own_asctime_search(style: &View<'_, '_>) -> bool {
    style.class_value(names::M_ASCTIME_SEARCH).is_some_and(|search| {
        search
            .cast_exact::<PyString>()
            .is_ok_and(|search| search.to_str().is_ok_and(|search| search == "%(asctime)"))
    })
}

/// Types of the interpreter's own that are met on the way.
struct Types {
    lock: Py<PyType>,
    text_file: Py<PyType>,
    string_file: Py<PyType>,
}

impl Types {
    fn get(py: Python<'_>) -> &Types {
        static TYPES: PyOnceLock<Types> = PyOnceLock::new();
        TYPES.get_or_init(py, || {
            let class = |module: &str, name: &str| {
                py.import(module)
                    .and_then(|module| module.getattr(name))
                    .and_then(|class| class.cast_into::<PyType>().map_err(PyErr::from))
                    // Without the type nothing is an instance of what stands in its place.
                    .unwrap_or_else(|_| py.get_type::<pyo3::types::PyEllipsis>())
                    .unbind()
            };
            Types {
                lock: class("_thread", "RLock"),
                text_file: class("_io", "TextIOWrapper"),
                string_file: class("_io", "StringIO"),
            }
        })
    }
}
