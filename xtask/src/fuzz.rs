//! `cargo xtask fuzz`: everything that reads what others wrote, against inputs that nobody wrote.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt};

use crate::process::{self, Ended};
use crate::project::Project;
use crate::report::say;
use crate::tools;

pub(crate) const SUMMARY: &str = "run the fuzz targets and count executions and crashes";

const HELP: &str = "\
Usage: cargo xtask fuzz [--minutes N] [TARGET]...

Builds the fuzz targets with AddressSanitizer and runs each of them (or those named) with libFuzzer, one
after the other, from the seeds in fuzz/seeds and from what earlier runs found. A target ends at a crash, at
an input that takes longer than 20 seconds, and when it needs more than 1024 MiB; the input is then in
fuzz/artifacts, and belongs into fuzz/seeds once it is mended: the tests run all seeds. A table of executions,
minutes, peak memory and crashes ends the run.

cargo-fuzz is installed into the build folder where it is not on PATH. A toolchain that is not nightly is
told to take unstable options (RUSTC_BOOTSTRAP).

  --minutes N    for each target (default: 10)
  --list         name the targets
";

/// What an input may take, in seconds and in MiB of the whole process. An input has 4096 bytes at most.
const SECONDS: u32 = 20;
const MEBIBYTES: u32 = 1024;

/// What became of one target.
struct Outcome {
    target: String,
    executions: u64,
    minutes: f64,
    peak: u64,
    crashes: usize,
}

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let mut minutes = 10.0;
    let mut asked = Vec::new();
    let all = targets(project)?;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("minutes") => minutes = parser.value()?.parse::<f64>()?,
            Arg::Long("list") => {
                println!("{}", all.join("\n"));
                return Ok(ExitCode::SUCCESS);
            }
            Arg::Value(target) => asked.push(target.string()?),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = asked.iter().find(|target| !all.contains(target)) {
        bail!("there is no target {unknown:?}; the targets are: {}", all.join(", "));
    }
    if asked.is_empty() {
        asked = all;
    }
    let tools = tools::ensure(project, "cargo-fuzz")?;
    let cargo_fuzz = |arguments: &[&str]| {
        let mut command = project.cargo();
        command.arg("fuzz").args(arguments).args(["--fuzz-dir", "fuzz"]);
        command.env("PATH", &tools).env("RUSTC_BOOTSTRAP", "1");
        command
    };
    say("building the fuzz targets");
    process::run(&mut cargo_fuzz(&["build"]))?;
    let mut outcomes = Vec::new();
    for target in asked {
        let command = cargo_fuzz(&["run", &target]);
        outcomes.push(fuzz(project, command, target, minutes)?);
    }
    Ok(if show(&outcomes) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The names of the targets.
fn targets(project: &Project) -> Result<Vec<String>> {
    let folder = project.root.join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut names = Vec::new();
    for entry in entries {
        if let Some(name) = Path::new(&entry?.file_name()).file_stem() {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The words that libFuzzer puts into inputs of a target.
fn dictionary(target: &str) -> &'static str {
    match target {
        "percent" | "brace" | "dollar" | "datefmt" | "levels" => "format",
        "json_lines" | "frames" | "syslog" | "escape" => "json",
        _ => "config",
    }
}

fn fuzz(project: &Project, mut command: Command, target: String, minutes: f64) -> Result<Outcome> {
    let folder = |kind: &str| project.root.join("fuzz").join(kind).join(&target);
    for kind in ["corpus", "artifacts"] {
        let folder = folder(kind);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    let before = files(&folder("artifacts"))?;
    command
        .args([folder("corpus"), folder("seeds")])
        .arg("--")
        .arg(format!("-dict=fuzz/dictionaries/{}.dict", dictionary(&target)))
        .arg(format!("-max_total_time={:.0}", (minutes * 60.0).max(1.0)))
        .arg(format!("-rss_limit_mb={MEBIBYTES}"))
        .arg(format!("-timeout={SECONDS}"))
        .args(["-max_len=4096", "-print_final_stats=1"])
        // What was freed is kept aside for a while, which counts as memory in use.
        .env("ASAN_OPTIONS", "quarantine_size_mb=16");
    let log = project.work("fuzz").join(format!("{target}.log"));
    fs::create_dir_all(project.work("fuzz"))?;
    say(&format!("{target}: {minutes} minutes, see {}", log.display()));
    let begun = Instant::now();
    let limit = Duration::from_secs_f64(minutes * 60.0 + 300.0);
    let ended = process::run_logged(&mut command, &log, limit)?;
    let took = begun.elapsed();
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let new: BTreeSet<_> = files(&folder("artifacts"))?.difference(&before).cloned().collect();
    for name in &new {
        say(&format!("{target}: {}", folder("artifacts").join(name).display()));
    }
    let outcome = Outcome {
        executions: statistic(&text, "number_of_executed_units").unwrap_or(0),
        minutes: took.as_secs_f64() / 60.0,
        peak: statistic(&text, "peak_rss_mb").unwrap_or(0),
        crashes: new.len(),
        target,
    };
    match ended {
        Ended::Exited(status) if status.success() => {}
        // A crash is told by its input.
        Ended::Exited(_) if outcome.crashes > 0 => {}
        Ended::Exited(status) => {
            bail!("{} ended with {status}: see {}", outcome.target, log.display());
        }
        Ended::TimedOut => bail!("{} did not end: see {}", outcome.target, log.display()),
    }
    Ok(outcome)
}

fn files(folder: &Path) -> Result<BTreeSet<String>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// A number of those that libFuzzer prints at its end.
fn statistic(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().rev().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
    line?.trim_start_matches(':').trim().parse().ok()
}

/// Prints the table; whether there was no crash.
fn show(outcomes: &[Outcome]) -> bool {
    println!(
        "\n{:<12} {:>12} {:>8} {:>9} {:>8}",
        "target", "executions", "minutes", "peak MiB", "crashes"
    );
    for Outcome { target, executions, minutes, peak, crashes } in outcomes {
        println!("{target:<12} {executions:>12} {minutes:>8.1} {peak:>9} {crashes:>8}");
    }
    let crashes: usize = outcomes.iter().map(|outcome| outcome.crashes).sum();
    let executions: u64 = outcomes.iter().map(|outcome| outcome.executions).sum();
    println!(
        "\n{} targets, {executions} executions, {crashes} crashes; no input took more than {SECONDS} s or \
         {MEBIBYTES} MiB",
        outcomes.len()
    );
    crashes == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_read() {
        let text = "x\nstat::number_of_executed_units: 12\nstat::peak_rss_mb:              81\n";
        assert_eq!(statistic(text, "number_of_executed_units"), Some(12));
        assert_eq!(statistic(text, "peak_rss_mb"), Some(81));
        assert_eq!(statistic(text, "new_units_added"), None);
    }
}
