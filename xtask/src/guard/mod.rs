//! `cargo xtask guard`: how many instructions the main paths of a record take, beside what they took when
//! that was last noted. Unlike times, instructions are the same on a busy machine.

mod baseline;
mod count;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use lexopt::Arg;

use self::baseline::{Baseline, Counts};
use crate::process;
use crate::project::Project;
use crate::python::{self, Python};
use crate::report::say;
use crate::venv::Venv;

pub(crate) const SUMMARY: &str = "count the instructions of a record's way, beside the last count";

const HELP: &str = "\
Usage: cargo xtask guard [--renew] [--python EXE]

Counts the instructions that a record takes on the main paths of both faces, with valgrind's callgrind, and
compares them with bench/guard/baseline.json. It fails where one of them has risen by more than 5 %.

The counts depend on the compiler and, for Python, on the interpreter's build; the baseline has a section for each
that it knows. For another they are shown, and not judged: --renew on the commit before a change makes something to
compare the change with.

  --renew        note the counts of this run as the baseline for this compiler and interpreter
  --python EXE   use this interpreter (default: Python 3.12 if there is one)
";

/// By how much of it a count may rise.
const TOLERANCE: f64 = 0.05;

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let (mut renew, mut asked) = (false, Vec::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("renew") => renew = true,
            Arg::Long("python") => asked.push(PathBuf::from(parser.value()?)),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if !count::is_possible() {
        bail!("{NO_VALGRIND}");
    }
    let python = choose(python::find(&asked)?);
    let mut baseline = Baseline::read(project)?;
    // What is noted is the least that there is.
    let found = count(project, &python, (!renew).then_some(&baseline))?;
    if renew {
        for (section, counts) in found {
            print!("{}", baseline::table(&section, &counts, baseline.of(&section)));
            baseline.set(section, counts);
        }
        baseline.write(project)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !judge(&baseline, found) {
        bail!(
            "more instructions a record than noted (see above). If that is the price of something wanted, \
             `cargo xtask guard --renew` notes the new counts"
        );
    }
    Ok(ExitCode::SUCCESS)
}

const NO_VALGRIND: &str = "instructions are counted on x86-64 by valgrind, which is to be on PATH; install it (Debian, Ubuntu: \
     apt-get install valgrind; Fedora: dnf install valgrind; Arch: pacman -S valgrind)";

/// How long the step of the test run may take.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// The step of `cargo xtask test`, which writes what it has to say to `log`. Where there is no valgrind, that is said,
/// and nothing is judged.
pub(crate) fn step(pythons: &[Python], log: &Path) -> Result<()> {
    if !count::is_possible() {
        return fs::write(log, format!("not guarded: {NO_VALGRIND}\n"))
            .with_context(|| format!("cannot write {}", log.display()));
    }
    if pythons.is_empty() {
        bail!("there is no Python to count in");
    }
    let mut command = Command::new(std::env::current_exe().context("where is this program?")?);
    command.args(["guard", "--python"]).arg(choose(pythons.to_vec()).executable);
    process::run_into(&mut command, log, LIMIT)
}

/// The version that the benches are for, unless there is none.
pub(crate) fn choose(mut pythons: Vec<Python>) -> Python {
    let place = pythons.iter().position(|python| python.minor() == "3.12").unwrap_or(0);
    pythons.swap_remove(place)
}

/// The counts of both faces, and the sections of the baseline that they belong to. Where they are within the baseline, or
/// there is none for them, it is enough.
fn count(
    project: &Project,
    python: &Python,
    baseline: Option<&Baseline>,
) -> Result<Vec<(String, Counts)>> {
    let venv = Venv::ensure(project, python)?;
    venv.install_ferrolog(project, &venv)?;
    let compiler = count::compiler(project)?;
    let interpreter = count::interpreter(&venv)?;
    say("counting instructions with callgrind");
    let rust = (format!("Rust, {compiler}"), count::rust(project)?);
    let section = format!("Python, {interpreter}, {compiler}");
    let enough = |counts: &Counts| baseline.is_some_and(|noted| noted.allows(&section, counts));
    let counts = count::python(project, &venv, enough)?;
    Ok(vec![rust, (section, counts)])
}

/// Shows the counts beside the baseline's; whether none has risen too far.
fn judge(baseline: &Baseline, found: Vec<(String, Counts)>) -> bool {
    let mut allowed = true;
    for (section, counts) in found {
        print!("{}", baseline::table(&section, &counts, baseline.of(&section)));
        allowed &= baseline.allows(&section, &counts);
    }
    allowed
}
