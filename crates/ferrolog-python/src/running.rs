//! Who makes a record: the thread, the process and the task that a record tells of.
//!
//! What the standard library asks the interpreter's modules at each record is known here as long as their
//! functions are the interpreter's own; otherwise they are asked.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyModule, PyString};

use crate::globals::Globals;
use crate::names;
use crate::native::dict::Item;
use crate::native::gil::{GilCell, intern};
use crate::native::shape::View;
use crate::native::watch::Watch;
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
    /// Nothing was called to find it out that might be others' code.
    pub(crate) quietly: bool,
}

impl<'py> Running<'py> {
    /// This thread, as far as the facility is told to look.
    pub(crate) fn now(py: Python<'py>, globals: &Globals) -> PyResult<Self> {
        if let Some(known) = Last::find(py, globals) {
            return Ok(known);
        }
        let running = Running::find(py, globals)?;
        if running.quietly && globals.log_threads {
            Last::remember(py, globals, &running)?;
        }
        Ok(running)
    }

    fn find(py: Python<'py>, globals: &Globals) -> PyResult<Self> {
        let (thread, thread_name, same_thread) = thread(py, globals)?;
        let modules = Modules::now(py, globals)?;
        let process_name = process_name(py, globals, modules)?;
        let (process, same_process) = process(py, globals)?;
        let quietly = same_thread
            && same_process
            && !(globals.log_multiprocessing && modules.multiprocessing);
        Ok(Running {
            thread,
            thread_name,
            process_name,
            process,
            #[cfg(Py_3_12)]
            task_name: task_name(py, globals, modules)?,
            #[cfg(Py_3_12)]
            quietly: quietly && !(globals.log_asyncio_tasks && modules.asyncio),
            #[cfg(not(Py_3_12))]
            quietly,
        })
    }
}

/// Number and name of this thread, as far as the facility is told to look, and whether nothing was called to find them
/// out that might be others' code.
pub(crate) fn thread<'py>(
    py: Python<'py>,
    globals: &Globals,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>, bool)> {
    if !globals.log_threads {
        let none = py.None().into_bound(py);
        return Ok((none.clone(), none, true));
    }
    let threading = globals.threading.bind(py);
    Ok(match known_thread(threading)? {
        Some((ident, name)) => (ident, name, true),
        None => {
            let ident = threading.call_method0(names::N_GET_IDENT.get(py))?;
            (ident, name_of_thread(py, globals)?, false)
        }
    })
}

/// The number of this process; as [`thread`].
pub(crate) fn process<'py>(
    py: Python<'py>,
    globals: &Globals,
) -> PyResult<(Bound<'py, PyAny>, bool)> {
    if !globals.log_processes {
        return Ok((py.None().into_bound(py), true));
    }
    Ok(match known_process(py, globals)? {
        Some(process) => (process, true),
        None => (globals.os.bind(py).call_method0(names::N_GETPID.get(py))?, false),
    })
}

/// What was found out without calling what might be others' code, and what it rested on.
struct Last {
    /// The version of the facility's namespace, and so its modules and what it is told to look at.
    globals: u64,
    number: std::ffi::c_ulong,
    process_number: u32,
    /// Where `threading` keeps its threads, and this one among them.
    active: Py<PyDict>,
    item: Item,
    watch: Watch,
    thread: Py<PyAny>,
    thread_name: Py<PyAny>,
    process_name: Py<PyAny>,
    process: Py<PyAny>,
}

