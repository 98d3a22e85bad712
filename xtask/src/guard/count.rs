//! Counting, with callgrind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::baseline::Counts;
use crate::process;
use crate::project::Project;
use crate::python;
use crate::venv::Venv;

/// The cases of `bench/peers/ferrolog`, and how many records each is counted for.
const RUST: &[(&str, u64)] = &[
    ("disabled", 80_000),
    ("file", 1000),
    ("key-values", 1000),
    ("json", 1000),
    ("caller", 1000),
    ("rotating", 1000),
    ("tree", 1000),
    ("buffered", 10_000),
    ("put", 1000),
];

/// The cases of `bench/guard/driver.py`.
const PYTHON: &[&str] = &[
    "disabled",
    "disabled_args",
    "null",
    "file",
    "file_args",
    "caller",
    "brace",
    "rotating",
    "stringio",
    "python_handler",
    "formatter",
    "filter",
    "extra_json",
    "exception",
    "propagation",
    "adapter",
    "put",
];

/// The function of the Rust program that calls what is to be counted.
const MEASURED: &str = "measured";

/// Whether there is what counts. (On other processors, `bench/guard` has no way to tell it what.)
pub(super) fn is_possible() -> bool {
    cfg!(target_arch = "x86_64") && !python::on_path("valgrind").is_empty()
}

/// The compiler, as `rustc 1.95.0, x86_64-unknown-linux-gnu`.
pub(super) fn compiler(project: &Project) -> Result<String> {
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.args(["--version", "--verbose"]).current_dir(&project.root);
    let text = process::output(&mut command)?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map(str::trim).with_context(|| format!("rustc does not say its {name:?}:\n{text}"))
    };
    Ok(format!("rustc {}, {}", field("release:")?, field("host:")?))
}

/// The interpreter, as far as its version and the settings of its build make other instructions.
pub(super) fn interpreter(venv: &Venv) -> Result<String> {
    let mut command = venv.command();
    command.args(["-c", include_str!("interpreter.py")]);
    Ok(process::output(&mut command)?.trim().to_owned())
}

/// The counts of the Rust face.
pub(super) fn rust(project: &Project) -> Result<Counts> {
    let release = build(project)?;
    let mut counts = Counts::new();
    for (case, records) in RUST {
        let folder = empty_folder(project, "rust")?;
        let mut command = callgrind(&folder);
        command.arg(format!("--toggle-collect={MEASURED}")).arg(format!("--dump-after={MEASURED}"));
        command.arg(release.join("bench-ferrolog")).arg("count").arg(case);
        command.arg(&folder).arg(records.to_string());
        process::run_quietly(&mut command)?;
        let parts = parts(&folder)?;
        let [instructions] = parts[..] else {
            bail!("callgrind should have counted once in {case}, not {} times", parts.len());
        };
        counts.insert((*case).to_owned(), a_record(instructions, *records));
    }
    Ok(counts)
}

/// In how many layouts of the memory Python's records are counted at most.
const LAYOUTS: usize = 3;

/// The counts of the Python face, for a package that is installed: the least of several processes, as many as it takes
/// until it is `enough`.
///
/// CPython keeps what it has looked up by addresses. In some layouts of the memory, two that each record needs have one
/// place there and drive each other out, which is nothing that a record could help.
pub(super) fn python(
    project: &Project,
    venv: &Venv,
    enough: impl Fn(&Counts) -> bool,
) -> Result<Counts> {
    let mut least = python_in_layout(project, venv, 0)?;
    for layout in 1..LAYOUTS {
        if enough(&least) {
            break;
        }
        for (case, count) in python_in_layout(project, venv, layout)? {
            let least = least.entry(case).or_insert(count);
            *least = least.min(count);
        }
    }
    Ok(least)
}

fn python_in_layout(project: &Project, venv: &Venv, layout: usize) -> Result<Counts> {
    let library = build(project)?.join(format!(
        "{}bench_guard{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    let folder = empty_folder(project, "python")?;
    let mut command = callgrind(&folder);
    command
        .arg("--instr-atstart=no")
        .arg(venv.python())
        .arg("-B")
        .arg(project.root.join("bench/guard/driver.py"))
        .arg(&library)
        .arg(&folder)
        .arg(layout.to_string())
        .args(PYTHON)
        .env("PYTHONHASHSEED", "0");
    let text = process::output(crate::venv::without_python_settings(&mut command))?;
    let done: Vec<(&str, u64)> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(c, n)| Some((c, n.parse().ok()?)))
        .collect();
    let parts = parts(&folder)?;
    ensure!(
        done.len() == PYTHON.len() && parts.len() == PYTHON.len(),
        "{} cases were to be done and counted; {} were done, {} counted",
        PYTHON.len(),
        done.len(),
        parts.len()
    );
    let counts = done.iter().zip(parts);
    Ok(counts
        .map(|((case, records), count)| ((*case).to_owned(), a_record(count, *records)))
        .collect())
}

fn a_record(instructions: u64, records: u64) -> f64 {
    (instructions as f64 / records as f64 * 100.0).round() / 100.0
}

/// Builds what is counted in, and says where it is.
fn build(project: &Project) -> Result<PathBuf> {
    let target = project.work("bench");
    let mut command = project.cargo();
    command
        .args(["build", "--quiet", "--release", "--locked", "--manifest-path", "bench/Cargo.toml"])
        .args(["--package", "bench-ferrolog", "--package", "bench-guard", "--target-dir"])
        .arg(&target);
    process::run(&mut command)?;
    Ok(target.join("release"))
}

fn empty_folder(project: &Project, name: &str) -> Result<PathBuf> {
    let folder = project.work("guard").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Callgrind, which writes to files `count.N` in the folder what was counted each time.
fn callgrind(folder: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", folder.join("count").display()));
    command
}

/// What was counted, in its order.
fn parts(folder: &Path) -> Result<Vec<u64>> {
    let mut counts = Vec::new();
    for number in 1.. {
        let file = folder.join(format!("count.{number}"));
        if !file.exists() {
            break;
        }
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
        let total = total.and_then(|total| total.trim().parse().ok());
        counts.push(total.with_context(|| format!("{} has no totals", file.display()))?);
    }
    Ok(counts)
}
