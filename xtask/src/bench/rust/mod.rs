//! `cargo xtask bench rust`: ferrolog beside the other libraries, the same work in alternating runs.

mod cases;
mod run;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt as _};

use self::cases::{CASES, PICTURED, Spec};
use super::report::{self, Case, Failed, Figures, Kind, Machine, Results, Row};
use super::speed::{Run, Speed};
use super::{docs, plot, wide};
use crate::process;
use crate::project::Project;
use crate::report::say;

const HELP: &str = "\
Usage: cargo xtask bench rust [OPTIONS]

Builds a small program for each library and lets them do the same work, each run in a process of its
own, in turn. What they write is checked: every record is there, once, and whole. Libraries that promise
different things when a call returns are not compared with each other. What is done while the processors are
slower than they can be, as others use them too, does not count where enough is done at full speed.

  --case NAME      only this case (may be repeated; --list names them)
  --peer NAME      only ferrolog and this library (may be repeated)
  --runs COUNT     runs of each (default: 5)
  --quick          one run of a tenth of the records, at whatever speed: to see that it works
  --json FILE      write everything to FILE as JSON
  --markdown FILE  write the tables to FILE
  --svg FILE       draw the picture of the main cases
  --docs           renew the tables and the picture in docs/ with this run's figures
  --from FILE      show (or, with --docs, document) what --json wrote instead of measuring
  --list           name the cases and the libraries
";

/// A library that takes part.
struct Peer {
    /// What its driver is called behind `bench-`.
    driver: &'static str,
    /// What the tables call it: the name of its package.
    name: &'static str,
    kind: Kind,
}

const PEERS: &[Peer] = &[
    Peer { driver: "ferrolog", name: "ferrolog", kind: Kind::Ours },
    Peer { driver: "spdlog", name: "spdlog-rs", kind: Kind::Peer },
    Peer { driver: "tracing", name: "tracing", kind: Kind::Peer },
    Peer { driver: "log4rs", name: "log4rs", kind: Kind::Peer },
    Peer { driver: "env_logger", name: "env_logger", kind: Kind::Peer },
    Peer { driver: "fast_log", name: "fast_log", kind: Kind::Peer },
    Peer { driver: "flexi_logger", name: "flexi_logger", kind: Kind::Peer },
    Peer { driver: "slog", name: "slog", kind: Kind::Peer },
    Peer { driver: "logforth", name: "logforth", kind: Kind::Peer },
];

/// The program of the floors, whose cases are named by [`Spec::floors`].
const FLOORS: Peer = Peer { driver: "floors", name: "floors", kind: Kind::Floor };

/// The rows of each figure.
type Rows = BTreeMap<String, Vec<Row>>;

#[derive(Default)]
struct Options {
    cases: Vec<String>,
    peers: Vec<String>,
    runs: Option<usize>,
    quick: bool,
    json: Option<PathBuf>,
    markdown: Option<PathBuf>,
    svg: Option<PathBuf>,
    docs: bool,
    from: Option<PathBuf>,
}

pub(super) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("case") => options.cases.push(parser.value()?.string()?),
            Arg::Long("peer") => options.peers.push(parser.value()?.string()?),
            Arg::Long("runs") => options.runs = Some(parser.value()?.parse()?),
            Arg::Long("quick") => options.quick = true,
            Arg::Long("json") => options.json = Some(parser.value()?.into()),
            Arg::Long("markdown") => options.markdown = Some(parser.value()?.into()),
            Arg::Long("svg") => options.svg = Some(parser.value()?.into()),
            Arg::Long("docs") => options.docs = true,
            Arg::Long("from") => options.from = Some(parser.value()?.into()),
            Arg::Long("list") => {
                list();
                return Ok(ExitCode::SUCCESS);
            }
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let results = match &options.from {
        Some(file) => Results::read_json(file)?,
        None => measure_all(project, &options)?,
    };
    print!("{}", results.table());
    if let Some(path) = &options.json {
        results.write_json(path)?;
    }
    if let Some(path) = &options.markdown {
        report::write(path, &results.markdown())?;
    }
    if let Some(path) = &options.svg {
        report::write(path, &plot::svg(&results, PICTURED))?;
    }
    if options.docs {
        docs::renew(project, "rust", &wide::markdown(&results), &results, PICTURED)?;
    }
    // A bench of a busy machine is no test: what is not reached is said, and is no failure.
    Ok(ExitCode::SUCCESS)
}

fn measure_all(project: &Project, options: &Options) -> Result<Results> {
    let cases = options.chosen_cases()?;
    let peers = options.chosen_peers()?;
    let drivers = build(project, &peers)?;
    let runs = options.runs.unwrap_or(if options.quick { 1 } else { 5 }).max(1);
    let mut machine = Machine::look();
    let all = cases.len() * (peers.len() + 1) * runs;
    let mut speed = if options.quick { Speed::any() } else { Speed::full(all) };
    let mut found = Vec::new();
    for spec in cases {
        say(&format!("{} ({}), {runs} runs each", spec.title, spec.name));
        let records = if options.quick { spec.records.div_ceil(10) } else { spec.records };
        let (mut rows, failed) = measure(&drivers, &peers, spec, records, runs, &mut speed)?;
        let mut failed = Some(failed);
        for (name, title, unit) in spec.figures {
            let Some(rows) = rows.remove(*name) else { continue };
            found.push(Case {
                name: spec.name_of(name),
                title: spec.title_of(title),
                unit: (*unit).to_owned(),
                promise: spec.promise.to_owned(),
                rows,
                // Told once, however many figures the case has.
                failed: failed.take().unwrap_or_default(),
            });
        }
    }
    machine.close(speed.runs);
    let mut results = Results {
        bench: "Rust".to_owned(),
        machine,
        versions: versions(project, &peers)?,
        cases: found,
        checks: Vec::new(),
    };
    results.checks = cases::checks(&results);
    Ok(results)
}

