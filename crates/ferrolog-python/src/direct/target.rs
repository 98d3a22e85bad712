//! A handler that takes a line: one of ours that writes to a stream of the interpreter's own.

use std::rc::Rc;

use ferrolog::format::Style;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString, PyType};

use super::before::Before;
use super::obstacle::{Found, On, Stop, What};
use super::output::{Done, Output};
use super::pattern::{self, Compiled, Form};
use super::time_format::TimeFormat;
use super::{before, check};
use crate::counts::Account;
use crate::facility::Facility;
use crate::globals::Globals;
use crate::handler::{failure, rotating};
use crate::names;
use crate::native::gil::GilOnce;
use crate::native::shape::{Shape, View};
use crate::native::watch::Taken;
use crate::native::{method, rlock};
use crate::natives::Native;
use crate::untouched;

/// What a handler is to a call.
pub(super) enum Fit {
    /// It does nothing.
    Nothing,
    /// It takes a line.
    Takes(Target),
    /// It has to be given a record.
    Foreign,
}

/// A handler that takes a line. Its objects are marks of the watch that it was noted in.
pub(super) struct Target {
    pub(super) handler: usize,
    pub(super) lock: usize,
    pub(super) form: Box<Form>,
    pub(super) output: Output,
    before: Before,
    emit: Native,
    account: Account,
}

/// The level from which on a handler takes records, if it is a plain number.
pub(super) fn level_of(view: &View<'_, '_>, found: &mut impl Found) -> Result<i64, Stop> {
    let level = found
        .own(view, names::A_LEVEL)
        .and_then(|level| level.cast_into_exact::<PyInt>().ok())
        .and_then(|level| level.extract().ok());
    if level.is_none() {
        found.found(On::Handler, What::Attribute(names::A_LEVEL, "an int"))?;
    }
    Ok(level.unwrap_or(i64::MIN))
}

impl Target {
    /// What a handler is to a call.
    pub(super) fn of(
        globals: &Globals,
        view: &View<'_, '_>,
        found: &mut impl Found,
    ) -> Result<Fit, Stop> {
        let (py, on) = (view.py(), On::Handler);
        let native = |name| view.shape.native(name);
        match native(names::M_HANDLE) {
            Native::NullHandle => return Ok(Fit::Nothing),
            Native::HandlerHandle => {}
            _ => found.found(on, What::Method(names::M_HANDLE))?,
        }
        found.methods(
            on,
            view,
            &[
                (names::M_FORMAT, Native::HandlerFormat),
                (names::M_ACQUIRE, Native::Plain),
                (names::M_RELEASE, Native::Plain),
            ],
        )?;
        check::filters(on, view, found)?;
        let types = Types::get(py);
        let lock =
            found.own(view, names::A_LOCK).filter(|lock| lock.get_type().is(types.lock.bind(py)));
        if lock.is_none() {
            found.found(on, What::Attribute(names::A_LOCK, "an RLock"))?;
        }
        let emit = native(names::M_EMIT);
        let (output, before) = match emit {
            Native::FileEmit if stream_emit_is_foreign(py, globals, found)? => {
                found.found(on, What::Base(names::G_STREAM_HANDLER, names::M_EMIT))?;
                (None, None)
            }
            Native::StreamEmit | Native::FileEmit | Native::RotatingEmit | Native::WatchedEmit => {
                (output_of(view, types, found)?, Before::of(globals, view, emit, found)?)
            }
            _ => {
                found.found(on, What::Method(names::M_EMIT))?;
                (None, None)
            }
        };
        let form = match found.own(view, names::A_FORMATTER) {
            Some(formatter) if formatter.is_none() => {
                form_of(globals, globals.default_formatter.bind(py), found)?
            }
            Some(formatter) => form_of(globals, &formatter, found)?,
            None => {
                found.found(on, What::Attribute(names::A_FORMATTER, "a formatter or None"))?;
                None
            }
        };
        Ok(match (form, lock, output, before) {
            (Some(form), Some(lock), Some(output), Some(before)) => {
                let (handler, lock) = (found.mark(view.object()), found.mark(&lock));
                let account = Account::default();
                Fit::Takes(Target { handler, lock, form, output, before, emit, account })
            }
            _ => Fit::Foreign,
        })
    }

