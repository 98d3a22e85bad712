//! The `ferrolog` command: a home for the output of any program, records from shell scripts, and a
//! look at configurations.
//!
//! Exit status: 0 when all went well, 1 when input was bad or a configuration is not valid, 2 when the
//! command itself was misused or could not begin.

mod check;
mod input;
mod log;
mod pipe;
mod setup;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Logs what it is given, as a configuration of Python's logging says.
#[derive(Parser)]
#[command(name = "ferrolog", version, after_help = EXIT_STATUS, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_STATUS: &str = "\
Configurations are files in JSON, TOML or YAML (the schema of Python's logging.config.dictConfig), or in \
the INI format of fileConfig.

Exit status: 0 all went well; 1 bad input, or a configuration that is not valid; 2 wrong usage, or a file \
that cannot be read.";

#[derive(Subcommand)]
enum Command {
    /// Make a record of every line of standard input.
    Pipe(pipe::Options),
    /// Say whether a configuration is valid, or else what is wrong with it, and where.
    Check(check::Options),
    /// Show the loggers, handlers, filters and formatters that a configuration results in.
    Tree(tree::Options),
    /// Log one record.
    Log(log::Options),
}

fn main() -> ExitCode {
    let status = match Cli::parse().command {
        Command::Pipe(options) => pipe::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Tree(options) => tree::run(&options),
        Command::Log(options) => log::run(&options),
    };
    // What handlers still hold is delivered now, so that its errors come before the end.
    ferrolog::shutdown();
    status.into()
}

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Status {
    Good,
    Bad,
    Unusable,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Good => Self::SUCCESS,
            Status::Bad => Self::from(1),
            Status::Unusable => Self::from(2),
        }
    }
}

/// Says something about the command itself, on standard error.
fn complain(what: impl std::fmt::Display) {
    use std::io::Write;
    // Where standard error takes nothing, the exit status still tells.
    let _ = writeln!(std::io::stderr(), "ferrolog: {what}");
}
