//! A `queue.Queue` that nobody has changed: what its `put_nowait`, `get` and `task_done` come to when
//! nobody waits for it and nobody holds its lock.
//!
//! The GIL is held and no Python code runs meanwhile, so the queue's lock need not be taken: that it is
//! free is enough. Where another thread has to be woken or waited for, the queue's own methods do it.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyType};

use crate::names::{self, Name};
use crate::native::gil::GilOnce;
use crate::native::method;
use crate::native::shape::View;
use crate::natives::{self, Native};
use crate::untouched;

/// The interpreter's own types.
pub(crate) struct Types {
    pub(crate) lock: Py<PyAny>,
    pub(crate) deque: Py<PyAny>,
    /// Methods of `deque`, unbound.
    pub(crate) append: Py<PyAny>,
    pub(crate) append_left: Py<PyAny>,
    pub(crate) pop_left: Py<PyAny>,
}

impl Types {
    /// The types, once they are known.
    pub(crate) fn get(py: Python<'_>) -> Option<&'static Types> {
        TYPES.get(py)
    }
}

static TYPES: GilOnce<Types> = GilOnce::new();

/// Makes the methods of `queue.Queue` and `threading.Condition` known, as the interpreter has them.
pub(crate) fn learn(py: Python<'_>) -> PyResult<()> {
    let class = |module: &str, name: &str| py.import(module)?.getattr(name);
    let own = [
        (
            "queue",
            "Queue",
            &["put_nowait", "put", "_put", "get", "_get", "_qsize", "task_done"][..],
        ),
        ("threading", "Condition", &["notify", "notify_all", "__enter__", "__exit__"]),
    ];
    for (module, name, methods) in own {
        let class = class(module, name)?.cast_into::<PyType>()?;
        let attributes = class.getattr(names::N_DICT.get(py))?;
        for method in methods {
            let Ok(found) = attributes.get_item(method) else { continue };
            if untouched::is_of(&found, &format!("{name}.{method}"), module)? {
                natives::register(py, &found, Native::Plain);
                // It is compared by its address, so that must not become another's.
                std::mem::forget(found.unbind());
            }
        }
    }
    if TYPES.get(py).is_none() {
        let deque = class("collections", "deque")?;
        let types = Types {
            lock: class("_thread", "LockType")?.unbind(),
            append: deque.getattr("append")?.unbind(),
            append_left: deque.getattr("appendleft")?.unbind(),
            pop_left: deque.getattr("popleft")?.unbind(),
            deque: deque.unbind(),
        };
        TYPES.set(py, types);
    }
    Ok(())
}

/// `queue.put_nowait(item)`.
pub(crate) fn put_nowait<'py>(queue: &Bound<'py, PyAny>, item: &Bound<'py, PyAny>) -> PyResult<()> {
    let py = queue.py();
    if let Some(fifo) = Fifo::of(queue)
        && fifo.has(&[names::M_PUT_NOWAIT, names::M_PUT, names::M_QUEUE_PUT, names::M_QUEUE_SIZE])
        && fifo.has_room()
        && fifo.nobody_waits(names::A_NOT_EMPTY, names::M_NOTIFY, names::A_NOTIFY)
        && fifo.may_enter(names::A_NOT_FULL)
        && let Some(unfinished) = fifo.unfinished()
    {
        method::call_method(names::N_APPEND.get(py), [&fifo.items, item])?;
        return queue.setattr(names::A_UNFINISHED.get(py), unfinished + 1);
    }
    method::call_method(names::M_PUT_NOWAIT.get(py), [queue, item]).map(drop)
}

/// `queue.get(block)`.
pub(crate) fn get<'py>(
    queue: &Bound<'py, PyAny>,
    block: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = queue.py();
    if let Some(fifo) = Fifo::of(queue)
        && fifo.has(&[names::M_GET, names::M_QUEUE_GET, names::M_QUEUE_SIZE])
        && fifo.items.len()? > 0
        && fifo.nobody_waits(names::A_NOT_FULL, names::M_NOTIFY, names::A_NOTIFY)
        && fifo.may_enter(names::A_NOT_EMPTY)
    {
        return method::call_method(names::N_POPLEFT.get(py), [&fifo.items]);
    }
    method::call_method(names::M_GET.get(py), [queue, block])
}

