//! What a facility's module namespace says, as of one version of it.

use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use crate::facility::Facility;
use crate::handler;
use crate::names::{self, Name};
use crate::native::dict;
use crate::native::shape::Shape;
use crate::natives::Native;

/// The values of a namespace that matter to records.
pub(crate) struct Globals {
    version: u64,
    pub(crate) raise_exceptions: bool,
    pub(crate) log_threads: bool,
    pub(crate) log_multiprocessing: bool,
    pub(crate) log_processes: bool,
    /// Of tasks records tell from 3.12 on.
    #[cfg_attr(not(Py_3_12), allow(dead_code))]
    pub(crate) log_asyncio_tasks: bool,
    /// `_srcfile`; `None` when it is false, which turns caller information off.
    pub(crate) srcfile: Option<Py<PyAny>>,
    pub(crate) start_time: Py<PyAny>,
    pub(crate) factory: Py<PyAny>,
    /// What the module calls `LogRecord`.
    pub(crate) record_class: Py<PyAny>,
    /// `FileHandler` and `StreamHandler`, whose `emit` the classes derived from them call by name.
    pub(crate) file_handler: Py<PyAny>,
    pub(crate) stream_handler: Py<PyAny>,
    /// The module `logging.handlers`, if that was adopted.
    pub(crate) handlers: Option<Rc<handler::Module>>,
    pub(crate) default_formatter: Py<PyAny>,
    pub(crate) level_to_name: Py<PyAny>,
    /// `currentframe` and `_is_internal_frame` are the module's own, and look for its own file.
    pub(crate) frames_untouched: bool,
    /// `DEBUG` ... `CRITICAL` are the usual numbers.
    pub(crate) usual_levels: bool,
    /// `getLevelName` is the module's own.
    pub(crate) level_names_untouched: bool,
    pub(crate) time: Py<PyAny>,
    pub(crate) sys: Py<PyAny>,
    pub(crate) os: Py<PyAny>,
    pub(crate) threading: Py<PyAny>,
    pub(crate) traceback: Py<PyAny>,
}

impl Globals {
    /// The version of the namespace, which no other state of any facility's has.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Whether the namespace is still as it was when this was read.
    #[inline]
    pub(crate) fn holds(&self, namespace: &Bound<'_, PyDict>) -> bool {
        dict::version(namespace) == self.version
    }

    /// The `emit` of `StreamHandler`, if it is not our own.
    pub(crate) fn foreign_stream_emit<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let class = self.stream_handler.bind(py);
        if let Ok(class) = class.cast::<PyType>()
            && Shape::of(class).native(names::M_EMIT) == Native::StreamEmit
        {
            return Ok(None);
        }
        class.getattr(names::M_EMIT.get(py)).map(Some)
    }

    pub(crate) fn read(facility: &Facility, namespace: &Bound<'_, PyDict>) -> PyResult<Globals> {
        let py = namespace.py();
        let version = dict::version(namespace);
        let get = |name: Name| -> PyResult<Bound<'_, PyAny>> {
            Ok(namespace.get_item(name.get(py))?.unwrap_or_else(|| py.None().into_bound(py)))
        };
        // Some of these do not exist on every version; missing means "as if false".
        let truth = |name: Name| get(name)?.is_truthy();
        let own = |name: Name| -> PyResult<bool> {
            let value = get(name)?;
            Ok(facility.is_own(&value, name.text()))
        };
        let srcfile = get(names::G_SRCFILE)?;
        // Where it names another file, the module's own frames are callers.
        let own_srcfile = !srcfile.is_truthy()? || facility.source(py)?.eq(&srcfile)?;
        Ok(Globals {
            version,
            raise_exceptions: truth(names::G_RAISE_EXCEPTIONS)?,
            log_threads: truth(names::G_LOG_THREADS)?,
            log_multiprocessing: truth(names::G_LOG_MULTIPROCESSING)?,
            log_processes: truth(names::G_LOG_PROCESSES)?,
            log_asyncio_tasks: truth(names::G_LOG_ASYNCIO_TASKS)?,
            srcfile: srcfile.is_truthy()?.then(|| srcfile.unbind()),
            start_time: get(names::G_START_TIME)?.unbind(),
            factory: get(names::G_LOG_RECORD_FACTORY)?.unbind(),
            record_class: get(names::G_LOG_RECORD)?.unbind(),
            file_handler: get(names::G_FILE_HANDLER)?.unbind(),
            stream_handler: get(names::G_STREAM_HANDLER)?.unbind(),
            handlers: facility.handlers(),
            default_formatter: get(names::G_DEFAULT_FORMATTER)?.unbind(),
            level_to_name: get(names::G_LEVEL_TO_NAME)?.unbind(),
            frames_untouched: own_srcfile
                && own(names::G_CURRENTFRAME)?
                && own(names::G_IS_INTERNAL_FRAME)?,
            usual_levels: [
                ("DEBUG", 10),
                ("INFO", 20),
                ("WARNING", 30),
                ("ERROR", 40),
                ("CRITICAL", 50),
            ]
            .into_iter()
            .all(|(name, number)| {
                let found = namespace.get_item(name).ok().flatten();
                found.is_some_and(|level| level.extract::<i64>().is_ok_and(|n| n == number))
            }),
            level_names_untouched: own(names::G_GET_LEVEL_NAME)?,
            time: get(names::G_TIME)?.unbind(),
            sys: get(names::G_SYS)?.unbind(),
            os: get(names::G_OS)?.unbind(),
            threading: get(names::G_THREADING)?.unbind(),
            traceback: get(names::G_TRACEBACK)?.unbind(),
        })
    }
}
