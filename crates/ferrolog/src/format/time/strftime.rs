//! C's `strftime` as the GNU library has it in the C locale, which is what Python's `time.strftime` shows
//! on Linux.
//!
//! jiff has the calendar; its own `strtime` knows other directives and pads otherwise.

use std::fmt::Write;

use super::zone::Moment;
use crate::format::tail::{self, Align};

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Strftime {
    items: Vec<Item>,
    /// Python's buffer: a text that needs more characters comes out empty.
    most: usize,
}

#[derive(Clone, Debug)]
enum Item {
    Literal(String),
    /// What is no directive, shown as it stands, and the width that it is filled up to.
    Unknown(String, Directive),
    Directive(Directive),
    /// The offset as RFC 3339 writes it. No pattern has it; it is for the crate's own stamps.
    Offset,
}

#[derive(Clone, Copy, Debug)]
struct Directive {
    letter: char,
    pad: Option<Pad>,
    /// `^`: in capitals.
    upper: bool,
    /// `#`: in the other case, where a directive has one.
    swap: bool,
    width: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pad {
    Zero,
    Space,
    None,
}

impl Strftime {
    pub(crate) fn new(pattern: &str) -> Self {
        let mut most = 1024;
        while most < 256 * pattern.chars().count() {
            most *= 2;
        }
        let mut items = Vec::new();
        let mut rest = pattern;
        while let Some(at) = rest.find('%') {
            if at > 0 {
                items.push(Item::Literal(rest[..at].to_owned()));
            }
            let (item, length) = directive(&rest[at..], most);
            items.push(item);
            rest = &rest[at + length..];
        }
        if !rest.is_empty() {
            items.push(Item::Literal(rest.to_owned()));
        }
        Self { items, most }
    }

    /// `2003-07-08T16:49:45+02:00`.
    pub(crate) fn rfc3339() -> Self {
        let mut format = Self::new("%Y-%m-%dT%H:%M:%S");
        format.items.push(Item::Offset);
        format
    }

