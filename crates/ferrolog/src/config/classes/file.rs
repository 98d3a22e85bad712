//! `FileHandler` and `WatchedFileHandler`.

use std::path::PathBuf;

use super::super::keywords::Keywords;
use super::super::maker::{HandlerMaker, Made, Parts};
use super::super::registry::Registry;
use super::super::setting::{Mismatch, Setting};
use crate::error::Result;
use crate::handler::{FileHandler, WatchedFileHandler};
use crate::sink::{Encoding, EncodingErrors, FileMode};
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
}

impl FileKeywords {
    pub(super) fn read(keywords: &mut Keywords<'_>) -> Option<Self> {
        let path = keywords.required("filename");
        let mode = keywords.get("mode").unwrap_or_default();
        let delay = keywords.get("delay").unwrap_or(false);
        let encoding = keywords.get::<Option<Encoding>>("encoding").flatten();
        let errors = keywords.get::<Option<EncodingErrors>>("errors").flatten();
        Some(Self {
            path: path?,
            mode,
            encoding: encoding.unwrap_or(Encoding::Utf8),
            errors: errors.unwrap_or(EncodingErrors::Strict),
            delay,
        })
    }

    /// Sees whether the file can be opened, unless that is delayed.
    pub(super) fn try_file(&self, parts: &mut Parts) -> Result<()> {
        if self.delay { Ok(()) } else { parts.try_file(&self.path, self.mode) }
    }
}

/// `made`, with `open` done when the handlers before are closed, unless it is delayed.
pub(super) fn opened(
    made: Made,
    delay: bool,
    open: impl FnOnce() -> Result<()> + Send + 'static,
) -> Made {
    if delay { made } else { made.then(open) }
}

pub(super) fn register(registry: &mut Registry) {
    let parameters = &["filename", "mode", "encoding", "delay", "errors"];
    registry.add_handler("logging.FileHandler", parameters, |keywords| {
        let file = FileKeywords::read(keywords)?;
        Some(HandlerMaker::new(move |parts| {
            file.try_file(parts)?;
            let handler = FileHandler::builder(&file.path)
                .mode(file.mode)
                .encoding(file.encoding)
                .errors(file.errors)
                .delay(true)
                .build()?;
            let made = Made::from(handler.clone());
            Ok(opened(made, file.delay, move || handler.lock().open()))
        }))
    });
    registry.add_handler("logging.handlers.WatchedFileHandler", parameters, |keywords| {
        let file = FileKeywords::read(keywords)?;
        Some(HandlerMaker::new(move |parts| {
            file.try_file(parts)?;
            let handler = WatchedFileHandler::builder(&file.path)
                .mode(file.mode)
                .encoding(file.encoding)
                .errors(file.errors)
                .delay(true)
                .build()?;
            let made = Made::from(handler.clone());
            Ok(opened(made, file.delay, move || handler.lock().reopen_if_needed().map(drop)))
        }))
    });
}
