//! When a peer that is away is tried again.

use std::time::{Duration, Instant};

use crate::error::Error;

/// When a peer that is away is tried again: after `start`, then after `factor` times that, and so on, at
/// most after `max`.
///
/// | setting | default |
/// |---|---|
/// | `start` | 1 second |
/// | `max` | 30 seconds |
/// | `factor` | 2 |
///
/// With a `start` of zero, every record makes an attempt.
///
/// Python: `SocketHandler.retryStart`, `retryMax`, `retryFactor`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    /// The first pause.
    pub start: Duration,
    /// The longest pause.
    pub max: Duration,
    /// By how much each pause is longer than the one before.
    pub factor: f64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { start: Duration::from_secs(1), max: Duration::from_secs(30), factor: 2.0 }
    }
}

/// What is known of a peer that may be away: when to try it next, and how much it missed.
#[derive(Debug, Default)]
pub struct Backoff {
    retry: Retry,
    /// The next attempt, and the pause before it; nothing while all is well.
    next: Option<(Instant, Duration)>,
    lost: u64,
}

impl Backoff {
    /// A peer of which nothing bad is known.
    pub fn new(retry: Retry) -> Self {
        Self { retry, next: None, lost: 0 }
    }

    /// Whether an attempt may be made now.
    pub fn is_due(&self) -> bool {
        self.next.is_none_or(|(at, _)| Instant::now() >= at)
    }

    /// An attempt failed, and what was to be sent is lost: the next attempt is put off.
    pub fn failed(&mut self) {
        let pause = match self.next {
            None => self.retry.start,
            Some((_, pause)) => {
                Duration::try_from_secs_f64(pause.as_secs_f64() * self.retry.factor)
                    .unwrap_or(self.retry.max)
            }
        };
        let pause = pause.min(self.retry.max);
        let now = Instant::now();
        self.next = Some((now.checked_add(pause).unwrap_or(now), pause));
        self.lost += 1;
    }

    /// Something is given up because no attempt is due.
    pub fn drop(&mut self) -> Error {
        self.lost += 1;
        Error::Dropped("the peer is away, and the next attempt to reach it is not due yet")
    }

    /// Adds what was lost by another way to the same peer.
    #[cfg(feature = "net")]
    pub(super) fn absorb_lost(&mut self, count: u64) {
        self.lost += count;
    }

    /// An attempt went well.
    pub fn succeeded(&mut self) {
        self.next = None;
    }

    /// How much was lost since this was last asked for; 0 while the peer is away.
    pub fn take_lost(&mut self) -> u64 {
        if self.next.is_some() { 0 } else { self.take_all_lost() }
    }

    /// How much was lost since this was last asked for, the peer being away or not.
    pub fn take_all_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(backoff: &Backoff) -> Option<u64> {
        backoff.next.map(|(_, pause)| pause.as_secs())
    }

    #[test]
    fn pauses_grow_to_the_longest_and_begin_again() {
        let mut backoff = Backoff::default();
        let mut pauses = Vec::new();
        for _ in 0..7 {
            backoff.failed();
            pauses.push(pause(&backoff).unwrap());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        assert!(!backoff.is_due());
        assert!(matches!(backoff.drop(), Error::Dropped(_)));
        assert_eq!(backoff.take_lost(), 0);
        backoff.succeeded();
        assert!(backoff.is_due());
        assert_eq!((backoff.take_lost(), backoff.take_lost()), (8, 0));
        backoff.failed();
        assert_eq!(pause(&backoff), Some(1));
    }

    #[test]
    fn unusual_settings_do_no_harm() {
        for factor in [f64::NAN, f64::INFINITY, -3.0, 1e300] {
            let mut backoff =
                Backoff::new(Retry { factor, max: Duration::MAX, ..Retry::default() });
            backoff.failed();
            backoff.failed();
            backoff.failed();
            assert!(backoff.next.is_some());
        }
        let mut backoff = Backoff::new(Retry { start: Duration::ZERO, ..Retry::default() });
        backoff.failed();
        assert!(backoff.is_due());
    }
}
