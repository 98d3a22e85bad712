//! What became of the records of each handler.
//!
//! It is kept beside the handlers and not in them, so that their attributes are those of the standard
//! library, by address; an entry goes with its handler.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple, PyWeakrefReference};

use crate::facility::Facility;
use crate::native::gil::GilCell;
use crate::native::method::{Args, Definition, method};

/// The counts of one handler.
#[derive(Default)]
struct Entry {
    emitted: u64,
    delivered: u64,
    failed: u64,
    /// By policy; there are few.
    dropped: Vec<(&'static str, u64)>,
    /// When an error was reported, and how many were not since.
    reported: Option<Instant>,
    unreported: u64,
    /// Takes the entry away when the handler is gone. Without it, the handler cannot be watched, and is not
    /// counted.
    watch: Option<Py<PyWeakrefReference>>,
}

impl Entry {
    fn undelivered(&self) -> u64 {
        self.failed + self.dropped.iter().map(|(_, count)| count).sum::<u64>()
    }
}

type Table = HashMap<usize, Entry, BuildHasherDefault<AddressHasher>>;

/// Addresses are spread well enough by one multiplication.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_usize(usize::from(*byte)));
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0 ^ address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}

static TABLE: GilCell<Option<Table>> = GilCell::new(None);

/// Calls `f` with a handler's entry, if the handler can be counted.
fn with<R>(handler: &Bound<'_, PyAny>, f: impl FnOnce(&mut Entry) -> R) -> Option<R> {
    let py = handler.py();
    let address = handler.as_ptr() as usize;
    if let Some(entry) = TABLE.borrow(py).get_or_insert_default().get_mut(&address) {
        return Some(f(entry));
    }
    // Making the reference may run Python code.
    let forget = PyCFunction::new_closure(
        py,
        None,
        None,
        move |args: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
            let gone = TABLE.borrow(args.py()).as_mut().and_then(|table| table.remove(&address));
            // The reference is dropped when the table is free again.
            drop(gone);
        },
    )
    .ok()?;
    let watch = PyWeakrefReference::new_with(handler, forget).ok()?;
    let mut table = TABLE.borrow(py);
    let entry = table.get_or_insert_default().entry(address).or_default();
    let spare = entry.watch.replace(watch.unbind());
    let result = f(entry);
    drop(table);
    drop(spare);
    Some(result)
}

/// A record is about to be written without being given to the handler's `emit`, and fails.
pub(crate) fn emitted(handler: &Bound<'_, PyAny>) {
    with(handler, |entry| entry.emitted += 1);
}

/// A record was written without being given to the handler's `emit`.
#[inline]
pub(crate) fn written(handler: &Bound<'_, PyAny>) {
    with(handler, |entry| {
        entry.emitted += 1;
        entry.delivered += 1;
    });
}

/// A record is not delivered, because of an error.
pub(crate) fn failed(handler: &Bound<'_, PyAny>) {
    with(handler, |entry| entry.failed += 1);
}

/// A record is not delivered, by a policy of the handler.
pub(crate) fn dropped(handler: &Bound<'_, PyAny>, policy: &'static str) {
    with(handler, |entry| match entry.dropped.iter_mut().find(|(known, _)| *known == policy) {
        Some((_, count)) => *count += 1,
        None => entry.dropped.push((policy, 1)),
    });
}

/// A record that is given to the handler's `emit`.
pub(crate) struct Emission(Option<u64>);

/// A record is about to be given to the handler's `emit`.
pub(crate) fn begin(handler: &Bound<'_, PyAny>) -> Emission {
    Emission(with(handler, |entry| {
        entry.emitted += 1;
        entry.undelivered()
    }))
}

impl Emission {
    /// `emit` has ended. Unless something was said of the record meanwhile, it is delivered, or failed if `emit`
    /// raised.
    pub(crate) fn end(self, handler: &Bound<'_, PyAny>, result: &PyResult<()>) {
        let Some(before) = self.0 else { return };
        with(handler, |entry| {
            if entry.undelivered() > before {
                return;
            }
            match result {
                Ok(()) => entry.delivered += 1,
                Err(_) => entry.failed += 1,
            }
        });
    }
}

