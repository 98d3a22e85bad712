//! The scopes that a thread is in: a chain, the innermost first.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::Context;
use crate::value::OwnedValue;

/// One scope and those around it.
#[derive(Debug)]
pub(crate) struct Frame {
    values: Arc<Context>,
    outer: Chain,
}

/// The scopes around some place; nothing where there are none. Shared, never changed.
pub(crate) type Chain = Option<Arc<Frame>>;

thread_local! {
    /// Whether this thread is in any, so that a record of one that is not asks nothing else.
    static ANY: Cell<bool> = const { Cell::new(false) };
    static CURRENT: RefCell<Chain> = const { RefCell::new(None) };
}

/// The scopes that this thread is in.
#[inline]
pub(crate) fn current() -> Chain {
    if !ANY.get() {
        return None;
    }
    // A thread that is ending is in none.
    CURRENT.try_with(|chain| chain.borrow().clone()).unwrap_or_default()
}

/// Puts `chain` in the place of the scopes that this thread is in, and returns those.
pub(super) fn replace(chain: Chain) -> Chain {
    let any = chain.is_some();
    let before = CURRENT.try_with(|current| current.replace(chain));
    ANY.set(any && before.is_ok());
    before.unwrap_or_default()
}

impl Frame {
    /// `context` inside `outer`.
    pub(super) fn inside(context: Context, outer: Chain) -> Chain {
        Some(Arc::new(Self { values: Arc::new(context), outer }))
    }

    pub(crate) fn values(&self) -> &[(String, OwnedValue)] {
        &self.values.0
    }

    pub(crate) fn outer(&self) -> Option<&Self> {
        self.outer.as_deref()
    }
}

/// Calls `visit` with each key-value, the innermost first.
pub(super) fn visit(chain: &Chain, visit: &mut dyn FnMut(&str, &OwnedValue)) {
    let mut frame = chain.as_deref();
    while let Some(scope) = frame {
        scope.values().iter().for_each(|(key, value)| visit(key, value));
        frame = scope.outer();
    }
}

/// `chain` without the innermost scope that holds `values`; nothing where none does.
fn without(chain: &Chain, values: &Arc<Context>) -> Option<Chain> {
    let frame = chain.as_ref()?;
    if Arc::ptr_eq(&frame.values, values) {
        return Some(frame.outer.clone());
    }
    let outer = without(&frame.outer, values)?;
    Some(Some(Arc::new(Frame { values: Arc::clone(&frame.values), outer })))
}

pub(super) fn enter(context: Context) -> ContextGuard {
    let values = Arc::new(context);
    let frame = Frame { values: Arc::clone(&values), outer: current() };
    replace(Some(Arc::new(frame)));
    ContextGuard { values, not_send: PhantomData }
}

/// Keeps the key-values of a [`Context`] in the records of this thread; takes them out when it is
/// dropped.
///
/// Guards may be dropped in any order: each takes its own key-values out. A guard stays on its thread; in
/// a future that moves between threads, use [`Context::wrap`].
#[must_use = "the context is left as soon as the guard is dropped"]
pub struct ContextGuard {
    values: Arc<Context>,
    not_send: PhantomData<*const ()>,
}

impl Drop for ContextGuard {
    fn drop(&mut self) {
        if let Some(rest) = without(&current(), &self.values) {
            replace(rest);
        }
    }
}

impl fmt::Debug for ContextGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ContextGuard").field(&self.values).finish()
    }
}
