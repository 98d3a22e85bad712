//! `cargo xtask loom`: the parts in which threads meet, in every order.

use std::process::ExitCode;

use anyhow::Result;
use lexopt::Arg;

use crate::process;
use crate::project::Project;

pub(crate) const SUMMARY: &str = "try the queue, the crowd and replacement in every order";

const HELP: &str = "\
Usage: cargo xtask loom [--preemptions N]

Runs the models of tests/loom under the model checker loom: the crate's own code of the queue and of threads
that share a handler, and the replacement of handlers, in every order that their threads can run in, but for
those in which threads are interrupted more than N times.

  --preemptions N   (default: 3)
";

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let mut preemptions = 3_u32;
    while let Some(argument) = parser.next()? {
        use lexopt::ValueExt as _;
        match argument {
            Arg::Long("preemptions") => preemptions = parser.value()?.parse()?,
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    check(project, preemptions)?;
    Ok(ExitCode::SUCCESS)
}

fn check(project: &Project, preemptions: u32) -> Result<()> {
    let mut command = project.cargo();
    command
        .args(["test", "--manifest-path", "tests/loom/Cargo.toml", "--locked", "--target-dir"])
        .arg(project.work("loom"))
        .args(["--", "--nocapture"])
        .env("LOOM_MAX_PREEMPTIONS", preemptions.to_string());
    process::run(&mut command)
}
