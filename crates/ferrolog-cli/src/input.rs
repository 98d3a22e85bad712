//! Lines of an input, of a length that is bounded.

use std::io::{self, BufRead, Read};

/// The longest line that is read as one, in bytes; what is longer comes in pieces of this length, so that
/// no input can take memory without bound.
pub(crate) const LONGEST: usize = 16 * 1024 * 1024;

/// Reads an input line by line.
pub(crate) struct Lines<R> {
    input: R,
    longest: usize,
    buffer: Vec<u8>,
    number: u64,
    /// Whether the line before was only a piece of one.
    in_pieces: bool,
}

/// One line, or a piece of one that is too long.
pub(crate) struct Line<'b> {
    /// The line's number, from 1.
    pub(crate) number: u64,
    /// The line without its end.
    pub(crate) bytes: &'b [u8],
    /// Whether more of the same line follows or came before.
    pub(crate) is_piece: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self::of_length(input, LONGEST)
    }

    fn of_length(input: R, longest: usize) -> Self {
        Self { input, longest, buffer: Vec::new(), number: 0, in_pieces: false }
    }

    /// The next line; nothing at the end of the input.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let most = self.longest as u64 + 1;
        let read = (&mut self.input).take(most).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        let continued = self.in_pieces;
        if !continued {
            self.number += 1;
        }
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            if self.buffer.last() == Some(&b'\r') {
                self.buffer.pop();
            }
            self.in_pieces = false;
        } else {
            self.in_pieces = read as u64 == most;
        }
        let is_piece = continued || self.in_pieces;
        Ok(Some(Line { number: self.number, bytes: &self.buffer, is_piece }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &str, longest: usize) -> Vec<(u64, String, bool)> {
        let mut lines = Lines::of_length(input.as_bytes(), longest);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            let text = String::from_utf8_lossy(line.bytes).into_owned();
            found.push((line.number, text, line.is_piece));
        }
        found
    }

    #[test]
    fn ends_of_lines() {
        let expected = [(1, "a"), (2, ""), (3, "b"), (4, "c")]
            .map(|(number, text)| (number, text.to_owned(), false));
        assert_eq!(lines("a\n\nb\r\nc", 100), expected);
        assert_eq!(lines("a\n\nb\r\nc\n", 100), expected);
        assert_eq!(lines("", 100), []);
    }

    #[test]
    fn a_line_too_long_comes_in_pieces() {
        let found = lines("abcdefgh\nij\n", 3);
        let expected = [(1, "abcd", true), (1, "efgh", true), (1, "", true), (2, "ij", false)];
        assert_eq!(found, expected.map(|(number, text, piece)| (number, text.to_owned(), piece)));
    }
}
