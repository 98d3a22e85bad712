//! `SocketHandler` and `DatagramHandler`.
//!
//! Connecting, and putting it off after a failure, is the running version's own code.

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::queue::native;
use super::{base, failure};
use crate::counts;
use crate::facility::Facility;
use crate::names::{self, Name};
use crate::native::gil::intern;
use crate::native::handling;
use crate::native::method::{self, Args, Definition, method};
use crate::natives::Native;
use crate::record;

/// `SocketHandler.emit`.
pub(crate) fn emit<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    match pickle_and_send(facility, handler, record) {
        Ok(()) => Ok(()),
        Err(error) => failure::handle_in(facility, "SocketHandler", handler, record, error),
    }
}

fn pickle_and_send<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = handler.py();
    let pickle = match native(handler, names::M_MAKE_PICKLE) {
        Native::SocketMakePickle => make_pickle(facility, handler, record)?,
        _ => method::call_method(names::M_MAKE_PICKLE.get(py), [handler, record])?,
    };
    match native(handler, names::M_SEND) {
        Native::SocketSend => send(handler, &pickle),
        Native::DatagramSend => send_datagram(handler, &pickle),
        _ => method::call_method(names::M_SEND.get(py), [handler, &pickle]).map(drop),
    }
}

/// `makePickle`: the record's attributes, with the message made and without arguments and exception,
/// behind their length.
fn make_pickle<'py>(
    facility: &Facility,
    handler: &Bound<'py, PyAny>,
    record: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = handler.py();
    let Some(module) = facility.handlers() else {
        return facility.missing("SocketHandler", "makePickle");
    };
    let globals = module.globals(py)?;
    if record.getattr(names::R_EXC_INFO.get(py))?.is_truthy()? {
        // For its text, which it leaves in the record.
        base::format(facility, handler, record)?;
    }
    let attributes = match record.getattr(names::N_DICT.get(py))?.cast_into_exact::<PyDict>() {
        Ok(own) => own.copy()?,
        Err(error) => {
            let copy = PyDict::new(py);
            copy.call_method1(names::N_UPDATE.get(py), (error.into_inner(),))?;
            copy
        }
    };
    let none = py.None();
    attributes.set_item(names::R_MSG.get(py), record::message_of(record)?)?;
    attributes.set_item(names::R_ARGS.get(py), &none)?;
    attributes.set_item(names::R_EXC_INFO.get(py), &none)?;
    let message = names::R_MESSAGE.get(py);
    if attributes.contains(message)? {
        attributes.del_item(message)?;
    }
    let pickle = globals.pickle.bind(py).call_method1(intern!(py, "dumps"), (attributes, 1))?;
    let structs = globals.structs.bind(py);
    let length = structs.call_method1(intern!(py, "pack"), (intern!(py, ">L"), pickle.len()?))?;
    match (length.cast_exact::<PyBytes>(), pickle.cast_exact::<PyBytes>()) {
        (Ok(length), Ok(pickle)) => {
            Ok(PyBytes::new_with(py, length.as_bytes().len() + pickle.as_bytes().len(), |out| {
                let (head, tail) = out.split_at_mut(length.as_bytes().len());
                head.copy_from_slice(length.as_bytes());
                tail.copy_from_slice(pickle.as_bytes());
                Ok(())
            })?
            .into_any())
        }
        _ => length.add(pickle),
    }
}

fn attribute<'py>(handler: &Bound<'py, PyAny>, name: Name) -> PyResult<Bound<'py, PyAny>> {
    handler.getattr(name.get(handler.py()))
}

/// Has a socket made if there is none.
fn connect(handler: &Bound<'_, PyAny>) -> PyResult<()> {
    if attribute(handler, names::A_SOCK)?.is_none() {
        method::call_method(names::N_CREATE_SOCKET.get(handler.py()), [handler])?;
    }
    Ok(())
}

/// `SocketHandler.send`.
fn send<'py>(handler: &Bound<'py, PyAny>, pickle: &Bound<'py, PyAny>) -> PyResult<()> {
    let py = handler.py();
    connect(handler)?;
    let socket = attribute(handler, names::A_SOCK)?;
    if !socket.is_truthy()? {
        counts::dropped(handler, "the peer is away");
        return Ok(());
    }
    match method::call_method(names::N_SENDALL.get(py), [&socket, pickle]) {
        Err(error) if error.is_instance_of::<PyOSError>(py) => {
            handling::while_handling(py, error, || {
                // The standard library says nothing of it.
                counts::failed(handler);
                attribute(handler, names::A_SOCK)?.call_method0(intern!(py, "close"))?;
                handler.setattr(names::A_SOCK.get(py), py.None())
            })
        }
        sent => sent.map(drop),
    }
}

/// `DatagramHandler.send`.
fn send_datagram<'py>(handler: &Bound<'py, PyAny>, pickle: &Bound<'py, PyAny>) -> PyResult<()> {
    let py = handler.py();
    connect(handler)?;
    let socket = attribute(handler, names::A_SOCK)?;
    let address = attribute(handler, names::A_ADDRESS)?;
    method::call_method(names::N_SENDTO.get(py), [&socket, pickle, &address]).map(drop)
}

fn method_emit<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            emit(&facility, slf, &record)?;
            Ok(slf.py().None().into_bound(slf.py()))
        }
        _ => facility.call_original(slf, "SocketHandler", "emit", args),
    }
}

fn method_make_pickle<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let facility = Facility::of(slf)?;
    match args.get(0) {
        Some(record) if args.len() == 1 && !args.has_keywords() => {
            make_pickle(&facility, slf, &record)
        }
        _ => facility.call_original(slf, "SocketHandler", "makePickle", args),
    }
}

fn method_send<'py>(slf: &Bound<'py, PyAny>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    match args.get(0) {
        Some(pickle) if args.len() == 1 && !args.has_keywords() => {
            send(slf, &pickle)?;
            Ok(slf.py().None().into_bound(slf.py()))
        }
        _ => Facility::of(slf)?.call_original(slf, "SocketHandler", "send", args),
    }
}

fn method_send_datagram<'py>(
    slf: &Bound<'py, PyAny>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    match args.get(0) {
        Some(pickle) if args.len() == 1 && !args.has_keywords() => {
            send_datagram(slf, &pickle)?;
            Ok(slf.py().None().into_bound(slf.py()))
        }
        _ => Facility::of(slf)?.call_original(slf, "DatagramHandler", "send", args),
    }
}

/// The native methods of this file.
pub(crate) const METHODS: &[Definition] = &[
    method!("SocketHandler", "emit", method_emit),
    method!("SocketHandler", "makePickle", method_make_pickle),
    method!("SocketHandler", "send", method_send),
    method!("DatagramHandler", "send", method_send_datagram),
];
