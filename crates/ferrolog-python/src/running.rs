//! Who makes a record: the thread, the process and the task that a record tells of.
//!
//! What the standard library asks the interpreter's modules at each record is known here as long as their
//! functions are the interpreter's own; otherwise they are asked.

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyModule, PyString};

use crate::globals::Globals;
use crate::names;
use crate::native::gil::GilCell;
use crate::native::shape::View;
use crate::native::{dict, process, rlock};
use crate::untouched::{self, Untouched};

/// The functions that tell about threads.
static THREADING: Untouched =
    Untouched::new("threading", &[("get_ident", "_thread"), ("current_thread", "threading")]);
/// What tells which process this is.
static OS: Untouched = Untouched::new("os", &[("getpid", "posix")]);
/// What tells the running task.
#[cfg(Py_3_12)]
static ASYNCIO: Untouched = Untouched::new("asyncio", &[("current_task", "_asyncio")]);

/// What a record tells of who made it.
pub(crate) struct Running<'py> {
    pub(crate) thread: Bound<'py, PyAny>,
    pub(crate) thread_name: Bound<'py, PyAny>,
    pub(crate) process_name: Bound<'py, PyAny>,
    pub(crate) process: Bound<'py, PyAny>,
    #[cfg(Py_3_12)]
    pub(crate) task_name: Bound<'py, PyAny>,
}

impl<'py> Running<'py> {
    /// This thread, as far as the facility is told to look.
    pub(crate) fn now(py: Python<'py>, globals: &Globals) -> PyResult<Self> {
        let none = py.None().into_bound(py);
        let (thread, thread_name) =
            if globals.log_threads { thread(py, globals)? } else { (none.clone(), none.clone()) };
        let modules = Modules::now(py, globals)?;
        let process_name = if globals.log_multiprocessing {
            process_name(py, globals, modules)?
        } else {
            none.clone()
        };
        let process = if globals.log_processes { process(py, globals)? } else { none.clone() };
        #[cfg(Py_3_12)]
        let task_name = if globals.log_asyncio_tasks && modules.asyncio {
            task_name(py, globals)?.unwrap_or(none)
        } else {
            none
        };
        Ok(Running {
            thread,
            thread_name,
            process_name,
            process,
            #[cfg(Py_3_12)]
            task_name,
        })
    }
}

/// Number and name of this thread.
fn thread<'py>(
    py: Python<'py>,
    globals: &Globals,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let threading = globals.threading.bind(py);
    if let Some(known) = known_thread(threading)? {
        return Ok(known);
    }
    Ok((threading.call_method0(names::N_GET_IDENT.get(py))?, name_of_thread(py, globals)?))
}

/// The name of this thread.
pub(crate) fn thread_name<'py>(py: Python<'py>, globals: &Globals) -> PyResult<Bound<'py, PyAny>> {
    match known_thread(globals.threading.bind(py))? {
        Some((_, name)) => Ok(name),
        None => name_of_thread(py, globals),
    }
}

/// The thread that was last asked for, and where `threading` keeps its threads.
struct Last {
    threading: u64,
    active: Py<PyDict>,
    number: std::ffi::c_ulong,
    ident: Py<PyAny>,
}

static LAST: GilCell<Option<Last>> = GilCell::new(None);

/// Number and name of the thread that `current_thread()` finds: for one that `threading` has not made it
/// makes an object.
fn known_thread<'py>(
    threading: &Bound<'py, PyAny>,
) -> PyResult<Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    let py = threading.py();
    let Ok(module) = threading.cast_exact::<PyModule>() else { return Ok(None) };
    if !THREADING.holds(threading)? {
        return Ok(None);
    }
    let namespace = module.dict();
    let (version, number) = (dict::version(&namespace), rlock::ident());
    let last = match &*LAST.borrow(py) {
        Some(last) if last.threading == version && last.number == number => {
            Some((last.active.bind(py).clone(), last.ident.bind(py).clone()))
        }
        _ => None,
    };
    let (active, ident) = match last {
        Some(last) => last,
        None => {
            let active = namespace.get_item(intern!(py, "_active"))?;
            let Some(Ok(active)) = active.map(Bound::cast_into_exact::<PyDict>) else {
                return Ok(None);
            };
            let ident = PyInt::new(py, number).into_any();
            let last = Last {
                threading: version,
                active: active.clone().unbind(),
                number,
                ident: ident.clone().unbind(),
            };
            let before = LAST.borrow(py).replace(last);
            drop(before);
            (active, ident)
        }
    };
    let Some(thread) = active.get_item(&ident)? else { return Ok(None) };
    Ok(own_name(&thread)?.map(|name| (ident, name)))
}

