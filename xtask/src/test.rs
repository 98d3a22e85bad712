//! `cargo xtask test`: everything that must hold before a change lands.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use lexopt::Arg;

use crate::deny;
use crate::differential;
use crate::examples::{self, Facility};
use crate::guard;
use crate::leaks;
use crate::new_project;
use crate::parity;
use crate::process;
use crate::project::Project;
use crate::python::{self, Python};
use crate::report::{Chain, Report, say};
use crate::torture;
use crate::venv::{BUILD_REQUIREMENTS, Build, Venv};

pub(crate) const SUMMARY: &str = "run every check and test of the project";

const HELP: &str = "\
Usage: cargo xtask test [--packages] [--python EXE]...

Runs rustfmt, clippy with warnings denied, the rules for dependencies (deny.toml), the unit, integration
and documentation tests, cargo doc with warnings denied, whether the Python package's source distribution
is whole, its tests on every supported Python found, the examples, which must also be what the README
shows, the guide's first project, typed into an empty folder, the short form of `cargo xtask torture`, and
the guard over the instructions that a record takes.
All steps are taken, whichever fail; a table of them ends the run. The Pythons' steps are taken side by side, and
so are the last two.

The tests with packages from PyPI (Django, Celery, Scrapy and others) are run under one Python, 3.12 if there
is one, for which the Python package is built as it is released; for the others it is built in less time.

  --packages     do both for every Python
  --python EXE   use this interpreter (may be repeated; default: every CPython 3.11, 3.12 and 3.13
                 found as python3, as python3.N on PATH, or in pyenv's folder of versions)
";

/// Enough to meet every kind of pattern and handler; `cargo xtask parity` runs more.
const PARITY_CASES: u32 = 100;

/// Enough for some twenty seconds; `cargo xtask differential` runs more.
const DIFFERENTIAL_CASES: u32 = 60;

/// Enough to see a leak of any path; `cargo xtask leaks` runs more.
const LEAK_RECORDS: u32 = 40_000;

/// The Python package's tests, what they need from PyPI, and what some of them need besides.
const PYTHON_TESTS: &str = "crates/ferrolog-python/tests";
const PYTHON_TEST_REQUIREMENTS: &str = "crates/ferrolog-python/tests/requirements.txt";
const PACKAGE_REQUIREMENTS: &str = "crates/ferrolog-python/tests/requirements-packages.txt";
const PACKAGE_TESTS: &[&str] = &["contract/test_packages.py", "test_programs.py"];

/// How long one step under one Python may take.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// Steps that are taken beside others.
type Work<'w> = Box<dyn FnOnce(&mut Chain) + Send + 'w>;

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let (mut packages, mut asked) = (false, Vec::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("packages") => packages = true,
            Arg::Long("python") => asked.push(parser.value()?.into()),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let mut report = Report::default();
    report.step("rustfmt", || rustfmt(project));
    report.step("dependencies", || deny::check(project));
    report.step("README", || examples::readme(project));
    let pythons = report.step("find Python", || find_pythons(&asked)).unwrap_or_default();
    // PyO3's build script asks an interpreter; the environment's is there and stays the same.
    let venv = match pythons.first() {
        Some(python) => report.step("virtual environment", || Venv::ensure(project, python)),
        None => None,
    };
    if let Some(venv) = &venv {
        report.step("clippy", || clippy(project, venv));
    }
    report.step("Rust tests", || rust_tests(project));
    report.step("Rust tests, no features", || rust_tests_without_features(project));
    if let Some(venv) = &venv {
        report.step("cargo doc", || doc(project, venv));
    }
    report.step("parity, short form", || parity::short_form(project, &asked, PARITY_CASES));
    report.step("Rust example", || examples::rust(project).map(|log| print!("{log}")));
    report.step("new Rust project", || new_project::check(project));
    if let Some(venv) = &venv {
        report.step("source distribution", || venv.check_source_distribution(project));
    }
    let tested = match &venv {
        Some(builder) => test_pythons(project, &mut report, builder, &pythons, packages),
        None => None,
    };
    // The first mostly waits, and the other counts what does not depend on what else runs.
    let torture = move |chain: &mut Chain| {
        if let Some(venv) = &tested {
            chain.step("torture, short form", |_| torture::quickly(project, venv));
        }
    };
    let guard = |chain: &mut Chain| {
        chain.step("guard", |log| guard::step(&pythons, log));
    };
    let works: Vec<Work<'_>> = vec![Box::new(torture), Box::new(guard)];
    if let Err(error) = report.side_by_side(project.work("side-by-side"), works) {
        report.step("side by side", || Err::<(), _>(error));
    }
    Ok(if report.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rustfmt(project: &Project) -> Result<()> {
    component(project, "fmt", "rustfmt")?;
    for manifest in ["Cargo.toml", "bench/Cargo.toml"] {
        let mut command = project.cargo();
        command.args(["fmt", "--all", "--manifest-path", manifest, "--", "--check"]);
        process::run(&mut command).context("`cargo fmt` makes the changes shown above")?;
    }
    Ok(())
}

fn clippy(project: &Project, venv: &Venv) -> Result<()> {
    component(project, "clippy", "clippy")?;
    let mut command = project.cargo();
    command
        .args(["clippy", "--locked", "--workspace", "--all-targets", "--all-features"])
        .args(["--", "-D", "warnings"])
        .env("PYO3_PYTHON", venv.python());
    process::run(&mut command)?;
    let mut command = project.cargo();
    command.args(["clippy", "--locked", "--all-targets", "--package", "ferrolog"]).args([
        "--no-default-features",
        "--",
        "-D",
        "warnings",
    ]);
    process::run(&mut command)?;
    let mut command = project.cargo();
    command
        .args(["clippy", "--all-targets", "--manifest-path", "bench/Cargo.toml"])
        .args(
            ["gate", "common", "bench-ferrolog", "bench-floors", "bench-guard"]
                .map(|package| format!("--package={package}")),
        )
        .arg("--target-dir")
        .arg(&project.target)
        .args(["--", "-D", "warnings"]);
    process::run(&mut command)
}

/// Whether a part of the Rust toolchain is there, with the way to get it.
fn component(project: &Project, subcommand: &str, name: &str) -> Result<()> {
    process::run_quietly(project.cargo().args([subcommand, "--version"])).with_context(|| {
        format!(
            "this Rust toolchain has no {name}: `rustup component add {name}` installs it (or \
             install your distribution's package of that name)"
        )
    })
}

/// Unit, integration and documentation tests. The Python package has its own steps: an extension
/// module cannot be linked into a test program.
fn rust_tests(project: &Project) -> Result<()> {
    let packages = ["--workspace", "--exclude", "ferrolog-python", "--all-features"];
    cargo_test(project, &packages, true)
}

fn rust_tests_without_features(project: &Project) -> Result<()> {
    cargo_test(project, &["--package", "ferrolog", "--no-default-features"], false)
}

/// Builds with cargo's usual output, so that one sees it advance, and then tests with little.
fn cargo_test(project: &Project, packages: &[&str], doc: bool) -> Result<()> {
    let test = |arguments: &[&str]| {
        let mut command = project.cargo();
        command.args(["test", "--locked"]).args(packages).args(arguments);
        process::run(&mut command)
    };
    test(&["--no-run"])?;
    let targets: &[&str] = if doc { &[] } else { &["--lib", "--tests"] };
    test(&[&["--quiet", "--no-fail-fast"], targets].concat())
}

fn doc(project: &Project, venv: &Venv) -> Result<()> {
    let mut command = project.cargo();
    command
        // Libraries only: the command `ferrolog` would take the place of the crate of that name.
        .args(["doc", "--locked", "--workspace", "--lib", "--all-features", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .env("PYO3_PYTHON", venv.python());
    process::run(&mut command)
}

fn find_pythons(asked: &[PathBuf]) -> Result<Vec<Python>> {
    let pythons = python::find(asked)?;
    for python in &pythons {
        say(&format!("found {python}"));
    }
    Ok(pythons)
}

/// The package for each Python, side by side: much of the time is spent waiting, or on one core. The environment in
/// which the package is as it is released.
fn test_pythons(
    project: &Project,
    report: &mut Report,
    builder: &Venv,
    pythons: &[Python],
    packages: bool,
) -> Option<Venv> {
    let whole = guard::choose(pythons.to_vec()).minor();
    let chains = pythons
        .iter()
        .map(|python| {
            let wholly = packages || python.minor() == whole;
            move |chain: &mut Chain| test_python(project, chain, builder, python, wholly)
        })
        .collect();
    // Now, as it is one for all of them.
    report.step("builder", || builder.install(project, BUILD_REQUIREMENTS))?;
    match report.side_by_side(project.work("side-by-side"), chains) {
        Ok(venvs) => venvs.into_iter().flatten().find(|venv| venv.minor == whole),
        Err(error) => report.step("side by side", || Err(error)),
    }
}

/// The package for one Python: built, installed, tested, and the example run under it. `wholly`: as it is released,
/// and with others' packages.
fn test_python(
    project: &Project,
    chain: &mut Chain,
    builder: &Venv,
    python: &Python,
    wholly: bool,
) -> Option<Venv> {
    let minor = python.minor();
    let venv = chain.step(&format!("Python {minor}: package"), |_| {
        let venv = Venv::ensure(project, python)?;
        venv.install(project, PYTHON_TEST_REQUIREMENTS)?;
        if wholly {
            venv.install(project, PACKAGE_REQUIREMENTS)?;
        }
        let build = if wholly { Build::Released } else { Build::Quick };
        venv.install_ferrolog_built(project, builder, build)?;
        Ok(venv)
    })?;
    chain.step(&format!("Python {minor}: tests"), |log| {
        let mut command = venv.command();
        command
            .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", PYTHON_TESTS])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&project.root);
        if !wholly {
            let ignored = |test| format!("--ignore={PYTHON_TESTS}/{test}");
            command.args(PACKAGE_TESTS.iter().map(ignored));
        }
        process::run_into(&mut command, log, LIMIT)
    });
    chain.step(&format!("Python {minor}: differential, short form"), |log| {
        let mut command = differential::command(project, &venv, DIFFERENTIAL_CASES, 1);
        process::run_into(&mut command, log, LIMIT)
    });
    chain.step(&format!("Python {minor}: leaks, short form"), |log| {
        let mut command = leaks::command(project, &venv, &["installed"], LEAK_RECORDS);
        process::run_into(&mut command, log, LIMIT)
    });
    chain.step(&format!("Python {minor}: example"), |_| {
        for facility in [Facility::Standard, Facility::Ferrolog] {
            examples::python(project, &venv, facility)?;
        }
        Ok(())
    });
    Some(venv)
}
