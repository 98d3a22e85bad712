//! Streams of the interpreter's own that lines are written to.

use std::cell::{Cell, RefCell};

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::handler::stream;
use crate::names;
use crate::native::gil::GilOnce;
use crate::native::text_file::{TextFile, Written};
use crate::native::watch::Taken;
use crate::native::{dict, method};

/// Where a handler writes lines to.
pub(super) struct Output {
    /// The stream's mark.
    stream: usize,
    pub(super) terminator: String,
    kind: Kind,
}

enum Kind {
    /// A text file.
    Text(RefCell<Seen>, Misses),
    /// A `StringIO`.
    Memory,
}

/// What was seen of a text file.
enum Seen {
    /// Its descriptor can be written to.
    File(TextFile),
    /// Its own methods are to be called.
    Other,
    /// Too early to tell.
    Early,
}

impl Seen {
    fn of(stream: &Bound<'_, PyAny>) -> Self {
        match TextFile::of(stream) {
            Some(file) => Seen::File(file),
            None if TextFile::is_told(stream.py()) => Seen::Other,
            None => Seen::Early,
        }
    }

    fn file(&self) -> Option<&TextFile> {
        match self {
            Seen::File(file) => Some(file),
            Seen::Other | Seen::Early => None,
        }
    }
}

/// What became of a line.
pub(super) enum Done {
    /// It was written at once: no other code has run.
    AtOnce,
    /// It was written by methods, so that other threads may have run.
    ByMethods,
    /// Nothing was done: another thread has the handler's lock, or the handler has other things to do
    /// first.
    Busy,
}

impl Output {
    pub(super) fn new(
        stream: &Bound<'_, PyAny>,
        is_text_file: bool,
        terminator: String,
        mark: usize,
    ) -> Self {
        let kind = if is_text_file {
            Kind::Text(RefCell::new(Seen::of(stream)), Misses::default())
        } else {
            Kind::Memory
        };
        Output { stream: mark, terminator, kind }
    }

    /// The stream.
    pub(super) fn stream<'t, 'py>(&self, taken: &'t Taken<'py>) -> Option<&'t Bound<'py, PyAny>> {
        taken.get(self.stream)
    }

    /// Where the next line goes in a file that is written to by its descriptor; `end`: the file is told
    /// to go to its end. `None` when it is for the file's own methods to say.
    pub(super) fn position(&self, taken: &Taken<'_>, end: bool) -> Option<i64> {
        match &self.kind {
            Kind::Text(seen, _) => seen.borrow().file()?.position(taken.get(self.stream)?, end),
            Kind::Memory => None,
        }
    }

    /// Whether it is a file that was found to be written to by its descriptor.
    pub(super) fn is_written_at_once(&self) -> bool {
        matches!(&self.kind, Kind::Text(seen, _) if seen.borrow().file().is_some())
    }

    /// Writes lines, the longest of which has so many bytes, to the descriptor of a text file that is written to in
    /// that way. No Python code runs.
    pub(super) fn write_at_once(&self, taken: &Taken<'_>, lines: &str, longest: usize) -> Written {
        let (Kind::Text(seen, misses), Some(stream)) = (&self.kind, taken.get(self.stream)) else {
            return Written::Nothing;
        };
        let attempt = || match seen.borrow().file() {
            Some(file) => file.write(stream, lines, longest),
            None => Written::Nothing,
        };
        let written = attempt();
        if !matches!(written, Written::Nothing) {
            return written;
        }
        let early = matches!(*seen.borrow(), Seen::Early);
        if !(early || misses.worth_another_look()) {
            return written;
        }
        let again = Seen::of(stream);
        seen.replace(again);
        attempt()
    }

    /// Hands what was not written of a line to the stream.
    pub(super) fn write_rest(
        &self,
        taken: &Taken<'_>,
        lock: &Bound<'_, PyAny>,
        line: &str,
        length: usize,
    ) -> PyResult<PyResult<Done>> {
        match taken.get(self.stream) {
            Some(stream) => write_rest(stream, lock, line, length),
            None => Ok(Ok(Done::Busy)),
        }
    }

    /// Writes a line that ends with the terminator, as the handler's `emit` would under its lock, which
    /// is to be had without waiting.
    pub(super) fn write(
        &self,
        taken: &Taken<'_>,
        lock: &Bound<'_, PyAny>,
        line: &str,
    ) -> PyResult<PyResult<Done>> {
        let py = lock.py();
        let Some(stream) = taken.get(self.stream) else { return Ok(Ok(Done::Busy)) };
        match &self.kind {
            Kind::Text(..) => match self.write_at_once(taken, line, line.len()) {
                Written::All => Ok(Ok(Done::AtOnce)),
                Written::Part(length) => write_rest(stream, lock, line, length),
                Written::Nothing => by_methods(stream, lock, &PyString::new(py, line)),
            },
            Kind::Memory => {
                let line = PyString::new(py, line);
                // Without attributes of its own it has methods of its class only, and nothing to flush.
                if dict::of_instance(stream).is_none()
                    && let Some(write) = string_write(py)
                {
                    return Ok(method::call(write, [stream, line.as_any()]).map(|_| Done::AtOnce));
                }
                by_methods(stream, lock, &line)
            }
        }
    }
}

/// `StringIO.write`, unbound.
fn string_write(py: Python<'_>) -> Option<&Bound<'_, PyAny>> {
    static WRITE: GilOnce<Option<Py<PyAny>>> = GilOnce::new();
    let write = WRITE.get_or_init(py, || {
        let class = py.import("_io").and_then(|io| io.getattr("StringIO"));
        class.and_then(|class| class.getattr(names::N_WRITE.get(py))).map(Bound::unbind).ok()
    });
    write.as_ref().map(|write| write.bind(py))
}

/// Writes by the stream's methods, under the lock, which is to be had without waiting.
fn by_methods(
    stream: &Bound<'_, PyAny>,
    lock: &Bound<'_, PyAny>,
    line: &Bound<'_, PyString>,
) -> PyResult<PyResult<Done>> {
    let py = stream.py();
    method::call_method(names::M_ACQUIRE.get(py), [lock])?;
    let written = method::call_method(names::N_WRITE.get(py), [stream, line.as_any()]);
    let flushed = match written {
        Ok(_) => method::call_method(names::M_FLUSH.get(py), [stream]),
        failed => failed,
    };
    method::call_method(names::M_RELEASE.get(py), [lock])?;
    Ok(flushed.map(|_| Done::ByMethods))
}

/// Hands what the descriptor did not take of a line to the file, under the lock.
fn write_rest(
    stream: &Bound<'_, PyAny>,
    lock: &Bound<'_, PyAny>,
    line: &str,
    length: usize,
) -> PyResult<PyResult<Done>> {
    let py = stream.py();
    method::call_method(names::M_ACQUIRE.get(py), [lock])?;
    let written = stream::write_rest(stream, line, length);
    method::call_method(names::M_RELEASE.get(py), [lock])?;
    Ok(written.map(|()| Done::ByMethods))
}

/// Counts the lines that a descriptor was not written to, and says seldom that it is worth to look at
/// the file anew.
#[derive(Default)]
struct Misses(Cell<u32>);

impl Misses {
    fn worth_another_look(&self) -> bool {
        self.0.set(self.0.get().wrapping_add(1));
        self.0.get().is_power_of_two()
    }
}
