//! `cargo xtask leaks`: whether the Python package keeps anything of the records that went by.
//!
//! The script in `tests/leaks/` logs records over every kind of path and watches the process's memory.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use lexopt::{Arg, ValueExt as _};

use crate::process;
use crate::project::Project;
use crate::report::Report;
use crate::venv::Venv;

pub(crate) const SUMMARY: &str = "log ten million records and watch the memory";

const FACILITIES: &[&str] = &["stdlib", "installed", "alone"];

const HELP: &str = "\
Usage: cargo xtask leaks [--records N] [--python EXE]...

Logs records over every kind of path (native, subclassed, patched, failing, with extra, exceptions, queues,
adapters, files and so on) with the standard library, after ferrolog.install() and with the stand-alone
package, and shows the memory of the three and the blocks that their interpreters have, side by side. After
the first tenth of the records neither may grow by more than 1 % under ferrolog; with fewer than a million
records only the blocks are judged, and from two fifths on.

  --records N    how many records for each (default: 10000000)
  --python EXE   use this interpreter (may be repeated; default: every CPython 3.11, 3.12 and 3.13
                 found as python3, as python3.N on PATH, or in pyenv's folder of versions)
";

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let (mut records, mut asked) = (10_000_000_u32, Vec::<PathBuf>::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("records") => records = parser.value()?.parse()?,
            Arg::Long("python") => asked.push(parser.value()?.into()),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let mut report = Report::default();
    Venv::each_with_ferrolog(project, &asked, "logging", |venv| {
        report.step(&format!("Python {}", venv.minor), || {
            process::run(&mut command(project, venv, FACILITIES, records))
                .context("something is kept of records that went by")
        });
    })?;
    Ok(if report.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The search under one Python that the package is installed for; it fails when the memory grows.
pub(crate) fn command(
    project: &Project,
    venv: &Venv,
    facilities: &[&str],
    records: u32,
) -> Command {
    let mut command = venv.command();
    command
        .arg(project.root.join("tests/leaks/main.py"))
        .arg(records.to_string())
        .args(facilities)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
