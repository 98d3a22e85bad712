//! `cargo xtask new-project`, a new user's path: what the guide tells to type into an empty folder, typed into an empty folder.
//!
//! The commands and the files are the guide's own blocks. What a command prints stands below it there, and
//! is compared; the program that does not end goes on while the blocks behind it are carried out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use lexopt::Arg;

use crate::process;
use crate::project::Project;

pub(crate) const SUMMARY: &str = "follow the guide's first project, in an empty folder";

const HELP: &str = "\
Usage: cargo xtask new-project

Types what docs/guide-rust.md tells a new user to type, in an empty folder: `cargo new`, the crate by its
path, the first program, then a configuration with a rotating file and the console, whose level, and then
a handler, change while the program runs.
";

const GUIDE: &str = "docs/guide-rust.md";
const SECTION: &str = "## A new project\n";

/// How long anything may take that a user would wait for.
const PATIENCE: Duration = Duration::from_secs(60);

/// One block of the section.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    /// A command, and the lines that it prints.
    Command { line: String, output: String },
    /// A file with its path in the project, which its first line names.
    File { path: String, text: String },
}

pub(crate) fn run(mut parser: lexopt::Parser, project: &Project) -> Result<ExitCode> {
    match parser.next()? {
        None => check(project).map(|()| ExitCode::SUCCESS),
        Some(Arg::Short('h') | Arg::Long("help")) => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Some(other) => Err(other.unexpected().into()),
    }
}

pub(crate) fn check(project: &Project) -> Result<()> {
    let guide = project.root.join(GUIDE);
    let text =
        fs::read_to_string(&guide).with_context(|| format!("cannot read {}", guide.display()))?;
    let blocks = blocks(&text).with_context(|| format!("in {GUIDE}"))?;
    // Outside of the build folder, which may be inside this workspace; cargo would join the two.
    let folder = std::env::temp_dir().join(format!("ferrolog-new-project-{}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let result = User::new(project, &folder).and_then(|user| user.follow(&blocks));
    let removed =
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()));
    result.and(removed)
}

/// Whoever follows the guide.
struct User<'p> {
    project: &'p Project,
    /// Where the next command is typed.
    folder: PathBuf,
    running: Option<Running>,
}

/// The program that does not end, with its standard error in a file.
struct Running {
    child: Child,
    console: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended by itself was noticed where its lines were waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl<'p> User<'p> {
    fn new(project: &'p Project, folder: &Path) -> Result<Self> {
        let checkout = folder.join("ferrolog");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&project.root, &checkout)
            .with_context(|| format!("cannot link {}", checkout.display()))?;
        #[cfg(windows)]
        std::os::windows::fs::symlink_dir(&project.root, &checkout)
            .with_context(|| format!("cannot link {}", checkout.display()))?;
        Ok(Self { project, folder: folder.to_owned(), running: None })
    }

    fn follow(mut self, blocks: &[Block]) -> Result<()> {
        for block in blocks {
            match block {
                Block::File { path, text } => {
                    let path = self.folder.join(path);
                    fs::write(&path, text)
                        .with_context(|| format!("cannot write {}", path.display()))?;
                }
                Block::Command { line, output } => self
                    .command(line, output)
                    .with_context(|| format!("`{line}`, as {GUIDE} has it"))?,
            }
        }
        self.watch_the_change()
    }

