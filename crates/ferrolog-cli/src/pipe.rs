//! `ferrolog pipe`

use std::path::PathBuf;

use ferrolog::{Level, OwnedValue, Record, RecordOwned, get_logger};

use crate::input::{Line, Lines};
use crate::{Status, complain, setup};

/// Make a record of every line of standard input.
///
/// With --json each line is an object of LogRecord attributes, as Python's logging.makeLogRecord takes them;
/// other keys are extra attributes. Where "name" is missing, it is that of --name; where "levelno" is
/// missing, it is that of "levelname" or else of --level. A record is handled if its logger is enabled for its
/// level. A line that is not such an object is reported with its number and makes the exit status 1; the
/// others are not touched by it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The configuration; without one, records go to standard error.
    #[arg(short, long)]
    config: Option<PathBuf>,
    /// The logger.
    #[arg(long, default_value = "root")]
    name: String,
    /// The level, by name or by number.
    #[arg(long, default_value = "INFO", value_parser = setup::level)]
    level: Level,
    /// Lines are JSON objects.
    #[arg(long)]
    json: bool,
    /// Follow changes of the configuration while running. Files and connections whose settings stay are
    /// kept open; a faulty change is reported and has no effect.
    #[arg(long, requires = "config")]
    watch: bool,
}

pub(crate) fn run(options: &Options) -> Status {
    let watcher = match &options.config {
        Some(config) if options.watch => setup::watch(config).map(Some),
        config => setup::configure(config.as_deref(), options.level).map(|()| None),
    };
    // It lives as long as there is input.
    let _watcher = match watcher {
        Ok(watcher) => watcher,
        Err(status) => return status,
    };
    let logger = get_logger(&options.name);
    let mut lines = Lines::new(std::io::stdin().lock());
    let mut bad = 0_u64;
    let mut last = 0;
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(error) => {
                complain(format_args!("cannot read standard input: {error}"));
                bad += 1;
                break;
            }
        };
        // What is left of a line that is too long was told of with its beginning.
        let is_rest = line.number == last;
        last = line.number;
        if options.json {
            if is_rest {
                continue;
            }
            if let Err(problem) = handle_json(&line, options) {
                complain(format_args!("line {}: {problem}", line.number));
                bad += 1;
            }
        } else if logger.is_enabled_for(options.level) {
            let text = String::from_utf8_lossy(line.bytes);
            logger.handle(&Record::new(logger.name(), options.level, &text));
        }
    }
    if bad == 0 {
        return Status::Good;
    }
    complain(format_args!("{bad} of {last} lines could not be logged"));
    Status::Bad
}

/// Logs the record that a line describes, or says what is wrong with the line.
fn handle_json(line: &Line<'_>, options: &Options) -> Result<(), String> {
    if line.is_piece {
        return Err(format!("longer than {} bytes", crate::input::LONGEST));
    }
    if line.bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("empty, expected a JSON object".to_owned());
    }
    let mut attributes = match serde_json::from_slice(line.bytes) {
        Ok(OwnedValue::Map(attributes)) => attributes,
        Ok(other) => return Err(format!("expected a JSON object, found {:?}", other.as_value())),
        Err(error) => return Err(format!("not JSON: {error}")),
    };
    let name = match find(&attributes, "name") {
        None => {
            attributes.push(("name".to_owned(), OwnedValue::Str(options.name.clone())));
            options.name.clone()
        }
        Some(OwnedValue::Str(name)) => name.clone(),
        Some(other) => {
            return Err(format!("\"name\": expected a text, found {:?}", other.as_value()));
        }
    };
    let level = match find(&attributes, "levelno") {
        Some(OwnedValue::Int(value)) => number(*value)?,
        Some(OwnedValue::UInt(value)) => number(i64::try_from(*value).unwrap_or(i64::MAX))?,
        Some(OwnedValue::Bool(value)) => Level::new((*value).into()),
        // Levels are integers; but what counts is what a number is compared with.
        Some(OwnedValue::Float(value)) if value.fract() == 0.0 => number(*value as i64)?,
        Some(other) => {
            return Err(format!("\"levelno\": expected an integer, found {:?}", other.as_value()));
        }
        None => {
            let level = match find(&attributes, "levelname") {
                Some(OwnedValue::Str(name)) => {
                    name.parse().map_err(|error| format!("\"levelname\": {error}"))?
                }
                Some(other) => {
                    let found = other.as_value();
                    return Err(format!("\"levelname\": expected a text, found {found:?}"));
                }
                None => {
                    let name = OwnedValue::Str(options.level.name().into_owned());
                    attributes.push(("levelname".to_owned(), name));
                    options.level
                }
            };
            attributes.push(("levelno".to_owned(), level.value().into()));
            level
        }
    };
    let logger = get_logger(&name);
    if logger.is_enabled_for(level) {
        logger.handle(&RecordOwned::from_attributes(attributes).as_record());
    }
    Ok(())
}

fn number(value: i64) -> Result<Level, String> {
    let value =
        i32::try_from(value).map_err(|_| format!("\"levelno\": {value} is out of range"))?;
    Ok(Level::new(value))
}

/// The last value under a key: JSON objects may repeat one, and Python keeps the last.
fn find<'a>(attributes: &'a [(String, OwnedValue)], key: &str) -> Option<&'a OwnedValue> {
    attributes.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
}
