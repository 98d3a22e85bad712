//! The native half of the Python package `ferrolog`.
//!
//! The classes of a facility are ordinary Python classes, so that everything Python code may do
//! with those of the standard library (subclass them beside any other class, patch them, assign
//! `__class__`, copy, pickle, look into `__dict__`) works with them; their methods are native, and
//! take short cuts only where they can prove that nothing observable is skipped.

mod adapter;
mod caller;
mod counts;
mod direct;
mod facility;
mod filter;
mod floor;
mod formatter;
mod globals;
mod handler;
mod levels;
mod logger;
mod moment;
mod names;
mod native;
mod natives;
mod place;
mod recent;
mod record;
mod running;
mod traceback;
mod untouched;

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::facility::Facility;
use crate::native::method::Definition;

/// The native methods of the module `logging`.
const LOGGING: &[&[Definition]] = &[
    record::METHODS,
    filter::METHODS,
    formatter::METHODS,
    traceback::METHODS,
    handler::base::METHODS,
    counts::METHODS,
    handler::stream::METHODS,
    handler::file::METHODS,
    handler::null::METHODS,
    logger::level::METHODS,
    logger::enabled::METHODS,
    logger::make::METHODS,
    logger::walk::METHODS,
    adapter::METHODS,
];

/// The native methods of the module `logging.handlers`.
const HANDLERS: &[&[Definition]] = &[
    handler::rotating::METHODS,
    handler::timed::METHODS,
    handler::watched::METHODS,
    handler::memory::METHODS,
    handler::queue::METHODS,
    handler::listener::METHODS,
    handler::socket::METHODS,
    handler::syslog::METHODS,
];

/// Gives the classes of a namespace like that of `logging` their native methods.
#[pyfunction]
fn adopt(namespace: &Bound<'_, PyDict>) -> PyResult<()> {
    Facility::adopt(namespace, LOGGING.iter().copied().flatten())
}

/// Gives the classes of a namespace like that of `logging.handlers` their native methods; the first
/// namespace is that of its `logging`.
#[pyfunction]
fn adopt_handlers(namespace: &Bound<'_, PyDict>, handlers: &Bound<'_, PyDict>) -> PyResult<()> {
    Facility::adopt_handlers(namespace, handlers, HANDLERS.iter().copied().flatten())
}

/// Gives the classes of an adopted namespace their own methods back.
#[pyfunction]
fn release(namespace: &Bound<'_, PyDict>) -> PyResult<()> {
    match Facility::of_dict(namespace) {
        Some(facility) => facility.release(namespace.py()),
        None => Ok(()),
    }
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    if !native::interpreter::is_main(py) {
        return Err(PyImportError::new_err(
            "ferrolog works in the main interpreter only, and this is a subinterpreter",
        ));
    }
    module.add("reads_directly", native::verify_layout(py)?)?;
    module.add_function(wrap_pyfunction!(adopt, module)?)?;
    module.add_function(wrap_pyfunction!(adopt_handlers, module)?)?;
    module.add_function(wrap_pyfunction!(release, module)?)?;
    module.add_function(wrap_pyfunction!(counts::counts, module)?)?;
    module.add_function(wrap_pyfunction!(counts::report_errors_every, module)?)?;
    module.add_function(wrap_pyfunction!(direct::explain::explain, module)?)?;
    module.add("Target", floor::target(py)?)?;
    // A class is made under a lock of PyO3's, which the child of a fork might wait for if it were made later.
    py.get_type::<handler::failure::Failing>();
    Ok(())
}
