//! What a call at a level would meet, and what keeps each of it from the short cut.
//!
//! The answers are those of the checks that a call itself passes; here they go on after the first
//! obstacle.

use pyo3::exceptions::PySystemError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::obstacle::{All, Found, On, Stop, What};
use super::target::{self, Fit, Target};
use super::{MOST, check, describe};
use crate::facility::Facility;
use crate::globals::Globals;
use crate::logger::make;
use crate::names;
use crate::native::shape::View;
use crate::natives::{self, Native};

/// What is met: its kind, the object, at which logger, and the obstacles in words.
type Step<'py> = (&'static str, Bound<'py, PyAny>, String, Vec<String>);

impl From<Stop> for PyErr {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failed(error) => error,
            // Whoever collects obstacles goes on.
            Stop::Obstacle => PySystemError::new_err("ferrolog: an explanation ended early"),
        }
    }
}

/// The steps of a record of this logger at level `number`, logged by the logger's method `entry`.
#[pyfunction]
pub(crate) fn explain<'py>(
    logger: &Bound<'py, PyAny>,
    number: i64,
    entry: &str,
) -> PyResult<Vec<Step<'py>>> {
    let py = logger.py();
    let facility = Facility::of(logger)?;
    let globals = facility.globals(py)?;
    let mut steps = Vec::new();

    let mut all = All::default();
    match View::of(logger) {
        Some(view) => {
            for name in [names::M_IS_ENABLED_FOR].into_iter().chain(make::DIRECT) {
                all.methods(On::Logger, &view, &[(name, Native::Plain)])?;
            }
            check::logger(&view, &mut all)?;
        }
        None => all.found(On::Logger, What::Hidden)?,
    }
    let mut first = Vec::new();
    if !is_native(&logger.get_type(), entry) || own(logger, entry) {
        first.push(describe::method(logger, entry));
    }
    first.extend(words(logger, &all));
    steps.push(("logger", logger.clone(), name_of(logger), first));
    let mut all = All::default();
    check::record(py, &globals, &mut all)?;
    if !all.0.is_empty() {
        let factory = globals.factory.bind(py);
        let reasons = words(factory, &all).collect();
        steps.push(("record", factory.clone(), name_of(logger), reasons));
    }
    filters(&mut steps, logger, &name_of(logger))?;

    let (mut met, mut taking) = (false, 0);
    let mut current = logger.clone();
    loop {
        let mut all = All::default();
        let node = check::node(&current, &mut all)?;
        if current.is(logger) {
            // What hides the logger itself has been said.
            all.0.retain(|&(_, what)| what != What::Hidden);
            steps[0].3.extend(words(logger, &all));
        } else if !all.0.is_empty() {
            let reasons = words(&current, &all).collect();
            steps.push(("logger", current.clone(), name_of(&current), reasons));
        }
        for handler in current.getattr(names::A_HANDLERS.get(py))?.try_iter()? {
            met = true;
            taking += usize::from(self::handler(
                &mut steps,
                &globals,
                &handler?,
                number,
                &name_of(&current),
            )?);
        }
        current = match node {
            Some(node) => match node.above {
                Some(parent) => parent,
                None => break,
            },
            None if current.getattr(names::A_PROPAGATE.get(py))?.is_truthy()? => {
                let parent = current.getattr(names::A_PARENT.get(py))?;
                if !parent.is_truthy()? {
                    break;
                }
                parent
            }
            None => break,
        };
    }
    if taking > MOST {
        steps[0].3.push(format!("there are more than {MOST} handlers on its way"));
    }
    if !met {
        steps[0].3.push("there is no handler on its way".to_owned());
        let last = &facility.last_resort(py)?;
        if last.is_truthy()? {
            handler(&mut steps, &globals, last, number, "lastResort")?;
        }
    }
    Ok(steps)
}

/// Adds what a handler is to the record: the handler, its filters, its formatter. Says whether it
/// takes lines.
fn handler<'py>(
    steps: &mut Vec<Step<'py>>,
    globals: &Globals,
    handler: &Bound<'py, PyAny>,
    number: i64,
    place: &str,
) -> PyResult<bool> {
    let py = handler.py();
    let mut all = All::default();
    let (level, fit) = match all.meet(On::Handler, handler)? {
        Some(view) => {
            let level = target::level_of(&view, &mut all)?;
            (level, Target::of(globals, &view, &mut all)?)
        }
        None => (i64::MIN, Fit::Foreign),
    };
    let takes_lines = matches!(fit, Fit::Takes(_));
    if number < level {
        return Ok(takes_lines);
    }
    let mut of_formatter = All::default();
    all.0.retain(|&(on, what)| {
        let keep = on == On::Handler;
        if !keep {
            of_formatter.0.push((on, what));
        }
        keep
    });
    let reasons = words(handler, &all).collect();
    steps.push(("handler", handler.clone(), place.to_owned(), reasons));
    if matches!(fit, Fit::Nothing) {
        return Ok(false);
    }
    filters(steps, handler, place)?;
    if let Some(mut formatter) = handler.getattr_opt(names::A_FORMATTER.get(py))? {
        if formatter.is_none() {
            formatter = globals.default_formatter.bind(py).clone();
        }
        let style = formatter.getattr_opt(names::A_STYLE.get(py))?;
        let style = style.as_ref().unwrap_or(&formatter);
        let reasons = of_formatter
            .0
            .iter()
            .map(|&(on, what)| {
                let object = if on == On::Style { style } else { &formatter };
                describe::obstacle(object, on, what)
            })
            .collect();
        steps.push(("formatter", formatter, place.to_owned(), reasons));
    }
    Ok(takes_lines)
}

/// Adds the filters of a logger or handler.
fn filters<'py>(
    steps: &mut Vec<Step<'py>>,
    owner: &Bound<'py, PyAny>,
    place: &str,
) -> PyResult<()> {
    for filter in owner.getattr(names::A_FILTERS.get(owner.py()))?.try_iter()? {
        let reason = "a filter is given a record".to_owned();
        steps.push(("filter", filter?, place.to_owned(), vec![reason]));
    }
    Ok(())
}

/// The obstacles in words; filters speak for themselves.
fn words<'a>(object: &'a Bound<'_, PyAny>, all: &'a All) -> impl Iterator<Item = String> + 'a {
    all.0
        .iter()
        .filter(|(_, what)| *what != What::Filters)
        .map(|&(on, what)| describe::obstacle(object, on, what))
}

fn is_native(class: &Bound<'_, PyType>, name: &str) -> bool {
    class
        .getattr(name)
        .is_ok_and(|found| natives::identify(class.py(), found.as_ptr() as usize) != Native::None)
}

/// Whether an object has an attribute of its own under this name.
fn own(object: &Bound<'_, PyAny>, name: &str) -> bool {
    object
        .getattr(names::N_DICT.get(object.py()))
        .and_then(|own| own.contains(name))
        .unwrap_or(false)
}

fn name_of(logger: &Bound<'_, PyAny>) -> String {
    logger
        .getattr(names::A_NAME.get(logger.py()))
        .and_then(|name| name.str().map(|name| name.to_string_lossy().into_owned()))
        .unwrap_or_default()
}
