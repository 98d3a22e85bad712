//! The simple configuration: one handler or a few on the root.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::format::{Format, Formatter, Style};
use crate::handler::{FileHandler, FileMode, Handler, StreamHandler};
use crate::level::Level;
use crate::manager::Manager;
use crate::sink::{Encoding, EncodingErrors};

/// The pattern used where none is given. Python: `logging.BASIC_FORMAT`.
pub const BASIC_FORMAT: &str = "%(levelname)s:%(name)s:%(message)s";

/// [`BASIC_FORMAT`] as the style writes it.
fn basic_format(style: Style) -> &'static str {
    match style {
        Style::Percent => BASIC_FORMAT,
        Style::Brace => "{levelname}:{name}:{message}",
        Style::Dollar => "${levelname}:${name}:${message}",
    }
}

/// Starts the configuration of the root logger; [`BasicConfig::apply`] carries it out.
///
/// ```
/// use ferrolog::{Level, basic_config, info};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # std::env::set_current_dir(&folder).unwrap();
/// basic_config().filename("myapp.log").level(Level::INFO).apply()?;
/// info!("Started");
/// # assert!(std::fs::read_to_string("myapp.log").unwrap().ends_with(":Started\n"));
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: `logging.basicConfig`.
pub fn basic_config() -> BasicConfig {
    BasicConfig::default()
}

/// A configuration of the root logger.
///
/// | setting | default |
/// |---|---|
/// | `filename`, `stream`, `handlers` | one handler, to standard error; at most one of the three |
/// | `filemode` | [`FileMode::Append`] |
/// | `encoding` | UTF-8 |
/// | `errors` | [`EncodingErrors::BackslashReplace`] |
/// | `format` | [`BASIC_FORMAT`], as the style writes it |
/// | `style` | [`Style::Percent`] |
/// | `datefmt` | none |
/// | `level` | the root's is left as it is: [`Level::WARNING`] |
/// | `force` | false: nothing happens where the root has handlers already |
/// | `capture_log` | true: what crates log through `log` comes in too |
#[derive(Debug)]
#[must_use = "a configuration does nothing until it is applied"]
pub struct BasicConfig {
    filename: Option<PathBuf>,
    filemode: Option<FileMode>,
    stream: Option<Handler>,
    handlers: Option<Vec<Handler>>,
    encoding: Option<Encoding>,
    errors: Option<EncodingErrors>,
    format: Option<String>,
    style: Style,
    datefmt: Option<String>,
    level: Option<Level>,
    force: bool,
    capture_log: bool,
}

impl Default for BasicConfig {
    fn default() -> Self {
        Self {
            filename: None,
            filemode: None,
            stream: None,
            handlers: None,
            encoding: None,
            errors: None,
            format: None,
            style: Style::Percent,
            datefmt: None,
            level: None,
            force: false,
            capture_log: true,
        }
    }
}

impl BasicConfig {
    /// Logs to the file at this path.
    pub fn filename(mut self, path: impl Into<PathBuf>) -> Self {
        self.filename = Some(path.into());
        self
    }

    /// What happens to what is in the file already.
    pub fn filemode(mut self, mode: FileMode) -> Self {
        self.filemode = Some(mode);
        self
    }

