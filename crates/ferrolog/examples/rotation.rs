//! A file that is rotated by its size, with names of one's own for what was rotated.
//!
//! Python's cookbook: *Using file rotation*, *Using a rotator and namer to customize log rotation
//! processing*.

use std::path::PathBuf;

use ferrolog::{Level, RotatingFileHandler, get_logger, info};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let handler = RotatingFileHandler::builder(folder.path().join("app.log"))
        .max_bytes(20)
        .backup_count(5)
        .namer(|usual| {
            let mut name = usual.as_os_str().to_owned();
            name.push(".old");
            PathBuf::from(name)
        })
        .build()?;
    let logger = get_logger("app");
    logger.set_level(Level::INFO);
    logger.add_handler(&handler);
    for n in 1..=20 {
        info!(logger, "record {n:02}");
    }

    let mut names: Vec<_> = folder
        .path()
        .read_dir()?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()?;
    names.sort();
    println!("{names:?}");
    assert_eq!(names.len(), 6);
    assert_eq!(names[..2], ["app.log", "app.log.1.old"]);
    Ok(())
}
