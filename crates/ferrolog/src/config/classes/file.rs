//! The handlers that write to files.

use std::path::PathBuf;
use std::time::Duration;

use super::super::keywords::Keywords;
use super::super::maker::{HandlerMaker, Made, Parts};
use super::super::registry::Registry;
use super::super::setting::{Mismatch, Seconds, Setting};
use crate::handler::{
    FileHandler, RotatingFileHandler, TimedRotatingFileHandler, WatchedFileHandler,
};
use crate::level::Level;
use crate::sink::{Encoding, EncodingErrors, FileMode, OpenSettings, When};
use crate::value::OwnedValue;

impl Setting for FileMode {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        parsed(value).ok_or_else(|| Mismatch::one_of(value, &["a", "w", "x"]))
    }
}

impl Setting for Encoding {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        parsed(value).ok_or_else(|| Mismatch::one_of(value, &["utf-8", "ascii", "latin-1"]))
    }
}

impl Setting for EncodingErrors {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        parsed(value).ok_or_else(|| {
            let names = ["strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace"];
            Mismatch::one_of(value, &names)
        })
    }
}

/// A text as what it spells.
pub(super) fn parsed<T: std::str::FromStr>(value: &OwnedValue) -> Option<T> {
    match value {
        OwnedValue::Str(text) => text.parse().ok(),
        _ => None,
    }
}

/// The keywords that all handlers to files have.
pub(super) struct FileKeywords {
    pub(super) path: PathBuf,
    pub(super) mode: FileMode,
    pub(super) encoding: Encoding,
    pub(super) errors: EncodingErrors,
    pub(super) delay: bool,
    /// Beyond Python's: records held in memory, and the level and the seconds at which they are written.
    buffer: usize,
    flush_level: Option<Level>,
    flush_interval: Option<Duration>,
    /// Beyond Python's: what a file that is made gets, and whether the file may be a symbolic link.
    permissions: Option<u32>,
    follow_symlinks: bool,
}

impl FileKeywords {
    pub(super) fn read(keywords: &mut Keywords<'_>) -> Option<Self> {
        let path = keywords.required("filename");
        let mode = keywords.get("mode").unwrap_or_default();
        let delay = keywords.get("delay").unwrap_or(false);
        let encoding = keywords.get::<Option<Encoding>>("encoding").flatten();
        let errors = keywords.get::<Option<EncodingErrors>>("errors").flatten();
        let buffer = natural(keywords, "buffer").unwrap_or(0);
        let flush_level = keywords.get("flushLevel");
        let flush_interval = keywords.get("flushInterval").map(|Seconds(interval)| interval);
        let permissions = keywords.get("permissions").map(|Permissions(bits)| bits);
        let follow_symlinks = keywords.get("follow_symlinks").unwrap_or(true);
        if cfg!(not(unix)) {
            for name in ACCESS {
                if keywords.has(name) {
                    keywords.problem(name, "is there only on Unix");
                }
            }
        }
        Some(Self {
            path: path?,
            mode,
            encoding: encoding.unwrap_or(Encoding::Utf8),
            errors: errors.unwrap_or(EncodingErrors::Strict),
            delay,
            buffer: usize::try_from(buffer).unwrap_or(usize::MAX),
            flush_level,
            flush_interval,
            permissions,
            follow_symlinks,
        })
    }

    /// Sees whether the file can be opened, unless that is delayed. Returns the mode for that.
    pub(super) fn try_file(&self, parts: &mut Parts) -> crate::Result<FileMode> {
        let mode = parts.file_mode(&self.path, self.mode)?;
        if !self.delay {
            let (permissions, follow_symlinks) = (self.permissions, self.follow_symlinks);
            let settings = OpenSettings { mode, permissions, follow_symlinks, shared: false };
            parts.try_open(&self.path, settings)?;
        }
        Ok(mode)
    }
}

/// Makes the handler: its builder leaves the file alone until the handlers before are closed.
macro_rules! made {
    ($file:ident, $parts:ident, $builder:expr $(, $mode:ident)?) => {{
        let _mode = $file.try_file($parts)?;
        let mut builder = $builder
            $(.$mode(_mode))?
            .encoding($file.encoding)
            .errors($file.errors)
            .delay($file.delay)
            .buffer($file.buffer)
            .open_later();
        if let Some(level) = $file.flush_level {
            builder = builder.flush_level(level);
        }
        if let Some(interval) = $file.flush_interval {
            builder = builder.flush_interval(interval);
        }
        #[cfg(unix)]
        let mut builder = builder.follow_symlinks($file.follow_symlinks);
        #[cfg(unix)]
        if let Some(permissions) = $file.permissions {
            builder = builder.permissions(permissions);
        }
        let handler = builder.build()?;
        Ok(Made::from(handler.clone()).then(move || handler.lock().open_now()))
    }};
}

/// A count or a size: what is negative counts as 0.
fn natural(keywords: &mut Keywords<'_>, name: &str) -> Option<u64> {
    keywords.get::<i64>(name).map(|number| u64::try_from(number).unwrap_or(0))
}

/// What the handlers have beyond Python's for records that are held in memory.
const BUFFER: &[&str] = &["buffer", "flushLevel", "flushInterval"];
/// And for who may read the file, and where it may be.
const ACCESS: &[&str] = &["permissions", "follow_symlinks"];
const FILE: &[&str] = &["filename", "mode", "encoding", "delay", "errors"];
const ROTATING: &[&str] =
    &["filename", "mode", "maxBytes", "backupCount", "encoding", "delay", "errors"];
const TIMED: &[&str] = &[
    "filename",
    "when",
    "interval",
    "backupCount",
    "encoding",
    "delay",
    "utc",
    "atTime",
    "errors",
];

