//! Extra attributes of a record: the call's own, an adapter's, the context's.

use crate::context::Chain;
use crate::value::{OwnedValue, Value};

/// The extra attributes of a record, from the nearest to the farthest.
#[derive(Clone, Default)]
pub(super) struct Extra<'a> {
    /// Those of the call itself.
    pub(super) key_values: &'a [(&'a str, Value<'a>)],
    /// Those of a record that came from elsewhere, or of an adapter.
    pub(super) owned: &'a [(String, OwnedValue)],
    /// Those of the scopes that the thread was in.
    pub(super) context: Chain,
}

impl<'a> Extra<'a> {
    pub(super) fn of_context(context: Chain) -> Self {
        Self { context, ..Self::default() }
    }

    pub(super) fn of_owned(owned: &'a [(String, OwnedValue)]) -> Self {
        Self { owned, ..Self::default() }
    }

    /// Whether neither the call nor an adapter has given any.
    #[inline]
    pub(super) fn has_none_of_its_own(&self) -> bool {
        self.key_values.is_empty() && self.owned.is_empty()
    }

    /// Whether there are none at all.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.has_none_of_its_own() && self.context.is_none()
    }

    /// The attribute `key` of the call or of an adapter.
    pub(super) fn get_own(&self, key: &str) -> Option<Value<'a>> {
        let own = self.key_values.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
        own.or_else(|| {
            self.owned.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_value())
        })
    }

    pub(super) fn get(&self, key: &str) -> Option<Value<'_>> {
        if let Some(own) = self.get_own(key) {
            return Some(own);
        }
        let mut scope = self.context.as_deref();
        while let Some(frame) = scope {
            if let Some((_, value)) = frame.values().iter().find(|(name, _)| name == key) {
                return Some(value.as_value());
            }
            scope = frame.outer();
        }
        None
    }

    /// Calls `visit` with each attribute; a key that came before is passed over.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&str, Value<'_>)) {
        for (i, (key, value)) in self.key_values.iter().enumerate() {
            if !self.key_values[..i].iter().any(|(before, _)| before == key) {
                visit(key, *value);
            }
        }
        let in_call = |key: &str| self.key_values.iter().any(|(before, _)| *before == key);
        for (key, value) in self.owned {
            if !in_call(key) {
                visit(key, value.as_value());
            }
        }
        let mut scope = self.context.as_deref();
        while let Some(frame) = scope {
            for (key, value) in frame.values() {
                if self.get_own(key).is_none() && !self.is_nearer(key, frame) {
                    visit(key, value.as_value());
                }
            }
            scope = frame.outer();
        }
    }

    /// Whether a scope inside `frame` has the key too.
    fn is_nearer(&self, key: &str, frame: &crate::context::Frame) -> bool {
        let mut scope = self.context.as_deref();
        while let Some(nearer) = scope
            && !std::ptr::eq(nearer, frame)
        {
            if nearer.values().iter().any(|(name, _)| name == key) {
                return true;
            }
            scope = nearer.outer();
        }
        false
    }
}