impl Last {
    fn find<'py>(py: Python<'py>, globals: &Globals) -> Option<Running<'py>> {
        let number = rlock::ident();
        let lasts = LASTS.borrow(py);
        let last = lasts[slot_of(number)].as_ref()?;
        let same = last.globals == globals.version()
            && last.number == number
            && last.process_number == process::id();
        let thread = last.item.get(last.active.bind(py)).filter(|_| same)?;
        last.watch.holds(&thread).then(|| Running {
            thread: last.thread.bind(py).clone(),
            thread_name: last.thread_name.bind(py).clone(),
            process_name: last.process_name.bind(py).clone(),
            process: last.process.bind(py).clone(),
            #[cfg(Py_3_12)]
            task_name: py.None().into_bound(py),
            quietly: true,
        })
    }

    fn remember<'py>(py: Python<'py>, globals: &Globals, running: &Running<'py>) -> PyResult<()> {
        let namespace = |module: &Py<PyAny>| {
            module.bind(py).cast_exact::<PyModule>().ok().map(PyModuleMethods::dict)
        };
        let modules = [&globals.threading, &globals.os, &globals.sys].map(namespace);
        let [Some(threading), Some(os), Some(sys)] = modules else { return Ok(()) };
        let active = threading.get_item(intern!(py, "_active"))?;
        let loaded = sys.get_item(names::N_MODULES.get(py))?;
        let (Some(Ok(active)), Some(Ok(loaded))) = (
            active.map(Bound::cast_into_exact::<PyDict>),
            loaded.map(Bound::cast_into_exact::<PyDict>),
        ) else {
            return Ok(());
        };
        let Some(item) = Item::of(&active, &running.thread)? else { return Ok(()) };
        let Some(thread) = item.get(&active) else { return Ok(()) };
        let mut watch = Watch::default();
        let Some(view) = View::of(&thread) else { return Ok(()) };
        watch.view(&view);
        watch.own(&view, names::A_THREAD_NAME);
        // The modules stay as long as the namespace, and the table of modules as long as what is in `sys`.
        [&threading, &os, &sys, &loaded].into_iter().for_each(|dict| watch.dict(dict));
        watch.close(&thread);
        let number = rlock::ident();
        let last = Last {
            globals: globals.version(),
            number,
            process_number: process::id(),
            active: active.unbind(),
            item,
            watch,
            thread: running.thread.clone().unbind(),
            thread_name: running.thread_name.clone().unbind(),
            process_name: running.process_name.clone().unbind(),
            process: running.process.clone().unbind(),
        };
        let before = LASTS.borrow(py)[slot_of(number)].replace(last);
        // What is dropped may be others' to tell of.
        drop(before);
        Ok(())
    }
}

/// Of recently asked for threads.
static LASTS: GilCell<[Option<Last>; THREADS]> = GilCell::new([const { None }; THREADS]);

/// A thread that was asked for, and what `threading` says of it.
struct Known {
    /// The version of the module's namespace, in which its functions are the interpreter's own.
    threading: u64,
    number: std::ffi::c_ulong,
    ident: Py<PyAny>,
    /// Where `threading` keeps its threads, and this one among them.
    active: Py<PyDict>,
    thread: Item,
    /// What its name rests on.
    watch: Watch,
    name: Py<PyAny>,
}

const THREADS: usize = 16;

/// Recently asked for threads.
static KNOWN: GilCell<[Option<Known>; THREADS]> = GilCell::new([const { None }; THREADS]);

/// Numbers are addresses, as far apart as stacks are long.
fn slot_of(number: std::ffi::c_ulong) -> usize {
    (number >> 12 ^ number >> 23) as usize % THREADS
}

/// Number and name of the thread that `current_thread()` finds: for one that `threading` has not made it
/// makes an object.
fn known_thread<'py>(
    threading: &Bound<'py, PyAny>,
) -> PyResult<Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    let py = threading.py();
    let Ok(module) = threading.cast_exact::<PyModule>() else { return Ok(None) };
    let namespace = module.dict();
    let (version, number) = (dict::version(&namespace), rlock::ident());
    let mut ident = None;
    if let Some(last) = &KNOWN.borrow(py)[slot_of(number)]
        && last.threading == version
        && last.number == number
    {
        if let Some(thread) = last.thread.get(last.active.bind(py))
            && last.watch.holds(&thread)
        {
            return Ok(Some((last.ident.bind(py).clone(), last.name.bind(py).clone())));
        }
        ident = Some(last.ident.bind(py).clone());
    }
    if !THREADING.holds(threading)? {
        return Ok(None);
    }
    let ident = ident.unwrap_or_else(|| PyInt::new(py, number).into_any());
    let active = namespace.get_item(intern!(py, "_active"))?;
    let Some(Ok(active)) = active.map(Bound::cast_into_exact::<PyDict>) else { return Ok(None) };
    let Some(thread) = active.get_item(&ident)? else { return Ok(None) };
    let Some(name) = own_name(&thread)? else { return Ok(None) };
    if let Some(item) = Item::of(&active, &ident)?
        && let Some(view) = View::of(&thread)
    {
        let mut watch = Watch::default();
        watch.view(&view);
        watch.own(&view, names::A_THREAD_NAME);
        watch.close(&thread);
        let name = name.clone().unbind();
        let (active, ident) = (active.unbind(), ident.clone().unbind());
        let known = Known { threading: version, number, ident, active, thread: item, watch, name };
        let before = KNOWN.borrow(py)[slot_of(number)].replace(known);
        // What is dropped may be others' to tell of.
        drop(before);
    }
    Ok(Some((ident, name)))
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

