//! `Formatter.formatException`: the traceback of an exception as text.
//!
//! What a frame looks like depends on its code, on the instruction that it is at and on the source file, so
//! the `traceback` module is asked once, and the text is kept as long as `linecache` would not read the file
//! again. Whatever is more than frames and a message (groups, syntax errors, notes, suggestions, long
//! recursions) is wholly left to the module, as is everything when one of its functions was replaced.

use std::collections::HashMap;
use std::rc::Rc;

use pyo3::exceptions::{
    PyAttributeError, PyBaseException, PyBaseExceptionGroup, PyImportError, PyNameError,
    PySyntaxError,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyInt, PyModule, PyString, PyTraceback, PyTuple, PyType};

use crate::facility::Facility;
use crate::native::dict;
use crate::native::gil::{GilCell, intern};
use crate::native::method::{Args, Definition, method};
use crate::native::shape::Shape;
use crate::untouched::{self, Untouched};

/// More frames than these are forgotten, all at once.
const MOST_FRAMES: usize = 4096;

/// As many equal lines in a row the module shows; of more it tells the number.
const MOST_EQUAL: usize = 3;

static OS: Untouched = Untouched::new("os", &[("stat", "posix")]);

/// A place in code.
#[derive(PartialEq, Eq, Hash, Clone, Copy)]
struct Place {
    code: usize,
    instruction: i32,
    line: i32,
}

/// What a frame at a place looks like.
struct Frame {
    text: String,
    /// Kept, so that the address stays its own.
    _code: Py<PyAny>,
    /// The source's entry in `linecache`.
    source: Rc<Source>,
}

/// An entry of `linecache`.
struct Source {
    name: Py<PyString>,
    entry: Py<PyTuple>,
    /// Whether the file has to be looked at, as the entry was read from there.
    file: Option<File>,
}

struct File {
    path: String,
    size: i64,
    modified: f64,
}

static FRAMES: GilCell<Option<HashMap<Place, Frame>>> = GilCell::new(None);

/// The modules as they were found to be untouched.
struct Modules {
    linecache: Py<PyDict>,
    cache: Py<PyDict>,
    summary: Py<PyType>,
    walk: Py<PyAny>,
    cause: String,
    context: String,
    versions: Versions,
}

#[derive(PartialEq, Eq, Clone, Copy)]
struct Versions {
    traceback: u64,
    linecache: u64,
    exception: u64,
    summary: u64,
    frame: u64,
}

static MODULES: GilCell<Option<(Versions, Option<Rc<Modules>>)>> = GilCell::new(None);

