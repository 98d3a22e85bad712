//! `cargo xtask bench python`: the Python package and its peers on the same work, in alternating runs,
//! each in a process of its own.

mod plan;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt as _};
use serde::Deserialize;

use self::plan::{LIBRARIES, Library, PLANS, Plan, Wanted};
use crate::bench::report::{Case, Check, Failed, Figures, Kind, Machine, Results, Row};
use crate::bench::speed::{Run, Speed, Within};
use crate::bench::{docs, wide};
use crate::process::{self, Ended};
use crate::project::Project;
use crate::python::{self, Python};
use crate::report::say;
use crate::venv::Venv;

pub(super) const HELP: &str = "\
Usage: cargo xtask bench python [OPTIONS]

Builds the package, installs it and its peers into an environment of its own, and has each of them do
the same work: the standard library, picologging, logxide, loguru, and structlog over the standard
library. `ferrolog` is the standard library's interface after ferrolog.install(). The runs alternate,
each in a process of its own; what was logged is verified, to the last record. A case compares only
those who promise the same; who fails a case is shown with the reason. What is done while the processors are
slower than they can be, as others use them too, does not count where enough is done at full speed.
The exit status is 1 if ferrolog or the standard library fails a case. What is not reached is said, and is
no failure: the machine may be busy.

  --case NAME    only this case (may be repeated)
  --peer NAME    only this peer beside the standard library (may be repeated); `alone`, which is not
                 run unless asked for, is ferrolog imported beside the standard library
  --runs N       runs of each case and library (default: 7)
  --quick        3 runs of a quarter of the records, at whatever speed, for a first look
  --processor    count the processor's time (of all threads) in the place of the wall clock's: what is
                 left to compare on a busy machine
  --json FILE    write all figures to FILE
  --docs         renew the tables and the picture in docs/ with this run's figures
  --from FILE    show (or, with --docs, document) what --json wrote instead of measuring
  --python EXE   use this interpreter (default: Python 3.12 if there is one, for which all peers can be
                 installed)
";

const FOLDER: &str = "bench/python";
/// How long one process may take.
const LIMIT: Duration = Duration::from_secs(60);
/// Blocks of records in a process, after the first one that warms up.
const BLOCKS: u32 = 3;
/// The cases of the picture.
const PICTURE: &[&str] = &[
    "disabled",
    "null",
    "file_args",
    "caller",
    "rotating",
    "threads",
    "stringio",
    "python_handler",
    "formatter",
    "filter",
    "exception",
    "queue",
];

struct Options {
    python: Vec<PathBuf>,
    cases: Vec<String>,
    peers: Vec<String>,
    runs: Option<u32>,
    quick: bool,
    processor: bool,
    json: Option<PathBuf>,
    docs: bool,
    from: Option<PathBuf>,
}

/// What `driver.py` prints.
#[derive(Deserialize)]
struct Answer {
    version: String,
    figure: Option<f64>,
    failed: Option<String>,
    #[serde(default)]
    absent: bool,
    #[serde(default)]
    within: Option<Within>,
}

/// What is known so far of one library's work on one case.
#[derive(Default)]
struct Doing {
    figures: Vec<Run<f64>>,
    failed: Option<Failed>,
    absent: bool,
}

