//! Patterns that can be filled without a record, compiled once.

use std::rc::Rc;

use ferrolog::format::{Field, PercentPattern};
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

fn compile(text: &str) -> Option<Compiled> {
    let pattern = PercentPattern::new(text).ok()?;
    let known = |field: &Field| {
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
    };
    if !pattern.fields().all(known) {
        return None;
    }
    // The time as text may be asked for in one spelling only; `usesTime` looks for no other.
    let uses = |fields: &[Field]| fields.iter().any(|field| pattern.uses(field));
    let caller =
        uses(&[Field::PathName, Field::FileName, Field::Module, Field::LineNo, Field::FuncName]);
    let (time, thread_name) = (pattern.uses(&Field::AscTime), pattern.uses(&Field::ThreadName));
    Some(Compiled { pattern, time, caller, thread_name })
}