/// The text of an exception, as `traceback.print_exception` prints it, without the last line feed. `None`:
/// nothing was done that could be seen, the module has to be asked.
fn text(facility: &Facility, info: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let py = info.py();
    let Ok(info) = info.cast_exact::<PyTuple>() else { return Ok(None) };
    if info.len() != 3 {
        return Ok(None);
    }
    let (value, traceback) = (info.get_item(1)?, info.get_item(2)?);
    let Some(modules) = modules(py, facility)? else { return Ok(None) };
    // From the exception back to what caused it.
    let mut chain = Vec::new();
    let (mut value, mut traceback) = (value, traceback);
    loop {
        let Some(link) = Link::of(&modules, value, traceback)? else { return Ok(None) };
        let Some(next) = link.next()? else {
            chain.push((link, None));
            break;
        };
        let (cause, is_cause) = next;
        if chain.len() > 100
            || cause.is(&link.value)
            || chain.iter().any(|(known, _): &(Link<'_>, _)| known.value.is(&cause))
        {
            return Ok(None);
        }
        traceback = cause.getattr(intern!(py, "__traceback__"))?;
        value = cause;
        chain.push((link, Some(is_cause)));
    }
    let mut out = String::with_capacity(512);
    let frames = FRAMES.borrow(py);
    for (link, is_cause) in chain.iter().rev() {
        match is_cause {
            Some(true) => out.push_str(&modules.cause),
            Some(false) => out.push_str(&modules.context),
            None => {}
        }
        out.push_str("Traceback (most recent call last):\n");
        for place in &link.places {
            let Some(frame) = frames.as_ref().and_then(|frames| frames.get(place)) else {
                return Ok(None);
            };
            out.push_str(&frame.text);
        }
        out.push_str(&link.kind);
        if !link.message.is_empty() {
            out.push_str(": ");
            out.push_str(&link.message);
        }
        out.push('\n');
    }
    out.pop();
    Ok(Some(out))
}

/// One exception of a chain.
struct Link<'py> {
    value: Bound<'py, PyAny>,
    places: Vec<Place>,
    kind: String,
    message: String,
}

impl<'py> Link<'py> {
    /// `None` where there is more to be said than frames and a message.
    fn of(
        modules: &Modules,
        value: Bound<'py, PyAny>,
        traceback: Bound<'py, PyAny>,
    ) -> PyResult<Option<Link<'py>>> {
        let py = value.py();
        let class = value.get_type();
        let special = !value.is_instance_of::<PyBaseException>()
            || value.is_instance_of::<PySyntaxError>()
            || value.is_instance_of::<PyImportError>()
            || value.is_instance_of::<PyNameError>()
            || value.is_instance_of::<PyAttributeError>()
            || value.is_instance_of::<PyBaseExceptionGroup>()
            || !class.get_type().is(py.get_type::<PyType>())
            || !Shape::of(&class).plainly_true()
            || value.hasattr(intern!(py, "__notes__"))?;
        if special {
            return Ok(None);
        }
        let Some(kind) = kind(&class)? else { return Ok(None) };
        let Some(places) = places(modules, traceback)? else { return Ok(None) };
        // Whose text is not the interpreter's own to make is asked once, by the module.
        let Some(message) = message(&value, &class)? else { return Ok(None) };
        Ok(Some(Link { value, places, kind, message }))
    }

    /// The exception to be told of before this one, and whether it is the cause.
    fn next(&self) -> PyResult<Option<(Bound<'py, PyAny>, bool)>> {
        let py = self.value.py();
        let cause = self.value.getattr(intern!(py, "__cause__"))?;
        if !cause.is_none() {
            return Ok(Some((cause, true)));
        }
        let context = self.value.getattr(intern!(py, "__context__"))?;
        let suppressed = self.value.getattr(intern!(py, "__suppress_context__"))?;
        if context.is_none() || suppressed.is_truthy()? {
            return Ok(None);
        }
        Ok(Some((context, false)))
    }
}

/// The name of an exception's class as it is shown.
fn kind(class: &Bound<'_, PyType>) -> PyResult<Option<String>> {
    let py = class.py();
    let name = class.qualname()?.to_str().map(str::to_owned);
    let module = class.getattr(intern!(py, "__module__"))?;
    let Ok(module) = module.cast_exact::<PyString>() else { return Ok(None) };
    let (Ok(name), Ok(module)) = (name, module.to_str()) else { return Ok(None) };
    Ok(Some(match module {
        "__main__" | "builtins" => name,
        _ => format!("{module}.{name}"),
    }))
}

/// The message of an exception whose `__str__` is the interpreter's own and shows plain values.
fn message(value: &Bound<'_, PyAny>, class: &Bound<'_, PyType>) -> PyResult<Option<String>> {
    let py = value.py();
    let own = class.getattr(intern!(py, "__str__"))?;
    let args = value.getattr(intern!(py, "args"))?;
    let plain = args.cast_exact::<PyTuple>().is_ok_and(|args| {
        args.iter().all(|arg| {
            arg.is_exact_instance_of::<PyString>()
                || arg.is_exact_instance_of::<PyInt>()
                || arg.is_none()
        })
    });
    // A method of the interpreter's is of a type that no Python code makes.
    let builtin = own.get_type().name()?.to_str()? == "wrapper_descriptor";
    if !plain || !builtin {
        return Ok(None);
    }
    let Ok(text) = value.str() else { return Ok(None) };
    Ok(text.to_str().ok().map(str::to_owned))
}

