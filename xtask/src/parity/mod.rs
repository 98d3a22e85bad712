//! `cargo xtask parity`: the Rust face against Python's own logging, byte for byte.
//!
//! The scripts beside this file make the cases and compare; they need nothing but the standard
//! library.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use lexopt::{Arg, ValueExt as _};

use crate::process;
use crate::project::Project;
use crate::python::{self, Python};
use crate::report::say;

pub(crate) const SUMMARY: &str = "compare the Rust face with Python's own logging, byte for byte";

const HELP: &str = "\
Usage: cargo xtask parity [--cases N] [--seed SEED] [--python EXE]

Sends the same generated configurations and records through Python's own logging and through
`ferrolog pipe --json`, and compares every file and stream that they wrote. Then has both judge faulty
configurations: what Python refuses must be refused by `ferrolog check`, with the key to the fault.

  --cases N      how many cases (default: 500)
  --seed SEED    the first case's seed; the others count up from it (default: 1)
  --python EXE   use this interpreter (default: the newest one found)
";

/// The scripts, kept in the program so that they are those of this build.
const SCRIPTS: &[(&str, &str)] = &[
    ("run.py", include_str!("run.py")),
    ("generate.py", include_str!("generate.py")),
    ("records.py", include_str!("records.py")),
    ("patterns.py", include_str!("patterns.py")),
    ("chance.py", include_str!("chance.py")),
    ("faulty.py", include_str!("faulty.py")),
];

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let (mut cases, mut seed, mut asked) = (500_u32, 1_u64, Vec::new());
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
    compare(project, &asked, cases, seed)?;
    Ok(ExitCode::SUCCESS)
}

/// The step of `cargo xtask test`, with the command as the tests of its package have just built it.
pub(crate) fn short_form(project: &Project, asked: &[PathBuf], cases: u32) -> Result<()> {
    let program = project.target.join("debug").join("ferrolog");
    if program.is_file() {
        run_with_built(project, asked, cases, 1)
    } else {
        compare(project, asked, cases, 1)
    }
}

/// Builds the command `ferrolog`, and runs the comparison.
fn compare(project: &Project, asked: &[PathBuf], cases: u32, seed: u64) -> Result<()> {
    say("building the command `ferrolog`");
    let mut build = project.cargo();
    build.args(["build", "--locked", "--package", "ferrolog-cli"]);
    process::run(&mut build)?;
    run_with_built(project, asked, cases, seed)
}

/// Runs the comparison; an error when anything differs.
fn run_with_built(project: &Project, asked: &[PathBuf], cases: u32, seed: u64) -> Result<()> {
    // The meaning is that of the newest version: older ones rotate empty files, for one.
    let Some(python) = python::find(asked)?.into_iter().max_by_key(Python::minor) else {
        anyhow::bail!("no Python was found");
    };
    say(&format!("comparing with {python}"));
    let program = project.target.join("debug").join("ferrolog");
    let scripts = project.work("parity-scripts");
    std::fs::create_dir_all(&scripts)
        .with_context(|| format!("cannot make {}", scripts.display()))?;
    for (name, text) in SCRIPTS {
        write(&scripts.join(name), text)?;
    }
    let mut command = Command::new(&python.executable);
    command
        .arg(scripts.join("run.py"))
        .arg(program)
        .arg(project.work("parity"))
        .args([cases.to_string(), seed.to_string()]);
    process::run(&mut command).context("the two faces differ; the cases above are kept")
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
