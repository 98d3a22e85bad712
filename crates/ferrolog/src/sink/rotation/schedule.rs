//! When the next rotation by time is due.

use super::super::clock::Clock;
use super::When;
use super::stamp;
use crate::error::{Error, Result};

const DAY: i64 = 24 * 60 * 60;
const HOUR: i64 = 60 * 60;

/// At which times a file is rotated.
///
/// Python: `TimedRotatingFileHandler` with its `when`, `interval`, `utc` and `atTime`, as of Python 3.13.
#[derive(Clone, Debug)]
pub struct Schedule {
    when: When,
    /// In seconds.
    interval: i64,
    utc: bool,
    /// In seconds of the day.
    at_time: i64,
    clock: Clock,
}

impl Schedule {
    /// A rotation each `interval` units of `when`, by local time or UTC; `at_time` is the hour, minute
    /// and second of the day at which rotations by [`When::Midnight`] and [`When::Weekday`] take place.
    ///
    /// # Errors
    ///
    /// An interval of 0 or of more than a thousand years, or a time that is not one of a day.
    pub fn new(
        when: When,
        interval: u32,
        utc: bool,
        at_time: Option<(u8, u8, u8)>,
    ) -> Result<Self> {
        let seconds = when.seconds() * i64::from(interval);
        if !(1..=1000 * 366 * DAY).contains(&seconds) {
            return Err(Error::Invalid(format!(
                "invalid interval: {interval} (expected 1 or more, and no more than a thousand years)"
            )));
        }
        if let When::Weekday(day @ 7..) = when {
            return Err(Error::Invalid(format!(
                "invalid day of the week: {day} (expected 0, Monday, to 6)"
            )));
        }
        let at_time = match at_time {
            None => DAY,
            Some((hour @ 0..=23, minute @ 0..=59, second @ 0..=59)) => {
                i64::from(hour) * HOUR + i64::from(minute) * 60 + i64::from(second)
            }
            Some((hour, minute, second)) => {
                return Err(Error::Invalid(format!(
                    "invalid time of day: {hour}:{minute:02}:{second:02} (expected 0:00:00 to \
                     23:59:59)"
                )));
            }
        };
        Ok(Self { when, interval: seconds, utc, at_time, clock: Clock::default() })
    }

    #[doc(hidden)]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The unit of the interval.
    pub fn when(&self) -> When {
        self.when
    }

    /// The time between two rotations, in seconds.
    pub fn interval(&self) -> i64 {
        self.interval
    }

    /// Whether the schedule goes by UTC.
    pub fn utc(&self) -> bool {
        self.utc
    }

    #[inline]
    pub(super) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// The first rotation after `time`; both in seconds since the epoch.
    ///
    /// Python: `TimedRotatingFileHandler.computeRollover`.
    pub fn compute_rollover(&self, time: i64) -> i64 {
        let weekday = match self.when {
            When::Midnight => None,
            When::Weekday(day) => Some(i64::from(day)),
            _ => return time.saturating_add(self.interval),
        };
        let now = self.clock.read(time, self.utc);
        let clock = now.civil.time();
        let second = i64::from(clock.hour()) * HOUR
            + i64::from(clock.minute()) * 60
            + i64::from(clock.second());
        let mut day = i64::from(now.civil.weekday().to_monday_zero_offset());
        let mut wait = self.at_time - second;
        if wait <= 0 {
            wait += DAY;
            day = (day + 1) % 7;
        }
        // The first interval ends at the first such time, the others are whole ones.
        let next = match weekday {
            None => time + wait + self.interval - DAY,
            Some(weekday) => {
                time + wait + (weekday - day).rem_euclid(7) * DAY + self.interval - 7 * DAY
            }
        };
        if self.utc {
            return next;
        }
        // The days between need not have had 24 hours each.
        match (now.dst, self.clock.read(next, false).dst) {
            (false, true) if self.clock.read(next - HOUR, false).dst => next - HOUR,
            (true, false) => next + HOUR,
            _ => next,
        }
    }

    /// The name, in a file's name, of the interval that ends at `rollover`, when it is `now`.
    pub(super) fn stamp(&self, rollover: i64, now: i64) -> String {
        let start = rollover - self.interval;
        let mut reading = self.clock.read(start, self.utc);
        if !self.utc {
            let dst = self.clock.read(now, false).dst;
            if dst != reading.dst {
                let shift = if dst { HOUR } else { -HOUR };
                reading = self.clock.read(start + shift, false);
            }
        }
        stamp::write(self.when.stamp(), reading.civil)
    }
}
