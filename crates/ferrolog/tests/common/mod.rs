//! What several test programs share: Python, for comparison, and random numbers with a seed.

#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A CPython of version 3.13 or later, whose handlers are the measure; or nothing, and then the test says
/// that it was skipped.
pub(crate) fn python() -> Option<PathBuf> {
    let found = candidates().into_iter().find(|python| {
        let check = "import sys; sys.exit(sys.version_info < (3, 13))";
        let status = Command::new(python).args(["-c", check]).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        println!(
            "skipped: the comparison needs a python3 of version 3.13 or later on PATH or in pyenv"
        );
    }
    found
}

fn candidates() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::env::var_os("FERROLOG_PYTHON").into_iter().map(Into::into).collect();
    found.extend(["python3.13", "python3", "python3.14"].map(PathBuf::from));
    let pyenv = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".pyenv")));
    if let Some(versions) = pyenv.and_then(|pyenv| pyenv.join("versions").read_dir().ok()) {
        let folders = versions.flatten().map(|entry| entry.path());
        found.extend(folders.map(|folder| folder.join("bin/python3")));
    }
    found
}

/// Runs `script` on `input`, and returns what it prints; both as JSON.
pub(crate) fn run(python: &Path, script: &str, input: &Value) -> Value {
    let mut child = Command::new(python)
        .args(["-X", "utf8", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the Python side failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Random numbers; the seed is shown, and can be given as `FERROLOG_SEED`.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Self {
        let seed = match std::env::var("FERROLOG_SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64,
        };
        println!("FERROLOG_SEED={seed}");
        Self(seed)
    }

    /// By splitmix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn chance(&mut self, in_ten: u64) -> bool {
        self.below(10) < in_ten
    }

    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len() as u64) as usize]
    }
}
