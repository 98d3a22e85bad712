//! What is made once, when it is first needed: as the standard library has it, but no fork comes in the middle, after
//! which the child would wait for ever.

#![allow(clippy::disallowed_types)]

use std::ops::Deref;

use crate::fork::whole;

#[derive(Debug)]
pub(crate) struct OnceLock<T>(std::sync::OnceLock<T>);

impl<T> OnceLock<T> {
    pub(crate) const fn new() -> Self {
        Self(std::sync::OnceLock::new())
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        self.0.get()
    }

    #[inline]
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        match self.get() {
            Some(value) => value,
            None => self.init(make),
        }
    }

    #[cold]
    fn init(&self, make: impl FnOnce() -> T) -> &T {
        whole(|| self.0.get_or_init(make))
    }

    /// Puts `value` in, unless there is one.
    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        whole(|| self.0.set(value))
    }
}

#[derive(Debug)]
pub(crate) struct LazyLock<T> {
    value: OnceLock<T>,
    make: fn() -> T,
}

impl<T> LazyLock<T> {
    pub(crate) const fn new(make: fn() -> T) -> Self {
        Self { value: OnceLock::new(), make }
    }
}

impl<T> Deref for LazyLock<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.value.get_or_init(self.make)
    }
}

pub(crate) struct Once(std::sync::Once);

impl Once {
    pub(crate) const fn new() -> Self {
        Self(std::sync::Once::new())
    }

    #[inline]
    pub(crate) fn call_once(&self, f: impl FnOnce()) {
        if !self.0.is_completed() {
            whole(|| self.0.call_once(f));
        }
    }
}
