//! The `ferrolog` command: a home for the output of any program, records from shell scripts, and a
//! look at configurations.
//!
//! Exit status: 0 when all went well, 1 when input was bad, a configuration is not valid or a record could
//! not be delivered, 2 when the command itself was misused or could not begin.

mod check;
mod input;
mod log;
mod outcome;
mod pipe;
mod setup;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use outcome::{Status, complain, say};

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

Exit status: 0 all went well; 1 bad input, a configuration that is not valid, or a record that could not be \
delivered; 2 wrong usage, or a file that cannot be read.";

#[derive(Subcommand)]
enum Command {
    Pipe(pipe::Options),
    Check(check::Options),
    Tree(tree::Options),
    Log(log::Options),
}

fn main() -> ExitCode {
    let status = match Cli::parse().command {
        Command::Pipe(options) => pipe::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Tree(options) => tree::run(&options),
        Command::Log(options) => log::run(&options),
    };
    status.and(outcome::deliver()).into()
}