fn list() {
    println!("cases:");
    CASES.iter().for_each(|spec| println!("  {:<14} {}", spec.name, spec.title));
    println!("libraries:");
    PEERS.iter().for_each(|peer| println!("  {}", peer.name));
}

impl Options {
    fn chosen_cases(&self) -> Result<Vec<&'static Spec>> {
        if self.cases.is_empty() {
            return Ok(CASES.iter().collect());
        }
        let find = |name: &String| {
            let spec = CASES.iter().find(|spec| spec.name == name);
            spec.with_context(|| format!("there is no case {name:?}; --list names them"))
        };
        self.cases.iter().map(find).collect()
    }

    fn chosen_peers(&self) -> Result<Vec<&'static Peer>> {
        if let Some(name) =
            self.peers.iter().find(|name| PEERS.iter().all(|peer| peer.name != *name))
        {
            bail!("there is no library {name:?} here; --list names them");
        }
        let wanted = |peer: &&Peer| {
            self.peers.is_empty()
                || peer.kind == Kind::Ours
                || self.peers.iter().any(|name| name == peer.name)
        };
        Ok(PEERS.iter().filter(wanted).collect())
    }
}

/// Builds the drivers, and says where they are.
fn build(project: &Project, peers: &[&Peer]) -> Result<PathBuf> {
    say("building the drivers in bench/ (optimised)");
    let target = project.work("bench");
    let mut command = project.cargo();
    command
        .args([
            "build",
            "--release",
            "--locked",
            "--manifest-path",
            "bench/Cargo.toml",
            "--target-dir",
        ])
        .arg(&target);
    for peer in peers.iter().copied().chain([&FLOORS]) {
        command.args(["--package", &format!("bench-{}", peer.driver)]);
    }
    process::run(&mut command)?;
    Ok(target.join("release"))
}

/// The figures of one case: for each figure a row for each who has the case, ours behind the floors. With who
/// could not do it.
fn measure(
    drivers: &Path,
    peers: &[&'static Peer],
    spec: &Spec,
    records: u64,
    runs: usize,
    speed: &mut Speed,
) -> Result<(Rows, Vec<Failed>)> {
    // The case as the driver knows it, and who does it.
    let mut parts: Vec<(&Peer, &str, &str)> = Vec::new();
    for (floor, title) in spec.floors {
        parts.push((&FLOORS, floor, title));
    }
    for peer in peers {
        if run::has(drivers, peer.driver, spec.name)? {
            parts.push((peer, spec.name, peer.name));
        }
    }
    let mut found: Vec<Result<BTreeMap<String, Vec<Run<f64>>>>> = Vec::new();
    found.resize_with(parts.len(), || Ok(BTreeMap::new()));
    for run in 0..runs {
        // Nobody is always the one after the same other.
        for index in 0..parts.len() {
            let place = (index + run) % parts.len();
            let (peer, case, _) = parts[place];
            let Ok(figures) = &mut found[place] else { continue };
            let once = || run::once(drivers, peer.driver, case, records, spec.written(case));
            match speed.run(once) {
                Ok(more) => {
                    for Run { result, pace } in more {
                        for (name, result) in result {
                            figures.entry(name).or_default().push(Run { result, pace });
                        }
                    }
                }
                Err(error) if peer.kind == Kind::Peer => found[place] = Err(error),
                Err(error) => return Err(error),
            }
        }
    }
    let mut rows = Rows::new();
    let mut failed = Vec::new();
    for ((peer, _, title), found) in parts.iter().zip(found) {
        let who = (*title).to_owned();
        match found {
            Ok(found) => {
                for (name, runs) in found {
                    let figures = Figures::new(speed.counting(&runs));
                    let row = Row { who: who.clone(), kind: peer.kind, figures };
                    rows.entry(name).or_default().push(row);
                }
            }
            Err(error) => failed.push(Failed { who, why: format!("{error:#}"), median: None }),
        }
    }
    Ok((rows, failed))
}

/// The versions of the libraries, from the lock file that they were built by.
fn versions(project: &Project, peers: &[&Peer]) -> Result<BTreeMap<String, String>> {
    let path = project.root.join("bench/Cargo.lock");
    let lock =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let version = |name: &str| {
        let at = lock.find(&format!("name = \"{name}\"\n"))?;
        lock[at..]
            .lines()
            .nth(1)?
            .strip_prefix("version = \"")?
            .strip_suffix('"')
            .map(str::to_owned)
    };
    Ok(peers.iter().filter_map(|peer| Some((peer.name.to_owned(), version(peer.name)?))).collect())
}
