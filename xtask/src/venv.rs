//! Virtual environments in the build folder, and the Python package built and installed into them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::project::Project;
use crate::python::{self, Python};
use crate::report::say;

/// What builds the package.
pub(crate) const BUILD_REQUIREMENTS: &str = "xtask/requirements.txt";

/// How the package is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// As `pip install` builds it.
    Released,
    /// In less time: with little optimisation, and none across crates.
    Quick,
}

impl Build {
    /// Each has a build folder, so that neither undoes the other's work.
    fn folder(self) -> &'static str {
        match self {
            Self::Released => "build",
            Self::Quick => "quick-build",
        }
    }

    fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Released => &[],
            Self::Quick => &[
                ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
                ("CARGO_PROFILE_RELEASE_LTO", "off"),
                ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
                ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            ],
        }
    }
}

/// A virtual environment of one interpreter.
pub(crate) struct Venv {
    folder: PathBuf,
    /// The Python version that it is for, as `3.12`.
    pub(crate) minor: String,
}

impl Venv {
    /// The environment for `python`, made anew if it is missing, unfinished or another build's.
    pub(crate) fn ensure(project: &Project, python: &Python) -> Result<Self> {
        Self::ensure_named(project, python, &python.minor())
    }

    /// An environment for `python` with a name of its own, for what others should not meet.
    pub(crate) fn ensure_named(project: &Project, python: &Python, name: &str) -> Result<Self> {
        let venv = Self { folder: project.work("venv").join(name), minor: python.minor() };
        let made_for = format!("{}\n{}\n", python.executable.display(), python.build);
        if venv.note("made-for").as_deref() == Some(&made_for) && venv.python().is_file() {
            return Ok(venv);
        }
        say(&format!("making a virtual environment of {python} in {}", venv.folder.display()));
        if venv.folder.exists() {
            fs::remove_dir_all(&venv.folder)
                .with_context(|| format!("cannot remove {}", venv.folder.display()))?;
        }
        let mut command = Command::new(&python.executable);
        command.args(["-m", "venv"]).arg(&venv.folder);
        process::run_quietly(without_python_settings(&mut command))?;
        venv.set_note("made-for", &made_for)?;
        Ok(venv)
    }

    /// Does something in an environment of each Python that was asked for, or found, with the package
    /// installed, one after the other. `what` is what is being done, for whoever waits.
    pub(crate) fn each_with_ferrolog(
        project: &Project,
        asked: &[PathBuf],
        what: &str,
        mut act: impl FnMut(&Self),
    ) -> Result<()> {
        let mut builder = None;
        for python in &python::find(asked)? {
            say(&format!("{what} under {python}"));
            let venv = Self::ensure(project, python)?;
            venv.install_ferrolog(project, builder.as_ref().unwrap_or(&venv))?;
            act(&venv);
            builder.get_or_insert(venv);
        }
        Ok(())
    }

    /// The environment's interpreter.
    pub(crate) fn python(&self) -> PathBuf {
        self.script("python")
    }

    /// Where the environment's packages are.
    pub(crate) fn site_packages(&self) -> PathBuf {
        if cfg!(windows) {
            self.folder.join("Lib").join("site-packages")
        } else {
            self.folder.join("lib").join(format!("python{}", self.minor)).join("site-packages")
        }
    }