/// The places of a traceback, each with a text that is known.
fn places(modules: &Modules, traceback: Bound<'_, PyAny>) -> PyResult<Option<Vec<Place>>> {
    let py = traceback.py();
    let mut places: Vec<Place> = Vec::new();
    let mut looked_at: Vec<*mut pyo3::ffi::PyObject> = Vec::new();
    let mut current = traceback;
    if current.is_none() {
        return Ok(None);
    }
    let (mut equal, mut last) = (0, None::<Bound<'_, PyAny>>);
    while !current.is_none() {
        if !current.is_exact_instance_of::<PyTraceback>() {
            return Ok(None);
        }
        let frame = current.getattr(intern!(py, "tb_frame"))?;
        let code = frame.getattr(intern!(py, "f_code"))?;
        let place = Place {
            code: code.as_ptr() as usize,
            instruction: current.getattr(intern!(py, "tb_lasti"))?.extract()?,
            line: match current.getattr(intern!(py, "tb_lineno"))?.extract() {
                Ok(line) => line,
                Err(_) => return Ok(None),
            },
        };
        let alike = match (places.last(), &last) {
            (Some(before), Some(last)) => before.line == place.line && is_named_alike(last, &code)?,
            _ => false,
        };
        equal = if alike { equal + 1 } else { 1 };
        last = Some(code.clone());
        if equal > MOST_EQUAL {
            return Ok(None);
        }
        if !is_current(modules, &place, py, &mut looked_at)? {
            let Some(known) = Frame::ask(modules, &current, code)? else { return Ok(None) };
            if !remember(py, place, known) {
                return Ok(None);
            }
        }
        places.push(place);
        current = current.getattr(intern!(py, "tb_next"))?;
    }
    Ok(Some(places))
}

/// Whether frames of two codes look alike if they are at the same line.
fn is_named_alike(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = one.py();
    let same = |name| one.getattr(name)?.eq(other.getattr(name)?);
    Ok(one.is(other) || same(intern!(py, "co_filename"))? && same(intern!(py, "co_name"))?)
}

/// Keeps what a frame looks like. `false`: there were too many, and all are forgotten.
fn remember(py: Python<'_>, place: Place, frame: Frame) -> bool {
    let mut table = FRAMES.borrow(py);
    let frames = table.get_or_insert_default();
    let has_room = frames.len() < MOST_FRAMES;
    let (mut replaced, mut all) = (None, HashMap::new());
    if has_room {
        replaced = frames.insert(place, frame);
    } else {
        all = std::mem::take(frames);
    }
    drop(table);
    // What is dropped may be Python's to tell of.
    drop((replaced, all));
    has_room
}

/// Whether the text of a place is known, and its source is what it was.
fn is_current(
    modules: &Modules,
    place: &Place,
    py: Python<'_>,
    looked_at: &mut Vec<*mut pyo3::ffi::PyObject>,
) -> PyResult<bool> {
    let source = {
        let frames = FRAMES.borrow(py);
        let Some(frame) = frames.as_ref().and_then(|frames| frames.get(place)) else {
            return Ok(false);
        };
        Rc::clone(&frame.source)
    };
    // The table may hold keys that others have made.
    let entry = modules.cache.bind(py).get_item(source.name.bind(py))?;
    if !entry.is_some_and(|entry| entry.is(&source.entry)) {
        return Ok(false);
    }
    // The module looks at each file once a traceback.
    if looked_at.contains(&source.entry.as_ptr()) {
        return Ok(true);
    }
    looked_at.push(source.entry.as_ptr());
    Ok(source.file.as_ref().is_none_or(File::is_as_it_was))
}

impl File {
    /// What `linecache.checkcache` looks at.
    fn is_as_it_was(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata(&self.path).is_ok_and(|found| {
            i64::try_from(found.size()) == Ok(self.size)
                && found.mtime() as f64 + 1e-9 * found.mtime_nsec() as f64 == self.modified
        })
    }
}

impl Frame {
    /// Asks the `traceback` module for the text of a traceback's first frame. `None` where it may be another
    /// one the next time.
    fn ask(
        modules: &Modules,
        traceback: &Bound<'_, PyAny>,
        code: Bound<'_, PyAny>,
    ) -> PyResult<Option<Frame>> {
        let py = traceback.py();
        let walk = modules.walk.bind(py).call1((traceback,))?;
        let first = py.import("itertools")?.getattr("islice")?.call1((walk, 1))?;
        let summary = modules.summary.bind(py);
        let stack = summary.call_method1("_extract_from_extended_frame_gen", (first,))?;
        let lines = stack.call_method0("format")?;
        let text = PyString::new(py, "").call_method1("join", (lines,))?;
        let Ok(text) = text.extract::<String>() else { return Ok(None) };
        let name = code.getattr("co_filename")?;
        let Ok(name) = name.cast_into_exact::<PyString>() else { return Ok(None) };
        // What has no entry, as code that was typed in, may get one.
        let Some(entry) = modules.cache.bind(py).get_item(&name)? else { return Ok(None) };
        let source = Source::of(&name, &entry)?.map(Rc::new);
        Ok(source.map(|source| Frame { text, _code: code.unbind(), source }))
    }
}

impl Source {
    fn of(name: &Bound<'_, PyString>, entry: &Bound<'_, PyAny>) -> PyResult<Option<Source>> {
        let Ok(entry) = entry.cast_exact::<PyTuple>() else { return Ok(None) };
        if entry.len() != 4 {
            return Ok(None);
        }
        let modified = entry.get_item(1)?;
        let file = if modified.is_none() {
            None
        } else {
            let known =
                (entry.get_item(0)?.extract(), modified.extract(), entry.get_item(3)?.extract());
            let (Ok(size), Ok(modified), Ok(path)) = known else { return Ok(None) };
            Some(File { path, size, modified })
        };
        let (name, entry) = (name.clone().unbind(), entry.clone().unbind());
        Ok(Some(Source { name, entry, file }))
    }
}

/// The modules that show exceptions, if nobody has changed them.
fn modules(py: Python<'_>, facility: &Facility) -> PyResult<Option<Rc<Modules>>> {
    let globals = facility.globals(py)?;
    let Ok(traceback) = globals.traceback.bind(py).cast_exact::<PyModule>() else {
        return Ok(None);
    };
    if !OS.holds(globals.os.bind(py))? {
        return Ok(None);
    }
    let namespace = traceback.dict();
    let known = match &*MODULES.borrow(py) {
        Some((versions, known)) if versions.traceback == dict::version(&namespace) => {
            Some((*versions, known.clone()))
        }
        _ => None,
    };
    if let Some((versions, known)) = known {
        let Some(known) = known else { return Ok(None) };
        if Versions::now(&namespace, known.linecache.bind(py))? == Some(versions) {
            return Ok(is_whole(py)?.then_some(known));
        }
    }
    let found = Modules::find(&namespace)?.map(Rc::new);
    let versions = found.as_ref().map_or(
        Versions {
            traceback: dict::version(&namespace),
            linecache: 0,
            exception: 0,
            summary: 0,
            frame: 0,
        },
        |found| found.versions,
    );
    let before = MODULES.borrow(py).replace((versions, found.clone()));
    drop(before);
    Ok(if is_whole(py)? { found } else { None })
}

/// Whether tracebacks are shown whole.
fn is_whole(py: Python<'_>) -> PyResult<bool> {
    let sys = py.import(intern!(py, "sys"))?;
    Ok(!sys.dict().contains(intern!(py, "tracebacklimit"))?)
}

impl Versions {
    fn now(traceback: &Bound<'_, PyDict>, linecache: &Bound<'_, PyDict>) -> PyResult<Option<Self>> {
        let class = |name: &str| -> PyResult<u64> {
            let Some(class) = traceback.get_item(name)? else { return Ok(0) };
            Ok(class.cast::<PyType>().map_or(0, |class| Shape::of(class).version()))
        };
        let versions = Versions {
            traceback: dict::version(traceback),
            linecache: dict::version(linecache),
            exception: class("TracebackException")?,
            summary: class("StackSummary")?,
            frame: class("FrameSummary")?,
        };
        let told = versions.exception != 0 && versions.summary != 0 && versions.frame != 0;
        Ok(told.then_some(versions))
    }
}

impl Modules {
    fn find(traceback: &Bound<'_, PyDict>) -> PyResult<Option<Modules>> {
        let py = traceback.py();
        let Some(linecache) = traceback.get_item("linecache")? else { return Ok(None) };
        let Ok(linecache) = linecache.cast_exact::<PyModule>() else { return Ok(None) };
        let linecache = linecache.dict();
        let is_own = has_own_functions(traceback, "traceback")?
            && has_own_functions(&linecache, "linecache")?
            && is_the_module(traceback, "traceback")?
            && is_the_module(&linecache, "linecache")?;
        if !is_own {
            return Ok(None);
        }
        for name in ["TracebackException", "StackSummary", "FrameSummary"] {
            let Some(class) = traceback.get_item(name)? else { return Ok(None) };
            let Ok(class) = class.cast::<PyType>() else { return Ok(None) };
            if !has_own_methods(class, name)? {
                return Ok(None);
            }
        }
        let get = |name: &str| -> PyResult<Bound<'_, PyAny>> {
            Ok(traceback.get_item(name)?.unwrap_or_else(|| py.None().into_bound(py)))
        };
        let text = |name: &str| -> PyResult<Option<String>> { Ok(get(name)?.extract().ok()) };
        let cutoff = get("_RECURSIVE_CUTOFF")?.extract::<usize>().ok();
        let cache = linecache.get_item("cache")?.and_then(|c| c.cast_into_exact::<PyDict>().ok());
        let summary = get("StackSummary")?.cast_into::<PyType>().ok();
        let (Some(cause), Some(context)) = (text("_cause_message")?, text("_context_message")?)
        else {
            return Ok(None);
        };
        let (Some(cache), Some(summary)) = (cache, summary) else { return Ok(None) };
        let Some(versions) = Versions::now(traceback, &linecache)? else { return Ok(None) };
        if cutoff != Some(MOST_EQUAL) {
            return Ok(None);
        }
        Ok(Some(Modules {
            linecache: linecache.unbind(),
            cache: cache.unbind(),
            summary: summary.unbind(),
            walk: get("_walk_tb_with_full_positions")?.unbind(),
            cause,
            context,
            versions,
        }))
    }
}

