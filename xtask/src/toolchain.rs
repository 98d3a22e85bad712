//! The toolchains that a tool can be looked for in: the one that runs this program, and rustup's nightly.

use std::path::Path;
use std::process::Command;

use crate::process;
use crate::project::Project;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Toolchain {
    Running,
    Nightly,
}

impl Toolchain {
    /// The first that has what `has` looks for.
    pub(crate) fn with(project: &Project, has: fn(Self, &Project) -> bool) -> Option<Self> {
        [Self::Running, Self::Nightly].into_iter().find(|toolchain| has(*toolchain, project))
    }

    /// Its cargo, in the project's root.
    pub(crate) fn cargo(self, project: &Project) -> Command {
        match self {
            Self::Running => project.cargo(),
            Self::Nightly => self.rustup("cargo", project),
        }
    }

    fn rustup(self, program: &str, project: &Project) -> Command {
        let mut command = Command::new("rustup");
        command.args(["run", "nightly", program]).current_dir(&project.root);
        // What the running cargo says of itself is not true of the other.
        for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
            command.env_remove(name);
        }
        command
    }

    /// Whether it has the sources of the standard library.
    pub(crate) fn has_sources(self, project: &Project) -> bool {
        let mut command = match self {
            Self::Running => {
                let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
                let mut command = Command::new(rustc);
                command.current_dir(&project.root);
                command
            }
            Self::Nightly => self.rustup("rustc", project),
        };
        let sysroot = process::output(command.args(["--print", "sysroot"]));
        sysroot
            .is_ok_and(|root| Path::new(root.trim()).join("lib/rustlib/src/rust/library").is_dir())
    }

    /// Whether it has miri.
    pub(crate) fn has_miri(self, project: &Project) -> bool {
        let mut command = self.cargo(project);
        process::run_quietly(command.args(["miri", "--version"])).is_ok()
    }
}
