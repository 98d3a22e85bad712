//! How often a file is rotated by time.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// The unit of the interval at which a file is rotated.
///
/// Python: the `when` of `TimedRotatingFileHandler`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum When {
    /// Every second: `S`.
    Second,
    /// Every minute: `M`.
    Minute,
    /// Every hour: `H`.
    #[default]
    Hour,
    /// Every 24 hours: `D`.
    Day,
    /// Every day at a time of day, midnight by default: `midnight`.
    Midnight,
    /// Every week at a time of day, at the end of this day by default; 0 is Monday: `W0` to `W6`.
    Weekday(u8),
}

impl When {
    /// The length of the unit in seconds.
    pub(super) fn seconds(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 60 * 60,
            Self::Day | Self::Midnight => 24 * 60 * 60,
            Self::Weekday(_) => 7 * 24 * 60 * 60,
        }
    }

    /// The shape of the time in a rotated file's name: `0` stands for any digit.
    pub(super) fn stamp(self) -> &'static str {
        let longest = "0000-00-00_00-00-00";
        match self {
            Self::Second => longest,
            Self::Minute => &longest[..16],
            Self::Hour => &longest[..13],
            Self::Day | Self::Midnight | Self::Weekday(_) => &longest[..10],
        }
    }
}

impl FromStr for When {
    type Err = Error;

    /// From Python's `S`, `M`, `H`, `D`, `midnight` or `W0` to `W6`, in upper or lower case.
    fn from_str(when: &str) -> Result<Self> {
        Ok(match when.to_ascii_uppercase().as_str() {
            "S" => Self::Second,
            "M" => Self::Minute,
            "H" => Self::Hour,
            "D" => Self::Day,
            "MIDNIGHT" => Self::Midnight,
            weekday => match weekday.as_bytes() {
                [b'W', day @ b'0'..=b'6'] => Self::Weekday(day - b'0'),
                _ => {
                    return Err(Error::Invalid(format!(
                        "invalid rollover interval: {when:?} (expected S, M, H, D, midnight, or W0 \
                         to W6, where W0 is Monday)"
                    )));
                }
            },
        })
    }
}

/// As Python spells it.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Second => f.write_str("S"),
            Self::Minute => f.write_str("M"),
            Self::Hour => f.write_str("H"),
            Self::Day => f.write_str("D"),
            Self::Midnight => f.write_str("MIDNIGHT"),
            Self::Weekday(day) => write!(f, "W{day}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        for name in ["S", "M", "H", "D", "MIDNIGHT", "W0", "W6"] {
            let when: When = name.parse().unwrap();
            assert_eq!(when.to_string(), name);
            assert_eq!(name.to_lowercase().parse::<When>().unwrap(), when);
        }
        for name in ["", "W", "W7", "W00", "MIDNIGH", "SS", "é"] {
            let error = name.parse::<When>().unwrap_err().to_string();
            assert!(error.contains(&format!("{name:?}")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_understood_shows_as_it_was_written(name in "\\PC{0,9}") {
            if let Ok(when) = name.parse::<When>() {
                prop_assert_eq!(when.to_string(), name.to_ascii_uppercase());
            }
        }
    }
}
