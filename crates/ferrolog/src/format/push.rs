//! Text behind text, where most of it is short.

/// A text of at most this many bytes is copied without a call.
const SHORT: usize = 16;

/// Appends `text`, as [`String::push_str`] does.
#[inline(always)]
pub fn push(out: &mut String, text: &str) {
    Appender::new(out).push(text);
}

/// A sign, and the digits of the largest `u64`.
const LONGEST_INTEGER: usize = 1 + 20;

/// `00`, `01` and so on, up to `99`.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// Appends several texts to one, which is told its new length when this is dropped.
pub(crate) struct Appender<'o> {
    out: &'o mut Vec<u8>,
    /// Where the next text goes: within `out`'s room, what is before it being whole texts.
    next: *mut u8,
    /// Where that room ends.
    end: *mut u8,
}

impl<'o> Appender<'o> {
    #[inline(always)]
    pub(crate) fn new(out: &'o mut String) -> Self {
        // SAFETY: only whole texts are appended.
        let out = unsafe { out.as_mut_vec() };
        let room = out.spare_capacity_mut().as_mut_ptr_range();
        Self { next: room.start.cast(), end: room.end.cast(), out }
    }

    /// [`push`], here.
    #[inline(always)]
    pub(crate) fn push(&mut self, text: &str) {
        self.make_room(text.len());
        // SAFETY: there is room for all of the text from `next` on, which it cannot be in, as `out` is borrowed alone.
        unsafe {
            copy(text, self.next);
            self.next = self.next.add(text.len());
        }
    }

    /// [`Appender::push`] for a text that is followed by others.
    #[inline(always)]
    pub(crate) fn push_followed(&mut self, text: Followed<'_>) {
        match text.all.as_bytes().first_chunk::<SHORT>() {
            Some(first) if text.len <= SHORT => {
                self.make_room(SHORT);
                // SAFETY: there is room for so many bytes from `next` on, which they cannot be in, as `out` is borrowed
                // alone. So many as `len` says are a whole `str`.
                unsafe {
                    std::ptr::copy_nonoverlapping(first.as_ptr(), self.next, SHORT);
                    self.next = self.next.add(text.len);
                }
            }
            _ => self.push(text.as_str()),
        }
    }

    /// Appends an integer in decimal digits.
    ///
    /// They are written where they are to stand. Copied from where a library writes them, two at a time, they would
    /// be read before they are there, which takes as long as all else.
    #[inline(always)]
    pub(crate) fn push_integer(&mut self, negative: bool, magnitude: u64) {
        self.make_room(LONGEST_INTEGER);
        let len = digits(magnitude);
        // SAFETY: there is room for a sign and the digits of every `u64`. So many as `len` says are written, from the
        // last to the first: all have a pair but the first, where their count is odd.
        unsafe {
            *self.next = b'-';
            self.next = self.next.add(usize::from(negative));
            let (mut rest, mut at) = (magnitude, len);
            while at >= 2 {
                at -= 2;
                let pair = PAIRS[(rest % 100) as usize];
                rest /= 100;
                std::ptr::copy_nonoverlapping(pair.as_ptr(), self.next.add(at), 2);
            }
            if at == 1 {
                *self.next = b'0' + rest as u8;
            }
            self.next = self.next.add(len);
        }
    }

    #[inline(always)]
    fn make_room(&mut self, more: usize) {
        if self.end.addr() - self.next.addr() < more {
            self.settle();
            (self.next, self.end) = grow(self.out, more);
        }
    }

    #[inline(always)]
    fn settle(&mut self) {
        // SAFETY: `next` is within the room of `out`, or at its end, and what is before it was written.
        unsafe { self.out.set_len(self.next.offset_from_unsigned(self.out.as_ptr())) };
    }
}

impl Drop for Appender<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.settle();
    }
}

/// How many decimal digits a number has.
#[inline(always)]
fn digits(number: u64) -> usize {
    // Most are short, and a processor guesses right.
    match number {
        0..10 => 1,
        10..100 => 2,
        100..1_000 => 3,
        1_000..10_000 => 4,
        _ => number.ilog10() as usize + 1,
    }
}

