//! A macro's format string, read at compile time.

use crate::format::Followed;

/// How many places for arguments a format string may have that is laid out here.
pub(super) const MOST: usize = 8;

/// The format string of a macro. Where it has no more than plain places for arguments (`{}`), a message is put
/// together from its pieces and the arguments; all other strings are left to [`std::fmt`].
#[derive(Debug)]
pub(crate) struct Template {
    text: &'static str,
    /// What stands before each place and behind the last; nothing of it where the string has more to say.
    pieces: [Followed<'static>; MOST + 1],
    /// How many pieces there are.
    count: usize,
}

impl Template {
    /// Reads a valid format string, behind which `padding` bytes stand that are not part of it.
    pub(crate) const fn new(padded: &'static str, padding: usize) -> Self {
        let text = padded.split_at(padded.len() - padding).0;
        let mut template = Self { text, pieces: [Followed::EMPTY; MOST + 1], count: 0 };
        let (mut rest, mut at, mut places) = (padded, 0, 0);
        while at + padding < rest.len() {
            match rest.as_bytes()[at] {
                b'{' => {
                    let (before, behind) = rest.split_at(at);
                    let closes = behind.len() > 1 + padding && behind.as_bytes()[1] == b'}';
                    if !closes || places == MOST {
                        return template;
                    }
                    template.pieces[places] = Followed::new(rest, before.len());
                    places += 1;
                    (rest, at) = (behind.split_at(2).1, 0);
                }
                b'}' => return template,
                _ => at += 1,
            }
        }
        template.pieces[places] = Followed::new(rest, rest.len() - padding);
        template.count = places + 1;
        template
    }

    /// The format string as it stands in the source.
    #[inline]
    pub(crate) fn text(&self) -> &'static str {
        self.text
    }

    /// Whether plain places for arguments are all that there is to the string, and so many of them.
    #[inline]
    pub(super) fn has_places(&self, count: usize) -> bool {
        self.count == count + 1
    }

    /// What stands before each place for an argument, and what stands behind the last, if such places are all that
    /// there is to the string.
    #[inline]
    pub(super) fn pieces(&self) -> Option<(&[Followed<'static>], Followed<'static>)> {
        let (last, before) = self.pieces.get(..self.count)?.split_last()?;
        Some((before, *last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_places() {
        for (text, expected) in [
            ("", Some(&[""][..])),
            ("connected", Some(&["connected"])),
            ("{}", Some(&["", ""])),
            ("é {} took {} µs", Some(&["é ", " took ", " µs"])),
            ("{}{}{}{}{}{}{}{}", Some(&[""; 9])),
            ("{}{}{}{}{}{}{}{}{}", None),
            ("{{}}", None),
            ("{} {{}}", None),
            ("{name}", None),
            ("{0}", None),
            ("{:?}", None),
        ] {
            for padding in ["", "}", "{}", " {} and more"] {
                let padded: &'static str = format!("{text}{padding}").leak();
                let template = Template::new(padded, padding.len());
                let found = template.pieces().map(|(before, last)| {
                    before.iter().chain([&last]).map(Followed::as_str).collect::<Vec<_>>()
                });
                assert_eq!(found.as_deref(), expected, "{padded}");
                assert_eq!(template.text(), text);
            }
        }
    }
}
