//! `cargo xtask conformance`: the interpreters' own test suites, unmodified, under ferrolog and
//! under the standard library, and what differs.

mod outcome;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt as _};

use self::outcome::{Difference, Outcomes};
use crate::process::{self, Ended};
use crate::project::Project;
use crate::python::{self, Python};
use crate::report::say;
use crate::venv::{Venv, without_python_settings};

pub(crate) const SUMMARY: &str =
    "run the interpreters' own test suites under ferrolog and the standard library";

const HELP: &str = "\
Usage: cargo xtask conformance [--python EXE]... [--further] [OPTIONS]

Runs the test.test_logging that each interpreter ships, unmodified, three times: under the standard
library, after ferrolog.install(), and with ferrolog in place of logging in sys.modules. A test that
the standard library passes and ferrolog does not pass makes the exit status 1.

  --python EXE      use this interpreter (may be repeated; default: every CPython 3.11, 3.12 and
                    3.13 found as python3, as python3.N on PATH, or in pyenv's folder of versions)
  --further         run the suites of code that logs instead, after ferrolog.install():
                    test_warnings, test_unittest, test_asyncio, test_concurrent_futures,
                    test_socketserver, test_venv
  --suite NAME      run test.NAME instead, after ferrolog.install() (may be repeated)
  --facility NAME   only `installed` or only `alone` (beside the standard library)
  -k PATTERN        only the tests whose name matches, as with unittest (may be repeated)
  --verbose         show the whole traceback of each test that differs
  --limit SECONDS   time for one run of one suite (default: 900)
";

const FURTHER: &[&str] = &[
    "test_warnings",
    "test_unittest",
    "test_asyncio",
    "test_concurrent_futures",
    "test_socketserver",
    "test_venv",
];

/// What stands behind `import logging` in a run, by the name that `run_suite.py` knows.
#[derive(Clone, Copy, PartialEq)]
enum Facility {
    Standard,
    Installed,
    Alone,
}

impl Facility {
    fn name(self) -> &'static str {
        match self {
            Self::Standard => "stdlib",
            Self::Installed => "installed",
            Self::Alone => "alone",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Standard => "standard library",
            Self::Installed => "ferrolog, installed",
            Self::Alone => "ferrolog, stand-alone",
        }
    }
}

struct Options {
    pythons: Vec<PathBuf>,
    suites: Vec<String>,
    facilities: Vec<Facility>,
    patterns: Vec<String>,
    verbose: bool,
    limit: Duration,
}

