//! Every name that native code looks up, interned once.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::native::gil::GilOnce;

static STRINGS: GilOnce<Vec<Py<PyString>>> = GilOnce::new();

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
        A_TEMPLATE = "template",
        A_NLEN = "nlen",
        A_LOGGER = "logger",
        A_EXTRA = "extra",
        A_MERGE_EXTRA = "merge_extra",
        A_DISABLE = "_disable",
        A_THREAD_NAME = "_name",
        // Of the handlers of `logging.handlers`.
        A_BASE_FILENAME = "baseFilename",
        A_MAX_BYTES = "maxBytes",
        A_ROLLOVER_AT = "rolloverAt",
        A_DEV = "dev",
        A_INO = "ino",
        A_CAPACITY = "capacity",
        A_BUFFER = "buffer",
        A_FLUSH_LEVEL = "flushLevel",
        A_TARGET = "target",
        A_QUEUE = "queue",
        A_RESPECT_LEVEL = "respect_handler_level",
        A_SOCK = "sock",
        A_ADDRESS = "address",
        A_FACILITY = "facility",
        A_SOCKTYPE = "socktype",
        A_SOCKET = "socket",
        A_UNIXSOCKET = "unixsocket",
        A_IDENT = "ident",
        A_APPEND_NUL = "append_nul",
        // Of a `queue.Queue` and its conditions.
        A_MUTEX = "mutex",
        A_MAXSIZE = "maxsize",
        A_NOT_EMPTY = "not_empty",
        A_NOT_FULL = "not_full",
        A_UNFINISHED = "unfinished_tasks",
        A_IS_SHUTDOWN = "is_shutdown",
        A_WAITERS = "_waiters",
        A_CONDITION_LOCK = "_lock",
        A_ALL_TASKS_DONE = "all_tasks_done",
        A_NOTIFY = "notify",
        A_NOTIFY_ALL = "notify_all",
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
        // Of the handlers of `logging.handlers`.
        M_SHOULD_ROLLOVER = "shouldRollover",
        M_REOPEN_IF_NEEDED = "reopenIfNeeded",
        M_SHOULD_FLUSH = "shouldFlush",
        M_ENQUEUE = "enqueue",
        M_PREPARE = "prepare",
        M_DEQUEUE = "dequeue",
        M_SENTINEL = "_sentinel",
        M_MAKE_PICKLE = "makePickle",
        M_SEND = "send",
        M_ENCODE_PRIORITY = "encodePriority",
        M_MAP_PRIORITY = "mapPriority",
        M_PRIORITY_MAP = "priority_map",
        M_PRIORITY_NAMES = "priority_names",
        M_FACILITY_NAMES = "facility_names",
        // Of a `queue.Queue` and its conditions.
        M_PUT = "put",
        M_PUT_NOWAIT = "put_nowait",
        M_GET = "get",
        M_QUEUE_PUT = "_put",
        M_QUEUE_GET = "_get",
        M_QUEUE_SIZE = "_qsize",
        M_TASK_DONE = "task_done",
        M_NOTIFY = "notify",
        M_NOTIFY_ALL = "notify_all",
        M_ENTER = "__enter__",
        M_EXIT = "__exit__",
        // What `copy.copy` looks for.
        M_COPY = "__copy__",
        M_REDUCE_EX = "__reduce_ex__",
        M_REDUCE = "__reduce__",
        M_GETSTATE = "__getstate__",
        M_SETSTATE = "__setstate__",
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
        G_FILE_HANDLER = "FileHandler",
        G_STREAM_HANDLER = "StreamHandler",
        G_SYS = "sys",
        G_OS = "os",
        G_TIME = "time",
        G_THREADING = "threading",
        G_TRACEBACK = "traceback",
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
        N_DO_ROLLOVER = "doRollover",
        N_APPEND = "append",
        N_POPLEFT = "popleft",
        N_LOCKED = "locked",
        N_CLEAR = "clear",
        N_UPDATE = "update",
        N_EMPTY = "Empty",
        N_CREATE_SOCKET = "createSocket",
        N_SENDALL = "sendall",
        N_SENDTO = "sendto",
        N_SEEK = "seek",
        N_TELL = "tell",
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
