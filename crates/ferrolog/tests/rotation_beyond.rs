//! What the rotating handlers do beyond the standard library's: failures that lose nothing, rotation by
//! time and size together, and compression.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ferrolog::sink::Clock;
use ferrolog::{Emit, Handler, Level, Record, RotatingFileHandler, TimedRotatingFileHandler, When};

fn log<T: Emit>(handler: &Handler<T>, message: &str) {
    handler.handle(&Record::new("rotation", Level::INFO, message));
}

fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_rotation_that_fails_loses_nothing_and_is_tried_again_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let broken = Arc::new(AtomicBool::new(true));
    let tries = Arc::new(AtomicUsize::new(0));
    let (is_broken, count) = (Arc::clone(&broken), Arc::clone(&tries));
    let handler = RotatingFileHandler::builder(&path)
        .max_bytes(10)
        .backup_count(1)
        .rotator(move |source, target| match count.fetch_add(1, Ordering::Relaxed) {
            0 => panic!("as asked"),
            _ if is_broken.load(Ordering::Relaxed) => Err(std::io::Error::other("not today")),
            _ => fs::rename(source, target),
        })
        .build()
        .unwrap();
    let errors = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&errors);
    handler.set_error_hook(move |error, _, _| seen.lock().unwrap().push(error.to_string()));
    for n in 0..20 {
        log(&handler, &format!("number {n}"));
    }
    assert_eq!(tries.load(Ordering::Relaxed), 1);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    log(&handler, "number 20");
    broken.store(false, Ordering::Relaxed);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    log(&handler, "number 21");
    let all = (0..=20).map(|n| format!("number {n}\n")).collect::<String>();
    assert_eq!(fs::read_to_string(folder.path().join("log.1")).unwrap(), all);
    assert_eq!(fs::read_to_string(&path).unwrap(), "number 21\n");
    assert_eq!((handler.counts().delivered, handler.counts().failed), (22, 0));
    let expected = ["panicked: as asked".to_owned(), format!("cannot rotate {path:?}: not today")];
    assert_eq!(*errors.lock().unwrap(), expected);
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::os::unix::fs::symlink("/dev/null", &path).unwrap();
    let sized = RotatingFileHandler::builder(&path).max_bytes(10).backup_count(3).build().unwrap();
    let clock = Clock::by_hand("UTC").unwrap();
    let timed = TimedRotatingFileHandler::builder(&path)
        .when(When::Second)
        .clock(clock.clone())
        .build()
        .unwrap();
    for n in 0..10 {
        clock.set(4_000_000_000 + n);
        log(&sized, "a record");
        log(&timed, "a record");
    }
    assert_eq!(names(folder.path()), ["log"]);
    assert_eq!((sized.counts().delivered, timed.counts().delivered), (10, 10));
    assert_eq!(timed.lock().rollover_at(), 4_000_000_010);
}

#[test]
fn by_time_and_size_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let clock = Clock::by_hand("UTC").unwrap();
    clock.set(0);
    let build = || {
        TimedRotatingFileHandler::builder(&path)
            .when(When::Midnight)
            .max_bytes(20)
            .backup_count(5)
            .delay(true)
            .clock(clock.clone())
            .build()
            .unwrap()
    };
    let handler = build();
    // Two lines fit into a file; the sixth begins a new day.
    for n in 0..5 {
        log(&handler, &format!("line {n}"));
    }
    assert_eq!(names(folder.path()), ["log", "log.1970-01-01", "log.1970-01-01.1"]);
    clock.set(86_400);
    for n in 5..10 {
        log(&handler, &format!("line {n}"));
    }
    let all = [
        "log",
        "log.1970-01-01",
        "log.1970-01-01.1",
        "log.1970-01-01.2",
        "log.1970-01-02",
        "log.1970-01-02.1",
    ];
    assert_eq!(names(folder.path()), all);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("log.1970-01-01.2"), "line 4\n");
    assert_eq!(read("log.1970-01-02.1"), "line 7\nline 8\n");
    for n in 10..30 {
        log(&handler, &format!("line {n}"));
    }
    // The oldest went first, in the order of their numbers, not of their names.
    let last = names(folder.path());
    assert_eq!(last.len(), 6, "{last:?}");
    assert!(last.contains(&"log.1970-01-02.10".to_owned()), "{last:?}");
    assert!(!last.contains(&"log.1970-01-02.2".to_owned()), "{last:?}");
}

