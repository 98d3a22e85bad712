//! `cargo xtask deny`: what the product depends on, against the rules of `deny.toml`.

use std::fs;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, bail};
use lexopt::Arg;

use crate::process::{self, Ended};
use crate::project::Project;
use crate::report::say;
use crate::tools;

pub(crate) const SUMMARY: &str = "check licences, bans, sources and advisories of dependencies";

const HELP: &str = "\
Usage: cargo xtask deny

Checks the dependencies by the rules of deny.toml with cargo-deny, which is installed into the build folder
where it is not on PATH. The advisories' database comes over the network; where it cannot be reached, that is
said, and the other checks decide.
";

/// How long the database of advisories may take to come.
const LIMIT: Duration = Duration::from_secs(120);

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    match parser.next()? {
        None => check(project).map(|()| ExitCode::SUCCESS),
        Some(Arg::Short('h') | Arg::Long("help")) => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Some(other) => Err(other.unexpected().into()),
    }
}

pub(crate) fn check(project: &Project) -> Result<()> {
    let path = tools::ensure(project, "cargo-deny")?;
    let deny = |checks: &[&str]| -> Command {
        let mut command = project.cargo();
        command.args(["deny", "--locked", "check"]).args(checks);
        command.env("PATH", &path).env("GIT_TERMINAL_PROMPT", "0");
        command
    };
    process::run(&mut deny(&["licenses", "bans", "sources"]))?;
    let log = project.work("deny").join("advisories.log");
    fs::create_dir_all(project.work("deny"))?;
    match process::run_logged(&mut deny(&["advisories"]), &log, LIMIT)? {
        Ended::Exited(status) if status.success() => say("advisories ok"),
        Ended::Exited(status) => {
            let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
            if !text.contains("failed to fetch advisory database") {
                bail!("cargo deny ended with {status}:\n{text}");
            }
            say("advisories NOT checked: their database cannot be reached");
        }
        Ended::TimedOut => say("advisories NOT checked: their database takes too long to come"),
    }
    Ok(())
}
