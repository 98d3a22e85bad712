//! The programs that are put to the test, in Rust and in Python.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::project::Project;
use crate::venv::{Venv, without_python_settings};

/// One of the programs that log.
pub(super) struct Face {
    pub(super) name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
    /// Whether it is one of ours, rather than what they are compared with.
    pub(super) ours: bool,
}

impl Face {
    /// Rust, Python, and Python with the standard library.
    pub(super) fn all(project: &Project, venv: &Venv) -> Vec<Self> {
        let script = project.root.join("tests/torture/victim.py").into_os_string();
        let python = |name, facility: &str, ours| Self {
            name,
            program: venv.python(),
            arguments: vec!["-B".into(), script.clone(), facility.into()],
            ours,
        };
        let program = project.target.join("debug/torture-victim");
        vec![
            Self { name: "Rust", program, arguments: Vec::new(), ours: true },
            python("Python", "ferrolog", true),
            python("standard", "standard", false),
        ]
    }

    pub(super) fn is_rust(&self) -> bool {
        self.name == "Rust"
    }

    /// Starts the program in a role; `settings` are `KEY=VALUE`. Its errors go to the file `said.WHO`.
    pub(super) fn start(
        &self,
        role: &str,
        folder: &Path,
        who: &str,
        settings: &[&str],
    ) -> Result<Victim> {
        let mut command = self.command(role, folder, who, settings);
        command.stdin(Stdio::null()).stdout(File::create(folder.join(format!("out.{who}")))?);
        Victim::spawn(command, folder, who)
    }

    /// The command that starts the program in a role.
    pub(super) fn command(
        &self,
        role: &str,
        folder: &Path,
        who: &str,
        settings: &[&str],
    ) -> Command {
        let mut command = Command::new(&self.program);
        without_python_settings(&mut command);
        command.args(&self.arguments).arg(role).arg(folder).arg(who);
        command.args(settings.iter().filter(|setting| !setting.is_empty()));
        command
    }
}

/// A program that was started.
pub(super) struct Victim {
    pub(super) child: Child,
    said: PathBuf,
}

impl Victim {
    /// Starts a command whose errors go to the file `said.WHO`.
    pub(super) fn spawn(mut command: Command, folder: &Path, who: &str) -> Result<Self> {
        let path = folder.join(format!("said.{who}"));
        let said =
            File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
        command.stderr(said);
        Self::spawn_as_it_is(command, folder, who)
    }

    /// Starts a command.
    pub(super) fn spawn_as_it_is(mut command: Command, folder: &Path, who: &str) -> Result<Self> {
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { child, said: folder.join(format!("said.{who}")) })
    }

    /// Waits for its end; nothing, if it takes longer than `limit`: it hangs, and is killed.
    pub(super) fn wait(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if start.elapsed() > limit {
                self.kill()?;
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Kills it, and waits for that.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends it a signal.
    pub(super) fn signal(&self, name: &str) -> Result<()> {
        let mut command = Command::new("kill");
        command.arg(format!("-{name}")).arg(self.child.id().to_string());
        crate::process::run_quietly(&mut command)
    }

    /// What it has said so far.
    pub(super) fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // One that has ended already cannot be killed.
        let _ = self.kill();
    }
}
