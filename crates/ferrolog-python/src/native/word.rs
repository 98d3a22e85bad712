//! Words in memory that are to be what they were.
//!
//! Where only part of a word counts, the rest is compared with it: if that has changed, what rested on the word is
//! found out once more.

use std::ptr;

/// A word that was read, and where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    place: *const u64,
    value: u64,
}

impl Word {
    /// The pointer or number at `place`.
    ///
    /// # Safety
    /// It can be read, and has the size of a word.
    pub(super) unsafe fn of<T>(place: *const T) -> Word {
        debug_assert_eq!(size_of::<T>(), size_of::<u64>());
        // SAFETY: by the contract.
        unsafe { Word::at(place.cast()) }
    }

    /// The word at `place`.
    ///
    /// # Safety
    /// It can be read.
    pub(super) unsafe fn at(place: *const u64) -> Word {
        // SAFETY: by the contract.
        Word { place, value: unsafe { ptr::read_unaligned(place) } }
    }

    /// Whether it is what it was.
    ///
    /// # Safety
    /// It can be read.
    #[inline(always)]
    unsafe fn holds(&self) -> bool {
        // SAFETY: by the contract.
        unsafe { ptr::read_unaligned(self.place) == self.value }
    }
}

/// Whether all are what they were.
///
/// # Safety
/// Each can be read if those before it are what they were.
#[inline]
pub(super) unsafe fn all_hold(words: &[Word]) -> bool {
    // A few at a time: there is little to do for each.
    let mut fours = words.chunks_exact(4);
    // SAFETY: by the contract; they are looked at in their order, up to the first that is not what it was.
    unsafe {
        fours
            .by_ref()
            .all(|four| four[0].holds() && four[1].holds() && four[2].holds() && four[3].holds())
            && fours.remainder().iter().all(|word| word.holds())
    }
}

/// Adds a word, unless it is among them: it is compared once.
pub(super) fn add(words: &mut Vec<Word>, word: Word) {
    if !words.contains(&word) {
        words.push(word);
    }
}
