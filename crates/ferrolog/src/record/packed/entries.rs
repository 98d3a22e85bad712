//! The memory of packed records: of each a head, some words and some text, one behind the other, written with one
//! look at whether there is room.

use std::mem::{self, MaybeUninit};
use std::{slice, str};

use crate::format::push::copy;
use crate::level::Level;
use crate::location::CallSite;
use crate::record::kind::Kinds;
use crate::record::prefetch::prefetch_behind;

/// How many bytes of memory are taken at first, and for how many entries.
pub(crate) const ROOM: usize = 64 * 1024;
const ENTRIES: usize = 256;

/// Memory that grew beyond this is given back rather than kept.
const KEPT_CAPACITY: usize = 256 * 1024;

/// How many words and how many bytes of text an entry may have: so few that 32 bits tell each place in a block, which
/// is full with one such entry.
const LONGEST: usize = 1 << 28;

const WORD: usize = size_of::<u64>();
const HEAD: usize = size_of::<Head>() / WORD;
const _: () = assert!(HEAD * WORD == size_of::<Head>() && align_of::<Head>() <= align_of::<u64>());

/// What is known of a record besides its values and its texts.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) created: i64,
    /// The macro that made it, where all that is known of its place is in that.
    pub(super) site: Option<&'static CallSite>,
    /// Of which kinds its arguments are.
    pub(super) kinds: Kinds,
    pub(super) level: Level,
    /// Where in its text the name ends.
    pub(super) name: u32,
    /// What its message is; whoever reads the entry knows what this means.
    pub(super) message: u32,
    /// How many words the entry has; [`Entries::push`] sets it.
    words: u32,
}

/// How large an entry is.
#[derive(Clone, Copy)]
pub(super) struct Size {
    words: u32,
    /// In bytes.
    text: u32,
    /// How many words it takes with its head; no less than head, words and text do.
    all: usize,
}

/// Entries side by side. Each begins at a whole word.
#[derive(Default)]
pub(super) struct Entries {
    memory: Box<[MaybeUninit<u64>]>,
    /// How many words of that the entries take.
    used: usize,
    /// Where each entry's text ends, in bytes.
    ends: Vec<u32>,
}

/// An entry that is being read.
pub(super) struct Entry<'e> {
    pub(super) head: &'e Head,
    pub(super) words: &'e [u64],
    pub(super) text: &'e str,
}

/// What is still to be written of an entry.
pub(super) struct Room<'e> {
    words: &'e mut [MaybeUninit<u64>],
    text: &'e mut [MaybeUninit<u8>],
}

impl Head {
    #[inline(always)]
    pub(super) fn new(
        created: i64,
        level: Level,
        site: Option<&'static CallSite>,
        kinds: Kinds,
        name: u32,
        message: u32,
    ) -> Self {
        Self { created, site, kinds, level, name, message, words: 0 }
    }
}

impl Size {
    /// That of an entry with nothing but one word.
    pub(super) const NUMBER: Self = Self { words: 1, text: 0, all: HEAD + 1 };

    /// The size of an entry with so many words and so many bytes of text; nothing, if that is too large for places to
    /// be told with 32 bits.
    #[inline(always)]
    pub(super) fn new(words: usize, text: usize) -> Option<Self> {
        if words.max(text) > LONGEST {
            return None;
        }
        let all = HEAD + words + text.div_ceil(WORD);
        Some(Self { words: words as u32, text: text as u32, all })
    }

    /// How many bytes the entry takes.
    #[inline(always)]
    pub(super) fn bytes(self) -> usize {
        self.all * WORD
    }
}

impl Entries {
    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes the entry at `index` takes.
    pub(super) fn size(&self, index: usize) -> usize {
        (self.ends[index] as usize).next_multiple_of(WORD) - self.start(index) * WORD
    }

    /// The word at which the entry at `index` begins.
    fn start(&self, index: usize) -> usize {
        index.checked_sub(1).map_or(0, |before| (self.ends[before] as usize).div_ceil(WORD))
    }