/// Both together with a namer, whose names tell the numbers as well.
#[test]
fn by_time_and_size_with_a_namer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app");
    let clock = Clock::by_hand("UTC").unwrap();
    let handler = TimedRotatingFileHandler::builder(&path)
        .when(When::Day)
        .max_bytes(5)
        .backup_count(3)
        .delay(true)
        .clock(clock.clone())
        .namer(|proposed: &Path| -> PathBuf {
            let name = proposed.file_name().unwrap().to_str().unwrap();
            proposed.with_file_name(format!("{}.log", name.replace("app.", "app-")))
        })
        .build()
        .unwrap();
    for n in 0..15 {
        log(&handler, &format!("line {n}"));
    }
    assert_eq!(
        names(folder.path()),
        ["app", "app-1970-01-01.11.log", "app-1970-01-01.12.log", "app-1970-01-01.13.log"]
    );
}

#[test]
fn settings_that_have_no_meaning() {
    let folder = tempfile::tempdir().unwrap();
    let builder = || TimedRotatingFileHandler::builder(folder.path().join("log")).delay(true);
    for (builder, told) in [
        (builder().interval(0), "invalid interval: 0"),
        (builder().when(When::Weekday(7)), "invalid day of the week: 7"),
        (builder().when(When::Midnight).at_time(24, 0, 0), "invalid time of day: 24:00:00"),
        (builder().when(When::Weekday(0)).interval(u32::MAX), "invalid interval: 4294967295"),
    ] {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[cfg(feature = "compression")]
mod compression {
    use std::io::Read;

    use super::*;

    fn unpack(path: &Path) -> String {
        let mut text = String::new();
        let file = fs::File::open(path).unwrap();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        text
    }

    /// The lines of all backups, whether compressed or not.
    fn all_lines(folder: &Path) -> Vec<String> {
        let read = |name: &String| match name.ends_with(".gz") {
            true => unpack(&folder.join(name)),
            false => fs::read_to_string(folder.join(name)).unwrap(),
        };
        names(folder).iter().map(read).collect::<String>().lines().map(str::to_owned).collect()
    }

    #[test]
    fn rotated_by_size_and_compressed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let handler = RotatingFileHandler::builder(&path)
            .max_bytes(3000)
            .backup_count(4)
            .compress(true)
            .build()
            .unwrap();
        handler.set_error_hook(|error, _, _| panic!("{error}"));
        for n in 0..2000 {
            log(&handler, &format!("line {n}"));
        }
        handler.flush();
        assert_eq!(names(folder.path()), ["log", "log.1.gz", "log.2.gz", "log.3.gz", "log.4.gz"]);
        let parts = [4, 3, 2, 1].map(|n| unpack(&folder.path().join(format!("log.{n}.gz"))));
        let text = parts.concat() + &fs::read_to_string(&path).unwrap();
        let numbers: Vec<usize> =
            text.lines().map(|line| line["line ".len()..].parse().unwrap()).collect();
        assert!(numbers.len() > 1000 && numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]));
        assert_eq!(numbers.last(), Some(&1999));
        assert_eq!(handler.counts().delivered, 2000);
    }

    #[test]
    fn rotated_by_time_and_compressed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let clock = Clock::by_hand("UTC").unwrap();
        let handler = TimedRotatingFileHandler::builder(&path)
            .when(When::Hour)
            .backup_count(3)
            .compress(true)
            .delay(true)
            .clock(clock.clone())
            .build()
            .unwrap();
        handler.set_error_hook(|error, _, _| panic!("{error}"));
        for n in 0..10 {
            clock.set(n * 3600);
            log(&handler, &format!("hour {n}"));
        }
        handler.close();
        assert_eq!(
            names(folder.path()),
            ["log", "log.1970-01-01_06.gz", "log.1970-01-01_07.gz", "log.1970-01-01_08.gz"]
        );
        assert_eq!(unpack(&folder.path().join("log.1970-01-01_08.gz")), "hour 8\n");
    }

    #[test]
    fn what_was_left_unfinished_is_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let pack = |name: &str, text: &str| {
            let mut encoder = flate2::write::GzEncoder::new(
                fs::File::create(file(name)).unwrap(),
                Default::default(),
            );
            std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
            encoder.finish().unwrap();
        };
        // Never compressed; half compressed; compressed, but not yet removed; another file's namesake.
        fs::write(file("log.1"), "one\n").unwrap();
        fs::write(file("log.2"), "two\n").unwrap();
        fs::write(file("log.2.gz.part"), "half").unwrap();
        fs::write(file("log.3"), "three\n").unwrap();
        pack("log.3.gz", "three\n");
        fs::write(file("log.4"), "four\n").unwrap();
        pack("log.4.gz", "another\n");
        fs::write(file("log.9"), "not ours\n").unwrap();
        let errors = Arc::new(Mutex::new(Vec::new()));
        let handler = RotatingFileHandler::builder(file("log"))
            .max_bytes(100)
            .backup_count(5)
            .compress(true)
            .build()
            .unwrap();
        let seen = Arc::clone(&errors);
        handler.set_error_hook(move |error, _, _| seen.lock().unwrap().push(error.to_string()));
        handler.flush();
        assert_eq!(
            names(folder.path()),
            ["log", "log.1.gz", "log.2.gz", "log.3.gz", "log.4", "log.4.gz", "log.9"]
        );
        assert_eq!(unpack(&file("log.2.gz")), "two\n");
        assert_eq!(unpack(&file("log.3.gz")), "three\n");
        assert_eq!(unpack(&file("log.4.gz")), "another\n");
        let errors = errors.lock().unwrap();
        assert!(errors.len() == 1 && errors[0].contains("log.4"), "{errors:?}");

        for name in ["log.1970-01-01", "log.1970-01-02", "log.1970-01-02.gz.part"] {
            fs::write(file(name), name).unwrap();
        }
        let timed = TimedRotatingFileHandler::builder(file("log"))
            .when(When::Day)
            .compress(true)
            .build()
            .unwrap();
        timed.flush();
        let names = names(folder.path());
        assert!(names.contains(&"log.1970-01-02.gz".to_owned()), "{names:?}");
        assert!(!names.iter().any(|name| name.ends_with(".part")), "{names:?}");
    }

    /// A process is killed while it logs, rotates and compresses; the next goes on, and nothing is
    /// missing or twice.
    #[cfg(unix)]
    #[test]
    fn killed_on_the_way() {
        const CHILD: &str = "FERROLOG_TEST_KILLED";
        const ROUNDS: usize = 25;
        let build = |folder: &Path| {
            RotatingFileHandler::builder(folder.join("log"))
                .max_bytes(2000)
                .backup_count(1000)
                .compress(true)
                .build()
                .unwrap()
        };
        if let Ok(folder) = std::env::var(CHILD) {
            let handler = build(Path::new(&folder));
            let round = std::env::var("ROUND").unwrap();
            fs::write(Path::new(&folder).with_extension("started"), "").unwrap();
            // The parent kills this process long before.
            for n in 0..100_000_000_u64 {
                log(&handler, &format!("{round} {n}"));
            }
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut random = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
        for round in 0..ROUNDS {
            let mut child = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "compression::killed_on_the_way"])
                .env(CHILD, folder.path())
                .env("ROUND", round.to_string())
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap();
            let started = folder.path().with_extension("started");
            let begin = std::time::Instant::now();
            while fs::remove_file(&started).is_err() {
                assert!(begin.elapsed().as_secs() < 60, "the child does not start");
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            std::thread::sleep(std::time::Duration::from_micros(u64::from(random >> 8) % 40_000));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let handler = build(folder.path());
        handler.set_error_hook(|error, _, _| panic!("{error}"));
        handler.flush();
        drop(handler);
        let left = names(folder.path());
        let odd = left.iter().find(|name| *name != "log" && !name.ends_with(".gz"));
        assert_eq!(odd, None);
        let mut seen = vec![Vec::new(); ROUNDS];
        for line in all_lines(folder.path()) {
            let (round, n) = line.split_once(' ').unwrap();
            seen[round.parse::<usize>().unwrap()].push(n.parse::<usize>().unwrap());
        }
        let total: usize = seen.iter().map(Vec::len).sum();
        println!("{ROUNDS} kills, {total} records, {} files", left.len());
        for (round, numbers) in seen.iter_mut().enumerate() {
            numbers.sort_unstable();
            let whole = numbers.iter().enumerate().all(|(i, n)| i == *n);
            assert!(whole, "round {round}: records are missing or there twice");
        }
        assert!(total > 1000);
    }
}