/// The name of a thread whose `name` is that of `threading.Thread`.
fn own_name<'py>(thread: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    /// The class that was last looked at, by its version.
    static LOOKED_AT: GilCell<(u64, bool)> = GilCell::new((0, false));
    let py = thread.py();
    let Some(view) = View::of(thread) else { return Ok(None) };
    let version = view.shape.version();
    let (known, mut own) = *LOOKED_AT.borrow(py);
    if known != version || version == 0 {
        let property = thread.get_type().getattr(names::A_NAME.get(py))?;
        let getter = property.getattr_opt(intern!(py, "fget"))?;
        own = match getter {
            Some(getter) => {
                untouched::is_of(&getter, "Thread.name", "threading")?
                    && thread.get_type().getattr_opt(intern!(py, "__getattr__"))?.is_none()
            }
            None => false,
        };
        *LOOKED_AT.borrow(py) = (version, own);
    }
    // A thread that is not yet initialised is for the property to complain of.
    Ok(if own { view.own(names::A_THREAD_NAME) } else { None })
}

fn name_of_thread<'py>(py: Python<'py>, globals: &Globals) -> PyResult<Bound<'py, PyAny>> {
    globals
        .threading
        .bind(py)
        .call_method0(names::N_CURRENT_THREAD.get(py))?
        .getattr(names::A_NAME.get(py))
}

fn process<'py>(py: Python<'py>, globals: &Globals) -> PyResult<Bound<'py, PyAny>> {
    let os = globals.os.bind(py);
    if OS.holds(os)? {
        return Ok(PyInt::new(py, process::id()).into_any());
    }
    os.call_method0(names::N_GETPID.get(py))
}

/// Which of the modules that a record asks have been imported.
#[derive(Clone, Copy)]
struct Modules {
    multiprocessing: bool,
    /// Whose tasks records name from 3.12 on.
    #[cfg_attr(not(Py_3_12), allow(dead_code))]
    asyncio: bool,
}

impl Modules {
    fn now(py: Python<'_>, globals: &Globals) -> PyResult<Modules> {
        /// What the table of modules said, by its version.
        static KNOWN: GilCell<(u64, Modules)> =
            GilCell::new((0, Modules { multiprocessing: true, asyncio: true }));
        let everything = Modules { multiprocessing: true, asyncio: true };
        let Ok(sys) = globals.sys.bind(py).cast_exact::<PyModule>() else { return Ok(everything) };
        let modules = sys.dict().get_item(names::N_MODULES.get(py))?;
        let Some(Ok(modules)) = modules.map(Bound::cast_into_exact::<PyDict>) else {
            // Whoever asks finds out.
            return Ok(everything);
        };
        let modules = &modules;
        let version = dict::version(modules);
        let (known, found) = *KNOWN.borrow(py);
        if known == version {
            return Ok(found);
        }
        let has = |name: &Bound<'_, PyString>| -> PyResult<bool> {
            Ok(modules.get_item(name)?.is_some_and(|module| !module.is_none()))
        };
        let found = Modules {
            multiprocessing: has(intern!(py, "multiprocessing"))?,
            asyncio: has(intern!(py, "asyncio"))?,
        };
        *KNOWN.borrow(py) = (version, found);
        Ok(found)
    }
}

/// The name that `multiprocessing` gives this process, if it has been imported.
fn process_name<'py>(
    py: Python<'py>,
    globals: &Globals,
    modules: Modules,
) -> PyResult<Bound<'py, PyAny>> {
    let usual = intern!(py, "MainProcess").clone().into_any();
    if !modules.multiprocessing {
        return Ok(usual);
    }
    let Some(multiprocessing) = imported(py, globals, intern!(py, "multiprocessing"))? else {
        return Ok(usual);
    };
    let name = multiprocessing
        .call_method0(names::N_CURRENT_PROCESS.get(py))
        .and_then(|process| process.getattr(names::A_NAME.get(py)));
    // Importing may still be under way; the standard library lets any such failure pass too.
    match name {
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(usual),
        name => name,
    }
}

/// The name of the running asyncio task, if there is one.
#[cfg(Py_3_12)]
fn task_name<'py>(py: Python<'py>, globals: &Globals) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(asyncio) = imported(py, globals, intern!(py, "asyncio"))? else { return Ok(None) };
    if !asyncio.is_truthy()? || (ASYNCIO.holds(&asyncio)? && !loop_is_running(py)?) {
        return Ok(None);
    }
    let name = asyncio
        .call_method0(names::N_CURRENT_TASK.get(py))
        .and_then(|task| task.call_method0(names::N_GET_NAME.get(py)));
    // Outside a loop there is no task, which is an exception.
    match name {
        Ok(name) => Ok(Some(name)),
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a loop is running in this thread.
#[cfg(Py_3_12)]
fn loop_is_running(py: Python<'_>) -> PyResult<bool> {
    let asyncio = py.import(intern!(py, "_asyncio"))?;
    Ok(!asyncio.call_method0(intern!(py, "_get_running_loop"))?.is_none())
}

/// `sys.modules.get(name)`, `None` for a module that is not there.
fn imported<'py>(
    py: Python<'py>,
    globals: &Globals,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let modules = globals.sys.bind(py).getattr(names::N_MODULES.get(py))?;
    let module = match modules.cast::<PyDict>() {
        Ok(modules) => modules.get_item(name)?,
        Err(_) => Some(modules.call_method1(intern!(py, "get"), (name,))?),
    };
    Ok(module.filter(|module| !module.is_none()))
}
