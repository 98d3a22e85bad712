//! The time of day that rotation goes by.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::error::{Error, Result};

/// The system's clock and time zone, or, for tests, ones that are set by hand.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<ByHand>>);

#[derive(Debug)]
struct ByHand {
    seconds: AtomicI64,
    zone: TimeZone,
}

impl Clock {
    /// A clock that stands at the epoch, in the zone of this name in the time zone database.
    pub fn by_hand(zone: &str) -> Result<Self> {
        let zone = TimeZone::get(zone)
            .map_err(|error| Error::Invalid(format!("unknown time zone {zone:?}: {error}")))?;
        Ok(Self(Some(Arc::new(ByHand { seconds: AtomicI64::new(0), zone }))))
    }

    /// Sets a clock that is set by hand, in seconds since the epoch.
    pub fn set(&self, seconds: i64) {
        if let Some(by_hand) = &self.0 {
            by_hand.seconds.store(seconds, Ordering::SeqCst);
        }
    }

    /// Now, in whole seconds since the epoch.
    #[inline]
    pub(super) fn now(&self) -> i64 {
        match &self.0 {
            None => crate::clock::now().div_euclid(1_000_000_000),
            Some(by_hand) => by_hand.seconds.load(Ordering::SeqCst),
        }
    }

    /// The calendar's and the wall clock's reading at `seconds`, by local time or UTC.
    pub(super) fn read(&self, seconds: i64, utc: bool) -> Reading {
        let timestamp = Timestamp::from_second(seconds).unwrap_or_default();
        let zone = match &self.0 {
            _ if utc => TimeZone::UTC,
            None => TimeZone::system(),
            Some(by_hand) => by_hand.zone.clone(),
        };
        let info = zone.to_offset_info(timestamp);
        Reading { civil: info.offset().to_datetime(timestamp), dst: info.dst().is_dst() }
    }
}

/// What calendar and wall clock show. Python: `time.struct_time`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) civil: DateTime,
    pub(super) dst: bool,
}