    /// Writes a line that ends with the terminator, as `emit` does under the handler's lock.
    pub(super) fn write(&self, taken: &Taken<'_>, line: &str) -> PyResult<PyResult<Done>> {
        let (Some(handler), Some(lock)) = (taken.get(self.handler), taken.get(self.lock)) else {
            return Ok(Ok(Done::Busy));
        };
        if !rlock::is_available(lock) {
            return Ok(Ok(Done::Busy));
        }
        // The line as its handler counts it, ended by one line feed.
        let characters = || {
            let terminator = self.output.terminator.chars().count();
            line.chars().count() - terminator + 1
        };
        let asked_at_once = match &self.before {
            Before::Nothing => Some(true),
            Before::Size { limit, seeks } => self
                .output
                .position(taken, *seeks)
                .map(|position| before::fits(position, *limit, *seeks, characters)),
            _ => None,
        };
        match asked_at_once {
            Some(true) => return self.output.write(taken, lock, line),
            Some(false) => return Ok(Ok(Done::Busy)),
            None => {}
        }
        method::call_method(names::M_ACQUIRE.get(lock.py()), [lock])?;
        let may_write = match self.output.stream(taken) {
            Some(stream) => self.before.may_write(handler, stream, characters),
            None => Ok(false),
        };
        let written = match may_write {
            Ok(true) => self.output.write(taken, lock, line),
            Ok(false) => Ok(Ok(Done::Busy)),
            Err(error) => Ok(Err(error)),
        };
        method::call_method(names::M_RELEASE.get(lock.py()), [lock])?;
        written
    }

    /// Counts a line that was written.
    #[inline]
    pub(super) fn count(&self, taken: &Taken<'_>) {
        if let Some(handler) = taken.get(self.handler) {
            self.account.written(handler, 1);
        }
    }

    /// What becomes of an exception raised by writing.
    pub(super) fn failed<'py>(
        &self,
        facility: &Facility,
        handler: &Bound<'py, PyAny>,
        record: &Bound<'py, PyAny>,
        error: PyErr,
    ) -> PyResult<()> {
        let emission = self.account.begin(handler);
        let handled = failure::handle(facility, handler, record, error);
        let handled = match (self.emit, handled) {
            // The outer `emit` has one more look at what `handleError` raised in the inner one.
            (Native::RotatingEmit, Err(error)) => {
                rotating::failed(facility, handler, record, error)
            }
            (_, handled) => handled,
        };
        emission.end(&handled);
        handled
    }
}

/// Whether `FileHandler.emit` would call another `StreamHandler.emit` than the native one.
pub(super) fn stream_emit_is_foreign(
    py: Python<'_>,
    globals: &Globals,
    found: &mut impl Found,
) -> PyResult<bool> {
    if let Ok(class) = globals.stream_handler.bind(py).cast::<PyType>() {
        found.class(&Shape::of(class));
    }
    Ok(globals.foreign_stream_emit(py)?.is_some())
}

/// Where a handler that writes to a stream writes to, if that is a stream of the interpreter's own.
pub(super) fn output_of(
    view: &View<'_, '_>,
    types: &Types,
    found: &mut impl Found,
) -> Result<Option<Output>, Stop> {
    let (py, on) = (view.py(), On::Handler);
    found.methods(on, view, &[(names::M_FLUSH, Native::StreamFlush)])?;
    let stream = found.own(view, names::A_STREAM).filter(|stream| {
        let class = stream.get_type();
        class.is(types.text_file.bind(py)) || class.is(types.string_file.bind(py))
    });
    if stream.is_none() {
        let wanted = "a text file or a StringIO of the io module";
        found.found(on, What::Attribute(names::A_STREAM, wanted))?;
    }
    let terminator = view.class_value(names::M_TERMINATOR).and_then(exact_text);
    if terminator.is_none() {
        found.found(on, What::Value(names::M_TERMINATOR))?;
    }
    Ok(match (stream, terminator) {
        (Some(stream), Some(terminator)) => {
            let is_text_file = stream.get_type().is(types.text_file.bind(py));
            Some(Output::new(&stream, is_text_file, terminator, found.mark(&stream)))
        }
        _ => None,
    })
}

/// How a formatter makes lines, if it does so by a pattern alone.
pub(super) fn form_of(
    globals: &Globals,
    formatter: &Bound<'_, PyAny>,
    found: &mut impl Found,
) -> Result<Option<Box<Form>>, Stop> {
    let on = On::Formatter;
    let Some(view) = found.meet(on, formatter)? else { return Ok(None) };
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
    let Some(style) = found.own(&view, names::A_STYLE) else {
        found.found(on, What::Attribute(names::A_STYLE, "a style"))?;
        return Ok(None);
    };
    let Some(compiled) = compiled_style(&style, found)? else { return Ok(None) };
    if !compiled.time {
        return Ok(Some(Box::new(Form { compiled, time: None })));
    }
    let time = TimeFormat::of(globals, &view, found)?;
    Ok(time.map(|time| Box::new(Form { compiled, time: Some(time) })))
}