    fn command(&mut self, line: &str, output: &str) -> Result<()> {
        println!("$ {line}");
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["cd", into] => self.folder.push(into),
            ["cargo", "run", "--quiet"] => return self.run(output),
            ["sed", ..] => {
                ensure!(self.running.is_some(), "nothing is running whose level could change");
                // What comes before the change must have reached the file.
                self.wait_for("myapp.log", "INFO")?;
                for file in ["console", "myapp.log"] {
                    let early = self.read(file)?.contains("DEBUG");
                    ensure!(!early, "{file} has DEBUG records before the level is changed");
                }
                process::run(self.command_for("sh").args(["-c", line]))?;
            }
            _ => process::run(self.command_for("sh").args(["-c", line]))?,
        }
        Ok(())
    }

    /// A command in the project, with this workspace's build folder, so that less is built.
    fn command_for(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.project.target)
            .env_remove("FORCE_COLOR");
        command
    }

    /// Builds the program and runs it: to its end where that comes, else in the background.
    fn run(&mut self, expected: &str) -> Result<()> {
        process::run(self.command_for("cargo").args(["build", "--quiet"]))?;
        let console = self.folder.join("console");
        let file = fs::File::create(&console).context("cannot make a file for what is printed")?;
        let built = self.project.target.join("debug").join("myapp");
        // Of its own, as the example that the tests run has the same name.
        let program = self.folder.join("program");
        fs::copy(&built, &program).with_context(|| format!("cannot copy {}", built.display()))?;
        let child = self
            .command_for(&program.to_string_lossy())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        self.running = Some(Running { child, console });
        self.wait_for("console", expected)?;
        let printed = self.read("console")?;
        ensure!(printed.starts_with(expected), "expected:\n{expected}printed:\n{printed}");
        print!("{expected}");
        Ok(())
    }

    /// After the last command: the level changes, in both places.
    fn watch_the_change(&mut self) -> Result<()> {
        self.wait_for("console", "DEBUG   myapp: looking for ")?;
        self.wait_for("myapp.log", " myapp DEBUG looking for ")?;
        // And a change of a handler: the file is rotated once it may not be so big.
        let path = self.folder.join("log.toml");
        let config = fs::read_to_string(&path).context("cannot read log.toml")?;
        let smaller = config.replace("maxBytes = 1_000_000", "maxBytes = 300");
        ensure!(smaller != config, "log.toml has no maxBytes to change");
        fs::write(&path, smaller).context("cannot write log.toml")?;
        self.wait_for("myapp.log.1", "answered")?;
        // A mistake is reported, with its place, and changes nothing.
        fs::write(&path, config.replace("RotatingFileHandler", "RotatingFileHandlr"))
            .context("cannot write log.toml")?;
        self.wait_for("console", "handlers.file.class")?;
        let lines = self.read("console")?.lines().count();
        let deadline = Instant::now() + PATIENCE;
        while self.read("console")?.lines().count() < lines + 4 {
            ensure!(Instant::now() < deadline, "nothing is logged after a faulty change");
            thread::sleep(Duration::from_millis(50));
        }
        println!("the level, and then a handler, changed while the program ran");
        Ok(())
    }

    /// What is in a file of the project; nothing where it is not there yet.
    fn read(&self, name: &str) -> Result<String> {
        match fs::read_to_string(self.folder.join(name)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            other => other.with_context(|| format!("cannot read {name}")),
        }
    }

    fn wait_for(&mut self, name: &str, text: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Asked before the file is read: what it has written by then is there.
            let ended = match &mut self.running {
                Some(running) => running.child.try_wait().context("waiting for the program")?,
                None => bail!("nothing is running"),
            };
            if self.read(name)?.contains(text) {
                return Ok(());
            }
            if ended.is_some() || Instant::now() > deadline {
                let console = self.running.as_ref().map(|running| &running.console);
                let printed = console.and_then(|path| fs::read_to_string(path).ok());
                bail!(
                    "{name} does not have {text:?}{}; the program printed:\n{}",
                    ended.map(|status| format!(", ended with {status}")).unwrap_or_default(),
                    printed.unwrap_or_default()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The blocks of the section, in their order; what a `text` block shows is for the reader.
fn blocks(guide: &str) -> Result<Vec<Block>> {
    let (_, section) =
        guide.split_once(SECTION).context("there is no section for a new project")?;
    let section = section.split("\n## ").next().unwrap_or(section);
    let mut blocks = Vec::new();
    for (language, text) in
        section.split("```").skip(1).step_by(2).filter_map(|b| b.split_once('\n'))
    {
        let first = text.lines().next().unwrap_or_default();
        if language == "console" {
            for part in text.split("$ ").skip(1) {
                let (line, output) = part.split_once('\n').unwrap_or((part, ""));
                blocks.push(Block::Command { line: line.to_owned(), output: output.to_owned() });
            }
        } else if let Some(path) = first.strip_prefix("// ").or_else(|| first.strip_prefix("# ")) {
            blocks.push(Block::File { path: path.to_owned(), text: text.to_owned() });
        } else if language != "text" {
            bail!("the block of {language} that begins with {first:?} names no file");
        }
    }
    let commands = blocks.iter().filter(|block| matches!(block, Block::Command { .. })).count();
    ensure!(commands > 4 && blocks.len() > commands + 2, "blocks are missing: {blocks:?}");
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_has_commands_and_files() {
        let guide = include_str!("../../docs/guide-rust.md");
        let blocks = blocks(guide).expect("the section can be read");
        let first = Block::Command { line: "cargo new myapp".to_owned(), output: String::new() };
        assert_eq!(blocks[0], first);
        let files: Vec<_> = blocks
            .iter()
            .filter_map(|block| match block {
                Block::File { path, .. } => Some(path.as_str()),
                Block::Command { .. } => None,
            })
            .collect();
        assert_eq!(files, ["src/main.rs", "log.toml", "src/main.rs"]);
        assert!(super::blocks("## A new project\n\n```rust\nfn main() {}\n```\n").is_err());
    }
}
