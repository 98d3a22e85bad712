//! What the namespace of `logging.handlers` says, as of one version of it.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use pyo3::exceptions::PyNameError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};

use crate::facility::Facility;
use crate::names;
use crate::native::dict;

/// The `handlers` module of a facility.
pub(crate) struct Module {
    namespace: Py<PyDict>,
    /// The namespace of the facility's `logging`.
    facility: Py<PyDict>,
    globals: RefCell<Option<Rc<HandlersGlobals>>>,
    seeks: OnceCell<bool>,
    drops_stacks: OnceCell<bool>,
}

/// The modules that the handlers' methods call, by the names that they call them by.
pub(crate) struct HandlersGlobals {
    version: u64,
    /// `logging`, if it is the facility's own module.
    pub(crate) logging: Option<Py<PyAny>>,
    pub(crate) time: Py<PyAny>,
    pub(crate) os: Py<PyAny>,
    pub(crate) copy: Py<PyAny>,
    pub(crate) pickle: Py<PyAny>,
    pub(crate) socket: Py<PyAny>,
    /// `struct`
    pub(crate) structs: Py<PyAny>,
    pub(crate) queue: Py<PyAny>,
}

impl Module {
    /// The module with this namespace, of the facility with that of its `logging`.
    pub(crate) fn new(facility: &Bound<'_, PyDict>, namespace: &Bound<'_, PyDict>) -> Self {
        Module {
            namespace: namespace.clone().unbind(),
            facility: facility.clone().unbind(),
            globals: RefCell::default(),
            seeks: OnceCell::new(),
            drops_stacks: OnceCell::new(),
        }
    }

    /// Whether `RotatingFileHandler.shouldRollover` goes to the end of the file to see how long it is,
    /// and rolls an empty file over too; so it was in some releases of 3.11 and of 3.12.
    pub(crate) fn seeks(&self) -> bool {
        self.seeks.get().copied().unwrap_or_default()
    }

    /// Whether `QueueHandler.prepare` takes the stack from the record; early releases of 3.11 did not.
    pub(crate) fn drops_stacks(&self) -> bool {
        self.drops_stacks.get().copied().unwrap_or_default()
    }

    /// Finds out what differs between releases of one version of Python, from the module's own
    /// functions.
    pub(crate) fn learn(&self, py: Python<'_>, facility: &Facility) {
        let uses = |class, method, name: names::Name| {
            let original = facility.original(py, class, method);
            let names = original.and_then(|f| f.getattr("__code__").ok()?.getattr("co_names").ok());
            names.is_some_and(|names| names.contains(name.get(py)).unwrap_or(false))
        };
        self.seeks.get_or_init(|| uses("RotatingFileHandler", "shouldRollover", names::N_SEEK));
        self.drops_stacks.get_or_init(|| uses("QueueHandler", "prepare", names::R_STACK_INFO));
    }

    /// What the module calls `logging`.
    pub(crate) fn logging<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let found = self.namespace.bind(py).get_item("logging")?;
        found.ok_or_else(|| PyNameError::new_err("name 'logging' is not defined"))
    }

    /// The module's namespace.
    pub(crate) fn namespace<'py>(&self, py: Python<'py>) -> &Bound<'py, PyDict> {
        self.namespace.bind(py)
    }

    /// Whether this is the module of that namespace.
    pub(crate) fn is_of(&self, namespace: &Bound<'_, PyDict>) -> bool {
        self.namespace.is(namespace)
    }

    /// What the namespace says now.
    pub(crate) fn globals(&self, py: Python<'_>) -> PyResult<Rc<HandlersGlobals>> {
        let namespace = self.namespace.bind(py);
        let version = dict::version(namespace);
        if let Some(globals) = &*self.globals.borrow()
            && globals.version == version
        {
            return Ok(Rc::clone(globals));
        }
        let get = |name: &str| -> PyResult<Py<PyAny>> {
            Ok(namespace.get_item(name)?.map_or_else(|| py.None(), Bound::unbind))
        };
        let logging = get("logging")?;
        let own = logging
            .bind(py)
            .cast::<PyModule>()
            .is_ok_and(|module| module.dict().is(&self.facility));
        let globals = Rc::new(HandlersGlobals {
            version,
            logging: own.then_some(logging),
            time: get("time")?,
            os: get("os")?,
            copy: get("copy")?,
            pickle: get("pickle")?,
            socket: get("socket")?,
            structs: get("struct")?,
            queue: get("queue")?,
        });
        *self.globals.borrow_mut() = Some(Rc::clone(&globals));
        Ok(globals)
    }
}
