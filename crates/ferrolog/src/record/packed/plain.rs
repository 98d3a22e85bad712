//! Records that are no more than plain values, so that nothing of others has to run to pack them.

use super::entries::{Entries, Head, Room, Size};
use crate::location::CallSite;
use crate::record::argument::{Argument, Arguments};
use crate::record::kind::Kind;
use crate::record::origin::Origin;
use crate::record::{Message, Place, Record};
use crate::value::Value;

/// [`Head::message`] where the message is made of the macro's template and its arguments. Any other number is the
/// length of its text.
pub(super) const TEMPLATE: u32 = u32::MAX;

/// A plain record, and how much room it takes.
pub(crate) struct Plain<'r> {
    record: &'r Record<'r>,
    site: &'static CallSite,
    /// The message, if it is a text.
    message: Option<&'r str>,
    arguments: Arguments<'r>,
    size: Size,
}

impl<'r> Plain<'r> {
    /// `record`, if it is that plain.
    #[inline(always)]
    pub(crate) fn new(record: &'r Record<'r>) -> Option<Self> {
        let simple = record.shadow.is_empty()
            && matches!(record.origin, Origin::Here)
            && record.extra.owned.is_empty()
            && record.extra.context.is_none();
        let Place::Macro(site) = record.place else { return None };
        if !simple {
            return None;
        }
        let (arguments, message) = match record.message {
            Message::Template(_, arguments) if arguments.kinds.are_plain() => (arguments, None),
            Message::Text(text) => (Arguments::NONE, Some(text)),
            _ => return None,
        };
        let mut words = arguments.values.len();
        let mut text = record.name.len() + message.map_or(0, str::len);
        if arguments.kinds.any_text() {
            text += arguments_text(arguments.values);
        }
        let attributes = record.extra.key_values;
        if !attributes.is_empty() {
            words += 2 * attributes.len();
            text += attributes_text(attributes)?;
        }
        let size = Size::new(words, text)?;
        Some(Self { record, site, message, arguments, size })
    }

    /// How many bytes it takes when it is packed.
    #[inline(always)]
    pub(crate) fn size(&self) -> usize {
        self.size.bytes()
    }

    #[inline(always)]
    pub(super) fn push(&self, entries: &mut Entries) {
        let record = self.record;
        let name = record.name.len() as u32;
        let message = self.message.map_or(TEMPLATE, |text| text.len() as u32);
        let site = Some(self.site);
        let head =
            Head::new(record.created, record.level, site, self.arguments.kinds, name, message);
        entries.push(head, self.size, |mut room| {
            room.text(record.name);
            if let Some(text) = self.message {
                room.text(text);
            }
            let arguments = self.arguments;
            if arguments.kinds.any_text() {
                room = write_arguments(arguments.values, room);
            } else {
                room.numbers(arguments.values);
            }
            match record.extra.key_values {
                [] => room,
                attributes => write_attributes(attributes, room),
            }
        });
    }
}

/// How many bytes of text these have.
#[inline(never)]
fn arguments_text(arguments: &[Argument<'_>]) -> usize {
    let text = |value: &Value<'_>| if let Value::Str(v) = value { v.len() } else { 0 };
    arguments.iter().flatten().map(text).sum()
}

/// How many bytes of text these have; nothing, if one of them is not plain. Apart, so that a record without any is
/// packed with few instructions.
#[inline(never)]
fn attributes_text(attributes: &[(&str, Value<'_>)]) -> Option<usize> {
    let mut text = 0;
    for (key, value) in attributes {
        text += key.len();
        Kind::of_plain(value)?;
        if let Value::Str(v) = value {
            if matches!(*key, "exc_info" | "exc_text") {
                return None;
            }
            text += v.len();
        }
    }
    Some(text)
}

// The room goes in and out as a value: one that had an address would not be kept in registers.

#[inline(never)]
fn write_arguments<'e>(arguments: &[Argument<'_>], mut room: Room<'e>) -> Room<'e> {
    arguments.iter().flatten().for_each(|value| room.value(value));
    room
}

#[inline(never)]
fn write_attributes<'e>(attributes: &[(&str, Value<'_>)], mut room: Room<'e>) -> Room<'e> {
    for (key, value) in attributes {
        let kind = Kind::of_plain(value).unwrap_or(Kind::None);
        room.word(kind.with_key(key.len()));
        room.text(key);
        room.value(value);
    }
    room
}
