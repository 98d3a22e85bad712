//! Points in time as text, by a `strftime` pattern.

mod strftime;
mod zone;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use self::strftime::Strftime;
use self::zone::Moment;
pub use self::zone::Zone;
use super::Padded;

/// A `strftime` pattern. The text of the last seconds asked for is kept, for each thread, so that a
/// record pays for the calendar once a second only.
///
/// ```
/// use ferrolog::format::{TimeFormat, Zone};
///
/// let mut text = String::new();
/// TimeFormat::new("%-d %b %Y, %k:%M", Zone::Utc).render(1_000_000_000, &mut text);
/// assert_eq!(text, "9 Sep 2001,  1:46");
/// ```
///
/// Python: `time.strftime` on Linux, where it is that of the GNU C library in the C locale, on every
/// system: the flags `_-0^#`, widths, the modifiers `E` and `O`. What is no directive is shown as it
/// stands. A text far longer than its pattern (256 times, and more than 1024 characters) is empty, as it
/// is in Python.
#[derive(Debug)]
pub struct TimeFormat {
    pattern: Box<str>,
    compiled: Strftime,
    zone: Zone,
    id: u64,
}

/// How many patterns' texts a thread keeps.
const KEPT: usize = 4;

/// A text that grew beyond this is not kept.
const KEPT_CAPACITY: usize = 4096;

struct Entry {
    id: u64,
    second: i64,
    text: String,
    /// The text, where it is as short as most are.
    short: Option<Padded<32>>,
}

impl Entry {
    #[inline]
    fn push_to(&self, out: &mut String) {
        match &self.short {
            Some(text) => text.push_to(out),
            None => out.push_str(&self.text),
        }
    }
}

thread_local! {
    static RECENT: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

impl TimeFormat {
    /// A pattern on the clock of `zone`.
    pub fn new(pattern: &str, zone: Zone) -> Self {
        Self::compiled(pattern, Strftime::new(pattern), zone)
    }

    /// `2003-07-08T16:49:45+02:00`, with `Z` for an offset of zero.
    pub(crate) fn rfc3339(zone: Zone) -> Self {
        Self::compiled("", Strftime::rfc3339(), zone)
    }

    fn compiled(pattern: &str, compiled: Strftime, zone: Zone) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { pattern: pattern.into(), compiled, zone, id }
    }

    /// The pattern, as it was given.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The clock.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// Appends the time `second`, in seconds since the epoch, to `out`. Beyond the year 9999 it is the
    /// epoch.
    ///
    /// Costs a copy where this thread asked for the same second last, and a calendar computation (less
    /// than a microsecond) where it did not.
    pub fn render(&self, second: i64, out: &mut String) {
        let cached = RECENT.try_with(|recent| {
            let Ok(mut recent) = recent.try_borrow_mut() else { return false };
            if let Some(entry) = recent.first()
                && entry.id == self.id
                && entry.second == second
            {
                entry.push_to(out);
                return true;
            }
            let at = recent.iter().position(|entry| entry.id == self.id).unwrap_or_else(|| {
                if recent.len() < KEPT {
                    recent.push(Entry { id: self.id, second, text: String::new(), short: None });
                } else {
                    recent.rotate_left(1);
                }
                recent.len() - 1
            });
            let entry = &mut recent[at];
            if entry.id != self.id || entry.second != second || entry.text.is_empty() {
                entry.id = self.id;
                entry.second = second;
                entry.text.clear();
                self.compute(second, &mut entry.text);
                entry.short = Padded::new(&entry.text);
            }
            entry.push_to(out);
            if entry.text.capacity() > KEPT_CAPACITY {
                entry.text = String::new();
                // Nobody's.
                entry.id = u64::MAX;
            }
            true
        });
        if cached != Ok(true) {
            self.compute(second, out);
        }
    }

    fn compute(&self, second: i64, out: &mut String) {
        self.compiled.render(&Moment::new(second, self.zone), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(pattern: &str, second: i64) -> String {
        let mut out = String::new();
        TimeFormat::new(pattern, Zone::Utc).render(second, &mut out);
        out
    }

    #[test]
    fn patterns() {
        assert_eq!(utc("%Y-%m-%d %H:%M:%S", 1_000_000_000), "2001-09-09 01:46:40");
        assert_eq!(utc("%a %b %j %y%%", 0), "Thu Jan 001 70%");
        assert_eq!(utc("%! é", 0), "%! é");
        assert_eq!(utc("%5Y|%-5d|%5Q|%", 0), "01970|    1|  %5Q|%");
        assert_eq!(utc("%9999999999Y", 0), "");
        assert_eq!(utc("%H:%M", i64::MAX), "00:00");
    }

    #[test]
    fn a_long_text_is_made_anew() {
        let format = TimeFormat::new(&"%900d".repeat(9), Zone::Utc);
        for _ in 0..3 {
            let mut out = String::new();
            format.render(0, &mut out);
            assert_eq!(out, format!("{:0>900}", 1).repeat(9));
        }
        assert_eq!(utc("%1000d", 0).len(), 1000);
    }

    #[test]
    fn the_second_is_kept_and_left() {
        let format = TimeFormat::new("%S", Zone::Utc);
        let others: Vec<_> = (0..6).map(|_| TimeFormat::new("%M", Zone::Utc)).collect();
        for second in [0, 0, 1, 1, 0, 59] {
            let mut out = String::new();
            format.render(second, &mut out);
            assert_eq!(out, format!("{second:02}"));
            for other in &others {
                out.clear();
                other.render(second, &mut out);
                assert_eq!(out, "00");
            }
        }
    }
}
