//! The example programs: runs them as a user would, each in an empty folder, and compares the log
//! that they leave with the one that the repository expects.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::project::Project;
use crate::venv::Venv;

/// Which logging the Python example meets behind `import logging`.
#[derive(Clone, Copy)]
pub(crate) enum Facility {
    /// The standard library: `python myapp.py`.
    Standard,
    /// This package: `python -m ferrolog myapp.py`.
    Ferrolog,
}

/// Runs `examples/python/myapp.py`; its log, which is the expected one.
pub(crate) fn python(project: &Project, venv: &Venv, facility: Facility) -> Result<String> {
    let folder = project.root.join("examples/python");
    let mut command = venv.command();
    let name = match facility {
        Facility::Standard => "stdlib",
        Facility::Ferrolog => {
            command.args(["-m", "ferrolog"]);
            "ferrolog"
        }
    };
    let work = empty_folder(project, &format!("python-{}-{name}", venv.minor))?;
    command.arg(folder.join("myapp.py")).env("PYTHONDONTWRITEBYTECODE", "1").current_dir(&work);
    process::run_quietly(&mut command)?;
    compare(&work.join("myapp.log"), &folder.join("expected/myapp.log"))
}

/// Builds and runs `examples/rust/myapp`; its log, which is the expected one.
pub(crate) fn rust(project: &Project) -> Result<String> {
    let work = empty_folder(project, "rust")?;
    let mut command = project.cargo();
    command
        .args(["run", "--locked", "--package", "myapp", "--manifest-path"])
        .arg(project.root.join("Cargo.toml"))
        .current_dir(&work);
    process::run(&mut command)?;
    compare(&work.join("myapp.log"), &project.root.join("examples/rust/myapp/expected/myapp.log"))
}

/// Checks that the README shows the programs and the logs as they are, but for the files' own
/// leading comments.
pub(crate) fn readme(project: &Project) -> Result<()> {
    let read = |file: &str| {
        fs::read_to_string(project.root.join(file)).with_context(|| format!("cannot read {file}"))
    };
    let readme = read("README.md")?;
    for file in [
        "examples/python/myapp.py",
        "examples/python/mylib.py",
        "examples/python/expected/myapp.log",
        "examples/rust/myapp/src/main.rs",
        "examples/rust/myapp/src/mylib.rs",
        "examples/rust/myapp/expected/myapp.log",
    ] {
        let text = read(file)?;
        let comment =
            |line: &&str| line.is_empty() || line.starts_with("//!") || line.starts_with("\"\"\"");
        let shown: String =
            text.split_inclusive('\n').skip_while(|line| comment(&line.trim_end())).collect();
        if shown.is_empty() || !readme.contains(&shown) {
            bail!("README.md does not show {file} as it is; it should have:\n{shown}");
        }
    }
    Ok(())
}

fn empty_folder(project: &Project, name: &str) -> Result<PathBuf> {
    let folder = project.work("examples").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn compare(log: &Path, expected: &Path) -> Result<String> {
    let read =
        |file: &Path| fs::read(file).with_context(|| format!("cannot read {}", file.display()));
    let (found, wanted) = (read(log)?, read(expected)?);
    if found != wanted {
        bail!(
            "{} is not the expected log\n--- expected ({}):\n{}--- found:\n{}",
            log.display(),
            expected.display(),
            String::from_utf8_lossy(&wanted),
            String::from_utf8_lossy(&found),
        );
    }
    String::from_utf8(found).with_context(|| format!("{} is not UTF-8", log.display()))
}
