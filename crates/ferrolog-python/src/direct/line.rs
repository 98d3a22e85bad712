//! One call as a line of text.

use std::cell::OnceCell;

use ferrolog::Value;
use ferrolog::format::{Field, FormatError, Source};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString};

use super::message::Message;
use super::output::Done;
use super::pattern::{Asked, Form};
use super::plan::{Opened, Plan};
use super::target::{Fit, Target};
use super::time_format::TimeFormat;
use super::{Entry, shown};
use crate::caller::Caller;
use crate::globals::Globals;
use crate::moment::Moment;
use crate::native::gil::GilCell;
use crate::native::text;
use crate::native::watch::Taken;
use crate::place;
use crate::running::{self, Modules};

/// What a pattern may ask of a call.
pub(super) struct Line<'a, 'py> {
    number: i64,
    name: &'a str,
    level_name: Bound<'py, PyString>,
    message: Message<'a, 'py>,
    pub(super) moment: Moment,
    place: Option<Place<'py>>,
    /// Elsewhere, as few patterns ask for it, and a line is moved about.
    who: Option<Box<Who<'py>>>,
}

/// Where the call was made.
struct Place<'py> {
    pathname: Bound<'py, PyString>,
    function: Bound<'py, PyString>,
    line: i32,
}

/// Who runs, as far as that is asked for.
#[derive(Default)]
struct Who<'py> {
    thread: Option<Bound<'py, PyAny>>,
    thread_name: Option<Bound<'py, PyAny>>,
    process: Option<Bound<'py, PyAny>>,
    process_name: Option<Bound<'py, PyAny>>,
    #[cfg(Py_3_12)]
    task_name: Option<Bound<'py, PyAny>>,
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
        let stages = way.handlers.iter().filter(|stage| stage.level <= entry.number);
        let forms = stages.filter_map(|stage| match &stage.fit {
            Fit::Takes(target) => Some(&*target.form),
            _ => None,
        });
        Line::with(opened, entry, forms)
    }

    /// Finds out what is to be known to make lines like these.
    pub(super) fn with<'c>(
        opened: &'a Opened<'py>,
        entry: &Entry<'a, 'py>,
        forms: impl Iterator<Item = &'c Form>,
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
            who: None,
        };
        for Form { compiled, .. } in forms {
            if compiled.caller && line.place.is_none() {
                let Some(place) = Place::find(py, plan)? else { return Ok(Made::Unfit) };
                line.place = Some(place);
                overtaken = true;
            }
            if compiled.who != Asked::default() {
                line.who.get_or_insert_default().ask(py, compiled.who, &plan.globals)?;
                overtaken = true;
            }
        }
        if overtaken && !opened.noted.holds(entry.logger) {
            return Ok(Made::Overtaken);
        }
        Ok(Made::Line(line))
    }

    /// The line as a text of Python, in a form that it was made for. `None` where it cannot be laid out.
    pub(super) fn laid_out(&self, form: &Form) -> Option<Bound<'py, PyString>> {
        let py = self.level_name.py();
        let mut out = std::mem::take(&mut *BUFFER.borrow(py));
        out.clear();
        let laid_out = self.append(form, &mut out);
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

    /// The time as text.
    pub(super) fn time(&self, format: &TimeFormat) -> Option<Bound<'py, PyString>> {
        let mut shown = String::with_capacity(32);
        let Moment { created, msecs, .. } = self.moment;
        format.append(created, msecs, &mut shown).then(|| text::new(self.level_name.py(), &shown))
    }

    /// Appends the line, if it can be laid out.
    fn append(&self, form: &Form, out: &mut String) -> bool {
        let filled = Filled { line: self, time: form.time.as_ref(), shown: OnceCell::new() };
        form.compiled.pattern.render(&filled, out).is_ok()
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
        let written = if self.append(&target.form, &mut out) {
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

impl<'py> Who<'py> {
    /// Finds out what a pattern asks for.
    fn ask(&mut self, py: Python<'py>, asked: Asked, globals: &Globals) -> PyResult<()> {
        let Asked { thread, process, process_name, task_name } = asked;
        if thread && self.thread.is_none() {
            let (number, name, _) = running::thread(py, globals)?;
            (self.thread, self.thread_name) = (Some(number), Some(name));
        }
        if process && self.process.is_none() {
            self.process = Some(running::process(py, globals)?.0);
        }
        if process_name && self.process_name.is_none() {
            let modules = Modules::now(py, globals)?;
            self.process_name = Some(running::process_name(py, globals, modules)?);
        }
        #[cfg(Py_3_12)]
        if task_name && self.task_name.is_none() {
            let modules = Modules::now(py, globals)?;
            self.task_name = Some(running::task_name(py, globals, modules)?);
        }
        #[cfg(not(Py_3_12))]
        let _ = task_name;
        Ok(())
    }
}

/// A text that is known to have a UTF-8 form.
fn utf8<'a>(text: &'a Bound<'_, PyString>) -> Value<'a> {
    Value::Str(text.to_str().unwrap_or_default())
}

/// A line, with the time as one formatter shows it.
struct Filled<'l, 'a, 'py> {
    line: &'l Line<'a, 'py>,
    time: Option<&'l TimeFormat>,
    /// The time as text, where it is not just appended.
    shown: OnceCell<String>,
}

impl Filled<'_, '_, '_> {
    fn append_time(&self, out: &mut String) -> bool {
        let Moment { created, msecs, .. } = self.line.moment;
        self.time.is_some_and(|time| time.append(created, msecs, out))
    }

    fn time(&self) -> Option<&str> {
        if self.shown.get().is_none() {
            let mut shown = String::with_capacity(32);
            if self.append_time(&mut shown) {
                let _ = self.shown.set(shown);
            }
        }
        self.shown.get().map(String::as_str)
    }
}

