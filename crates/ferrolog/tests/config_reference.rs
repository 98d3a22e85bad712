//! Configurations against the standard library: what it makes of a tree, and what it refuses.
//!
//! Where no Python of a version that has the same schema is there, the tests say so and pass.
#![cfg(all(feature = "json", feature = "net", feature = "http", feature = "smtp"))]
#![allow(clippy::disallowed_types)]

use std::io::Write;
use std::process::{Command, Stdio};

use ferrolog::config::Configuration;
use ferrolog::{Level, Manager, NullHandler};
use serde_json::{Value, json};

/// A Python of at least 3.12, whose schema is the one that this crate has.
fn python() -> Option<String> {
    let from_environment = std::env::var("FERROLOG_PYTHON").ok();
    let candidates = ["python3.13", "python3.12", "python3", "python3.14"];
    let program =
        from_environment.into_iter().chain(candidates.map(str::to_owned)).find(|program| {
            let check = "import sys; sys.exit(sys.version_info < (3, 12))";
            let status = Command::new(program).args(["-c", check]).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        });
    if program.is_none() {
        eprintln!("skipped: no Python 3.12 or later found (set FERROLOG_PYTHON to one)");
    }
    program
}

/// What the standard library makes of the scenarios.
fn reference(scenarios: &[Value]) -> Option<Vec<Vec<Value>>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config/reference.py");
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(python()?)
        .arg(script)
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = serde_json::to_vec(scenarios).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn state(manager: &Manager) -> Value {
    let truth = |value| if value { "True" } else { "False" };
    let loggers = std::iter::once(manager.root().clone()).chain(manager.loggers());
    let lines = loggers.map(|logger| {
        let handlers: Vec<String> = logger
            .handlers()
            .iter()
            .map(|handler| {
                let name = handler.name().map_or("None".to_owned(), |name| format!("'{name}'"));
                format!("({name}, {}, {})", handler.level().value(), handler.filters().len())
            })
            .collect();
        format!(
            "{} {} {} {} [{}] {}",
            logger.name(),
            logger.level().value(),
            truth(logger.disabled()),
            truth(logger.propagate()),
            handlers.join(", "),
            logger.filters().len()
        )
    });
    lines.collect()
}

fn configuration(config: &Value) -> Result<Configuration, ferrolog::config::ConfigError> {
    match config {
        Value::String(ini) => Configuration::from_ini(ini),
        other => Configuration::from_json(&other.to_string()),
    }
}

/// Where files with relative names go, rather than into the sources.
fn go_to_scratch() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        std::env::set_current_dir(env!("CARGO_TARGET_TMPDIR")).unwrap();
    });
}

/// What this crate makes of a scenario.
fn ours(scenario: &Value) -> Vec<Value> {
    go_to_scratch();
    let manager = Manager::new();
    for entry in scenario["before"].as_array().unwrap() {
        let logger = manager.get_logger(entry[0].as_str().unwrap());
        logger.set_level(Level::new(entry[1].as_i64().unwrap() as i32));
        logger.set_propagate(entry[2].as_bool().unwrap());
        if entry[3].as_bool().unwrap() {
            logger.add_handler(NullHandler);
        }
    }
    let mut states = Vec::new();
    for config in scenario["configs"].as_array().unwrap() {
        let before = state(&manager);
        let applied = configuration(config)
            .map_err(ferrolog::Error::from)
            .and_then(|configuration| configuration.apply_to(&manager));
        match applied {
            Ok(_) => states.push(state(&manager)),
            Err(error) => {
                let ferrolog::Error::Config(error) = &error else { panic!("{error}") };
                assert!(!error.problems().is_empty());
                assert_eq!(state(&manager), before, "a refused configuration changed something");
                states.push(Value::Null);
                break;
            }
        }
    }
    states
}

fn compare(scenarios: &[Value]) {
    let Some(reference) = reference(scenarios) else { return };
    let mut different = 0;
    for (scenario, expected) in scenarios.iter().zip(&reference) {
        let found = ours(scenario);
        if found != *expected {
            different += 1;
            if different <= 40 {
                let said = scenario["configs"].as_array().unwrap().iter().map(|config| {
                    configuration(config)
                        .and_then(|config| config.check())
                        .map_err(|e| e.to_string())
                });
                let said: Vec<_> = said.collect();
                let [expected, found] = [expected, &found].map(|states| format!("{states:?}"));
                eprintln!("{scenario}\nPython: {expected}\nours:   {found}\nsaid: {said:?}\n");
            }
        }
    }
    assert_eq!(different, 0, "of {} scenarios", scenarios.len());
}

