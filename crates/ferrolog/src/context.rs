//! Context: key-values that every record of a thread or of a task carries.
//!
//! Python: the cookbook's *Adding contextual information to your logging output*, *Use of contextvars*.

mod future;
mod scope;

use std::fmt;

pub use future::Contextual;
pub use scope::ContextGuard;
pub(crate) use scope::{Chain, Frame, current};

use crate::value::{OwnedValue, Value};

/// Key-values, in the order in which they were added; made by [`context!`](crate::context!).
///
/// [`Context::enter`] adds them to every record that this thread makes while the guard lives, and
/// [`Context::wrap`] to every record made inside a future, on whichever thread it runs. Formatters,
/// filters and handlers see them as they see the key-values of the call itself. Contexts nest: of two
/// values under one key the inner counts, and the call's own before both.
///
/// ```
/// use ferrolog::{Formatter, Handler, StreamHandler, context, get_logger, warning};
///
/// let lines = Handler::new(StreamHandler::new(Vec::new()))
///     .with_formatter(Formatter::new("%(request)s %(user)s: %(message)s")?);
/// let logger = get_logger("app.context");
/// logger.add_handler(&lines);
///
/// let _request = context!(request = 7).enter();
/// {
///     let _user = context!(user = "ann").enter();
///     warning!(logger, "slow");
/// }
/// let _user = context!(user = "nobody").enter();
/// warning!(logger, "slow"; request = 8);
/// assert_eq!(lines.lock().stream(), b"7 ann: slow\n8 nobody: slow\n");
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Cost of a record: one look at a thread-local where there is no context, and the count of a
/// reference where there is one. Entering allocates; keep it for what lasts longer than a record.
#[derive(Clone, Default, PartialEq)]
pub struct Context(pub(crate) Vec<(String, OwnedValue)>);

impl Context {
    /// A context without key-values.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// What this thread's records carry now, all scopes together: to be entered on another thread.
    ///
    /// ```
    /// use ferrolog::{Context, context};
    ///
    /// let _outer = context!(request = 7).enter();
    /// let context = Context::current();
    /// std::thread::spawn(move || {
    ///     let _request = context.enter();
    ///     ferrolog::info!("belongs to request 7");
    /// })
    /// .join()
    /// .unwrap();
    /// ```
    pub fn current() -> Self {
        let mut context = Self::new();
        scope::visit(&current(), &mut |key, value| {
            if context.get(key).is_none() {
                context.0.push((key.to_owned(), value.clone()));
            }
        });
        context
    }

    /// The same context with `value` under `key`, in the place of an earlier value of this key.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<OwnedValue>) -> Self {
        self.set(key, value);
        self
    }

    /// Puts `value` under `key`, in the place of an earlier value of this key.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<OwnedValue>) {
        let (key, value) = (key.into(), value.into());
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => self.0.push((key, value)),
        }
    }

    /// Takes the value under `key` out.
    pub fn remove(&mut self, key: &str) -> Option<OwnedValue> {
        let at = self.0.iter().position(|(known, _)| known == key)?;
        Some(self.0.remove(at).1)
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&OwnedValue> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The keys and values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &OwnedValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Whether there are no key-values.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the key-values to every record that this thread makes until the guard is dropped.
    pub fn enter(self) -> ContextGuard {
        scope::enter(self)
    }

    /// Calls `f` with the key-values added to every record that it makes on this thread.
    pub fn run<R>(self, f: impl FnOnce() -> R) -> R {
        let _entered = self.enter();
        f()
    }

    /// A future that does what `future` does, with these key-values, and those that this thread's
    /// records carry now, in every record made inside it, on whichever thread it runs. Scopes that the
    /// future enters itself and keeps across an `await` stay its own.
    ///
    /// Needs no particular runtime. Costs two writes of a thread-local a poll.
    pub fn wrap<F: Future>(self, future: F) -> Contextual<F> {
        Contextual::new(Frame::inside(self, current()), future)
    }

    #[doc(hidden)]
    pub fn __of(pairs: &[(&str, Value<'_>)]) -> Self {
        let mut context = Self::new();
        for (key, value) in pairs {
            context.set(*key, value.to_owned());
        }
        context
    }
}

impl<K: Into<String>, V: Into<OwnedValue>> FromIterator<(K, V)> for Context {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        pairs.into_iter().fold(Self::new(), |context, (key, value)| context.with(key, value))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Makes a [`Context`] of key-values, in the forms that the logging macros take behind the `;`.
///
/// ```
/// use ferrolog::{OwnedValue, context};
///
/// let user = "ann";
/// let context = context!(user, attempt = 3, "from host" = "eth0", peer:% = std::net::Ipv4Addr::LOCALHOST);
/// assert_eq!(context.get("user"), Some(&OwnedValue::from("ann")));
/// assert_eq!(context.get("peer"), Some(&OwnedValue::from("127.0.0.1")));
/// ```
#[macro_export]
macro_rules! context {
    ($($key_values:tt)*) => {
        $crate::__pairs!(@context [] $($key_values)*)
    };
}
