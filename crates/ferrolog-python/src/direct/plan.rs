//! What the calls of a logger meet, found out once and believed as long as nothing about it changes.

use std::cell::RefCell;
use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::obstacle::{Found, Noting, On, Stop};
use super::table::{self, Noted, Table};
use super::target::{self, Fit, Target};
use super::{MOST, check};
use crate::facility::Facility;
use crate::globals::Globals;
use crate::logger::make;
use crate::names;
use crate::native::shape::View;
use crate::natives::Native;

/// What the calls of a logger meet.
pub(super) struct Plan {
    pub(super) facility: Rc<Facility>,
    pub(super) globals: Rc<Globals>,
    pub(super) way: Option<Way>,
    /// The names of the five levels that have methods, as far as they were asked for.
    level_names: RefCell<[Option<Py<PyString>>; 5]>,
}

/// Where a line goes.
pub(super) struct Way {
    /// The logger's name.
    pub(super) name: Py<PyString>,
    /// The handlers in their order.
    pub(super) handlers: Vec<Stage>,
    /// The loggers that have them. Their objects are marks of the watch.
    pub(super) nodes: Vec<Owner>,
}

/// A handler on the way.
pub(super) struct Stage {
    /// The level from which on it takes records, if that is a plain number; otherwise it has to be asked.
    pub(super) level: i64,
    pub(super) fit: Fit,
    /// Whether it may put copies of records into a queue.
    pub(super) queue: bool,
    /// The handler's mark.
    pub(super) handler: usize,
    /// Which of the loggers has it, and at which place of its list.
    pub(super) node: usize,
    pub(super) place: usize,
}

/// A logger that has handlers: its mark, and that of its list.
pub(super) struct Owner {
    pub(super) logger: usize,
    pub(super) list: usize,
}

impl Plan {
    /// Finds out what the calls of a logger meet.
    fn find(logger: &Bound<'_, PyAny>) -> PyResult<Noted<Plan>> {
        let py = logger.py();
        let facility = Facility::of(logger)?;
        let globals = facility.globals(py)?;
        let mut noting = Noting::default();
        let way = match Way::find(logger, &facility, &globals, &mut noting) {
            Ok(way) => Some(way),
            Err(Stop::Obstacle) => None,
            Err(Stop::Failed(error)) => return Err(error),
        };
        let plan = Plan { facility, globals, way, level_names: RefCell::default() };
        Ok(Noted::new(logger, noting.0, plan))
    }

    /// The name of a level that was asked for before.
    #[inline]
    pub(super) fn known_level_name<'py>(
        &self,
        py: Python<'py>,
        number: i64,
    ) -> Option<Bound<'py, PyString>> {
        let names = self.level_names.borrow();
        Some(names[place_of_level(number)?].as_ref()?.bind(py).clone())
    }

    /// The name of a level, if it is a text.
    pub(super) fn level_name<'py>(
        &self,
        level: &Bound<'py, PyAny>,
        number: i64,
    ) -> PyResult<Option<Bound<'py, PyString>>> {
        let py = level.py();
        if let Some(name) = self.known_level_name(py, number) {
            return Ok(Some(name));
        }
        let names = self.globals.level_to_name.bind(py);
        let Ok(names) = names.cast_exact::<PyDict>() else { return Ok(None) };
        let name = names.get_item(level)?.and_then(|name| name.cast_into_exact::<PyString>().ok());
        let name = name.filter(|name| name.to_str().is_ok());
        if let (Some(place), Some(name)) = (place_of_level(number), &name) {
            self.level_names.borrow_mut()[place] = Some(name.clone().unbind());
        }
        Ok(name)
    }
}

/// Which of the five levels that have methods this is.
#[inline]
fn place_of_level(number: i64) -> Option<usize> {
    match number {
        10 | 20 | 30 | 40 | 50 => Some(number as usize / 10 - 1),
        _ => None,
    }
}

/// So many loggers above each other are looked at. More there are only where somebody has made one of them its own
/// ancestor; what the standard library does about that, which need not be to walk for ever, is for the long way.
const DEEPEST: usize = 500;

impl Way {
    fn find(
        logger: &Bound<'_, PyAny>,
        facility: &Facility,
        globals: &Globals,
        noting: &mut Noting,
    ) -> Result<Way, Stop> {
        let py = logger.py();
        let Some(view) = noting.meet(On::Logger, logger)? else { return Err(Stop::Obstacle) };
        noting.dict(facility.dict.bind(py));
        noting.methods(On::Logger, &view, &make::DIRECT.map(|name| (name, Native::Plain)))?;
        check::logger(&view, noting)?;
        check::record(py, globals, noting)?;
        let name = noting.own(&view, names::A_NAME);
        let name = name.and_then(|name| name.cast_into_exact::<PyString>().ok());
        let Some(name) = name.filter(|name| name.to_str().is_ok()) else {
            return Err(Stop::Obstacle);
        };
        let (mut handlers, mut nodes, mut taking) = (Vec::new(), Vec::new(), 0);
        let mut current = logger.clone();
        let mut depth = 0;
        loop {
            depth += 1;
            if depth > DEEPEST {
                return Err(Stop::Obstacle);
            }
            let Some(node) = check::node(&current, noting)? else { return Err(Stop::Obstacle) };
            if !node.handlers.is_empty() {
                let (logger, list) = (noting.mark(&current), noting.mark(&node.handlers));
                nodes.push(Owner { logger, list });
            }
            for (place, handler) in node.handlers.iter().enumerate() {
                let (level, fit) = Way::handler(&handler, globals, noting)?;
                let queue = View::of(&handler)
                    .is_some_and(|view| view.shape.native(names::M_EMIT) == Native::QueueEmit);
                taking += usize::from(matches!(fit, Fit::Takes(_)));
                if taking > MOST {
                    return Err(Stop::Obstacle);
                }
                let (handler, node) = (noting.mark(&handler), nodes.len() - 1);
                handlers.push(Stage { level, fit, queue, handler, node, place });
            }
            match node.above {
                Some(parent) => current = parent,
                None => break,
            }
        }
        // Where there is no handler at all, it is for the long way to say so.
        if handlers.is_empty() {
            return Err(Stop::Obstacle);
        }
        Ok(Way { name: name.unbind(), handlers, nodes })
    }

    fn handler(
        handler: &Bound<'_, PyAny>,
        globals: &Globals,
        noting: &mut Noting,
    ) -> Result<(i64, Fit), Stop> {
        let mut level = i64::MIN;
        let mut fit = || {
            let Some(view) = noting.meet(On::Handler, handler)? else { return Ok(Fit::Foreign) };
            level = target::level_of(&view, noting)?;
            Target::of(globals, &view, noting)
        };
        match fit() {
            Ok(fit) => Ok((level, fit)),
            Err(Stop::Obstacle) => Ok((level, Fit::Foreign)),
            Err(failed) => Err(failed),
        }
    }
}

static PLANS: Table<Plan> = Table::new();

/// A plan that holds, with references to the objects on its way.
pub(super) type Opened<'py> = table::Opened<'py, Plan>;

/// The plan of a logger, known or made anew. `None` when what the logger's calls meet cannot be told in
/// advance.
#[inline]
pub(super) fn of<'py>(logger: &Bound<'py, PyAny>) -> PyResult<Option<Opened<'py>>> {
    PLANS.of(logger, || Plan::find(logger))
}
