//! What the calls of a logger meet, found out once and believed as long as nothing about it changes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::obstacle::{Found, Noting, On, Stop};
use super::target::{self, Fit, Target};
use super::{MOST, check};
use crate::facility::Facility;
use crate::globals::Globals;
use crate::logger::make;
use crate::names;
use crate::native::gil::GilCell;
use crate::native::watch::{Taken, Watch};
use crate::natives::Native;

/// What the calls of a logger meet.
pub(super) struct Plan {
    pub(super) facility: Rc<Facility>,
    pub(super) globals: Rc<Globals>,
    watch: Watch,
    pub(super) way: Option<Way>,
    /// How often it was asked for although it cannot be told whether it holds.
    tries: Cell<u32>,
    /// The names of the five levels that have methods, as far as they were asked for.
    level_names: RefCell<[Option<Py<PyString>>; 5]>,
}

/// Where a line goes.
pub(super) struct Way {
    /// The logger's name.
    pub(super) name: Py<PyString>,
    /// The handlers, each with the level from which on it takes records.
    pub(super) handlers: Vec<(i64, Fit)>,
}

impl Plan {
    /// Finds out what the calls of a logger meet.
    fn new(logger: &Bound<'_, PyAny>) -> PyResult<Plan> {
        let py = logger.py();
        let facility = Facility::of(logger)?;
        let globals = facility.globals(py)?;
        let mut noting = Noting::default();
        let way = match Way::find(logger, &facility, &globals, &mut noting) {
            Ok(way) => Some(way),
            Err(Stop::Obstacle) => None,
            Err(Stop::Failed(error)) => return Err(error),
        };
        Ok(Plan {
            facility,
            globals,
            watch: noting.0,
            way,
            tries: Cell::default(),
            level_names: RefCell::default(),
        })
    }

    /// Says so seldom.
    fn is_worth_another_try(&self) -> bool {
        self.tries.set(self.tries.get().wrapping_add(1));
        self.tries.get().is_multiple_of(64)
    }

    /// Whether everything is as it was when the plan was made.
    pub(super) fn holds(&self, logger: &Bound<'_, PyAny>) -> bool {
        self.watch.holds(logger)
    }

    /// Where a line goes, and the objects on its way.
    fn open<'py>(self: &Rc<Self>, logger: &Bound<'py, PyAny>) -> Option<Opened<'py>> {
        Some(Opened { plan: Rc::clone(self), taken: self.watch.take(logger)? })
    }

    /// The name of a level, if it is a text.
    pub(super) fn level_name<'py>(
        &self,
        level: &Bound<'py, PyAny>,
        number: i64,
    ) -> PyResult<Option<Bound<'py, PyString>>> {
        let py = level.py();
        let place = match number {
            10 | 20 | 30 | 40 | 50 => Some(number as usize / 10 - 1),
            _ => None,
        };
        if let Some(place) = place
            && let Some(name) = &self.level_names.borrow()[place]
        {
            return Ok(Some(name.bind(py).clone()));
        }
        let names = self.globals.level_to_name.bind(py);
        let Ok(names) = names.cast_exact::<PyDict>() else { return Ok(None) };
        let name = names.get_item(level)?.and_then(|name| name.cast_into_exact::<PyString>().ok());
        let name = name.filter(|name| name.to_str().is_ok());
        if let (Some(place), Some(name)) = (place, &name) {
            self.level_names.borrow_mut()[place] = Some(name.clone().unbind());
        }
        Ok(name)
    }
}

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
        let (mut handlers, mut taking) = (Vec::new(), 0);
        let mut current = logger.clone();
        loop {
            let Some(node) = check::node(&current, noting)? else { return Err(Stop::Obstacle) };
            for handler in node.handlers.iter() {
                let (level, fit) = Way::handler(&handler, globals, noting)?;
                taking += usize::from(matches!(fit, Fit::Takes(_)));
                if taking > MOST {
                    return Err(Stop::Obstacle);
                }
                handlers.push((level, fit));
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
        Ok(Way { name: name.unbind(), handlers })
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

const SETS: usize = 1024;

/// Recently used plans, two for each place.
static PLANS: GilCell<Vec<[Option<Rc<Plan>>; 2]>> = GilCell::new(Vec::new());

fn place_of(logger: &Bound<'_, PyAny>) -> usize {
    let address = logger.as_ptr() as usize >> 4;
    (address ^ (address >> 10)) % SETS
}

/// A plan that holds, with references to the objects on its way.
pub(super) struct Opened<'py> {
    pub(super) plan: Rc<Plan>,
    pub(super) taken: Taken<'py>,
}

/// The plan of a logger, known or made anew. `None` when what the logger's calls meet cannot be told in
/// advance.
pub(super) fn of<'py>(logger: &Bound<'py, PyAny>) -> PyResult<Option<Opened<'py>>> {
    let known = known(logger);
    if let Some(plan) = &known {
        if let Some(opened) = plan.open(logger) {
            return Ok(Some(opened));
        }
        if !plan.watch.is_complete() && !plan.is_worth_another_try() {
            return Ok(None);
        }
    }
    let plan = Rc::new(Plan::new(logger)?);
    remember(logger, Rc::clone(&plan), known.as_ref());
    Ok(plan.open(logger))
}

/// The last plan of a logger, whether or not it holds.
fn known(logger: &Bound<'_, PyAny>) -> Option<Rc<Plan>> {
    let plans = PLANS.borrow(logger.py());
    let set = plans.get(place_of(logger))?;
    set.iter().flatten().find(|plan| plan.watch.starts_with(logger)).map(Rc::clone)
}

/// Remembers a plan, in the place of the logger's last one if there is one.
fn remember(logger: &Bound<'_, PyAny>, plan: Rc<Plan>, last: Option<&Rc<Plan>>) {
    let mut plans = PLANS.borrow(logger.py());
    if plans.is_empty() {
        plans.resize_with(SETS, || [None, None]);
    }
    let set = &mut plans[place_of(logger)];
    let is_last =
        |plan: &Option<Rc<Plan>>| matches!((plan, last), (Some(a), Some(b)) if Rc::ptr_eq(a, b));
    if !is_last(&set[0]) {
        // The other one's place, or that of the plan that has been there for longer.
        set.swap(0, 1);
    }
    let before = set[0].replace(plan);
    drop(plans);
    // What is dropped may be Python's.
    drop(before);
}