pub(crate) fn run(parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let Some(options) = read_arguments(parser)? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    let pythons = python::find(&options.pythons)?;
    let mut builder = None;
    let (mut same, mut different) = (0, 0);
    for python in &pythons {
        if !python.tests {
            bail!(
                "{python} comes without its test suite (the `test` package); Debian, Ubuntu: \
                 apt-get install libpython{}-testsuite",
                python.minor()
            );
        }
        let venv = Venv::ensure(project, python)?;
        venv.install_ferrolog(project, builder.as_ref().unwrap_or(&venv))?;
        println!("\n{python}");
        println!("  {:<26} {:<22} {}", "suite", "logging", outcome::HEADINGS);
        for suite in &options.suites {
            let baseline = run_suite(project, python, &venv, suite, Facility::Standard, &options)?;
            if baseline.absent() {
                continue;
            }
            for &facility in &options.facilities {
                let outcomes = run_suite(project, python, &venv, suite, facility, &options)?;
                let differences = outcomes.compare(&baseline);
                show(&differences, options.verbose);
                if differences.is_empty() { same += 1 } else { different += 1 }
            }
        }
        builder.get_or_insert(venv);
    }
    let logs = project.work("conformance");
    println!("\nEvery run's full output is in {}.", logs.display());
    println!("Runs with the standard library's outcomes, and runs without:");
    println!("{same} passed, {different} failed");
    Ok(if different == 0 && same > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `None` when help was asked for.
fn read_arguments(mut parser: lexopt::Parser) -> Result<Option<Options>> {
    let mut options = Options {
        pythons: Vec::new(),
        suites: Vec::new(),
        facilities: Vec::new(),
        patterns: Vec::new(),
        verbose: false,
        limit: Duration::from_secs(900),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("python") => options.pythons.push(parser.value()?.into()),
            Arg::Long("further") => options.suites.extend(FURTHER.iter().map(|s| (*s).to_owned())),
            Arg::Long("suite") => options.suites.push(parser.value()?.string()?),
            Arg::Long("facility") => {
                options.facilities.push(match parser.value()?.string()?.as_str() {
                    "installed" => Facility::Installed,
                    "alone" => Facility::Alone,
                    other => bail!("--facility is `installed` or `alone`, not {other:?}"),
                })
            }
            Arg::Short('k') => options.patterns.push(parser.value()?.string()?),
            Arg::Long("verbose") => options.verbose = true,
            Arg::Long("limit") => options.limit = Duration::from_secs(parser.value()?.parse()?),
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    if options.facilities.is_empty() {
        options.facilities.push(Facility::Installed);
        if options.suites.is_empty() {
            options.facilities.push(Facility::Alone);
        }
    }
    if options.suites.is_empty() {
        options.suites.push("test_logging".to_owned());
    }
    Ok(Some(options))
}

/// Runs one suite in a process of its own and prints its line of the table.
fn run_suite(
    project: &Project,
    python: &Python,
    venv: &Venv,
    suite: &str,
    facility: Facility,
    options: &Options,
) -> Result<Outcomes> {
    let folder = project.work("conformance").join(&venv.minor);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let results = folder.join(format!("{suite}-{}.jsonl", facility.name()));
    let log = results.with_extension("log");
    if results.exists() {
        fs::remove_file(&results)
            .with_context(|| format!("cannot remove {}", results.display()))?;
    }
    // The interpreter itself and not the environment's: some suites fail in an environment.
    let mut command = Command::new(&python.executable);
    without_python_settings(&mut command)
        .env("FERROLOG_CONFORMANCE_PATH", venv.site_packages())
        .arg(project.root.join("tests/conformance/run_suite.py"))
        .args([facility.name(), &format!("test.{suite}")])
        .arg(&results)
        .arg(options.limit.as_secs().to_string())
        .args(&options.patterns)
        .current_dir(&folder);
    let start = Instant::now();
    // The runner ends itself at the limit, with the stacks; this is for one that cannot.
    let ended = process::run_logged(&mut command, &log, options.limit + Duration::from_secs(15))?;
    let time = start.elapsed();

    let outcomes = Outcomes::read(&results)?;
    if outcomes.absent() {
        println!("  test.{suite:<21} is not part of this interpreter's installation");
        return Ok(outcomes);
    }
    println!("  test.{suite:<21} {:<22} {}", facility.title(), outcomes.figures(time));
    let complaint = match ended {
        Ended::TimedOut => Some(format!("was ended after {} s", time.as_secs())),
        Ended::Exited(status) if !status.success() && !outcomes.finished() => {
            Some(format!("ended early with {status}"))
        }
        Ended::Exited(_) => None,
    };
    if let Some(complaint) = complaint {
        println!("    this run {complaint}; the end of {}:", log.display());
        let text = fs::read(&log).with_context(|| format!("cannot read {}", log.display()))?;
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        for line in &lines[lines.len().saturating_sub(12)..] {
            println!("        {line}");
        }
        if facility == Facility::Standard {
            bail!("the standard library's own run of test.{suite} did not finish");
        }
    } else if !outcomes.finished() {
        bail!("the run of test.{suite} left no results; see {}", log.display());
    }
    if facility == Facility::Standard && outcomes.is_empty() {
        bail!("no test was run: is there a test.{suite}, with a test that matches?");
    }
    Ok(outcomes)
}

fn show(differences: &[Difference], verbose: bool) {
    for difference in differences {
        println!("    {}: {}", difference.what, difference.test);
        if verbose {
            for line in difference.text.lines() {
                println!("        {line}");
            }
        } else if let Some(line) = difference.text.trim_end().lines().last() {
            println!("        {line}");
        }
    }
    if !differences.is_empty() {
        say(&format!("{} differences from the standard library", differences.len()));
    }
}
