//! Every name that native code looks up, interned once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

static STRINGS: PyOnceLock<Vec<Py<PyString>>> = PyOnceLock::new();

macro_rules! names {
    ($($group:ident { $($konst:ident = $text:literal,)* })*) => {
        // Names of the first groups are watched as a whole, whether or not one is named in code.
        #[allow(non_camel_case_types, dead_code)]
        #[repr(usize)]
        enum Index { $($($konst,)*)* End }

        const TEXTS: &[&str] = &[$($($text,)*)*];

        $($(
            #[doc = concat!("`", $text, "`")]
            #[allow(dead_code)]
            pub(crate) const $konst: Name = Name(Index::$konst as usize);
        )*)*

        $(names!(@range $group $($konst)*);)*

        const _: () = assert!(TEXTS.len() == Index::End as usize);
    };
    (@range $group:ident $first:ident $($rest:ident)*) => {
        #[doc = "The names of this group."]
        #[allow(dead_code)]
        pub(crate) const $group: std::ops::Range<usize> = {
            let start = Index::$first as usize;
            start..start + 1 $(+ { let _ = Index::$rest; 1 })*
        };
    };
}

/// An interned name, as an index into the table of all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Name(pub(crate) usize);

names! {
    // What an instance keeps in its own `__dict__`.
    ATTRIBUTES {
        A_NAME = "name",
        A_LEVEL = "level",
        A_PARENT = "parent",
        A_PROPAGATE = "propagate",
        A_HANDLERS = "handlers",
        A_FILTERS = "filters",
        A_DISABLED = "disabled",
        A_CACHE = "_cache",
        A_MANAGER = "manager",
        A_FORMATTER = "formatter",
        A_LOCK = "lock",
        A_STREAM = "stream",
        A_MODE = "mode",
        A_CLOSED = "_closed",
        A_STYLE = "_style",
        A_DATEFMT = "datefmt",
        A_FMT = "_fmt",
        A_DEFAULTS = "_defaults",
        A_TPL = "_tpl",
        A_NLEN = "nlen",
        A_LOGGER = "logger",
        A_EXTRA = "extra",
        A_MERGE_EXTRA = "merge_extra",
        A_DISABLE = "_disable",
    }
    // What a class says, and an instance or a subclass may say otherwise.
    CLASS_VALUES {
        M_IS_ENABLED_FOR = "isEnabledFor",
        M_GET_EFFECTIVE_LEVEL = "getEffectiveLevel",
        M_LOG = "_log",
        M_FIND_CALLER = "findCaller",
        M_MAKE_RECORD = "makeRecord",
        M_HANDLE = "handle",
        M_FILTER = "filter",
        M_CALL_HANDLERS = "callHandlers",
        M_ERROR = "error",
        M_CRITICAL = "critical",
        M_PUBLIC_LOG = "log",
        M_PROCESS = "process",
        M_ACQUIRE = "acquire",
        M_RELEASE = "release",
        M_EMIT = "emit",
        M_FORMAT = "format",
        M_FLUSH = "flush",
        M_OPEN = "_open",
        M_HANDLE_ERROR = "handleError",
        M_TERMINATOR = "terminator",
        M_USES_TIME = "usesTime",
        M_FORMAT_TIME = "formatTime",
        M_FORMAT_MESSAGE = "formatMessage",
        M_FORMAT_EXCEPTION = "formatException",
        M_FORMAT_STACK = "formatStack",
        M_CONVERTER = "converter",
        M_DEFAULT_TIME_FORMAT = "default_time_format",
        M_DEFAULT_MSEC_FORMAT = "default_msec_format",
        M_STYLE_FORMAT = "_format",
        M_ASCTIME_SEARCH = "asctime_search",
        M_GET_MESSAGE = "getMessage",
        M_INIT = "__init__",
        M_NEW = "__new__",
        M_BOOL = "__bool__",
        M_LEN = "__len__",
        M_GETATTRIBUTE = "__getattribute__",
        M_SETATTR = "__setattr__",
    }
    // The attributes of a record, in the order in which they are set.
    RECORD_FIELDS {
        R_NAME = "name",
        R_MSG = "msg",
        R_ARGS = "args",
        R_LEVELNAME = "levelname",
        R_LEVELNO = "levelno",
        R_PATHNAME = "pathname",
        R_FILENAME = "filename",
        R_MODULE = "module",
        R_EXC_INFO = "exc_info",
        R_EXC_TEXT = "exc_text",
        R_STACK_INFO = "stack_info",
        R_LINENO = "lineno",
        R_FUNC_NAME = "funcName",
        R_CREATED = "created",
        R_MSECS = "msecs",
        R_RELATIVE_CREATED = "relativeCreated",
        R_THREAD = "thread",
        R_THREAD_NAME = "threadName",
        R_PROCESS_NAME = "processName",
        R_PROCESS = "process",
        R_TASK_NAME = "taskName",
        R_MESSAGE = "message",
        R_ASCTIME = "asctime",
    }
    // Names in a module.
    GLOBALS {
        G_RAISE_EXCEPTIONS = "raiseExceptions",
        G_LOG_THREADS = "logThreads",
        G_LOG_MULTIPROCESSING = "logMultiprocessing",
        G_LOG_PROCESSES = "logProcesses",
        G_LOG_ASYNCIO_TASKS = "logAsyncioTasks",
        G_SRCFILE = "_srcfile",
        G_START_TIME = "_startTime",
        G_LOG_RECORD_FACTORY = "_logRecordFactory",
        G_LAST_RESORT = "lastResort",
        G_DEFAULT_FORMATTER = "_defaultFormatter",
        G_LEVEL_TO_NAME = "_levelToName",
        G_NAME_TO_LEVEL = "_nameToLevel",
        G_GET_LEVEL_NAME = "getLevelName",
        G_CURRENTFRAME = "currentframe",
        G_IS_INTERNAL_FRAME = "_is_internal_frame",
        G_LOG_RECORD = "LogRecord",
        G_STREAM_HANDLER = "StreamHandler",
        G_SYS = "sys",
        G_OS = "os",
        G_TIME = "time",
        G_THREADING = "threading",
        G_NAME = "__name__",
    }
    // Everything else.
    OTHERS {
        N_EXC_INFO = "exc_info",
        N_EXTRA = "extra",
        N_STACK_INFO = "stack_info",
        N_STACKLEVEL = "stacklevel",
        N_TIME = "time",
        N_TIME_NS = "time_ns",
        N_WRITE = "write",
        N_MODULES = "modules",
        N_CURRENT_THREAD = "current_thread",
        N_CURRENT_PROCESS = "current_process",
        N_CURRENT_TASK = "current_task",
        N_GET_NAME = "get_name",
        N_GET_IDENT = "get_ident",
        N_GETPID = "getpid",
        N_EMITTED = "emittedNoHandlerWarning",
        N_STDERR = "stderr",
        N_DICT = "__dict__",
    }
}

impl Name {
    /// The name as Rust text.
    pub(crate) fn text(self) -> &'static str {
        TEXTS[self.0]
    }

    /// The interned Python string.
    #[inline]
    pub(crate) fn get(self, py: Python<'_>) -> &Bound<'_, PyString> {
        let strings = STRINGS.get_or_init(py, || {
            TEXTS.iter().map(|text| PyString::intern(py, text).unbind()).collect()
        });
        strings[self.0].bind(py)
    }
}
