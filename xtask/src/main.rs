//! The project's own commands: `cargo xtask demo`, `cargo xtask test` and the others that `--help`
//! lists. Each needs only cargo, a C compiler and a python3 with `venv`; what a command needs
//! beyond that it installs into the build folder.

mod bench;
mod conformance;
mod demo;
mod deny;
mod differential;
mod examples;
mod fuzz;
mod guard;
mod leaks;
mod loom;
mod new_project;
mod parity;
mod process;
mod project;
mod python;
mod report;
mod sanitize;
mod test;
mod toolchain;
mod tools;
mod torture;
mod venv;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::Arg;

use crate::project::Project;

/// One command: its name, its line in the help, and its function, which reads its own arguments.
struct Command {
    name: &'static str,
    summary: &'static str,
    run: fn(lexopt::Parser, &Project) -> Result<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command { name: "demo", summary: demo::SUMMARY, run: demo::run },
    Command { name: "test", summary: test::SUMMARY, run: test::run },
    Command { name: "conformance", summary: conformance::SUMMARY, run: conformance::run },
    Command { name: "differential", summary: differential::SUMMARY, run: differential::run },
    Command { name: "new-project", summary: new_project::SUMMARY, run: new_project::run },
    Command { name: "leaks", summary: leaks::SUMMARY, run: leaks::run },
    Command { name: "parity", summary: parity::SUMMARY, run: parity::run },
    Command { name: "torture", summary: torture::SUMMARY, run: torture::run },
    Command { name: "fuzz", summary: fuzz::SUMMARY, run: fuzz::run },
    Command { name: "loom", summary: loom::SUMMARY, run: loom::run },
    Command { name: "sanitize", summary: sanitize::SUMMARY, run: sanitize::run },
    Command { name: "deny", summary: deny::SUMMARY, run: deny::run },
    Command { name: "guard", summary: guard::SUMMARY, run: guard::run },
    Command { name: "bench", summary: bench::SUMMARY, run: bench::run },
];

fn main() -> ExitCode {
    match start(lexopt::Parser::from_env()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(mut parser: lexopt::Parser) -> Result<ExitCode> {
    let name = match parser.next()? {
        None | Some(Arg::Short('h') | Arg::Long("help")) => {
            print!("{}", help());
            return Ok(ExitCode::SUCCESS);
        }
        Some(Arg::Value(name)) => name,
        Some(other) => return Err(other.unexpected().into()),
    };
    let Some(command) = COMMANDS.iter().find(|command| name == *command.name) else {
        let known: Vec<_> = COMMANDS.iter().map(|command| command.name).collect();
        bail!("there is no command {name:?}; the commands are: {}", known.join(", "));
    };
    (command.run)(parser, &Project::find()?)
}

fn help() -> String {
    let mut text = String::from("Usage: cargo xtask COMMAND [OPTIONS]\n\nCommands:\n");
    for command in COMMANDS {
        text.push_str(&format!("  {:<13} {}\n", command.name, command.summary));
    }
    text.push_str("\n`cargo xtask COMMAND --help` tells more about one command.\n");
    text
}
