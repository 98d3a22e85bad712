//! The handler that writes to a stream.

use std::io::{self, Stderr, Stdout, Write};

use super::{Emit, EmitLines, Event, Lines};
use crate::error::{Error, Result};

/// Writes each record to a stream, in one write, and flushes it.
///
/// When the logging call returns, the bytes have left the process, unless the stream itself holds them
/// back.
///
/// ```
/// use ferrolog::{Handler, StreamHandler};
///
/// let handler = Handler::new(StreamHandler::new(Vec::new()));
/// let logger = ferrolog::get_logger("app.stream");
/// logger.add_handler(&handler);
/// ferrolog::error!(logger, "no route to {}", "host");
/// assert_eq!(handler.lock().stream(), b"no route to host\n");
/// ```
///
/// Python: `logging.StreamHandler`.
#[derive(Debug)]
pub struct StreamHandler<W> {
    stream: W,
}

impl StreamHandler<Stderr> {
    /// A handler to standard error: what Python's `StreamHandler()` is.
    pub fn stderr() -> Self {
        Self::new(io::stderr())
    }
}

impl StreamHandler<Stdout> {
    /// A handler to standard output.
    pub fn stdout() -> Self {
        Self::new(io::stdout())
    }
}

impl<W: Write> StreamHandler<W> {
    /// A handler to any stream.
    pub fn new(stream: W) -> Self {
        Self { stream }
    }

    /// The stream.
    pub fn stream(&self) -> &W {
        &self.stream
    }

    /// Puts another stream in the place of the present one, which is flushed and returned.
    ///
    /// # Errors
    ///
    /// The present stream could not be flushed; it stays.
    ///
    /// Python: `StreamHandler.setStream`.
    pub fn set_stream(&mut self, stream: W) -> Result<W> {
        self.stream.flush().map_err(Error::io("cannot flush the stream"))?;
        Ok(std::mem::replace(&mut self.stream, stream))
    }
}

impl<W: Write + Send + 'static> Emit for StreamHandler<W> {
    fn emit(&mut self, event: &Event<'_>) -> Result<()> {
        self.stream
            .write_all(event.line().as_bytes())
            .and_then(|()| self.stream.flush())
            .map_err(Error::io("cannot write to the stream"))
    }

    fn flush(&mut self) -> Result<()> {
        self.stream.flush().map_err(Error::io("cannot flush the stream"))
    }

    fn as_lines(&mut self) -> Option<&mut dyn EmitLines> {
        Some(self)
    }
}

impl<W: Write> EmitLines for StreamHandler<W> {
    fn emit_lines(&mut self, lines: Lines<'_>) -> Result<(), (usize, Error)> {
        let mut rest = lines.text().as_bytes();
        while !rest.is_empty() {
            let failed = match self.stream.write(rest) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(count) => {
                    rest = &rest[count..];
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            let done = lines.within(lines.text().len() - rest.len());
            return Err((done, Error::io("cannot write to the stream")(failed)));
        }
        // What the stream took and does not pass on it may have lost, so that the last record stands for it.
        let flushed = self.stream.flush();
        flushed.map_err(|error| (lines.len() - 1, Error::io("cannot write to the stream")(error)))
    }
}
