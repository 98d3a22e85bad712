//! Running other programs, with errors that show what was run, where, and what it said.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Error, Result, anyhow, bail};

/// Runs a command whose output goes straight to the terminal.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| cannot_start(command, error))?;
    if status.success() { Ok(()) } else { bail!("{} ended with {status}", describe(command)) }
}

/// Runs a command silently; what it printed is part of the error when it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

/// Runs a command silently and returns its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| cannot_start(command, error))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    let mut message = format!("{} ended with {}", describe(command), output.status);
    let stderr = String::from_utf8_lossy(&output.stderr);
    for (name, text) in [("output", stdout.as_str()), ("error output", &stderr)] {
        if !text.trim().is_empty() {
            let _ = write!(message, "\n--- its {name}:\n{}", text.trim_end());
        }
    }
    Err(anyhow!(message))
}

/// How a command under a time limit came to its end.
pub(crate) enum Ended {
    /// By itself, with this status.
    Exited(ExitStatus),
    /// It was killed at the limit.
    TimedOut,
}

/// Runs a command with both outputs in `log`, and kills it when it takes longer than `limit`.
///
/// The outputs are a file and not a pipe so that a grandchild left behind cannot keep us waiting.
pub(crate) fn run_logged(command: &mut Command, log: &Path, limit: Duration) -> Result<Ended> {
    let file = fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let copy = file.try_clone().with_context(|| format!("cannot write {}", log.display()))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(copy)
        .spawn()
        .map_err(|error| cannot_start(command, error))?;
    let start = Instant::now();
    loop {
        let waited = child.try_wait().with_context(|| format!("waiting for {}", describe(command)));
        if let Some(status) = waited? {
            return Ok(Ended::Exited(status));
        }
        if start.elapsed() > limit {
            child.kill().with_context(|| format!("cannot end {}", describe(command)))?;
            child.wait().with_context(|| format!("waiting for {}", describe(command)))?;
            return Ok(Ended::TimedOut);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Runs a command with both outputs in `log`; an error when it fails, or takes longer than `limit`.
pub(crate) fn run_into(command: &mut Command, log: &Path, limit: Duration) -> Result<()> {
    match run_logged(command, log, limit)? {
        Ended::Exited(status) if status.success() => Ok(()),
        Ended::Exited(status) => bail!("{} ended with {status}", describe(command)),
        Ended::TimedOut => bail!("{} took more than {limit:?}", describe(command)),
    }
}

fn cannot_start(command: &Command, error: std::io::Error) -> Error {
    let program = command.get_program().to_string_lossy().into_owned();
    if error.kind() == ErrorKind::NotFound {
        let folder = command.get_current_dir().filter(|folder| !folder.is_dir());
        if let Some(folder) = folder {
            return anyhow!("cannot run `{program}` in {}: no such folder", folder.display());
        }
        if program.contains(std::path::MAIN_SEPARATOR) {
            return anyhow!("cannot run `{program}`: there is no such program");
        }
        return anyhow!("cannot run `{program}`: it is not on PATH; install it, then try again");
    }
    Error::new(error).context(format!("cannot run {}", describe(command)))
}

/// The command as one would type it, with the folder that it runs in.
fn describe(command: &Command) -> String {
    let mut text = String::from("`");
    text.push_str(&command.get_program().to_string_lossy());
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        if let Some((first, _)) = argument.split_once('\n') {
            let _ = write!(text, " '{first} ...'");
        } else if argument.is_empty() || argument.contains(char::is_whitespace) {
            let _ = write!(text, " '{argument}'");
        } else {
            let _ = write!(text, " {argument}");
        }
    }
    text.push('`');
    if let Some(folder) = command.get_current_dir() {
        let _ = write!(text, " (in {})", folder.display());
    }
    text
}
