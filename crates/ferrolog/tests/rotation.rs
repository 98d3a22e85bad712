//! The rotating handlers beside the standard library's: the same situations, and the same files.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use common::{Random, python, run};
use ferrolog::sink::{Clock, Encoding, EncodingErrors, Schedule};
use ferrolog::{
    Emit, FileMode, Handler, Level, Record, RotatingFileHandler, TimedRotatingFileHandler, When,
};
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("python/rotation.py");

/// With summer time of one hour, of half an hour, of two hours, in winter, in the past only, on the other
/// half of the globe, at midnight, interrupted for a month, and none at all.
const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Santiago",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Tehran",
    "Asia/Kolkata",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Auckland",
];

const WHENS: &[&str] =
    &["S", "m", "H", "h", "D", "midnight", "MIDNIGHT", "W0", "w1", "W2", "W3", "W4", "W5", "W6"];

fn at(random: &mut Random) -> Option<[u8; 3]> {
    let fixed = [[0, 0, 0], [2, 30, 0], [1, 59, 59], [23, 59, 59], [12, 0, 1]];
    match random.below(4) {
        0 => None,
        1 => Some([random.below(24), random.below(60), random.below(60)].map(|n| n as u8)),
        _ => Some(*random.pick(&fixed)),
    }
}

/// A time between 1970 and 2060, every other one within two days of a change of the clocks.
fn time(random: &mut Random, zone: &str) -> i64 {
    let any = random.below(90 * 365 * 86_400) as i64;
    if random.chance(5) {
        return any;
    }
    let zone = jiff::tz::TimeZone::get(zone).unwrap();
    let change = zone.following(jiff::Timestamp::from_second(any).unwrap()).next();
    let change = change.map_or(any, |change| change.timestamp().as_second());
    match random.below(3) {
        0 => change + random.below(7) as i64 - 3,
        1 => change + random.below(4 * 3600) as i64 - 2 * 3600,
        _ => change + random.below(4 * 86_400) as i64 - 2 * 86_400,
    }
}

fn schedule(case: &Value) -> (Schedule, Clock) {
    let clock = Clock::by_hand(case["zone"].as_str().unwrap()).unwrap();
    let when: When = case["when"].as_str().unwrap().parse().unwrap();
    let at: Option<[u8; 3]> = serde_json::from_value(case["at"].clone()).unwrap();
    let interval = case["interval"].as_u64().unwrap() as u32;
    let utc = case["utc"].as_bool().unwrap();
    let schedule = Schedule::new(when, interval, utc, at.map(|[h, m, s]| (h, m, s))).unwrap();
    (schedule.with_clock(clock.clone()), clock)
}

