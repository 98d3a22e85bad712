//! `SysLogHandler`.
//!
//! Connecting is the running version's own code.

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyString};

use super::queue::native;
use super::{base, failure};
use crate::facility::Facility;
use crate::names::{self, Name};
use crate::native::gil::intern;
use crate::native::handling;
use crate::native::method::{self, Args, Definition, method};
use crate::natives::Native;

const CLASS: &str = "SysLogHandler";

/// `emit`.
pub(crate) fn emit<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    match make_and_send(facility, handler, record) {
        Ok(()) => Ok(()),
        Err(error) => failure::handle_in(facility, CLASS, handler, record, error),
    }
}

fn attribute<'py>(handler: &Bound<'py, PyAny>, name: Name) -> PyResult<Bound<'py, PyAny>> {
    handler.getattr(name.get(handler.py()))
}

fn make_and_send<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = handler.py();
    let mut text = base::format(facility, handler, record)?;
    let ident = attribute(handler, names::A_IDENT)?;
    if ident.is_truthy()? {
        text = ident.add(text)?;
    }
    if attribute(handler, names::A_APPEND_NUL)?.is_truthy()? {
        text = text.add(intern!(py, "\0"))?;
    }
    let priority = priority(handler, record)?;
    let message = match (number(&priority), text.cast_exact::<PyString>().map(|text| text.to_str()))
    {
        (Some(number), Ok(Ok(text))) => {
            let message = format!("<{number}>{text}");
            PyBytes::new(py, message.as_bytes()).into_any()
        }
        _ => {
            let head = intern!(py, "<%d>").as_any().rem((priority,))?;
            let encode = |text: &Bound<'py, PyAny>| text.call_method1("encode", ("utf-8",));
            let head = encode(&head)?;
            head.add(encode(&text)?)?
        }
    };
    if !attribute(handler, names::A_SOCKET)?.is_truthy()? {
        method::call_method(names::N_CREATE_SOCKET.get(py), [handler])?;
    }
    send(facility, handler, &message)
}

/// A plain number.
fn number(value: &Bound<'_, PyAny>) -> Option<i64> {
    value.cast_exact::<PyInt>().ok()?.extract().ok()
}

/// `self.encodePriority(self.facility, self.mapPriority(record.levelname))`
fn priority<'py>(
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = handler.py();
    let facility = attribute(handler, names::A_FACILITY)?;
    let level = attribute(record, names::R_LEVELNAME)?;
    let mapped = match native(handler, names::M_MAP_PRIORITY) {
        Native::Plain => map_priority(handler, &level)?,
        _ => method::call_method(names::M_MAP_PRIORITY.get(py), [handler, &level])?,
    };
    match native(handler, names::M_ENCODE_PRIORITY) {
        Native::Plain => encode_priority(handler, facility, mapped),
        _ => method::call_method(names::M_ENCODE_PRIORITY.get(py), [handler, &facility, &mapped]),
    }
}

/// `mapPriority`: the name of a level's priority.
fn map_priority<'py>(
    handler: &Bound<'py, PyAny>,
    level: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = handler.py();
    let map = attribute(handler, names::M_PRIORITY_MAP)?;
    let otherwise = intern!(py, "warning").clone().into_any();
    match map.cast_exact::<PyDict>() {
        Ok(map) => Ok(map.get_item(level)?.unwrap_or(otherwise)),
        Err(_) => map.call_method1(intern!(py, "get"), (level, otherwise)),
    }
}

/// `encodePriority`: the number of a facility and a priority, each given as a number or by name.
fn encode_priority<'py>(
    handler: &Bound<'py, PyAny>,
    facility: Bound<'py, PyAny>,
    priority: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let by_name = |value: Bound<'py, PyAny>, table| {
        if value.is_instance_of::<PyString>() {
            attribute(handler, table)?.get_item(value)
        } else {
            Ok(value)
        }
    };
    let facility = by_name(facility, names::M_FACILITY_NAMES)?;
    let priority = by_name(priority, names::M_PRIORITY_NAMES)?;
    match (number(&facility), number(&priority)) {
        (Some(facility @ 0..=0xffff), Some(priority)) => {
            Ok(PyInt::new(handler.py(), facility << 3 | priority).into_any())
        }
        _ => facility.lshift(3)?.bitor(priority),
    }
}

fn send<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    message: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = handler.py();
    let socket = || attribute(handler, names::A_SOCKET);
    if attribute(handler, names::A_UNIXSOCKET)?.is_truthy()? {
        let sent = method::call_method(names::M_SEND.get(py), [&socket()?, message]);
        return match sent {
            Err(error) if error.is_instance_of::<PyOSError>(py) => {
                handling::while_handling(py, error, || {
                    socket()?.call_method0(intern!(py, "close"))?;
                    let address = attribute(handler, names::A_ADDRESS)?;
                    handler.call_method1(intern!(py, "_connect_unixsocket"), (address,))?;
                    method::call_method(names::M_SEND.get(py), [&socket()?, message]).map(drop)
                })
            }
            sent => sent.map(drop),
        };
    }
    let Some(module) = facility.handlers() else {
        return facility.missing(CLASS, "emit");
    };
    let datagram = module.globals(py)?.socket.bind(py).getattr(intern!(py, "SOCK_DGRAM"))?;
    if attribute(handler, names::A_SOCKTYPE)?.eq(datagram)? {
        let address = attribute(handler, names::A_ADDRESS)?;
        method::call_method(names::N_SENDTO.get(py), [&socket()?, message, &address]).map(drop)
    } else {
        method::call_method(names::N_SENDALL.get(py), [&socket()?, message]).map(drop)
    }
}

fn method_emit<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            emit(&facility, slf, &record)?;
            Ok(slf.py().None().into_bound(slf.py()))
        }
        _ => facility.call_original(slf, CLASS, "emit", args),
    }
}

fn method_map_priority<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    match args.get(0) {
        Some(level) if args.len() == 1 && !args.has_keywords() => map_priority(slf, &level),
        _ => Facility::of(slf)?.call_original(slf, CLASS, "mapPriority", args),
    }
}

fn method_encode_priority<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    match (args.get(0), args.get(1)) {
        (Some(facility), Some(priority)) if args.len() == 2 && !args.has_keywords() => {
            encode_priority(slf, facility, priority)
        }
        _ => Facility::of(slf)?.call_original(slf, CLASS, "encodePriority", args),
    }
}

/// The native methods of `SysLogHandler`.
pub(crate) const METHODS: &[Definition] = &[
    method!("SysLogHandler", "emit", method_emit),
    method!("SysLogHandler", "mapPriority", method_map_priority),
    method!("SysLogHandler", "encodePriority", method_encode_priority),
];
