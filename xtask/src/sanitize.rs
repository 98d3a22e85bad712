//! `cargo xtask sanitize`: the engine's threaded tests and the Python package's under tools that watch memory.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt};

use crate::guard;
use crate::process;
use crate::project::Project;
use crate::python;
use crate::report::{Report, say};
use crate::toolchain::Toolchain;
use crate::venv::Venv;

pub(crate) const SUMMARY: &str = "run tests under AddressSanitizer, valgrind and miri";

const HELP: &str = "\
Usage: cargo xtask sanitize [address|thread|memcheck|miri]...

  address    the engine's threaded tests, built with AddressSanitizer (and its search for leaks)
  thread     the same with ThreadSanitizer, and with a standard library that is built so too: without that
             (`rustup component add rust-src`) it does not see the standard library's locks
  memcheck   the Python package's tests of records and handlers under valgrind, with the interpreter's
             memory from malloc
  miri       the crate's unit tests of packed records, values, formats, the lock and the crowd, where the
             toolchain has miri

All of them run, where none is named; one that this machine lacks the parts for is said to be left out when it
was not named, and an error when it was. The parts are looked for in the toolchain that runs this and in rustup's
nightly (`rustup component add --toolchain nightly miri rust-src`). A stable toolchain is told to take unstable
options (RUSTC_BOOTSTRAP).
";

/// Those of the engine's tests in which threads meet.
const THREADED: &[&str] =
    &["queue", "delivery", "delivery_together", "loggers_changes", "memory", "macros"];

/// Those of the Python package's that go through every native method and stay short under valgrind.
const PYTHON: &[&str] = &[
    "test_calls.py",
    "test_functions.py",
    "test_pristine.py",
    "test_record_handlers.py",
    "test_times.py",
];

/// The crate's unit tests that miri can run in a time: no files, no sockets.
const MIRI: &[&str] = &[
    "record::",
    "value::",
    "published",
    "lock_tests",
    "crowd_tests",
    "format::push",
    "format::tail",
    "format::repr",
    "format::time",
];

struct Kind {
    name: &'static str,
    /// What is lacking here, if anything.
    lacks: fn(&Project) -> Option<String>,
    run: fn(&Project) -> Result<()>,
}

const KINDS: &[Kind] = &[
    Kind { name: "address", lacks: no_sanitizers, run: address },
    Kind { name: "thread", lacks: no_sources, run: thread },
    Kind { name: "memcheck", lacks: no_valgrind, run: memcheck },
    Kind { name: "miri", lacks: no_miri, run: miri },
];

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let mut asked = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Value(name) => {
                let name = name.string()?;
                if !KINDS.iter().any(|kind| kind.name == name) {
                    bail!("there is no {name:?} (see --help)");
                }
                asked.push(name);
            }
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let mut report = Report::default();
    for kind in KINDS {
        let named = asked.iter().any(|name| name == kind.name);
        if !named && !asked.is_empty() {
            continue;
        }
        match (kind.lacks)(project) {
            Some(lacking) if !named => say(&format!("{} is left out: {lacking}", kind.name)),
            Some(lacking) => bail!("{}: {lacking}", kind.name),
            None => _ = report.step(kind.name, || (kind.run)(project)),
        }
    }
    Ok(if report.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn no_sanitizers(_: &Project) -> Option<String> {
    let there = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    (!there).then(|| "it is set up for Linux on x86-64".to_owned())
}

fn no_sources(project: &Project) -> Option<String> {
    let lacking = Toolchain::with(project, Toolchain::has_sources).is_none();
    lacking.then(|| "no toolchain has rust-src, to build the standard library".to_owned())
}

fn no_valgrind(_: &Project) -> Option<String> {
    let there = !python::on_path("valgrind").is_empty();
    (!there).then(|| "valgrind is not on PATH".to_owned())
}

fn no_miri(project: &Project) -> Option<String> {
    let lacking = Toolchain::with(project, Toolchain::has_miri).is_none();
    lacking.then(|| "no toolchain has miri (`rustup component add miri`)".to_owned())
}

/// The threaded tests, built with a sanitizer.
fn sanitized(
    project: &Project,
    toolchain: Toolchain,
    sanitizer: &str,
    more: &[&str],
) -> Result<()> {
    let mut command = toolchain.cargo(project);
    command
        .args(["test", "--locked", "--package", "ferrolog", "--target", "x86_64-unknown-linux-gnu"])
        .arg("--target-dir")
        .arg(project.work("sanitize"))
        .args(["--lib", "--no-fail-fast"])
        .args(THREADED.iter().flat_map(|test| ["--test", test]))
        // A million are for the tests as they are: these are several times slower.
        .env("FERROLOG_TEST_RECORDS", "200000")
        .env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}"))
        .env("RUSTC_BOOTSTRAP", "1");
    process::run(command.args(more))
}

fn address(project: &Project) -> Result<()> {
    sanitized(project, Toolchain::Running, "address", &[])
}

fn thread(project: &Project) -> Result<()> {
    let toolchain = Toolchain::with(project, Toolchain::has_sources).context("no rust-src")?;
    sanitized(project, toolchain, "thread", &["-Zbuild-std"])
}

fn memcheck(project: &Project) -> Result<()> {
    // 3.11 looks at the digits of a number that has none, and memcheck follows what comes of it.
    let python = guard::choose(python::find(&[])?);
    let venv = Venv::ensure(project, &python)?;
    venv.install(project, "crates/ferrolog-python/tests/requirements.txt")?;
    venv.install_ferrolog(project, &venv)?;
    let tests = project.root.join("crates/ferrolog-python/tests");
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=memcheck", "--error-exitcode=9", "--leak-check=no", "--num-callers=30"])
        // What CPython does on purpose, and what the loader does.
        .arg(format!("--suppressions={}", project.root.join("xtask/valgrind.supp").display()))
        .arg(venv.python())
        .args(["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"])
        .args(PYTHON.iter().map(|file| tests.join(file)))
        .env("PYTHONMALLOC", "malloc")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(&project.root);
    process::run(&mut command).context("valgrind's report is above")
}

fn miri(project: &Project) -> Result<()> {
    let toolchain = Toolchain::with(project, Toolchain::has_miri).context("no miri")?;
    let mut command = toolchain.cargo(project);
    command
        .args(["miri", "test", "--locked", "--package", "ferrolog", "--lib", "--target-dir"])
        .arg(project.work("miri"))
        .arg("--")
        .args(MIRI)
        .env("MIRIFLAGS", "-Zmiri-disable-isolation");
    process::run(&mut command)
}
