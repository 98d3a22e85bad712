//! What a handler can be told while records pass through it.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use super::ErrorHook;
use crate::format::{Format, Formatter};

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) name: Option<Arc<str>>,
    pub(super) formatter: Arc<dyn Format>,
    pub(super) terminator: Arc<str>,
    pub(super) error_hook: Option<ErrorHook>,
}

pub(super) static DEFAULT_FORMATTER: LazyLock<Arc<dyn Format>> =
    LazyLock::new(|| Arc::new(Formatter::default()));

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            formatter: Arc::clone(&DEFAULT_FORMATTER),
            terminator: "\n".into(),
            error_hook: None,
        }
    }
}

/// The settings of a handler. Each thread keeps those that it has read last, so that a record does not touch a
/// count that threads share.
pub(super) struct SharedSettings {
    current: ArcSwap<Settings>,
    /// A number that no other state of any handler's settings has; it is renewed after they are.
    version: AtomicU64,
}

/// For how many handlers a thread keeps the settings.
const KEPT: usize = 8;

/// Settings with their version.
type Kept = Option<(u64, Arc<Settings>)>;

thread_local! {
    static RECENT: [Cell<Kept>; KEPT] = const { [const { Cell::new(None) }; KEPT] };
}

fn next_version() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Default for SharedSettings {
    fn default() -> Self {
        let version = AtomicU64::new(next_version());
        Self { current: ArcSwap::from_pointee(Settings::default()), version }
    }
}

impl SharedSettings {
    /// The settings, for what is done seldom.
    pub(super) fn load(&self) -> Arc<Settings> {
        self.current.load_full()
    }

    /// Calls `f` with the settings, for what each record does.
    #[inline]
    pub(super) fn with<R>(&self, f: impl FnOnce(&Settings) -> R) -> R {
        let version = self.version.load(Ordering::Acquire);
        let place = version as usize % KEPT;
        // Taken and put back: what `f` logs finds none, and reads them again.
        let kept = match RECENT.try_with(|recent| recent[place].take()).ok().flatten() {
            Some(kept) if kept.0 == version => kept,
            _ => (version, self.load()),
        };
        let result = f(&kept.1);
        // A thread that is ending has nowhere to keep them.
        let _ = RECENT.try_with(|recent| recent[place].set(Some(kept)));
        result
    }

    pub(super) fn change(&self, change: impl Fn(&mut Settings)) {
        self.current.rcu(|settings| {
            let mut settings = Settings::clone(settings);
            change(&mut settings);
            settings
        });
        // Who still reads the number before takes the change as one that comes just after it.
        self.version.store(next_version(), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_by_the_next_record() {
        let settings: Vec<_> = (0..2 * KEPT).map(|_| SharedSettings::default()).collect();
        for text in ["\r\n", "\0", "|"] {
            for (number, settings) in settings.iter().enumerate() {
                settings.change(|settings| settings.terminator = format!("{number}{text}").into());
            }
            for _ in 0..2 {
                for (number, settings) in settings.iter().enumerate() {
                    settings.with(|now| assert_eq!(*now.terminator, format!("{number}{text}")));
                }
            }
        }
    }

    #[test]
    fn settings_are_read_while_they_are_in_use() {
        let settings = SharedSettings::default();
        settings.with(|outer| {
            settings.change(|settings| settings.terminator = "".into());
            settings.with(|inner| assert_eq!((&*outer.terminator, &*inner.terminator), ("\n", "")));
        });
        settings.with(|now| assert_eq!(&*now.terminator, ""));
    }
}
