//! One call as a line of text.

use std::cell::OnceCell;

use ferrolog::Value;
use ferrolog::format::{Field, FormatError, Source};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString};

use super::message::Message;
use super::output::Done;
use super::pattern::Compiled;
use super::plan::{Opened, Plan};
use super::shown::Shown;
use super::target::{Fit, Target};
use super::{Entry, clock};
use crate::caller::Caller;
use crate::moment::Moment;
use crate::native::gil::GilCell;
use crate::native::text;
use crate::native::watch::Taken;
use crate::{place, running};

/// What a pattern may ask of a call.
pub(super) struct Line<'a, 'py> {
    number: i64,
    name: &'a str,
    level_name: Bound<'py, PyString>,
    message: Message<'a, 'py>,
    pub(super) moment: Moment,
    place: Option<Place<'py>>,
    thread_name: Option<Bound<'py, PyString>>,
    running: Option<Running<'py>>,
    /// The time as text, where it is not just appended.
    time: OnceCell<String>,
}

/// Where the call was made.
struct Place<'py> {
    pathname: Bound<'py, PyString>,
    function: Bound<'py, PyString>,
    line: i32,
}

/// What is asked for of who runs, besides the thread's name.
struct Running<'py> {
    thread: Shown<'py>,
    process: Shown<'py>,
    process_name: Shown<'py>,
    #[cfg(Py_3_12)]
    task_name: Shown<'py>,
}

/// The text under way; kept, so that it is allocated once.
static BUFFER: GilCell<String> = GilCell::new(String::new());

/// A buffer that grew beyond this is given back.
const KEPT_CAPACITY: usize = 64 * 1024;

/// How the making of a line ended.
pub(super) enum Made<'a, 'py> {
    Line(Line<'a, 'py>),
    /// Something about the call needs the long way: the arguments do not fit the message, or a text has no
    /// UTF-8 form, or the clock fails.
    Unfit,
    /// There is a line, but other code has run meanwhile, and has changed what the call meets.
    Overtaken,
}

impl<'a, 'py> Line<'a, 'py> {
    /// Finds out what the handlers that take the call's level want to know.
    pub(super) fn make(opened: &'a Opened<'py>, entry: &Entry<'a, 'py>) -> PyResult<Made<'a, 'py>> {
        let Some(way) = &opened.noted.found.way else { return Ok(Made::Unfit) };
        let patterns = way.handlers.iter().filter(|stage| stage.level <= entry.number);
        let patterns = patterns.filter_map(|stage| match &stage.fit {
            Fit::Takes(target) => Some(&*target.compiled),
            _ => None,
        });
        Line::with(opened, entry, patterns)
    }

    /// Finds out what patterns want to know.
    pub(super) fn with<'c>(
        opened: &'a Opened<'py>,
        entry: &Entry<'a, 'py>,
        patterns: impl Iterator<Item = &'c Compiled>,
    ) -> PyResult<Made<'a, 'py>> {
        let (plan, py) = (&opened.noted.found, entry.logger.py());
        let Some(way) = &plan.way else { return Ok(Made::Unfit) };
        let Ok(name) = way.name.bind(py).to_str() else { return Ok(Made::Unfit) };
        let Some(level_name) = plan.level_name(entry.level, entry.number)? else {
            return Ok(Made::Unfit);
        };
        let Some(moment) = Moment::of_system_now(py, &plan.globals) else {
            return Ok(Made::Unfit);
        };
        let Some(message) = Message::of(entry)? else { return Ok(Made::Unfit) };
        let mut overtaken = message.is_pythons();
        let mut line = Line {
            number: entry.number,
            name,
            level_name,
            message,
            moment,
            place: None,
            thread_name: None,
            running: None,
            time: OnceCell::new(),
        };
        for compiled in patterns {
            if compiled.caller && line.place.is_none() {
                let Some(place) = Place::find(py, plan)? else { return Ok(Made::Unfit) };
                line.place = Some(place);
                overtaken = true;
            }
            if compiled.thread_name && line.thread_name.is_none() {
                let Some(name) = thread_name(py, plan)? else { return Ok(Made::Unfit) };
                line.thread_name = Some(name);
                overtaken = true;
            }
            if compiled.running && line.running.is_none() {
                let Some(running) = Running::now(py, plan)? else { return Ok(Made::Unfit) };
                line.running = Some(running);
                overtaken = true;
            }
        }
        if overtaken && !opened.noted.holds(entry.logger) {
            return Ok(Made::Overtaken);
        }
        Ok(Made::Line(line))
    }

    /// The line as a text of Python, by a pattern that it was made for. `None` where it cannot be laid out.
    pub(super) fn laid_out(&self, compiled: &Compiled) -> Option<Bound<'py, PyString>> {
        let py = self.level_name.py();
        let mut out = std::mem::take(&mut *BUFFER.borrow(py));
        out.clear();
        let laid_out = compiled.pattern.render(self, &mut out).is_ok();
        let line = laid_out.then(|| text::new(py, &out));
        if out.capacity() <= KEPT_CAPACITY {
            *BUFFER.borrow(py) = out;
        }
        line
    }

    /// Whether Python was asked for a part of it, so that other code may have run.
    pub(super) fn asked_python(&self) -> bool {
        self.message.is_pythons()
    }

    /// The time as text, as the pattern asks for it.
    pub(super) fn time(&self) -> Option<Bound<'py, PyString>> {
        self.time_text().map(|time| text::new(self.level_name.py(), time))
    }

    fn time_text(&self) -> Option<&str> {
        if self.time.get().is_none() {
            let mut shown = String::with_capacity(32);
            if clock::append(self.moment.created, self.moment.msecs, &mut shown) {
                let _ = self.time.set(shown);
            }
        }
        self.time.get().map(String::as_str)
    }

    /// Lays the line out for a handler and has it written. The inner error is that of writing, or
    /// `None` where the line could not be laid out.
    pub(super) fn write(
        &self,
        target: &Target,
        taken: &Taken<'py>,
    ) -> PyResult<Result<Done, Option<PyErr>>> {
        let py = self.level_name.py();
        let mut out = std::mem::take(&mut *BUFFER.borrow(py));
        out.clear();
        let written = if target.compiled.pattern.render(self, &mut out).is_ok() {
            out.push_str(&target.output.terminator);
            target.write(taken, &out).map(|written| written.map_err(Some))
        } else {
            Ok(Err(None))
        };
        if out.capacity() <= KEPT_CAPACITY {
            *BUFFER.borrow(py) = out;
        }
        written
    }
}

