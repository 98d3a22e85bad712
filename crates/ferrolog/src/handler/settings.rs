//! What a handler can be told while records pass through it.

use std::sync::Arc;

use super::ErrorHook;
use crate::format::{Format, Formatter, Literal};
use crate::once::LazyLock;
use crate::published::Published;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) name: Option<Arc<str>>,
    pub(super) formatter: Arc<dyn Format>,
    pub(super) terminator: Literal,
    pub(super) error_hook: Option<ErrorHook>,
}

pub(super) static DEFAULT_FORMATTER: LazyLock<Arc<dyn Format>> =
    LazyLock::new(|| Arc::new(Formatter::default()));

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            formatter: Arc::clone(&DEFAULT_FORMATTER),
            terminator: Literal::of("\n"),
            error_hook: None,
        }
    }
}

/// The settings of a handler.
pub(super) struct SharedSettings(Published<Settings>);

impl Default for SharedSettings {
    fn default() -> Self {
        Self(Published::new(Arc::default()))
    }
}

impl SharedSettings {
    /// The settings, for what is done seldom.
    pub(super) fn load(&self) -> Arc<Settings> {
        self.0.load()
    }

    /// Calls `f` with the settings, for what each record does.
    #[inline]
    pub(super) fn with<R>(&self, f: impl FnOnce(&Settings) -> R) -> R {
        self.0.with(f)
    }

    pub(super) fn change(&self, change: impl Fn(&mut Settings)) {
        self.0.update(|settings| {
            let mut settings = settings.clone();
            change(&mut settings);
            settings
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_by_the_next_record() {
        let settings: Vec<_> = (0..20).map(|_| SharedSettings::default()).collect();
        for text in ["\r\n", "\0", "|"] {
            for (number, settings) in settings.iter().enumerate() {
                settings.change(|settings| {
                    settings.terminator = Literal::of(&format!("{number}{text}"))
                });
            }
            for _ in 0..2 {
                for (number, settings) in settings.iter().enumerate() {
                    settings
                        .with(|now| assert_eq!(now.terminator.as_str(), format!("{number}{text}")));
                }
            }
        }
    }

    #[test]
    fn settings_are_read_while_they_are_in_use() {
        let settings = SharedSettings::default();
        settings.with(|outer| {
            settings.change(|settings| settings.terminator = Literal::of(""));
            settings.with(|inner| {
                assert_eq!((outer.terminator.as_str(), inner.terminator.as_str()), ("\n", ""))
            });
        });
        settings.with(|now| assert_eq!(now.terminator.as_str(), ""));
    }
}
