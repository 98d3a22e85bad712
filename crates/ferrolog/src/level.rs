//! Levels: open integers with names.
//!
//! Python: *Logging Levels*, `addLevelName`, `getLevelName`, `getLevelNamesMapping`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::error::Error;
use crate::fork::whole;
use crate::once::LazyLock;

/// The severity of a record, or the threshold of a logger or a handler.
///
/// A level is an integer, as in Python: six have names and constants, and any other value is as good a
/// level as those. [`add_level_name`] gives a value a name.
///
/// ```
/// use ferrolog::{Level, add_level_name};
///
/// assert!(Level::INFO < Level::WARNING);
/// assert_eq!(Level::new(15).to_string(), "Level 15");
/// add_level_name(Level::new(15), "NOTICE");
/// assert_eq!("NOTICE".parse::<Level>().unwrap().value(), 15);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Level(i32);

impl Level {
    /// 0. On a logger: take the level of the nearest ancestor that has one. On a handler: every record.
    pub const NOTSET: Self = Self(0);
    /// 10. Detail that interests someone who is diagnosing a problem.
    pub const DEBUG: Self = Self(10);
    /// 20. Confirmation that things work as they should.
    pub const INFO: Self = Self(20);
    /// 30. Something unexpected, or a sign of trouble to come; the program still does its work.
    pub const WARNING: Self = Self(30);
    /// 30, as [`Level::WARNING`]: the older name.
    pub const WARN: Self = Self::WARNING;
    /// 40. The program could not do something.
    pub const ERROR: Self = Self(40);
    /// 50. The program may be unable to go on.
    pub const CRITICAL: Self = Self(50);
    /// 50, as [`Level::CRITICAL`]: the older name.
    pub const FATAL: Self = Self::CRITICAL;

    /// The level with this value.
    pub const fn new(value: i32) -> Self {
        Self(value)
    }

    /// The level's value.
    pub const fn value(self) -> i32 {
        self.0
    }

    /// The level's name, or `Level N` where it has none.
    ///
    /// Allocates only for a level without a name.
    pub fn name(self) -> Cow<'static, str> {
        if !RENAMED.load(Ordering::Acquire)
            && let Some(name) = self.standard_name()
        {
            return Cow::Borrowed(name);
        }
        match NAMES.load().to_name.get(&self.0) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("Level {}", self.0)),
        }
    }

    const fn standard_name(self) -> Option<&'static str> {
        Some(match self {
            Self::NOTSET => "NOTSET",
            Self::DEBUG => "DEBUG",
            Self::INFO => "INFO",
            Self::WARNING => "WARNING",
            Self::ERROR => "ERROR",
            Self::CRITICAL => "CRITICAL",
            _ => return None,
        })
    }

    /// Calls `f` with the level's name; allocates nothing for a level that has one.
    #[inline(always)]
    pub(crate) fn with_name<R>(self, f: impl FnOnce(&str) -> R) -> R {
        if !RENAMED.load(Ordering::Acquire)
            && let Some(name) = self.standard_name()
        {
            return f(name);
        }
        f(&self.name())
    }
}

impl From<i32> for Level {
    fn from(value: i32) -> Self {
        Self(value)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Level({}, {})", self.0, self.name())
    }
}

/// A level from its name, exactly as it was registered (`"INFO"`, not `"info"`), as everywhere in
/// Python's logging.
impl FromStr for Level {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match NAMES.load().to_level.get(name) {
            Some(&value) => Ok(Self(value)),
            None => Err(Error::UnknownLevel { name: name.to_owned() }),
        }
    }
}

#[derive(Clone)]
struct Names {
    to_name: HashMap<i32, &'static str>,
    to_level: HashMap<&'static str, i32>,
}

static NAMES: LazyLock<ArcSwap<Names>> = LazyLock::new(|| {
    let named =
        [Level::NOTSET, Level::DEBUG, Level::INFO, Level::WARNING, Level::ERROR, Level::CRITICAL]
            .into_iter()
            .filter_map(|level| Some((level, level.standard_name()?)));
    let mut names = Names { to_name: HashMap::new(), to_level: HashMap::new() };
    for (level, name) in named {
        names.to_name.insert(level.0, name);
        names.to_level.insert(name, level.0);
    }
    names.to_level.insert("WARN", Level::WARN.0);
    names.to_level.insert("FATAL", Level::FATAL.0);
    ArcSwap::from_pointee(names)
});

static ADDING: Mutex<()> = Mutex::new(());

/// Whether one of the standard levels may have another name than at first.
static RENAMED: AtomicBool = AtomicBool::new(false);

/// How often a level was given a name.
static NAMES_VERSION: AtomicU32 = AtomicU32::new(0);

/// A number that changes when a level gets a name.
#[inline]
pub(crate) fn names_version() -> u32 {
    NAMES_VERSION.load(Ordering::Acquire)
}

/// Gives `level` the name `name`, in both directions. The level's earlier name, if it had one, goes on
/// being understood when a level is parsed.
///
/// Each new name stays in memory for the life of the program.
///
/// Python: `logging.addLevelName`.
pub fn add_level_name(level: Level, name: &str) {
    whole(|| add_name(level, name));
}

fn add_name(level: Level, name: &str) {
    let _adding = ADDING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut names = Names::clone(&NAMES.load());
    let known = names.to_level.keys().chain(names.to_name.values()).find(|known| **known == name);
    let name: &'static str = match known {
        Some(known) => known,
        None => Box::leak(name.into()),
    };
    names.to_name.insert(level.0, name);
    names.to_level.insert(name, level.0);
    NAMES.store(Arc::new(names));
    if level.standard_name().is_some() {
        RENAMED.store(true, Ordering::Release);
    }
    NAMES_VERSION.fetch_add(1, Ordering::Release);
}

/// The name of `level`, or `Level N`: [`Level::name`] under Python's name.
///
/// Python: `logging.getLevelName` with a number; with a name, parse a [`Level`].
pub fn get_level_name(level: Level) -> Cow<'static, str> {
    level.name()
}

/// Every name that is understood, with its level, in the order of the levels.
///
/// Python: `logging.getLevelNamesMapping`.
pub fn get_level_names_mapping() -> Vec<(&'static str, Level)> {
    let mut names: Vec<_> =
        NAMES.load().to_level.iter().map(|(name, value)| (*name, Level(*value))).collect();
    names.sort_by_key(|(name, level)| (*level, *name));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_names() {
        for (level, name) in [(0, "NOTSET"), (10, "DEBUG"), (30, "WARNING"), (50, "CRITICAL")] {
            assert_eq!(Level::new(level).name(), name);
            assert_eq!(name.parse::<Level>().unwrap().value(), level);
        }
        assert_eq!("WARN".parse::<Level>().unwrap(), Level::WARNING);
        assert_eq!("FATAL".parse::<Level>().unwrap(), Level::CRITICAL);
        assert_eq!(Level::new(-7).name(), "Level -7");
        assert!("warning".parse::<Level>().unwrap_err().to_string().contains("warning"));
    }

    #[test]
    fn a_renamed_level_is_still_understood_by_its_old_name() {
        add_level_name(Level::new(77), "FIRST");
        add_level_name(Level::new(77), "SECOND");
        assert_eq!(Level::new(77).name(), "SECOND");
        assert_eq!("FIRST".parse::<Level>().unwrap().value(), 77);
        assert!(get_level_names_mapping().contains(&("SECOND", Level::new(77))));
    }
}