#[test]
fn the_next_rollover() {
    let Some(python) = python() else { return };
    let mut random = Random::new();
    let cases: Vec<Value> = (0..1500)
        .map(|_| {
            let zone = *random.pick(ZONES);
            json!({
                "zone": zone,
                "when": random.pick(WHENS),
                "interval": random.pick(&[1, 1, 1, 2, 3, 7, 30]),
                "utc": random.chance(2),
                "at": at(&mut random),
                "times": (0..10).map(|_| time(&mut random, zone)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let answer = run(&python, SCRIPT, &json!({ "rollovers": cases }));
    let mut compared = 0;
    for (case, expected) in cases.iter().zip(answer["rollovers"].as_array().unwrap()) {
        let (schedule, _) = schedule(case);
        for (time, expected) in
            case["times"].as_array().unwrap().iter().zip(expected.as_array().unwrap())
        {
            let ours = schedule.compute_rollover(time.as_i64().unwrap());
            assert_eq!(ours, expected.as_i64().unwrap(), "at {time}: {case}");
            compared += 1;
        }
    }
    println!("{compared} rollovers compared");
    assert_eq!(compared, 15_000);
}

fn namer(name: &str) -> impl Fn(&Path) -> PathBuf + Send + Sync + 'static {
    let between = name == "between";
    move |proposed| {
        let text = proposed.to_str().unwrap();
        if !between {
            return format!("{text}.bak").into();
        }
        let file = proposed.file_name().unwrap().to_str().unwrap();
        proposed.with_file_name(format!("old-{}-log", &file["app.log.".len()..]))
    }
}

fn copy_and_empty(source: &Path, target: &Path) -> std::io::Result<()> {
    if !source.exists() {
        return Ok(());
    }
    let mut content = b"rotated\n".to_vec();
    content.extend(fs::read(source)?);
    fs::write(target, content)?;
    fs::remove_file(source)
}

/// A rotating handler of either kind.
trait Roll: Emit {
    fn roll(&mut self);
}

impl Roll for RotatingFileHandler {
    fn roll(&mut self) {
        self.do_rollover().unwrap();
    }
}

impl Roll for TimedRotatingFileHandler {
    fn roll(&mut self) {
        self.do_rollover().unwrap();
    }
}

fn take_steps<T: Roll>(handler: &Handler<T>, case: &Value, clock: &Clock, path: &Path) {
    handler.set_error_hook(|error, _, _| panic!("{error}"));
    for step in case["steps"].as_array().unwrap() {
        match step[0].as_str().unwrap() {
            "log" => {
                let message = step[1].as_str().unwrap();
                handler.handle(&Record::new("rotation", Level::INFO, message));
            }
            "at" => clock.set(step[1].as_i64().unwrap()),
            "roll" => handler.lock().roll(),
            "close" => handler.close(),
            "truncate" => {
                if let Ok(file) = fs::OpenOptions::new().write(true).open(path) {
                    file.set_len(0).unwrap();
                }
            }
            other => panic!("unknown step {other}"),
        }
    }
    let counts = handler.counts();
    assert_eq!(counts.failed, 0, "{counts:?}");
    handler.close();
}

/// All files of a folder, their bytes as characters.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.insert(name, bytes.into_iter().map(char::from).collect());
    }
    files
}

macro_rules! common_settings {
    ($builder:expr, $case:expr) => {{
        let mut builder = $builder
            .backup_count($case["backup_count"].as_u64().unwrap() as usize)
            .encoding($case["encoding"].as_str().unwrap().parse::<Encoding>().unwrap())
            .errors($case["errors"].as_str().unwrap().parse::<EncodingErrors>().unwrap())
            .delay($case["delay"].as_bool().unwrap());
        if let Some(name) = $case["namer"].as_str() {
            builder = builder.namer(namer(name));
        }
        if $case["rotator"].is_string() {
            builder = builder.rotator(copy_and_empty);
        }
        builder
    }};
}

fn play(case: &Value) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    for file in case["files"].as_array().unwrap() {
        let file_path = folder.path().join(file[0].as_str().unwrap());
        fs::write(&file_path, file[1].as_str().unwrap()).unwrap();
        let modified = UNIX_EPOCH + Duration::from_secs(file[2].as_u64().unwrap());
        fs::File::options().append(true).open(file_path).unwrap().set_modified(modified).unwrap();
    }
    if case["when"].is_string() {
        let (schedule, clock) = schedule(case);
        clock.set(case["start"].as_i64().unwrap());
        let at: Option<[u8; 3]> = serde_json::from_value(case["at"].clone()).unwrap();
        let mut builder = TimedRotatingFileHandler::builder(&path)
            .when(schedule.when())
            .interval(case["interval"].as_u64().unwrap() as u32)
            .utc(schedule.utc())
            .clock(clock.clone());
        if let Some([hour, minute, second]) = at {
            builder = builder.at_time(hour, minute, second);
        }
        let handler = common_settings!(builder, case).build().unwrap();
        take_steps(&handler, case, &clock, &path);
    } else {
        let builder = RotatingFileHandler::builder(&path)
            .max_bytes(case["max_bytes"].as_u64().unwrap())
            .mode(case["mode"].as_str().unwrap().parse::<FileMode>().unwrap());
        let handler = common_settings!(builder, case).build().unwrap();
        take_steps(&handler, case, &Clock::default(), &path);
    }
    tree(folder.path())
}

fn message(random: &mut Random, number: u64) -> Value {
    let filling = *random.pick(&["a", "é", "€", "😀", "x y", "\n"]);
    json!(["log", format!("{number} {}", filling.repeat(random.below(25) as usize))])
}

fn compare(cases: Vec<Value>) {
    let Some(python) = python() else { return };
    let answer = run(&python, SCRIPT, &json!({ "trees": cases }));
    let mut files = 0;
    for (case, expected) in cases.iter().zip(answer["trees"].as_array().unwrap()) {
        let expected: BTreeMap<String, String> = serde_json::from_value(expected.clone()).unwrap();
        let ours = play(case);
        assert_eq!(ours, expected, "{case}");
        files += ours.len();
    }
    println!("{} cases with {files} files compared", cases.len());
    assert!(files > cases.len());
}

#[test]
fn rotated_by_size() {
    let mut random = Random::new();
    let cases = (0..400)
        .map(|_| {
            let latin = random.chance(3);
            let mut files = Vec::new();
            for name in ["app.log", "app.log.1", "app.log.2", "app.log.4", "app.log.1.bak", "app.logx"] {
                if random.chance(3) {
                    files.push(json!([name, format!("old {name}\n"), 1_000_000_000]));
                }
            }
            let mut closed = false;
            let max_bytes = *random.pick(&[0, 1, 10, 30, 64, 100]);
            let steps: Vec<Value> = (0..5 + random.below(40))
                .map(|number| match random.below(25) {
                    0 => json!(["roll", null]),
                    // In Python, a file of mode `w` without a limit would lose its content here.
                    // And a second closing does nothing here.
                    1 if max_bytes > 0 && !std::mem::replace(&mut closed, true) => {
                        json!(["close", null])
                    }
                    2 => json!(["truncate", null]),
                    _ => message(&mut random, number),
                })
                .collect();
            json!({
                "files": files,
                "start": 0,
                "max_bytes": max_bytes,
                "backup_count": random.below(5),
                "mode": random.pick(&["a", "w"]),
                "encoding": if latin { "latin-1" } else { "utf-8" },
                "errors": if latin { *random.pick(&["backslashreplace", "xmlcharrefreplace", "ignore"]) } else { "strict" },
                "delay": random.chance(3),
                "namer": random.pick(&[None, None, Some("behind"), Some("between")]),
                "rotator": random.pick(&[None, None, Some("copy")]),
                "steps": steps,
            })
        })
        .collect();
    compare(cases);
}

#[test]
fn rotated_by_time() {
    let mut random = Random::new();
    let cases = (0..600)
        .map(|_| {
            let zone = *random.pick(ZONES);
            let when = *random.pick(WHENS);
            let unit = match when.to_ascii_uppercase().as_str() {
                "S" => 1,
                "M" => 60,
                "H" => 3600,
                "D" | "MIDNIGHT" => 86_400,
                _ => 7 * 86_400,
            };
            let interval = *random.pick(&[1, 1, 1, 2, 3]);
            let start = time(&mut random, zone).max(400 * 86_400);
            let mut files = vec![];
            let fresh = random.chance(3);
            if !fresh {
                let age = random.below(4 * unit) as i64;
                files.push(json!(["app.log", "old\n", start - age]));
            }
            for name in [
                "app.log.1999-12-31",
                "app.log.1999-12-31_23",
                "app.log.1999-12-31_23-59",
                "app.log.1999-12-31_23-59-58",
                "app.log.1999-12-30",
                "app.log.1999-12-31.bak",
                "app.log.11999-12-31",
                "old-1999-12-31-log",
                "old-1999-12-31_23-log",
                "old-1999-12-31_23-59-58-log",
                "old-21999-12-31-log",
                "app.log.1999-12-31.1",
                "app.log.1999-12-31.gz",
                "xapp.log.1999-12-31",
                "old-1999-12-29-1999-12-28-log",
            ] {
                if random.chance(2) {
                    files.push(json!([name, name, 1_000_000_000]));
                }
            }
            let mut now = start;
            let mut steps = Vec::new();
            for number in 0..5 + random.below(25) {
                if random.chance(7) {
                    let far = *random.pick(&[unit / 3, unit, unit * interval, 3 * unit]);
                    now += random.below(far + 2) as i64;
                    steps.push(json!(["at", now]));
                }
                match random.below(25) {
                    0 => steps.push(json!(["close", null])),
                    1 if !fresh => steps.push(json!(["roll", null])),
                    _ => steps.push(message(&mut random, number)),
                }
            }
            json!({
                "zone": zone,
                "when": when,
                "interval": interval,
                "utc": random.chance(2),
                "at": at(&mut random),
                "files": files,
                "start": start,
                "backup_count": random.below(4),
                "encoding": "utf-8",
                "errors": "strict",
                // The file must not get the time at which the test runs.
                "delay": fresh || random.chance(3),
                "namer": random.pick(&[None, None, Some("behind"), Some("between")]),
                "rotator": null,
                "steps": steps,
            })
        })
        .collect();
    compare(cases);
}

#[test]
fn encodings_and_their_names() {
    let Some(python) = python() else { return };
    let mut random = Random::new();
    let names = [
        "utf-8",
        "UTF8",
        "U8",
        "utf",
        "cp65001",
        "ascii",
        "US ASCII",
        "646",
        "iso_646.irv_1991",
        "ansi-x3.4-1968",
        "latin1",
        "ISO-8859-1",
        "iso8859-1",
        "8859",
        "L1",
        "latin",
        "cp819",
        "IBM819",
        "iso--8859--1",
        "csISOLatin1",
        "utf_8_",
        " utf-8",
        "utf9",
        "latin-99",
        "asci",
    ];
    let policies = ["strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace"];
    let characters =
        ['a', ' ', '\n', '\u{7f}', '\u{80}', 'é', '\u{ff}', '\u{100}', '€', '\u{ffff}', '😀'];
    let cases: Vec<Value> = (0..2000)
        .map(|_| {
            let text: String = (0..random.below(12)).map(|_| *random.pick(&characters)).collect();
            json!([random.pick(&names), random.pick(&policies), text])
        })
        .collect();
    let answer = run(&python, SCRIPT, &json!({ "encodings": cases }));
    for (case, expected) in cases.iter().zip(answer["encodings"].as_array().unwrap()) {
        let (name, errors, text) =
            (case[0].as_str().unwrap(), case[1].as_str().unwrap(), case[2].as_str().unwrap());
        let ours = match name.parse::<Encoding>() {
            Err(_) => json!("unknown"),
            Ok(encoding) => match encoding.encode(text, errors.parse().unwrap()) {
                Ok(bytes) => json!(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()),
                Err(error) => {
                    let error = error.to_string();
                    let at = error.split("in position ").nth(1).unwrap().split(':').next().unwrap();
                    json!([at.parse::<usize>().unwrap()])
                }
            },
        };
        assert_eq!(ours, *expected, "{case}");
    }
}
