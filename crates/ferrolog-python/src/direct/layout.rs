//! A record as text, by a formatter whose methods below `format` are our own.

use ferrolog::Value;
use ferrolog::format::{Field, FormatError, Pattern, Source, Style};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyString};

use super::obstacle::{Found as _, Noting, On, Stop};
use super::table::{Noted, Opened, Table};
use super::target;
use super::time_format::TimeFormat;
use super::{pattern, shown};
use crate::facility::Facility;
use crate::names::{self, Name};
use crate::native::fields::Fields;
use crate::native::gil::GilCell;
use crate::native::shape::Shape;
use crate::native::text;
use crate::natives::Native;
use crate::record;

/// What a formatter makes of records, if its own code has no part in it.
struct Layout {
    form: Option<Form>,
}

struct Form {
    pattern: RecordPattern,
    /// How the time is shown, if the pattern asks for it.
    time: Option<TimeFormat>,
}

/// A pattern, and the attributes of a record that it asks for.
pub(super) struct RecordPattern {
    pattern: Pattern,
    time: bool,
    message_alone: bool,
    asks: Vec<Asked>,
}

enum Asked {
    /// One that every record has.
    Own(Name),
    /// Another.
    Other(Box<str>, Py<PyString>),
}

static LAYOUTS: Table<Layout> = Table::new();

/// The text that is made; kept, so that it is allocated once.
static BUFFER: GilCell<String> = GilCell::new(String::new());

/// A buffer that grew beyond this is given back.
const KEPT_CAPACITY: usize = 64 * 1024;

/// How far a record was formatted.
pub(crate) enum Laid<'py> {
    /// Nothing was done.
    Not,
    /// The record has its message.
    Message,
    /// The record has its message and, if the pattern asks for it, its time; this is its line.
    Line(Bound<'py, PyAny>),
}

/// Does of `Formatter.format` what can be done without calling any of the formatter's methods.
pub(crate) fn format<'py>(
    formatter: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Laid<'py>> {
    let Some(layout) = LAYOUTS.of(formatter, || Layout::find(formatter))? else {
        return Ok(Laid::Not);
    };
    let Some(Form { pattern, time }) = &layout.noted.found.form else { return Ok(Laid::Not) };
    let Some(fields) = Fields::of(&record.get_type()) else { return Ok(Laid::Not) };
    if !fields.has_own_message(record) {
        return Ok(Laid::Not);
    }
    let plain = record::shows_plainly(&fields, record);
    let message = record::message(record)?;
    Fields::put(Some(&fields), record, names::R_MESSAGE, message)?;
    // The message may have run other code.
    if !plain && !layout.noted.holds(formatter) {
        return Ok(Laid::Message);
    }
    if let Some(format) = time {
        let Some(time) = shown_time(format, &fields, record) else { return Ok(Laid::Message) };
        Fields::put(Some(&fields), record, names::R_ASCTIME, time.into_any())?;
    }
    let Some(values) = Values::of(pattern, &fields, record) else { return Ok(Laid::Message) };
    let py = record.py();
    let mut out = std::mem::take(&mut *BUFFER.borrow(py));
    out.clear();
    let line = match pattern.pattern.render(&values, &mut out) {
        Ok(()) => Laid::Line(text::new(py, &out).into_any()),
        // Python says what is wrong with it.
        Err(_) => Laid::Message,
    };
    if out.capacity() <= KEPT_CAPACITY {
        *BUFFER.borrow(py) = out;
    }
    Ok(line)
}

/// A formatter that makes lines without any code of its own.
pub(super) struct Lines<'py>(Opened<'py, Layout>);

impl<'py> Lines<'py> {
    /// Whether a formatter is one.
    pub(super) fn of(formatter: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let class = Shape::of(&formatter.get_type());
        if class.native(names::M_FORMAT) != Native::FormatterFormat {
            return Ok(None);
        }
        let layout = LAYOUTS.of(formatter, || Layout::find(formatter))?;
        Ok(layout.filter(|layout| layout.noted.found.form.is_some()).map(Lines))
    }

    /// Appends the line of a record, which then has its message and, if the pattern asks for it, its time. No other
    /// code runs. `false`: nothing was appended, as other code would have had to run.
    pub(super) fn append(&self, record: &Bound<'py, PyAny>, out: &mut String) -> PyResult<bool> {
        let Some(Form { pattern, time }) = &self.0.noted.found.form else { return Ok(false) };
        let Some(fields) = Fields::of(&record.get_type()) else { return Ok(false) };
        let is_none = |name| fields.get(record, name).is_some_and(|value| value.is_none());
        let tail = [names::R_EXC_INFO, names::R_EXC_TEXT, names::R_STACK_INFO];
        if !tail.into_iter().all(is_none)
            || !fields.has_own_message(record)
            || !record::shows_plainly(&fields, record)
        {
            return Ok(false);
        }
        let Ok(message) = record::message(record) else { return Ok(false) };
        Fields::put(Some(&fields), record, names::R_MESSAGE, message.clone())?;
        if let Some(format) = time {
            let Some(time) = shown_time(format, &fields, record) else { return Ok(false) };
            Fields::put(Some(&fields), record, names::R_ASCTIME, time.into_any())?;
        }
        if pattern.message_alone {
            let text = message.cast_exact::<PyString>().ok().and_then(|text| text.to_str().ok());
            out.push_str(text.unwrap_or_default());
            return Ok(text.is_some());
        }
        let Some(values) = Values::of(pattern, &fields, record) else { return Ok(false) };
        let begin = out.len();
        let made = pattern.pattern.render(&values, out).is_ok();
        if !made {
            out.truncate(begin);
        }
        Ok(made)
    }
}

