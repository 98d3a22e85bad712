//! A `queue.Queue` that nobody has changed, and the way of a record into it and out of it.
//!
//! See `handler::fifo` for why the queue's lock need not be taken. Here what is known of the queue is noted,
//! so that it is compared and not asked.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyTuple};

use super::obstacle::{Found as _, Noting, On, Stop};
use super::table::{Noted, Table};
use crate::handler;
use crate::handler::fifo::{self, Types};
use crate::names::{self, Name};
use crate::native::method;
use crate::native::shape::View;
use crate::native::watch::Taken;
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

    /// The queue's items, if its lock is free and nobody waits for what is about to be done.
    fn items<'t, 'py>(
        &self,
        taken: &'t Taken<'py>,
        waiting: usize,
    ) -> PyResult<Option<&'t Bound<'py, PyAny>>> {
        let (Some(mutex), Some(items), Some(waiting)) =
            (taken.get(self.mutex), taken.get(self.items), taken.get(self.waiting[waiting]))
        else {
            return Ok(None);
        };
        let locked = method::call_method(names::N_LOCKED.get(mutex.py()), [mutex])?;
        let free = locked.is(&*PyBool::new(mutex.py(), false)) && waiting.len()? == 0;
        Ok(free.then_some(items))
    }

    fn unfinished(queue: &Bound<'_, PyAny>) -> Option<i64> {
        let view = View::of(queue)?;
        view.own(names::A_UNFINISHED)?.cast_into_exact::<PyInt>().ok()?.extract().ok()
    }

    /// `put_nowait`. `false`: nothing was done.
    pub(super) fn put<'py>(&self, taken: &Taken<'py>, item: &Bound<'py, PyAny>) -> PyResult<bool> {
        let Some(items) = self.items(taken, 0)? else { return Ok(false) };
        let Some(queue) = taken.get(self.queue) else { return Ok(false) };
        let Some(unfinished) = Fifo::unfinished(queue) else { return Ok(false) };
        if let Some(most) = self.most
            && items.len()? >= most
        {
            return Ok(false);
        }
        let py = item.py();
        method::call_method(names::N_APPEND.get(py), [items, item])?;
        queue.setattr(names::A_UNFINISHED.get(py), unfinished + 1)?;
        Ok(true)
    }

    /// `get`, where there is an item.
    fn get<'py>(&self, taken: &Taken<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(items) = self.items(taken, 1)? else { return Ok(None) };
        if items.len()? == 0 {
            return Ok(None);
        }
        method::call_method(names::N_POPLEFT.get(items.py()), [items]).map(Some)
    }

    /// `task_done`. `false`: nothing was done.
    fn task_done(&self, taken: &Taken<'_>) -> PyResult<bool> {
        if self.items(taken, 2)?.is_none() {
            return Ok(false);
        }
        let Some(queue) = taken.get(self.queue) else { return Ok(false) };
        match Fifo::unfinished(queue) {
            Some(unfinished) if unfinished > 0 => {
                queue.setattr(names::A_UNFINISHED.get(queue.py()), unfinished - 1)?;
                Ok(true)
            }
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
    /// A record was handled.
    Handled,
    /// The sentinel came.
    Over,
}

/// Takes a record from the listener's queue and has it handled, where that is all known.
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
    let Some(record) = known.fifo.get(taken)? else { return Ok(Next::Unknown) };
    let over = record.is(sentinel);
    if !over {
        for handler in handlers {
            handler::handle(&handler, &record)?;
        }
    }
    // The handlers may have run other code.
    let queue = taken.get(known.fifo.queue);
    if !(opened.noted.holds(listener) && known.fifo.task_done(taken)?)
        && let Some(queue) = queue
    {
        fifo::task_done(queue)?;
    }
    Ok(if over { Next::Over } else { Next::Handled })
}

impl Listener {
    fn find(listener: &Bound<'_, PyAny>) -> PyResult<Noted<Listener>> {
        let mut noting = Noting::default();
        let known = match Known::find(listener, &mut noting) {
            Ok(known) => known,
            Err(Stop::Obstacle) => None,
            Err(Stop::Failed(error)) => return Err(error),
        };
        Ok(Noted::new(noting.0, Listener { known }))
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
