//! A record's attributes, as the network handlers send them.

use crate::format::{Field, FormatError, Source, exception};
use crate::record::Record;
use crate::value::Value;

/// A record's own attributes in the order in which they stand in Python's `LogRecord.__dict__`.
const ORDER: [Field; 21] = [
    Field::Name,
    Field::Msg,
    Field::Args,
    Field::LevelName,
    Field::LevelNo,
    Field::PathName,
    Field::FileName,
    Field::Module,
    Field::ExcInfo,
    Field::ExcText,
    Field::StackInfo,
    Field::LineNo,
    Field::FuncName,
    Field::Created,
    Field::Msecs,
    Field::RelativeCreated,
    Field::Thread,
    Field::ThreadName,
    Field::ProcessName,
    Field::Process,
    Field::TaskName,
];

/// Calls `visit` with each attribute of `record`, its own in Python's order, then the extra ones.
///
/// `msg` is `message`, `exc_info` is absent and `exc_text` is the error's text: an error does not travel.
/// There is neither `message` nor, unless it is extra, `asctime`.
pub(super) fn visit(
    record: &Record<'_>,
    message: Value<'_>,
    args: Value<'_>,
    visit: &mut dyn FnMut(&str, Value<'_>),
) -> Result<(), FormatError> {
    let mut text = String::new();
    if let (None, Some(error)) = (record.exc_text(), record.exc_info()) {
        exception::write_chain(error, &mut text)?;
    }
    for field in &ORDER {
        let value = match field {
            Field::Msg => message,
            Field::Args => args,
            Field::ExcInfo => Value::None,
            Field::ExcText if !text.is_empty() => Value::Str(&text),
            field => record.value(field).unwrap_or(Value::None),
        };
        visit(field.name(), value);
    }
    record.visit_extra(&mut |key, value| {
        if matches!(Field::new(key), Field::Other(_) | Field::AscTime) {
            visit(key, value);
        }
    });
    Ok(())
}