fn compiled_style(
    style: &Bound<'_, PyAny>,
    found: &mut impl Found,
) -> Result<Option<Rc<Compiled>>, Stop> {
    let Some((style, fmt)) = style_format(style, found)? else { return Ok(None) };
    let compiled = pattern::compiled(style, &fmt);
    if compiled.is_none() {
        found.found(On::Style, What::Pattern)?;
    }
    Ok(compiled)
}

/// Which style an object is that formats as one of ours, and the text of its pattern.
pub(super) fn style_format<'py>(
    object: &Bound<'py, PyAny>,
    found: &mut impl Found,
) -> Result<Option<(Style, Bound<'py, PyString>)>, Stop> {
    let on = On::Style;
    let Some(view) = found.meet(on, object)? else { return Ok(None) };
    let Some(style) = style_of(&view.shape) else {
        found.found(on, What::Method(names::M_STYLE_FORMAT))?;
        return Ok(None);
    };
    let uses_time = match style {
        Style::Percent | Style::Brace => Native::StyleUsesTime,
        Style::Dollar => Native::DollarUsesTime,
    };
    found.methods(
        on,
        &view,
        &[(names::M_FORMAT, Native::StyleFormat), (names::M_USES_TIME, uses_time)],
    )?;
    let search = view.class_value(names::M_ASCTIME_SEARCH).and_then(exact_text);
    if search.as_deref() != Some(pattern::asctime_search(style)) {
        found.found(on, What::Value(names::M_ASCTIME_SEARCH))?;
    }
    if !found.own(&view, names::A_DEFAULTS).is_some_and(|defaults| defaults.is_none()) {
        found.found(on, What::Attribute(names::A_DEFAULTS, "None"))?;
    }
    let Some(Ok(fmt)) = found.own(&view, names::A_FMT).map(Bound::cast_into_exact::<PyString>)
    else {
        found.found(on, What::Attribute(names::A_FMT, "a str"))?;
        return Ok(None);
    };
    if style == Style::Dollar && !is_template_of(&view, &fmt, found)? {
        found.found(on, What::Attribute(names::A_TPL, "a string.Template of its _fmt"))?;
    }
    Ok(Some((style, fmt)))
}

/// Which style a class formats as.
pub(super) fn style_of(class: &Shape) -> Option<Style> {
    match class.native(names::M_STYLE_FORMAT) {
        Native::PercentFormat => Some(Style::Percent),
        Native::BraceFormat => Some(Style::Brace),
        Native::DollarFormat => Some(Style::Dollar),
        _ => None,
    }
}

/// Whether what a style fills is a template of the interpreter's own, of this text.
fn is_template_of(
    style: &View<'_, '_>,
    fmt: &Bound<'_, PyString>,
    found: &mut impl Found,
) -> Result<bool, Stop> {
    let py = fmt.py();
    let Some(template) = found.own(style, names::A_TPL) else { return Ok(false) };
    let class = template.get_type();
    if !class.is(Types::get(py).template.bind(py)) {
        return Ok(false);
    }
    let attributes = class.getattr(names::N_DICT.get(py)).map_err(Stop::Failed)?;
    let substitute = attributes.get_item("substitute").map_err(Stop::Failed)?;
    if !untouched::is_of(&substitute, "Template.substitute", "string")? {
        return Ok(false);
    }
    let Some(view) = found.meet(On::Style, &template)? else { return Ok(false) };
    Ok(found.own(&view, names::A_TEMPLATE).is_some_and(|text| text.is(fmt)))
}

fn exact_text(value: Bound<'_, PyAny>) -> Option<String> {
    let text = value.cast_into_exact::<PyString>().ok()?;
    text.to_str().map(str::to_owned).ok()
}

/// Types of the interpreter's own that are met on the way.
pub(super) struct Types {
    pub(super) lock: Py<PyType>,
    text_file: Py<PyType>,
    string_file: Py<PyType>,
    template: Py<PyType>,
}

impl Types {
    pub(super) fn get(py: Python<'_>) -> &Types {
        static TYPES: GilOnce<Types> = GilOnce::new();
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
                template: class("string", "Template"),
            }
        })
    }
}