/// Whether a namespace is that of the interpreter's own module of this name.
fn is_the_module(namespace: &Bound<'_, PyDict>, name: &str) -> PyResult<bool> {
    let py = namespace.py();
    let file = py.import("os")?.getattr("__file__")?.extract::<String>()?;
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let own = namespace.get_item("__file__")?.and_then(|file| file.extract::<String>().ok());
    Ok(own.is_some_and(|own| own == format!("{folder}/{name}.py")))
}

/// Whether all functions of a module are its own.
fn has_own_functions(namespace: &Bound<'_, PyDict>, module: &str) -> PyResult<bool> {
    for (name, value) in namespace.iter() {
        if value.is_instance_of::<PyFunction>()
            && !untouched::is_of(&value, &name.to_string(), module)?
        {
            return Ok(false);
        }
    }
    let wanted: &[&str] = match module {
        "traceback" => &["print_exception", "_walk_tb_with_full_positions", "_get_code_position"],
        _ => &["checkcache", "getline", "getlines", "updatecache", "lazycache"],
    };
    for name in wanted {
        let found = namespace.get_item(name)?;
        if !found.is_some_and(|found| found.is_exact_instance_of::<PyFunction>()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether all methods of a class of the module `traceback` are its own.
fn has_own_methods(class: &Bound<'_, PyType>, name: &str) -> PyResult<bool> {
    let py = class.py();
    let attributes = class.getattr(intern!(py, "__dict__"))?;
    for item in attributes.call_method0("items")?.try_iter()? {
        let (key, value) = item?.extract::<(String, Bound<'_, PyAny>)>()?;
        let function =
            value.getattr_opt("__func__")?.or(value.getattr_opt("fget")?).unwrap_or(value);
        if function.is_instance_of::<PyFunction>()
            && !untouched::is_of(&function, &format!("{name}.{key}"), "traceback")?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

fn format_exception<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    if let Some(info) = args.get(0)
        && args.len() == 1
        && !args.has_keywords()
        && let Some(text) = text(&facility, &info)?
    {
        return Ok(PyString::new(slf.py(), &text).into_any());
    }
    facility.call_original(slf, "Formatter", "formatException", args)
}

/// The native method of `Formatter`.
pub(crate) const METHODS: &[Definition] =
    &[method!("Formatter", "formatException", format_exception)];
