//! A logging facility: the namespace of one module `logging`, and its classes and those of its
//! `logging.handlers`. There are at most two of them: the stand-alone package's, once it is used, and the
//! standard library's, once it was taken over.
//!
//! The namespace stays the truth for everything that Python code may set in it
//! (`raiseExceptions`, `_srcfile`, `_logRecordFactory`, `lastResort`, ...); what is read from it on
//! the way of each record is kept with the namespace's version.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pyo3::exceptions::{PySystemError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyType};

use crate::globals::Globals;
use crate::handler;
use crate::names::{self, Name};
use crate::native::fields;
use crate::native::function;
use crate::native::gil::{GilCell, intern};
use crate::native::method::{Args, Definition};
use crate::native::shape::Shape;
use crate::natives::{self, Native};

/// One facility.
pub(crate) struct Facility {
    index: usize,
    /// The namespace of its module.
    pub(crate) dict: Py<PyDict>,
    classes: RefCell<HashMap<String, Class>>,
    /// The namespace of its `handlers` module, once that is there.
    handlers: RefCell<Option<Rc<handler::Module>>>,
    /// The functions that the module had when it was adopted.
    functions: HashMap<String, Py<PyAny>>,
    patches: RefCell<Vec<Patch>>,
    originals: RefCell<HashMap<(&'static str, &'static str), Py<PyAny>>>,
    globals: RefCell<Option<Rc<Globals>>>,
}

/// A class of the facility, and the namespace of the module that defines it.
struct Class {
    class: Py<PyType>,
    module: Py<PyDict>,
}

/// A native method, and what was in its place.
struct Patch {
    class: &'static str,
    name: &'static str,
    native: Py<PyAny>,
    original: Py<PyAny>,
}

static FACILITIES: GilCell<Vec<Rc<Facility>>> = GilCell::new(Vec::new());

impl Facility {
    /// The facility with this index.
    pub(crate) fn at(py: Python<'_>, index: usize) -> Rc<Facility> {
        Rc::clone(&FACILITIES.borrow(py)[index])
    }

    /// Its index.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The facility that the class of `object` belongs to, if it belongs to one.
    pub(crate) fn find(object: &Bound<'_, PyAny>) -> Option<Rc<Facility>> {
        Shape::of(&object.get_type()).facility.map(|index| Facility::at(object.py(), index))
    }

    /// The facility that the class of `object` belongs to.
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> PyResult<Rc<Facility>> {
        match Facility::find(object) {
            Some(facility) => Ok(facility),
            // A method of ours was called, so the object has one of our classes among its bases.
            None => Err(PySystemError::new_err("ferrolog: an object of an unknown class")),
        }
    }

