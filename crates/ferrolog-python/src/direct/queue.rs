//! A `queue.Queue` that nobody has changed, and the way of a record into it and out of it.
//!
//! See `handler::fifo` for why the queue's lock need not be taken. Here what is known of the queue is noted,
//! so that it is compared and not asked.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyTuple};

use super::batch::Batch;
use super::obstacle::{Found as _, Noting, On, Stop};
use super::table::{Noted, Table};
use crate::handler;
use crate::handler::fifo::{self, Types};
use crate::names::{self, Name};
use crate::native::shape::View;
use crate::native::watch::Taken;
use crate::native::{lock, method};
use crate::natives::Native;

/// An unchanged queue. Its objects are marks of the watch that it was noted in.
pub(super) struct Fifo {
    queue: usize,
    mutex: usize,
    items: usize,
    /// Who waits for an item, for room, and for the end of all tasks.
    waiting: [usize; 3],
    /// How many items it takes, if that is limited.
    most: Option<usize>,
}

impl Fifo {
    /// What is known of a queue; `None` where its own methods have to be called.
    pub(super) fn find(
        queue: &Bound<'_, PyAny>,
        noting: &mut Noting,
    ) -> Result<Option<Fifo>, Stop> {
        let py = queue.py();
        let Some(types) = Types::get(py) else { return Ok(None) };
        let Some(view) = noting.meet(On::Handler, queue)? else { return Ok(None) };
        let methods = [
            names::M_QUEUE_SIZE,
            names::M_PUT_NOWAIT,
            names::M_PUT,
            names::M_QUEUE_PUT,
            names::M_GET,
            names::M_QUEUE_GET,
            names::M_TASK_DONE,
        ];
        noting.methods(On::Handler, &view, &methods.map(|name| (name, Native::Plain)))?;
        let (Some(mutex), Some(items)) =
            (noting.own(&view, names::A_MUTEX), noting.own(&view, names::A_QUEUE))
        else {
            return Ok(None);
        };
        if !mutex.get_type().is(&types.lock) || !items.get_type().is(&types.deque) {
            return Ok(None);
        }
        if cfg!(Py_3_13)
            && !noting
                .own(&view, names::A_IS_SHUTDOWN)
                .is_some_and(|is| is.is(&*PyBool::new(py, false)))
        {
            return Ok(None);
        }
        let most = noting.own(&view, names::A_MAXSIZE);
        let most = most
            .and_then(|most| most.cast_into_exact::<PyInt>().ok())
            .and_then(|most| most.extract::<i64>().ok());
        let Some(most) = most else { return Ok(None) };
        let mut waiting = [0; 3];
        let conditions = [
            (names::A_NOT_EMPTY, names::M_NOTIFY, names::A_NOTIFY),
            (names::A_NOT_FULL, names::M_NOTIFY, names::A_NOTIFY),
            (names::A_ALL_TASKS_DONE, names::M_NOTIFY_ALL, names::A_NOTIFY_ALL),
        ];
        for (place, (name, notify, own_notify)) in waiting.iter_mut().zip(conditions) {
            let Some(condition) = noting.own(&view, name) else { return Ok(None) };
            let Some(view) = noting.view_with_own_methods(&condition) else { return Ok(None) };
            let is_own = [names::M_ENTER, names::M_EXIT, notify]
                .iter()
                .all(|&name| view.shape.native(name) == Native::Plain)
                && noting.own(&view, own_notify).is_none()
                && noting.own(&view, names::A_CONDITION_LOCK).is_some_and(|lock| lock.is(&mutex));
            let Some(waiters) = noting.own(&view, names::A_WAITERS) else { return Ok(None) };
            if !is_own || !waiters.get_type().is(&types.deque) {
                return Ok(None);
            }
            *place = noting.mark(&waiters);
        }
        Ok(Some(Fifo {
            queue: noting.mark(queue),
            mutex: noting.mark(&mutex),
            items: noting.mark(&items),
            waiting,
            most: usize::try_from(most).ok().filter(|&most| most > 0),
        }))
    }

    /// The queue's items, if its lock is free.
    fn items<'t, 'py>(&self, taken: &'t Taken<'py>) -> Option<&'t Bound<'py, PyAny>> {
        let (mutex, items) = (taken.get(self.mutex)?, taken.get(self.items)?);
        (lock::is_held(mutex) == Some(false)).then_some(items)
    }

