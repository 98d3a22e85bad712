//! A handler that is given a record, where most of what it does with it is known.

use std::cell::Cell;
use std::rc::Rc;

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyType};

use super::layout::Lines;
use super::obstacle::{Found as _, Noting, On, Stop};
use super::output::{Done, Output};
use super::pattern::Form;
use super::queue::Fifo;
use super::table::{Noted, Opened, Table};
use super::target::{self, Types};
use crate::counts::Account;
use crate::facility::Facility;
use crate::filter;
use crate::formatter;
use crate::globals::Globals;
use crate::handler::{base, failure, lock, queue, stream};
use crate::names;
use crate::native::gil::GilCell;
use crate::native::shape::{Shape, View};
use crate::native::text_file::Written;
use crate::native::{method, rlock, text, truth};
use crate::natives::Native;

/// What is known of a handler.
struct Given {
    known: Option<Known>,
}

/// A handler whose `handle` is our own. Its objects are marks of the watch.
struct Known {
    facility: Rc<Facility>,
    lock: usize,
    /// Its list of filters, if there are any.
    filters: Option<usize>,
    emit: Emit,
    account: Account,
}

/// What a handler does with a record under its lock.
enum Emit {
    /// It calls a method that is not our own.
    Foreign,
    /// It calls one of ours.
    Ours,
    /// It puts a copy of the record into a queue.
    Queue { fifo: Fifo, formatter: usize, form: Option<Box<Form>> },
    /// It writes the record's text to a stream of the interpreter's own.
    Stream { output: Output, formatter: usize, pause: Pause },
}

static HANDLERS: Table<Given> = Table::new();

/// The line under way; kept, so that it is allocated once.
static BUFFER: GilCell<String> = GilCell::new(String::new());

/// A buffer that grew beyond this is given back.
const KEPT_CAPACITY: usize = 64 * 1024;

/// Gives the record to a handler. `false`: nothing was done.
pub(crate) fn handle<'py>(
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    let Some(given) = HANDLERS.of(handler, || Given::find(handler))? else { return Ok(false) };
    let Some(known) = &given.noted.found.known else { return Ok(false) };
    let facility = &known.facility;
    let mut replacement = None;
    let mut quietly = true;
    if let Some(filters) = known.filters {
        quietly = false;
        let Some(filters) = given.taken.get(filters) else { return Ok(false) };
        let verdict = filter::judge(facility, filter::run(facility, filters, record)?, record)?;
        if !verdict.passed {
            return Ok(true);
        }
        replacement = verdict.replacement;
    } else if cfg!(Py_3_12) && !truth::is_plain(record) {
        quietly = false;
        // What stands for "passed" is the record itself.
        if !record.is_truthy()? {
            return Ok(true);
        }
    }
    if !quietly && !given.noted.holds(handler) {
        let record = replacement.as_ref().unwrap_or(record);
        lock::holding(handler, || {
            base::counted(handler, || base::emit(facility, handler, record))
        })?;
        return Ok(true);
    }
    let record = replacement.as_ref().unwrap_or(record);
    let Some(lock) = given.taken.get(known.lock) else { return Ok(false) };
    if !rlock::acquire_at_once(lock) {
        lock::holding(handler, || {
            base::counted(handler, || base::emit(facility, handler, record))
        })?;
        return Ok(true);
    }
    let emission = known.account.begin(handler);
    let done = emit(&given, known, handler, record);
    emission.end(&done);
    lock::release(handler, lock, given.noted.holds(handler), done)?;
    Ok(true)
}

/// A queue handler that makes plain copies of records.
pub(super) struct IntoQueue<'py> {
    given: Opened<'py, Given>,
    formatter: usize,
}

impl<'py> IntoQueue<'py> {
    /// Whether a handler is one.
    pub(super) fn of(handler: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let given = HANDLERS.of(handler, || Given::find(handler))?;
        let Some(given) = given else { return Ok(None) };
        let Some(Known { emit: Emit::Queue { formatter, .. }, filters: None, .. }) =
            &given.noted.found.known
        else {
            return Ok(None);
        };
        let formatter = *formatter;
        Ok(Some(IntoQueue { given, formatter }))
    }

    /// How its lines are made, if that takes no record.
    pub(super) fn form(&self) -> Option<&Form> {
        match &self.given.noted.found.known {
            Some(Known { emit: Emit::Queue { form, .. }, .. }) => form.as_deref(),
            _ => None,
        }
    }