impl Source for Filled<'_, '_, '_> {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        let file_name = |place: &'s Place<'_>| {
            let path = place.pathname.to_str().unwrap_or_default();
            path.rsplit_once('/').map_or(path, |(_, name)| name)
        };
        let (line, place, who) = (self.line, self.line.place.as_ref(), self.line.who.as_deref());
        let shown = |object: &'s Option<Bound<'_, PyAny>>| shown::value(object.as_ref()?);
        Some(match field {
            Field::Name => Value::Str(line.name),
            Field::LevelName => utf8(&line.level_name),
            Field::LevelNo => Value::Int(line.number),
            Field::Message => Value::Str(line.message.text()),
            Field::AscTime => Value::Str(self.time()?),
            Field::Msecs => Value::Float(line.moment.msecs),
            Field::Created => Value::Float(line.moment.created),
            Field::RelativeCreated => Value::Float(line.moment.relative),
            Field::PathName => utf8(&place?.pathname),
            Field::FileName => Value::Str(file_name(place?)),
            Field::Module => Value::Str(place::without_extension(file_name(place?))),
            Field::LineNo => Value::Int(place?.line.into()),
            Field::FuncName => utf8(&place?.function),
            Field::Thread => shown(&who?.thread)?,
            Field::ThreadName => shown(&who?.thread_name)?,
            Field::Process => shown(&who?.process)?,
            Field::ProcessName => shown(&who?.process_name)?,
            #[cfg(Py_3_12)]
            Field::TaskName => shown(&who?.task_name)?,
            _ => return None,
        })
    }

    fn append(&self, field: &Field, out: &mut String) -> Result<bool, FormatError> {
        let line = self.line;
        match field {
            Field::AscTime => return Ok(self.append_time(out)),
            Field::Message => out.push_str(line.message.text()),
            Field::Name => out.push_str(line.name),
            Field::LevelName => out.push_str(line.level_name.to_str().unwrap_or_default()),
            _ => return Ok(false),
        }
        Ok(true)
    }
}
