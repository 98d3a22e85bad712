//! Who may read the files of handlers, and where they may be: permissions and symbolic links.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ferrolog::{Emit, FileHandler, FileMode, Handler, Level, Record, RotatingFileHandler};

fn log<T: Emit>(handler: &Handler<T>, message: &str) {
    handler.handle(&Record::new("access", Level::INFO, message));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn files_have_the_permissions_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("log");
    let builder = RotatingFileHandler::builder(&path).max_bytes(10).backup_count(1);
    // More than any usual mask leaves, so that the mask is seen not to matter.
    let handler = builder.permissions(0o662).build().unwrap();
    log(&handler, "one");
    log(&handler, "number two");
    assert_eq!(mode(&path), 0o662);
    assert_eq!(mode(&folder.path().join("log.1")), 0o662);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    FileHandler::builder(&path).permissions(0o644).build().unwrap();
    assert_eq!(mode(&path), 0o600, "a file that is there keeps its own");
}

#[test]
fn symbolic_links_are_followed_unless_that_is_forbidden() {
    let folder = tempfile::tempdir().unwrap();
    let (elsewhere, link) = (folder.path().join("elsewhere"), folder.path().join("log"));
    fs::write(&elsewhere, "").unwrap();
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    log(&FileHandler::new(&link).unwrap(), "followed");
    for builder in [
        FileHandler::builder(&link),
        FileHandler::builder(&link).mode(FileMode::Truncate),
        FileHandler::builder(&link).permissions(0o600),
    ] {
        assert!(builder.follow_symlinks(false).build().is_err());
    }
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "followed\n");
}

#[cfg(all(feature = "json", feature = "toml", feature = "yaml"))]
mod configured {
    use ferrolog::Manager;
    use ferrolog::config::{ConfigError, Configuration};

    use super::*;

    const CLASSES: [&str; 4] =
        ["FileHandler", "WatchedFileHandler", "RotatingFileHandler", "TimedRotatingFileHandler"];

    /// The same configuration of one handler in every format.
    fn in_all_formats(class: &str, path: &Path, permissions: &str) -> Vec<Configuration> {
        let path = path.to_str().unwrap();
        let json = format!(
            r#"{{"version": 1, "root": {{"level": "INFO", "handlers": ["h"]}}, "handlers": {{"h": {{
            "class": "ferrolog.{class}", "filename": {path:?}, "permissions": {permissions},
            "follow_symlinks": false}}}}}}"#
        );
        let toml = format!(
            "version = 1\nroot = {{level = 'INFO', handlers = ['h']}}\n[handlers.h]\n\
             class = 'ferrolog.{class}'\nfilename = {path:?}\npermissions = {permissions}\n\
             follow_symlinks = false\n"
        );
        let yaml = format!(
            "version: 1\nroot: {{level: INFO, handlers: [h]}}\nhandlers:\n  h:\n    \
             class: ferrolog.{class}\n    filename: {path:?}\n    permissions: {permissions}\n    \
             follow_symlinks: false\n"
        );
        let ini = format!(
            "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n\
             [logger_root]\nlevel=INFO\nhandlers=h\n[handler_h]\nclass=ferrolog.{class}\n\
             args=({path:?},)\n\
             kwargs={{'permissions': {permissions}, 'follow_symlinks': False}}\n"
        );
        let read = |read: Result<Configuration, ConfigError>| read.unwrap();
        vec![
            read(Configuration::from_json(&json)),
            read(Configuration::from_toml(&toml)),
            read(Configuration::from_yaml(&yaml)),
            read(Configuration::from_ini(&ini)),
        ]
    }

    #[test]
    fn in_every_format_and_for_every_handler() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("log"), folder.path().join("link"));
        std::os::unix::fs::symlink(&path, &link).unwrap();
        for class in CLASSES {
            for configuration in in_all_formats(class, &path, "\"0o662\"") {
                let manager = Manager::new();
                configuration.apply_to(&manager).unwrap();
                ferrolog::info!(manager.root(), "there");
                assert_eq!(mode(&path), 0o662, "{class}");
                assert_eq!(fs::read_to_string(&path).unwrap(), "there\n", "{class}");
                fs::remove_file(&path).unwrap();
            }
            for configuration in in_all_formats(class, &link, "\"662\"") {
                let refused = configuration.apply_to(&Manager::new()).unwrap_err().to_string();
                assert!(refused.contains("cannot open"), "{class}: {refused}");
                assert!(!path.exists(), "{class}: the link was followed");
            }
        }
    }

    #[test]
    fn what_else_stands_for_permissions_is_refused() {
        for given in [
            "416",
            "640",
            "true",
            "\"\"",
            "\"0o\"",
            "\"rw-r-----\"",
            "\"+640\"",
            "\"648\"",
            "\"1777\"",
        ] {
            // In Python's spelling, where a format has the value so.
            let found = in_all_formats("FileHandler", Path::new("log"), given);
            for configuration in found.into_iter().take(3) {
                let refused = configuration.check().unwrap_err().to_string();
                let expected = "expected permissions as a text of octal digits, such as \"640\"";
                assert!(refused.contains("handlers.h.permissions: found "), "{given}: {refused}");
                assert!(refused.contains(expected), "{given}: {refused}");
            }
        }
    }

    /// What a file has in it stays, when it is tried before the configuration is in force; a truncated one loses it
    /// when it is opened for good, as in Python.
    #[test]
    fn a_file_that_is_there_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "before\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for configuration in in_all_formats("FileHandler", &path, "\"644\"") {
            configuration.apply_to(&Manager::new()).unwrap();
            assert_eq!(mode(&path), 0o600);
            assert_eq!(fs::read_to_string(&path).unwrap(), "before\n");
        }
    }
}