    /// Makes of a record that nobody else has the copy that the handler would make. `false`: other code would have to
    /// run for that.
    pub(super) fn lay_out(&self, record: &Bound<'py, PyAny>) -> PyResult<bool> {
        let IntoQueue { given, formatter } = self;
        let Some(Known { facility, .. }) = &given.noted.found.known else { return Ok(false) };
        let Some(formatter) = given.taken.get(*formatter) else { return Ok(false) };
        let Some(lines) = Lines::of(formatter)? else { return Ok(false) };
        let py = record.py();
        let mut line = std::mem::take(&mut *BUFFER.borrow(py));
        line.clear();
        let made = lines.append(record, &mut line)?;
        let text = made.then(|| text::new(py, &line));
        if line.capacity() <= KEPT_CAPACITY {
            *BUFFER.borrow(py) = line;
        }
        let Some(text) = text else { return Ok(false) };
        queue::strip(facility, record, text.into_any())?;
        Ok(true)
    }

    /// Puts such a copy into the queue; `quietly`: no other code has run since the handler was looked at. `false`:
    /// nothing was put.
    pub(super) fn put(
        &self,
        handler: &Bound<'py, PyAny>,
        copy: &Bound<'py, PyAny>,
        quietly: bool,
    ) -> PyResult<bool> {
        let given = &self.given;
        let Some(Known { emit: Emit::Queue { fifo, .. }, lock, account, .. }) =
            &given.noted.found.known
        else {
            return Ok(false);
        };
        // No other code runs meanwhile, so that the lock need only be free.
        let free = given.taken.get(*lock).is_some_and(rlock::is_available);
        let holds = quietly || given.noted.holds(handler);
        let put = free && holds && fifo.put(&given.taken, copy)?;
        if put {
            account.written(handler, 1);
        }
        Ok(put)
    }
}

/// A handler that writes to a file, with lines that are made without other code.
pub(super) struct IntoFile<'py> {
    given: Opened<'py, Given>,
    pub(super) lines: Lines<'py>,
}

impl<'py> IntoFile<'py> {
    /// Whether a handler is one, whose lock is to be had at once.
    pub(super) fn of(handler: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let given = HANDLERS.of(handler, || Given::find(handler))?;
        let Some(given) = given else { return Ok(None) };
        let Some(Known {
            emit: Emit::Stream { output, formatter, pause },
            filters: None,
            lock,
            ..
        }) = &given.noted.found.known
        else {
            return Ok(None);
        };
        let free = given.taken.get(*lock).is_some_and(rlock::is_available);
        if !free || !output.is_written_at_once() || pause.goes_on() {
            return Ok(None);
        }
        let Some(formatter) = given.taken.get(*formatter) else { return Ok(None) };
        Ok(Lines::of(formatter)?.map(|lines| IntoFile { given, lines }))
    }

    /// What ends each line.
    pub(super) fn terminator(&self) -> &str {
        match &self.given.noted.found.known {
            Some(Known { emit: Emit::Stream { output, .. }, .. }) => &output.terminator,
            _ => "",
        }
    }

    /// Writes lines, the longest of which has so many bytes, and says how many bytes were written. No other code
    /// runs.
    pub(super) fn write(&self, lines: &str, longest: usize) -> usize {
        let Some(Known { emit: Emit::Stream { output, pause, .. }, .. }) =
            &self.given.noted.found.known
        else {
            return 0;
        };
        let length = match output.write_at_once(&self.given.taken, lines, longest) {
            Written::All => lines.len(),
            Written::Part(length) => length,
            Written::Nothing => 0,
        };
        pause.after(length == lines.len());
        length
    }

    /// Counts records whose lines are written.
    pub(super) fn count(&self, handler: &Bound<'py, PyAny>, records: usize) {
        if let Some(known) = &self.given.noted.found.known {
            known.account.written(handler, records);
        }
    }

    /// Does what is left to do with a record of whose line only `length` bytes were written.
    pub(super) fn finish(
        &self,
        handler: &Bound<'py, PyAny>,
        record: &Bound<'py, PyAny>,
        line: &str,
        length: usize,
    ) -> PyResult<()> {
        let given = &self.given;
        let Some(known) = &given.noted.found.known else { return Ok(()) };
        let (Emit::Stream { output, .. }, Some(lock)) = (&known.emit, given.taken.get(known.lock))
        else {
            return Ok(());
        };
        let emission = known.account.begin(handler);
        rlock::acquire_at_once(lock);
        let done = match output.write_rest(&given.taken, lock, line, length)? {
            Err(error) if error.is_instance_of::<PyException>(handler.py()) => {
                failure::handle(&known.facility, handler, record, error)
            }
            done => done.map(drop),
        };
        emission.end(&done);
        lock::release(handler, lock, given.noted.holds(handler), done)
    }
}

