//! `QueueListener`.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyTuple};

use super::queue::native;
use super::{base, fifo};
use crate::direct::{self, Next};
use crate::facility::Facility;
use crate::names;
use crate::native::method::{self, Args, Definition, method};
use crate::natives::Native;

const CLASS: &str = "QueueListener";

/// After how many records other threads may run, if they want to: nothing else here lets them. A function of
/// Python's does, as it begins; it is no call to the system if nobody wants to.
const TURN: usize = 16;

/// `_monitor`: takes records from the queue and has them handled, until the sentinel comes.
fn monitor(facility: &Facility, listener: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = listener.py();
    let queue = listener.getattr(names::A_QUEUE.get(py))?;
    let has_task_done = queue.hasattr(names::M_TASK_DONE.get(py))?;
    let turn = py.import("ferrolog._lifetime")?.getattr("turn")?;
    let mut handled = 0usize;
    let _listening = Listening::begin(listener)?;
    loop {
        let done = match direct::next(listener) {
            Ok(Next::Handled(count)) => Ok(Some(count)),
            Ok(Next::Over) => Ok(None),
            Ok(Next::Unknown) => {
                next(listener, &queue, has_task_done).map(|more| more.then_some(1))
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(Some(count)) => handled += count,
            Ok(None) => return Ok(()),
            Err(error) if is_empty(facility, &error, py)? => return Ok(()),
            Err(error) => return Err(error),
        }
        if handled >= TURN {
            handled = 0;
            method::call(&turn, [])?;
        }
    }
}

/// While one lives, the package knows that the listener runs.
struct Listening<'py> {
    all: Bound<'py, PyAny>,
    listener: Bound<'py, PyAny>,
}

impl<'py> Listening<'py> {
    fn begin(listener: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = listener.py();
        let all = py.import("ferrolog._lifetime")?.getattr("listening")?;
        all.call_method1("add", (listener,))?;
        Ok(Self { all, listener: listener.clone() })
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        // The set is the package's own, and refuses nothing.
        let _ = self.all.call_method1("discard", (&self.listener,));
    }
}

/// Whether an error is what the module calls `queue.Empty`.
fn is_empty(facility: &Facility, error: &PyErr, py: Python<'_>) -> PyResult<bool> {
    let Some(module) = facility.handlers() else { return Ok(false) };
    let empty = module.globals(py)?.queue.bind(py).getattr(names::N_EMPTY.get(py))?;
    Ok(error.matches(py, empty)?)
}

/// One record. `false` when it was the sentinel.
fn next<'py>(
    listener: &Bound<'py, PyAny>,
    queue: &Bound<'py, PyAny>,
    has_task_done: bool,
) -> PyResult<bool> {
    let py = listener.py();
    let block = PyBool::new(py, true).to_owned().into_any();
    let record = match native(listener, names::M_DEQUEUE) {
        Native::ListenerDequeue => fifo::get(&listener.getattr(names::A_QUEUE.get(py))?, &block)?,
        _ => method::call_method(names::M_DEQUEUE.get(py), [listener, &block])?,
    };
    let more = !record.is(&listener.getattr(names::M_SENTINEL.get(py))?);
    if more {
        match native(listener, names::M_HANDLE) {
            Native::ListenerHandle => handle(listener, &record)?,
            _ => drop(method::call_method(names::M_HANDLE.get(py), [listener, &record])?),
        }
    }
    if has_task_done {
        fifo::task_done(queue)?;
    }
    Ok(more)
}

/// `handle`: offers the record to each of the handlers.
fn handle<'py>(listener: &Bound<'py, PyAny>, record: &Bound<'py, PyAny>) -> PyResult<()> {
    let py = listener.py();
    let prepared = match native(listener, names::M_PREPARE) {
        Native::ListenerPrepare => record.clone(),
        _ => method::call_method(names::M_PREPARE.get(py), [listener, record])?,
    };
    let handlers = listener.getattr(names::A_HANDLERS.get(py))?;
    if let Ok(handlers) = handlers.cast_exact::<PyTuple>() {
        for handler in handlers {
            offer(listener, &handler, &prepared)?;
        }
        return Ok(());
    }
    for handler in handlers.try_iter()? {
        offer(listener, &handler?, &prepared)?;
    }
    Ok(())
}

fn offer<'py>(
    listener: &Bound<'py, PyAny>,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = listener.py();
    if listener.getattr(names::A_RESPECT_LEVEL.get(py))?.is_truthy()? {
        // In this order, which decides which of two odd objects is complained of.
        let level = record.getattr(names::R_LEVELNO.get(py))?;
        if !level.ge(handler.getattr(names::A_LEVEL.get(py))?)? {
            return Ok(());
        }
    }
    base::handle(handler, record)
}

fn method_monitor<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    if args.len() != 0 || args.has_keywords() {
        return facility.call_original(slf, CLASS, "_monitor", args);
    }
    monitor(&facility, slf)?;
    Ok(slf.py().None().into_bound(slf.py()))
}

fn method_handle<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            handle(slf, &record)?;
            Ok(slf.py().None().into_bound(slf.py()))
        }
        _ => Facility::of(slf)?.call_original(slf, CLASS, "handle", args),
    }
}

fn method_dequeue<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    match args.get(0) {
        Some(block) if args.len() == 1 && !args.has_keywords() => {
            fifo::get(&slf.getattr(names::A_QUEUE.get(slf.py()))?, &block)
        }
        _ => Facility::of(slf)?.call_original(slf, CLASS, "dequeue", args),
    }
}

/// The native methods of `QueueListener`.
pub(crate) const METHODS: &[Definition] = &[
    method!("QueueListener", "_monitor", method_monitor),
    method!("QueueListener", "handle", method_handle),
    method!("QueueListener", "dequeue", method_dequeue),
];