    /// A command that runs the environment's interpreter, away from the caller's own settings.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.python());
        without_python_settings(&mut command);
        command
    }

    /// Installs what a requirements file of the project lists, unless just that is installed.
    pub(crate) fn install(&self, project: &Project, requirements: &str) -> Result<()> {
        let file = project.root.join(requirements);
        let wanted =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = format!("installed-{}", requirements.replace('/', "-"));
        if self.note(&name).as_deref() == Some(&wanted) {
            return Ok(());
        }
        let packages: Vec<_> =
            wanted.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        say(&format!("installing {} for Python {} from PyPI", packages.join(", "), self.minor));
        let mut command = self.pip();
        command.args(["install", "--quiet", "--requirement"]).arg(&file);
        process::run_quietly(&mut command)
            .context("pip cannot install what the project's commands need (see its output)")?;
        self.set_note(&name, &wanted)
    }

    /// Builds the package for this environment's Python and installs it here.
    ///
    /// `builder` is the environment that maturin is installed in. Each Python version has its own
    /// cargo build folder: sharing one would rebuild PyO3 at each change of version.
    pub(crate) fn install_ferrolog(&self, project: &Project, builder: &Self) -> Result<()> {
        self.install_ferrolog_built(project, builder, Build::Released)
    }

    /// As [`Self::install_ferrolog`], with the build chosen.
    pub(crate) fn install_ferrolog_built(
        &self,
        project: &Project,
        builder: &Self,
        build: Build,
    ) -> Result<()> {
        builder.install(project, BUILD_REQUIREMENTS)?;
        let out = project.work("wheel").join(&self.minor);
        remove_wheels(&out)?;
        say(&format!(
            "building the Python package for {} (takes a while the first time)",
            self.minor
        ));
        let mut command = Command::new(builder.script("maturin"));
        command
            .args(["build", "--release", "--locked", "--interpreter"])
            .arg(self.python())
            .arg("--target-dir")
            .arg(project.work(build.folder()).join(&self.minor))
            .arg("--out")
            .arg(&out)
            .envs(build.settings().iter().copied())
            .current_dir(&project.root);
        process::run_quietly(without_python_settings(&mut command))?;
        let wheel = the_file(&out, "whl")?;

        let content =
            fs::read(&wheel).with_context(|| format!("cannot read {}", wheel.display()))?;
        let installed = self.folder.join("installed-ferrolog.whl");
        if fs::read(&installed).is_ok_and(|old| old == content) {
            return Ok(());
        }
        let mut command = self.pip();
        command
            .args(["install", "--quiet", "--no-index", "--no-deps", "--force-reinstall"])
            .arg(&wheel);
        process::run_quietly(&mut command)?;
        fs::write(&installed, content)
            .with_context(|| format!("cannot write {}", installed.display()))
    }

    /// Packs the source distribution and lets pip prepare it as it does before it builds it, for which
    /// all that cargo needs must be in the archive.
    pub(crate) fn check_source_distribution(&self, project: &Project) -> Result<()> {
        self.install(project, BUILD_REQUIREMENTS)?;
        let out = project.work("sdist");
        if out.exists() {
            fs::remove_dir_all(&out).with_context(|| format!("cannot empty {}", out.display()))?;
        }
        let mut command = Command::new(self.script("maturin"));
        command.args(["sdist", "--out"]).arg(&out).current_dir(&project.root);
        process::run_quietly(without_python_settings(&mut command))?;
        let archive = the_file(&out, "gz")?;
        let mut command = self.pip();
        command
            .args(["install", "--quiet", "--dry-run", "--no-deps", "--ignore-installed"])
            .arg(&archive);
        process::run_quietly(&mut command)
    }

    fn pip(&self) -> Command {
        let mut command = self.command();
        command.args(["-m", "pip", "--disable-pip-version-check"]);
        command
    }

    /// Where the environment's programs are.
    pub(crate) fn scripts(&self) -> PathBuf {
        self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    fn script(&self, name: &str) -> PathBuf {
        self.scripts().join(name).with_extension(env::consts::EXE_EXTENSION)
    }

    fn note(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(name)).ok()
    }

    fn set_note(&self, name: &str, text: &str) -> Result<()> {
        let file = self.folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// Takes away the settings that would make a Python of one environment look into another.
pub(crate) fn without_python_settings(command: &mut Command) -> &mut Command {
    for name in ["PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "CONDA_PREFIX"] {
        command.env_remove(name);
    }
    command
}

/// The files with this extension in a folder, which may be missing.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        if file.extension().is_some_and(|found| found == extension) {
            files.push(file);
        }
    }
    Ok(files)
}

fn remove_wheels(folder: &Path) -> Result<()> {
    for wheel in files(folder, "whl")? {
        fs::remove_file(&wheel).with_context(|| format!("cannot remove {}", wheel.display()))?;
    }
    Ok(())
}

/// The one file with this extension that maturin has made in a folder.
fn the_file(folder: &Path, extension: &str) -> Result<PathBuf> {
    match <[PathBuf; 1]>::try_from(files(folder, extension)?) {
        Ok([file]) => Ok(file),
        Err(found) => bail!(
            "maturin should have made one .{extension} in {}, not {}",
            folder.display(),
            found.len()
        ),
    }
}