/// `queue.task_done()`.
pub(crate) fn task_done(queue: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = queue.py();
    if let Some(fifo) = Fifo::of(queue)
        && fifo.has(&[names::M_TASK_DONE])
        && fifo.nobody_waits(names::A_ALL_TASKS_DONE, names::M_NOTIFY_ALL, names::A_NOTIFY_ALL)
        && let Some(unfinished) = fifo.unfinished()
        && unfinished > 0
    {
        return queue.setattr(names::A_UNFINISHED.get(py), unfinished - 1);
    }
    method::call_method(names::M_TASK_DONE.get(py), [queue]).map(drop)
}

/// A queue whose lock is free, with its items in a `deque`.
struct Fifo<'a, 'py> {
    view: View<'a, 'py>,
    mutex: Bound<'py, PyAny>,
    items: Bound<'py, PyAny>,
    types: &'static Types,
}

impl<'a, 'py> Fifo<'a, 'py> {
    fn of(queue: &'a Bound<'py, PyAny>) -> Option<Self> {
        let py = queue.py();
        let types = TYPES.get(py)?;
        let view = View::of(queue)?;
        // Of other classes' methods none is known, so that most end here.
        if view.shape.native(names::M_QUEUE_SIZE) != Native::Plain {
            return None;
        }
        let mutex = view.own(names::A_MUTEX)?;
        let items = view.own(names::A_QUEUE)?;
        if !mutex.get_type().is(&types.lock) || !items.get_type().is(&types.deque) {
            return None;
        }
        let locked = method::call_method(names::N_LOCKED.get(py), [&mutex]).ok()?;
        let free = locked.is(&*PyBool::new(py, false));
        free.then_some(Fifo { view, mutex, items, types })
    }

    /// Whether all of these methods are the class's own.
    fn has(&self, methods: &[Name]) -> bool {
        methods.iter().all(|&name| self.view.shape.native(name) == Native::Plain)
    }

    fn number(&self, name: Name) -> Option<i64> {
        self.view.own(name)?.cast_into_exact::<PyInt>().ok()?.extract().ok()
    }

    fn unfinished(&self) -> Option<i64> {
        self.number(names::A_UNFINISHED)
    }

    /// Whether one more item may be put.
    fn has_room(&self) -> bool {
        let py = self.view.py();
        if cfg!(Py_3_13)
            && !self
                .view
                .own(names::A_IS_SHUTDOWN)
                .is_some_and(|is| is.is(&*PyBool::new(py, false)))
        {
            return false;
        }
        match (self.number(names::A_MAXSIZE), self.items.len()) {
            (Some(most), _) if most <= 0 => true,
            (Some(most), Ok(count)) => i64::try_from(count).is_ok_and(|count| count < most),
            _ => false,
        }
    }

    /// Whether a condition is one of the interpreter's own over the queue's lock.
    fn may_enter(&self, name: Name) -> bool {
        self.view.own(name).is_some_and(|condition| self.is_own(&condition).is_some())
    }

    fn is_own<'c>(&self, condition: &'c Bound<'py, PyAny>) -> Option<View<'c, 'py>> {
        let view = View::with_own_methods(condition)?;
        let own = [names::M_ENTER, names::M_EXIT]
            .iter()
            .all(|&name| view.shape.native(name) == Native::Plain)
            && view.own(names::A_CONDITION_LOCK)?.is(&self.mutex);
        own.then_some(view)
    }

    /// Whether nobody waits for a condition, so that to notify is to do nothing.
    fn nobody_waits(&self, name: Name, notify: Name, own_notify: Name) -> bool {
        let nobody = || {
            let condition = self.view.own(name)?;
            let view = self.is_own(&condition)?;
            let waiters = view.own(names::A_WAITERS)?;
            let nobody = view.shape.native(notify) == Native::Plain
                && view.own(own_notify).is_none()
                && waiters.get_type().is(&self.types.deque)
                && waiters.len().ok()? == 0;
            Some(nobody)
        };
        nobody().unwrap_or(false)
    }
}
