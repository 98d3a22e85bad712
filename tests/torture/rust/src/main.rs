//! The program that `cargo xtask torture` starts, to be killed, to fork, to end in every way and to log to
//! what fails: `torture-victim ROLE FOLDER WHO [KEY=VALUE]...`. `tests/torture/victim.py` is the same for
//! Python; the driver treats both alike.

mod exits;
mod forks;
mod handlers;
mod journal;
mod nested;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

/// What the driver asks for.
struct Orders {
    folder: PathBuf,
    who: String,
    settings: HashMap<String, String>,
}

impl Orders {
    fn text(&self, key: &str) -> &str {
        self.settings.get(key).map_or("", String::as_str)
    }

    fn number<N: FromStr>(&self, key: &str, default: N) -> N {
        match self.settings.get(key) {
            Some(value) => value.parse().unwrap_or_else(|_| panic!("{key}={value} is no number")),
            None => default,
        }
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(role), Some(folder), Some(who)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        eprintln!("usage: torture-victim ROLE FOLDER WHO [KEY=VALUE]...");
        return ExitCode::from(2);
    };
    let settings = arguments
        .filter_map(|argument| argument.split_once('=').map(|(k, v)| (k.into(), v.into())))
        .collect();
    let orders = Orders { folder: folder.into(), who, settings };
    match role.as_str() {
        "log" => journal::log(&orders),
        "forks" => forks::run(&orders),
        "exits" => exits::run(&orders),
        "nested" => nested::run(&orders),
        other => panic!("there is no role {other}"),
    }
    ExitCode::SUCCESS
}