/// A text that has a UTF-8 form.
fn utf8_text(value: Bound<'_, PyAny>) -> Option<Bound<'_, PyString>> {
    value.cast_into_exact::<PyString>().ok().filter(|text| text.to_str().is_ok())
}

impl<'py> Place<'py> {
    fn find(py: Python<'py>, plan: &Plan) -> PyResult<Option<Self>> {
        let caller = match &plan.globals.srcfile {
            None => Some(Caller::unknown(py)),
            Some(_) => Caller::find(py, &plan.globals, false, 1)?,
        };
        let Some(caller) = caller else { return Ok(None) };
        Ok(match (utf8_text(caller.pathname), utf8_text(caller.function)) {
            (Some(pathname), Some(function)) => {
                Some(Place { pathname, function, line: caller.line })
            }
            _ => None,
        })
    }
}

impl<'py> Running<'py> {
    fn now(py: Python<'py>, plan: &Plan) -> PyResult<Option<Self>> {
        let running = running::Running::now(py, &plan.globals)?;
        let shown = || {
            Some(Self {
                thread: Shown::of(running.thread)?,
                process: Shown::of(running.process)?,
                process_name: Shown::of(running.process_name)?,
                #[cfg(Py_3_12)]
                task_name: Shown::of(running.task_name)?,
            })
        };
        Ok(shown())
    }
}

fn thread_name<'py>(py: Python<'py>, plan: &Plan) -> PyResult<Option<Bound<'py, PyString>>> {
    Ok(utf8_text(running::thread_name(py, &plan.globals)?))
}

/// A text that is known to have a UTF-8 form.
fn utf8<'a>(text: &'a Bound<'_, PyString>) -> Value<'a> {
    Value::Str(text.to_str().unwrap_or_default())
}

impl Source for Line<'_, '_> {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        let file_name = |place: &'s Place<'_>| {
            let path = place.pathname.to_str().unwrap_or_default();
            path.rsplit_once('/').map_or(path, |(_, name)| name)
        };
        Some(match field {
            Field::Name => Value::Str(self.name),
            Field::LevelName => utf8(&self.level_name),
            Field::LevelNo => Value::Int(self.number),
            Field::Message => Value::Str(self.message.text()),
            Field::Msecs => Value::Float(self.moment.msecs),
            Field::Created => Value::Float(self.moment.created),
            Field::RelativeCreated => Value::Float(self.moment.relative),
            Field::PathName => utf8(&self.place.as_ref()?.pathname),
            Field::FileName => Value::Str(file_name(self.place.as_ref()?)),
            Field::Module => Value::Str(place::without_extension(file_name(self.place.as_ref()?))),
            Field::LineNo => Value::Int(self.place.as_ref()?.line.into()),
            Field::FuncName => utf8(&self.place.as_ref()?.function),
            Field::ThreadName => utf8(self.thread_name.as_ref()?),
            Field::Thread => self.running.as_ref()?.thread.value(),
            Field::Process => self.running.as_ref()?.process.value(),
            Field::ProcessName => self.running.as_ref()?.process_name.value(),
            #[cfg(Py_3_12)]
            Field::TaskName => self.running.as_ref()?.task_name.value(),
            Field::AscTime => Value::Str(self.time_text()?),
            _ => return None,
        })
    }

    fn append(&self, field: &Field, out: &mut String) -> Result<bool, FormatError> {
        match field {
            Field::AscTime => Ok(clock::append(self.moment.created, self.moment.msecs, out)),
            Field::Message => {
                out.push_str(self.message.text());
                Ok(true)
            }
            Field::Name => {
                out.push_str(self.name);
                Ok(true)
            }
            Field::LevelName => {
                out.push_str(self.level_name.to_str().unwrap_or_default());
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
