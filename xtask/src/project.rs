//! Where the project and its build folder are.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;
use crate::python;
use crate::report::say;

/// The project's folders and the cargo that started this program.
pub(crate) struct Project {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's build folder (`CARGO_TARGET_DIR` and cargo's configuration respected).
    pub(crate) target: PathBuf,
    cargo: OsString,
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Project {
    /// Asks cargo, so that every way of setting the build folder is respected.
    pub(crate) fn find() -> Result<Self> {
        warn_without_c_compiler();
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let package =
            env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let mut command = Command::new(&cargo);
        command
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(Path::new(&package));
        let text = process::output(&mut command)?;
        let metadata: Metadata =
            serde_json::from_str(&text).context("cannot read the answer of `cargo metadata`")?;
        Ok(Self { root: metadata.workspace_root, target: metadata.target_directory, cargo })
    }

    /// A cargo command that runs in the project's root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        command.current_dir(&self.root);
        command
    }

    /// A folder of this program's own in the build folder.
    pub(crate) fn work(&self, name: &str) -> PathBuf {
        self.target.join("xtask").join(name)
    }
}

/// Rust links with the C compiler. Only a warning, since cargo can be told to link otherwise.
fn warn_without_c_compiler() {
    let known = ["cc", "gcc", "clang"];
    if cfg!(unix) && known.iter().all(|name| python::on_path(name).is_empty()) {
        say(
            "no C compiler (cc, gcc, clang) is on PATH; should the linker be missing below, get one:\n  \
             Debian, Ubuntu: apt-get install gcc libc6-dev\n  Fedora, RHEL: dnf install gcc\n  \
             Alpine: apk add gcc musl-dev\n  Arch: pacman -S gcc\n  macOS: xcode-select --install",
        );
    }
}