    /// The encoding of the file.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = Some(encoding);
        self
    }

    /// What happens with a character that the file's encoding has not.
    pub fn errors(mut self, errors: EncodingErrors) -> Self {
        self.errors = Some(errors);
        self
    }

    /// Logs to this stream.
    pub fn stream(mut self, stream: impl std::io::Write + Send + 'static) -> Self {
        self.stream = Some(StreamHandler::new(stream).into());
        self
    }

    /// Logs to these handlers; those without a formatter get the one of this configuration.
    pub fn handlers<H: Into<Handler>>(mut self, handlers: impl IntoIterator<Item = H>) -> Self {
        self.handlers = Some(handlers.into_iter().map(Into::into).collect());
        self
    }

    /// The pattern of the records' text.
    pub fn format(mut self, pattern: impl Into<String>) -> Self {
        self.format = Some(pattern.into());
        self
    }

    /// The style in which the pattern is written.
    ///
    /// ```
    /// use ferrolog::{Manager, Style, basic_config, warning};
    /// use ferrolog::sink::{Encoding, EncodingErrors};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::env::set_current_dir(&folder).unwrap();
    /// let manager = Manager::new();
    /// basic_config()
    ///     .filename("app.log")
    ///     .encoding(Encoding::Latin1)
    ///     .errors(EncodingErrors::XmlCharRefReplace)
    ///     .style(Style::Brace)
    ///     .format("{levelname:<8}{message}")
    ///     .apply_to(&manager)?;
    /// let logger = manager.get_logger("app");
    /// warning!(logger, "\u{e9} \u{20ac}");
    /// assert_eq!(std::fs::read("app.log")?, b"WARNING \xe9 &#8364;\n");
    /// # Ok::<(), ferrolog::Error>(())
    /// ```
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// The pattern of the time: as of `strftime`.
    pub fn datefmt(mut self, datefmt: impl Into<String>) -> Self {
        self.datefmt = Some(datefmt.into());
        self
    }

    /// The root's level.
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Whether handlers that the root has already are removed and closed first.
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Whether what other crates log through `log` comes into the tree. Where the program has given
    /// `log` another logger before, that one stays.
    pub fn capture_log(mut self, capture: bool) -> Self {
        self.capture_log = capture;
        self
    }

    /// Carries out the configuration on the global tree. Does nothing where its root has handlers
    /// already, unless `force` is set.
    ///
    /// # Errors
    ///
    /// Settings that exclude each other, a faulty pattern, a file that cannot be opened. The tree is
    /// then as it was.
    pub fn apply(self) -> Result<()> {
        #[cfg(feature = "log")]
        let capture_log = self.capture_log;
        self.apply_to(Manager::global())?;
        #[cfg(feature = "log")]
        if capture_log {
            // Refused only where `log` has a logger already, which then stays.
            let _ = crate::bridge::log::init();
        }
        Ok(())
    }

    /// Carries out the configuration on a tree of its own.
    ///
    /// # Errors
    ///
    /// As [`BasicConfig::apply`].
    pub fn apply_to(self, manager: &Manager) -> Result<()> {
        let root = manager.root();
        let present = root.handlers();
        if !present.is_empty() && !self.force {
            return Ok(());
        }
        let targets = [
            ("filename", self.filename.is_some()),
            ("stream", self.stream.is_some()),
            ("handlers", self.handlers.is_some()),
        ];
        let given: Vec<_> =
            targets.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        if given.len() > 1 {
            return Err(Error::Invalid(format!(
                "basic_config: {} exclude each other; give one of them",
                given.join(" and ")
            )));
        }
        let for_files = [
            ("filemode", self.filemode.is_some()),
            ("encoding", self.encoding.is_some()),
            ("errors", self.errors.is_some()),
        ];
        if let Some((name, _)) = for_files.iter().find(|(_, given)| *given)
            && self.filename.is_none()
        {
            return Err(Error::Invalid(format!("basic_config: {name} needs a filename")));
        }
        let pattern = self.format.as_deref().unwrap_or(basic_format(self.style));
        let mut formatter = Formatter::builder().style(self.style).pattern(pattern);
        if let Some(datefmt) = self.datefmt {
            formatter = formatter.datefmt(datefmt);
        }
        let formatter: std::sync::Arc<dyn Format> = std::sync::Arc::new(formatter.build()?);
        let handlers = match (self.filename, self.stream, self.handlers) {
            (Some(path), _, _) => {
                let mode = self.filemode.unwrap_or_default();
                let handler = FileHandler::builder(path)
                    .mode(mode)
                    .encoding(self.encoding.unwrap_or(Encoding::Utf8))
                    .errors(self.errors.unwrap_or(EncodingErrors::BackslashReplace));
                vec![handler.build()?.to_dyn()]
            }
            (_, Some(stream), _) => vec![stream],
            (_, _, Some(handlers)) => handlers,
            _ => vec![StreamHandler::stderr().into()],
        };
        for handler in handlers.iter().filter(|handler| !handler.has_formatter()) {
            handler.set_shared_formatter(std::sync::Arc::clone(&formatter));
        }
        root.set_handlers(handlers.clone());
        for old in present.iter().filter(|old| !handlers.contains(old)) {
            old.close();
        }
        if let Some(level) = self.level {
            root.set_level(level);
        }
        Ok(())
    }
}
