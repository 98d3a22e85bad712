//! A logger where something to write to is asked for: each line becomes a record.
//!
//! Python's cookbook: *How to treat a logger like an output stream*.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use ferrolog::{Formatter, Handler, Level, Logger, StreamHandler, get_logger, log};

/// Logs what is written to it, a line at a time.
struct LineLogger {
    logger: Logger,
    level: Level,
    rest: Vec<u8>,
}

impl LineLogger {
    fn new(logger: Logger, level: Level) -> Self {
        Self { logger, level, rest: Vec::new() }
    }

    fn line(&self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        log!(self.logger, self.level, "{}", line.trim_end());
    }
}

impl Write for LineLogger {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            self.line(&line);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for LineLogger {
    fn drop(&mut self) {
        if !self.rest.is_empty() {
            self.line(&self.rest);
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lines = Handler::new(StreamHandler::new(Vec::new()))
        .with_formatter(Formatter::new("%(levelname)s %(name)s %(message)s")?);
    let logger = get_logger("app.report");
    logger.set_level(Level::INFO);
    logger.add_handler(&lines);

    let mut report = LineLogger::new(logger, Level::INFO);
    writeln!(report, "3 orders,")?;
    write!(report, "of which ")?;
    writeln!(report, "1 is late")?;
    write!(report, "no end of line")?;
    drop(report);

    // What another program writes is logged in the same way; `ferrolog pipe` does it from a shell.
    let mut child = Command::new(std::env::var("CARGO").unwrap_or("cargo".to_owned()))
        .arg("--version")
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().expect("it was piped");
    for line in BufReader::new(stdout).lines() {
        log!(get_logger("app.report.cargo"), Level::INFO, "{}", line?);
    }
    child.wait()?;

    let text = String::from_utf8_lossy(lines.lock().stream()).into_owned();
    print!("{text}");
    let mut found = text.lines();
    for expected in ["3 orders,", "of which 1 is late", "no end of line"] {
        assert_eq!(found.next(), Some(format!("INFO app.report {expected}").as_str()));
    }
    assert!(found.next().is_some_and(|line| line.starts_with("INFO app.report.cargo cargo ")));
    Ok(())
}