/// Makes room for so many bytes; says where it begins and ends. What it is told is not the appender, which so can stay in
/// registers.
#[cold]
#[inline(never)]
fn grow(out: &mut Vec<u8>, more: usize) -> (*mut u8, *mut u8) {
    out.reserve(more);
    let room = out.spare_capacity_mut().as_mut_ptr_range();
    (room.start.cast(), room.end.cast())
}

/// Copies `text` to a place; a short one without a call.
///
/// # Safety
///
/// The place has room for as many bytes as `text` has, which is not in it.
#[inline(always)]
pub(crate) unsafe fn copy(text: &str, to: *mut u8) {
    let (from, len) = (text.as_ptr(), text.len());
    // SAFETY: what is written are the first `len` bytes, each copy being within both; copies may overlap one another,
    // not the text.
    unsafe {
        if len > SHORT {
            std::ptr::copy_nonoverlapping(from, to, len);
        } else if len >= 8 {
            std::ptr::copy_nonoverlapping(from, to, 8);
            std::ptr::copy_nonoverlapping(from.add(len - 8), to.add(len - 8), 8);
        } else if len >= 4 {
            std::ptr::copy_nonoverlapping(from, to, 4);
            std::ptr::copy_nonoverlapping(from.add(len - 4), to.add(len - 4), 4);
        } else if len > 0 {
            *to = *from;
            *to.add(len / 2) = *from.add(len / 2);
            *to.add(len - 1) = *from.add(len - 1);
        }
    }
}

/// A text, and what stands behind it in the same memory: where that is enough, a short text is copied without a look at
/// how short it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Followed<'t> {
    all: &'t str,
    len: usize,
}

impl<'t> Followed<'t> {
    pub(crate) const EMPTY: Self = Self { all: "", len: 0 };

    /// The first `len` bytes of `all`.
    pub(crate) const fn new(all: &'t str, len: usize) -> Self {
        assert!(all.is_char_boundary(len));
        Self { all, len }
    }

    pub(crate) fn as_str(&self) -> &'t str {
        &self.all[..self.len]
    }
}

/// A text of at most `ROOM` bytes that is copied with all its room, whatever its length: there is nothing to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Padded<const ROOM: usize> {
    bytes: [u8; ROOM],
    /// At most `ROOM`; so many bytes are the text.
    len: u8,
}

impl<const ROOM: usize> Padded<ROOM> {
    /// `text`, if there is room for it.
    pub(crate) const fn new(text: &str) -> Option<Self> {
        const { assert!(ROOM <= u8::MAX as usize) };
        let (text, mut bytes, mut at) = (text.as_bytes(), [0; ROOM], 0);
        if text.len() > ROOM {
            return None;
        }
        while at < text.len() {
            bytes[at] = text[at];
            at += 1;
        }
        Some(Self { bytes, len: text.len() as u8 })
    }

    pub(crate) fn as_str(&self) -> &str {
        // SAFETY: they are the bytes of a whole `str`.
        unsafe { str::from_utf8_unchecked(&self.bytes[..self.len as usize]) }
    }

    /// Appends the text.
    #[inline(always)]
    pub(crate) fn push_to(&self, out: &mut String) {
        // SAFETY: there is room for `ROOM` bytes behind `out`, which the text is in; so many are written, and those
        // that are made part of `out` are a whole `str`.
        unsafe {
            let out = out.as_mut_vec();
            out.reserve(ROOM);
            let to = out.as_mut_ptr().add(out.len());
            std::ptr::copy_nonoverlapping(self.bytes.as_ptr(), to, ROOM);
            out.set_len(out.len() + self.len as usize);
        }
    }
}

/// A text that is appended again and again, and mostly is short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    Short(Padded<16>),
    Long(Box<str>),
}

impl Default for Literal {
    fn default() -> Self {
        Self::of("")
    }
}

impl Literal {
    pub(crate) fn of(text: &str) -> Self {
        Padded::new(text).map_or_else(|| Self::Long(text.into()), Self::Short)
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Short(text) => text.as_str(),
            Self::Long(text) => text,
        }
    }

    /// Appends the text.
    #[inline(always)]
    pub(crate) fn push_to(&self, out: &mut String) {
        match self {
            Self::Short(text) => text.push_to(out),
            Self::Long(text) => out.push_str(text),
        }
    }
}

