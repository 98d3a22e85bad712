//! One call as a line of text.

use ferrolog::Value;
use ferrolog::format::{Field, FormatError, Source};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString};

use super::{Entry, clock, target::Target};
use crate::caller::Caller;
use crate::facility::Facility;
use crate::globals::Globals;
use crate::moment::Moment;
use crate::names;
use crate::native::gil::GilCell;
use crate::native::shape::View;
use crate::{levels, record};

/// What a pattern may ask of a call.
pub(super) struct Line<'a, 'py> {
    globals: &'a Globals,
    number: i64,
    name: Bound<'py, PyString>,
    level_name: Bound<'py, PyString>,
    message: Bound<'py, PyString>,
    moment: Moment,
    place: Option<Place<'py>>,
    thread_name: Option<Bound<'py, PyString>>,
}

/// Where the call was made.
struct Place<'py> {
    pathname: Bound<'py, PyString>,
    function: Bound<'py, PyString>,
    line: i32,
}

/// The text under way; kept, so that it is allocated once.
static BUFFER: GilCell<String> = GilCell::new(String::new());

/// A buffer that grew beyond this is given back.
const KEPT_CAPACITY: usize = 64 * 1024;

impl<'a, 'py> Line<'a, 'py> {
    /// `None` when something about the call needs the long way: the arguments do not fit the message,
    /// or a text has no UTF-8 form.
    pub(super) fn new(
        facility: &Facility,
        globals: &'a Globals,
        view: &View<'_, 'py>,
        entry: &Entry<'_, 'py>,
    ) -> PyResult<Option<Self>> {
        let py = entry.logger.py();
        let text = |value: Bound<'py, PyAny>| {
            value.cast_into_exact::<PyString>().ok().filter(|text| text.to_str().is_ok())
        };
        let Some(moment) = Moment::now(py, globals)? else { return Ok(None) };
        let Some(name) = view.own(names::A_NAME).and_then(text) else { return Ok(None) };
        let level_name = levels::level_name(facility, globals, entry.level)?;
        let Some(level_name) = text(level_name) else { return Ok(None) };
        let message = if entry.args.len() > entry.first {
            let args = entry.args.tuple_from(entry.first)?;
            match entry.msg.rem(args) {
                Ok(message) => message,
                Err(_) => return Ok(None),
            }
        } else {
            entry.msg.clone()
        };
        let Some(message) = text(message) else { return Ok(None) };
        Ok(Some(Line {
            globals,
            number: entry.number,
            name,
            level_name,
            message,
            moment,
            place: None,
            thread_name: None,
        }))
    }

    /// Lays the line out for a handler and has it written. The inner error is that of writing, or
    /// `None` where the line could not be laid out.
    pub(super) fn write(&mut self, target: &Target<'py>) -> PyResult<Result<(), Option<PyErr>>> {
        let py = target.handler.py();
        if !self.complete(py, target)? {
            return Ok(Err(None));
        }
        let mut out = std::mem::take(&mut *BUFFER.borrow(py));
        out.clear();
        let laid_out = target.compiled.pattern.render(self, &mut out).is_ok();
        let line = laid_out.then(|| {
            out.push_str(target.output.terminator.to_str().unwrap_or("\n"));
            PyString::new(py, &out).into_any()
        });
        if out.capacity() <= KEPT_CAPACITY {
            *BUFFER.borrow(py) = out;
        }
        match line {
            Some(line) => target.write(&line),
            None => Ok(Err(None)),
        }
    }

    /// Finds out what the target's pattern asks for and is not known yet. `false` when that cannot be
    /// told without a record.
    fn complete(&mut self, py: Python<'py>, target: &Target<'py>) -> PyResult<bool> {
        let text = |value: Bound<'py, PyAny>| {
            value.cast_into_exact::<PyString>().ok().filter(|text| text.to_str().is_ok())
        };
        if target.compiled.caller && self.place.is_none() {
            let caller = match &self.globals.srcfile {
                None => Some(Caller::unknown(py)),
                Some(_) => Caller::find(py, self.globals, false, 1)?,
            };
            let Some(caller) = caller else { return Ok(false) };
            let (Some(pathname), Some(function)) = (text(caller.pathname), text(caller.function))
            else {
                return Ok(false);
            };
            self.place = Some(Place { pathname, function, line: caller.line });
        }
        if target.compiled.thread_name && self.thread_name.is_none() {
            let thread = self.globals.threading.bind(py);
            let name = thread
                .call_method0(names::N_CURRENT_THREAD.get(py))?
                .getattr(intern!(py, "name"))?;
            self.thread_name = text(name);
            return Ok(self.thread_name.is_some());
        }
        Ok(true)
    }
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
            Field::Name => utf8(&self.name),
            Field::LevelName => utf8(&self.level_name),
            Field::LevelNo => Value::Int(self.number),
            Field::Message => utf8(&self.message),
            Field::Msecs => Value::Float(self.moment.msecs),
            Field::Created => Value::Float(self.moment.created),
            Field::RelativeCreated => Value::Float(self.moment.relative),
            Field::PathName => utf8(&self.place.as_ref()?.pathname),
            Field::FileName => Value::Str(file_name(self.place.as_ref()?)),
            Field::Module => Value::Str(record::without_extension(file_name(self.place.as_ref()?))),
            Field::LineNo => Value::Int(self.place.as_ref()?.line.into()),
            Field::FuncName => utf8(&self.place.as_ref()?.function),
            Field::ThreadName => utf8(self.thread_name.as_ref()?),
            // The time as text is appended; patterns that want it otherwise are not compiled.
            _ => return None,
        })
    }

    fn append(&self, field: &Field, out: &mut String) -> Result<bool, FormatError> {
        match field {
            Field::AscTime => Ok(clock::append(self.moment.created, self.moment.msecs, out)),
            Field::Message => {
                out.push_str(self.message.to_str().unwrap_or_default());
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
