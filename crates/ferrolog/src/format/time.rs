//! Points in time as text, by a `strftime` pattern.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::fmt::strtime::{BrokenDownTime, Config};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Which clock a time is shown by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Zone {
    /// The system's time zone: Python's `time.localtime`.
    #[default]
    Local,
    /// Universal time: Python's `time.gmtime`.
    Utc,
}

impl Zone {
    /// `seconds` since the epoch, on this clock. What no calendar reaches becomes the epoch.
    pub(crate) fn at(self, seconds: i64) -> Zoned {
        let timestamp = Timestamp::from_second(seconds).unwrap_or_default();
        let zone = match self {
            Self::Local => TimeZone::system(),
            Self::Utc => TimeZone::UTC,
        };
        timestamp.to_zoned(zone)
    }
}

/// A `strftime` pattern. The text of the last seconds asked for is kept, for each thread, so that a
/// record pays for the calendar once a second only.
#[derive(Debug)]
pub struct TimeFormat {
    pattern: Box<str>,
    zone: Zone,
    id: u64,
}

/// How many patterns' texts a thread keeps.
const KEPT: usize = 4;

struct Entry {
    id: u64,
    second: i64,
    text: String,
}

thread_local! {
    static RECENT: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

impl TimeFormat {
    /// A pattern of C's `strftime`, on the clock of `zone`. A directive that is not known is shown as it
    /// stands, as the C library does.
    pub fn new(pattern: &str, zone: Zone) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { pattern: pattern.into(), zone, id: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// The pattern, as it was given.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The clock.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// Appends the time `second`, in seconds since the epoch, to `out`.
    ///
    /// Costs a copy where this thread asked for the same second last, and a calendar computation
    /// (about a microsecond) where it did not.
    pub fn render(&self, second: i64, out: &mut String) {
        let cached = RECENT.try_with(|recent| {
            let Ok(mut recent) = recent.try_borrow_mut() else { return false };
            match recent.iter_mut().find(|entry| entry.id == self.id) {
                Some(entry) => {
                    if entry.second != second {
                        entry.text.clear();
                        self.compute(second, &mut entry.text);
                        entry.second = second;
                    }
                    out.push_str(&entry.text);
                }
                None => {
                    let mut text = String::new();
                    self.compute(second, &mut text);
                    out.push_str(&text);
                    if recent.len() == KEPT {
                        recent.remove(0);
                    }
                    recent.push(Entry { id: self.id, second, text });
                }
            }
            true
        });
        if cached != Ok(true) {
            self.compute(second, out);
        }
    }

    fn compute(&self, second: i64, out: &mut String) {
        let zoned = self.zone.at(second);
        let start = out.len();
        let config = Config::new().lenient(true);
        let shown =
            BrokenDownTime::from(&zoned).format_with_config(&config, &*self.pattern, &mut *out);
        if shown.is_err() {
            // A lenient pattern has no error of its own; should one come up, the pattern itself shows
            // where the time belongs.
            out.truncate(start);
            out.push_str(&self.pattern);
        }
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
        assert_eq!(utc("%H:%M", i64::MAX), "00:00");
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
