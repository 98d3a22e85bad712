//! Several processes with one rotating file.
//!
//! Python's cookbook: *Logging to a single file from multiple processes*, where it takes a server.

use std::process::Command;

use ferrolog::{Formatter, Level, RotatingFileHandler, get_logger, info, root};

const PROCESSES: usize = 4;
const RECORDS: usize = 500;

fn work(name: &str) -> Result<(), ferrolog::Error> {
    // Each takes a lock for the time of a record and sees what the others rotated.
    let file = RotatingFileHandler::builder("app.log")
        .max_bytes(20_000)
        .backup_count(100)
        .shared(true)
        .build()?
        .with_formatter(Formatter::new("%(process)d %(name)s %(message)s")?);
    root().add_handler(&file);
    root().set_level(Level::INFO);
    for n in 0..RECORDS {
        info!(get_logger(name), "record {n} is whole");
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // This program again, with a name, is one of the processes.
    if let Some(name) = std::env::args().nth(1) {
        return Ok(work(&name)?);
    }
    let folder = tempfile::tempdir()?;
    let program = std::env::current_exe()?;
    let mut children = Vec::new();
    for n in 0..PROCESSES {
        let mut command = Command::new(&program);
        children.push(command.arg(format!("worker{n}")).current_dir(&folder).spawn()?);
    }
    for mut child in children {
        assert!(child.wait()?.success());
    }
    let (mut files, mut lines) = (0, 0);
    for entry in folder.path().read_dir()? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("app.log")) {
            let text = std::fs::read_to_string(path)?;
            assert!(text.lines().all(|line| line.ends_with(" is whole")), "{text}");
            lines += text.lines().count();
            files += 1;
        }
    }
    println!("{lines} lines in {files} files");
    assert_eq!(lines, PROCESSES * RECORDS);
    assert!(files > 1);
    Ok(())
}
