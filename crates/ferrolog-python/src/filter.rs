//! `Filterer.filter` and `Filter.filter`.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyString};

use crate::facility::Facility;
use crate::names;
use crate::native::method::{self, Args, Definition, method};
use crate::native::shape::View;
use crate::natives::Native;

/// What the filters of a logger or handler made of a record.
pub(crate) struct Verdict<'py> {
    /// What `filter` returned.
    pub(crate) value: Bound<'py, PyAny>,
    /// Whether the record goes on.
    pub(crate) passed: bool,
    /// A record to go on with instead.
    pub(crate) replacement: Option<Bound<'py, PyAny>>,
}

/// Runs the filters of `owner`, through an overridden `filter` if it has one, or may have: without a view.
pub(crate) fn passes<'py>(
    facility: &Facility,
    view: Option<&View<'_, 'py>>,
    owner: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Verdict<'py>> {
    let py = owner.py();
    let value = match view {
        Some(view) if view.shape.native(names::M_FILTER) == Native::FiltererFilter => {
            run(facility, &view.get(names::A_FILTERS)?, record)?
        }
        _ => method::call_method(names::M_FILTER.get(py), [owner, record])?,
    };
    judge(facility, value, record)
}

/// What becomes of a record for which `filter` has returned `value`.
pub(crate) fn judge<'py>(
    facility: &Facility,
    value: Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Verdict<'py>> {
    let py = record.py();
    let passed = value.is_truthy()?;
    let replaces = passed
        && cfg!(Py_3_12)
        && !value.is(record)
        && value.is_instance(facility.globals(py)?.record_class.bind(py))?;
    let replacement = replaces.then(|| value.clone());
    Ok(Verdict { value, passed, replacement })
}

/// `Filterer.filter` over a list of filters: a false value, or what stands for "passed", which from
/// 3.12 on is the record.
pub(crate) fn run<'py>(
    facility: &Facility,
    filters: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = record.py();
    let mut record = record.clone();
    if let Ok(list) = filters.cast_exact::<PyList>() {
        let mut i = 0;
        while i < list.len() {
            if !apply(facility, &list.get_item(i)?, &mut record)? {
                return Ok(PyBool::new(py, false).to_owned().into_any());
            }
            i += 1;
        }
    } else {
        for filter in filters.try_iter()? {
            if !apply(facility, &filter?, &mut record)? {
                return Ok(PyBool::new(py, false).to_owned().into_any());
            }
        }
    }
    if cfg!(Py_3_12) { Ok(record) } else { Ok(PyBool::new(py, true).to_owned().into_any()) }
}

/// Applies one filter, which is an object with a `filter` method or a callable.
fn apply<'py>(
    facility: &Facility,
    filter: &Bound<'py, PyAny>,
    record: &mut Bound<'py, PyAny>,
) -> PyResult<bool> {
    let py = filter.py();
    let verdict = match filter.getattr_opt(names::M_FILTER.get(py))? {
        Some(function) => method::call(&function, [&*record])?,
        None => method::call(filter, [&*record])?,
    };
    if verdict.is(&*PyBool::new(py, true)) {
        return Ok(true);
    }
    if !verdict.is_truthy()? {
        return Ok(false);
    }
    if cfg!(Py_3_12) && verdict.is_instance(facility.globals(py)?.record_class.bind(py))? {
        *record = verdict;
    }
    Ok(true)
}

fn filterer_filter<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            run(&facility, &slf.getattr(names::A_FILTERS.get(slf.py()))?, &record)
        }
        _ => facility.call_original(slf, "Filterer", "filter", args),
    }
}

/// `Filter.filter`: whether the record's logger is the filter's or below it.
fn filter_filter<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    if let Some(record) = args.get(0)
        && args.len() == 1
        && !args.has_keywords()
        && let Some(view) = View::of(slf)
        && let Ok(name) = view.get(names::A_NAME)?.cast_exact::<PyString>()
        && let Ok(length) = view.get(names::A_NLEN)?.extract::<usize>()
        && let Ok(name) = name.to_str()
    {
        if length == 0 {
            return Ok(PyBool::new(py, true).to_owned().into_any());
        }
        if let Ok(of_record) = record.getattr(names::R_NAME.get(py))?.cast_exact::<PyString>()
            && let Ok(of_record) = of_record.to_str()
            && length == name.chars().count()
        {
            let below = of_record
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            return Ok(PyBool::new(py, below).to_owned().into_any());
        }
    }
    Facility::of(slf)?.call_original(slf, "Filter", "filter", args)
}

/// The native methods of `Filterer` and `Filter`.
pub(crate) const METHODS: &[Definition] =
    &[method!("Filterer", "filter", filterer_filter), method!("Filter", "filter", filter_filter)];
