//! Colours on a terminal.

use std::env;
use std::io::IsTerminal;

use super::{Format, FormatError};
use crate::level::Level;
use crate::record::Record;

/// Gives the text of another formatter a colour by the record's level, where it goes to a terminal.
///
/// | from level | colour |
/// |---|---|
/// | below `INFO` | dim |
/// | `INFO` | none |
/// | `WARNING` | yellow |
/// | `ERROR` | red |
/// | `CRITICAL` | bold red |
///
/// Whether there are colours is settled when the formatter is made: not with `NO_COLOR` set to something,
/// always with `FORCE_COLOR` set to something, not where `TERM` is `dumb`, otherwise on a terminal only.
///
/// ```
/// use ferrolog::format::ColorFormatter;
/// use ferrolog::{Format, Formatter, Level, Record};
///
/// // For a handler on standard error: ColorFormatter::new(formatter, &std::io::stderr())
/// let formatter = ColorFormatter::always(Formatter::new("%(levelname)s %(message)s")?)
///     .with_color(Level::WARNING, "35");
/// let mut text = String::new();
/// formatter.format(&Record::new("app", Level::WARNING, "hot"), &mut text)?;
/// assert_eq!(text, "\x1b[35mWARNING hot\x1b[0m");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// A message can hold escapes of its own: [`escape_controls`](super::FormatterBuilder::escape_controls)
/// of the formatter inside keeps them from the terminal.
///
/// Python 3.13 colours its tracebacks by the same rules.
#[derive(Clone, Debug)]
pub struct ColorFormatter<F> {
    inner: F,
    /// From the highest level to the lowest.
    colors: Vec<(Level, String)>,
    enabled: bool,
}

impl<F: Format> ColorFormatter<F> {
    /// Colours what `inner` makes, if `stream`, where it will go, takes colours.
    pub fn new(inner: F, stream: &impl IsTerminal) -> Self {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|term| term == "dumb");
        let enabled = wanted(
            variable("NO_COLOR").is_some(),
            variable("FORCE_COLOR").is_some(),
            !dumb && stream.is_terminal(),
        );
        Self { enabled, ..Self::always(inner) }
    }

    /// Colours what `inner` makes, wherever it goes.
    pub fn always(inner: F) -> Self {
        let colors = [
            (Level::CRITICAL, "1;31"),
            (Level::ERROR, "31"),
            (Level::WARNING, "33"),
            (Level::INFO, ""),
            (Level::new(i32::MIN), "2"),
        ];
        let colors = colors.map(|(level, color)| (level, color.to_owned())).into();
        Self { inner, colors, enabled: true }
    }

    /// The same, with another colour from `level` up to the next level that has one: the numbers of an
    /// SGR sequence, as in `"1;35"`, or nothing for no colour. Characters other than digits and `;` are
    /// left out.
    pub fn with_color(mut self, level: Level, sgr: &str) -> Self {
        let sgr = sgr.chars().filter(|c| c.is_ascii_digit() || *c == ';').collect();
        self.colors.retain(|(known, _)| *known != level);
        self.colors.push((level, sgr));
        self.colors.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
        self
    }

    /// Whether there are colours.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The formatter inside.
    pub fn inner(&self) -> &F {
        &self.inner
    }
}

/// Whether there are colours: the wish for none comes first.
fn wanted(no_color: bool, force_color: bool, terminal: bool) -> bool {
    !no_color && (force_color || terminal)
}

impl<F: Format> Format for ColorFormatter<F> {
    fn format(&self, record: &Record<'_>, out: &mut String) -> Result<(), FormatError> {
        let color = match self.colors.iter().find(|(level, _)| record.level() >= *level) {
            Some((_, color)) if self.enabled && !color.is_empty() => color,
            _ => return self.inner.format(record, out),
        };
        out.push_str("\x1b[");
        out.push_str(color);
        out.push('m');
        self.inner.format(record, out)?;
        out.push_str("\x1b[0m");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Formatter;

    fn format(formatter: &impl Format, level: i32) -> String {
        let mut out = String::new();
        formatter.format(&Record::new("n", Level::new(level), "m"), &mut out).unwrap();
        out
    }

    #[test]
    fn levels_have_their_colors() {
        let formatter = ColorFormatter::always(Formatter::default())
            .with_color(Level::new(25), "1;35x\x1b")
            .with_color(Level::ERROR, "");
        for (level, text) in [
            (-5, "\x1b[2mm\x1b[0m"),
            (10, "\x1b[2mm\x1b[0m"),
            (20, "m"),
            (25, "\x1b[1;35mm\x1b[0m"),
            (30, "\x1b[33mm\x1b[0m"),
            (45, "m"),
            (50, "\x1b[1;31mm\x1b[0m"),
        ] {
            assert_eq!(format(&formatter, level), text, "{level}");
        }
    }

    #[test]
    fn a_file_gets_none_unless_they_are_forced() {
        let file = tempfile::tempfile().unwrap();
        let formatter = ColorFormatter::new(Formatter::default(), &file);
        let variable = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let forced = variable("FORCE_COLOR") && !variable("NO_COLOR");
        assert_eq!(formatter.is_enabled(), forced);
        assert_eq!(format(&formatter, 30), if forced { "\x1b[33mm\x1b[0m" } else { "m" });
        assert!(wanted(false, true, false) && wanted(false, false, true));
        assert!(!wanted(true, true, true) && !wanted(false, false, false));
    }
}
