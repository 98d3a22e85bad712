//! Extra attributes of a record: the call's own, an adapter's, the context's.

use crate::value::{OwnedValue, Value};

/// The extra attributes of a record, from the nearest to the farthest.
#[derive(Clone, Copy, Default)]
pub(crate) struct Extra<'a> {
    /// Those of the call itself.
    pub(crate) key_values: &'a [(&'a str, Value<'a>)],
    /// Those of a record that came from elsewhere, or of an adapter.
    pub(crate) owned: &'a [(String, OwnedValue)],
}

impl<'a> Extra<'a> {
    pub(crate) const fn none() -> Self {
        Self { key_values: &[], owned: &[] }
    }

    pub(crate) const fn of_owned(owned: &'a [(String, OwnedValue)]) -> Self {
        Self { key_values: &[], owned }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.key_values.is_empty() && self.owned.is_empty()
    }

    pub(crate) fn get(&self, key: &str) -> Option<Value<'a>> {
        let own = self.key_values.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
        own.or_else(|| {
            self.owned.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_value())
        })
    }

    /// Calls `visit` with each attribute; a key that came before is passed over.
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(&str, Value<'_>)) {
        for (i, (key, value)) in self.key_values.iter().enumerate() {
            if !self.key_values[..i].iter().any(|(before, _)| before == key) {
                visit(key, *value);
            }
        }
        for (key, value) in self.owned {
            if !self.key_values.iter().any(|(before, _)| before == key) {
                visit(key, value.as_value());
            }
        }
    }
}