pub(super) fn register(registry: &mut Registry) {
    registry.add_handler("logging.FileHandler", FILE, file);
    registry.add_handler("logging.handlers.WatchedFileHandler", FILE, watched);
    registry.add_handler("logging.handlers.RotatingFileHandler", ROTATING, rotating);
    registry.add_handler("logging.handlers.TimedRotatingFileHandler", TIMED, timed);
    // Beyond Python, under names that Python does not have.
    registry.add_handler("ferrolog.FileHandler", &[FILE, BUFFER, ACCESS].concat(), file);
    registry.add_handler("ferrolog.WatchedFileHandler", &[FILE, BUFFER, ACCESS].concat(), watched);
    registry.add_handler(
        "ferrolog.RotatingFileHandler",
        &[ROTATING, BUFFER, ACCESS, &["compress", "shared"]].concat(),
        rotating,
    );
    registry.add_handler(
        "ferrolog.TimedRotatingFileHandler",
        &[TIMED, BUFFER, ACCESS, &["maxBytes", "compress", "shared"]].concat(),
        timed,
    );
}

fn file(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let file = FileKeywords::read(keywords)?;
    Some(HandlerMaker::new(move |parts| made!(file, parts, FileHandler::builder(&file.path), mode)))
}

fn watched(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let file = FileKeywords::read(keywords)?;
    Some(HandlerMaker::new(move |parts| {
        made!(file, parts, WatchedFileHandler::builder(&file.path), mode)
    }))
}

fn rotating(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let file = FileKeywords::read(keywords);
    let max_bytes = natural(keywords, "maxBytes").unwrap_or(0);
    let count = natural(keywords, "backupCount").unwrap_or(0);
    let compress = compress(keywords);
    let shared = keywords.get("shared").unwrap_or(false);
    let mut file = file?;
    if max_bytes > 0 {
        file.mode = FileMode::Append;
    }
    Some(HandlerMaker::new(move |parts| {
        let builder = RotatingFileHandler::builder(&file.path)
            .max_bytes(max_bytes)
            .backup_count(usize::try_from(count).unwrap_or(usize::MAX))
            .shared(shared);
        #[cfg(feature = "compression")]
        let builder = builder.compress(compress);
        #[cfg(not(feature = "compression"))]
        let _ = compress;
        made!(file, parts, builder, mode)
    }))
}

fn timed(keywords: &mut Keywords<'_>) -> Option<HandlerMaker> {
    let file = FileKeywords::read(keywords);
    let when = keywords.get::<When>("when").unwrap_or_default();
    let interval = keywords.get::<u32>("interval").unwrap_or(1);
    if interval == 0 {
        keywords.problem("interval", "found 0, expected at least 1");
    }
    let count = natural(keywords, "backupCount").unwrap_or(0);
    let utc = keywords.get("utc").unwrap_or(false);
    let at_time = keywords.get::<Option<TimeOfDay>>("atTime").flatten();
    let max_bytes = natural(keywords, "maxBytes").unwrap_or(0);
    let compress = compress(keywords);
    let shared = keywords.get("shared").unwrap_or(false);
    let file = file?;
    Some(HandlerMaker::new(move |parts| {
        let mut builder = TimedRotatingFileHandler::builder(&file.path)
            .when(when)
            .interval(interval)
            .backup_count(usize::try_from(count).unwrap_or(usize::MAX))
            .utc(utc)
            .max_bytes(max_bytes)
            .shared(shared);
        if let Some(TimeOfDay(hour, minute, second)) = at_time {
            builder = builder.at_time(hour, minute, second);
        }
        #[cfg(feature = "compression")]
        let builder = builder.compress(compress);
        #[cfg(not(feature = "compression"))]
        let _ = compress;
        made!(file, parts, builder)
    }))
}

fn compress(keywords: &mut Keywords<'_>) -> bool {
    let compress = keywords.get("compress").unwrap_or(false);
    if compress && cfg!(not(feature = "compression")) {
        let message = "is there only with the feature \"compression\" of the crate ferrolog";
        keywords.problem("compress", message);
    }
    compress
}

impl Setting for When {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let names = ["S", "M", "H", "D", "midnight", "W0", "W1", "W2", "W3", "W4", "W5", "W6"];
        parsed(value).ok_or_else(|| Mismatch::one_of(value, &names))
    }
}

/// Permissions by their octal digits, as `chmod` takes them. A number is refused: 640 may have been meant as it
/// stands or as its digits, and JSON has no octal numbers.
struct Permissions(u32);

impl Setting for Permissions {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let digits = match value {
            OwnedValue::Str(text) => text.strip_prefix("0o").unwrap_or(text),
            _ => "",
        };
        let octal = !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
        match u32::from_str_radix(digits, 8) {
            Ok(bits) if octal && bits <= 0o777 => Ok(Self(bits)),
            _ => Err(Mismatch::new("permissions as a text of octal digits, such as \"640\"")),
        }
    }
}

/// A time of day as TOML writes it: hours, minutes and, if need be, seconds.
struct TimeOfDay(u8, u8, u8);

impl Setting for TimeOfDay {
    fn from_value(value: &OwnedValue) -> Result<Self, Mismatch> {
        let time: Option<Vec<u8>> = match value {
            OwnedValue::Str(text) => text.split(':').map(|part| part.parse().ok()).collect(),
            _ => None,
        };
        match time.as_deref() {
            Some(&[hour, minute]) if hour < 24 && minute < 60 => Ok(Self(hour, minute, 0)),
            Some(&[hour, minute, second]) if hour < 24 && minute < 60 && second < 60 => {
                Ok(Self(hour, minute, second))
            }
            _ => Err(Mismatch::new("a time of day such as \"23:30\"")),
        }
    }
}