    /// Adds an entry, whose words and text `fill` writes; what it returns is the room that is left.
    #[inline(always)]
    pub(super) fn push(&mut self, head: Head, size: Size, fill: impl FnOnce(Room<'_>) -> Room<'_>) {
        if size.all > self.memory.len() - self.used {
            self.grow(size.all);
        }
        let (words, text) = (size.words as usize, size.text as usize);
        let head = Head { words: size.words, ..head };
        // SAFETY: `used` is never more than the memory has, and `size.all` words of it are free behind that. They are
        // given out as three pieces, which do not overlap and are no more than that together. A head may stand at a
        // word, as is asserted above; the other two may be uninitialized, as they are.
        let room = unsafe {
            let at = self.memory.as_mut_ptr().add(self.used);
            at.cast::<Head>().write(head);
            Room {
                words: slice::from_raw_parts_mut(at.add(HEAD), words),
                text: slice::from_raw_parts_mut(at.add(HEAD + words).cast(), text),
            }
        };
        let left = fill(room);
        // What is read later has been written: the entry counts from here on only.
        assert!(left.words.is_empty() && left.text.is_empty(), "an entry is as large as was said");
        self.ends.push(((self.used + HEAD + words) * WORD + text) as u32);
        self.used += size.all;
        // The listener, on another processor, had these places last; the next entry finds them here.
        prefetch_behind(self.memory.as_ptr().wrapping_add(self.used));
    }

    /// Makes room for so many words more.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, size: usize) {
        let least = (self.used + size).max(ROOM / WORD);
        assert!(least <= u32::MAX as usize / WORD, "places are told with 32 bits");
        let mut memory = Box::new_uninit_slice(least);
        memory[..self.used].copy_from_slice(&self.memory[..self.used]);
        self.memory = memory;
        self.ends.reserve(ENTRIES);
    }

    pub(super) fn get(&self, index: usize) -> Entry<'_> {
        let end = self.ends[index] as usize;
        let start = self.start(index);
        // SAFETY: `push` has written the entry that begins and ends here: a head, then as many words as that says,
        // then whole texts. Nothing has been written there since, and nothing is while `self` is borrowed.
        unsafe {
            let at = self.memory.as_ptr().add(start);
            let head = &*at.cast::<Head>();
            let words = head.words as usize;
            let text = at.add(HEAD + words).cast();
            let len = end - (start + HEAD + words) * WORD;
            Entry {
                head,
                words: slice::from_raw_parts(at.add(HEAD).cast(), words),
                text: str::from_utf8_unchecked(slice::from_raw_parts(text, len)),
            }
        }
    }

    /// Takes everything out, and keeps the memory.
    pub(super) fn clear(&mut self) {
        if self.memory.len() * WORD > KEPT_CAPACITY {
            self.memory = Box::default();
        }
        self.used = 0;
        self.ends.clear();
    }
}

impl Room<'_> {
    /// Writes the next word.
    #[inline(always)]
    pub(super) fn word(&mut self, word: u64) {
        if let Some((to, rest)) = mem::take(&mut self.words).split_first_mut() {
            to.write(word);
            self.words = rest;
        } else {
            more_than_said();
        }
    }

    /// Writes a word for each of `values`.
    #[inline(always)]
    pub(super) fn words<V>(&mut self, values: &[V], word: impl Fn(&V) -> u64) {
        let Some((to, rest)) = mem::take(&mut self.words).split_at_mut_checked(values.len()) else {
            more_than_said()
        };
        self.words = rest;
        for (to, value) in to.iter_mut().zip(values) {
            to.write(word(value));
        }
    }

    /// Writes what comes next of the text.
    #[inline(always)]
    pub(super) fn text(&mut self, text: &str) {
        let Some((to, rest)) = mem::take(&mut self.text).split_at_mut_checked(text.len()) else {
            more_than_said()
        };
        self.text = rest;
        // SAFETY: the place has as many bytes as the text, which is not in it, as it is borrowed alone.
        unsafe { copy(text, to.as_mut_ptr().cast()) };
    }
}

#[cold]
fn more_than_said() -> ! {
    panic!("an entry is as large as was said")
}
