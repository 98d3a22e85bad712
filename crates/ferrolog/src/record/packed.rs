//! Records on their way to another thread, side by side: all of a record stands in one piece, behind that of the one
//! before, so that it takes no allocation of its own, and little memory passes from the thread that logs to the one
//! that delivers. What the whole program shares, as a macro's place, goes along by reference.

mod draft;
mod entries;
mod plain;
mod value;

pub(crate) use self::draft::Draft;
use self::draft::{PLACE, Ready, place_of};
pub(crate) use self::entries::ROOM;
use self::entries::{Entries, Entry, Head, Size};
pub(crate) use self::plain::Plain;
use self::plain::TEMPLATE;
use self::value::{Texts, read};
use super::argument::{Argument, Arguments};
use super::extra::Extra;
use super::kind::{Kind, Kinds};
use super::origin::{Origin, Stored};
use super::template::MOST;
use super::{Message, Place, Record, RecordOwned, current_thread_id};
use crate::level::Level;
use crate::location::Location;
use crate::value::{OwnedValue, Value};

/// Records that are packed. It is cheap to fill, to empty and to fill again. What changes with each record stands
/// together at the beginning.
#[derive(Default)]
#[repr(C)]
pub(crate) struct Packed {
    /// The thread that the last record comes from, if that has no error; 0 is none's.
    thread: u64,
    /// Of each record a head, as many words as it has values, and its texts.
    entries: Entries,
    /// Where the records come from: for each change of the thread the first one that comes from there.
    origins: Vec<(usize, Stored)>,
    /// The values that are no more than named by the entries.
    owned: Vec<OwnedValue>,
    /// The records that are more than an entry can say.
    wholes: Vec<RecordOwned>,
    /// Which records take more than their entries, and by how many bytes.
    beyond: Vec<(usize, usize)>,
}

/// [`Head::message`] where all of the record is one of [`Packed::wholes`]; its only word says which.
const WHOLE: u32 = TEMPLATE - 1;

/// How many key-values a record may have before they need an allocation to be looked at.
const ON_STACK: usize = 8;

impl Packed {
    /// How many records are in it.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// About how many bytes the record at `index` takes: what was said of it before it came in.
    pub(crate) fn size(&self, index: usize) -> usize {
        let beyond = self.beyond.binary_search_by_key(&index, |(index, _)| *index);
        self.entries.size(index) + beyond.map_or(0, |found| self.beyond[found].1)
    }

    /// Takes the draft in. Nothing of others runs in here.
    pub(crate) fn push(&mut self, draft: &mut Draft) {
        let beyond = draft.size_beyond();
        match draft.ready.take() {
            None => return,
            Some(Ready::Whole(record)) => {
                self.wholes.push(*record);
                let head = Head::new(0, Level::NOTSET, None, Kinds::NONE, 0, WHOLE);
                let which = self.wholes.len() as u64 - 1;
                self.entries.push(head, Size::NUMBER, |mut room| {
                    room.word(which);
                    room
                });
            }
            Some(Ready::Parts { level, created, name, message, site, exception, size }) => {
                match exception {
                    Some(text) => self.comes_with(text),
                    None => self.comes_from_here(),
                }
                let place = if site.is_some() { 0 } else { PLACE };
                let first = self.owned.len() as u64;
                self.owned.append(&mut draft.owned);
                let head = Head::new(created, level, site, Kinds::NONE, name, message);
                self.entries.push(head, size, |mut room| {
                    let (place, pairs) = draft.words.split_at(place);
                    place.iter().for_each(|word| room.word(*word));
                    for pair in pairs.as_chunks::<2>().0 {
                        let [key, mut word] = *pair;
                        if Kind::and_key(key).0 == Kind::Owned {
                            word += first;
                        }
                        room.word(key);
                        room.word(word);
                    }
                    room.text(&draft.text);
                    room
                });
            }
        }
        if beyond > 0 {
            self.beyond.push((self.len() - 1, beyond));
        }
    }

    /// Takes in a record that is plain. Nothing of others runs in here.
    #[inline]
    pub(crate) fn push_plain(&mut self, plain: &Plain<'_>) {
        self.comes_from_here();
        plain.push(&mut self.entries);
    }

    /// Says that the next record comes from this thread.
    #[inline]
    fn comes_from_here(&mut self) {
        if self.thread != current_thread_id() {
            self.change_thread();
        }
    }

    #[cold]
    #[inline(never)]
    fn change_thread(&mut self) {
        self.origins.push((self.len(), Stored::here()));
        self.thread = current_thread_id();
    }

    /// Says that the next record comes from this thread, with an error.
    fn comes_with(&mut self, exception: String) {
        self.origins.push((self.len(), Stored { exc_text: Some(exception), ..Stored::here() }));
        self.thread = 0;
    }

    fn origin(&self, index: usize) -> &Stored {
        &self.origins[self.origins.partition_point(|(first, _)| *first <= index) - 1].1
    }

    /// Calls `f` with a record.
    pub(crate) fn with<R>(&self, index: usize, f: impl FnOnce(&Record<'_>) -> R) -> R {
        let Entry { head, words, text } = self.entries.get(index);
        if head.message == WHOLE {
            return f(&self.wholes[words[0] as usize].as_record());
        }
        let mut texts = Texts(text);
        let name = texts.next(head.name);
        let mut arguments: [Argument<'_>; MOST] = [None; MOST];
        let (message, words) = match (head.message, head.site) {
            (TEMPLATE, Some(site)) => {
                let count = site.template.pieces().map_or(0, |(before, _)| before.len());
                let (values, words) = words.split_at(count);
                let arguments = &mut arguments[..count];
                for (index, (to, word)) in arguments.iter_mut().zip(values).enumerate() {
                    *to = Some(read(head.kinds.at(index), *word, &mut texts, &self.owned));
                }
                let arguments = Arguments { values: arguments, kinds: head.kinds };
                (Message::Template(&site.template, arguments), words)
            }
            (length, _) => (Message::Text(texts.next(length)), words),
        };
        let (place, pairs) = match (head.site, words.split_first_chunk()) {
            (None, Some((place, words))) => {
                let (lengths, line) = place_of(*place);
                let [file, module_path, function, template] =
                    lengths.map(|length| texts.next(length));
                let location = Location { file, line, module_path, function };
                (Place::Known(location, template), words)
            }
            (None, None) => unreachable!("a place is in the words, if it is not a macro's"),
            (Some(site), _) => (Place::Macro(site), words),
        };
        let pairs = pairs.as_chunks::<2>().0;
        let mut pair = |[key, word]: &[u64; 2]| {
            let (kind, key) = Kind::and_key(*key);
            (texts.next(key), read(kind, *word, &mut texts, &self.owned))
        };
        let mut few = [("", Value::None); ON_STACK];
        let many: Vec<_>;
        let key_values = if let Some(few) = few.get_mut(..pairs.len()) {
            few.iter_mut().zip(pairs).for_each(|(to, words)| *to = pair(words));
            &*few
        } else {
            many = pairs.iter().map(pair).collect();
            &many
        };
        f(&Record {
            name,
            level: head.level,
            message,
            created: head.created,
            place,
            extra: Extra { key_values, ..Extra::default() },
            origin: Origin::Stored(self.origin(index)),
            shadow: &[],
            bridged: false,
        })
    }

    /// Takes everything out, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.thread = 0;
        self.origins.clear();
        self.owned.clear();
        self.wholes.clear();
        self.beyond.clear();
    }
}

#[cfg(test)]
mod tests;