/// An error that a handler is told of, whose `handleError` may be another than ours.
pub(crate) struct Telling(Option<u64>);

impl Telling {
    pub(crate) fn begin(handler: &Bound<'_, PyAny>) -> Self {
        Self(with(handler, |entry| entry.undelivered()))
    }

    /// It was told; the record has failed, if that was not counted by then.
    pub(crate) fn end(self, handler: &Bound<'_, PyAny>) {
        let Some(before) = self.0 else { return };
        with(handler, |entry| entry.failed += u64::from(entry.undelivered() == before));
    }
}

/// Emitted, delivered and failed records, and those that were dropped, by policy.
#[pyfunction]
pub(crate) fn counts<'py>(
    handler: &Bound<'py, PyAny>,
) -> PyResult<(u64, u64, u64, Bound<'py, PyDict>)> {
    let by_policy = PyDict::new(handler.py());
    let table = TABLE.borrow(handler.py());
    let found = table.as_ref().and_then(|table| table.get(&(handler.as_ptr() as usize)));
    let (numbers, dropped) = match found {
        Some(entry) => ((entry.emitted, entry.delivered, entry.failed), entry.dropped.clone()),
        None => ((0, 0, 0), Vec::new()),
    };
    drop(table);
    for (policy, count) in dropped {
        by_policy.set_item(policy, count)?;
    }
    Ok((numbers.0, numbers.1, numbers.2, by_policy))
}

/// How seldom a handler reports its errors; nothing where it reports each, as the standard library does.
static INTERVAL: GilCell<Option<Duration>> = GilCell::new(None);

/// Sets how seldom a handler reports its errors, in seconds; with `None` each is reported.
#[pyfunction]
#[pyo3(signature = (seconds))]
pub(crate) fn report_errors_every(py: Python<'_>, seconds: Option<f64>) -> PyResult<()> {
    let interval = match seconds.map(Duration::try_from_secs_f64) {
        Some(Err(error)) => return Err(PyValueError::new_err(error.to_string())),
        Some(Ok(interval)) => Some(interval),
        None => None,
    };
    *INTERVAL.borrow(py) = interval;
    Ok(())
}

/// Whether an error of a handler is reported now, and how many were not since the last one that was.
fn is_due(handler: &Bound<'_, PyAny>) -> Option<u64> {
    let Some(interval) = *INTERVAL.borrow(handler.py()) else { return Some(0) };
    with(handler, |entry| match entry.reported {
        Some(last) if last.elapsed() < interval => {
            entry.unreported += 1;
            None
        }
        _ => {
            entry.reported = Some(Instant::now());
            Some(std::mem::take(&mut entry.unreported))
        }
    })
    .unwrap_or(Some(0))
}

/// `Handler.handleError`: what is told to it has failed. What it does is the Python function's.
fn method_handle_error<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    failed(slf);
    match is_due(slf) {
        None => return Ok(slf.py().None().into_bound(slf.py())),
        Some(0) => {}
        Some(unreported) => tell_unreported(slf, unreported)?,
    }
    Facility::of(slf)?.call_original(slf, "Handler", "handleError", args)
}

fn tell_unreported(handler: &Bound<'_, PyAny>, count: u64) -> PyResult<()> {
    let stderr = handler.py().import("sys")?.getattr("stderr")?;
    if stderr.is_truthy()? {
        let text = format!("{}: {count} more errors were not reported\n", handler.repr()?);
        // As with the report itself: where standard error takes nothing, there is nobody to tell.
        let _ = stderr.call_method1("write", (text,));
    }
    Ok(())
}

/// The native methods of this file.
pub(crate) const METHODS: &[Definition] = &[method!(
    "Handler",
    "handleError",
    "($self, record)",
    "Handle an error that came up in an emit() call: report it on standard error.",
    method_handle_error
)];