    /// Runs the Python function that a native method stands for, with the same arguments.
    pub(crate) fn call_original<'py>(
        &self,
        slf: &Bound<'py, PyAny>,
        class: &'static str,
        name: &'static str,
        args: Args<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.original(slf.py(), class, name) {
            Some(function) => args.forward(&function, slf),
            None => self.missing(class, name),
        }
    }

    /// What asking for the Python function behind a method that is not ours fails with.
    pub(crate) fn missing<T>(&self, class: &str, name: &str) -> PyResult<T> {
        Err(PySystemError::new_err(format!("ferrolog: no {class}.{name} was adopted")))
    }

    /// The facility whose namespace this is.
    pub(crate) fn of_dict(dict: &Bound<'_, PyDict>) -> Option<Rc<Facility>> {
        FACILITIES.borrow(dict.py()).iter().find(|f| f.dict.is(dict)).map(Rc::clone)
    }

    /// The facility of a namespace, made known if it is not yet.
    fn create(dict: &Bound<'_, PyDict>) -> PyResult<Rc<Facility>> {
        if let Some(facility) = Facility::of_dict(dict) {
            return Ok(facility);
        }
        let mut functions = HashMap::new();
        for (name, value) in dict.iter() {
            if is_function_of(&value, dict) {
                functions.insert(name.extract::<String>()?, value.unbind());
            }
        }
        let facility = Rc::new(Facility {
            index: FACILITIES.borrow(dict.py()).len(),
            dict: dict.clone().unbind(),
            classes: RefCell::default(),
            handlers: RefCell::default(),
            functions,
            patches: RefCell::default(),
            originals: RefCell::default(),
            globals: RefCell::default(),
        });
        facility.know_classes(dict)?;
        FACILITIES.borrow(dict.py()).push(Rc::clone(&facility));
        Ok(facility)
    }

    /// Makes the classes that a module defines known as this facility's.
    fn know_classes(&self, module: &Bound<'_, PyDict>) -> PyResult<()> {
        let module_name = module
            .get_item("__name__")?
            .ok_or_else(|| PyValueError::new_err("ferrolog: a namespace without __name__"))?;
        for (name, value) in module.iter() {
            if let Ok(class) = value.cast::<PyType>()
                && class.module()?.as_any().eq(&module_name)?
            {
                let name = name.extract::<String>()?;
                natives::register_class(class, self.index);
                self.know_functions(module, &name, class)?;
                let class =
                    Class { class: class.clone().unbind(), module: module.clone().unbind() };
                self.classes.borrow_mut().insert(name, class);
            }
        }
        Ok(())
    }

    /// Makes the module's own functions on a class known as such, so that it can be seen that nobody
    /// has put anything in their place. They are part of the facility, which lives for ever.
    fn know_functions(
        &self,
        module: &Bound<'_, PyDict>,
        name: &str,
        class: &Bound<'_, PyType>,
    ) -> PyResult<()> {
        let py = class.py();
        let attributes = class.getattr(names::N_DICT.get(py))?.call_method0("copy")?;
        let attributes = attributes.cast_into::<PyDict>()?;
        for watched in names::CLASS_VALUES.map(Name) {
            let Some(found) = attributes.get_item(watched.get(py))? else { continue };
            let own = is_function_of(&found, module)
                && found
                    .getattr(intern!(py, "__qualname__"))
                    .is_ok_and(|q| q.eq(format!("{name}.{}", watched.text())).unwrap_or(false));
            if own {
                natives::register(py, &found, Native::of(name, watched.text()));
                std::mem::forget(found.unbind());
            }
        }
        Ok(())
    }

    /// Gives the classes of a namespace their native methods. What others have put in the place of a method stays.
    pub(crate) fn adopt(
        dict: &Bound<'_, PyDict>,
        definitions: impl Iterator<Item = &'static Definition>,
    ) -> PyResult<()> {
        let py = dict.py();
        let facility = Facility::create(dict)?;
        for definition in definitions {
            facility.patch(py, definition)?;
        }
        if let Some(class) = facility.class(py, "LogRecord") {
            fields::prepare(&class)?;
        }
        facility.globals.borrow_mut().take();
        Ok(())
    }

    /// The same for the facility's `handlers` module, `dict` being that of its `logging`.
    pub(crate) fn adopt_handlers(
        dict: &Bound<'_, PyDict>,
        handlers: &Bound<'_, PyDict>,
        definitions: impl Iterator<Item = &'static Definition>,
    ) -> PyResult<()> {
        let facility = Facility::create(dict)?;
        let known = facility.handlers.borrow().as_ref().is_some_and(|known| known.is_of(handlers));
        if !known {
            facility.know_classes(handlers)?;
            *facility.handlers.borrow_mut() = Some(Rc::new(handler::Module::new(dict, handlers)));
        }
        for definition in definitions {
            facility.patch(handlers.py(), definition)?;
        }
        if let Some(module) = facility.handlers() {
            module.learn(handlers.py(), &facility);
            handler::fifo::learn(handlers.py())?;
        }
        facility.globals.borrow_mut().take();
        Ok(())
    }

    /// What is known of the `handlers` module, if that was adopted.
    pub(crate) fn handlers(&self) -> Option<Rc<handler::Module>> {
        self.handlers.borrow().as_ref().map(Rc::clone)
    }

    fn patch(&self, py: Python<'_>, definition: &'static Definition) -> PyResult<()> {
        let &Definition { class, name, .. } = definition;
        let known = self.patches.borrow().iter().position(|p| p.class == class && p.name == name);
        let Some(holder) = self.class(py, class) else { return Ok(()) };
        let Some(current) = own_attribute(&holder, name)? else { return Ok(()) };
        if let Some(known) = known {
            let patches = self.patches.borrow();
            let patch = &patches[known];
            if current.is(&patch.original) {
                holder.setattr(name, patch.native.bind(py))?;
            }
            return Ok(());
        }
        let original = self.original_of(&current, class, name)?;
        let native = function::of(definition, &holder, &original)?;
        if current.is(&original) {
            holder.setattr(name, &native)?;
        }
        self.originals.borrow_mut().insert((class, name), original.clone().unbind());
        self.patches.borrow_mut().push(Patch {
            class,
            name,
            native: native.unbind(),
            original: original.unbind(),
        });
        Ok(())
    }

    /// The stand-alone facility, made now if nobody has used it yet, with its `handlers` if `module` is that of
    /// this one's; `None` if this is it.
    fn alone(&self, py: Python<'_>, module: &Bound<'_, PyDict>) -> PyResult<Option<Rc<Facility>>> {
        let namespace = py.import("ferrolog._alone")?.call_method0("namespace")?;
        let namespace = namespace.cast_into::<PyDict>()?;
        if self.dict.is(&namespace) {
            return Ok(None);
        }
        if !module.is(&self.dict) {
            py.import("ferrolog.handlers")?;
        }
        Ok(Facility::of_dict(&namespace))
    }

    /// The module's own function under this name: `current`, or, if that is somebody else's, the
    /// same function of the stand-alone facility brought into this namespace.
    fn original_of<'py>(
        &self,
        current: &Bound<'py, PyAny>,
        class: &'static str,
        name: &'static str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = current.py();
        let qualified = format!("{class}.{name}");
        let module = match self.classes.borrow().get(class) {
            Some(known) => known.module.bind(py).clone(),
            None => self.dict.bind(py).clone(),
        };
        let own = is_function_of(current, &module)
            && current
                .getattr(intern!(py, "__code__"))
                .and_then(|code| code.getattr(intern!(py, "co_qualname")))
                .is_ok_and(|q| q.eq(&qualified).unwrap_or(false));
        if own {
            return Ok(current.clone());
        }
        let alone = self.alone(py, &module)?;
        let Some(twin) = alone.and_then(|alone| alone.original(py, class, name)) else {
            return Ok(current.clone());
        };
        let function = py.import("types")?.getattr("FunctionType")?.call1((
            twin.getattr("__code__")?,
            &module,
            name,
            twin.getattr("__defaults__")?,
            twin.getattr("__closure__")?,
        ))?;
        function.setattr("__kwdefaults__", twin.getattr("__kwdefaults__")?)?;
        function.setattr("__qualname__", qualified)?;
        Ok(function)
    }

    /// Takes the native methods away again, where they still are.
    pub(crate) fn release(&self, py: Python<'_>) -> PyResult<()> {
        for patch in self.patches.borrow().iter().rev() {
            if let Some(class) = self.class(py, patch.class)
                && let Some(current) = own_attribute(&class, patch.name)?
                && current.is(&patch.native)
            {
                class.setattr(patch.name, patch.original.bind(py))?;
            }
        }
        Ok(())
    }

    /// The class that the module defines under this name.
    pub(crate) fn class<'py>(&self, py: Python<'py>, name: &str) -> Option<Bound<'py, PyType>> {
        self.classes.borrow().get(name).map(|known| known.class.bind(py).clone())
    }

    /// Whether this is the function that the module itself has under this name.
    pub(crate) fn is_own(&self, value: &Bound<'_, PyAny>, name: &str) -> bool {
        self.functions.get(name).is_some_and(|own| own.is(value))
    }

    /// The Python function that the native method stands for.
    pub(crate) fn original<'py>(
        &self,
        py: Python<'py>,
        class: &'static str,
        name: &'static str,
    ) -> Option<Bound<'py, PyAny>> {
        self.originals.borrow().get(&(class, name)).map(|f| f.bind(py).clone())
    }

    /// The file of the module's own code, in the form of `_srcfile`.
    pub(crate) fn source<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Some(function) = self.original(py, "Logger", "_log") else {
            return self.missing("Logger", "_log");
        };
        let file = function.getattr("__code__")?.getattr("co_filename")?;
        py.import("os.path")?.call_method1("normcase", (file,))
    }

    /// `lastResort`. It is not kept with the rest, as a handler that is replaced there may be gone at once.
    pub(crate) fn last_resort<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let found = self.dict.bind(py).get_item(names::G_LAST_RESORT.get(py))?;
        Ok(found.unwrap_or_else(|| py.None().into_bound(py)))
    }

    /// What the namespace says now.
    pub(crate) fn globals(&self, py: Python<'_>) -> PyResult<Rc<Globals>> {
        let dict = self.dict.bind(py);
        if let Some(globals) = &*self.globals.borrow()
            && globals.holds(dict)
        {
            return Ok(Rc::clone(globals));
        }
        let globals = Rc::new(Globals::read(self, dict)?);
        *self.globals.borrow_mut() = Some(Rc::clone(&globals));
        Ok(globals)
    }
}

/// Whether this is a function written in Python in the module of this namespace. What only passes for one,
/// as a wrapper that has the function's attributes, is not.
fn is_function_of(value: &Bound<'_, PyAny>, module: &Bound<'_, PyDict>) -> bool {
    value.is_exact_instance_of::<PyFunction>()
        && value.getattr(intern!(value.py(), "__globals__")).is_ok_and(|globals| globals.is(module))
}

/// What the class itself has under this name.
fn own_attribute<'py>(
    class: &Bound<'py, PyType>,
    name: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let attributes = class.getattr(names::N_DICT.get(class.py()))?;
    let found = attributes.call_method1(names::M_GET.get(class.py()), (name,))?;
    Ok((!found.is_none()).then_some(found))
}