/// The number of this process, as `os.getpid` tells it, if that is the interpreter's own.
fn known_process<'py>(py: Python<'py>, globals: &Globals) -> PyResult<Option<Bound<'py, PyAny>>> {
    /// The process that was last asked for.
    static LAST: GilCell<Option<(u32, Py<PyAny>)>> = GilCell::new(None);
    if !OS.holds(globals.os.bind(py))? {
        return Ok(None);
    }
    let number = process::id();
    if let Some((last, object)) = &*LAST.borrow(py)
        && *last == number
    {
        return Ok(Some(object.bind(py).clone()));
    }
    let object = PyInt::new(py, number).into_any();
    *LAST.borrow(py) = Some((number, object.clone().unbind()));
    Ok(Some(object))
}

/// Which of the modules that a record asks have been imported.
#[derive(Clone, Copy)]
pub(crate) struct Modules {
    multiprocessing: bool,
    /// Whose tasks records name from 3.12 on.
    #[cfg_attr(not(Py_3_12), allow(dead_code))]
    asyncio: bool,
}

impl Modules {
    pub(crate) fn now(py: Python<'_>, globals: &Globals) -> PyResult<Modules> {
        /// What the table of modules said, by its version.
        static KNOWN: GilCell<(u64, Modules)> =
            GilCell::new((0, Modules { multiprocessing: true, asyncio: true }));
        let everything = Modules { multiprocessing: true, asyncio: true };
        /// The table itself.
        static TABLE: GilCell<Option<Item>> = GilCell::new(None);
        let Ok(sys) = globals.sys.bind(py).cast_exact::<PyModule>() else { return Ok(everything) };
        let namespace = sys.dict();
        let known = TABLE.borrow(py).as_ref().and_then(|table| table.get(&namespace));
        let modules = match known {
            Some(modules) => Some(modules),
            None => {
                let name = names::N_MODULES.get(py);
                *TABLE.borrow(py) = Item::of(&namespace, name)?;
                namespace.get_item(name)?
            }
        };
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

/// The name that `multiprocessing` gives this process, if it has been imported, and the facility is told to look.
pub(crate) fn process_name<'py>(
    py: Python<'py>,
    globals: &Globals,
    modules: Modules,
) -> PyResult<Bound<'py, PyAny>> {
    if !globals.log_multiprocessing {
        return Ok(py.None().into_bound(py));
    }
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

/// The name of the running asyncio task, if there is one, and the facility is told to look; else `None`.
#[cfg(Py_3_12)]
pub(crate) fn task_name<'py>(
    py: Python<'py>,
    globals: &Globals,
    modules: Modules,
) -> PyResult<Bound<'py, PyAny>> {
    let none = py.None().into_bound(py);
    if !(globals.log_asyncio_tasks && modules.asyncio) {
        return Ok(none);
    }
    let Some(asyncio) = imported(py, globals, intern!(py, "asyncio"))? else { return Ok(none) };
    if !asyncio.is_truthy()? || (ASYNCIO.holds(&asyncio)? && !loop_is_running(py)?) {
        return Ok(none);
    }
    let name = asyncio
        .call_method0(names::N_CURRENT_TASK.get(py))
        .and_then(|task| task.call_method0(names::N_GET_NAME.get(py)));
    // Outside a loop there is no task, which is an exception.
    match name {
        Ok(name) => Ok(name),
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(none),
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