    pub(crate) fn render(&self, time: &Moment, out: &mut String) {
        let start = out.len();
        let mut length = 0;
        for item in &self.items {
            let before = out.len();
            match item {
                Item::Literal(text) => out.push_str(text),
                Item::Unknown(text, directive) => {
                    out.push_str(text);
                    directive.fill(before, out);
                }
                Item::Directive(directive) => directive.render(time, out),
                Item::Offset => offset(time.offset, out),
            }
            length += out[before..].chars().count();
            // Nothing that follows makes it shorter.
            if length >= self.most {
                return out.truncate(start);
            }
        }
    }
}

/// The item that `text` begins with, and how much of it that is.
fn directive(text: &str, most: usize) -> (Item, usize) {
    let mut found = Directive { letter: '%', pad: None, upper: false, swap: false, width: 0 };
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((_, flag)) = chars.next_if(|(_, c)| "_-0^#".contains(*c)) {
        match flag {
            '_' => found.pad = Some(Pad::Space),
            '-' => found.pad = Some(Pad::None),
            '0' => found.pad = Some(Pad::Zero),
            '^' => found.upper = true,
            _ => found.swap = true,
        }
    }
    while let Some((_, digit)) = chars.next_if(|(_, c)| c.is_ascii_digit()) {
        // A width beyond the buffer is as good as any other beyond it.
        let digit = digit.to_digit(10).unwrap_or(0) as usize;
        found.width = (found.width * 10 + digit).min(most);
    }
    let modifier = chars.next_if(|(_, c)| matches!(c, 'E' | 'O')).map(|(_, c)| c);
    let letter = chars.next();
    let length = letter.map_or(text.len(), |(at, c)| at + c.len_utf8());
    if let Some((_, letter)) = letter
        && is_known(letter, modifier)
    {
        return (Item::Directive(Directive { letter, ..found }), length);
    }
    let mut shown = text[..length].to_owned();
    // The library turns to capitals before it finds that these do not take the modifier.
    let swapped = found.swap && matches!(letter, Some((_, 'b' | 'h')));
    if found.upper || swapped {
        shown = shown.to_uppercase();
    }
    (Item::Unknown(shown, found), length)
}

/// Whether `letter` is a directive, with this modifier.
fn is_known(letter: char, modifier: Option<char>) -> bool {
    match modifier {
        None => "%aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ".contains(letter),
        Some('E') => "%cCnpPrRstTuxXyYzZ".contains(letter),
        Some(_) => "%bBCdegGhHIjklmMnpPrRsStTuUVwWyzZ".contains(letter),
    }
}

impl Directive {
    fn render(&self, time: &Moment, out: &mut String) {
        let start = out.len();
        let (date, clock) = (time.civil.date(), time.civil.time());
        let year = i64::from(date.year());
        let day = i64::from(date.day_of_year() - 1);
        let weekday = i64::from(date.weekday().to_sunday_zero_offset());
        let hour = i64::from(clock.hour());
        let hour12 = (hour + 11) % 12 + 1;
        match self.letter {
            'a' => self.name(&DAYS[weekday as usize][..3], out),
            'A' => self.name(DAYS[weekday as usize], out),
            'b' | 'h' => self.name(&MONTHS[date.month() as usize - 1][..3], out),
            'B' => self.name(MONTHS[date.month() as usize - 1], out),
            'c' => self.composite(time, "a b e H:M:S Y", out),
            'C' => self.number(1, Pad::Zero, year.div_euclid(100), out),
            'd' => self.number(2, Pad::Zero, date.day().into(), out),
            'D' | 'x' => self.composite(time, "m/d/y", out),
            'e' => self.number(2, Pad::Space, date.day().into(), out),
            'F' => self.composite(time, "Y-m-d", out),
            'g' => {
                let year = i64::from(date.iso_week_date().year());
                self.number(2, Pad::Zero, year.rem_euclid(100), out);
            }
            'G' => self.number(1, Pad::Zero, date.iso_week_date().year().into(), out),
            'H' => self.number(2, Pad::Zero, hour, out),
            'I' => self.number(2, Pad::Zero, hour12, out),
            'j' => self.number(3, Pad::Zero, day + 1, out),
            'k' => self.number(2, Pad::Space, hour, out),
            'l' => self.number(2, Pad::Space, hour12, out),
            'm' => self.number(2, Pad::Zero, date.month().into(), out),
            'M' => self.number(2, Pad::Zero, clock.minute().into(), out),
            'n' => out.push('\n'),
            'p' => out.push_str(match (hour < 12, self.swap) {
                (true, false) => "AM",
                (false, false) => "PM",
                (true, true) => "am",
                (false, true) => "pm",
            }),
            'P' => out.push_str(if hour < 12 { "am" } else { "pm" }),
            'r' => self.composite(time, "I:M:S p", out),
            'R' => self.composite(time, "H:M", out),
            's' => {
                let _ = write!(out, "{}", time.mktime());
            }
            'S' => self.number(2, Pad::Zero, clock.second().into(), out),
            't' => out.push('\t'),
            'T' | 'X' => self.composite(time, "H:M:S", out),
            'u' => self.number(1, Pad::Zero, (weekday + 6) % 7 + 1, out),
            'U' => self.number(2, Pad::Zero, (day - weekday + 7) / 7, out),
            'V' => self.number(2, Pad::Zero, date.iso_week_date().week().into(), out),
            'w' => self.number(1, Pad::Zero, weekday, out),
            'W' => self.number(2, Pad::Zero, (day - (weekday + 6) % 7 + 7) / 7, out),
            'y' => self.number(2, Pad::Zero, year.rem_euclid(100), out),
            'Y' => self.number(1, Pad::Zero, year, out),
            'z' => self.offset(time.offset, out),
            'Z' => time.with_abbreviation(|name| {
                out.push_str(name);
                if self.swap {
                    out[start..].make_ascii_lowercase();
                } else if self.upper {
                    out[start..].make_ascii_uppercase();
                }
            }),
            _ => out.push('%'),
        }
        if self.letter != 'z' {
            self.fill(start, out);
        }
    }