/// The time of a record as text, as `formatTime` makes it.
fn shown_time<'py>(
    format: &TimeFormat,
    fields: &Fields,
    record: &Bound<'py, PyAny>,
) -> Option<Bound<'py, PyString>> {
    let float = |name| {
        let value = fields.get(record, name)?.cast_into_exact::<PyFloat>().ok()?;
        value.extract::<f64>().ok()
    };
    let (created, msecs) = (float(names::R_CREATED)?, float(names::R_MSECS)?);
    if !created.is_finite() || !(0.0..1000.0).contains(&msecs) {
        return None;
    }
    let mut shown = String::with_capacity(32);
    format.append(created, msecs, &mut shown).then(|| text::new(record.py(), &shown))
}

impl Layout {
    fn find(formatter: &Bound<'_, PyAny>) -> PyResult<Noted<Layout>> {
        let mut noting = Noting::default();
        let form = match Layout::form(formatter, &mut noting) {
            Ok(form) => form,
            Err(Stop::Obstacle) => None,
            Err(Stop::Failed(error)) => return Err(error),
        };
        Ok(Noted::new(formatter, noting.0, Layout { form }))
    }

    fn form(formatter: &Bound<'_, PyAny>, noting: &mut Noting) -> Result<Option<Form>, Stop> {
        let (py, on) = (formatter.py(), On::Formatter);
        let Some(view) = noting.meet(on, formatter)? else { return Ok(None) };
        let Some(facility) = Facility::find(formatter) else { return Ok(None) };
        let globals = facility.globals(py)?;
        noting.dict(facility.dict.bind(py));
        noting.methods(
            on,
            &view,
            &[
                (names::M_USES_TIME, Native::FormatterUsesTime),
                (names::M_FORMAT_TIME, Native::Plain),
                (names::M_FORMAT_MESSAGE, Native::Plain),
            ],
        )?;
        let Some(style) = noting.own(&view, names::A_STYLE) else { return Ok(None) };
        let Some((style, fmt)) = target::style_format(&style, noting)? else { return Ok(None) };
        let Some(pattern) = of_text(style, &fmt) else { return Ok(None) };
        if !pattern.time {
            return Ok(Some(Form { pattern, time: None }));
        }
        let time = TimeFormat::of(&globals, &view, noting)?;
        Ok(time.map(|time| Form { pattern, time: Some(time) }))
    }
}

/// The pattern of a text, if it is one.
fn of_text(style: Style, text: &Bound<'_, PyString>) -> Option<RecordPattern> {
    let (py, text) = (text.py(), text.to_str().ok()?);
    let pattern = Pattern::new(style, text).ok().filter(Pattern::is_portable)?;
    let mut asks = Vec::new();
    for field in pattern.fields() {
        let name = field.name();
        let own = names::RECORD_FIELDS.map(Name).find(|known| known.text() == name);
        asks.push(match own {
            Some(own) => Asked::Own(own),
            None => Asked::Other(name.into(), PyString::intern(py, name).unbind()),
        });
    }
    let time = pattern::asks_for_time(style, text);
    let message_alone = text == style.default_pattern();
    Some(RecordPattern { pattern, time, message_alone, asks })
}

/// The values of a record that a pattern asks for.
struct Values<'a, 'py> {
    pattern: &'a RecordPattern,
    values: Vec<Bound<'py, PyAny>>,
}

impl<'a, 'py> Values<'a, 'py> {
    /// `None` where one of them is missing.
    fn of(pattern: &'a RecordPattern, fields: &Fields, record: &Bound<'py, PyAny>) -> Option<Self> {
        let mut values = Vec::with_capacity(pattern.asks.len());
        for asked in &pattern.asks {
            let value = match asked {
                Asked::Own(name) => fields.get(record, *name)?,
                Asked::Other(_, name) => fields.other(record, name.bind(record.py()))?,
            };
            values.push(value);
        }
        Some(Values { pattern, values })
    }

    fn find(&self, field: &Field) -> Option<&Bound<'py, PyAny>> {
        let name = field.name();
        let asked = self.pattern.asks.iter().position(|asked| match asked {
            Asked::Own(own) => own.text() == name,
            Asked::Other(other, _) => **other == *name,
        });
        self.values.get(asked?)
    }
}

impl Source for Values<'_, '_> {
    /// `None` also where it is for Python to show.
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        shown::value(self.find(field)?)
    }

    fn append(&self, field: &Field, out: &mut String) -> Result<bool, FormatError> {
        let Some(Value::Str(text)) = self.value(field) else { return Ok(false) };
        out.push_str(text);
        Ok(true)
    }
}
