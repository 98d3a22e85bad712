//! A configuration from a file, with a handler and a filter of the application's own in it.
//!
//! Python's cookbook: *An example dictionary-based configuration*, *Configuring filters with dictConfig()*,
//! *Customizing handlers with dictConfig()*.

use ferrolog::config::{Configuration, HandlerMaker, Registry};
use ferrolog::{FileHandler, Filter, FormatError, Record, error, get_logger, info};

/// What the program needs, and whoever runs it may change; Python reads the same file.
const LOG_JSON: &str = r#"{
    "version": 1,
    "disable_existing_loggers": false,
    "formatters": {
        "simple": {"format": "%(levelname)s %(message)s"},
        "verbose": {"format": "{levelname} {name} {message}", "style": "{"}
    },
    "filters": {
        "discreet": {"()": "myapp.Without", "words": ["password", "token"]}
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "simple", "level": "ERROR"},
        "file": {"class": "myapp.PrivateFile", "filename": "app.log", "formatter": "verbose",
                 "filters": ["discreet"]}
    },
    "loggers": {
        "app": {"level": "DEBUG", "handlers": ["file"], "propagate": true},
        "app.noisy": {"level": "ERROR"}
    },
    "root": {"handlers": ["console"]}
}"#;

/// The names that the configuration uses beyond Python's.
fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.add_filter("myapp.Without", &["words"], |keywords| {
        let words: Vec<String> = keywords.required("words")?;
        Some(Filter::new(move |record: &Record<'_>| {
            let mut text = String::new();
            let shown: Result<(), FormatError> = record.append_message(&mut text);
            shown.is_ok() && !words.iter().any(|word| text.contains(word.as_str()))
        }))
    });
    registry.add_handler("myapp.PrivateFile", &["filename"], |keywords| {
        let filename: String = keywords.required("filename")?;
        Some(HandlerMaker::new(move |_| {
            let file = FileHandler::new(&filename)?;
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let only_me = std::fs::Permissions::from_mode(0o600);
                std::fs::set_permissions(&filename, only_me)?;
            }
            Ok(file.into())
        }))
    });
    registry
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    std::env::set_current_dir(&folder)?;
    std::fs::write("log.json", LOG_JSON)?;

    let warnings = Configuration::from_file("log.json")?.registry(registry()).apply()?;
    assert!(warnings.is_empty(), "{warnings:?}");
    info!(get_logger("app.web"), "GET /");
    info!(get_logger("app.web"), "the password is swordfish");
    info!(get_logger("app.noisy"), "not interesting");
    error!(get_logger("app.noisy"), "interesting");
    assert_eq!(
        std::fs::read_to_string("app.log")?,
        "INFO app.web GET /\nERROR app.noisy interesting\n"
    );

    // What is wrong is told with its place, and what is running goes on.
    std::fs::write("log.json", LOG_JSON.replace("\"verbose\",", "\"verbos\","))?;
    let error = Configuration::from_file("log.json")?.registry(registry()).apply().unwrap_err();
    println!("{error}");
    assert!(error.to_string().contains(
        "log.json: handlers.file.formatter: no formatter is called \"verbos\"; did you mean \"verbose\"?"
    ));
    info!(get_logger("app.web"), "GET /again");
    assert!(std::fs::read_to_string("app.log")?.ends_with("GET /again\n"));
    std::env::set_current_dir(std::env::temp_dir())?;
    Ok(())
}