    fn name(&self, name: &str, out: &mut String) {
        let start = out.len();
        out.push_str(name);
        if self.upper || self.swap {
            out[start..].make_ascii_uppercase();
        }
    }

    /// Appends a number of at least `digits` digits, or as many as the width asks for.
    fn number(&self, digits: usize, pad: Pad, value: i64, out: &mut String) {
        let (pad, width) = (self.pad.unwrap_or(pad), digits.max(self.width));
        let minus = pad == Pad::Zero && value < 0;
        let start = out.len();
        let _ =
            if minus { write!(out, "{}", value.unsigned_abs()) } else { write!(out, "{value}") };
        // The formatting machinery takes no width beyond 65535.
        let fill = match pad {
            Pad::Zero => '0',
            Pad::Space => ' ',
            Pad::None => return,
        };
        tail::pad(out, start, width.saturating_sub(minus.into()), Align::Right, fill);
        if minus {
            out.insert(start, '-');
        }
    }

    /// `+hhmm`. The width counts for the sign and for the digits, each.
    fn offset(&self, seconds: i32, out: &mut String) {
        let start = out.len();
        out.push(if seconds < 0 { '-' } else { '+' });
        self.fill(start, out);
        let minutes = i64::from(seconds.abs() / 60);
        let digits = out.len();
        self.number(4, Pad::Zero, minutes / 60 * 100 + minutes % 60, out);
        self.fill(digits, out);
    }

    /// A text of other directives, each of which is a letter in `parts`.
    fn composite(&self, time: &Moment, parts: &str, out: &mut String) {
        for c in parts.chars() {
            if c.is_ascii_alphabetic() {
                let part = Self { letter: c, pad: None, upper: self.upper, swap: false, width: 0 };
                part.render(time, out);
            } else {
                out.push(c);
            }
        }
    }

    /// Fills the text behind `start` up to the width.
    fn fill(&self, start: usize, out: &mut String) {
        let fill = if self.pad == Some(Pad::Zero) { '0' } else { ' ' };
        tail::pad(out, start, self.width, Align::Right, fill);
    }
}

/// An offset as RFC 3339 writes it.
fn offset(seconds: i32, out: &mut String) {
    if seconds == 0 {
        return out.push('Z');
    }
    let minutes = seconds.abs() / 60;
    let sign = if seconds < 0 { '-' } else { '+' };
    let _ = write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::format::Zone;

    fn render(format: &Strftime) -> String {
        let mut out = String::new();
        format.render(&Moment::new(0, Zone::Utc), &mut out);
        out
    }

    /// The text ends at the first directive that goes beyond what Python allows, and nothing is filled up
    /// before it is shown.
    #[test]
    #[cfg_attr(miri, ignore = "it fills megabytes, which takes miri many minutes")]
    fn many_wide_directives_take_bounded_memory() {
        for directive in ["%65535d", "%65535Q", "%9999999d", "%9999999999é"] {
            let pattern = directive.repeat(500);
            let format = Strftime::new(&pattern);
            let kept: usize = format
                .items
                .iter()
                .map(|item| match item {
                    Item::Literal(text) | Item::Unknown(text, _) => text.capacity(),
                    _ => 0,
                })
                .sum();
            assert!(kept <= 8 * pattern.len(), "{directive}: {kept}");
            assert!(format.most <= 512 * pattern.len());
            let out = render(&format);
            assert_eq!(out, "");
            // One more directive than fits, of the widest, and the growth of the buffer.
            assert!(out.capacity() <= 4 * format.most, "{directive}: {}", out.capacity());
        }
    }

    /// Neither is a wide text moved piece by piece, nor the length counted from the start for each of many
    /// items: both would take minutes here.
    #[test]
    #[cfg_attr(miri, ignore = "it is about time, of which miri takes more")]
    fn many_directives_behind_a_wide_one_take_little_time() {
        let pattern = format!("{}%2086000d{}", "é".repeat(5_000), "%n".repeat(1_500));
        let begun = Instant::now();
        let out = render(&Strftime::new(&pattern));
        assert_eq!(out.len(), 2_086_000 + 10_000 + 1_500);
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    }
}