/// How many records are handled one by one before several are written at once again, where that did not succeed.
#[derive(Default)]
struct Pause {
    left: Cell<u32>,
    length: Cell<u32>,
}

impl Pause {
    const LONGEST: u32 = 1024;

    /// Whether the next record is still to be handled alone.
    fn goes_on(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }

    fn after(&self, succeeded: bool) {
        let length = if succeeded { 0 } else { (2 * self.length.get()).clamp(1, Pause::LONGEST) };
        self.length.set(length);
        self.left.set(length);
    }
}

fn emit<'py>(
    given: &Opened<'py, Given>,
    known: &Known,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let facility = &known.facility;
    match &known.emit {
        Emit::Foreign => {
            method::call_method(names::M_EMIT.get(handler.py()), [handler, record]).map(drop)
        }
        Emit::Ours => base::emit(facility, handler, record),
        Emit::Queue { fifo, formatter, .. } => {
            match enqueue(given, known, fifo, *formatter, handler, record) {
                Err(error) if error.is_instance_of::<PyException>(handler.py()) => {
                    queue::failed(facility, handler, record, error)
                }
                done => done,
            }
        }
        Emit::Stream { output, formatter, .. } => {
            match write(given, known, output, *formatter, handler, record) {
                Err(error) if error.is_instance_of::<PyException>(handler.py()) => {
                    failure::handle(facility, handler, record, error)
                }
                done => done,
            }
        }
    }
}

/// `QueueHandler.emit`, but for what becomes of errors.
fn enqueue<'py>(
    given: &Opened<'py, Given>,
    known: &Known,
    fifo: &Fifo,
    formatter: usize,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let facility = &known.facility;
    let Some(formatter) = given.taken.get(formatter) else {
        return queue::prepare_and_enqueue(facility, handler, record);
    };
    let message = formatter::format(formatter, record)?;
    let holds = given.noted.holds(handler);
    let own = holds && record.get_type().is(&facility.globals(handler.py())?.record_class);
    let copy = if own { queue::plain_copy(record)? } else { None };
    let copy = match copy {
        Some(copy) => copy,
        None => queue::copy(facility, record)?,
    };
    queue::strip(facility, &copy, message)?;
    if holds && given.noted.holds(handler) && fifo.put(&given.taken, &copy)? {
        return Ok(());
    }
    queue::enqueue_by_method(handler, &copy)
}

/// `StreamHandler.emit`, but for what becomes of errors.
fn write<'py>(
    given: &Opened<'py, Given>,
    known: &Known,
    output: &Output,
    formatter: usize,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let facility = &known.facility;
    let Some(formatter) = given.taken.get(formatter) else {
        return stream::write(facility, handler, record);
    };
    let text = formatter::format(formatter, record)?;
    if given.noted.holds(handler)
        && let Some(lock) = given.taken.get(known.lock)
        && let Ok(text) = text.cast_exact::<PyString>()
        && let Ok(line) = text.to_str()
    {
        let mut whole = String::with_capacity(line.len() + output.terminator.len());
        whole.push_str(line);
        whole.push_str(&output.terminator);
        if let Done::AtOnce | Done::ByMethods = output.write(&given.taken, lock, &whole)?? {
            return Ok(());
        }
    }
    stream::write_text(handler, &text)
}

impl Given {
    fn find(handler: &Bound<'_, PyAny>) -> PyResult<Noted<Given>> {
        let mut noting = Noting::default();
        let known = match Known::find(handler, &mut noting) {
            Ok(known) => known,
            Err(Stop::Obstacle) => None,
            Err(Stop::Failed(error)) => return Err(error),
        };
        Ok(Noted::new(handler, noting.0, Given { known }))
    }
}

