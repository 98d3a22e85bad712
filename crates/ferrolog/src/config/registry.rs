//! What the names in a configuration mean: classes of handlers, formatters and filters, and objects.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::sync::Arc;

use super::classes;
use super::error::nearest;
use super::keywords::Keywords;
use super::maker::HandlerMaker;
use crate::filter::Filter;
use crate::format::Format;
use crate::value::OwnedValue;

type MakeHandler = dyn Fn(&mut Keywords<'_>) -> Option<HandlerMaker> + Send + Sync;
type MakeFormatter = dyn Fn(&mut Keywords<'_>) -> Option<Arc<dyn Format>> + Send + Sync;
type MakeFilter = dyn Fn(&mut Keywords<'_>) -> Option<Filter> + Send + Sync;
pub(super) type OpenStream = dyn Fn() -> Box<dyn Write + Send> + Send + Sync;

/// A class, or a factory: its keywords, in the order in which they can be given without their names, and
/// what makes one.
pub(crate) struct Class<M: ?Sized> {
    pub(crate) parameters: Vec<String>,
    pub(crate) make: Arc<M>,
}

impl<M: ?Sized> Clone for Class<M> {
    fn clone(&self) -> Self {
        Self { parameters: self.parameters.clone(), make: Arc::clone(&self.make) }
    }
}

/// What an `ext://` leads to.
pub(crate) enum External {
    Value(OwnedValue),
    Object,
}

#[derive(Clone)]
enum Object {
    Value(OwnedValue),
    Stream(Arc<OpenStream>),
    /// What is known by its name alone.
    Named,
}

/// The classes and objects that configurations can name.
///
/// A new registry knows the classes of Python's `logging` and `logging.handlers` under their names there
/// (`logging.StreamHandler`, `logging.handlers.RotatingFileHandler`, ...) and under `ferrolog.` and
/// `ferrolog.handlers.`, and the objects that configurations commonly refer to: `sys.stdout`,
/// `sys.stderr`, the constants of the three modules. Applications add their own:
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use ferrolog::config::{Configuration, HandlerMaker, Registry};
/// use ferrolog::{Emit, Event, Filter, Handler, Manager, Record};
///
/// struct Count(Arc<Mutex<u32>>, u32);
///
/// impl Emit for Count {
///     fn emit(&mut self, _: &Event<'_>) -> ferrolog::Result<()> {
///         *self.0.lock().unwrap() += self.1;
///         Ok(())
///     }
/// }
///
/// let total = Arc::new(Mutex::new(0));
/// let mut registry = Registry::new();
/// let shared = Arc::clone(&total);
/// registry.add_handler("myapp.Count", &["step"], move |keywords| {
///     let step = keywords.get("step").unwrap_or(1);
///     let total = Arc::clone(&shared);
///     Some(HandlerMaker::new(move |_| Ok(Handler::new(Count(total, step)).into())))
/// });
/// registry.add_filter("myapp.no_secrets", &[], |_| {
///     Some(Filter::new(|record: &Record<'_>| !record.message().to_string().contains("password")))
/// });
///
/// # #[cfg(feature = "json")] {
/// let manager = Manager::new();
/// Configuration::from_json(
///     r#"{
///         "version": 1,
///         "filters": {"discreet": {"()": "myapp.no_secrets"}},
///         "handlers": {"count": {"class": "myapp.Count", "step": 2, "filters": ["discreet"]}},
///         "root": {"level": "INFO", "handlers": ["count"]}
///     }"#,
/// )?
/// .registry(registry)
/// .apply_to(&manager)?;
/// let logger = manager.get_logger("myapp");
/// ferrolog::info!(logger, "hello");
/// ferrolog::info!(logger, "the password is swordfish");
/// assert_eq!(*total.lock().unwrap(), 2);
/// # }
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: *User-defined objects*, *Access to external objects*.
#[derive(Clone)]
pub struct Registry {
    handlers: BTreeMap<String, Class<MakeHandler>>,
    formatters: BTreeMap<String, Class<MakeFormatter>>,
    filters: BTreeMap<String, Class<MakeFilter>>,
    objects: BTreeMap<String, Object>,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// A registry with what is known by itself.
    pub fn new() -> Self {
        let mut registry = Self {
            handlers: BTreeMap::new(),
            formatters: BTreeMap::new(),
            filters: BTreeMap::new(),
            objects: BTreeMap::new(),
        };
        classes::register(&mut registry);
        registry
    }

    /// Adds a class of handlers, or a factory for `()`, in the place of one with the same name.
    ///
    /// `parameters` are its keywords, in the order in which an INI file's `args` gives them. `make` reads
    /// them and must not do anything else yet, as the configuration may turn out to be faulty elsewhere:
    /// what opens files and connections belongs into the [`HandlerMaker`]. It returns `None` where
    /// a keyword was missing or wrong, which `keywords` has noted.
    pub fn add_handler(
        &mut self,
        name: &str,
        parameters: &[&str],
        make: impl Fn(&mut Keywords<'_>) -> Option<HandlerMaker> + Send + Sync + 'static,
    ) {
        let class =
            Class { parameters: owned(parameters), make: Arc::new(make) as Arc<MakeHandler> };
        self.handlers.insert(normalise(name), class);
    }

    /// Adds a class of formatters, or a factory for `()`, in the place of one with the same name.
    pub fn add_formatter(
        &mut self,
        name: &str,
        parameters: &[&str],
        make: impl Fn(&mut Keywords<'_>) -> Option<Arc<dyn Format>> + Send + Sync + 'static,
    ) {
        let class =
            Class { parameters: owned(parameters), make: Arc::new(make) as Arc<MakeFormatter> };
        self.formatters.insert(normalise(name), class);
    }

    /// Adds a factory of filters for `()`, in the place of one with the same name.
    pub fn add_filter(
        &mut self,
        name: &str,
        parameters: &[&str],
        make: impl Fn(&mut Keywords<'_>) -> Option<Filter> + Send + Sync + 'static,
    ) {
        let class =
            Class { parameters: owned(parameters), make: Arc::new(make) as Arc<MakeFilter> };
        self.filters.insert(normalise(name), class);
    }

    /// Adds a value that `ext://name` stands for.
    pub fn add_value(&mut self, name: &str, value: impl Into<OwnedValue>) {
        self.objects.insert(normalise(name), Object::Value(value.into()));
    }

    /// Adds a stream that `ext://name` stands for; `open` is called for each handler that writes to it.
    pub fn add_stream<W: Write + Send + 'static>(
        &mut self,
        name: &str,
        open: impl Fn() -> W + Send + Sync + 'static,
    ) {
        let open: Arc<OpenStream> = Arc::new(move || Box::new(open()) as Box<dyn Write + Send>);
        self.objects.insert(normalise(name), Object::Stream(open));
    }

    pub(super) fn add_named(&mut self, name: &str) {
        self.objects.insert(normalise(name), Object::Named);
    }

    pub(super) fn stream(&self, name: &str) -> Option<Arc<OpenStream>> {
        match self.objects.get(&normalise(name)) {
            Some(Object::Stream(open)) => Some(Arc::clone(open)),
            _ => None,
        }
    }

    pub(crate) fn external(&self, name: &str) -> Option<External> {
        match self.objects.get(&normalise(name)) {
            Some(Object::Value(value)) => Some(External::Value(value.clone())),
            Some(_) => Some(External::Object),
            None => {
                let class = self.handler(name).is_some()
                    || self.formatter(name).is_some()
                    || self.filter(name).is_some();
                class.then_some(External::Object)
            }
        }
    }

    pub(crate) fn nearest_external(&self, name: &str) -> Option<&str> {
        nearest(name, self.objects.keys().map(String::as_str))
    }

    pub(crate) fn handler(&self, name: &str) -> Option<&Class<MakeHandler>> {
        find(&self.handlers, name)
    }

    pub(crate) fn formatter(&self, name: &str) -> Option<&Class<MakeFormatter>> {
        find(&self.formatters, name)
    }

    pub(crate) fn filter(&self, name: &str) -> Option<&Class<MakeFilter>> {
        find(&self.filters, name)
    }

    pub(crate) fn nearest_handler(&self, name: &str) -> Option<&str> {
        nearest_class(name, &self.handlers)
    }

    pub(crate) fn nearest_formatter(&self, name: &str) -> Option<&str> {
        nearest_class(name, &self.formatters)
    }

    pub(crate) fn nearest_filter(&self, name: &str) -> Option<&str> {
        nearest_class(name, &self.filters)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("handlers", &self.handlers.keys())
            .field("formatters", &self.formatters.keys())
            .field("filters", &self.filters.keys())
            .field("objects", &self.objects.keys())
            .finish()
    }
}

fn owned(parameters: &[&str]) -> Vec<String> {
    parameters.iter().map(|name| (*name).to_owned()).collect()
}

fn normalise(name: &str) -> String {
    name.replace("::", ".")
}

/// A class by its name, or by the name that Python's class of the same kind has.
fn find<'c, M: ?Sized>(
    classes: &'c BTreeMap<String, Class<M>>,
    name: &str,
) -> Option<&'c Class<M>> {
    let name = normalise(name);
    if let Some(class) = classes.get(&name) {
        return Some(class);
    }
    let own = name.strip_prefix("ferrolog.")?;
    // The Python package has the classes of `logging.handlers` in a module of its own.
    let class = own.strip_prefix("handlers.").unwrap_or(own);
    let spellings =
        [format!("ferrolog.{class}"), format!("logging.{own}"), format!("logging.handlers.{own}")];
    spellings.iter().find_map(|spelling| classes.get(spelling))
}

/// The class whose name is nearest, or the one that stands in another module.
fn nearest_class<'c, M: ?Sized>(
    name: &str,
    classes: &'c BTreeMap<String, Class<M>>,
) -> Option<&'c str> {
    let known = || classes.keys().map(String::as_str);
    let last = |name: &'c str| name.rsplit('.').next().unwrap_or(name);
    let wanted = name.rsplit(['.', ':']).next().unwrap_or(name);
    known()
        .find(|known| last(known) == wanted)
        .or_else(|| nearest(name, known()))
        .or_else(|| known().find(|known| nearest(wanted, [last(known)]).is_some()))
        .filter(|known| *known != name)
}
