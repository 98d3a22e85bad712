//! What a file handler of `logging.handlers` finds out before it writes: whether it is time for
//! another file.

use std::rc::Rc;

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyModule, PyType};

use super::obstacle::{Found, On, Stop, What};
use crate::globals::Globals;
use crate::handler::{HandlersGlobals, rotating, timed, watched};
use crate::names;
use crate::native::method;
use crate::native::shape::{Shape, View};
use crate::natives::Native;
use crate::untouched;

/// What has to be asked before a line is written.
pub(super) enum Before {
    Nothing,
    /// Whether the line still fits.
    Size {
        limit: i64,
        seeks: bool,
    },
    /// Whether the time of the rollover has come.
    Time(Rc<HandlersGlobals>),
    /// Whether another file has the name of the open one.
    Watched(Rc<HandlersGlobals>),
}

impl Before {
    /// What a handler with this `emit` asks; `None` when that is for others' code to say.
    pub(super) fn of(
        globals: &Globals,
        view: &View<'_, '_>,
        emit: Native,
        found: &mut impl Found,
    ) -> Result<Option<Before>, Stop> {
        let (py, on) = (view.py(), On::Handler);
        if matches!(emit, Native::StreamEmit | Native::FileEmit) {
            return Ok(Some(Before::Nothing));
        }
        let Some(module) = &globals.handlers else { return Ok(None) };
        let of_module = module.globals(py)?;
        found.dict(module.namespace(py));
        if of_module.logging.is_none() {
            found.found(on, What::Module)?;
        }
        for (class, name, native) in [
            (&globals.file_handler, names::G_FILE_HANDLER, Native::FileEmit),
            (&globals.stream_handler, names::G_STREAM_HANDLER, Native::StreamEmit),
        ] {
            if let Ok(class) = class.bind(py).cast::<PyType>() {
                found.class(&Shape::of(class));
            }
            if !rotating::class_emits(class.bind(py), native) {
                found.found(on, What::Base(name, names::M_EMIT))?;
            }
        }
        let is_ours = |name, native| view.shape.native(name) == native;
        match emit {
            Native::WatchedEmit => {
                if !is_ours(names::M_REOPEN_IF_NEEDED, Native::WatchedReopen) {
                    found.found(on, What::Method(names::M_REOPEN_IF_NEEDED))?;
                }
                if let Ok(os) = of_module.os.bind(py).cast_exact::<PyModule>() {
                    found.dict(&os.dict());
                }
                if !untouched::OS.holds(of_module.os.bind(py))? {
                    found.found(on, What::Replaced("os.stat"))?;
                }
                Ok(Some(Before::Watched(of_module)))
            }
            _ if is_ours(names::M_SHOULD_ROLLOVER, Native::SizeShouldRollover) => {
                let limit = found
                    .own(view, names::A_MAX_BYTES)
                    .and_then(|limit| limit.cast_into_exact::<PyInt>().ok())
                    .and_then(|limit| limit.extract().ok());
                let Some(limit) = limit else {
                    found.found(on, What::Attribute(names::A_MAX_BYTES, "an int"))?;
                    return Ok(None);
                };
                if limit <= 0 {
                    return Ok(Some(Before::Nothing));
                }
                Ok(Some(Before::Size { limit, seeks: module.seeks() }))
            }
            _ if is_ours(names::M_SHOULD_ROLLOVER, Native::TimeShouldRollover) => {
                found.own(view, names::A_ROLLOVER_AT);
                if timed::rollover_at(view).is_none() {
                    found.found(on, What::Attribute(names::A_ROLLOVER_AT, "an int"))?;
                }
                if !timed::has_own_clock(&of_module, py)? {
                    found.found(on, What::Replaced("time.time"))?;
                }
                Ok(Some(Before::Time(of_module)))
            }
            _ => {
                found.found(on, What::Method(names::M_SHOULD_ROLLOVER))?;
                Ok(None)
            }
        }
    }

    /// Whether a line may be written to the open file; asked under the handler's lock. `false`: the
    /// handler has to be given a record, and sees for itself.
    pub(super) fn may_write(
        &self,
        handler: &Bound<'_, PyAny>,
        stream: &Bound<'_, PyAny>,
        characters: impl FnOnce() -> usize,
    ) -> PyResult<bool> {
        if matches!(self, Before::Nothing) {
            return Ok(true);
        }
        // While the lock was waited for, another thread may have gone on to another file.
        let Some(view) = View::of(handler) else { return Ok(false) };
        if !view.own(names::A_STREAM).is_some_and(|own| own.is(stream)) {
            return Ok(false);
        }
        match self {
            Before::Nothing => Ok(true),
            Before::Size { limit, seeks } => {
                let Some(position) = position(stream, *seeks)? else { return Ok(false) };
                Ok(fits(position, *limit, *seeks, characters))
            }
            Before::Time(globals) => timed::before_rollover(globals, &view),
            Before::Watched(globals) => watched::is_same_file(globals, &view),
        }
    }
}

/// Whether a line may be written at this position.
pub(super) fn fits(
    position: i64,
    limit: i64,
    seeks: bool,
    characters: impl FnOnce() -> usize,
) -> bool {
    let fits = |n| position.saturating_add(n) < limit;
    // The same versions that go to the end roll an empty file over too.
    !seeks && position == 0 || i64::try_from(characters()).is_ok_and(fits)
}

/// How far the file goes. `None` when it does not tell; the handler will find out why.
fn position(stream: &Bound<'_, PyAny>, seeks: bool) -> PyResult<Option<i64>> {
    let py = stream.py();
    let ask = || -> PyResult<Bound<'_, PyAny>> {
        if seeks {
            stream.call_method1(names::N_SEEK.get(py), (0, 2))?;
        }
        method::call_method(names::N_TELL.get(py), [stream])
    };
    match ask() {
        Ok(position) => Ok(position.extract().ok()),
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(None),
        Err(error) => Err(error),
    }
}