impl Known {
    fn find(handler: &Bound<'_, PyAny>, noting: &mut Noting) -> Result<Option<Known>, Stop> {
        let (py, on) = (handler.py(), On::Handler);
        let Some(view) = noting.meet(on, handler)? else { return Ok(None) };
        let Some(facility) = Facility::find(handler) else { return Ok(None) };
        let globals = &*facility.globals(py)?;
        noting.dict(facility.dict.bind(py));
        noting.methods(
            on,
            &view,
            &[
                (names::M_HANDLE, Native::HandlerHandle),
                (names::M_FILTER, Native::FiltererFilter),
                (names::M_ACQUIRE, Native::Plain),
                (names::M_RELEASE, Native::Plain),
            ],
        )?;
        let filters = noting.own(&view, names::A_FILTERS);
        let Some(Ok(filters)) = filters.map(Bound::cast_into_exact::<PyList>) else {
            return Ok(None);
        };
        noting.list(&filters);
        let filters = if filters.is_empty() { None } else { Some(noting.mark(&filters)) };
        let types = Types::get(py);
        let lock =
            noting.own(&view, names::A_LOCK).filter(|lock| lock.get_type().is(types.lock.bind(py)));
        let Some(lock) = lock else { return Ok(None) };
        let lock = noting.mark(&lock);
        let emit = view.shape.native(names::M_EMIT);
        let emit = match emit {
            Native::None => Emit::Foreign,
            Native::StreamEmit | Native::FileEmit => {
                match Known::stream(globals, &view, emit, types, noting) {
                    Ok(Some(stream)) => stream,
                    Ok(None) | Err(Stop::Obstacle) => Emit::Ours,
                    Err(failed) => return Err(failed),
                }
            }
            Native::QueueEmit => match Known::queue(globals, &view, noting) {
                Ok(Some(queue)) => queue,
                Ok(None) | Err(Stop::Obstacle) => Emit::Ours,
                Err(failed) => return Err(failed),
            },
            _ => Emit::Ours,
        };
        Ok(Some(Known { facility, lock, filters, emit, account: Account::default() }))
    }

    /// A handler that copies records plainly, and puts them into a queue that nobody has changed.
    fn queue(
        globals: &Globals,
        view: &View<'_, '_>,
        noting: &mut Noting,
    ) -> Result<Option<Emit>, Stop> {
        let py = view.py();
        noting.methods(
            On::Handler,
            view,
            &[
                (names::M_PREPARE, Native::QueuePrepare),
                (names::M_ENQUEUE, Native::QueueEnqueue),
                (names::M_FORMAT, Native::HandlerFormat),
            ],
        )?;
        let Some(module) = &globals.handlers else { return Ok(None) };
        noting.dict(module.namespace(py));
        let Some(tables) = queue::copies_plainly(globals, module, py)? else { return Ok(None) };
        for table in &tables {
            noting.dict(table);
        }
        let Ok(class) = globals.record_class.bind(py).cast::<PyType>() else { return Ok(None) };
        noting.class(&Shape::of(class));
        let Some(formatter) = Known::formatter(globals, view, noting)? else { return Ok(None) };
        let Some(queue) = noting.own(view, names::A_QUEUE) else { return Ok(None) };
        let Some(fifo) = Fifo::find(&queue, noting)? else { return Ok(None) };
        // Last, as the watch is to be complete whatever comes of it.
        let form = match Known::form(globals, view, noting) {
            Ok(form) => form,
            Err(Stop::Obstacle) => None,
            Err(failed) => return Err(failed),
        };
        Ok(Some(Emit::Queue { fifo, formatter, form }))
    }

    /// How the handler's lines are made, if that takes no record.
    fn form(
        globals: &Globals,
        view: &View<'_, '_>,
        noting: &mut Noting,
    ) -> Result<Option<Box<Form>>, Stop> {
        let Some(formatter) = noting.own(view, names::A_FORMATTER) else { return Ok(None) };
        if formatter.is_none() {
            return target::form_of(globals, globals.default_formatter.bind(view.py()), noting);
        }
        target::form_of(globals, &formatter, noting)
    }

    /// The mark of the handler's formatter, or of the default one.
    fn formatter(
        globals: &Globals,
        view: &View<'_, '_>,
        noting: &mut Noting,
    ) -> Result<Option<usize>, Stop> {
        let Some(mut formatter) = noting.own(view, names::A_FORMATTER) else { return Ok(None) };
        if formatter.is_none() {
            formatter = globals.default_formatter.bind(view.py()).clone();
        }
        // A formatter that is false would give way to the default one.
        let Some(of_formatter) = noting.meet(On::Formatter, &formatter)? else { return Ok(None) };
        let plainly_true = of_formatter.shape.plainly_true();
        Ok(plainly_true.then(|| noting.mark(&formatter)))
    }

    /// A handler that writes to a stream of the interpreter's own.
    fn stream(
        globals: &Globals,
        view: &View<'_, '_>,
        emit: Native,
        types: &Types,
        noting: &mut Noting,
    ) -> Result<Option<Emit>, Stop> {
        let py = view.py();
        if view.shape.native(names::M_FORMAT) != Native::HandlerFormat {
            return Ok(None);
        }
        if emit == Native::FileEmit && target::stream_emit_is_foreign(py, globals, noting)? {
            return Ok(None);
        }
        let Some(formatter) = Known::formatter(globals, view, noting)? else { return Ok(None) };
        let Some(output) = target::output_of(view, types, noting)? else { return Ok(None) };
        Ok(Some(Emit::Stream { output, formatter, pause: Pause::default() }))
    }
}
