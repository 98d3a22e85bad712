//! A handler that takes a line: one of ours that writes to a stream of the interpreter's own.

use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyString, PyType};

use super::before::Before;
use super::obstacle::{Found, On, Stop, What};
use super::pattern::{self, Compiled};
use super::{check, clock};
use crate::facility::Facility;
use crate::globals::Globals;
use crate::handler::{failure, rotating};
use crate::names;
use crate::native::method;
use crate::native::shape::View;
use crate::natives::Native;

/// What a handler is to a call.
pub(super) enum Fit<'py> {
    /// Its level is above the call's.
    Below,
    /// It does nothing.
    Nothing,
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
    pub(super) output: Output<'py>,
    before: Before,
    emit: Native,
}

/// Where a handler writes lines to.
pub(super) struct Output<'py> {
    stream: Bound<'py, PyAny>,
    is_text_file: bool,
    pub(super) terminator: Bound<'py, PyString>,
}

impl<'py> Target<'py> {
    /// What a handler is to a call at a level.
    #[inline]
    pub(super) fn of(
        globals: &Globals,
        handler: Bound<'py, PyAny>,
        number: i64,
        found: &mut impl Found,
    ) -> Result<Fit<'py>, Stop> {
        let py = handler.py();
        let on = On::Handler;
        let Some(view) = View::of(&handler) else {
            found.found(on, What::Hidden)?;
            return Ok(Fit::Foreign);
        };
        match level_of(&view) {
            Some(level) if number < level => return Ok(Fit::Below),
            Some(_) => {}
            None => found.found(on, What::Attribute(names::A_LEVEL, "an int"))?,
        }
        let native = |name| view.shape.native(name);
        match native(names::M_HANDLE) {
            Native::NullHandle => return Ok(Fit::Nothing),
            Native::HandlerHandle => {}
            _ => found.found(on, What::Method(names::M_HANDLE))?,
        }
        found.methods(
            on,
            &view,
            &[
                (names::M_FORMAT, Native::HandlerFormat),
                (names::M_ACQUIRE, Native::Plain),
                (names::M_RELEASE, Native::Plain),
            ],
        )?;
        check::filters(on, &view, found)?;
        let types = Types::get(py);
        let lock = view.own(names::A_LOCK).filter(|lock| lock.get_type().is(types.lock.bind(py)));
        if lock.is_none() {
            found.found(on, What::Attribute(names::A_LOCK, "an RLock"))?;
        }
        let emit = native(names::M_EMIT);
        let (output, before) = match emit {
            Native::FileEmit if globals.foreign_stream_emit(py)?.is_some() => {
                found.found(on, What::Base(names::G_STREAM_HANDLER, names::M_EMIT))?;
                (None, None)
            }
            Native::StreamEmit | Native::FileEmit | Native::RotatingEmit | Native::WatchedEmit => {
                (output_of(&view, types, found)?, Before::of(globals, &view, emit, found)?)
            }
            _ => {
                found.found(on, What::Method(names::M_EMIT))?;
                (None, None)
            }
        };
        let compiled = match view.own(names::A_FORMATTER) {
            Some(formatter) if formatter.is_none() => {
                compiled_of(globals, globals.default_formatter.bind(py), found)?
            }
            Some(formatter) => compiled_of(globals, &formatter, found)?,
            None => {
                found.found(on, What::Attribute(names::A_FORMATTER, "a formatter or None"))?;
                None
            }
        };
        drop(view);
        Ok(match (compiled, lock, output, before) {
            (Some(compiled), Some(lock), Some(output), Some(before)) => {
                Fit::Takes(Target { handler, compiled, lock, output, before, emit })
            }
            _ => Fit::Foreign,
        })
    }

    /// Writes a line that ends with the terminator, under the handler's lock. The inner error is that
    /// of writing, or `None` where the handler has to be given a record.
    pub(super) fn write(&self, line: &Bound<'py, PyAny>) -> PyResult<Result<(), Option<PyErr>>> {
        let py = line.py();
        method::call_method(names::M_ACQUIRE.get(py), [&self.lock])?;
        // The line as its handler counts it, ended by one line feed.
        let characters = || {
            let length = |text: &Bound<'py, PyAny>| text.len().unwrap_or(usize::MAX / 2);
            length(line) - length(self.output.terminator.as_any()) + 1
        };
        let written = match self.before.may_write(&self.handler, &self.output.stream, characters) {
            Ok(true) => self.write_locked(line).map_err(Some),
            Ok(false) => Err(None),
            Err(error) => Err(Some(error)),
        };
        method::call_method(names::M_RELEASE.get(py), [&self.lock])?;
        Ok(written)
    }

    /// What becomes of an exception raised by writing.
    pub(super) fn failed(
        &self,
        facility: &Facility,
        record: &Bound<'py, PyAny>,
        error: PyErr,
    ) -> PyResult<()> {
        let handled = failure::handle(facility, &self.handler, record, error);
        match (self.emit, handled) {
            // The outer `emit` has one more look at what `handleError` raised in the inner one.
            (Native::RotatingEmit, Err(error)) => {
                rotating::failed(facility, &self.handler, record, error)
            }
            (_, handled) => handled,
        }
    }

    fn write_locked(&self, line: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = line.py();
        method::call_method(names::N_WRITE.get(py), [&self.output.stream, line])?;
        if self.output.is_text_file {
            method::call_method(names::M_FLUSH.get(py), [&self.output.stream])?;
        }
        Ok(())
    }
}