/// A small generator of pseudo-random numbers, so that a seed gives the same scenarios everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    fn some_of(&mut self, items: &[&str]) -> Vec<String> {
        (0..self.below(4)).map(|_| (*self.pick(items)).to_owned()).collect()
    }
}

const NAMES: &[&str] = &["a", "a.b", "a.b.c", "ab", "a.x", "b", "b.c.d", "b.c"];

fn logger(random: &mut Random) -> Value {
    let mut config = json!({});
    if random.below(3) > 0 {
        config["level"] = random
            .pick(&[json!("DEBUG"), json!(15), json!(0), json!(null), json!("ERROR")])
            .clone();
    }
    if random.below(3) == 0 {
        config["propagate"] =
            random.pick(&[json!(true), json!(false), json!(0), json!(null), json!("no")]).clone();
    }
    if random.below(2) == 0 {
        config["handlers"] = json!(random.some_of(&["h", "g"]));
    }
    if random.below(3) == 0 {
        config["filters"] = json!(random.some_of(&["f", "e"]));
    }
    config
}

fn dictionary(random: &mut Random) -> Value {
    let mut config = json!({
        "version": 1,
        "filters": {"f": {"name": "a"}, "e": {}},
        "handlers": {"h": {"class": "logging.NullHandler", "level": "INFO", "filters": ["f"]},
                     "g": {"class": "logging.NullHandler"}},
    });
    let mut loggers = json!({});
    for _ in 0..random.below(4) {
        let name = *random.pick(NAMES);
        loggers[name] = logger(random);
    }
    if random.below(8) == 0 {
        loggers[""] = logger(random);
    }
    config["loggers"] = loggers;
    if random.below(2) == 0 {
        config["root"] = logger(random);
    }
    if random.below(2) == 0 {
        config["disable_existing_loggers"] =
            random.pick(&[json!(true), json!(false), json!(0)]).clone();
    }
    if random.below(4) == 0 {
        config["incremental"] = json!(true);
        config["handlers"] = random
            .pick(&[json!({"h": {"level": "ERROR"}}), json!({"g": {"level": 0}}), json!({"x": {}})])
            .clone();
    }
    config
}

fn ini(random: &mut Random) -> Value {
    let names: Vec<&str> = NAMES.iter().copied().filter(|_| random.below(3) == 0).collect();
    let mut text = "[handlers]\nkeys=h,g\n[handler_h]\nclass=NullHandler\nlevel=INFO\n\
                    [handler_g]\nclass=logging.NullHandler\nargs=()\n[formatters]\nkeys=\n"
        .to_owned();
    text += &format!(
        "[loggers]\nkeys=root{}\n",
        (0..names.len()).map(|i| format!(", l{i}")).collect::<String>()
    );
    text += &format!("[logger_root]\nhandlers={}\n", random.pick(&["", "h", "h,g"]));
    for (i, name) in names.iter().enumerate() {
        text += &format!(
            "[logger_l{i}]\nqualname={name}\nhandlers={}\n",
            random.pick(&["", "g", "g, h"])
        );
        if random.below(2) == 0 {
            text += *random.pick(&["propagate=0\n", "propagate: 1\n"]);
        }
        if random.below(2) == 0 {
            text += *random.pick(&["level=DEBUG\n", "level = NOTSET\n"]);
        }
    }
    text.into()
}

#[test]
fn trees_after_sequences_of_configurations() {
    let mut scenarios = Vec::new();
    for seed in 0..400 {
        let mut random = Random(seed);
        let before: Vec<Value> = (0..random.below(5))
            .map(|_| {
                json!([
                    random.pick(NAMES),
                    random.below(3) * 10,
                    random.below(3) > 0,
                    random.below(2) == 0
                ])
            })
            .collect();
        let configs: Vec<Value> = (0..=random.below(3))
            .map(|_| if random.below(3) == 0 { ini(&mut random) } else { dictionary(&mut random) })
            .collect();
        scenarios.push(json!({"before": before, "configs": configs}));
    }
    compare(&scenarios);
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut config = json!({
        "version": 1,
        "formatters": {"f": {"format": "%(message)s"}},
        "filters": {"e": {"name": "a"}},
        "handlers": {"h": {"class": "logging.NullHandler"}, "s": {"class": "logging.StreamHandler"}},
        "loggers": {"a": {"handlers": ["h"]}},
        "root": {"handlers": ["h"]},
    });
    change(&mut config);
    json!({"before": [], "configs": [config]})
}

