//! Several records delivered at once, by handlers for which a record is no more than its line.

use crate::error::Error;

/// The lines of several records, one behind the other, each with the handler's terminator.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'l> {
    text: &'l str,
    ends: &'l [usize],
}

impl<'l> Lines<'l> {
    /// Lines that end at these places of `text`.
    pub(crate) fn new(text: &'l str, ends: &'l [usize]) -> Self {
        Self { text, ends }
    }

    /// All of them, as they stand behind each other.
    pub fn text(&self) -> &'l str {
        self.text
    }

    /// How many there are: at least one.
    #[allow(clippy::len_without_is_empty, reason = "there is at least one")]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where in [`Lines::text`] each ends.
    pub fn ends(&self) -> &'l [usize] {
        self.ends
    }

    /// Each by itself.
    pub fn iter(&self) -> impl Iterator<Item = &'l str> {
        let text = self.text;
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(self.ends).map(move |(start, end)| &text[start..*end])
    }

    /// How many of them lie as a whole within the first `bytes` of the text.
    pub fn within(&self, bytes: usize) -> usize {
        self.ends.partition_point(|end| *end <= bytes)
    }
}

/// What an [`Emit`](crate::Emit) may be besides: one that takes several lines at once.
///
/// A queue's listener gives it the records that have come together, and of threads that log at the same time
/// one writes for those that wait. What is promised of each record stays as it is: it is delivered, or its
/// own error is reported, before the call returns that it would be without this.
pub trait EmitLines {
    /// Delivers the lines, in their order.
    ///
    /// # Errors
    ///
    /// A line could not be delivered: how many before it were, and the error, which is that line's own.
    /// Nothing of that line has been delivered, nor of those behind it, which are given in a call of their
    /// own then.
    fn emit_lines(&mut self, lines: Lines<'_>) -> Result<(), (usize, Error)>;
}

/// Gives all of the lines to `emit`, whatever errors come up, and calls `failed` with each of these and the
/// place of its line among them. Says how many lines were delivered.
pub(super) fn emit_all(
    emit: &mut dyn EmitLines,
    text: &str,
    ends: &mut [usize],
    mut failed: impl FnMut(usize, Error),
) -> u64 {
    let (mut first, mut start, mut delivered) = (0, 0, 0);
    while first < ends.len() {
        let rest = Lines::new(&text[start..], &ends[first..]);
        let Err((done, error)) = emit.emit_lines(rest) else {
            delivered += ends.len() - first;
            break;
        };
        let done = done.min(ends.len() - first - 1);
        delivered += done;
        failed(first + done, error);
        let end = ends[first + done];
        first += done + 1;
        // The places count from where the text begins that is given next.
        ends[first..].iter_mut().for_each(|place| *place -= end);
        start += end;
    }
    delivered as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes every line but those that begin with an `x`.
    struct Picky(Vec<String>);

    impl EmitLines for Picky {
        fn emit_lines(&mut self, lines: Lines<'_>) -> Result<(), (usize, Error)> {
            for (index, line) in lines.iter().enumerate() {
                if line.starts_with('x') {
                    return Err((index, Error::Invalid(line.trim().to_owned())));
                }
                self.0.push(line.to_owned());
            }
            Ok(())
        }
    }

    #[test]
    fn each_error_is_its_own_line_s() {
        for lines in [&["a\n", "xb\n", "xc\n", "d\n", "xe\n"][..], &["a\n", "b\n"], &["x\n"]] {
            let text = lines.concat();
            let mut end = 0;
            let mut ends: Vec<_> = lines
                .iter()
                .map(|line| {
                    end += line.len();
                    end
                })
                .collect();
            let (mut picky, mut failures) = (Picky(Vec::new()), Vec::new());
            let delivered = emit_all(&mut picky, &text, &mut ends, |index, error| {
                failures.push((index, error.to_string()));
            });
            let (bad, good): (Vec<_>, Vec<_>) =
                lines.iter().enumerate().partition(|(_, line)| line.starts_with('x'));
            assert_eq!(delivered, good.len() as u64);
            assert_eq!(picky.0, good.iter().map(|(_, line)| **line).collect::<Vec<_>>());
            let bad: Vec<_> =
                bad.iter().map(|(index, line)| (*index, line.trim().to_owned())).collect();
            assert_eq!(failures, bad);
        }
    }

    #[test]
    fn lines_within() {
        let lines = Lines::new("a\nbc\nd\n", &[2, 5, 7]);
        assert_eq!(lines.iter().collect::<Vec<_>>(), ["a\n", "bc\n", "d\n"]);
        for (bytes, count) in [(0, 0), (1, 0), (2, 1), (4, 1), (5, 2), (7, 3)] {
            assert_eq!(lines.within(bytes), count, "{bytes}");
        }
    }
}