/// Where a handler that writes to a stream writes to, if that is a stream of the interpreter's own.
#[inline]
fn output_of<'py>(
    view: &View<'_, 'py>,
    types: &Types,
    found: &mut impl Found,
) -> Result<Option<Output<'py>>, Stop> {
    let (py, on) = (view.py(), On::Handler);
    found.methods(on, view, &[(names::M_FLUSH, Native::StreamFlush)])?;
    let (mut stream, mut is_text_file) = (view.own(names::A_STREAM), false);
    if let Some(own) = &stream {
        let class = own.get_type();
        is_text_file = class.is(types.text_file.bind(py));
        if !is_text_file && !class.is(types.string_file.bind(py)) {
            stream = None;
        }
    }
    if stream.is_none() {
        let wanted = "a text file or a StringIO of the io module";
        found.found(on, What::Attribute(names::A_STREAM, wanted))?;
    }
    let terminator = view
        .class_value(names::M_TERMINATOR)
        .and_then(|terminator| terminator.cast_into_exact::<PyString>().ok());
    if terminator.is_none() {
        found.found(on, What::Value(names::M_TERMINATOR))?;
    }
    Ok(match (stream, terminator) {
        (Some(stream), Some(terminator)) => Some(Output { stream, is_text_file, terminator }),
        _ => None,
    })
}

/// A handler's level, if it is a plain number.
fn level_of(view: &View<'_, '_>) -> Option<i64> {
    let level = view.own(names::A_LEVEL)?.cast_into_exact::<PyInt>().ok()?;
    level.extract().ok()
}

/// The compiled pattern of a formatter, if it formats by one of those alone.
fn compiled_of(
    globals: &Globals,
    formatter: &Bound<'_, PyAny>,
    found: &mut impl Found,
) -> Result<Option<Rc<Compiled>>, Stop> {
    let on = On::Formatter;
    let Some(view) = View::of(formatter) else {
        found.found(on, What::Hidden)?;
        return Ok(None);
    };
    found.methods(
        on,
        &view,
        &[
            (names::M_FORMAT, Native::FormatterFormat),
            (names::M_USES_TIME, Native::FormatterUsesTime),
            (names::M_FORMAT_TIME, Native::Plain),
            (names::M_FORMAT_MESSAGE, Native::Plain),
        ],
    )?;
    if !view.shape.plainly_true() {
        found.found(on, What::Truth)?;
    }
    let Some(style) = view.own(names::A_STYLE) else {
        found.found(on, What::Attribute(names::A_STYLE, "a style"))?;
        return Ok(None);
    };
    let Some(compiled) = compiled_style(&style, found)? else { return Ok(None) };
    if compiled.time {
        if !view.own(names::A_DATEFMT).is_some_and(|datefmt| datefmt.is_none()) {
            found.found(on, What::Attribute(names::A_DATEFMT, "None"))?;
        }
        clock::check(globals, &view, found)?;
    }
    if compiled.thread_name && !globals.log_threads {
        found.found(on, What::ThreadNames)?;
    }
    Ok(Some(compiled))
}

fn compiled_style(
    style: &Bound<'_, PyAny>,
    found: &mut impl Found,
) -> Result<Option<Rc<Compiled>>, Stop> {
    let on = On::Style;
    let Some(view) = View::of(style) else {
        found.found(on, What::Hidden)?;
        return Ok(None);
    };
    found.methods(
        on,
        &view,
        &[
            (names::M_FORMAT, Native::StyleFormat),
            (names::M_STYLE_FORMAT, Native::PercentFormat),
            (names::M_USES_TIME, Native::StyleUsesTime),
        ],
    )?;
    // What follows is about patterns of the % style.
    if view.shape.native(names::M_STYLE_FORMAT) != Native::PercentFormat {
        return Ok(None);
    }
    if !own_asctime_search(&view) {
        found.found(on, What::Value(names::M_ASCTIME_SEARCH))?;
    }
    if !view.own(names::A_DEFAULTS).is_some_and(|defaults| defaults.is_none()) {
        found.found(on, What::Attribute(names::A_DEFAULTS, "None"))?;
    }
    let Some(Ok(fmt)) = view.own(names::A_FMT).map(Bound::cast_into_exact::<PyString>) else {
        found.found(on, What::Attribute(names::A_FMT, "a str"))?;
        return Ok(None);
    };
    let compiled = pattern::compiled(&fmt);
    if compiled.is_none() {
        found.found(on, What::Pattern)?;
    }
    Ok(compiled)
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
