//! What a disabled call costs on each face, beside the least that it could cost.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use super::python::choose_python;
use crate::process;
use crate::project::Project;
use crate::report::{Report, say};
use crate::venv::Venv;

pub(super) fn run(project: &Project, asked: &[PathBuf]) -> Result<ExitCode> {
    let python = choose_python(asked)?;
    let mut report = Report::default();
    report.step("a disabled call in Rust", || {
        say("building bench/gate (optimised)");
        let mut command = project.cargo();
        command
            .args(["run", "--release", "--package", "gate"])
            .args(["--manifest-path", "bench/Cargo.toml", "--target-dir"])
            .arg(project.work("bench"));
        process::run(&mut command)
    });
    report.step("a disabled call in Python", || {
        let venv = Venv::ensure(project, &python)?;
        venv.install_ferrolog(project, &venv)?;
        let mut command = venv.command();
        command.arg(project.root.join("crates/ferrolog-python/bench/gate.py"));
        process::run(&mut command)
    });
    Ok(if report.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
