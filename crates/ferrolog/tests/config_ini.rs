//! The INI format of Python's `fileConfig`.

use ferrolog::config::Configuration;
use ferrolog::{Level, Manager, warning};

#[test]
fn defaults_stand_in_for_what_the_file_has_not() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::new();
    let old = manager.get_logger("old");
    let text = "\
[loggers]
keys=root
[handlers]
keys=file
[formatters]
keys=plain
[logger_root]
level=%(lowest)s
handlers=file
[handler_file]
class=FileHandler
formatter=plain
args=('%(folder)s/app.log', '%(mode)s')
mode=w
[formatter_plain]
format=%(name)s %(message)s
";
    let path = folder.path().join("app.log");
    std::fs::write(&path, "old\n").unwrap();
    let defaults =
        [("folder", folder.path().to_str().unwrap()), ("lowest", "ERROR"), ("mode", "a")];
    Configuration::from_ini(text)
        .unwrap()
        .defaults(defaults)
        .disable_existing_loggers(false)
        .apply_to(&manager)
        .unwrap();
    assert_eq!(manager.root().level(), Level::ERROR);
    assert!(!old.disabled());
    warning!(manager.get_logger("app"), "not heard");
    ferrolog::error!(manager.get_logger("app"), "heard");
    // What the file says itself goes before the default.
    assert_eq!(std::fs::read_to_string(path).unwrap(), "app heard\n");
    let error = Configuration::from_ini(text).unwrap().check().unwrap_err().to_string();
    assert!(error.contains("[logger_root] level: "), "{error}");
    assert!(error.contains("[handler_file] args: "), "{error}");
}