pub(super) fn run(parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let Some(options) = read_arguments(parser)? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    let results = match &options.from {
        Some(file) => Results::read_json(file)?,
        None => measure(project, &options)?,
    };
    print!("{}", results.table());
    if let Some(file) = &options.json {
        results.write_json(file)?;
    }
    if options.docs {
        docs::renew(project, "python", &wide::markdown(&results), &results, PICTURE)?;
    }
    let ours = |failed: &Failed| {
        LIBRARIES.iter().any(|library| {
            library.title == failed.who && matches!(library.kind, Kind::Ours | Kind::Standard)
        })
    };
    let whole = !results.cases.iter().any(|case| case.failed.iter().any(ours));
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `None` when help was asked for.
fn read_arguments(mut parser: lexopt::Parser) -> Result<Option<Options>> {
    let mut options = Options {
        python: Vec::new(),
        cases: Vec::new(),
        peers: Vec::new(),
        runs: None,
        quick: false,
        processor: false,
        json: None,
        docs: false,
        from: None,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("python") => options.python.push(parser.value()?.into()),
            Arg::Long("case") => {
                let name = parser.value()?.string()?;
                if !PLANS.iter().any(|plan| plan.name == name) {
                    let known: Vec<_> = PLANS.iter().map(|plan| plan.name).collect();
                    bail!("there is no case {name:?}; the cases are: {}", known.join(", "));
                }
                options.cases.push(name);
            }
            Arg::Long("peer") => {
                let name = parser.value()?.string()?;
                if !LIBRARIES.iter().any(|library| library.name == name) {
                    let known: Vec<_> = LIBRARIES.iter().map(|library| library.name).collect();
                    bail!("there is no peer {name:?}; the peers are: {}", known.join(", "));
                }
                options.peers.push(name);
            }
            Arg::Long("runs") => {
                let runs: u32 = parser.value()?.parse()?;
                if runs == 0 {
                    bail!("--runs is at least 1");
                }
                options.runs = Some(runs);
            }
            Arg::Long("quick") => options.quick = true,
            Arg::Long("processor") => options.processor = true,
            Arg::Long("json") => options.json = Some(parser.value()?.into()),
            Arg::Long("docs") => options.docs = true,
            Arg::Long("from") => options.from = Some(parser.value()?.into()),
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Some(options))
}

fn measure(project: &Project, options: &Options) -> Result<Results> {
    let python = choose_python(&options.python)?;
    say(&format!("using {python}"));
    let venv = Venv::ensure_named(project, &python, &format!("bench-{}", python.minor()))?;
    venv.install(project, "bench/python/requirements.txt")?;
    venv.install_ferrolog(project, &venv)?;

    let libraries: Vec<&Library> =
        LIBRARIES.iter().filter(|library| takes_part(library, options)).collect();
    let plans: Vec<&Plan> = PLANS
        .iter()
        .filter(|plan| {
            options.cases.is_empty() || options.cases.iter().any(|name| name == plan.name)
        })
        .collect();
    let runs = options.runs.unwrap_or(if options.quick { 3 } else { 7 });

    let mut machine = Machine::look();
    let all = plans.len() * libraries.len() * runs as usize;
    let mut speed =
        if options.quick || options.processor { Speed::any() } else { Speed::full(all) };
    let mut versions = BTreeMap::new();
    let mut doings: BTreeMap<(&str, &str), Doing> = BTreeMap::new();
    for run in 0..runs {
        say(&format!(
            "run {} of {runs}: {} cases, {} libraries",
            run + 1,
            plans.len(),
            libraries.len()
        ));
        for plan in &plans {
            // Nobody is always the one after the same other.
            for index in 0..libraries.len() {
                let library = libraries[(index + run as usize) % libraries.len()];
                let doing = doings.entry((plan.name, library.name)).or_default();
                if doing.absent || doing.failed.is_some() {
                    continue;
                }
                let once = || {
                    let done = one(project, &venv, library, plan, options)?;
                    let within = done.within();
                    Ok((done, within))
                };
                for Run { result, pace } in speed.run(once)? {
                    match result {
                        Done::Answer(answer) => {
                            versions.insert(library.title.to_owned(), answer.version);
                            doing.absent = answer.absent;
                            match (answer.failed, answer.figure) {
                                (Some(why), median) => {
                                    doing.failed = Some(failed(library, why, median));
                                }
                                (None, Some(result)) => doing.figures.push(Run { result, pace }),
                                (None, None) => {}
                            }
                        }
                        Done::Died(why) => doing.failed = Some(failed(library, why, None)),
                    }
                }
            }
        }
    }
    machine.close(speed.runs);

    let cases: Vec<Case> =
        plans.iter().map(|plan| case(plan, &libraries, &mut doings, &speed)).collect();
    let checks = plans.iter().zip(&cases).flat_map(|(plan, case)| checks(plan, case)).collect();
    let clock = if options.processor { ", processor time" } else { "" };
    let bench = format!("Python {}{clock}", python.minor());
    Ok(Results { bench, machine, versions, cases, checks })
}

/// The version that all peers can be installed for, unless another is asked for.
pub(super) fn choose_python(asked: &[PathBuf]) -> Result<Python> {
    let mut found = python::find(asked)?;
    let place = found.iter().position(|python| python.minor() == "3.12").unwrap_or(0);
    Ok(found.swap_remove(place))
}

fn takes_part(library: &Library, options: &Options) -> bool {
    let named = options.peers.iter().any(|name| name == library.name);
    match library.kind {
        Kind::Peer => named || (options.peers.is_empty() && !library.asked),
        Kind::Floor | Kind::Ours | Kind::Standard => true,
    }
}

fn failed(library: &Library, why: String, median: Option<f64>) -> Failed {
    Failed { who: library.title.to_owned(), why, median }
}

enum Done {
    Answer(Answer),
    /// Without an answer, and why.
    Died(String),
}

impl Done {
    fn within(&self) -> Option<Within> {
        match self {
            Self::Answer(answer) => answer.within,
            Self::Died(_) => None,
        }
    }
}

/// Has one library do one case, in a process and a folder of its own.
fn one(
    project: &Project,
    venv: &Venv,
    library: &Library,
    plan: &Plan,
    options: &Options,
) -> Result<Done> {
    let folder = project.work("bench-python");
    let work = folder.join("work");
    if work.exists() {
        fs::remove_dir_all(&work).with_context(|| format!("cannot empty {}", work.display()))?;
    }
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let records = if options.quick { (plan.records / 4).max(1) } else { plan.records };
    let mut command = venv.command();
    command
        .arg("-B")
        .arg(project.root.join(FOLDER).join("driver.py"))
        .args([library.name, plan.name])
        .arg(&work)
        .args([records.to_string(), BLOCKS.to_string()])
        .arg(if options.processor { "process_time" } else { "perf_counter" })
        .current_dir(&folder);
    let log = folder.join("output.log");
    let ended = process::run_logged(&mut command, &log, LIMIT)?;
    let text = fs::read(&log).with_context(|| format!("cannot read {}", log.display()))?;
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().rev();
    match ended {
        Ended::TimedOut => Ok(Done::Died(format!("it took more than {} s", LIMIT.as_secs()))),
        Ended::Exited(status) if status.success() => {
            // The driver's line is the last but for what is said when the process ends.
            let answer = lines.find_map(|line| serde_json::from_str(line).ok());
            let answer = answer
                .with_context(|| format!("{} {} said only:\n{text}", library.name, plan.name))?;
            Ok(Done::Answer(answer))
        }
        Ended::Exited(status) => {
            let last = lines.find(|line| !line.trim().is_empty()).unwrap_or_default();
            if library.kind != Kind::Peer {
                bail!("{} {} ended with {status}:\n{text}", library.name, plan.name);
            }
            Ok(Done::Died(format!("it ended with {status} {last}").trim().to_owned()))
        }
    }
}

/// What became of a case.
fn case(
    plan: &Plan,
    libraries: &[&Library],
    doings: &mut BTreeMap<(&str, &str), Doing>,
    speed: &Speed,
) -> Case {
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for library in libraries {
        let Some(doing) = doings.remove(&(plan.name, library.name)) else { continue };
        if let Some(failure) = doing.failed {
            failures.push(failure);
        } else if !doing.figures.is_empty() {
            rows.push(Row {
                who: library.title.to_owned(),
                kind: library.kind,
                figures: Figures::new(speed.counting(&doing.figures)),
            });
        }
    }
    Case {
        name: plan.name.to_owned(),
        title: plan.title.to_owned(),
        unit: plan.unit.to_owned(),
        promise: plan.promise.to_owned(),
        rows,
        failed: failures,
    }
}

fn checks(plan: &Plan, case: &Case) -> Vec<Check> {
    let mut checks = Vec::new();
    let (Some(ours), Some(standard)) = (case.first(Kind::Ours), case.first(Kind::Standard)) else {
        return checks;
    };
    match plan.wanted {
        Wanted::Nothing => {}
        Wanted::Times(times, times_peer) => {
            let what = format!("{}: stdlib / ferrolog", plan.title);
            checks.push(Check::at_least(what, standard.over(ours), times, "x"));
            if let Some(peer) = case.best_peer() {
                let what = format!("{}: best peer ({}) / ferrolog", plan.title, peer.who);
                checks.push(Check::at_least(what, peer.over(ours), times_peer, "x"));
            }
        }
        Wanted::Within(more) => {
            let what = format!("{}: ferrolog - stdlib", plan.title);
            let value = ours.figures.median - standard.figures.median;
            checks.push(Check::at_most(what, value, more, plan.unit));
        }
    }
    checks
}