    /// Whether nobody waits for one of the conditions.
    fn nobody_waits(&self, taken: &Taken<'_>, for_what: usize) -> bool {
        let waiting = taken.get(self.waiting[for_what]);
        waiting.is_some_and(|waiting| waiting.len().is_ok_and(|count| count == 0))
    }

    /// Counts tasks that were begun or, with a negative number, are done. `false`: nothing was done.
    fn count_tasks(&self, taken: &Taken<'_>, more: i64) -> PyResult<bool> {
        let Some(queue) = taken.get(self.queue) else { return Ok(false) };
        let Some(view) = View::of(queue) else { return Ok(false) };
        let unfinished = view
            .own(names::A_UNFINISHED)
            .and_then(|count| count.cast_into_exact::<PyInt>().ok())
            .and_then(|count| count.extract::<i64>().ok())
            .and_then(|count| count.checked_add(more))
            .filter(|&count| count >= 0);
        let Some(unfinished) = unfinished else { return Ok(false) };
        let py = queue.py();
        if let Err(count) = view.replace(names::A_UNFINISHED, PyInt::new(py, unfinished).into_any())
        {
            queue.setattr(names::A_UNFINISHED.get(py), count)?;
        }
        Ok(true)
    }

    /// `put_nowait`. `false`: nothing was done.
    pub(super) fn put<'py>(&self, taken: &Taken<'py>, item: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = item.py();
        let (Some(items), Some(types)) = (self.items(taken), Types::get(py)) else {
            return Ok(false);
        };
        if let Some(most) = self.most
            && items.len()? >= most
        {
            return Ok(false);
        }
        let waiter = if self.nobody_waits(taken, 0) {
            None
        } else {
            let waiter = self.first_waiter(taken, types);
            if waiter.is_none() {
                return Ok(false);
            }
            waiter
        };
        if !self.count_tasks(taken, 1)? {
            return Ok(false);
        }
        method::call(types.append.bind(py), [items, item])?;
        if let Some((waiting, waiter)) = waiter {
            method::call_method(names::M_RELEASE.get(py), [&waiter])?;
            method::call(types.pop_left.bind(py), [waiting])?;
        }
        Ok(true)
    }

    /// Who waits for an item, and the lock of the one who waits for longest, if that is one of the interpreter's own:
    /// `notify` releases it.
    fn first_waiter<'t, 'py>(
        &self,
        taken: &'t Taken<'py>,
        types: &Types,
    ) -> Option<(&'t Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let waiting = taken.get(self.waiting[0])?;
        let waiter = waiting.get_item(0).ok()?;
        let own = waiter.get_type().is(&types.lock) && lock::is_held(&waiter) == Some(true);
        own.then_some((waiting, waiter))
    }

    /// `get`, where there is an item.
    fn get<'py>(&self, taken: &Taken<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(items) = self.items(taken).filter(|_| self.nobody_waits(taken, 1)) else {
            return Ok(None);
        };
        let py = items.py();
        match Types::get(py) {
            Some(types) if items.len()? > 0 => {
                method::call(types.pop_left.bind(py), [items]).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Puts an item back in front of the others, as if it had not been got.
    pub(super) fn put_back<'py>(
        &self,
        taken: &Taken<'py>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let py = item.py();
        match (taken.get(self.items), Types::get(py)) {
            (Some(items), Some(types)) => {
                method::call(types.append_left.bind(py), [items, item]).map(drop)
            }
            // There are both, or nothing could have been got.
            _ => Ok(()),
        }
    }

    /// `task_done`, so many times. `false`: nothing was done.
    pub(super) fn tasks_done(&self, taken: &Taken<'_>, count: usize) -> PyResult<bool> {
        let may = self.items(taken).is_some() && self.nobody_waits(taken, 2);
        match i64::try_from(count) {
            Ok(count) if may => self.count_tasks(taken, -count),
            _ => Ok(false),
        }
    }
}

/// A listener whose methods are our own.
struct Listener {
    known: Option<Known>,
}

/// Its objects are marks of the watch.
struct Known {
    fifo: Fifo,
    handlers: usize,
    sentinel: usize,
}

static LISTENERS: Table<Listener> = Table::new();

/// What came of looking for a record.
pub(crate) enum Next {
    /// Nothing was done.
    Unknown,
    /// So many records were handled.
    Handled(usize),
    /// The sentinel came.
    Over,
}

