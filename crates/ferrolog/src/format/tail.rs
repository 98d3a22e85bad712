//! Changes to the text that was appended last, in place: cut, filled up, escaped.
//!
//! A conversion appends its text where it is to stand and then fits it, so that nothing is laid out
//! anywhere else first.

use std::cell::Cell;
use std::fmt::{self, Write};

/// On which side a text is filled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
    Center,
}

/// Keeps the first `most` characters of what stands behind `start`.
pub(crate) fn cut(out: &mut String, start: usize, most: usize) {
    if out.len() - start > most
        && let Some((end, _)) = out[start..].char_indices().nth(most)
    {
        out.truncate(start + end);
    }
}

/// Fills what stands behind `start` up to `width` characters.
pub(crate) fn pad(out: &mut String, start: usize, width: usize, align: Align, fill: char) {
    if width == 0 {
        return;
    }
    let missing = width.saturating_sub(out[start..].chars().count());
    let before = match align {
        Align::Left => 0,
        Align::Right => missing,
        Align::Center => missing / 2,
    };
    insert_repeated(out, start, fill, before);
    out.extend(std::iter::repeat_n(fill, missing - before));
}

/// So many characters are inserted at once, which costs an allocation; fewer in pieces, each of which moves
/// what stands behind.
const MANY: usize = 1024;

/// Inserts `c`, `count` times, at `at`.
pub(crate) fn insert_repeated(out: &mut String, at: usize, c: char, count: usize) {
    if at == out.len() {
        return out.extend(std::iter::repeat_n(c, count));
    }
    if count > MANY {
        let tail = out.split_off(at);
        out.extend(std::iter::repeat_n(c, count));
        return out.push_str(&tail);
    }
    let mut chunk = Stack::<64>::new();
    let in_chunk = (64 / c.len_utf8()).min(count);
    for _ in 0..in_chunk {
        let _ = chunk.write_char(c);
    }
    let mut left = count;
    while left > 0 {
        let now = left.min(in_chunk);
        out.insert_str(at, &chunk.as_str()[..now * c.len_utf8()]);
        left -= now;
    }
}

thread_local! {
    static SCRATCH: Cell<String> = const { Cell::new(String::new()) };
}

/// A scratch text that grew beyond this is given back rather than kept.
const KEPT_CAPACITY: usize = 64 * 1024;

/// Writes what stands behind `start` anew, each character for which `special` says so through `write`.
pub(crate) fn escape(
    out: &mut String,
    start: usize,
    special: impl Fn(char) -> bool,
    mut write: impl FnMut(&mut String, char),
) {
    let Some(first) = out[start..].find(&special) else { return };
    let first = start + first;
    // Taken and put back: escaping inside of escaping finds an empty one and makes its own.
    let mut scratch = SCRATCH.try_with(Cell::take).unwrap_or_default();
    scratch.clear();
    scratch.push_str(&out[first..]);
    out.truncate(first);
    let mut rest = scratch.as_str();
    while let Some(at) = rest.find(&special) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        if let Some(c) = chars.next() {
            write(out, c);
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    if scratch.capacity() <= KEPT_CAPACITY {
        let _ = SCRATCH.try_with(|kept| kept.set(scratch));
    }
}

/// A short text on the stack.
pub(crate) struct Stack<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Stack<N> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

/// Fails where the text does not fit as a whole, and then takes none of it.
impl<const N: usize> Write for Stack<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitting() {
        for (text, most, width, align, expected) in [
            ("héllo", 2, 4, Align::Right, ">  hé"),
            ("héllo", 9, 0, Align::Left, ">héllo"),
            ("héllo", 0, 3, Align::Left, ">   "),
            ("hé", 2, 5, Align::Center, "> hé  "),
        ] {
            let mut out = format!(">{text}");
            cut(&mut out, 1, most);
            pad(&mut out, 1, width, align, ' ');
            assert_eq!(out, expected);
        }
        let mut out = "x".to_owned();
        pad(&mut out, 0, 200, Align::Right, '→');
        assert_eq!(out, format!("{}x", "→".repeat(199)));
        for count in [MANY, MANY + 1, 10 * MANY] {
            let mut out = "ab".to_owned();
            insert_repeated(&mut out, 1, '→', count);
            assert_eq!(out, format!("a{}b", "→".repeat(count)));
        }
    }

    #[test]
    fn escaping() {
        let mut out = "a\nb\nc\n".to_owned();
        escape(&mut out, 2, |c| c == '\n', |out, _| out.push_str("\\n"));
        assert_eq!(out, "a\nb\\nc\\n");
    }
}
