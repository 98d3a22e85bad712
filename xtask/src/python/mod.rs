//! Finding the Python interpreters of this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt, fs};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process;

/// The minor versions of CPython 3 that the package supports.
const SUPPORTED: &[u32] = &[11, 12, 13];

/// An interpreter that was started once and told what it is.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Python {
    /// The program itself, also when it was found through a shim or a virtual environment.
    pub(crate) executable: PathBuf,
    /// `sys.version`, which tells two builds of one version apart.
    pub(crate) build: String,
    /// Whether its own test suite (`test.support`) is installed.
    pub(crate) tests: bool,
    implementation: String,
    version: (u32, u32, u32),
    free_threaded: bool,
    venv: bool,
}

impl Python {
    /// Starts `program` and asks it what it is.
    fn probe(program: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        // Without the caller's PYTHONPATH; `-I` would do more but is unknown to the oldest ones.
        command.args(["-E", "-c", include_str!("probe.py")]);
        let text = process::output(&mut command)
            .with_context(|| format!("cannot use {} as a Python", program.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} does not answer as a Python does", program.display()))
    }

    /// `3.12`, by which folders and steps are named.
    pub(crate) fn minor(&self) -> String {
        format!("{}.{}", self.version.0, self.version.1)
    }

    /// Why this interpreter cannot be used, with the way out; `Ok` when it can.
    fn check(&self) -> Result<()> {
        if self.implementation != "CPython" {
            bail!("{self} is not CPython, the only implementation that ferrolog supports");
        }
        if self.version < (3, 11, 0) {
            bail!("{self} is too old: ferrolog needs Python 3.11, 3.12 or 3.13\n{}", how_to_get());
        }
        if self.version.0 > 3 || !SUPPORTED.contains(&self.version.1) {
            bail!("{self} is not supported yet: ferrolog needs Python 3.11, 3.12 or 3.13");
        }
        if self.free_threaded {
            bail!("{self} is a free-threaded build, which ferrolog does not support");
        }
        if !self.venv {
            bail!(
                "{self} has no `venv` and `ensurepip` modules, which make the virtual environment \
                 in the build folder\n  Debian, Ubuntu: apt-get install python{}-venv\n  \
                 elsewhere: install the full Python package, or another Python, and pass it with \
                 --python",
                self.minor()
            );
        }
        Ok(())
    }
}

impl fmt::Display for Python {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.version;
        write!(f, "{} {major}.{minor}.{patch} ({})", self.implementation, self.executable.display())
    }
}

/// How to get a Python that will do.
fn how_to_get() -> &'static str {
    "  Debian, Ubuntu: apt-get install python3 python3-venv\n  \
     Fedora, RHEL: dnf install python3\n  \
     Alpine: apk add python3\n  \
     Arch: pacman -S python\n  \
     macOS: brew install python@3.13\n  \
     elsewhere: a python.org installer, or pyenv"
}

/// The usable interpreters: those asked for with `--python` (each must be usable), else the best
/// found of each supported version, `python3` first. There is at least one.
pub(crate) fn find(asked: &[PathBuf]) -> Result<Vec<Python>> {
    if !asked.is_empty() {
        return asked.iter().map(|program| checked(program)).collect();
    }
    let mut found: Vec<Python> = Vec::new();
    let mut refused = Vec::new();
    for program in candidates() {
        match checked(&program) {
            Ok(python) if found.iter().any(|known| known.minor() == python.minor()) => {}
            Ok(python) => found.push(python),
            Err(error) => refused.push(format!("{error:#}")),
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    if refused.is_empty() {
        bail!("no python3 was found on PATH: ferrolog needs 3.11, 3.12 or 3.13\n{}", how_to_get());
    }
    bail!("no usable Python was found:\n{}", refused.join("\n"));
}

/// The interpreter of the commands that need just one: `python3` itself when it will do.
pub(crate) fn find_one(asked: &[PathBuf]) -> Result<Python> {
    Ok(find(asked)?.swap_remove(0))
}

fn checked(program: &Path) -> Result<Python> {
    let python = Python::probe(program)?;
    python.check()?;
    Ok(python)
}

/// Programs that may be interpreters, the preferred ones first.
fn candidates() -> Vec<PathBuf> {
    let mut names = vec!["python3".to_owned()];
    names.extend(SUPPORTED.iter().rev().map(|minor| format!("python3.{minor}")));
    if cfg!(windows) {
        names = vec!["python.exe".to_owned()];
    }
    let mut programs = Vec::new();
    for name in &names {
        programs.extend(on_path(name));
    }
    programs.extend(pyenv_versions());
    programs
}

/// Every program of this name on PATH: the first may be a shim without a version behind it.
pub(crate) fn on_path(name: &str) -> Vec<PathBuf> {
    let Some(path) = env::var_os("PATH") else { return Vec::new() };
    env::split_paths(&path).map(|folder| folder.join(name)).filter(|file| file.is_file()).collect()
}

/// The newest patch release of each minor version that pyenv has installed, newest first.
fn pyenv_versions() -> Vec<PathBuf> {
    let root = env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".pyenv")));
    let Some(entries) = root.and_then(|root| fs::read_dir(root.join("versions")).ok()) else {
        return Vec::new();
    };
    let mut newest: BTreeMap<(u32, u32), (u32, PathBuf)> = BTreeMap::new();
    for folder in entries.flatten().map(|entry| entry.path()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let numbers: Option<Vec<u32>> = name.split('.').map(|part| part.parse().ok()).collect();
        let program = folder.join("bin/python3");
        if let (Some([major, minor, patch]), true) = (numbers.as_deref(), program.is_file()) {
            let best = newest.entry((*major, *minor)).or_insert((*patch, program.clone()));
            if *patch > best.0 {
                *best = (*patch, program);
            }
        }
    }
    newest
        .into_iter()
        .rev()
        .filter(|(v, _)| *v >= (3, 11))
        .map(|(_, (_, program))| program)
        .collect()
}