/// Takes records from the listener's queue and has them handled, where that is all known.
pub(crate) fn next(listener: &Bound<'_, PyAny>) -> PyResult<Next> {
    let Some(opened) = LISTENERS.of(listener, || Listener::find(listener))? else {
        return Ok(Next::Unknown);
    };
    let Some(known) = &opened.noted.found.known else { return Ok(Next::Unknown) };
    let taken = &opened.taken;
    let (Some(sentinel), Some(handlers)) = (taken.get(known.sentinel), taken.get(known.handlers))
    else {
        return Ok(Next::Unknown);
    };
    let Ok(handlers) = handlers.cast_exact::<PyTuple>() else { return Ok(Next::Unknown) };
    let Some(first) = known.fifo.get(taken)? else { return Ok(Next::Unknown) };
    let over = first.is(sentinel);
    let (handled, result) =
        if over { (1, Ok(())) } else { handle(known, taken, handlers, first, sentinel)? };
    // The handlers may have run other code.
    if !(opened.noted.holds(listener) && known.fifo.tasks_done(taken, handled)?)
        && let Some(queue) = taken.get(known.fifo.queue)
    {
        for _ in 0..handled {
            fifo::task_done(queue)?;
        }
    }
    result?;
    Ok(if over { Next::Over } else { Next::Handled(handled) })
}

/// Has a record that was got from the queue handled, and those behind it that can be written with it at once. Says
/// how many that were, and what came of one more that was only begun.
fn handle<'py>(
    known: &Known,
    taken: &Taken<'py>,
    handlers: &Bound<'py, PyTuple>,
    first: Bound<'py, PyAny>,
    sentinel: &Bound<'py, PyAny>,
) -> PyResult<(usize, PyResult<()>)> {
    let mut current = first;
    if handlers.len() == 1
        && let Some(mut batch) = Batch::begin(&handlers.get_item(0)?)?
    {
        let mut rest = None;
        loop {
            if current.is(sentinel) || !batch.add(&current)? {
                rest = Some(current);
                break;
            }
            if batch.is_full() {
                break;
            }
            match known.fifo.get(taken)? {
                Some(record) => current = record,
                None => break,
            }
        }
        // Nobody has seen the queue so far: what is not written goes back, and comes as the next one.
        if batch.is_empty() {
            current = match rest {
                Some(record) => record,
                None => return Ok((0, Ok(()))),
            };
        } else {
            if let Some(record) = &rest {
                known.fifo.put_back(taken, record)?;
            }
            return batch.write(|record| known.fifo.put_back(taken, record));
        }
    }
    for handler in handlers {
        handler::handle(&handler, &current)?;
    }
    Ok((1, Ok(())))
}

impl Listener {
    fn find(listener: &Bound<'_, PyAny>) -> PyResult<Noted<Listener>> {
        let mut noting = Noting::default();
        let known = match Known::find(listener, &mut noting) {
            Ok(known) => known,
            Err(Stop::Obstacle) => None,
            Err(Stop::Failed(error)) => return Err(error),
        };
        Ok(Noted::new(listener, noting.0, Listener { known }))
    }
}

impl Known {
    fn find(listener: &Bound<'_, PyAny>, noting: &mut Noting) -> Result<Option<Known>, Stop> {
        let (py, on) = (listener.py(), On::Handler);
        let Some(view) = noting.meet(on, listener)? else { return Ok(None) };
        noting.methods(
            on,
            &view,
            &[
                (names::M_DEQUEUE, Native::ListenerDequeue),
                (names::M_HANDLE, Native::ListenerHandle),
                (names::M_PREPARE, Native::ListenerPrepare),
            ],
        )?;
        let own = |noting: &mut Noting, name: Name| noting.own(&view, name);
        let Some(handlers) = own(noting, names::A_HANDLERS) else { return Ok(None) };
        let Some(levels) = own(noting, names::A_RESPECT_LEVEL) else { return Ok(None) };
        let Some(queue) = own(noting, names::A_QUEUE) else { return Ok(None) };
        let Some(sentinel) = view.class_value(names::M_SENTINEL) else { return Ok(None) };
        if !handlers.is_exact_instance_of::<PyTuple>() || !levels.is(&*PyBool::new(py, false)) {
            return Ok(None);
        }
        let Some(fifo) = Fifo::find(&queue, noting)? else { return Ok(None) };
        let (handlers, sentinel) = (noting.mark(&handlers), noting.mark(&sentinel));
        Ok(Some(Known { fifo, handlers, sentinel }))
    }
}
