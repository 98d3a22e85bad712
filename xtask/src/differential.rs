//! `cargo xtask differential`: the Python package against the standard library, over generated
//! programs.
//!
//! The scripts in `tests/differential/` make the programs, run them in processes apart and compare
//! everything that can be observed.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use lexopt::{Arg, ValueExt as _};

use crate::process;
use crate::project::Project;
use crate::report::Report;
use crate::venv::Venv;

pub(crate) const SUMMARY: &str =
    "compare the Python package with the standard library over generated programs";

const HELP: &str = "\
Usage: cargo xtask differential [--cases N] [--seed SEED] [--python EXE]...

Runs generated programs under the standard library, under the stand-alone package, and after
ferrolog.install(), in processes apart, and compares what they write, return, raise and leave behind.
A program that differs is cut down to the steps that matter; its seed reproduces it with --cases 1.

  --cases N      how many programs for each Python (default: 2000)
  --seed SEED    the first program's seed; the others count up from it (default: 1)
  --python EXE   use this interpreter (may be repeated; default: every CPython 3.11, 3.12 and 3.13
                 found as python3, as python3.N on PATH, or in pyenv's folder of versions)
";

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let (mut cases, mut seed, mut asked) = (2000_u32, 1_u64, Vec::<PathBuf>::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("cases") => cases = parser.value()?.parse()?,
            Arg::Long("seed") => seed = parser.value()?.parse()?,
            Arg::Long("python") => asked.push(parser.value()?.into()),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let mut report = Report::default();
    Venv::each_with_ferrolog(project, &asked, "comparing", |venv| {
        report.step(&format!("Python {}", venv.minor), || {
            process::run(&mut command(project, venv, cases, seed))
                .context("the package differs from the standard library")
        });
    })?;
    Ok(if report.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The comparison under one Python that the package is installed for; it fails when anything differs.
pub(crate) fn command(project: &Project, venv: &Venv, cases: u32, seed: u64) -> Command {
    let mut command = venv.command();
    command
        .arg(project.root.join("tests/differential/main.py"))
        .args([cases.to_string(), seed.to_string()])
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
