//! The INI format of Python's `fileConfig`.

use ferrolog::config::Configuration;
use ferrolog::config::file_config;
use ferrolog::{Level, Manager, get_logger, warning};

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

/// Each key that Python reads, with what it does; of the global tree, which no other test here uses.
#[test]
fn every_key_of_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let text = "\
[loggers]
keys=root,quiet,db
[handlers]
keys=file,memory,new
[formatters]
keys=full,braces
[logger_root]
level=ERROR
handlers=file
[logger_quiet]
level=NOTSET
handlers=memory
propagate=0
qualname=app.quiet
[logger_db]
level=INFO
handlers=new
qualname=app.db
[handler_file]
class=FileHandler
level=WARNING
formatter=full
args=('FOLDER/file', 'w')
[handler_memory]
class=handlers.MemoryHandler
args=(10, ERROR)
target=file
[handler_new]
class=FileHandler
formatter=braces
args=('FOLDER/new',)
kwargs={'encoding': 'utf-8', 'delay': True}
[formatter_full]
format=%(asctime)s %(name)s %(message)s %(who)s
datefmt=at
defaults={'who': 'nobody'}
[formatter_braces]
class=logging.Formatter
style={
format={levelname:.1} {message}
";
    let path = folder.path().join("log.ini");
    std::fs::write(&path, text.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(file_config(&path).unwrap(), []);
    assert!(!folder.path().join("new").exists(), "it is opened by the first record");
    warning!(get_logger("app"), "below the level of the root");
    ferrolog::info!(get_logger("app.db"), "below the level of the file");
    warning!(get_logger("app.db"), "heard twice"; who = "ann");
    // It has no level, and inherits that of the root.
    ferrolog::error!(get_logger("app.quiet"), "by way of the memory");
    assert_eq!(
        read("file"),
        "at app.db heard twice ann\nat app.quiet by way of the memory nobody\n"
    );
    assert_eq!(read("new"), "I below the level of the file\nW heard twice\n");
}