#[test]
fn unusual_dictionaries_are_refused_or_not_as_by_python() {
    let put = |path: &[&str], value: Value| {
        with(|config| {
            let place = path.iter().fold(config, |place, key| &mut place[*key]);
            *place = value;
        })
    };
    let memory = |settings: Value| {
        let mut memory = json!({"class": "logging.handlers.MemoryHandler"});
        memory.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        put(&["handlers", "m"], memory)
    };
    let mut scenarios = Vec::new();
    for value in
        [json!(1), json!(1.0), json!(true), json!(false), json!("1"), json!(null), json!([1])]
    {
        scenarios.push(put(&["version"], value));
    }
    for section in ["formatters", "filters", "handlers", "loggers", "root"] {
        for value in [
            json!(null),
            json!([]),
            json!({}),
            json!(""),
            json!("x"),
            json!(["x"]),
            json!(0),
            json!(7),
        ] {
            scenarios.push(put(&[section], value.clone()));
            scenarios.push(put(&[section, "new"], value));
        }
    }
    for (path, values) in [
        (
            &["handlers", "h", "level"] as &[&str],
            json!([null, 0, 10, 1.5, true, "INFO", "info", "", "WARN", "FATAL", [], {}]),
        ),
        (
            &["loggers", "a", "level"],
            json!([null, 0, -5, 1.5, true, "INFO", " INFO", "", [], {}, 4294967296u64]),
        ),
        (&["handlers", "h", "formatter"], json!([null, "", "f", "g", 0, 1, [], ["f"]])),
        (
            &["handlers", "h", "filters"],
            json!([null, [], "", ["e"], ["e", "e"], ["x"], [1], [null], 5, true]),
        ),
        (&["loggers", "a", "handlers"], json!([null, [], ["h"], ["h", "h", "s"], ["x"], [1], 5])),
        (&["loggers", "a", "propagate"], json!([null, true, 0, "", "no", [], [1]])),
        (&["formatters", "f", "format"], json!([null, "", "x", "%(message)s", 5, ["x"]])),
        (&["formatters", "f", "datefmt"], json!([null, "%Y"])),
        (&["formatters", "f", "validate"], json!([null, true, false, "no"])),
        (
            &["formatters", "f", "class"],
            json!([null, "", "logging.Formatter", "logging.Nothing", "nothing"]),
        ),
        (&["formatters", "f", "()"], json!(["logging.Formatter", "logging.Nothing", "x"])),
        (&["formatters", "f", "colour"], json!([1])),
        (&["filters", "e", "name"], json!([null, "", "a", 5])),
        (&["filters", "e", "()"], json!(["logging.Filter", "logging.Nothing"])),
        (&["filters", "e", "colour"], json!([1])),
        (
            &["handlers", "s", "stream"],
            json!([null, "ext://sys.stdout", "ext://sys.stdoot", "cfg://x", "cfg://handlers[0]"]),
        ),
        (&["handlers", "s", "strm"], json!([null, "ext://sys.stdout"])),
        (&["handlers", "s", "not a word"], json!([1])),
        (
            &["handlers", "s", "class"],
            json!([
                null,
                5,
                "",
                "StreamHandler",
                "logging",
                "ext://logging.StreamHandler",
                "logging.StreamHandler"
            ]),
        ),
        (&["handlers", "s", "()"], json!(["logging.NullHandler"])),
        (&["handlers", "s", "."], json!([null, {}, {"terminator": ""}, [1]])),
        (&["disable_existing_loggers"], json!([null, "no", []])),
        (&["incremental"], json!([null, [], ""])),
        (
            &["root", "level"],
            json!([
                "cfg://loggers.a.handlers[0]",
                "cfg://version",
                "cfg://formatters.f",
                "cfg://",
                "cfg://loggers.a.level"
            ]),
        ),
    ] {
        for value in values.as_array().unwrap() {
            scenarios.push(put(path, value.clone()));
        }
    }
    for (style, formats) in [
        ("%", ["%(message)s", "%(message)", "x"]),
        ("{", ["{message}", "{message", "x"]),
        ("$", ["$message", "${message", "x"]),
        ("?", ["x", "", "%(message)s"]),
        ("{", ["{message!r:>5}", "{}", "{message!x}"]),
    ] {
        for format in formats {
            for validate in [true, false] {
                // A faulty pattern that is not validated is refused all the same: it could never be shown.
                if validate || ["%(message)s", "{message}", "$message"].contains(&format) {
                    let formatter = json!({"format": format, "style": style, "validate": validate});
                    scenarios.push(put(&["formatters", "f"], formatter));
                }
            }
        }
    }
    for (class, settings) in [
        (
            "RotatingFileHandler",
            json!([{}, {"filename": "r.log", "maxBytes": "many"}, {"filename": "r.log", "maxBytes": null},
            {"filename": "r.log", "maxBytes": 1e3, "backupCount": 2}, {"filename": "r.log", "maxbytes": 3},
            {"filename": 5.5}, {"filename": null}, {"filename": "r.log", "mode": "q"}, {"filename": "r.log", "encoding": "nope"},
            {"filename": "r.log", "encoding": null, "delay": true}, {"filename": "r.log", "compress": true},
            {"filename": "no/such/folder/r.log"}, {"filename": "no/such/folder/r.log", "delay": 1}]),
        ),
        (
            "TimedRotatingFileHandler",
            json!([{}, {"filename": "t.log", "when": "w7"}, {"filename": "t.log", "when": "Midnight"},
            {"filename": "t.log", "when": "W"}, {"filename": "t.log", "when": 5}, {"filename": "t.log", "interval": "x"},
            {"filename": "t.log", "when": "W6", "interval": 2, "utc": 1, "atTime": null}, {"filename": "t.log", "mode": "w"}]),
        ),
        (
            "WatchedFileHandler",
            json!([{}, {"filename": "w.log"}, {"filename": "w.log", "when": "S"}]),
        ),
        ("BufferingHandler", json!([{}, {"capacity": 5}, {"capacity": 5, "target": "h"}])),
        (
            "SocketHandler",
            json!([{}, {"host": "localhost"}, {"host": "localhost", "port": 9020}, {"host": "x", "port": null},
            {"host": "localhost", "port": 9020, "timeout": 5}]),
        ),
        (
            "DatagramHandler",
            json!([{"port": 9021}, {"host": "localhost", "port": "ext://logging.handlers.DEFAULT_UDP_LOGGING_PORT"}]),
        ),
        (
            "SysLogHandler",
            json!([{}, {"address": ["localhost", 514], "facility": "ext://logging.handlers.SysLogHandler.LOG_LOCAL0"},
            {"address": "/no/such/socket"}, {"address": ["localhost"]}, {"address": ["localhost", 514, 3, 4, 5]},
            {"facility": "local3"}, {"socktype": "ext://socket.SOCK_DGRAM"}, {"sockettype": 1}]),
        ),
        (
            "HTTPHandler",
            json!([{}, {"host": "localhost", "url": "/log"}, {"host": "localhost", "url": "/log", "method": "post"},
            {"host": "localhost", "url": "/log", "method": "PUT"}, {"host": "localhost", "url": "/log", "context": 5},
            {"host": "localhost", "url": "/log", "credentials": ["a", "b"], "secure": true}, {"host": "x"}]),
        ),
        (
            "SMTPHandler",
            json!([{}, {"mailhost": "localhost", "fromaddr": "a@b.c", "toaddrs": "d@e.f", "subject": "s"},
            {"mailhost": ["localhost", 25], "fromaddr": "a@b.c", "toaddrs": ["d@e.f"], "subject": "s", "secure": [], "credentials": ["u", "p"]},
            {"mailhost": ["localhost", 25, 26], "fromaddr": "a@b.c", "toaddrs": ["d@e.f"], "subject": "s"},
            {"mailhost": "localhost", "fromaddr": "a@b.c", "toaddrs": "d@e.f"},
            {"mailhost": "localhost", "fromaddr": "a@b.c", "toaddrs": "d@e.f", "subject": "s", "credentials": ["only"]},
            {"mailhost": "localhost", "fromaddr": "a@b.c", "toaddrs": "d@e.f", "subject": "s", "port": 25}]),
        ),
    ] {
        for settings in settings.as_array().unwrap() {
            let mut settings = settings.clone();
            settings["class"] = format!("logging.handlers.{class}").into();
            scenarios.push(put(&["handlers", "new"], settings));
        }
    }
    for settings in [
        json!({}),
        json!({"capacity": 3}),
        json!({"capacity": 3, "target": "h"}),
        json!({"capacity": 3, "target": "m"}),
        json!({"capacity": 3, "target": "zz"}),
        json!({"capacity": 3, "target": null}),
        json!({"capacity": 3, "target": 5}),
        json!({"capacity": 3, "flushLevel": "INFO"}),
        json!({"capacity": 3, "flushLevel": "info"}),
        json!({"capacity": 3, "flushLevel": null}),
        json!({"capacity": 3, "flushOnClose": 0}),
        json!({"capacity": 3, "target": "s", "other": 1}),
    ] {
        scenarios.push(memory(settings));
    }
    for settings in [
        json!({}),
        json!({"handlers": []}),
        json!({"handlers": ["h", "s"], "respect_handler_level": true}),
        json!({"handlers": ["h", "zz"]}),
        json!({"handlers": ["h"], "other": 1}),
        json!({"handlers": ["h"], "level": "INFO", "formatter": "f"}),
        json!({"queue": "queue.Queue"}),
        json!({"queue": "queue.Nothing"}),
        json!({"queue": {"()": "queue.Queue", "maxsize": 5}}),
        json!({"queue": {"()": "queue.Queue", "size": 5}}),
        json!({"queue": {"maxsize": 5}}),
        json!({"queue": 5}),
        json!({"listener": "logging.handlers.QueueListener"}),
        json!({"listener": "ext://logging.handlers.QueueListener"}),
        json!({"listener": "logging.handlers.Nothing"}),
        json!({"listener": "logging.StreamHandler"}),
        json!({"listener": 5}),
    ] {
        let mut settings = settings;
        settings["class"] = "logging.handlers.QueueHandler".into();
        scenarios.push(put(&["handlers", "q"], settings.clone()));
        // Named such that it comes before what it refers to.
        scenarios.push(put(&["handlers", "a"], settings));
    }
    // Handlers that refer to handlers that refer to handlers: what is resolved depends on their names.
    for names in [
        ["m1", "m2", "m3"],
        ["m3", "m2", "m1"],
        ["m2", "m1", "m3"],
        ["z", "y", "x"],
        ["a", "m", "b"],
    ] {
        scenarios.push(with(|config| {
            let mut target = "h";
            for name in names {
                config["handlers"][name] =
                    json!({"class": "logging.handlers.MemoryHandler", "capacity": 1, "target": target});
                target = name;
            }
        }));
    }
    compare(&scenarios);
}

