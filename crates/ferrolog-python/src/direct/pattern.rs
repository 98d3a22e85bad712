//! Patterns that can be filled without a record, compiled once.

use std::fmt::Display;
use std::rc::Rc;

use ferrolog::Value;
use ferrolog::format::{Field, Pattern, Source, Style};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::time_format::TimeFormat;
use crate::native::gil::GilCell;

/// A pattern of which every field is known without a record.
pub(super) struct Compiled {
    pub(super) pattern: Pattern,
    /// It asks for the time as text.
    pub(super) time: bool,
    /// It asks for the place of the call.
    pub(super) caller: bool,
    /// It asks who runs.
    pub(super) who: Asked,
}

/// How a formatter makes a line of a call.
pub(super) struct Form {
    pub(super) compiled: Rc<Compiled>,
    /// How the time is shown, if the pattern asks for it.
    pub(super) time: Option<TimeFormat>,
}

/// What a pattern asks of who runs.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// The thread, its number or name.
    pub(super) thread: bool,
    pub(super) process: bool,
    pub(super) process_name: bool,
    pub(super) task_name: bool,
}

const SLOTS: usize = 64;

/// Recently used pattern texts, kept alive so that the same address is the same text.
static PATTERNS: GilCell<Vec<Option<Slot>>> = GilCell::new(Vec::new());

struct Slot {
    style: Style,
    text: Py<PyString>,
    compiled: Option<Rc<Compiled>>,
}

/// What `text` compiles to, if it can be filled without a record.
pub(super) fn compiled(style: Style, text: &Bound<'_, PyString>) -> Option<Rc<Compiled>> {
    let slot = (text.as_ptr() as usize >> 4) % SLOTS;
    let mut patterns = PATTERNS.borrow(text.py());
    if patterns.is_empty() {
        patterns.resize_with(SLOTS, || None);
    }
    match &patterns[slot] {
        Some(known) if known.text.is(text) && known.style == style => known.compiled.clone(),
        _ => {
            let compiled = text.to_str().ok().and_then(|text| compile(style, text)).map(Rc::new);
            let new = Slot { style, text: text.clone().unbind(), compiled: compiled.clone() };
            // What stood there is dropped when nothing is borrowed any more.
            let before = patterns[slot].replace(new);
            drop(patterns);
            drop(before);
            compiled
        }
    }
}

/// What keeps `text` from being filled without a record, in words.
pub(super) fn fault(style: Style, text: &str) -> Option<String> {
    match Pattern::new(style, text) {
        Ok(pattern) => fault_of(&pattern),
        Err(error) => Some(left_to_python(&error)),
    }
}

fn fault_of(pattern: &Pattern) -> Option<String> {
    if let Some(field) = pattern.fields().find(|field| !known(field)) {
        return Some(format!("its pattern asks for {field}, which only a record has"));
    }
    if !pattern.is_portable() {
        return Some(left_to_python(&"it shows a repr, or a number as the locale has it"));
    }
    pattern.render(&Probe, &mut String::new()).err().map(|error| left_to_python(&error))
}

fn left_to_python(reason: &dyn Display) -> String {
    format!("its pattern is left to Python's formatting: {reason}")
}

/// Stands for a call when it is tried whether a pattern can be laid out at all.
struct Probe;

impl Source for Probe {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        match field {
            Field::LevelNo | Field::LineNo | Field::Thread | Field::Process => Some(Value::Int(1)),
            Field::Created | Field::Msecs | Field::RelativeCreated => Some(Value::Float(1.0)),
            _ => Some(Value::Str("a")),
        }
    }
}

/// Whether `usesTime` says that a pattern asks for the time as text: what is looked for may stand there for other
/// reasons, too.
pub(super) fn asks_for_time(style: Style, text: &str) -> bool {
    match style {
        Style::Percent | Style::Brace => text.contains(asctime_search(style)),
        Style::Dollar => text.contains("$asctime") || text.contains(asctime_search(style)),
    }
}

/// The `asctime_search` of a style's class.
pub(super) fn asctime_search(style: Style) -> &'static str {
    match style {
        Style::Percent => "%(asctime)",
        Style::Brace => "{asctime",
        Style::Dollar => "${asctime}",
    }
}

/// Whether the field can be told without a record.
fn known(field: &Field) -> bool {
    matches!(
        field,
        Field::Name
            | Field::LevelName
            | Field::LevelNo
            | Field::Message
            | Field::AscTime
            | Field::Msecs
            | Field::Created
            | Field::RelativeCreated
            | Field::PathName
            | Field::FileName
            | Field::Module
            | Field::LineNo
            | Field::FuncName
            | Field::ThreadName
            | Field::Thread
            | Field::Process
            | Field::ProcessName
    ) || cfg!(Py_3_12) && *field == Field::TaskName
}

fn compile(style: Style, text: &str) -> Option<Compiled> {
    let pattern = Pattern::new(style, text).ok()?;
    if fault_of(&pattern).is_some() {
        return None;
    }
    let uses = |fields: &[Field]| fields.iter().any(|field| pattern.uses(field));
    let caller =
        uses(&[Field::PathName, Field::FileName, Field::Module, Field::LineNo, Field::FuncName]);
    let who = Asked {
        thread: uses(&[Field::Thread, Field::ThreadName]),
        process: pattern.uses(&Field::Process),
        process_name: pattern.uses(&Field::ProcessName),
        task_name: pattern.uses(&Field::TaskName),
    };
    Some(Compiled { pattern, time: asks_for_time(style, text), caller, who })
}