/// A text of at most `ROOM` bytes, of which `GAP` are filled in when it is appended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithGap<const ROOM: usize, const GAP: usize> {
    text: Padded<ROOM>,
    /// Where the gap begins: it is within the text, and begins and ends between characters.
    at: u8,
}

impl<const ROOM: usize, const GAP: usize> WithGap<ROOM, GAP> {
    /// `text`, whose bytes from `at` on are the gap, if there is room for it, and its ends are between characters.
    pub(crate) fn new(text: &str, at: usize) -> Option<Self> {
        text.get(at..at + GAP)?;
        Some(Self { text: Padded::new(text)?, at: at as u8 })
    }

    /// Appends the text, with `fill` in the gap, which as a whole it has to fill.
    #[inline(always)]
    pub(crate) fn push_to(&self, fill: &Padded<GAP>, out: &mut String) {
        let start = out.len();
        self.text.push_to(out);
        if fill.len as usize == GAP {
            // SAFETY: the gap is within what was just appended; what begins and ends between characters is replaced
            // by a whole `str`.
            unsafe {
                let gap = out.as_bytes_mut().as_mut_ptr().add(start + self.at as usize);
                std::ptr::copy_nonoverlapping(fill.bytes.as_ptr(), gap, GAP);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_as_push_str() {
        let text = "añb🦀cdefghijklmnopqrstuvwxyz";
        for end in 0..=text.len() {
            let Some(part) = text.get(..end) else { continue };
            let padded = Padded::<16>::new(part);
            assert_eq!(padded.is_some(), part.len() <= 16);
            let Some(padded) = padded else { continue };
            assert_eq!(padded.as_str(), part);
            for before in ["", "é", "a longer text than those that are short"] {
                let mut out = before.to_owned();
                padded.push_to(&mut out);
                assert_eq!(out, format!("{before}{part}"));
            }
        }
    }

    #[test]
    fn appended() {
        let long = "a longer text than those that are short";
        for room in [0, 5, 100] {
            let mut out = String::with_capacity(room);
            let mut text = Appender::new(&mut out);
            for part in ["", "é", "four", "eight by", long, "sixteen bytes ok"] {
                text.push(part);
            }
            drop(text);
            assert_eq!(out, ["éfoureight by", long, "sixteen bytes ok"].concat());
        }
    }

    #[test]
    fn integers() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        let near = powers.flat_map(|power| [power - 1, power, power + 1, power.wrapping_mul(7)]);
        for magnitude in near.chain(0..1000).chain([u64::MAX, u64::MAX - 1]) {
            for (negative, sign) in [(false, ""), (true, "-")] {
                let mut out = String::from("é");
                Appender::new(&mut out).push_integer(negative, magnitude);
                assert_eq!(out, format!("é{sign}{magnitude}"));
            }
        }
    }

    #[test]
    fn gaps() {
        let text = "12:00:00,000 é";
        let (fill, short) = (Padded::new(",123").unwrap(), Padded::new("x").unwrap());
        for at in 0..20 {
            let gap = WithGap::<16, 4>::new(text, at);
            // In the middle of a character, or behind the end.
            assert_eq!(gap.is_none(), at == 10 || at > 11, "{at}");
            let Some(gap) = gap else { continue };
            for (fill, expected) in [
                (&fill, [&text[..at], ",123", &text[at + 4..]].concat()),
                (&short, text.to_owned()),
            ] {
                let mut out = "é".to_owned();
                gap.push_to(fill, &mut out);
                assert_eq!(out, format!("é{expected}"), "{at}");
            }
        }
        assert!(WithGap::<8, 4>::new(text, 0).is_none());
    }

    #[test]
    fn as_push_str() {
        let text = "añb🦀cdefghijklmnopqrstuvwxyz";
        for start in 0..=text.len() {
            for end in start..=text.len() {
                let Some(part) = text.get(start..end) else { continue };
                for before in ["", "é", "a longer text than those that are short"] {
                    let mut out = before.to_owned();
                    push(&mut out, part);
                    assert_eq!(out, format!("{before}{part}"));
                }
            }
        }
    }
}