/// What Python takes by accident, and does not do what it says.
#[test]
fn what_is_refused_although_python_takes_it() {
    for (section, value) in [
        // There each letter is taken for a name.
        ("root", json!({"handlers": "hs"})),
        // There the filter passes every record.
        ("filters", json!({"e": {"name": []}})),
        // There every record fails.
        ("handlers", json!({"s": {"class": "logging.StreamHandler", "stream": "sys.stdout"}})),
    ] {
        let mut config = json!({"version": 1});
        config[section] = value;
        assert!(configuration(&config).unwrap().check().is_err(), "{config}");
    }
}

#[test]
fn unusual_ini_files_are_refused_or_not_as_by_python() {
    let base = "[loggers]\nkeys=root,a\n[handlers]\nkeys=h\n[formatters]\nkeys=f\n\
                [logger_root]\nlevel=INFO\nhandlers=h\n[logger_a]\nqualname=a\nhandlers=h\npropagate=0\n\
                [handler_h]\nclass=StreamHandler\nlevel=DEBUG\nformatter=f\nargs=(sys.stdout,)\n\
                [formatter_f]\nformat=%(message)s\n";
    let mut texts = vec![
        base.to_owned(),
        String::new(),
        " \n".to_owned(),
        "x=1\n".to_owned(),
        format!("x\n{base}"),
    ];
    for (old, new) in [
        ("keys=root,a", "keys=a"),
        ("keys=root,a", "keys="),
        ("keys=root,a", "keys=root,a,b"),
        ("keys=root,a", "keys=root, a ,a"),
        ("keys=root,a", "KEYS : root,a"),
        ("keys=root,a", "keys=root,\n  a"),
        ("keys=root,a", "keys"),
        ("keys=root,a\n", ""),
        ("[loggers]", "[logger]"),
        ("[loggers]", "[loggers"),
        ("[handlers]", "[handlers]\n# comment\n; comment"),
        ("[handlers]", "[handlers]\nkeys=h"),
        ("[handlers]", "[loggers]"),
        ("keys=h", "keys=h,g"),
        ("keys=h", "keys="),
        ("keys=f", "keys="),
        ("keys=f", "keys=f,g"),
        ("handlers=h\n[logger_a]", "handlers=\n[logger_a]"),
        ("handlers=h\n[logger_a]", "[logger_a]"),
        ("handlers=h\n[logger_a]", "handlers=x\n[logger_a]"),
        ("handlers=h\n[logger_a]", "handlers=h,\n[logger_a]"),
        ("qualname=a\n", ""),
        ("qualname=a", "qualname="),
        ("propagate=0", "propagate=no"),
        ("propagate=0", "propagate= 1 "),
        ("level=INFO", "level=info"),
        ("level=INFO", "level=20"),
        ("level=INFO", "level="),
        ("level=INFO", "level=NOTSET"),
        ("level=INFO", "level=%(which)s\nwhich=ERROR"),
        ("level=INFO", "level=%(which)s"),
        ("level=INFO", "level=%%"),
        ("level=INFO", "level=IN%FO"),
        ("level=INFO", "[DEFAULT]\nwhich=x\n[other]\nlevel=INFO"),
        ("class=StreamHandler", "class=logging.StreamHandler"),
        ("class=StreamHandler", "class=handlers.NoSuchHandler"),
        ("class=StreamHandler", "class="),
        ("class=StreamHandler\n", ""),
        ("class=StreamHandler", "class=StreamHandler\nclass=NullHandler"),
        ("formatter=f", "formatter=g"),
        ("formatter=f", "formatter="),
        ("args=(sys.stdout,)", ""),
        ("args=(sys.stdout,)", "args="),
        ("args=(sys.stdout,)", "args=()"),
        ("args=(sys.stdout,)", "args=(sys.stdout)"),
        ("args=(sys.stdout,)", "args=(sys.stdoot,)"),
        ("args=(sys.stdout,)", "args=(sys.stdout, 1)"),
        ("args=(sys.stdout,)", "args=[sys.stdout]"),
        ("args=(sys.stdout,)", "args=(sys.stdout"),
        ("args=(sys.stdout,)", "args=()\nkwargs={'stream': sys.stdout}"),
        ("args=(sys.stdout,)", "args=(sys.stdout,)\nkwargs={'stream': sys.stdout}"),
        ("args=(sys.stdout,)", "args=()\nkwargs={'strem': sys.stdout}"),
        ("args=(sys.stdout,)", "args=()\nkwargs={1: 2}"),
        ("args=(sys.stdout,)", "args=()\nkwargs=[]"),
        ("args=(sys.stdout,)", "args=()\nkwargs={}\nother=1"),
        ("format=%(message)s", "format=%(message)s\nstyle=%"),
        ("format=%(message)s", "format=x"),
        ("format=%(message)s", "format=%(message)s\nclass=logging.Formatter"),
        ("format=%(message)s", "format=%(message)s\nclass=logging.Nothing"),
        ("format=%(message)s", "format=%(message)s\nstyle=?"),
        ("format=%(message)s", "format=%(message)s\n  %(name)s"),
        ("format=%(message)s", ""),
        ("format=%(message)s", "datefmt=%Y"),
    ] {
        assert!(base.contains(old), "{old}");
        texts.push(base.replacen(old, new, 1));
    }
    let memory = |settings: &str| {
        base.replace("keys=h\n", "keys=h,m\n")
            + &format!("[handler_m]\nclass=handlers.MemoryHandler\n{settings}\n")
    };
    for settings in [
        "args=(10,)",
        "args=()",
        "args=(10, ERROR)\ntarget=h",
        "args=(10, ERROR)\ntarget=x",
        "args=(10, ERROR)\ntarget=",
        "args=(2*5, DEBUG, None, False)\ntarget=h",
        "args=(10, NOSUCHLEVEL)",
        "args=('ten' 'twelve' 1,)",
    ] {
        texts.push(memory(settings));
    }
    let scenarios: Vec<Value> =
        texts.iter().map(|text| json!({"before": [], "configs": [text]})).collect();
    compare(&scenarios);
}
