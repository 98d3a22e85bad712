//! Where a record was logged: `Logger.findCaller` without frames of our own.

use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use crate::globals::Globals;
use crate::native::frame::{Frame, Place};
use crate::native::gil::{GilCell, intern};
use crate::place;

/// The place of a logging call.
pub(crate) struct Caller<'py> {
    pub(crate) pathname: Bound<'py, PyAny>,
    pub(crate) line: i32,
    pub(crate) function: Bound<'py, PyAny>,
    pub(crate) stack_info: Bound<'py, PyAny>,
    /// What a record tells of it besides, where the place has called before.
    pub(crate) told: Option<Told<'py>>,
}

/// `filename`, `module` and `lineno` of a place.
pub(crate) struct Told<'py> {
    pub(crate) filename: Bound<'py, PyAny>,
    pub(crate) module: Bound<'py, PyAny>,
    pub(crate) line: Bound<'py, PyAny>,
}

impl<'py> Caller<'py> {
    /// What a record says when callers are not looked for.
    pub(crate) fn unknown(py: Python<'py>) -> Self {
        Caller {
            pathname: intern!(py, "(unknown file)").clone().into_any(),
            line: 0,
            function: intern!(py, "(unknown function)").clone().into_any(),
            stack_info: py.None().into_bound(py),
            told: None,
        }
    }

    /// The `stacklevel`-th frame outward that is not one of the facility or of the import system;
    /// the outermost if there are fewer. `None` when there is no Python frame at all.
    pub(crate) fn find(
        py: Python<'py>,
        globals: &Globals,
        stack_info: bool,
        stacklevel: i64,
    ) -> PyResult<Option<Self>> {
        let Some(mut frame) = Frame::current(py) else { return Ok(None) };
        let here = frame.place();
        let simple = stacklevel == 1 && !stack_info;
        if simple && let Some(caller) = Known::find(py, globals, here) {
            return Ok(Some(caller));
        }
        let mut wanted = stacklevel;
        loop {
            let code = frame.code();
            if !place::is_internal(&code.filename()?, globals)? {
                wanted -= 1;
            }
            if wanted <= 0 {
                break;
            }
            match frame.back() {
                Some(back) => frame = back,
                None => break,
            }
        }
        let code = frame.code();
        let caller = Caller {
            pathname: code.filename()?,
            line: frame.line(),
            function: code.name()?,
            stack_info: if stack_info { printed_stack(&frame)? } else { py.None().into_bound(py) },
            told: None,
        };
        if simple && frame.place() == here {
            Known::remember(py, globals, here, code.object(), &caller);
        }
        Ok(Some(caller))
    }
}

/// A place that called before.
struct Known {
    place: Place,
    /// Kept, so that the address stays its own.
    _code: Py<PyAny>,
    /// What `_srcfile` was, for which the place is none of the facility's own.
    srcfile: Option<Py<PyAny>>,
    pathname: Py<PyAny>,
    function: Py<PyAny>,
    line: i32,
    /// `filename`, `module` and `lineno` of records.
    told: Option<[Py<PyAny>; 3]>,
}

const PLACES: usize = 512;

/// Recent callers.
static KNOWN: GilCell<Vec<Option<Known>>> = GilCell::new(Vec::new());

fn slot_of(place: Place) -> usize {
    (place.code >> 4 ^ place.code >> 13 ^ place.instruction as usize >> 1) % PLACES
}

impl Known {
    fn find<'py>(py: Python<'py>, globals: &Globals, place: Place) -> Option<Caller<'py>> {
        let known = KNOWN.borrow(py);
        let known = known.get(slot_of(place))?.as_ref()?;
        let same = known.place == place
            && known.srcfile.as_ref().map(Py::as_ptr) == globals.srcfile.as_ref().map(Py::as_ptr);
        same.then(|| Caller {
            pathname: known.pathname.bind(py).clone(),
            line: known.line,
            function: known.function.bind(py).clone(),
            stack_info: py.None().into_bound(py),
            told: known.told.as_ref().map(|told| {
                let [filename, module, line] = told.each_ref().map(|told| told.bind(py).clone());
                Told { filename, module, line }
            }),
        })
    }

    fn remember(
        py: Python<'_>,
        globals: &Globals,
        place: Place,
        code: &Bound<'_, PyAny>,
        caller: &Caller<'_>,
    ) {
        // What is no plain text might be equal to another file's name the next time.
        let srcfile = globals.srcfile.as_ref();
        if srcfile.is_some_and(|file| !file.bind(py).is_exact_instance_of::<PyString>()) {
            return;
        }
        let told = place::known_names(&caller.pathname).map(|(filename, module)| {
            [filename, module, PyInt::new(py, caller.line).into_any()].map(Bound::unbind)
        });
        let known = Known {
            place,
            _code: code.clone().unbind(),
            srcfile: srcfile.map(|file| file.clone_ref(py)),
            pathname: caller.pathname.clone().unbind(),
            function: caller.function.clone().unbind(),
            line: caller.line,
            told,
        };
        let mut table = KNOWN.borrow(py);
        if table.is_empty() {
            table.resize_with(PLACES, || None);
        }
        let before = table[slot_of(place)].replace(known);
        drop(table);
        // What is dropped may be Python's to tell of.
        drop(before);
    }
}

/// The stack as `stack_info` shows it.
fn printed_stack<'py>(frame: &Frame<'py>) -> PyResult<Bound<'py, PyAny>> {
    let object = frame.object();
    let py = object.py();
    let text = py.import("io")?.call_method0("StringIO")?;
    text.call_method1("write", ("Stack (most recent call last):\n",))?;
    py.import("traceback")?.call_method1("print_stack", (object, py.None(), &text))?;
    let text = text.call_method0("getvalue")?;
    match text.extract::<&str>()?.strip_suffix('\n') {
        Some(stripped) => Ok(PyString::new(py, stripped).into_any()),
        None => Ok(text),
    }
}
