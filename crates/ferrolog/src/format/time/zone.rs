//! Clocks, and points in time read off them.

use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::once::OnceLock;

/// Which clock a time is shown by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Zone {
    /// The system's time zone: Python's `time.localtime`. It is what `TZ` says when the first time is
    /// shown, for the rest of the process.
    #[default]
    Local,
    /// Universal time: Python's `time.gmtime`.
    Utc,
}

/// The system's zone.
fn local() -> &'static TimeZone {
    static LOCAL: OnceLock<TimeZone> = OnceLock::new();
    LOCAL.get_or_init(|| TimeZone::try_system().unwrap_or_else(|_| unknown()))
}

/// A zone that cannot be found is universal time under the letters that its name begins with, as in the C
/// library.
fn unknown() -> TimeZone {
    let name = std::env::var("TZ").unwrap_or_default();
    let name = name.trim_start_matches(':');
    let letters = name.len() - name.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
    TimeZone::posix(&format!("{}0", &name[..letters])).unwrap_or(TimeZone::UTC)
}

/// A point in time on a clock: C's `struct tm`.
pub(crate) struct Moment {
    pub(crate) civil: DateTime,
    /// Seconds east of Greenwich.
    pub(crate) offset: i32,
    zone: Zone,
    timestamp: Timestamp,
}

impl Moment {
    /// `second` since the epoch on the clock of `zone`. What no calendar reaches, beyond the year 9999,
    /// becomes the epoch.
    pub(crate) fn new(second: i64, zone: Zone) -> Self {
        let timestamp = Timestamp::from_second(second).unwrap_or_default();
        let offset = match zone {
            Zone::Local => local().to_offset(timestamp),
            Zone::Utc => jiff::tz::Offset::UTC,
        };
        Self { civil: offset.to_datetime(timestamp), offset: offset.seconds(), zone, timestamp }
    }

    /// The zone's abbreviation at this time.
    pub(crate) fn with_abbreviation(&self, f: impl FnOnce(&str)) {
        match self.zone {
            Zone::Local => f(local().to_offset_info(self.timestamp).abbreviation()),
            // What the C library calls it.
            Zone::Utc => f("GMT"),
        }
    }

    /// Seconds since the epoch, computed back from the calendar as `mktime` does it: universal time is
    /// taken for local standard time.
    pub(crate) fn mktime(&self) -> i64 {
        match self.zone {
            Zone::Local => self.timestamp.as_second(),
            Zone::Utc => standard_time(local(), self.civil).unwrap_or(self.timestamp).as_second(),
        }
    }
}

/// The steps, in seconds, in which `mktime` looks for a time of the wanted kind.
const MKTIME_STRIDE: u64 = 601_200;

/// When `civil` is on the clock of `zone`, were it on standard time.
fn standard_time(zone: &TimeZone, civil: DateTime) -> Result<Timestamp, jiff::Error> {
    if let AmbiguousOffset::Gap { before, after } = zone.to_ambiguous_timestamp(civil).offset() {
        // The clock never showed this; standard time is on one side of what it passed over.
        let earlier = before.to_timestamp(civil)?.checked_sub(SignedDuration::from_hours(6))?;
        let daylight_before = zone.to_offset_info(earlier).dst().is_dst();
        return if daylight_before { after } else { before }.to_timestamp(civil);
    }
    let guess = zone.to_timestamp(civil)?;
    let info = zone.to_offset_info(guess);
    if !info.dst().is_dst() {
        return Ok(guess);
    }
    // The C library looks a week back, a week ahead, two weeks back, and so on.
    let weeks = |other: Timestamp| {
        (other.as_second() - guess.as_second()).unsigned_abs().div_ceil(MKTIME_STRIDE)
    };
    let mut before = zone.preceding(guess);
    let began = before.find(|transition| transition.dst().is_dst());
    let before = began.and_then(|began| {
        let standard = before.find(|transition| !transition.dst().is_dst())?;
        Some((weeks(began.timestamp()), standard.offset()))
    });
    let after = zone
        .following(guess)
        .find(|transition| !transition.dst().is_dst())
        .map(|transition| (weeks(transition.timestamp()), transition.offset()));
    let standard = match (before, after) {
        (Some((back, standard)), Some((ahead, _))) if back <= ahead => standard,
        (_, Some((_, standard))) | (Some((_, standard)), None) => standard,
        (None, None) => info.offset(),
    };
    let ahead = info.offset().seconds() - standard.seconds();
    guess.checked_add(SignedDuration::from_secs(ahead.into()))
}
