//! Patterns that can be filled without a record, compiled once.

use std::rc::Rc;

use ferrolog::Value;
use ferrolog::format::{Field, FormatError, PercentPattern, Source};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::native::gil::GilCell;

/// A pattern of which every field is known without a record.
pub(super) struct Compiled {
    pub(super) pattern: PercentPattern,
    /// It asks for the time as text.
    pub(super) time: bool,
    /// It asks for the place of the call.
    pub(super) caller: bool,
    /// It asks for the thread's name.
    pub(super) thread_name: bool,
}

const SLOTS: usize = 64;

/// Recently used pattern texts, kept alive so that the same address is the same text.
static PATTERNS: GilCell<Vec<Option<Slot>>> = GilCell::new(Vec::new());

struct Slot {
    text: Py<PyString>,
    compiled: Option<Rc<Compiled>>,
}

/// What `text` compiles to, if it can be filled without a record.
pub(super) fn compiled(text: &Bound<'_, PyString>) -> Option<Rc<Compiled>> {
    let slot = (text.as_ptr() as usize >> 4) % SLOTS;
    let mut patterns = PATTERNS.borrow(text.py());
    if patterns.is_empty() {
        patterns.resize_with(SLOTS, || None);
    }
    match &patterns[slot] {
        Some(known) if known.text.is(text) => known.compiled.clone(),
        _ => {
            let compiled = text.to_str().ok().and_then(compile).map(Rc::new);
            // What stood there is dropped when nothing is borrowed any more.
            let before = patterns[slot]
                .replace(Slot { text: text.clone().unbind(), compiled: compiled.clone() });
            drop(patterns);
            drop(before);
            compiled
        }
    }
}

/// What keeps `text` from being filled without a record, in words.
pub(super) fn fault(text: &str) -> Option<String> {
    let pattern = match PercentPattern::new(text) {
        Ok(pattern) => pattern,
        Err(error) => return Some(format!("its pattern is left to Python's formatting: {error}")),
    };
    if let Some(field) = pattern.fields().find(|field| !known(field)) {
        return Some(format!("its pattern asks for {field}, which only a record has"));
    }
    let error = pattern.render(&Probe, &mut String::new()).err()?;
    Some(format!("its pattern is left to Python's formatting: {error}"))
}

/// Stands for a call when it is tried whether a pattern can be laid out at all.
struct Probe;

impl Source for Probe {
    fn value<'s>(&'s self, field: &'s Field) -> Option<Value<'s>> {
        match field {
            // Made as text only, for the conversions that take text.
            Field::AscTime => None,
            Field::LevelNo | Field::LineNo => Some(Value::Int(1)),
            Field::Created | Field::Msecs | Field::RelativeCreated => Some(Value::Float(1.0)),
            _ => Some(Value::Str("a")),
        }
    }

    fn append(&self, field: &Field, _out: &mut String) -> Result<bool, FormatError> {
        Ok(*field == Field::AscTime)
    }
}

/// Whether `usesTime` says that a pattern asks for the time as text.
pub(super) fn asks_for_time(text: &str) -> bool {
    text.contains("%(asctime)")
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
    )
}

fn compile(text: &str) -> Option<Compiled> {
    let pattern = PercentPattern::new(text).ok()?;
    if fault(text).is_some() {
        return None;
    }
    // The time as text may be asked for in one spelling only; `usesTime` looks for no other.
    let uses = |fields: &[Field]| fields.iter().any(|field| pattern.uses(field));
    let caller =
        uses(&[Field::PathName, Field::FileName, Field::Module, Field::LineNo, Field::FuncName]);
    let (time, thread_name) = (pattern.uses(&Field::AscTime), pattern.uses(&Field::ThreadName));
    Some(Compiled { pattern, time, caller, thread_name })
}
