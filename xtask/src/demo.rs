//! `cargo xtask demo`: the two example programs, built from nothing, with the logs they write.

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::Arg;

use crate::examples::{self, Facility};
use crate::project::Project;
use crate::python;
use crate::report::say;
use crate::venv::Venv;

pub(crate) const SUMMARY: &str = "run the example program in Rust and in Python, and show its logs";

const HELP: &str = "\
Usage: cargo xtask demo [--python EXE]

Builds the crate and the Python package, runs the example program of examples/rust and the one of
examples/python, and prints the log that each wrote. The Python program is run under the standard
library too, and both logs must be the same, byte for byte.

  --python EXE   use this interpreter (default: python3, or the newest other one found)
";

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let mut asked = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("python") => asked.push(parser.value()?.into()),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    // Before the long steps, so that a missing Python is known at once.
    let python = python::find_one(&asked)?;

    say("building the Rust example (examples/rust/myapp)");
    let rust = examples::rust(project)?;
    say(&format!("using {python}"));
    let venv = Venv::ensure(project, &python)?;
    venv.install_ferrolog(project, &venv)?;
    let standard = examples::python(project, &venv, Facility::Standard)?;
    let ferrolog = examples::python(project, &venv, Facility::Ferrolog)?;
    if standard != ferrolog {
        bail!(
            "the Python logs differ:\n--- standard library:\n{standard}--- ferrolog:\n{ferrolog}"
        );
    }

    println!("\nRust: examples/rust/myapp wrote myapp.log:\n\n{rust}");
    println!("Python {}: `python -m ferrolog myapp.py` wrote myapp.log:\n\n{ferrolog}", venv.minor);
    println!("The same Python program under the standard library wrote the same file.");
    Ok(ExitCode::SUCCESS)
}
