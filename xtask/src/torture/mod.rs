//! `cargo xtask torture`: programs that log are killed, forked, ended and starved, and every record is
//! looked for afterwards.
//!
//! Each part starts programs of `tests/torture/`: one in Rust, one in Python on this package, and the same
//! one on the standard library, whose figures stand beside ours. A part prints one line a face; what a line
//! says of ours decides the exit status.

mod exits;
mod face;
mod faults;
mod forks;
mod kills;
mod nested;
mod peers;
mod records;
mod row;
mod shared;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt as _};

use self::face::Face;
use self::row::{Row, Table};
use crate::process;
use crate::project::Project;
use crate::python;
use crate::report::say;
use crate::venv::Venv;

pub(crate) const SUMMARY: &str =
    "kill, fork, end and starve programs that log, and count what is lost";

const HELP: &str = "\
Usage: cargo xtask torture [--quick] [--part NAME]... [--face NAME]... [--seed SEED] [--python EXE]

Runs every part with the Rust crate, with the Python package, and with the standard library where it can run
the part, and prints a line for each:

  part | face | tried | survived | records | lost | torn | duplicated | hung | note

`tried` and `survived` count kills, forks, ends or programs; `records` the records that were looked for. The
exit status is not 0 if one of ours was lost, torn, duplicated or hung, or a handler's account does not add up.
The standard library's lines are for comparison.

  --quick        a form of two minutes, without the standard library (the full one takes an hour on two cores)
  --part NAME    only this part (may be repeated; --part help lists them)
  --face NAME    only with Rust, Python or standard (may be repeated)
  --no-build     take the Python package as it is installed in the build folder
  --seed SEED    for the moments at which programs are killed (default: 1)
  --python EXE   use this interpreter (default: the newest CPython found)
";

/// What every part is given.
struct Torture {
    faces: Vec<Face>,
    /// A folder for the files of the programs.
    folder: PathBuf,
    quick: bool,
    seed: u64,
}

impl Torture {
    /// How often something is done: in the full form, and in the quick one.
    fn times(&self, full: u32, quick: u32) -> u32 {
        if self.quick { quick } else { full }
    }

    /// An empty folder for one program or several.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }
}

/// A part: its name, and what runs it with one face.
struct Part {
    name: &'static str,
    run: fn(&Torture, &Face) -> Result<Row>,
}

const PARTS: &[&[Part]] = &[
    kills::PARTS,
    exits::PARTS,
    forks::PARTS,
    nested::PARTS,
    shared::PARTS,
    faults::PARTS,
    peers::PARTS,
];

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    let (mut quick, mut build, mut seed, mut asked) = (false, true, 1, Vec::new());
    let (mut parts, mut names) = (Vec::new(), Vec::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("quick") => quick = true,
            Arg::Long("no-build") => build = false,
            Arg::Long("seed") => seed = parser.value()?.parse()?,
            Arg::Long("part") => parts.push(parser.value()?.string()?),
            Arg::Long("face") => names.push(parser.value()?.string()?),
            Arg::Long("python") => asked.push(parser.value()?.into()),
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if parts.iter().any(|part| part == "help") {
        all().for_each(|part| println!("{}", part.name));
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(unknown) = parts.iter().find(|name| all().all(|part| part.name != **name)) {
        bail!("there is no part {unknown:?}; --part help lists them");
    }
    let pythons = python::find(&asked)?;
    let Some(python) = pythons.last() else { bail!("no Python was found") };
    say(&format!("torturing under {python}"));
    let venv = Venv::ensure(project, python)?;
    let mut faces = Face::all(project, &venv);
    faces.retain(|face| match names.is_empty() {
        true => face.ours || !quick,
        false => names.iter().any(|name| name == face.name),
    });
    if build && faces.iter().any(|face| face.name == "Python") {
        venv.install_ferrolog(project, &venv)?;
    }
    let passed = torture(project, faces, quick, seed, &parts)?;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The quick form, as a step of the tests: an error where one of ours did not survive.
pub(crate) fn quickly(project: &Project, venv: &Venv) -> Result<()> {
    let mut faces = Face::all(project, venv);
    faces.retain(|face| face.ours);
    if torture(project, faces, true, 1, &[])? { Ok(()) } else { bail!("see the lines marked !") }
}

fn all() -> impl Iterator<Item = &'static Part> {
    PARTS.iter().copied().flatten()
}

fn torture(
    project: &Project,
    faces: Vec<Face>,
    quick: bool,
    seed: u64,
    parts: &[String],
) -> Result<bool> {
    let mut command = project.cargo();
    command.args(["build", "--quiet", "--locked", "--package", "torture-victim"]);
    process::run(&mut command)?;
    let torture = Torture { faces, folder: project.work("torture"), quick, seed };
    let mut table = Table::new();
    for part in all().filter(|part| parts.is_empty() || parts.iter().any(|name| name == part.name))
    {
        // Most of the time is spent waiting, so that they can run at the same time.
        std::thread::scope(|scope| {
            let run = |face| {
                let begun = Instant::now();
                ((part.run)(&torture, face), begun.elapsed())
            };
            let running: Vec<_> =
                torture.faces.iter().map(|face| (face, scope.spawn(move || run(face)))).collect();
            for (face, running) in running {
                let (row, time) = running.join().unwrap_or_else(|_| {
                    (Err(anyhow::anyhow!("the part panicked")), Duration::ZERO)
                });
                table.add(part.name, face, time, row);
            }
        });
    }
    Ok(table.close())
}
