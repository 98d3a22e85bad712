//! Cargo's own extensions, installed into the build folder where they are not on PATH.

use std::env;
use std::ffi::OsString;

use anyhow::{Context, Result};

use crate::process;
use crate::project::Project;
use crate::python;
use crate::report::say;
use crate::venv::Venv;

/// Those that [`ensure`] installs ready-made, each with its version and its hash.
const READY_MADE: &str = "xtask/tools.txt";

/// The PATH on which cargo finds its extension `name`: as it is, or with a folder of the build folder.
///
/// A ready-made program takes seconds, and building one from its source minutes.
pub(crate) fn ensure(project: &Project, name: &str) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    if !python::on_path(name).is_empty() {
        return Ok(path);
    }
    let folder = match ready_made(project) {
        Ok(venv) => venv.scripts(),
        Err(error) => {
            say(&format!("{name} is not to be had ready-made for this machine: {error:#}"));
            build(project, name)?
        }
    };
    let folders = env::split_paths(&path).chain([folder]);
    env::join_paths(folders).context("the build folder's path cannot be put on PATH")
}

fn ready_made(project: &Project) -> Result<Venv> {
    let venv = Venv::ensure_named(project, &python::find_one(&[])?, "tools")?;
    venv.install(project, READY_MADE)?;
    Ok(venv)
}

fn build(project: &Project, name: &str) -> Result<std::path::PathBuf> {
    let root = project.work("tools");
    let folder = root.join("bin");
    if !folder.join(name).with_extension(env::consts::EXE_EXTENSION).is_file() {
        say(&format!("installing {name} into {}", root.display()));
        let mut command = project.cargo();
        // Unoptimized: that is built faster than it runs slower.
        command.args(["install", "--locked", "--debug", "--root"]).arg(&root).arg(name);
        process::run(&mut command).with_context(|| format!("{name} cannot be installed"))?;
    }
    Ok(folder)
}
