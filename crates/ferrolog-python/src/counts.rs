//! What became of the records of each handler.
//!
//! It is kept beside the handlers and not in them, so that their attributes are those of the standard
//! library, by address; an entry goes with its handler.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;
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
    emitted: Cell<u64>,
    delivered: Cell<u64>,
    failed: Cell<u64>,
    /// By policy; there are few.
    dropped: RefCell<Vec<(&'static str, u64)>>,
    /// How often it was said of the record that is being emitted that it is not delivered. A record may be emitted
    /// while another one is.
    said: Cell<u64>,
    /// When an error was reported, and how many were not since.
    reported: Cell<Option<Instant>>,
    unreported: Cell<u64>,
    /// Takes the entry away when the handler is gone. Without it, the handler cannot be watched, and is not
    /// counted.
    watch: OnceCell<Py<PyWeakrefReference>>,
    /// The handler is gone; another may have its address.
    over: Cell<bool>,
}

impl Entry {
    fn failed(&self) {
        one_more(&self.failed);
        one_more(&self.said);
    }

    fn dropped(&self, policy: &'static str) {
        one_more(&self.said);
        let mut dropped = self.dropped.borrow_mut();
        match dropped.iter_mut().find(|(known, _)| *known == policy) {
            Some((_, count)) => *count += 1,
            None => dropped.push((policy, 1)),
        }
    }

    fn written(&self, records: u64) {
        self.emitted.set(self.emitted.get() + records);
        self.delivered.set(self.delivered.get() + records);
    }

    fn begin(this: Rc<Entry>) -> Emission {
        one_more(&this.emitted);
        let around = this.said.replace(0);
        Emission(Some((this, around)))
    }
}

fn one_more(count: &Cell<u64>) {
    count.set(count.get() + 1);
}

type Table = HashMap<usize, Rc<Entry>, BuildHasherDefault<AddressHasher>>;

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

/// A handler's entry, if the handler can be counted.
fn entry_of(handler: &Bound<'_, PyAny>) -> Option<Rc<Entry>> {
    let py = handler.py();
    let address = handler.as_ptr() as usize;
    if let Some(entry) = TABLE.borrow(py).get_or_insert_default().get(&address) {
        return Some(Rc::clone(entry));
    }
    // Making the reference may run Python code.
    let forget = PyCFunction::new_closure(
        py,
        None,
        None,
        move |args: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
            let gone = TABLE.borrow(args.py()).as_mut().and_then(|table| table.remove(&address));
            // The reference is dropped when the table is free again.
            if let Some(gone) = gone {
                gone.over.set(true);
            }
        },
    )
    .ok()?;
    let watch = PyWeakrefReference::new_with(handler, forget).ok()?.unbind();
    let entry = {
        let mut table = TABLE.borrow(py);
        Rc::clone(table.get_or_insert_default().entry(address).or_default())
    };
    // If there is one by now, this one is dropped when the table is free again.
    let _ = entry.watch.set(watch);
    Some(entry)
}

/// The counts of a handler that is known already, kept beside what is known of it.
#[derive(Default)]
pub(crate) struct Account(OnceCell<Rc<Entry>>);

impl Account {
    /// The handler's entry, which is looked for once.
    #[inline]
    fn entry(&self, handler: &Bound<'_, PyAny>) -> Option<Rc<Entry>> {
        match self.0.get() {
            Some(entry) if !entry.over.get() => Some(Rc::clone(entry)),
            _ => self.look(handler),
        }
    }

    #[cold]
    fn look(&self, handler: &Bound<'_, PyAny>) -> Option<Rc<Entry>> {
        let entry = entry_of(handler)?;
        // It stays that of a handler that is gone, if another one with its address looks all the same.
        let _ = self.0.set(Rc::clone(&entry));
        Some(entry)
    }

    /// So many records were written without being given to the handler's `emit`.
    #[inline]
    pub(crate) fn written(&self, handler: &Bound<'_, PyAny>, records: usize) {
        if let Some(entry) = self.entry(handler) {
            entry.written(records as u64);
        }
    }

    /// A record is about to be given to the handler's `emit`.
    #[inline]
    pub(crate) fn begin(&self, handler: &Bound<'_, PyAny>) -> Emission {
        self.entry(handler).map_or(Emission(None), Entry::begin)
    }
}

/// A record is not delivered, because of an error.
pub(crate) fn failed(handler: &Bound<'_, PyAny>) {
    if let Some(entry) = entry_of(handler) {
        entry.failed();
    }
}

/// A record is not delivered, by a policy of the handler.
pub(crate) fn dropped(handler: &Bound<'_, PyAny>, policy: &'static str) {
    if let Some(entry) = entry_of(handler) {
        entry.dropped(policy);
    }
}

/// A record that is given to the handler's `emit`: its entry, and how often it was said of the record around it that
/// it is not delivered.
pub(crate) struct Emission(Option<(Rc<Entry>, u64)>);

/// A record is about to be given to the handler's `emit`.
pub(crate) fn begin(handler: &Bound<'_, PyAny>) -> Emission {
    entry_of(handler).map_or(Emission(None), Entry::begin)
}

impl Emission {
    /// `emit` has ended. Unless something was said of the record meanwhile, it is delivered, or failed if `emit`
    /// raised.
    pub(crate) fn end(self, result: &PyResult<()>) {
        let Some((entry, _)) = &self.0 else { return };
        if entry.said.get() == 0 {
            one_more(if result.is_ok() { &entry.delivered } else { &entry.failed });
        }
    }
}

impl Drop for Emission {
    fn drop(&mut self) {
        if let Some((entry, around)) = &self.0 {
            entry.said.set(*around);
        }
    }
}

/// An error that a handler is told of, whose `handleError` may be another than ours.
pub(crate) struct Telling(Option<(Rc<Entry>, u64)>);

impl Telling {
    pub(crate) fn begin(handler: &Bound<'_, PyAny>) -> Self {
        Self(entry_of(handler).map(|entry| {
            let before = entry.said.get();
            (entry, before)
        }))
    }

    /// It was told; the record has failed, if that was not counted by then.
    pub(crate) fn end(self) {
        let Some((entry, before)) = self.0 else { return };
        if entry.said.get() == before {
            entry.failed();
        }
    }
}

/// Emitted, delivered and failed records, and those that were dropped, by policy.
#[pyfunction]
pub(crate) fn counts<'py>(
    handler: &Bound<'py, PyAny>,
) -> PyResult<(u64, u64, u64, Bound<'py, PyDict>)> {
    let by_policy = PyDict::new(handler.py());
    let address = handler.as_ptr() as usize;
    let known = TABLE.borrow(handler.py()).as_ref().and_then(|table| table.get(&address).cloned());
    let Some(entry) = known else { return Ok((0, 0, 0, by_policy)) };
    let dropped = entry.dropped.borrow().clone();
    for (policy, count) in dropped {
        by_policy.set_item(policy, count)?;
    }
    Ok((entry.emitted.get(), entry.delivered.get(), entry.failed.get(), by_policy))
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
    let Some(entry) = entry_of(handler) else { return Some(0) };
    match entry.reported.get() {
        Some(last) if last.elapsed() < interval => {
            one_more(&entry.unreported);
            None
        }
        _ => {
            entry.reported.set(Some(Instant::now()));
            Some(entry.unreported.take())
        }
    }
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
pub(crate) const METHODS: &[Definition] = &[method!("Handler", "handleError", method_handle_error)];
