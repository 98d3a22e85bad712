//! `cargo xtask bench`: measurements. Only ratios within one run are judged; the times themselves
//! belong to the machine.

mod docs;
mod gate;
mod plot;
mod python;
mod report;
mod rust;
mod speed;
mod wide;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::{Arg, ValueExt as _};

use crate::project::Project;

pub(crate) const SUMMARY: &str =
    "measure what logging costs (bench gate, bench rust, bench python)";

const HELP: &str = "\
Usage: cargo xtask bench gate [--python EXE]
       cargo xtask bench rust [OPTIONS]
       cargo xtask bench python [OPTIONS]

  gate           what a disabled call costs: in Rust beside an atomic load (at most 1.5 times it),
                 in Python beside a native method that does nothing (at most 1.4 times it)

  rust           ferrolog beside the other libraries for Rust; --help behind it names the options
  python         the same for Python

  --python EXE   use this interpreter (default: Python 3.12 if there is one, as for bench python)
";

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let mut asked = Vec::new();
    let mut what = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("python") => asked.push(parser.value()?.into()),
            Arg::Value(name) if what.is_none() && name == "rust" => {
                return rust::run(parser, project);
            }
            Arg::Value(name) if what.is_none() && name == "python" => {
                return python::run(parser, project);
            }
            Arg::Value(name) if what.is_none() => what = Some(name.string()?),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    match what.as_deref() {
        Some("gate") => gate::run(project, &asked),
        Some(other) => bail!("there is no bench {other:?}; the benches are: gate, rust, python"),
        None => bail!("which bench? `cargo xtask bench --help` lists them"),
    }
}
